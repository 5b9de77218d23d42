"""What a visitor made is kept: files, this browser, a page of its own."""

import io
import json
import zipfile
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from generator.serve import serving
from tests.pages.complaints import MISSING, Complaints
from tests.pages.test_transfer import SLOW, add, draw, draw_folder, open_page, train


def answer(page: Page, picture: Path) -> list[str]:
    """Ask about a new picture; the words that are shown for each class."""
    page.set_input_files("#try-file", picture)
    expect(page.locator("#try-title")).to_have_text(picture.name, timeout=SLOW)
    expect(page.locator("#try-time")).to_contain_text("ms", timeout=SLOW)
    return page.locator("#try-answer li").all_inner_texts()


def save(page: Page, button: str) -> bytes:
    with page.expect_download() as download:
        page.click(button)
    path = download.value.path()
    return Path(path).read_bytes()


def teach(page: Page, site_url: str, folder: Path) -> None:
    open_page(page, site_url)
    add(page, "train", draw_folder(folder / "a", 6))
    add(page, "validation", draw_folder(folder / "b", 3, first=60))
    train(page)


@pytest.mark.parametrize("button", ["#keep-project", "#keep-head"])
def test_what_is_saved_answers_the_same_when_it_is_opened(
    site_url: str, page: Page, tmp_path: Path, button: str
) -> None:
    teach(page, site_url, tmp_path)
    picture = draw(tmp_path, "new.png", "blue", 500)
    before = answer(page, picture)
    file = tmp_path / f"mine.mlpages-{button.removeprefix('#keep-')}"
    file.write_bytes(save(page, button))
    page.locator("#keep-auto").uncheck()
    expect(page.locator("#keep-auto-hint")).to_have_text("Nothing is kept in this browser.")
    open_page(page, site_url)
    page.set_input_files("#keep-file", file)
    expect(page.locator("#keep-status")).to_contain_text(f"{file.name} is open", timeout=SLOW)
    assert answer(page, picture) == before
    pictures = page.locator("#gallery .thumbs button").count()
    assert pictures == (18 if button == "#keep-project" else 0)
    if pictures:
        expect(page.locator("#look-validation")).to_have_text("100.0%")


def test_the_project_is_offered_again_and_can_be_forgotten(
    site_url: str, page: Page, tmp_path: Path
) -> None:
    teach(page, site_url, tmp_path)
    expect(page.locator("#keep-auto-hint")).to_contain_text(
        "18 pictures kept in this browser, with the head", timeout=SLOW
    )
    open_page(page, site_url)
    expect(page.locator("#resume")).to_contain_text("You were working on 18 pictures")
    page.click("#resume-go")
    expect(page.locator("#look-validation")).to_have_text("100.0%", timeout=SLOW)
    expect(page.locator("#resume")).to_be_hidden()
    page.click("#keep-forget")
    page.get_by_role("dialog").get_by_role("button", name="Forget everything").click()
    expect(page.locator("#keep-status")).to_have_text("Everything is forgotten.")
    expect(page.locator("#gallery .thumbs button")).to_have_count(0)
    open_page(page, site_url)
    expect(page.locator("#resume")).to_be_hidden()


def test_a_second_tab_does_not_overwrite_the_first(site_url: str, page: Page) -> None:
    open_page(page, site_url)
    other = page.context.new_page()
    open_page(other, site_url)
    expect(other.locator("#keep-auto-hint")).to_contain_text("Another tab keeps")
    expect(other.locator("#keep-auto")).to_be_disabled()
    other.close()


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda data: data[: len(data) // 2], "truncated"),
        (lambda data: data[:-1] + bytes([data[-1] ^ 1]), "checksum of its content is wrong"),
        (lambda data: b"GIF89a" + data, "not a project file"),
        (lambda data: data[:7] + b"9" + data[8:], "has version 9"),
        (lambda data: data.replace(b"efficientnet_lite0", b"efficientnet_lite9"), "this page has"),
    ],
)
def test_a_file_that_cannot_be_used_leaves_the_work_alone(
    site_url: str, page: Page, tmp_path: Path, change: object, words: str
) -> None:
    teach(page, site_url, tmp_path)
    file = tmp_path / "bad.mlpages-project"
    file.write_bytes(change(save(page, "#keep-project")))  # type: ignore[operator]
    page.set_input_files("#keep-file", file)
    expect(page.locator("#error")).to_contain_text(words, timeout=SLOW)
    expect(page.locator("#gallery .thumbs button")).to_have_count(18)
    assert len(answer(page, draw(tmp_path, "new.png", "red", 500))) == 2


