"""The predictor page in a real browser: what is drawn, shown, dropped or opened gets an answer."""

import base64
import hashlib
import json
import re
import struct
import subprocess
from io import BytesIO
from math import prod
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from PIL import Image
from playwright.sync_api import FilePayload, Page, expect

from generator.bundle import find_node
from generator.datasets import mnist
from tests.pages.complaints import MISSING, Complaints

TRACE = Path(__file__).resolve().parents[1] / "js/trace.js"
PAINTED, STROKED = 1_000, 200

# An upright line with a bend: every model of digits calls it a 1 or a 7.
BEND = ((0.4, 0.3), (0.55, 0.2), (0.53, 0.5), (0.5, 0.85))

NEXT_FRAME = "new Promise((resolve) => requestAnimationFrame(resolve))"

# Resolves with each model's class once both have answered what `act` puts on the pad.
HELPERS = """
    const pad = document.querySelector("ml-pad");
    const table = document.querySelector("#answers");
    const answersTo = (act) => new Promise((resolve) => {
      const got = {};
      const listen = ({detail: {which, probabilities}}) => {
        got[which] = probabilities.indexOf(Math.max(...probabilities));
        if (got.graph === undefined || got.layers === undefined) return;
        table.removeEventListener("answer", listen);
        resolve(got);
      };
      table.addEventListener("answer", listen);
      act();
    });
"""


def open_predictor(page: Page, site_url: str) -> None:
    """Open the page and wait until both models and the test images are there."""
    page.goto(f"{site_url}digit-predictor/")
    expect(page.locator("#sentence")).to_have_text("Draw a digit")
    expect(page.locator("#samples button")).to_have_count(10)


def draw(page: Page, points: tuple[tuple[float, float], ...] = BEND) -> None:
    """Draw a line with the mouse; points are shares of the pad's side."""
    box = page.locator("#pad").bounding_box()
    assert box
    for number, (x, y) in enumerate(points):
        page.mouse.move(box["x"] + x * box["width"], box["y"] + y * box["height"], steps=3)
        if number == 0:
            page.mouse.down()
    page.mouse.up()


def column(page: Page, model: str) -> list[float]:
    """The ten numbers that the page shows for a model, in percent, of what is on the pad now."""
    page.evaluate(NEXT_FRAME)  # the pad tells of a change once a frame
    question = page.locator("#answers").get_attribute("data-question")
    expect(page.locator(f"#time-{model}")).to_have_attribute("data-question", question or "")
    expect(page.locator(f'#answers tbody td.best[data-model="{model}"]')).to_have_count(1)
    texts = page.locator(f'#answers tbody td[data-model="{model}"] .number').all_inner_texts()
    return [float(text.strip("<>%")) for text in texts]


def seen(page: Page) -> npt.NDArray[np.uint8]:
    """The picture that the model sees, from the page's canvas."""
    script = """(canvas) => Array.from(
        canvas.getContext("2d").getImageData(0, 0, 28, 28).data.filter((_, i) => i % 4 === 0))"""
    return np.array(page.locator("#seen").evaluate(script), np.uint8).reshape(28, 28)


def png(picture: npt.NDArray[np.uint8], name: str = "digit.png") -> FilePayload:
    file = BytesIO()
    Image.fromarray(picture).save(file, "png")
    return {"name": name, "mimeType": "image/png", "buffer": file.getvalue()}


def test_a_blank_pad_asks_for_a_digit(site_url: str, page: Page) -> None:
    open_predictor(page, site_url)
    expect(page.locator("#undo")).to_be_disabled()
    assert not seen(page).any()
    numbers = page.locator("#answers tbody .number").all_inner_texts()
    assert len(numbers) == 30
    assert not any(character.isdigit() for text in numbers for character in text)


def test_drawing_is_answered_by_both_models_and_undone(site_url: str, page: Page) -> None:
    open_predictor(page, site_url)
    draw(page)
    for model in ("graph", "layers"):
        numbers = column(page, model)
        assert len(numbers) == 10
        assert sum(numbers) == pytest.approx(100, abs=1)
    expect(page.locator("#verdict")).to_have_text(re.compile("[17]"))
    expect(page.locator("#agreement")).to_have_text(re.compile(r"agree to (< )?0\.0000"))
    expect(page.locator("#time-graph")).to_have_text(re.compile(r"[\d.]+ ms"))
    expect(page.locator("#loaded")).to_have_text(re.compile(r"[\d.]+ [kM]B"))
    expect(page.locator("#spoken")).to_have_text(re.compile(r"^[17]\. .*Both models agree"))
    page.click("#undo")
    expect(page.locator("#sentence")).to_have_text("Draw a digit")
    draw(page)
    page.click("#clear")
    expect(page.locator("#sentence")).to_have_text("Draw a digit")
    page.keyboard.press("Control+z")
    expect(page.locator("#verdict")).to_have_text(re.compile("[17]"))


