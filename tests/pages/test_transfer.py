"""The transfer learner as a visitor uses it: pictures in, a head trained, looked into and tried."""

import io
import re
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Page, expect

from tests.pages.complaints import MISSING, Complaints

SHARED = Path(__file__).resolve().parents[3] / "shared"
SLOW = 60_000  # milliseconds that a busy machine may take for what takes seconds


def open_page(page: Page, site_url: str, slug: str = "own-classes") -> None:
    page.goto(f"{site_url}{slug}/")
    expect(page.locator("#pictures-train-files-open")).to_be_enabled(timeout=SLOW)


def draw(folder: Path, name: str, colour: str, seed: int) -> Path:
    """A picture of mostly one colour, with noise, so that no two are the same."""
    rng = np.random.default_rng(seed)
    base = {"red": (200, 40, 40), "blue": (40, 60, 200), "green": (30, 160, 60)}[colour]
    pixels = np.clip(np.array(base) + rng.normal(0, 25, (60, 80, 3)), 0, 255).astype(np.uint8)
    file = folder / name
    file.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(pixels).save(file)
    return file


def draw_folder(folder: Path, count: int, first: int = 0) -> Path:
    for i in range(count):
        for colour in ("red", "blue"):
            draw(folder, f"{colour}/{i}.png", colour, first + 2 * i + (colour == "red"))
    return folder


def add(page: Page, role: str, *paths: Path) -> str:
    """Choose a folder or files, agree to the preview, return what came of it."""
    kind = "folder" if paths[0].is_dir() else "files"
    page.set_input_files(f"#pictures-{role}-{kind}", paths[0] if kind == "folder" else list(paths))
    page.click("#pictures-add")
    expect(page.locator("#pictures-outcome")).to_be_visible(timeout=SLOW)
    return page.inner_text("#pictures-outcome-text")


def drop(page: Page, selector: str, *paths: Path) -> None:
    """A real drop of files and folders, as the browser gets it from the system."""
    page.locator(selector).scroll_into_view_if_needed()
    place = page.locator(selector).bounding_box()
    assert place
    session = page.context.new_cdp_session(page)
    data = {"items": [], "files": [str(path) for path in paths], "dragOperationsMask": 1}
    point = {"x": place["x"] + place["width"] / 2, "y": place["y"] + place["height"] / 2}
    for kind in ("dragEnter", "dragOver", "drop"):
        session.send("Input.dispatchDragEvent", {"type": kind, "data": data, **point})


def train(page: Page) -> str:
    expect(page.locator("#train")).to_be_enabled(timeout=SLOW)
    page.click("#train")
    expect(page.locator("#train-status")).to_contain_text("Trained in", timeout=SLOW)
    return page.inner_text("#train-status")


def percent(page: Page, selector: str) -> float:
    return float(page.inner_text(selector).rstrip("%"))


def test_one_click_teaches_it_drawn_faces(site_url: str, page: Page) -> None:
    page.goto(f"{site_url}happy-sad/")
    expect(page.locator("#use-samples")).to_be_enabled(timeout=SLOW)
    page.click("#use-samples")
    expect(page.locator("#train-status")).to_contain_text("Trained in", timeout=SLOW)
    assert page.inner_text("#pictures-outcome-text") == "Added 140 pictures: 70 happy, 70 sad."
    # 60 pictures of 15 people whom it never saw; 50% is chance.
    assert percent(page, "#train-validation") >= 90
    assert percent(page, "#look-validation") >= 90
    assert percent(page, "#look-chance") == 50
    assert percent(page, "#look-pixels") < percent(page, "#look-validation")
    assert "left out" in page.inner_text("#train-picked")


def test_the_zips_folders_are_dropped_one_after_the_other(
    site_url: str, page: Page, tmp_path: Path
) -> None:
    open_page(page, site_url, "happy-sad")
    address = page.locator('a[href$="happy-sad.zip"]').evaluate("(a) => a.href")
    content = page.request.get(address).body()
    zipfile.ZipFile(io.BytesIO(content)).extractall(tmp_path)
    for role, count in (("train", 320), ("validation", 120)):
        drop(page, f"#pictures-{role}", tmp_path / role)
        expect(page.locator("#pictures-preview")).to_be_visible()
        expect(page.locator("#pictures-layout")).to_have_value("folders")
        expect(page.locator("#pictures-add")).to_have_text(f"Add {count} pictures")
        page.click("#pictures-add")
        expect(page.locator("#pictures-outcome-text")).to_have_text(
            f"Added {count} pictures: {count // 2} happy, {count // 2} sad.", timeout=SLOW
        )
        page.click("#pictures-outcome-close")
    train(page)
    assert percent(page, "#train-accuracy") >= 95
    assert percent(page, "#train-validation") >= 90


