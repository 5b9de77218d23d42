"""The trainer page on colour pictures, and on hundreds of classes."""

import json
import re
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from PIL import Image
from playwright.sync_api import FilePayload, Page, expect

from generator.build import Options, build_site
from generator.config import load_config
from generator.progress import Reporter
from generator.resample import centre_square
from generator.serve import serving

# What a run may take on a machine that is busy with other things.
TRAIN_SECONDS = 300_000
SIGNS = Path(__file__).resolve().parents[1] / "fixtures/signs.npz"
NAMES = ["orange circle", "orange cross", "teal circle", "teal cross"]
MARKS = 300
MANY = """
[data.marks]
source = "npz"
path = "marks.npz"

[[demo]]
kind = "trainer"
slug = "marks-trainer"
data = "marks"
architectures = ["nets:hidden_layer"]
"""
NETS = '''
from tf_keras import layers


def hidden_layer(shape, classes, seed):
    """One hidden layer: every pixel is weighed for every unit."""
    return [
        layers.Flatten(),
        layers.Dense(64, activation="relu"),
        layers.Dense(classes, activation="softmax"),
    ]
'''


def wait_for(page: Page, state: str) -> None:
    page.wait_for_selector(f'#step-train[data-state="{state}"]', timeout=TRAIN_SECONDS)


def open_trainer(page: Page, url: str) -> None:
    page.goto(url)
    wait_for(page, "ready")


def press(page: Page, selector: str, state: str = "trained") -> None:
    """Press a button and wait for the state that follows; the page counts its changes."""
    before = page.locator("#step-train").get_attribute("data-changes")
    page.click(selector)
    page.wait_for_selector(
        f'#step-train[data-state="{state}"]:not([data-changes="{before}"])', timeout=TRAIN_SECONDS
    )


def train(page: Page, epochs: int | None = None) -> None:
    """Train to the end of the test, with the page's own settings unless told otherwise."""
    if epochs:
        page.locator("#run-settings").evaluate("(details) => { details.open = true; }")
        page.fill("#epochs", str(epochs))
        page.press("#epochs", "Tab")
    press(page, "#train")


def number(page: Page, selector: str, name: str) -> float:
    """A number that the page keeps in an attribute while it is true; wait until it is there."""
    element = page.wait_for_selector(f"{selector}[{name}]", state="attached")
    return float((element and element.get_attribute(name)) or "nan")


def read(page: Page, script: str) -> list[list[str]]:
    rows: list[list[str]] = page.evaluate(script)
    return rows


def class_rows(page: Page) -> list[tuple[str, int, int]]:
    """Name, right, total of each class, as the table has them."""
    rows = read(
        page,
        """[...document.querySelectorAll("#per-class tbody tr")]
             .map((row) => [row.cells[0].textContent, row.cells[1].textContent])""",
    )
    pairs = [(name, counts.split(" of ")) for name, counts in rows]
    return [(name, int(right), int(total)) for name, (right, total) in pairs]


def matrix(page: Page) -> npt.NDArray[np.int64]:
    rows = read(
        page,
        """[...document.querySelectorAll("#confusion tbody tr")]
             .map((row) => [...row.cells].slice(1).map((cell) => cell.dataset.count))""",
    )
    return np.array(rows).astype(np.int64)


def png(pixels: npt.NDArray[np.uint8]) -> FilePayload:
    file = BytesIO()
    Image.fromarray(pixels).save(file, "png")
    return {"name": "sign.png", "mimeType": "image/png", "buffer": file.getvalue()}


def seen(page: Page) -> npt.NDArray[np.int64]:
    """The pixels that the network gets, [height, width, 3], from the page's canvas."""
    values = page.locator("#seen").evaluate(
        """(canvas) => {
          const { width, height } = canvas;
          return [...canvas.getContext("2d").getImageData(0, 0, width, height).data];
        }"""
    )
    return np.array(values).reshape(32, 32, 4)[:, :, :3]


def answer(page: Page) -> tuple[str, list[float]]:
    """The likeliest class, and the probabilities in the order of the page."""
    expect(page.locator('#probabilities:not([aria-busy="true"]) .best')).to_have_count(1)
    values = page.locator("#probabilities li").evaluate_all(
        "(rows) => rows.map((row) => Number(row.dataset.value))"
    )
    return page.locator("#probabilities .best span").first.inner_text(), values