def test_the_model_sees_mnist_proportions_wherever_one_draws(site_url: str, page: Page) -> None:
    open_predictor(page, site_url)
    pictures = []
    for size, corner in ((1.0, 0.0), (0.3, 0.6), (0.12, 0.1)):
        page.click("#clear", force=True)
        draw(page, tuple((corner + x * size, corner + y * size) for x, y in BEND))
        column(page, "graph")
        pictures.append(seen(page).astype(int))
        rows, columns = np.nonzero(pictures[-1] > 25)
        assert max(np.ptp(rows), np.ptp(columns)) + 1 == 20
        mass = pictures[-1] / pictures[-1].sum()
        centre = [float((mass.sum(axis) * np.arange(28)).sum()) for axis in (0, 1)]
        assert centre == pytest.approx([14, 14], abs=0.5)
    # The coarse grid of screen pixels leaves the tiny one a little rougher.
    assert np.abs(pictures[1] - pictures[0]).mean() < 4
    assert np.abs(pictures[2] - pictures[0]).mean() < 10


def test_the_story_shows_each_stage_of_the_preparation(site_url: str, page: Page) -> None:
    open_predictor(page, site_url)
    draw(page)
    column(page, "graph")
    page.click("#story summary")
    sizes = {}
    for stage in ("ink", "fit", "place"):
        canvas = page.locator(f"#stage-{stage}")
        expect(canvas).to_be_visible()
        sizes[stage] = canvas.evaluate("(canvas) => Math.max(canvas.width, canvas.height)")
        script = """(canvas) => canvas.getContext("2d")
            .getImageData(0, 0, canvas.width, canvas.height).data.some((v, i) => i % 4 < 3 && v)"""
        assert canvas.evaluate(script), stage
    assert sizes == {"ink": 160, "fit": 20, "place": 28}


def test_a_slip_of_the_finger_is_no_drawing(site_url: str, page: Page) -> None:
    open_predictor(page, site_url)
    page.locator("#pad").click()
    expect(page.locator("#undo")).to_be_enabled()
    expect(page.locator("#sentence")).to_have_text("Draw a digit")


def test_the_keyboard_reaches_every_test_image(site_url: str, page: Page) -> None:
    open_predictor(page, site_url)
    page.locator("#samples button").first.focus()
    for _ in range(3):
        page.keyboard.press("ArrowRight")
    page.keyboard.press("Enter")
    expect(page.locator("#note")).to_have_text(re.compile(r"Test image \d+, labelled 3\."))
    column(page, "layers")
    script = """(canvas) => Array.from(
        canvas.getContext("2d").getImageData(0, 0, 28, 28).data.filter((_, i) => i % 4 === 0))"""
    image = page.locator("#samples canvas").nth(3).evaluate(script)
    assert np.abs(np.array(image).reshape(28, 28) - seen(page).astype(int)).max() <= 2
    page.keyboard.press("End")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Space")
    expect(page.locator("#note")).to_have_text(re.compile("labelled 0"))
    page.keyboard.press("Control+z")
    expect(page.locator("#note")).to_have_text("")
    assert page.locator('#samples button[tabindex="0"]').count() == 1


def photo(dark_on_light: bool) -> npt.NDArray[np.uint8]:
    """A "7" on paper that is lit from one side, 600 x 450, with a photo's grain."""
    rng = np.random.default_rng(3)
    y, x = np.mgrid[0:600, 0:450]
    paper = 225 - x / 6 - y / 12
    bar = (abs(y - 200) < 9) & (x > 140) & (x < 300)
    leg = (abs((x - 300) + (y - 200) * 0.4) < 10) & (y >= 195) & (y < 430)
    grey = np.where(bar | leg, 45, paper) + rng.normal(0, 4, paper.shape)
    return np.array(np.clip(grey if dark_on_light else 255 - grey, 0, 255), np.uint8)


