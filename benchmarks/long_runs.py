"""Does memory stay flat? A thousand predictions, 200 cycles of train and discard, 5,000 pictures,
and five minutes of webcam frames, in Chromium, on the default site.

It prints, over time, the tensors that TensorFlow.js holds and the memory of the page's process
after a garbage collection. A run is flat when

- the tensors at its end are as many as after its first quarter, and
- the process' memory in the last quarter is, on average, at most 5% + 10 MB above that in the
  second.

Pictures are meant to be kept: there the tensors must be the same, and a picture may cost at most
50 kB (what three layers say of it: 25 kB; its JPEG is the browser's, in another process).

Run it after `make site`: python benchmarks/long_runs.py [--only predictions|cycles|pictures|webcam]
It takes about half an hour, and ends with exit code 1 when a run is not flat.
"""

import argparse
import io
import json
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from measuring import ROOT, machine, memory_now, require_browser
from PIL import Image
from playwright.sync_api import Page

from generator.browser import open_browser
from generator.serve import serving

PATIENCE = 1_200_000  # milliseconds
READINGS = 20
SHARE, MEGABYTES = 1.05, 10.0  # what the last quarter may have more than the second
A_PICTURE = 50  # kB
WEBCAM_SECONDS = 300
# One question to both models, and their answers.
ASK = """(i) => new Promise((resolve) => {
  const table = document.querySelector("#answers");
  const left = new Set(["graph", "layers"]);
  const listen = ({ detail: { which } }) => {
    left.delete(which);
    if (left.size) return;
    table.removeEventListener("answer", listen);
    resolve();
  };
  table.addEventListener("answer", listen);
  const samples = document.querySelectorAll("#samples button");
  samples[i % samples.length].click();
})"""


@dataclass
class Log:
    """What was read during a run: (how far it is, tensors, megabytes), printed as it comes."""

    page: Page
    rows: list[tuple[int, int, float]] = field(default_factory=list)

    def read(self, done: int) -> None:
        tensors, megabytes = tensors_of(self.page), memory_of(self.page)
        self.rows.append((done, tensors, megabytes))
        print(f"  {done:6,}: {tensors:5,} tensors, {megabytes:7.1f} MB", flush=True)

    def quarter(self, number: int) -> list[tuple[int, int, float]]:
        size = len(self.rows) // 4
        return self.rows[(number - 1) * size : number * size]

    def is_flat(self) -> bool:
        """By the rule above."""
        early, late = (statistics.mean(row[2] for row in self.quarter(number)) for number in (2, 4))
        same = self.rows[-1][1] == self.quarter(2)[0][1]
        flat = same and late <= early * SHARE + MEGABYTES
        kept = "as many tensors" if same else "NOT as many tensors"
        print(f"  {kept}; {early:.0f} MB in the second quarter, {late:.0f} MB in the last")
        return flat


def tensors_of(page: Page) -> int:
    """All tensors in the page's workers that have an engine."""
    count = "self._tfengine?.state.numTensors ?? 0"
    return sum(worker.evaluate(count) for worker in page.workers)


def memory_of(page: Page) -> float:
    """Megabytes that the page's process has resident, once it has collected its garbage."""
    for worker in page.workers:
        worker.evaluate("gc()")
    page.evaluate("gc()")
    assert page.context.browser
    resident = memory_now(page.context.browser)
    if resident is None:
        raise SystemExit("The memory of a process can be read on Linux alone.")
    return resident


