"""The predictor of pictures in a real browser: crop, ranked answers, webcam, lean models."""

import base64
import json
import re
from dataclasses import replace
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from PIL import Image, ImageDraw
from playwright.sync_api import FilePayload, Page, expect

from generator.bundle import bundle_scripts
from generator.cache import Cache
from generator.config import load_config
from generator.demos import predictor
from generator.demos.parts import ModelFiles, Parts
from generator.errors import BuildError
from generator.manifest import DataManifest, ModelInput, ModelMetadata
from generator.render import Site, render_page
from generator.resample import centre_square

FIXTURE = Path(__file__).resolve().parents[1] / "fixtures/site.toml"
ORANGE, TEAL = (235, 110, 20), (20, 120, 150)
SIDE = 32
NEXT_FRAME = "new Promise((resolve) => requestAnimationFrame(resolve))"
# Keeps every track, so that a test can ask whether the light is on.
WATCH = """
window.tracks = [];
const devices = navigator.mediaDevices;
const real = devices.getUserMedia.bind(devices);
devices.getUserMedia = async (constraints) => {
  const stream = await real(constraints);
  window.tracks.push(...stream.getTracks());
  return stream;
};
"""
LIVE_TRACKS = "tracks.filter((track) => track.readyState === 'live').length"
JUMPS = """window.jumps = 0;
new PerformanceObserver((list) => {
  for (const entry of list.getEntries()) if (!entry.hadRecentInput) jumps += entry.value;
}).observe({type: "layout-shift", buffered: true});"""
# Resolves with [number of the test image, label, the graph model's class] of each one shown.
ASK_ALL_SAMPLES = """async () => {
  const table = document.querySelector("#answers");
  const answerTo = (button) => new Promise((resolve) => {
    const listen = ({detail: {which, probabilities}}) => {
      if (which !== "graph") return;
      table.removeEventListener("answer", listen);
      resolve(probabilities.indexOf(Math.max(...probabilities)));
    };
    table.addEventListener("answer", listen);
    button.click();
  });
  const told = [];
  for (const button of document.querySelectorAll("#samples button")) {
    const best = await answerTo(button);
    const note = document.querySelector("#note").textContent;
    const [, index, label] = /Test image (\\d+), labelled (.*)\\./.exec(note);
    told.push([Number(index), label, best]);
  }
  return told;
}"""


def open_page(page: Page, url: str) -> None:
    """Open a predictor and wait until all that it loads is there."""
    page.goto(url)
    expect(page.locator("#loaded")).to_have_text(re.compile("B"))


def draw_sign(
    colour: tuple[int, int, int], size: tuple[int, int] = (500, 360), ground: str = "#dcdcdc"
) -> Image.Image:
    """A large circle in the middle."""
    picture = Image.new("RGB", size, ground)
    x, y, radius = size[0] // 2, size[1] // 2, min(size) * 5 // 12
    circle = (x - radius, y - radius, x + radius, y + radius)
    ImageDraw.Draw(picture).ellipse(circle, fill=colour)
    return picture


def png(picture: Image.Image, name: str = "sign.png") -> FilePayload:
    file = BytesIO()
    picture.save(file, "png")
    return {"name": name, "mimeType": "image/png", "buffer": file.getvalue()}


def bring(page: Page, picture: Image.Image, name: str = "sign.png") -> None:
    """Choose a file and wait for the graph model's answer to it."""
    before = page.locator("#answers").get_attribute("data-question")
    page.set_input_files("#file", png(picture, name))
    expect(page.locator("#note")).to_have_text(f'"{name}"')
    expect(page.locator("#answers")).not_to_have_attribute("data-question", before or "")
    settle(page)


def settle(page: Page) -> None:
    """Wait until the graph model has answered what is asked now."""
    question = page.locator("#answers").get_attribute("data-question")
    expect(page.locator("#time-graph")).to_have_attribute("data-question", question or "")


def seen(page: Page, side: int = SIDE) -> npt.NDArray[np.int64]:
    """The pixels that the model got, from the page's canvas."""
    values = page.locator("#seen").evaluate(
        """(canvas) => Array.from(canvas.getContext("2d")
            .getImageData(0, 0, canvas.width, canvas.height).data)"""
    )
    return np.array(values, np.int64).reshape(side, side, 4)[..., :3]


def shares(page: Page, model: str = "graph") -> dict[str, float]:
    """What the page shows for a model, in percent, by class, from top to bottom."""
    rows = page.locator("#answers tbody tr")
    names = rows.locator("th").all_inner_texts()
    numbers = rows.locator(f'td[data-model="{model}"] .number').all_inner_texts()
    return {name: float(text.strip("<>%")) for name, text in zip(names, numbers, strict=True)}