@pytest.mark.parametrize("dark_on_light", [True, False])
def test_a_photo_of_handwriting_is_read(site_url: str, page: Page, dark_on_light: bool) -> None:
    open_predictor(page, site_url)
    page.set_input_files("#file", png(photo(dark_on_light)))
    expect(page.locator("#note")).to_have_text('The ink in "digit.png".')
    column(page, "graph")
    picture = seen(page)
    expected = photo(True)[190:430, 140:310] < 90
    small = Image.fromarray(expected).convert("L").resize((14, 20), Image.Resampling.BOX)
    rows, columns = np.nonzero(picture > 25)
    cut = picture[rows.min() : rows.max() + 1, columns.min() : columns.max() + 1]
    fitted = Image.fromarray(cut).resize((14, 20), Image.Resampling.BILINEAR)
    assert np.corrcoef(np.array(small).ravel(), np.array(fitted).ravel())[0, 1] > 0.9


def test_a_picture_is_dropped_and_pasted(site_url: str, page: Page) -> None:
    open_predictor(page, site_url)
    data = base64.b64encode(png(photo(True))["buffer"]).decode()
    for kind, make in (
        ("drop", "new DragEvent('drop', {dataTransfer: files, bubbles: true, cancelable: true})"),
        ("paste", "new ClipboardEvent('paste', {clipboardData: files, bubbles: true})"),
    ):
        page.evaluate(
            f"""([data, kind]) => {{
                const bytes = Uint8Array.from(atob(data), (letter) => letter.charCodeAt(0));
                const files = new DataTransfer();
                files.items.add(new File([bytes], `${{kind}}.png`, {{type: "image/png"}}));
                document.body.dispatchEvent({make});
            }}""",
            [data, kind],
        )
        expect(page.locator("#note")).to_have_text(f'The ink in "{kind}.png".')
        column(page, "graph")


def test_what_is_no_picture_of_a_digit_is_named(site_url: str, page: Page) -> None:
    open_predictor(page, site_url)
    note = page.locator("#note")
    page.set_input_files("#file", png(np.full((80, 80), 230, np.uint8), "paper.png"))
    expect(note).to_have_text(re.compile('No ink was found in "paper.png"'))
    broken: FilePayload = {"name": "broken.png", "mimeType": "image/png", "buffer": b"\x89PNG no"}
    page.set_input_files("#file", broken)
    expect(note).to_have_text(re.compile('"broken.png" cannot be read as a picture: it is damaged'))
    text: FilePayload = {"name": "notes.txt", "mimeType": "text/plain", "buffer": b"words"}
    page.set_input_files("#file", text)
    expect(note).to_have_text(re.compile('"notes.txt" cannot be read as a picture: it is none'))


def saved_model(page: Page, site_url: str, **changes: Any) -> FilePayload:
    """A model file as the trainer writes it: the page's own network with weights of zero."""
    folder = f"{site_url}models/digits/model_layers/"
    model = page.request.get(f"{folder}model.json").json()
    specs = [spec for group in model["weightsManifest"] for spec in group["weights"]]
    weights = [{key: spec[key] for key in ("name", "shape")} for spec in specs]
    data = bytes(4 * sum(prod(spec["shape"]) for spec in specs))
    metadata = {**model["userDefinedMetadata"], "accuracy": None, **changes}
    header = {
        "format": "mlpages-saved-model",
        "version": 1,
        "metadata": metadata,
        "topology": model["modelTopology"],
        "weights": [{**spec, "dtype": "float32"} for spec in weights],
        "epochsTrained": 3,
        "bytes": len(data),
        "sha256": hashlib.sha256(data).hexdigest(),
    }
    text = json.dumps(header).encode()
    whole = b"MLPAGES1" + struct.pack("<I", len(text)) + text + data
    return {"name": "mine.mlpages", "mimeType": "application/octet-stream", "buffer": whole}


def test_a_model_of_ones_own_answers_beside_the_others(site_url: str, page: Page) -> None:
    open_predictor(page, site_url)
    draw(page)
    column(page, "layers")
    page.set_input_files("#own-file", saved_model(page, site_url))
    expect(page.locator("#own-note")).to_have_text('"mine.mlpages" was trained for 3 epochs.')
    # Weights of zero prefer nothing.
    assert column(page, "own") == [10.0] * 10
    expect(page.locator("#time-own")).to_have_text(re.compile("ms"))
    page.click("#own-close")
    expect(page.locator("#time-own")).to_be_hidden()