@pytest.mark.parametrize("layout", ["folders", "names", "table"])
def test_every_layout_of_the_tutorial_is_found(
    site_url: str, page: Page, tmp_path: Path, layout: str
) -> None:
    files = []
    for i in range(4):
        for colour in ("red", "blue"):
            name = {"folders": f"{colour}/{i}", "names": f"{colour}-{i}"}.get(
                layout, f"p{i}{colour[0]}"
            )
            files.append(draw(tmp_path / "set", f"{name}.png", colour, 2 * i + (colour == "red")))
    if layout == "table":
        rows = "".join(f"{f.name},{'red' if f.stem[-1] == 'r' else 'blue'}\n" for f in files)
        (tmp_path / "set/labels.csv").write_text("file,label\n" + rows)
    open_page(page, site_url)
    page.set_input_files("#pictures-train-folder", tmp_path / "set")
    expect(page.locator("#pictures-layout")).to_have_value(layout)
    expect(page.locator("#pictures-counts tbody tr")).to_have_count(2)
    page.click("#pictures-add")
    expect(page.locator("#pictures-outcome-text")).to_have_text(
        "Added 8 pictures: 4 blue, 4 red.", timeout=SLOW
    )
    assert "100.0%" in train(page)


def test_files_that_cannot_be_used_are_named_and_the_rest_go_on(
    site_url: str, page: Page, tmp_path: Path
) -> None:
    draw_folder(tmp_path / "set", 3)
    (tmp_path / "set/red/empty.jpg").write_bytes(b"")
    (tmp_path / "set/red/broken.png").write_bytes((tmp_path / "set/red/0.png").read_bytes()[:400])
    (tmp_path / "set/blue/letter.jpg").write_text("Dear reader")
    open_page(page, site_url)
    text = add(page, "train", tmp_path / "set")
    assert text == "Added 6 pictures: 3 blue, 3 red. 3 files could not be used."
    listed = page.locator("#pictures-failures li").all_inner_texts()
    assert [re.search(r"(\w+\.\w+) is", line)[1] for line in listed] == [  # type: ignore[index]
        "letter.jpg",
        "broken.png",
        "empty.jpg",
    ]
    assert "100.0%" in train(page)


def test_a_picture_in_both_folders_is_a_leak_that_one_press_mends(
    site_url: str, page: Page, tmp_path: Path
) -> None:
    draw_folder(tmp_path / "a", 3)
    draw_folder(tmp_path / "b", 2, first=100)
    draw(tmp_path / "b", "red/same.png", "red", 1)  # that of a/red/0.png
    open_page(page, site_url)
    add(page, "train", tmp_path / "a")
    add(page, "validation", tmp_path / "b")
    warning = page.locator('#gallery-warnings li[data-kind="leak"]')
    expect(warning).to_contain_text("1 picture")
    warning.locator("button").click()
    expect(warning).to_have_count(0)
    assert "4 validation pictures" in train(page)


def test_one_picture_a_class_follows_a_fixed_rule(
    site_url: str, page: Page, tmp_path: Path
) -> None:
    open_page(page, site_url)
    add(page, "train", draw_folder(tmp_path / "a", 1))
    train(page)
    assert "rule" in page.inner_text("#train-picked")


def test_the_classic_head_trains_and_says_that_it_has_no_heat_map(
    site_url: str, page: Page, tmp_path: Path
) -> None:
    open_page(page, site_url)
    add(page, "train", draw_folder(tmp_path / "a", 6))
    page.locator("#train-settings").evaluate("(details) => { details.open = true; }")
    page.select_option("#train-kind", "classic")
    expect(page.locator("#train-epochs-wanted")).to_have_value("20")
    train(page)
    assert page.inner_text("#train-epochs") == "20"
    page.set_input_files("#try-file", draw(tmp_path, "new.png", "red", 50))
    expect(page.locator("#try-answer")).to_contain_text("red", timeout=SLOW)