def test_colour_pictures_are_learned_with_the_settings_that_the_page_begins_with(
    site_url: str, page: Page
) -> None:
    open_trainer(page, f"{site_url}signs-trainer/")
    images = int(page.locator("#train-images").input_value())
    assert images == 540 and int(page.locator("#batch-size").input_value()) <= images / 10
    train(page)
    epochs = page.locator("#chart-accuracy tbody tr td:nth-child(3)").all_text_contents()
    assert max(float(cell.rstrip("%")) for cell in epochs) >= 90
    tested = number(page, "#step-look", "data-images")
    accuracy = number(page, "#step-look", "data-accuracy")
    assert tested == 160 and accuracy >= 0.9
    counts, rows = matrix(page), class_rows(page)
    assert counts.sum() == tested and counts.trace() == pytest.approx(accuracy * tested)
    assert rows == [(name, counts[i, i], counts[i].sum()) for i, name in enumerate(NAMES)]
    # Nothing speaks of digits or drawing where pictures are tried, nor of a licence not stated.
    assert not re.search(r"digit|[Dd]raw|not stated", page.inner_text("main"))


def test_a_picture_of_any_size_is_answered_from_what_the_generators_rule_makes_of_it(
    site_url: str, page: Page
) -> None:
    open_trainer(page, f"{site_url}signs-trainer/")
    train(page, 5)
    page.locator("#test-samples button").nth(2).click()
    expect(page.locator("#note")).to_have_text(re.compile(r"Test image 2, labelled .*\."))
    name, values = answer(page)
    assert sum(values) == pytest.approx(1, abs=1e-4) and len(values) == len(NAMES)
    expect(page.locator("#answer")).to_have_text(f"It sees {name} ({max(values):.1%})")
    sign = seen(page).astype(np.uint8)
    with np.load(SIGNS) as arrays:
        [place] = np.flatnonzero((arrays["x_test"] == sign).all(axis=(1, 2, 3)))
        label = NAMES[arrays["y_test"][place]]
    assert page.inner_text("#note") == f"Test image 2, labelled {label}."
    # A picture wider than high, whose centre part is that sign: the same pixels, the same answer.
    wide = np.full((320, 480, 3), 90, np.uint8)
    wide[:, 80:400] = sign.repeat(10, axis=0).repeat(10, axis=1)
    page.set_input_files("#file-picture", png(wide))
    expect(page.locator("#note")).to_have_text("sign.png")
    again, same = answer(page)
    assert np.abs(seen(page) - centre_square(wide, 32).astype(np.int64)).max() <= 1
    assert again == name and same == pytest.approx(values, abs=0.05)


def test_a_file_that_is_no_picture_is_refused_in_words(site_url: str, page: Page) -> None:
    open_trainer(page, f"{site_url}signs-trainer/")
    letter: FilePayload = {"name": "<b>.txt", "mimeType": "text/plain", "buffer": b"Dear"}
    page.set_input_files("#file-picture", letter)
    expect(page.locator("#note")).to_contain_text('"<b>.txt" cannot be read as a picture')


def test_a_picture_can_be_dropped_anywhere_and_pasted(site_url: str, page: Page) -> None:
    open_trainer(page, f"{site_url}signs-trainer/")
    train(page, 1)
    for kind, carrier in (("drop", "dataTransfer"), ("paste", "clipboardData")):
        page.evaluate(
            """async ([kind, carrier]) => {
              const canvas = new OffscreenCanvas(50, 40);
              canvas.getContext("2d").fillRect(0, 0, 9, 9);
              const blob = await canvas.convertToBlob();
              const file = new File([blob], `${kind}.png`, {type: "image/png"});
              const data = new DataTransfer();
              data.items.add(file);
              const Kind = kind === "drop" ? DragEvent : ClipboardEvent;
              const init = {bubbles: true, cancelable: true, [carrier]: data};
              document.body.dispatchEvent(new Kind(kind, init));
            }""",
            [kind, carrier],
        )
        expect(page.locator("#note")).to_have_text(f"{kind}.png")
        answer(page)


def test_saving_and_opening_keeps_classes_preparation_and_answers(
    site_url: str, page: Page, tmp_path: Path
) -> None:
    open_trainer(page, f"{site_url}signs-trainer/")
    train(page, 2)
    page.locator("#test-samples button").first.click()
    before = answer(page)
    with page.expect_download() as download:
        page.click("#save-file")
    file = tmp_path / "signs.mlpages"
    download.value.save_as(file)
    metadata = read_header(file)["metadata"]
    assert metadata["classes"] == NAMES
    assert metadata["input"]["resize"] == "centre-crop"
    assert [metadata["input"][key] for key in ("height", "width", "channels")] == [32, 32, 3]
    assert metadata["accuracy"]["images"] == 160

    page.reload()
    wait_for(page, "ready")
    page.locator("#file").set_input_files(file)
    wait_for(page, "trained")
    press(page, "#evaluate")
    page.locator("#test-samples button").first.click()
    assert answer(page) == before
    accuracy = number(page, "#step-look", "data-accuracy")
    assert accuracy == pytest.approx(metadata["accuracy"]["value"])
    press(page, "#discard", "ready")
    assert number(page, "#memory", "data-tensors") == 0