def test_a_model_file_that_does_not_fit_is_refused_in_words(site_url: str, page: Page) -> None:
    open_predictor(page, site_url)
    note = page.locator("#own-note")
    other = saved_model(page, site_url, classes=["circle", "square"])
    page.set_input_files("#own-file", other)
    expect(note).to_have_text(re.compile("It tells apart circle, square; this page is about 0, 1"))
    page.set_input_files("#own-file", {**other, "buffer": other["buffer"][:500]})
    expect(note).to_have_text(re.compile('"mine.mlpages" was not opened. .*truncated'))
    expect(page.locator("#time-own")).to_be_hidden()


def test_a_missing_model_is_said_and_the_pad_stays(
    site_url: str, page: Page, complaints: Complaints
) -> None:
    page.route("**/model_graph/model.json", lambda route: route.fulfill(status=404))
    page.goto(f"{site_url}digit-predictor/")
    expect(page.locator("#error")).to_contain_text("HTTP 404")
    expect(page.locator("#sentence")).to_have_text("There is no model to ask.")
    draw(page)
    expect(page.locator("#undo")).to_be_enabled()
    complaints.forgive(MISSING)


def test_missing_layers_model_leaves_the_graph_model_working(
    site_url: str, page: Page, complaints: Complaints
) -> None:
    page.route("**/model_layers/model.json", lambda route: route.fulfill(status=404))
    open_predictor(page, site_url)
    expect(page.locator("#error")).to_contain_text("HTTP 404")
    draw(page)
    assert sum(column(page, "graph")) == pytest.approx(100, abs=1)
    complaints.forgive(MISSING)


def test_missing_test_images_leave_both_models_working(
    site_url: str, page: Page, complaints: Complaints
) -> None:
    page.route("**/data/mnist/test-000.*.png", lambda route: route.fulfill(status=404))
    page.goto(f"{site_url}digit-predictor/")
    expect(page.locator("#error")).to_contain_text("test-000")
    expect(page.locator("#loaded")).to_have_text(re.compile("B"))
    expect(page.locator("#sentence")).to_have_text("Draw a digit")
    page.locator("#error").get_by_role("button", name="Dismiss").click()
    draw(page)
    for model in ("graph", "layers"):
        assert sum(column(page, model)) == pytest.approx(100, abs=1)
    expect(page.locator("#sentence")).to_contain_text("sure")
    expect(page.locator("#others")).to_be_disabled()
    complaints.forgive(MISSING)


@pytest.mark.parametrize("width, height", [(1280, 720), (390, 844)])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_pad_and_answer_fit_on_one_screen_and_nothing_jumps(
    site_url: str, page: Page, width: int, height: int, scheme: Any
) -> None:
    page.set_viewport_size({"width": width, "height": height})
    page.emulate_media(color_scheme=scheme)
    page.add_init_script(
        """window.jumps = 0;
        new PerformanceObserver((list) => {
          for (const entry of list.getEntries()) if (!entry.hadRecentInput) jumps += entry.value;
        }).observe({type: "layout-shift", buffered: true});"""
    )
    open_predictor(page, site_url)
    draw(page)
    column(page, "layers")
    for part in ("#pad", "#seen", "#verdict", "#sentence", "#samples"):
        box = page.locator(part).bounding_box()
        assert box and box["y"] >= 0 and box["y"] + box["height"] <= height, part
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert page.evaluate("jumps") < 0.01


def test_a_turned_phone_keeps_the_drawing(site_url: str, page: Page) -> None:
    page.set_viewport_size({"width": 390, "height": 844})
    open_predictor(page, site_url)
    draw(page)
    column(page, "graph")
    before = seen(page)
    page.set_viewport_size({"width": 844, "height": 390})
    page.evaluate(NEXT_FRAME)
    assert (seen(page) == before).all()
    assert page.evaluate("document.querySelector('ml-pad').strokes.length") == 1