def test_the_exported_model_is_a_layers_model_with_its_words(
    site_url: str, page: Page, tmp_path: Path
) -> None:
    teach(page, site_url, tmp_path)
    with zipfile.ZipFile(io.BytesIO(save(page, "#keep-layers"))) as archive:
        assert set(archive.namelist()) == {"model.json", "weights.bin", "README.txt"}
        model = json.loads(archive.read("model.json"))
        size = len(archive.read("weights.bin")) // 4
    metadata = model["userDefinedMetadata"]
    assert metadata["classes"] == ["red", "blue"]
    assert metadata["accuracy"] == {"value": 1, "images": 6, "split": "validation"}
    assert metadata["input"]["scale"] == 1 / 128 and metadata["input"]["resize"] == "centre-crop"
    weights = model["weightsManifest"][0]["weights"]
    assert size == sum(_product(weight["shape"]) for weight in weights)


def _product(shape: list[int]) -> int:
    product = 1
    for side in shape:
        product *= side
    return product


def test_the_exported_page_answers_the_same_on_any_host(
    site_url: str, page: Page, tmp_path: Path
) -> None:
    teach(page, site_url, tmp_path)
    picture = draw(tmp_path, "new.png", "red", 500)
    before = answer(page, picture)
    page.fill("#keep-name", "Red & <blue>")
    zipfile.ZipFile(io.BytesIO(save(page, "#keep-page"))).extractall(tmp_path / "page")
    with serving(tmp_path / "page", "/elsewhere/") as url:
        page.goto(url)
        expect(page.locator("#open")).to_be_enabled(timeout=SLOW)
        expect(page.locator("h1")).to_have_text("Red & <blue>")
        expect(page.locator("#about")).to_have_text("It tells apart red, blue.")
        page.set_input_files("#file", picture)
        expect(page.locator("#note")).to_contain_text("new.png: red", timeout=SLOW)
        assert page.locator("#answer li").all_inner_texts() == before


def test_a_moved_threshold_travels_with_the_head(site_url: str, page: Page, tmp_path: Path) -> None:
    teach(page, site_url, tmp_path)
    page.locator("#look-threshold").fill("100")
    picture = draw(tmp_path, "new.png", "blue", 500)
    answer(page, picture)
    name = page.inner_text("#try-answer .answer-name")
    assert name.startswith("Not sure")
    file = tmp_path / "mine.mlpages-head"
    file.write_bytes(save(page, "#keep-head"))
    page.click("#keep-forget")
    page.get_by_role("button", name="Forget everything").last.click()
    expect(page.locator("#keep-status")).to_have_text("Everything is forgotten.")
    expect(page.locator("#train-validation")).to_have_text("–")  # noqa: RUF001 (as it is shown)
    page.set_input_files("#keep-file", file)
    expect(page.locator("#keep-status")).to_contain_text("is open: a head alone", timeout=SLOW)
    answer(page, picture)
    assert page.inner_text("#try-answer .answer-name") == name
    expect(page.locator("#look-empty")).to_contain_text("came without its pictures")


def test_what_needs_layers_that_do_not_come_leaves_the_work_alone(
    site_url: str, page: Page, complaints: Complaints, tmp_path: Path
) -> None:
    open_page(page, site_url)
    add(page, "train", draw_folder(tmp_path / "a", 4))
    page.locator("#train-settings").evaluate("(details) => { details.open = true; }")
    page.select_option("#train-taps", "last")
    train(page)
    file = tmp_path / "mine.mlpages-project"
    file.write_bytes(save(page, "#keep-project"))
    page.locator("#keep-auto").uncheck()
    expect(page.locator("#keep-auto-hint")).to_have_text("Nothing is kept in this browser.")
    complaints.forgive(MISSING)
    page.route("**/last/*", lambda route: route.fulfill(status=404))
    open_page(page, site_url)
    add(page, "train", draw_folder(tmp_path / "b", 2, first=50))
    page.set_input_files("#keep-file", file)
    expect(page.locator("#keep-status")).to_contain_text("Your work is as it was", timeout=SLOW)
    assert page.locator("#gallery .thumbs button").count() == 4
    page.unroute("**/last/*")
    page.set_input_files("#keep-file", file)
    expect(page.locator("#keep-status")).to_contain_text("is open: 8 pictures", timeout=SLOW)
    expect(page.locator("#look-train")).to_have_text("100.0%", timeout=SLOW)
    assert page.input_value("#train-taps") == "last"