def signs() -> tuple[str, ...]:
    return load_config(FIXTURE).data["signs"].classes


SIZES = {
    "wide": (500, 360),
    "tall": (231, 640),
    "small": (24, 20),
    "as large as the model's": (SIDE, SIDE),
}
COLOURS = {"wide": ORANGE, "tall": TEAL, "small": ORANGE, "as large as the model's": TEAL}


@pytest.mark.parametrize("kind", SIZES)
def test_a_picture_is_cropped_and_shrunk_as_in_python_and_told_right(
    site_url: str, page: Page, kind: str
) -> None:
    picture = draw_sign(COLOURS[kind], SIZES[kind])
    open_page(page, f"{site_url}sign-predictor/")
    bring(page, picture)
    expected = centre_square(np.asarray(picture), SIDE)
    assert np.abs(seen(page) - expected).max() <= 1
    told = shares(page)
    best = next(iter(told))
    name = "orange circle" if COLOURS[kind] == ORANGE else "teal circle"
    assert best == name
    assert list(told.values()) == sorted(told.values(), reverse=True)
    assert sum(told.values()) == pytest.approx(100, abs=0.5)
    expect(page.locator("#verdict")).to_have_text(name)
    expect(page.locator("#agreement")).to_have_text(re.compile(r"^Both models agree to"))
    expect(page.locator("#spoken")).to_have_text(re.compile(rf"^{name}\. .* sure"))


def test_what_is_see_through_lies_on_white_and_grey_is_grey(site_url: str, page: Page) -> None:
    open_page(page, f"{site_url}sign-predictor/")
    glass = draw_sign(ORANGE).convert("RGBA")
    glass.paste((0, 0, 0, 0), (0, 0, 500, 100))
    bring(page, glass, "glass.png")
    assert np.abs(seen(page) - centre_square(np.asarray(glass), SIDE)).max() <= 1
    assert (seen(page)[0] == 255).all()
    grey = draw_sign(TEAL).convert("L")
    bring(page, grey, "grey.png")
    expected = centre_square(np.asarray(grey)[..., None].repeat(3, 2), SIDE)
    assert np.abs(seen(page) - expected).max() <= 1


def test_the_part_that_counts_is_marked_and_the_story_shows_each_stage(
    site_url: str, page: Page
) -> None:
    open_page(page, f"{site_url}sign-predictor/")
    bring(page, Image.new("RGB", (640, 480), "white"))
    script = """(canvas) => Array.from({length: 640}, (_, x) =>
        canvas.getContext("2d").getImageData(x, 240, 1, 1).data[0])"""
    row = np.array(page.locator("#picture").evaluate(script))
    # The middle 480 of 640 columns are as they were, what lies beside is dimmed.
    assert (row[90:550] == 255).all()
    assert (row[:70] < 140).all() and (row[570:] < 140).all()
    # Open before the picture comes: its stages are drawn before the question is asked.
    page.click("#story summary")
    bring(page, draw_sign(ORANGE))
    inked = """(canvas) => canvas.getContext("2d")
        .getImageData(0, 0, canvas.width, canvas.height).data.some((v, i) => i % 4 < 3 && v)"""
    for stage in ("whole", "part", "small"):
        canvas = page.locator(f"#stage-{stage}")
        expect(canvas).to_be_visible()
        assert canvas.evaluate(inked), stage