def test_painted_test_digits_are_read(default_site_url: str, page: Page) -> None:
    """1,000 MNIST digits as pictures of 280 x 280: five sizes, anywhere, four kinds of paper."""
    images, labels = digits(PAINTED)
    open_predictor(page, default_site_url)
    answers = page.evaluate(
        "async (data) => {"
        + HELPERS
        + """
        const bytes = Uint8Array.from(atob(data), (letter) => letter.charCodeAt(0));
        const digit = new OffscreenCanvas(28, 28);
        const canvas = Object.assign(document.createElement("canvas"), {width: 280, height: 280});
        const context = canvas.getContext("2d");
        const papers = [[0, 255], [255, 0], [240, 60], [40, 200]];
        const paint = (i) => {
          const [paper, pen] = papers[i % papers.length];
          const image = new ImageData(28, 28);
          for (let p = 0; p < 784; p++) {
            image.data.set([pen, pen, pen, bytes[i * 784 + p]], p * 4);
          }
          digit.getContext("2d").putImageData(image, 0, 0);
          context.fillStyle = `rgb(${paper} ${paper} ${paper})`;
          context.fillRect(0, 0, 280, 280);
          const size = [90, 130, 180, 230, 270][i % 5];
          context.drawImage(
            digit, (i * 37) % (280 - size), (i * 61) % (280 - size), size, size);
        };
        const answers = [];
        for (let i = 0; i < bytes.length / 784; i++) {
          paint(i);
          answers.push(await answersTo(() => pad.drawImage(canvas)));
        }
        return answers;
      }""",
        base64.b64encode(images.tobytes()).decode(),
    )
    for model in ("graph", "layers"):
        right = np.mean([answer[model] for answer in answers] == labels)
        print(f"painted digits, {model} model: {right:.1%} right")  # noqa: T201 (shown by -s)
        assert right >= 0.98, model


def test_test_digits_drawn_as_strokes_are_read(default_site_url: str, page: Page) -> None:
    """The centre lines of 200 digits, drawn at three sizes and thicknesses."""
    images, labels = digits(STROKED)
    strokes = trace(images)
    open_predictor(page, default_site_url)
    for size, pen, pointer in ((40, 12, "mouse"), (120, 22, "touch"), (250, 36, "pen")):
        page.locator(f'#pens input[value="{pen}"]').check()
        answers = page.evaluate(
            "async ([digits, size, pointerType]) => {"
            + HELPERS
            + """
            const {left, top, width} = pad.querySelector("canvas").getBoundingClientRect();
            const fire = (type, {x, y}, corner) => pad.dispatchEvent(new PointerEvent(type, {
              bubbles: true, isPrimary: true, pointerId: 7, pointerType, buttons: 1,
              clientX: left + (corner.x + (x * size) / 28) * (width / 280),
              clientY: top + (corner.y + (y * size) / 28) * (width / 280),
            }));
            const draw = (strokes, i) => {
              pad.clear();
              const room = 280 - size;
              const corner = {x: (i * 37) % room, y: (i * 61) % room};
              for (const stroke of strokes) {
                fire("pointerdown", stroke[0], corner);
                for (const point of stroke.slice(1)) fire("pointermove", point, corner);
                fire("pointerup", stroke[stroke.length - 1], corner);
              }
            };
            const answers = [];
            for (const [i, strokes] of digits.entries()) {
              answers.push(await answersTo(() => draw(strokes, i)));
            }
            return answers;
          }""",
            [strokes, size, pointer],
        )
        for model in ("graph", "layers"):
            right = np.mean([answer[model] for answer in answers] == labels)
            print(f"strokes at {size}, {model} model: {right:.1%} right")  # noqa: T201
            assert right >= 0.95, (size, model)


def test_digits_drawn_with_the_mouse_are_read(default_site_url: str, page: Page) -> None:
    """The browser's own mouse events, with all that happens between: ten digits, one a miss."""
    images, labels = digits(10)
    open_predictor(page, default_site_url)
    box = page.locator("#pad").bounding_box()
    assert box
    right = 0
    for strokes, label in zip(trace(images), labels, strict=True):
        page.click("#clear", force=True)
        for stroke in strokes:
            points = stroke[::4] + stroke[-1:]
            for number, point in enumerate(points):
                page.mouse.move(
                    box["x"] + box["width"] * (0.1 + 0.8 * point["x"] / 28),
                    box["y"] + box["height"] * (0.1 + 0.8 * point["y"] / 28),
                )
                if number == 0:
                    page.mouse.down()
            page.mouse.up()
        column(page, "graph")
        right += page.locator("#verdict").inner_text() == str(label)
    assert right >= 9


def digits(count: int) -> tuple[npt.NDArray[np.uint8], npt.NDArray[np.uint8]]:
    """The first MNIST test images and their labels."""
    split = mnist.load().splits["test"]
    return np.asarray(split.images[0:count]), np.asarray(split.labels[0:count], np.uint8)


def trace(images: npt.NDArray[np.uint8]) -> list[list[list[dict[str, float]]]]:
    """The centre lines of each image's ink, as strokes of points."""
    command = [find_node(), str(TRACE)]
    result = subprocess.run(command, input=images.tobytes(), capture_output=True, check=True)
    strokes: list[list[list[dict[str, float]]]] = json.loads(result.stdout)
    return strokes
