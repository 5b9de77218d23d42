"""A Teachable Machine model is opened in the transfer page, which then answers with it."""

import io
import shutil
import zipfile
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Page, expect

from generator.conversion.model_file import open_model
from generator.resample import centre_square
from tests.pages.test_keep import answer, save, teach
from tests.pages.test_transfer import SLOW, draw, draw_folder, drop, open_page

EXPORT = Path(__file__).parents[1] / "fixtures/teachable.zip"
CLASSES = ["Cup", "Pen", "Nothing"]
PARTS = ["model.json", "metadata.json", "weights.bin"]
OPEN = "is open: a model that tells Cup, Pen, Nothing; try it in step 4."
SIDE = 24
# Of a probability: the page shows tenths of a percent.
CLOSE = 1e-3
# The page keeps pictures as JPEGs, and the fixture's model is told apart by single shades: these
# colours of the quarters pass through a JPEG as they are, and leave the model undecided.
GREYS = [(shade, shade, shade) for shade in (90, 119, 134, 147)]
PURPLE = [(156, 34, 179)] * 4


def quarters(folder: Path, colours: list[tuple[int, int, int]]) -> Path:
    """A picture of four colours between black sides, which do not count."""
    square = np.array(colours, np.uint8).reshape(2, 2, 3).repeat(112, 0).repeat(112, 1)
    pixels = np.zeros((224, 480, 3), np.uint8)
    pixels[:, 128:352] = square
    file = folder / f"quarters-{colours[0][0]}.png"
    Image.fromarray(pixels).save(file)
    return file


def keras_answer(picture: Path) -> dict[str, float]:
    """What Keras says of the picture with the export's weights, by class."""
    pixels = centre_square(np.asarray(Image.open(picture)), SIDE)
    with open_model(EXPORT) as model:
        (answers,) = model.predict([pixels[None].astype(np.float32) / 127 - 1])
        return dict(zip(model.classes, answers[0].tolist(), strict=True))


def shown(page: Page, picture: Path) -> dict[str, float]:
    """What the page says of the picture, by class."""
    page.set_input_files("#try-file", picture)
    expect(page.locator("#try-title")).to_have_text(picture.name, timeout=SLOW)
    expect(page.locator("#announce")).to_contain_text(f"{picture.name}: ", timeout=SLOW)
    bars = page.locator("#try-answer li")
    expect(bars.first).to_contain_text("%", timeout=SLOW)
    rows = [row.split("\n") for row in bars.all_inner_texts()]
    return {row[0]: float(row[-1].strip("<>%")) / 100 for row in rows}


def open_model_file(page: Page, *files: Path) -> None:
    page.set_input_files("#keep-file", list(files))
    expect(page.locator("#keep-status")).to_contain_text(OPEN, timeout=SLOW)
    expect(page.locator("#try-model")).to_be_visible()


def unpacked(folder: Path) -> Path:
    zipfile.ZipFile(EXPORT).extractall(folder / "my-model")
    return folder / "my-model"


def test_the_page_answers_as_keras_does_with_the_same_weights(
    site_url: str, page: Page, tmp_path: Path
) -> None:
    open_page(page, site_url)
    chunks: list[str] = []
    page.context.on("request", lambda request: chunks.append(request.url))
    open_model_file(page, EXPORT)
    scripts = [page.request.get(url).text() for url in chunks if url.endswith(".js")]
    assert any("cannot build this model" in text for text in scripts), "it comes with the model"
    expect(page.locator("#try-model-text")).to_have_text(
        "Answers come from the opened model “tm-my-image-model”; it cannot be taught here."
    )
    for picture in (quarters(tmp_path, GREYS), quarters(tmp_path, PURPLE)):
        expected = keras_answer(picture)
        assert max(expected.values()) < 0.7, "a small mistake would show"
        assert shown(page, picture) == pytest.approx(expected, abs=CLOSE)
        expect(page.locator("#announce")).to_contain_text(picture.name)
    expect(page.locator("#try-seen-hint")).to_contain_text("24 × 24")  # noqa: RUF001
    expect(page.locator("#try-heat-panel")).to_be_hidden()