def test_a_new_picture_is_answered_with_its_heat_and_offline(
    site_url: str, page: Page, tmp_path: Path
) -> None:
    open_page(page, site_url)
    add(page, "train", draw_folder(tmp_path / "a", 5))
    train(page)
    page.context.set_offline(True)  # all that it needs is there
    page.click("#train")
    # Chosen before the head is there: it is answered by whichever head comes last.
    page.set_input_files("#try-file", draw(tmp_path, "new.png", "blue", 50))
    expect(page.locator("#try-answer .answer-name")).to_have_text("blue", timeout=SLOW)
    expect(page.locator("#step-try")).to_contain_text("What spoke most for blue is", timeout=SLOW)
    page.context.set_offline(False)


def test_many_new_pictures_are_answered_in_a_table(
    site_url: str, page: Page, tmp_path: Path
) -> None:
    open_page(page, site_url)
    add(page, "train", draw_folder(tmp_path / "a", 5))
    train(page)
    page.set_input_files("#try-folder", draw_folder(tmp_path / "new", 4, first=80))
    expect(page.locator("#try-folder-summary")).to_contain_text("4 red", timeout=SLOW)
    expect(page.locator("#try-folder-summary")).to_contain_text("4 blue")


@pytest.mark.skipif(not SHARED.is_dir(), reason="the sample pictures are not here")
def test_imagenet_sees_a_drum(site_url: str, page: Page) -> None:
    open_page(page, site_url)
    page.set_input_files("#try-file", SHARED / "images/drum.jpg")
    page.get_by_role("button", name="Ask ImageNet").click()
    first = page.locator("#step-try li", has_text="drum").first
    expect(first).to_contain_text(re.compile(r"9\d\.\d%"), timeout=SLOW)


@pytest.mark.skipif(not SHARED.is_dir(), reason="the drawn faces are not here")
def test_emoji_of_other_code_points_are_told_apart(
    site_url: str, page: Page, tmp_path: Path
) -> None:
    for mood in ("happy", "sad"):
        files = sorted((SHARED / "datasets/drawn_faces" / mood).glob("*.png"))
        points = sorted({file.stem.partition("_")[2] for file in files})
        for file in files:
            role = "validation" if file.stem.partition("_")[2] in points[::3] else "train"
            target = tmp_path / role / mood / file.name
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(file.read_bytes())
    open_page(page, site_url, "happy-sad")
    add(page, "train", tmp_path / "train")
    add(page, "validation", tmp_path / "validation")
    train(page)
    assert percent(page, "#train-validation") >= 85


def test_the_whole_flow_works_by_keyboard(site_url: str, page: Page) -> None:
    page.goto(f"{site_url}happy-sad/")
    button = page.locator("#use-samples")
    expect(button).to_be_enabled(timeout=SLOW)
    for _ in range(12):
        page.keyboard.press("Tab")
        if button.evaluate("(button) => button === document.activeElement"):
            break
    expect(button).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("#train-status")).to_contain_text("Trained in", timeout=SLOW)
    matrix = page.locator("#look-confusion button").first
    matrix.focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Enter")
    expect(page.locator("#look-confusion button[aria-pressed=true]")).to_have_count(1)


def test_what_is_missing_for_training_is_said(site_url: str, page: Page, tmp_path: Path) -> None:
    open_page(page, site_url)
    expect(page.locator("#train-status")).to_have_text("Add pictures of two or more classes.")
    expect(page.locator("#train")).to_be_disabled()
    add(page, "train", *[draw(tmp_path, f"red-{i}.png", "red", i) for i in range(3)])
    expect(page.locator("#train-status")).to_contain_text("another class, such as blue")


def test_a_missing_backbone_is_said(site_url: str, page: Page, complaints: Complaints) -> None:
    complaints.forgive(MISSING)
    page.route("**/first/model.json", lambda route: route.fulfill(status=404))
    page.goto(f"{site_url}own-classes/")
    expect(page.locator("#error")).to_contain_text("could not be loaded (HTTP 404)", timeout=SLOW)
    expect(page.locator("#train-status")).to_contain_text("could not start")


def test_the_webcam_records_a_class(site_url: str, page: Page) -> None:
    page.context.grant_permissions(["camera"])
    open_page(page, site_url)
    page.click("#webcam-open")
    record: Any = page.locator("#webcam-records button").first
    expect(record).to_be_enabled(timeout=SLOW)
    record.click()
    # One, or more where the machine is too slow to let go in time.
    expect(page.locator("#gallery .thumbs button").first).to_be_visible(timeout=SLOW)
    page.click("#webcam-close")


