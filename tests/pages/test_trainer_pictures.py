"""The trainer page on colour pictures, and on hundreds of classes."""

import re
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Page, expect

from generator.build import Options, build_site
from generator.config import load_config
from generator.progress import Reporter
from generator.serve import serving

SLOW = 120_000
MANY = """
[data.marks]
source = "npz"
path = "marks.npz"

[[demo]]
kind = "trainer"
slug = "marks-trainer"
data = "marks"
architectures = ["codelab"]
"""
CLASSES = 300


def train(page: Page, url: str, epochs: int) -> None:
    page.goto(url)
    expect(page.locator("#train")).to_be_enabled(timeout=SLOW)
    page.locator("#run-settings").evaluate("(details) => { details.open = true; }")
    page.fill("#epochs", str(epochs))
    page.locator("#epochs").blur()
    page.click("#train")
    expect(page.locator("#run-status")).to_contain_text("test images are right", timeout=SLOW)


def sign(folder: Path, index: int) -> tuple[Path, str]:
    """A test image of the data as a picture of another size, and its class."""
    with np.load("tests/fixtures/signs.npz") as arrays:
        pixels, label = arrays["x_test"][index], int(arrays["y_test"][index])
    file = folder / "sign.png"
    Image.fromarray(pixels).resize((320, 320), Image.Resampling.NEAREST).save(file)
    names = ("orange circle", "orange cross", "teal circle", "teal cross")
    return file, names[label]


def test_colour_pictures_are_learned_tested_and_tried(
    site_url: str, page: Page, tmp_path: Path
) -> None:
    train(page, f"{site_url}signs-trainer/", 40)
    right = float(page.inner_text("#figure-test").rstrip("%"))
    assert right >= 75  # a quarter is chance
    cells = page.locator("#confusion td[data-count]")
    assert sum(int(cell.get_attribute("data-count") or 0) for cell in cells.all()) == 160
    # A picture of any size; shrunk to the training images' it is one of them again.
    file, name = sign(tmp_path, 2)
    page.set_input_files("#file-picture", file)
    expect(page.locator("#note")).to_have_text("sign.png")
    expect(page.locator("#answer")).to_have_text(re.compile(r"It reads .*%"), timeout=SLOW)
    answer = page.inner_text("#answer")
    page.locator("#test-samples button").nth(1).click()
    expect(page.locator("#note")).to_have_text("A test image.")
    assert name in answer or right < 100
    page.set_input_files(
        "#file-picture", {"name": "letter.txt", "mimeType": "text/plain", "buffer": b"Dear"}
    )
    expect(page.locator("#note")).to_contain_text("cannot be read as a picture")


def test_a_saved_model_says_how_pictures_are_prepared(site_url: str, page: Page) -> None:
    train(page, f"{site_url}signs-trainer/", 1)
    with page.expect_download() as download:
        page.click("#save-file")
    content = Path(download.value.path()).read_bytes()
    assert b'"resize":"centre-crop"' in content and b'"channels":3' in content
    assert b'"orange circle","orange cross","teal circle","teal cross"' in content


@pytest.fixture(scope="module")
def many_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A trainer of 300 classes: a mark whose place and brightness tell them apart."""
    folder = tmp_path_factory.mktemp("many")
    labels = np.tile(np.arange(CLASSES), 8)
    images = np.zeros((len(labels), 28, 28), np.uint8)
    for image, label in zip(images, labels, strict=True):
        row, column = 4 * (label % 6) + 2, 4 * (label // 6 % 6) + 2
        image[row : row + 3, column : column + 3] = 50 + 22 * (label // 36)
    np.savez_compressed(folder / "marks.npz", x_train=images, y_train=labels)
    (folder / "site.toml").write_text(MANY)
    build_site(load_config(folder / "site.toml"), Options(folder / "site"), Reporter())
    with serving(folder / "site", "/some/where/") as url:
        yield url


def test_hundreds_of_classes_are_told_by_two_bytes(many_url: str, page: Page) -> None:
    train(page, f"{many_url}marks-trainer/", 1)
    rows = page.locator("#per-class tbody tr")
    assert rows.count() == CLASSES
    tested = [
        int(text.split(" of ")[1]) for text in rows.locator("td:nth-child(2)").all_inner_texts()
    ]
    assert tested == [1] * CLASSES
    expect(page.locator("#confusion tbody tr")).to_have_count(30)
    expect(page.locator("#confusion-some")).to_contain_text("30 most confused of 300 classes")
    expect(page.locator("#probabilities li")).to_have_count(10)
    page.locator("#test-samples button").first.click()
    expect(page.locator("#answer")).to_have_text(re.compile(r"It reads \d+ "), timeout=SLOW)
    assert page.evaluate("document.documentElement.scrollWidth") <= 1280