def read_header(file: Path) -> dict[str, Any]:
    data = file.read_bytes()
    header: dict[str, Any] = json.loads(data[12 : 12 + int.from_bytes(data[8:12], "little")])
    return header


@pytest.mark.parametrize("size", [(1280, 720), (390, 844)])
def test_the_main_action_is_on_the_first_screen(
    site_url: str, page: Page, size: tuple[int, int]
) -> None:
    page.set_viewport_size({"width": size[0], "height": size[1]})
    open_trainer(page, f"{site_url}signs-trainer/")
    page.wait_for_selector("#samples canvas")
    box = page.locator("#train").bounding_box()
    assert box and box["y"] + box["height"] <= size[1]
    assert page.evaluate("document.documentElement.scrollWidth") == size[0]


@pytest.fixture(scope="module")
def many_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A trainer of 300 classes with a network of its own; a mark's place and light tell them."""
    folder = tmp_path_factory.mktemp("many")
    labels = np.tile(np.arange(MARKS), 8)
    images = np.zeros((len(labels), 28, 20), np.uint8)
    for image, label in zip(images, labels, strict=True):
        row, column = 4 * (label % 6) + 2, 3 * (label // 6 % 6) + 1
        image[row : row + 3, column : column + 3] = 50 + 22 * (label // 36)
    np.savez_compressed(folder / "marks.npz", x_train=images, y_train=labels)
    (folder / "site.toml").write_text(MANY)
    (folder / "nets.py").write_text(NETS)
    build_site(load_config(folder / "site.toml"), Options(folder / "site"), Reporter())
    with serving(folder / "site", "/some/where/") as url:
        yield url


def test_hundreds_of_classes_are_tested_and_their_mistakes_listed(
    many_url: str, page: Page
) -> None:
    open_trainer(page, f"{many_url}marks-trainer/")
    expect(page.locator("#architecture")).to_contain_text("Hidden layer")
    expect(page.locator("#architecture-about")).to_contain_text("every pixel is weighed")
    train(page, 2)
    images = number(page, "#step-look", "data-images")
    rows = class_rows(page)
    assert len(rows) == MARKS and sum(total for _, _, total in rows) == images == MARKS
    right = sum(right for _, right, _ in rows)
    assert right / images == pytest.approx(number(page, "#step-look", "data-accuracy"))
    shares = [right / total for _, right, total in rows]
    assert shares == sorted(shares)
    # The matrix holds those that were confused most, and scrolls in its own box.
    assert matrix(page).shape == (50, 50)
    expect(page.locator("#confusion-some")).to_contain_text("50 most confused of 300 classes")
    assert page.evaluate("document.documentElement.scrollWidth") == 1280
    wrong = int(images) - right
    assert wrong > 20
    title = page.inner_text("#kinds-title")
    assert re.fullmatch(r"\d+ kinds of mistakes, the 20 most frequent", title)
    kind = page.locator("#kinds button").first
    label = re.fullmatch(
        r"(.+) read as (.+): (\d+) images?", kind.get_attribute("aria-label") or ""
    )
    assert label
    kind.click()
    expect(page.locator("#misread-title")).to_have_text(
        f"{label[1]} read as {label[2]}: {label[3]}"
    )
    expect(page.locator("#misread li")).to_have_count(int(label[3]))
    expect(page.locator("#misread-title")).to_be_in_viewport()


def test_of_hundreds_of_classes_the_ten_likeliest_are_answered(many_url: str, page: Page) -> None:
    open_trainer(page, f"{many_url}marks-trainer/")
    train(page, 1)
    expect(page.locator("#test-samples button")).to_have_count(10)
    page.locator("#test-samples button").first.click()
    name, values = answer(page)
    assert len(values) == 10 and values == sorted(values, reverse=True)
    assert page.locator("#probabilities li span").first.inner_text() == name
    expect(page.locator(".answer")).to_contain_text("290 more classes")
    press(page, "#discard", "ready")
    assert number(page, "#memory", "data-tensors") == 0