def test_without_its_last_layers_the_middle_one_does(
    site_url: str, page: Page, complaints: Complaints, tmp_path: Path
) -> None:
    complaints.forgive(MISSING)
    page.route("**/last/*", lambda route: route.fulfill(status=404))
    open_page(page, site_url)
    add(page, "train", draw_folder(tmp_path / "a", 5))
    expect(page.locator("#error")).to_contain_text("last/model.json could not be loaded")
    train(page)
    assert "middle layer" in page.inner_text("#train-picked")
    page.unroute("**/last/*")
    train(page)
    assert "last layer" in page.inner_text("#train-picked")


@pytest.mark.parametrize("part", ["worker", "preparer"])
def test_a_missing_worker_is_said(
    site_url: str, page: Page, complaints: Complaints, part: str
) -> None:
    complaints.forgive(MISSING)
    page.route(f"**/assets/transfer-{part}-*.js", lambda route: route.fulfill(status=404))
    page.goto(f"{site_url}own-classes/")
    expect(page.locator("#error")).to_contain_text("could not be started", timeout=SLOW)
    expect(page.locator("#train-status")).to_contain_text("could not start")


def test_truncated_weights_are_said(site_url: str, page: Page) -> None:
    page.route("**/first/*.bin", lambda route: route.fulfill(body=b"short"))
    page.goto(f"{site_url}own-classes/")
    expect(page.locator("#error")).to_contain_text("is missing, truncated or", timeout=SLOW)


def test_the_main_action_is_on_the_first_screen(site_url: str, page: Page) -> None:
    for width, height in ((1280, 720), (390, 844)):
        page.set_viewport_size({"width": width, "height": height})
        page.goto(f"{site_url}happy-sad/")
        box = page.locator("#use-samples").bounding_box()
        assert box and box["y"] + box["height"] < height
        page.goto(f"{site_url}own-classes/")
        box = page.locator("#pictures-train-folder-open").bounding_box()
        assert box and box["y"] + box["height"] < height


def test_training_can_be_stopped(site_url: str, page: Page, tmp_path: Path) -> None:
    open_page(page, site_url)
    add(page, "train", draw_folder(tmp_path / "a", 10))
    page.locator("#train-settings").evaluate("(details) => { details.open = true; }")
    page.select_option("#train-kind", "classic")
    page.fill("#train-epochs-wanted", "1000")
    page.click("#train")
    expect(page.locator("#train-status")).to_contain_text("Epoch", timeout=SLOW)
    page.click("#train-stop")
    expect(page.locator("#train-status")).to_contain_text("Stopped in", timeout=SLOW)
    assert int(page.inner_text("#train-epochs").replace(",", "")) < 1000


def test_the_focus_comes_back_when_work_is_done(site_url: str, page: Page, tmp_path: Path) -> None:
    open_page(page, site_url)
    add(page, "train", draw_folder(tmp_path / "a", 3))
    page.locator("#train").focus()
    page.keyboard.press("Enter")
    expect(page.locator("#train-status")).to_contain_text("Trained in", timeout=SLOW)
    expect(page.locator("#train")).to_be_focused(timeout=SLOW)


def test_samples_that_are_cancelled_are_not_learned_from(site_url: str, page: Page) -> None:
    page.goto(f"{site_url}happy-sad/")
    expect(page.locator("#use-samples")).to_be_enabled(timeout=SLOW)
    page.locator("#use-samples").focus()
    page.keyboard.press("Enter")
    expect(page.locator("#pictures-progress-text")).to_contain_text("of 140", timeout=SLOW)
    page.keyboard.press("Escape")
    expect(page.locator("#pictures-outcome-text")).to_contain_text("Cancelled", timeout=SLOW)
    expect(page.locator("#pictures-outcome")).to_be_focused(timeout=SLOW)
    expect(page.locator("#train-epochs")).to_have_text("–")  # noqa: RUF001 (as it is shown)


def test_a_renamed_class_that_looks_like_another_joins_it(
    site_url: str, page: Page, tmp_path: Path
) -> None:
    open_page(page, site_url)
    add(page, "train", draw_folder(tmp_path / "a", 2))
    page.get_by_label("Name of the class red").fill("BLUE")
    page.keyboard.press("Enter")
    page.get_by_role("button", name="Join them").click()
    expect(page.locator("#gallery > li")).to_have_count(1)
    expect(page.get_by_label("Name of the class blue")).to_have_value("blue")
