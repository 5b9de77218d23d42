"""The webcam's two panels under the site's own policy, before Chromium's pretend cameras."""

import re
import subprocess
from collections.abc import Iterator

import jinja2
import pytest
from playwright.sync_api import Page, expect

from generator.bundle import find_node
from generator.render import COMPUTING
from generator.resources import ROOT, TEMPLATES
from generator.serve import serving

BUNDLE = """
import { build } from "esbuild";
const [templates, outdir, host] = process.argv.slice(1);
const options = { bundle: true, format: "esm", outdir };
await build({ ...options, entryPoints: [`${templates}/transfer/preparer.js`] });
await build({
  ...options, stdin: { contents: host, resolveDir: `${templates}/transfer` }, entryNames: "host",
});
"""
# A head that tells dark from bright stands in for the network.
HOST = """
import { transfer } from "comlink";
import { startCompute } from "../shared/compute.js";
import { AnswerView } from "./answer.js";
import { Answerer } from "./answerer.js";
import { LiveView } from "./live.js";
import { Project } from "./project.js";
import { frameName, WebcamView } from "./webcam.js";
import "./pictures.css";
import "./try.css";

const project = new Project(["happy", "sad"]);
const preparer = await startCompute({ worker: "preparer.js", slug: "host" }, console.error);
const announced = [];
const announce = (text) => announced.push(text);
let flying = 0;
const state = { project, announced, answers: 0, most: 0 };
const compute = {
  async predictPixels(pixels) {
    state.most = Math.max(state.most, ++flying);
    await new Promise((resolve) => setTimeout(resolve, 5));
    flying--;
    state.answers++;
    const bright = pixels.reduce((sum, value) => sum + value, 0) / pixels.length / 255;
    return { probabilities: Float32Array.of(bright, 1 - bright), milliseconds: 5 };
  },
};
const answerer = new Answerer(project, compute);
const session = { project, preparer, compute, answerer, announce };
async function addFrame(bitmap, label, role) {
  const { jpeg, hash, pixels } = await preparer.fromBitmap(transfer(bitmap, [bitmap]));
  const name = frameName(project.pictures.values());
  project.add([{ name, label, role, source: "webcam", hash, jpeg }]);
}
state.webcam = new WebcamView(session, { addFrame });
const answer = new AnswerView(document.getElementById("live-answer"), project.classes);
state.live = new LiveView(session, { answer, threshold: () => null });
project.setHead({ classes: ["happy", "sad"] });
window.state = state;
document.getElementById("webcam-open").disabled = false;
"""
HTML = """<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="{{ policy }}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>Webcam</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="style.css"><link rel="stylesheet" href="host.css">
<div id="error" role="alert" hidden></div>
<p id="waiting" role="status" hidden></p>
<main>
  <section class="step"><h2>Pictures</h2>
    <button id="webcam-open" type="button" disabled>Use the webcam…</button>
    <div id="webcam-place">{% include "transfer/webcam.html" %}</div>
  </section>
  <section class="step"><h2>Try</h2>
    <button id="live-open" type="button" disabled>Webcam, live…</button>
    <div id="live-place">{% include "transfer/live.html" %}</div>
  </section>
</main>
<script type="module" src="host.js"></script>
"""
# Keeps every track, so that a test can ask whether the light is on, and pull the plug.
WATCH = """
window.tracks = [];
const devices = navigator.mediaDevices;
const real = devices.getUserMedia.bind(devices);
devices.getUserMedia = async (constraints) => {
  if (window.refusal) throw new DOMException("refused", window.refusal);
  const stream = await real(constraints);
  window.tracks.push(...stream.getTracks());
  return stream;
};
"""
LIVE_TRACKS = "tracks.filter((track) => track.readyState === 'live').length"
SECONDS = 30_000


