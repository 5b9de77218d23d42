"""The page that a visitor exports: anywhere, with nothing else, it answers as the first did."""

import io
import zipfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Page, expect

from generator.serve import serving
from tests.pages.complaints import MISSING, Complaints
from tests.pages.test_transfer import SLOW, add, draw, draw_folder, open_page, train

TOLERANCE = 1e-4 + 1e-9  # bars carry four decimals


def blend(file: Path, share: float) -> Path:
    """A picture between red and blue, so that the answer is not all or nothing."""
    rng = np.random.default_rng(3)
    colour = share * np.array((200, 40, 40)) + (1 - share) * np.array((40, 60, 200))
    pixels = np.clip(colour + rng.normal(0, 25, (300, 200, 3)), 0, 255).astype(np.uint8)
    Image.fromarray(pixels).save(file)
    return file


def shares(page: Page, answer: str) -> list[float]:
    """The probabilities that the bars show."""
    bars = page.locator(f"{answer} li .bar")
    found: list[str] = bars.evaluate_all(
        '(bars) => bars.map((bar) => bar.style.getPropertyValue("--share"))'
    )
    return [float(share) for share in found]


def ask_site(page: Page, picture: Path) -> list[float]:
    page.set_input_files("#try-file", picture)
    expect(page.locator("#announce")).to_contain_text(f"{picture.name}:", timeout=SLOW)
    return shares(page, "#try-answer")


def ask_exported(page: Page, picture: Path) -> list[float]:
    page.set_input_files("#file", picture)
    expect(page.locator("#note")).to_contain_text(f"{picture.name}:", timeout=SLOW)
    return shares(page, "#answer")


def teach(page: Page, site_url: str, folder: Path, kind: str) -> None:
    open_page(page, site_url)
    add(page, "train", draw_folder(folder / "a", 5))
    if kind == "classic":
        page.locator("#train-settings").evaluate("(details) => { details.open = true; }")
        page.select_option("#train-kind", "classic")
    train(page)


def export(page: Page, folder: Path) -> Path:
    with page.expect_download() as download:
        page.click("#keep-page")
    archive = download.value.path().read_bytes()
    zipfile.ZipFile(io.BytesIO(archive)).extractall(folder)
    return folder


@pytest.fixture
def linear_page(site_url: str, page: Page, tmp_path: Path) -> Iterator[str]:
    """The URL of an exported page that tells red from blue."""
    teach(page, site_url, tmp_path, "linear")
    with serving(export(page, tmp_path / "page"), "/its/own/place/") as url:
        yield url


@pytest.mark.parametrize("kind", ["linear", "classic"])
def test_the_same_picture_gets_the_same_probabilities(
    site_url: str, page: Page, tmp_path: Path, kind: str
) -> None:
    teach(page, site_url, tmp_path, kind)
    pictures = [blend(tmp_path / f"{share}.png", share) for share in (0.1, 0.45, 0.55)]
    pictures.append(draw(tmp_path, "green.png", "green", 9))
    wanted = [ask_site(page, picture) for picture in pictures]
    folder = export(page, tmp_path / "page")
    names = {file.relative_to(folder).as_posix() for file in folder.rglob("*") if file.is_file()}
    assert {"index.html", "head.mlpages-head", "README.txt", ".nojekyll"} <= names
    assert any(name.endswith(".LEGAL.txt") for name in names)
    assert not any("imagenet" in name for name in names)
    with serving(folder, "/its/own/place/") as url:
        page.goto(url)
        expect(page.locator("#open")).to_be_enabled(timeout=SLOW)
        page.context.set_offline(True)  # it has all that it needs
        for picture, shown in zip(pictures, wanted, strict=True):
            assert ask_exported(page, picture) == pytest.approx(shown, abs=TOLERANCE)
        page.context.set_offline(False)


def test_the_exported_page_takes_no_answer_for_granted(
    linear_page: str, page: Page, tmp_path: Path
) -> None:
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto(linear_page)
    expect(page.locator("#about")).to_have_text("It tells apart red, blue.", timeout=SLOW)
    ask_exported(page, draw(tmp_path, "a-rather-long-name-of-a-picture.png", "red", 9))
    expect(page.locator("#answer .answer-name")).to_have_text("red")
    drawn = "(bar) => getComputedStyle(bar).backgroundImage"
    assert "gradient" in page.locator("#answer .bar").first.evaluate(drawn)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    (tmp_path / "letter.jpg").write_text("Dear reader")
    page.set_input_files("#file", tmp_path / "letter.jpg")
    expect(page.locator("#note")).to_have_text("letter.jpg is not a picture.")


def test_an_exported_page_without_its_head_says_so(
    linear_page: str, page: Page, complaints: Complaints
) -> None:
    page.route("**/head.mlpages-head", lambda route: route.fulfill(status=404))
    page.goto(linear_page)
    expect(page.locator("#error")).to_contain_text("head.mlpages-head", timeout=SLOW)
    expect(page.locator("#about")).to_contain_text("It could not start.")
    complaints.forgive(MISSING)