def test_test_images_are_told_at_the_accuracy_that_the_page_states(
    site_url: str, page: Page
) -> None:
    open_page(page, f"{site_url}sign-predictor/")
    images = page.locator("#samples button")
    expect(images).to_have_count(10)
    told: dict[int, bool] = {}
    stated = float(page.locator(".facts dd").last.inner_text().strip("%")) / 100
    count = int(re.findall(r"[\d,]+", page.locator(".facts dt").last.inner_text())[0])
    for _ in range(count // 10):
        first = images.first.get_attribute("aria-label")
        assert first and first.removeprefix("Test image of ") in signs()
        for index, label, best in page.evaluate(ASK_ALL_SAMPLES):
            told[index] = signs()[best] == label
        images.first.evaluate("(button) => button.setAttribute('data-old', '')")
        page.click("#others")
        expect(page.locator("#samples button[data-old]")).to_have_count(0)
    assert sorted(told) == list(range(count))
    # Weights are stored as float16: one image may change sides.
    assert np.mean(list(told.values())) == pytest.approx(stated, abs=1.01 / count)


def test_a_test_image_goes_in_as_it_is(site_url: str, page: Page) -> None:
    open_page(page, f"{site_url}sign-predictor/")
    page.locator("#samples button").first.focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Enter")
    expect(page.locator("#note")).to_have_text(re.compile(r"^Test image \d+, labelled .+\.$"))
    settle(page)
    images = np.load(FIXTURE.parent / "signs.npz")["x_test"]
    assert (images == seen(page)).all(axis=(1, 2, 3)).any()


def test_a_picture_is_dropped_and_pasted(site_url: str, page: Page) -> None:
    open_page(page, f"{site_url}sign-predictor/")
    data = base64.b64encode(png(draw_sign(TEAL))["buffer"]).decode()
    for kind, make in (
        ("drop", "new DragEvent('drop', {dataTransfer: files, bubbles: true, cancelable: true})"),
        ("paste", "new ClipboardEvent('paste', {clipboardData: files, bubbles: true})"),
    ):
        page.evaluate(
            f"""([data, kind]) => {{
                const bytes = Uint8Array.from(atob(data), (letter) => letter.charCodeAt(0));
                const files = new DataTransfer();
                files.items.add(new File([bytes], `${{kind}}.png`, {{type: "image/png"}}));
                document.querySelector("#zone").dispatchEvent({make});
            }}""",
            [data, kind],
        )
        expect(page.locator("#note")).to_have_text(f'"{kind}.png"')
        expect(page.locator("#verdict")).to_have_text("teal circle")


def test_what_is_no_picture_is_named_and_the_answer_stays(site_url: str, page: Page) -> None:
    open_page(page, f"{site_url}sign-predictor/")
    bring(page, draw_sign(ORANGE))
    broken: FilePayload = {"name": "broken.png", "mimeType": "image/png", "buffer": b"\x89PNG no"}
    page.set_input_files("#file", broken)
    expect(page.locator("#note")).to_have_text(
        re.compile('"broken.png" cannot be read as a picture: it is damaged')
    )
    expect(page.locator("#verdict")).to_have_text("orange circle")


def test_the_keyboard_alone_is_enough(site_url: str, page: Page) -> None:
    open_page(page, f"{site_url}sign-predictor/")
    page.locator("#file").evaluate(
        """(input) => input.addEventListener("click", (event) => {
          event.preventDefault();
          input.dataset.opened = "yes";
        })"""
    )
    page.locator("#open").focus()
    page.keyboard.press("Enter")
    expect(page.locator("#file")).to_have_attribute("data-opened", "yes")
    for part in ("#live-open", "#others", "#samples button:first-child"):
        page.keyboard.press("Tab")
        expect(page.locator(part)).to_be_focused()
    page.keyboard.press("End")
    page.keyboard.press("Space")
    expect(page.locator("#note")).to_have_text(re.compile("labelled"))
    settle(page)
    expect(page.locator("#answers .best").first).to_be_visible()


@pytest.mark.parametrize("width, height", [(1280, 720), (390, 844)])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_picture_and_answer_fit_on_one_screen_and_nothing_jumps(
    site_url: str, page: Page, width: int, height: int, scheme: Any
) -> None:
    page.set_viewport_size({"width": width, "height": height})
    page.emulate_media(color_scheme=scheme)
    page.add_init_script(JUMPS)
    open_page(page, f"{site_url}sign-predictor/")
    bring(page, draw_sign(ORANGE))
    bring(page, draw_sign(TEAL), "other.png")
    for part in ("#zone", "#open", "#samples", "#seen", "#verdict"):
        box = page.locator(part).bounding_box()
        assert box and box["y"] >= 0 and box["y"] + box["height"] <= height, part
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert page.evaluate("jumps") < 0.01


def test_nothing_speaks_of_digits_or_drawing(site_url: str, page: Page) -> None:
    open_page(page, f"{site_url}sign-predictor/")
    words = page.locator("main").evaluate("(main) => main.textContent.toLowerCase()")
    description = page.locator('meta[name="description"]').get_attribute("content")
    for text in (words, description):
        assert not re.search("digit|mnist|draw|ink", text or "")


def open_camera(page: Page, url: str) -> None:
    page.context.grant_permissions(["camera"])
    page.add_init_script(WATCH)
    open_page(page, url)
    page.click("#live-open")
    expect(page.locator("#live-rate")).to_contain_text("pictures a second")


def test_the_webcam_is_answered_live_and_its_light_goes_off(site_url: str, page: Page) -> None:
    open_camera(page, f"{site_url}sign-predictor/")
    assert page.evaluate(LIVE_TRACKS) == 1
    expect(page.locator("#zone")).to_be_hidden()
    assert seen(page).max() > 100
    assert sum(shares(page).values()) == pytest.approx(100, abs=0.5)
    expect(page.locator("#spoken")).to_have_text(re.compile("sure"))
    # Each frame waits for both answers to the one before: none is dropped.
    asked = page.evaluate(
        """() => new Promise((resolve) => {
          const asked = {graph: [], layers: []};
          document.querySelector("#answers").addEventListener("answer", ({detail}) => {
            asked[detail.which].push(detail.question);
            if (asked.graph.length > 5 && asked.layers.length > 5) resolve(asked);
          });
        })"""
    )
    for numbers in asked.values():
        assert numbers == list(range(numbers[0], numbers[0] + len(numbers)))
    page.click("#live-close")
    assert page.evaluate(LIVE_TRACKS) == 0
    assert page.evaluate("document.activeElement.id") == "live-open"
    expect(page.locator("#zone")).to_be_visible()
    expect(page.locator("#sentence")).to_have_text("Give it a picture")
    expect(page.locator("#seen")).to_have_attribute("aria-label", "Nothing yet")


def test_a_picture_takes_the_webcams_place(site_url: str, page: Page) -> None:
    open_camera(page, f"{site_url}sign-predictor/")
    page.set_input_files("#file", png(draw_sign(TEAL)))
    expect(page.locator("#live-panel")).to_be_hidden()
    assert page.evaluate(LIVE_TRACKS) == 0
    expect(page.locator("#verdict")).to_have_text("teal circle")
    assert np.abs(seen(page) - centre_square(np.asarray(draw_sign(TEAL)), SIDE)).max() <= 1


def test_the_light_goes_off_when_the_page_is_hidden(site_url: str, page: Page) -> None:
    open_camera(page, f"{site_url}sign-predictor/")
    page.evaluate("dispatchEvent(new PageTransitionEvent('pagehide'))")
    assert page.evaluate(LIVE_TRACKS) == 0
    expect(page.locator("#live-status")).to_contain_text("out of sight")
    page.click("#live-again")
    expect(page.locator("#live-rate")).to_contain_text("pictures a second")


def test_a_camera_that_is_denied_is_said(site_url: str, page: Page) -> None:
    page.context.clear_permissions()
    open_page(page, f"{site_url}sign-predictor/")
    page.click("#live-open")
    expect(page.locator("#live-status")).to_contain_text("The camera was denied")
    page.click("#live-close")
    bring(page, draw_sign(ORANGE))
    expect(page.locator("#verdict")).to_have_text("orange circle")


def write_page(
    site: Path, slug: str, model: dict[str, Any] | None = None, data: bool = True, **demo: Any
) -> str:
    """The HTML of the fixture's predictor with other settings, or of a leaner model."""
    config = load_config(FIXTURE)
    kinds = tuple(sorted({entry.kind for entry in config.demos}))
    bundle = bundle_scripts(Cache(), kinds)
    entry = next(entry for entry in config.demos if entry.slug == slug)
    name = config.models[entry.model].data
    table = json.loads((site / f"models/{entry.model}/model_graph/model.json").read_text())
    fields = table["userDefinedMetadata"]
    fields |= {"input": ModelInput(**fields["input"]), "classes": tuple(fields["classes"])}
    changes = model or {}
    metadata = ModelMetadata(**fields | changes.pop("metadata", {}))
    files = ModelFiles(config.models[entry.model], metadata, "model.h5", site, 1, 1)
    manifests = {name: DataManifest.read(site / f"data/{name}/manifest.json")} if data else {}
    models = {entry.model: replace(files, **changes)}
    parts = Parts(config, site, bundle, manifests, models, topologies={}, backbones={}, networks={})
    made = predictor.build(replace(entry, **demo), parts)
    return render_page(made, Site("Fixture", "en"), bundle)


def open_variant(page: Page, url: str, html: str) -> None:
    page.route(url, lambda route: route.fulfill(body=html, content_type="text/html"))
    open_page(page, url)


@pytest.mark.parametrize("unsure", [100, 0])
def test_below_the_threshold_the_page_says_that_it_is_not_sure(
    site_url: str, fixture_site: Path, page: Page, unsure: int
) -> None:
    html = write_page(fixture_site, "sign-predictor", unsure=unsure)
    open_variant(page, f"{site_url}sign-predictor/", html)
    bring(page, draw_sign(ORANGE))
    share = re.escape(page.locator("#answers .best .number").first.inner_text())
    if unsure:
        expect(page.locator("#verdict")).to_have_text("?")
        words = rf"Not sure: orange circle at {share}"
    else:
        expect(page.locator("#verdict")).to_have_text("orange circle")
        words = rf"{share} sure"
    expect(page.locator("#sentence")).to_have_text(re.compile(f"^{words}"))
    expect(page.locator("#spoken")).to_have_text(re.compile(words))


def test_of_many_classes_the_likeliest_are_listed_and_nothing_jumps(
    site_url: str, fixture_site: Path, page: Page
) -> None:
    page.add_init_script(JUMPS)
    html = write_page(fixture_site, "sign-predictor", top=2)
    open_variant(page, f"{site_url}sign-predictor/", html)
    expect(page.locator("#more th")).to_have_text("and 2 more classes")
    height = page.locator("#step-answer").bounding_box()
    for colour, first in ((ORANGE, "orange circle"), (TEAL, "teal circle")):
        bring(page, draw_sign(colour), f"{first}.png")
        told = shares(page)
        assert len(told) == 2 and next(iter(told)) == first
        assert list(told.values()) == sorted(told.values(), reverse=True)
        rest = page.locator('#more td[data-model="graph"] .number').inner_text()
        assert sum(told.values()) + float(rest.strip("<>%")) == pytest.approx(100, abs=0.4)
        expect(page.locator('#more td[data-model="layers"] .number')).to_have_text(rest)
    assert page.locator("#step-answer").bounding_box() == height
    assert page.evaluate("jumps") < 0.01


def test_a_model_without_data_layers_or_keras_file_has_a_page_without_them(
    site_url: str, fixture_site: Path, page: Page
) -> None:
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    model = {"keras_file": "", "layers_bytes": 0, "metadata": {"accuracy": None}}
    html = write_page(fixture_site, "sign-predictor", model, data=False)
    assert not re.search("null|None", re.sub("<script.*?</script>", "", html, flags=re.DOTALL))
    open_variant(page, f"{site_url}sign-predictor/", html)
    for part in ("#samples", "#others", "#own-file", "#time-layers", "#time-own"):
        expect(page.locator(part)).to_have_count(0)
    assert "Keras" not in page.locator("main").inner_html()
    bring(page, draw_sign(ORANGE))
    expect(page.locator("#verdict")).to_have_text("orange circle")
    expect(page.locator("#agreement")).to_have_text("")
    assert not [url for url in asked if "/data/" in url or "model_layers" in url]


def test_a_page_that_nothing_can_be_brought_to_is_refused(fixture_site: Path) -> None:
    with pytest.raises(
        BuildError, match=r"'sign-predictor', inputs: .*nothing to ask about; .* found samples"
    ):
        write_page(fixture_site, "sign-predictor", data=False, inputs=("samples",))


def test_drawings_can_be_held_before_the_webcam_too(
    site_url: str, fixture_site: Path, page: Page
) -> None:
    html = write_page(fixture_site, "digit-predictor", inputs=("pad", "file", "samples", "webcam"))
    page.route(
        f"{site_url}digit-predictor/",
        lambda route: route.fulfill(body=html, content_type="text/html"),
    )
    open_camera(page, f"{site_url}digit-predictor/")
    expect(page.locator("#pad")).to_be_hidden()
    page.locator("#samples button").nth(3).click()
    expect(page.locator("#live-panel")).to_be_hidden()
    assert page.evaluate(LIVE_TRACKS) == 0
    expect(page.locator("#note")).to_have_text(re.compile("labelled 3"))
    page.evaluate(NEXT_FRAME)
    settle(page)
    expect(page.locator("#verdict")).to_have_text(re.compile(r"^\d$"))


def test_ink_can_be_brought_without_a_pad(site_url: str, fixture_site: Path, page: Page) -> None:
    html = write_page(fixture_site, "digit-predictor", inputs=("file",))
    open_variant(page, f"{site_url}digit-predictor/", html)
    page.set_input_files("#file", png(Image.new("L", (80, 80), 230), "paper.png"))
    expect(page.locator("#note")).to_have_text('No ink was found in "paper.png".')
    expect(page.locator("#sentence")).to_have_text("Give it a picture")
    paper = Image.new("L", (300, 200), 235)
    ImageDraw.Draw(paper).line([(150, 40), (150, 160)], fill=30, width=14)
    bring(page, paper, "one.png")
    picture = seen(page, 28)[..., 0]
    rows, columns = np.nonzero(picture > 25)
    assert np.ptp(rows) + 1 == 20 and np.ptp(columns) < 8