@pytest.fixture(scope="module")
def host_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A page that has nothing but both panels and the worker that prepares frames."""
    folder = tmp_path_factory.mktemp("webcam")
    environment = jinja2.Environment(loader=jinja2.FileSystemLoader(TEMPLATES), autoescape=True)
    html = environment.from_string(HTML).render(policy=COMPUTING)
    (folder / "index.html").write_text(html)
    (folder / "style.css").write_text((TEMPLATES / "style.css").read_text())
    command = [find_node(), "--input-type=module", "-e", BUNDLE, str(TEMPLATES), str(folder), HOST]
    subprocess.run(command, check=True, cwd=ROOT)
    with serving(folder, "/some/where/") as url:
        yield url


@pytest.fixture
def host(page: Page, host_url: str) -> Page:
    page.context.grant_permissions(["camera"])
    page.add_init_script(WATCH)
    page.goto(host_url)
    expect(page.locator("#webcam-open")).to_be_enabled()
    return page


def record_button(page: Page, name: str) -> str:
    return f'.record:has-text("{name}")'


def open_webcam(page: Page) -> None:
    page.locator("#webcam-open").click()
    expect(page.locator(record_button(page, "happy"))).to_be_enabled()


def wait_for_count(page: Page, name: str, least: int) -> None:
    pattern = re.compile("|".join(str(n) for n in range(least, 100)))
    expect(page.locator(f"{record_button(page, name)} b")).to_have_text(pattern, timeout=SECONDS)


def recorded(page: Page, role: str, label: str) -> int:
    count: int = page.evaluate(
        "([role, label]) => state.project.of(role, label).length", [role, label]
    )
    return count


def test_holding_a_button_records_its_class(host: Page) -> None:
    open_webcam(host)
    host.locator("#webcam-rate").select_option("10")
    host.locator(record_button(host, "happy")).hover()
    host.mouse.down()
    wait_for_count(host, "happy", 3)
    expect(host.locator("#webcam-badge")).to_be_visible()
    host.mouse.up()
    expect(host.locator("#webcam-badge")).to_be_hidden()
    assert recorded(host, "train", "happy") >= 3
    assert recorded(host, "train", "sad") == 0
    first = host.evaluate(
        "(({ name, source, label, role }) => [name, source, label, role])"
        "(state.project.of('train')[0])"
    )
    assert first == ["webcam-0001", "webcam", "happy", "train"]


def test_recording_waits_for_the_cameras_first_picture(host: Page) -> None:
    host.evaluate(
        """() => {
          const canvas = Object.assign(document.createElement("canvas"), { width: 64, height: 64 });
          const context = canvas.getContext("2d");
          const stream = canvas.captureStream(0);
          navigator.mediaDevices.getUserMedia = async () => stream;
          window.send = () => {
            context.fillRect(0, 0, 64, 64);
            stream.getTracks()[0].requestFrame();
          };
        }"""
    )
    host.locator("#webcam-open").click()
    button = host.locator(record_button(host, "happy"))
    expect(host.locator("#webcam-status")).to_contain_text("Waiting for the camera")
    expect(button).to_be_disabled()
    host.evaluate("send()")
    expect(button).to_be_enabled()
    expect(host.locator("#webcam-status")).to_have_text("")
    button.click()
    wait_for_count(host, "happy", 1)


def test_every_way_to_hold_records(host: Page) -> None:
    open_webcam(host)
    host.locator("#webcam-role").select_option("validation")
    host.locator(record_button(host, "sad")).focus()
    for count, key in enumerate(("Space", "Enter", "Digit2"), start=1):
        host.keyboard.down(key)
        wait_for_count(host, "sad", count)
        host.keyboard.up(key)
        # What was under way has arrived, and is told.
        expect(host.locator("#webcam-badge")).to_be_hidden()
    assert recorded(host, "validation", "sad") >= 3
    assert recorded(host, "train", "sad") == 0
    assert recorded(host, "validation", "happy") == 0
    host.evaluate("document.querySelector('.record').click()")
    wait_for_count(host, "happy", 1)


def test_who_cannot_hold_presses_twice(host: Page) -> None:
    open_webcam(host)
    host.locator("#webcam-toggle").check()
    button = host.locator(record_button(host, "happy"))
    expect(button).to_contain_text("Record happy")
    button.focus()
    host.keyboard.press("Enter")
    expect(button).to_contain_text("Stop recording happy")
    wait_for_count(host, "happy", 2)
    button.click()
    expect(button).to_contain_text("Record happy")
    expect(host.locator("#webcam-badge")).to_be_hidden()


def test_number_keys_count_in_the_panel_alone(host: Page) -> None:
    open_webcam(host)
    assert host.evaluate("document.activeElement.id") == "webcam-panel"
    host.locator("#webcam-rate").focus()
    host.keyboard.press("2")
    expect(host.locator("#webcam-rate")).to_have_value("2")
    assert recorded(host, "train", "happy") == 0


def test_the_light_goes_off(host: Page) -> None:
    open_webcam(host)
    assert host.evaluate(LIVE_TRACKS) == 1
    host.locator("#webcam-close").click()
    assert host.evaluate(LIVE_TRACKS) == 0
    assert host.evaluate("document.activeElement.id") == "webcam-open"
    expect(host.locator("#webcam-panel")).to_be_hidden()


@pytest.mark.parametrize("leaving", ["pagehide", "visibilitychange"])
def test_the_light_goes_off_when_one_leaves(host: Page, leaving: str) -> None:
    open_webcam(host)
    host.evaluate(
        """(leaving) => {
          if (leaving === "pagehide") return dispatchEvent(new PageTransitionEvent(leaving));
          Object.defineProperty(document, "hidden", { value: true, configurable: true });
          document.dispatchEvent(new Event(leaving));
          delete document.hidden;
        }""",
        leaving,
    )
    assert host.evaluate(LIVE_TRACKS) == 0
    expect(host.locator("#webcam-status")).to_contain_text("out of sight")
    host.locator("#webcam-again").click()
    expect(host.locator(record_button(host, "happy"))).to_be_enabled()
    assert host.evaluate(LIVE_TRACKS) == 1


def test_cameras_can_be_switched(host: Page) -> None:
    open_webcam(host)
    options = host.locator("#webcam-camera option")
    expect(options).to_have_count(2)
    other = host.evaluate(
        "[...document.querySelectorAll('#webcam-camera option')].find((o) => !o.selected).value"
    )
    host.locator("#webcam-camera").select_option(other)
    expect(host.locator("#webcam-status")).to_have_text("")
    assert host.evaluate(LIVE_TRACKS) == 1
    assert host.evaluate("tracks.at(-1).getSettings().deviceId") == other
    host.locator("#live-open").click()
    expect(host.locator("#live-camera")).to_have_value(other)


def test_a_camera_that_is_unplugged_is_told_of(host: Page) -> None:
    open_webcam(host)
    host.evaluate("tracks[0].dispatchEvent(new Event('ended'))")
    expect(host.locator("#webcam-status")).to_contain_text("unplugged")
    expect(host.locator(record_button(host, "happy"))).to_be_disabled()


def test_a_camera_that_was_denied_can_be_allowed_later(host: Page) -> None:
    host.context.clear_permissions()
    host.locator("#webcam-open").click()
    expect(host.locator("#webcam-status")).to_contain_text("The camera was denied. Allow it again")
    host.context.grant_permissions(["camera"])
    host.locator("#webcam-again").click()
    expect(host.locator(record_button(host, "happy"))).to_be_enabled()


@pytest.mark.parametrize(
    ("name", "words"), [("NotFoundError", "No camera was found"), ("NotReadableError", "busy")]
)
def test_absent_and_busy_have_their_own_words(host: Page, name: str, words: str) -> None:
    host.evaluate("(name) => { window.refusal = name; }", name)
    host.locator("#webcam-open").click()
    expect(host.locator("#webcam-status")).to_contain_text(words)
    expect(host.locator("#webcam-again")).to_be_visible()


def test_the_webcam_is_answered_live_one_frame_at_a_time(host: Page) -> None:
    host.locator("#live-open").click()
    expect(host.locator("#live-rate")).to_contain_text("pictures a second", timeout=SECONDS)
    expect(host.locator("#live-answer .answer-name")).to_have_text(re.compile("happy|sad"))
    host.evaluate("state.live.pause()")
    expect(host.locator("#live-rate")).to_contain_text("answers again")
    host.evaluate("state.live.resume()")
    expect(host.locator("#live-rate")).to_contain_text("pictures a second", timeout=SECONDS)
    assert host.evaluate("state.most") == 1
    assert re.match("happy|sad", host.evaluate("state.announced[0]"))


def test_one_panel_takes_the_camera_from_the_other(host: Page) -> None:
    open_webcam(host)
    host.locator("#live-open").click()
    expect(host.locator("#webcam-status")).to_contain_text("needed elsewhere")
    expect(host.locator("#live-rate")).to_contain_text("pictures a second", timeout=SECONDS)
    assert host.evaluate(LIVE_TRACKS) == 1
    host.evaluate("state.project.setHead(null)")
    expect(host.locator("#live-panel")).to_be_hidden()
    expect(host.locator("#live-open")).to_be_disabled()
    assert host.evaluate(LIVE_TRACKS) == 0