def test_it_is_taken_away_by_keyboard(site_url: str, page: Page, tmp_path: Path) -> None:
    open_page(page, site_url)
    open_model_file(page, EXPORT)
    shown(page, quarters(tmp_path, GREYS))
    page.locator("#live-open").focus()
    page.keyboard.press("Tab")
    expect(page.locator("#try-model-away")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("#try-model")).to_be_hidden()
    expect(page.locator("#try-file-open")).to_be_focused()
    expect(page.locator("#announce")).to_have_text("The opened model is taken away.")
    expect(page.locator("#try-answer")).to_contain_text("There is no head yet")
    expect(page.locator("#live-open")).to_be_disabled()


def test_three_files_or_their_folder_are_dropped(site_url: str, page: Page, tmp_path: Path) -> None:
    folder = unpacked(tmp_path)
    picture = quarters(tmp_path, GREYS)
    for dropped in ([folder], [folder / name for name in PARTS], [EXPORT]):
        open_page(page, site_url)
        drop(page, "#step-keep", *dropped)
        expect(page.locator("#keep-status")).to_contain_text(OPEN, timeout=SLOW)
        assert shown(page, picture) == pytest.approx(keras_answer(picture), abs=CLOSE)


def test_many_pictures_are_answered_by_the_model(site_url: str, page: Page, tmp_path: Path) -> None:
    open_page(page, site_url)
    open_model_file(page, *(unpacked(tmp_path) / name for name in PARTS))
    page.set_input_files("#try-folder", draw_folder(tmp_path / "many", 3))
    expect(page.locator("#try-folder-summary")).to_contain_text("6 answered", timeout=SLOW)
    answers = page.locator("#try-folder-table tbody tr").evaluate_all(
        "(rows) => rows.map((row) => row.dataset.answer)"
    )
    assert len(answers) == 6 and set(answers) <= set(CLASSES)


def test_what_came_last_answers_and_a_head_stays_behind_the_model(
    site_url: str, page: Page, tmp_path: Path
) -> None:
    teach(page, site_url, tmp_path)
    picture = draw(tmp_path, "new.png", "blue", 500)
    taught = answer(page, picture)
    project = tmp_path / "mine.mlpages-project"
    project.write_bytes(save(page, "#keep-project"))
    open_model_file(page, EXPORT)
    assert shown(page, picture).keys() == set(CLASSES)
    page.click("#try-model-away")
    expect(page.locator("#announce")).to_contain_text("Your head answers again.")
    expect(page.locator("#try-answer li").first).to_contain_text("%", timeout=SLOW)
    assert answer(page, picture) == taught
    open_model_file(page, EXPORT)
    page.set_input_files("#keep-file", project)
    expect(page.locator("#keep-status")).to_contain_text(f"{project.name} is open", timeout=SLOW)
    expect(page.locator("#try-model")).to_be_hidden()
    expect(page.locator("#try-answer li").first).to_contain_text("%", timeout=SLOW)
    assert answer(page, picture) == taught
    open_model_file(page, EXPORT)
    assert shown(page, picture).keys() == set(CLASSES)
    page.click("#keep-forget")
    page.get_by_role("dialog").get_by_role("button", name="Forget everything").click()
    expect(page.locator("#try-model")).to_be_hidden()


def test_a_file_that_is_none_leaves_the_open_model_alone(
    site_url: str, page: Page, tmp_path: Path
) -> None:
    open_page(page, site_url)
    open_model_file(page, EXPORT)
    folder = unpacked(tmp_path)
    (folder / "weights.bin").write_bytes((folder / "weights.bin").read_bytes()[:99])
    bad = Path(shutil.make_archive(str(tmp_path / "bad"), "zip", folder))
    empty = io.BytesIO()
    zipfile.ZipFile(empty, "w").close()
    (tmp_path / "empty.zip").write_bytes(empty.getvalue())
    for file, words in (
        (bad, "weights.bin has 99 bytes where 832 belong: it is truncated."),
        (tmp_path / "empty.zip", "model.json is missing"),
        (folder / "metadata.json", "model.json is missing: open model.json, metadata.json and"),
    ):
        page.set_input_files("#keep-file", file)
        expect(page.locator("#error")).to_contain_text(words, timeout=SLOW)
        expect(page.locator("#keep-status")).to_have_text(
            f"{file.name} was not opened. Your work is as it was."
        )
    picture = quarters(tmp_path, GREYS)
    assert shown(page, picture) == pytest.approx(keras_answer(picture), abs=CLOSE)
