"""Demos as one file each, opened from a disk, with nothing beside them and without a network."""

import io
import shutil
import zipfile
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Browser, Page, expect

from generator.build import Options, build_site
from generator.config import load_config
from generator.progress import Reporter
from generator.serve import serving
from tests.pages.conftest import FIXTURE
from tests.pages.test_predictor import column, draw
from tests.pages.test_trainer import choose, percent, press, table, wait_for
from tests.pages.test_transfer import SLOW
from tests.pages.test_transfer import percent as shown_percent

SLUGS = ("shapes-trainer", "digit-predictor", "sign-predictor", "happy-sad")


@pytest.fixture(scope="module")
def site_with_files(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The fixture site, its demos as one file each beside it. The browser is open already: what
    it proves is in the cache since `fixture_site` was built."""
    out = tmp_path_factory.mktemp("single") / "site"
    build_site(load_config(FIXTURE), Options(out, single_file=True), Reporter())
    return out


@pytest.fixture(scope="module")
def folder(site_with_files: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder such as a visitor's downloads."""
    folder = tmp_path_factory.mktemp("downloads")
    for slug in SLUGS:
        shutil.copy(site_with_files / f"{slug}.html", folder)
    return folder


@pytest.fixture
def requests(page: Page) -> Iterator[list[str]]:
    """What the page and its workers ask for; it may be nothing that is not in the file."""
    asked: list[str] = []
    page.context.set_offline(True)
    page.context.on("request", lambda request: asked.append(request.url))
    yield asked
    assert asked
    assert {urlsplit(url).scheme for url in asked} <= {"file", "blob", "data"}


def open_file(page: Page, folder: Path, slug: str) -> None:
    page.goto((folder / f"{slug}.html").as_uri())


def test_the_trainer_learns_and_keeps_its_model(
    folder: Path, page: Page, requests: list[str]
) -> None:
    open_file(page, folder, "shapes-trainer")
    wait_for(page, "ready")
    choose(page, epochs=3, batch_size=32)
    press(page, "#train")
    losses = [float(row[1]) for row in table(page, "loss")]
    assert len(losses) == 3 and losses[-1] < losses[0]
    assert percent(table(page, "accuracy")[-1][2]) > 0.5  # of four classes
    page.click("#save-browser")
    expect(page.locator("#kept")).to_contain_text("shapes-trainer")
    page.reload()
    wait_for(page, "ready")
    expect(page.locator("#kept")).to_contain_text("shapes-trainer")


def test_another_file_in_the_folder_does_not_touch_what_is_kept(
    folder: Path, page: Page, requests: list[str]
) -> None:
    open_file(page, folder, "shapes-trainer")
    wait_for(page, "ready")
    choose(page, epochs=1)
    press(page, "#train")
    page.click("#save-browser")
    expect(page.locator("#kept")).to_contain_text("shapes-trainer")
    shutil.copy(folder / "shapes-trainer.html", folder / "copy.html")
    open_file(page, folder, "copy")
    wait_for(page, "ready")
    expect(page.locator("#kept")).to_contain_text("No model is kept in this browser yet.")


def test_the_predictor_answers_as_the_sites_does(
    folder: Path, site_with_files: Path, page: Page, requests: list[str]
) -> None:
    def ask(address: str) -> list[list[float]]:
        page.goto(address)
        expect(page.locator("#samples button")).to_have_count(10)
        page.locator("#samples button").nth(3).click()
        sample = column(page, "graph") + column(page, "layers")
        page.click("#clear")
        draw(page)
        return [sample, column(page, "graph")]

    answers = ask((folder / "digit-predictor.html").as_uri())
    page.context.set_offline(False)
    with serving(site_with_files) as url:
        assert ask(f"{url}digit-predictor/") == answers
    requests[:] = [address for address in requests if not address.startswith(url)]


def test_the_predictor_takes_a_picture(
    folder: Path, page: Page, requests: list[str], tmp_path: Path
) -> None:
    with np.load("tests/fixtures/signs.npz") as arrays:
        Image.fromarray(arrays["x_test"][0]).resize((200, 200)).save(tmp_path / "new.png")
    open_file(page, folder, "sign-predictor")
    expect(page.locator("#open")).to_be_enabled()
    page.set_input_files("#file", tmp_path / "new.png")
    expect(page.locator("#verdict")).to_have_text("orange circle")


def test_the_transfer_learner_does_all_that_it_does_on_its_site(
    folder: Path, page: Page, requests: list[str], tmp_path: Path
) -> None:
    open_file(page, folder, "happy-sad")
    expect(page.locator("#use-samples")).to_be_enabled(timeout=SLOW)
    page.click("#use-samples")
    expect(page.locator("#train-status")).to_contain_text("Trained in", timeout=SLOW)
    assert page.inner_text("#pictures-outcome-text") == "Added 140 pictures: 70 happy, 70 sad."
    assert shown_percent(page, "#train-validation") >= 90
    Image.effect_noise((300, 200), 80).convert("RGB").save(tmp_path / "noise.png")
    page.set_input_files("#try-file", tmp_path / "noise.png")
    expect(page.locator("#try-title")).to_have_text("noise.png", timeout=SLOW)
    page.click("#try-imagenet")
    expect(page.locator("#try-imagenet-list li")).to_have_count(5)
    with page.expect_download() as download:
        page.click("#keep-page")
    archive = zipfile.ZipFile(io.BytesIO(download.value.path().read_bytes()))
    archive.extractall(tmp_path / "page")
    with serving(tmp_path / "page") as url:
        page.context.set_offline(False)
        page.goto(url)
        expect(page.locator("#about")).to_have_text("It tells apart happy, sad.", timeout=SLOW)
        requests[:] = [address for address in requests if not address.startswith(url)]


@pytest.mark.parametrize("slug", SLUGS)
def test_a_file_allows_what_is_in_it_and_says_what_that_is(
    folder: Path, page: Page, slug: str, requests: list[str]
) -> None:
    open_file(page, folder, slug)
    policy = page.get_attribute('meta[http-equiv="Content-Security-Policy"]', "content") or ""
    assert policy.startswith("default-src 'none'; script-src 'sha256-")
    assert "unsafe-inline" not in policy and "'unsafe-eval'" not in policy
    assert "connect-src" not in policy and "'self'" not in policy and "http" not in policy
    assert page.locator("nav, a[href]:not([href^='#'])").count() == 0
    footer = page.locator("footer")
    expect(footer).to_contain_text("This page is one file: it needs no network and no site.")
    expect(footer).to_contain_text("@tensorflow/tfjs-core, version")
    if slug == "happy-sad":
        expect(footer).to_contain_text("of 320 in the train set")
        expect(footer).to_contain_text("EfficientNet")


def test_a_demos_page_offers_it_as_one_file(site_with_files: Path, page: Page) -> None:
    with serving(site_with_files, "/some/where/") as url:
        page.goto(f"{url}shapes-trainer/")
        with page.expect_download() as download:
            page.click("text=This page as one file")
        assert download.value.suggested_filename == "shapes-trainer.html"
        content = download.value.path().read_bytes()
    assert content == (site_with_files / "shapes-trainer.html").read_bytes()