def predictions(page: Page, url: str, count: int) -> bool:
    page.goto(f"{url}digit-predictor/")
    page.wait_for_selector(":nth-match(#samples button, 10)")
    log = Log(page)
    for done in range(1, count + 1):
        page.evaluate(ASK, done)
        if done % max(1, count // READINGS) == 0:
            log.read(done)
    return log.is_flat()


def cycles(page: Page, url: str, count: int) -> bool:
    page.goto(f"{url}mnist-trainer/")
    page.wait_for_selector('#step-train[data-state="ready"]')
    page.locator("#run-settings").evaluate("(details) => { details.open = true; }")
    sizes = {"train-images": 500, "validation-images": 500, "test-images": 500}
    for name, value in {**sizes, "epochs": 1, "batch-size": 64}.items():
        page.fill(f"#{name}", str(value))
        page.press(f"#{name}", "Tab")
    log = Log(page)
    for done in range(1, count + 1):
        page.click("#train")
        page.wait_for_selector('#step-train[data-state="trained"]')
        page.click("#discard")
        page.wait_for_selector('#step-train[data-state="ready"]')
        if done % max(1, count // READINGS) == 0:
            log.read(done)
    return log.is_flat()


def pictures(page: Page, url: str, count: int) -> bool:
    page.goto(f"{url}happy-sad/")
    page.wait_for_selector("#pictures-train-folder-open:enabled")
    log = Log(page)
    with tempfile.TemporaryDirectory() as folder:
        share = count // 5
        for part in range(5):
            drawn = draw_pictures(Path(folder) / str(part), share, part)
            page.set_input_files("#pictures-train-folder", drawn)
            page.click("#pictures-add:enabled")
            page.wait_for_selector(
                f'#pictures-outcome:not([hidden]):has-text("{share:,} pictures")'
            )
            page.click("#pictures-outcome-close")
            log.read((part + 1) * share)
    # The first thousand pay for what is loaded once.
    (first, tensors, before), (last, tensors_after, after) = log.rows[0], log.rows[-1]
    each = 1000 * (after - before) / (last - first)
    print(f"  {each:.0f} kB a picture, at most {A_PICTURE}")
    return tensors == tensors_after and each <= A_PICTURE


def draw_pictures(folder: Path, count: int, seed: int) -> Path:
    rng = np.random.default_rng(seed)
    for name, colour in (("happy", 200), ("sad", 60)):
        (folder / name).mkdir(parents=True)
        for i in range(count // 2):
            pixels = np.clip(rng.normal(colour, 40, (120, 160, 3)), 0, 255).astype(np.uint8)
            Image.fromarray(pixels).save(folder / name / f"{i}.jpg", quality=80)
    return folder


def webcam(page: Page, url: str, seconds: int) -> bool:
    page.context.grant_permissions(["camera"])
    page.goto(f"{url}happy-sad/")
    page.click("#use-samples:enabled")
    page.wait_for_selector('#train-status:has-text("Trained in")')
    page.click("#live-open:enabled")
    page.wait_for_selector('#live-rate:has-text("pictures a second")')
    log = Log(page)
    start = time.monotonic()
    for reading in range(1, READINGS + 1):
        page.wait_for_timeout(
            max(0, 1000 * (start + reading * seconds / READINGS - time.monotonic()))
        )
        log.read(round(time.monotonic() - start))
    print(f"  at the end {page.inner_text('#live-rate')}")
    return log.is_flat()


def draw_film(file: Path) -> None:
    """Frames for the pretend camera: a square that wanders, as Motion JPEG."""
    film = io.BytesIO()
    for i in range(60):
        pixels = np.full((480, 640, 3), 40 + 2 * i, np.uint8)
        pixels[100:300, 5 * i : 5 * i + 200] = (200, 180, 40)
        Image.fromarray(pixels).save(film, "JPEG", quality=85)
    file.write_bytes(film.getvalue())


RUNS: dict[str, tuple[Callable[[Page, str, int], bool], int, str]] = {
    "predictions": (predictions, 1_000, "predictions of two models"),
    "cycles": (cycles, 200, "cycles of train and discard"),
    "pictures": (pictures, 5_000, "pictures added"),
    "webcam": (webcam, WEBCAM_SECONDS, "seconds of webcam frames"),
}


@contextmanager
def opened(film: Path) -> Iterator[Page]:
    camera = (f"--use-file-for-fake-video-capture={film}", "--use-fake-ui-for-media-stream")
    with open_browser(require_browser(), "--js-flags=--expose-gc", *camera) as browser:
        page = browser.new_page()
        page.set_default_timeout(PATIENCE)
        yield page


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--only", choices=RUNS, action="append", help="this run alone (repeatable)")
    parser.add_argument("--site", type=Path, default=ROOT / "site")
    options = parser.parse_args()
    print(machine())
    flat = {}
    with tempfile.TemporaryDirectory() as folder, serving(options.site, "/some/where/") as url:
        film = Path(folder) / "film.mjpeg"
        draw_film(film)
        for name in options.only or RUNS:
            run, count, words = RUNS[name]
            print(f"{count:,} {words}", flush=True)
            with opened(film) as page:
                flat[name] = run(page, url, count)
    print(json.dumps({name: "flat" if ok else "NOT FLAT" for name, ok in flat.items()}))
    return 0 if all(flat.values()) else 1


if __name__ == "__main__":
    sys.exit(main())
