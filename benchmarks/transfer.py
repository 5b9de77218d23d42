"""The transfer learner, as a visitor of the built page sees it.

The page of the default site (built by `make site`) is opened in a fresh headless Chromium. Folders
of pictures are added, a head is trained, and the page's own words are read.

What is measured, and how:

- adding 100, 1,000 and 5,000 pictures (`--counts`): seconds from the press on "Add" until the page
  says what came of it, and the same a picture: decoding, cropping, hashing, embedding at all taps;
  the most memory that the page's process ever had resident (Linux alone); tasks of over 50 ms on
  the page's thread meanwhile, as the browser's own observer reports them
- training a head on them: what the page says, cross-validation included
- accuracy with 1, 5 and 20 training pictures a class: drawn faces of the sample zip, checked on
  its 120 validation pictures of people that training never saw; mean of `--draws` random draws
- the same with `--pictures FOLDER` (train/<class>/*, validation/<class>/*)

The pictures that are added for speed are JPEG files of 224 x 224, noise over the zip's own, so that
no two are the same. Seconds depend on the machine and on what else it does; accuracy does not.
"""

import argparse
import random
import re
import statistics
import tempfile
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from time import perf_counter

import numpy as np
from measuring import ROOT, machine, peak_memory, require_browser
from PIL import Image
from playwright.sync_api import Browser, Page

from generator.browser import open_browser
from generator.serve import serving

PATIENCE = 1_800_000
WATCH = """
    globalThis.longTasks = [];
    new PerformanceObserver((list) => {
      longTasks.push(...list.getEntries().map(({ duration }) => duration));
    }).observe({ type: "longtask" });
"""


def main() -> int:
    options = read_options()
    site = ROOT / "site"
    if not (site / "happy-sad/index.html").is_file():
        raise SystemExit("There is no built site: run `make site` first.")
    print(machine())
    with tempfile.TemporaryDirectory() as folder, serving(site) as url:
        samples = Path(folder) / "samples"
        archive = next((site / "data/faces").glob("*.zip"))
        zipfile.ZipFile(archive).extractall(samples)
        for count in options.counts:
            measure_adding(url, draw_pictures(samples, Path(folder) / str(count), count), count)
        for name, pictures in {"drawn faces": samples, "--pictures": options.pictures}.items():
            if pictures:
                measure_accuracy(url, name, pictures, options.draws)
    return 0


def read_options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--counts", type=int, nargs="*", default=[100, 1_000, 5_000])
    parser.add_argument("--draws", type=int, default=3)
    parser.add_argument("--pictures", type=Path, help="train/<class>/* and validation/<class>/*")
    return parser.parse_args()


def draw_pictures(samples: Path, folder: Path, count: int) -> Path:
    rng = np.random.default_rng(0)
    # Classes take turns: happy-001, sad-001, happy-002, …
    sources = sorted(
        (samples / "train").rglob("*.jpg"), key=lambda file: file.stem.rpartition("-")[::-1]
    )
    pixels = [np.asarray(Image.open(source)).astype(np.int16) for source in sources]
    for i in range(count):
        place = i % len(sources)
        noisy = pixels[place] + rng.integers(-9, 10, (224, 224, 1))
        target = folder / sources[place].parent.name / f"{i}.jpg"
        target.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(np.clip(noisy, 0, 255).astype(np.uint8)).save(target, quality=85)
    return folder


@contextmanager
def opened(url: str) -> Iterator[Page]:
    with open_browser(require_browser()) as browser:
        yield open_page(browser, url)


def open_page(browser: Browser, url: str) -> Page:
    """The transfer page, in a profile of its own, ready for pictures."""
    page = browser.new_page()
    page.set_default_timeout(PATIENCE)
    page.add_init_script(WATCH)
    page.goto(f"{url}happy-sad/")
    page.wait_for_selector("#pictures-train-folder-open:enabled")
    return page


def add(page: Page, role: str, folder: Path) -> float:
    page.set_input_files(f"#pictures-{role}-folder", folder)
    page.wait_for_selector("#pictures-add:enabled")
    page.evaluate("longTasks.length = 0")
    start = perf_counter()
    page.click("#pictures-add")
    page.wait_for_selector("#pictures-outcome:not([hidden])")
    return perf_counter() - start


def train(page: Page) -> str:
    page.wait_for_selector("#train:enabled")
    page.click("#train")
    page.wait_for_selector('#train-status:has-text("Trained in")')
    return page.inner_text("#train-status")


def measure_adding(url: str, folder: Path, count: int) -> None:
    with opened(url) as page:
        seconds = add(page, "train", folder)
        tasks = page.evaluate("longTasks")
        said = page.inner_text("#pictures-outcome-text")
        memory = peak_memory(page.context.browser) if page.context.browser else None
        start = perf_counter()
        trained = train(page)
        training = perf_counter() - start
        tasks += page.evaluate("longTasks")[len(tasks) :]
    longest = f"{len(tasks)}, the longest {max(tasks):.0f} ms" if tasks else "none"
    print(f"{count:6,} pictures: {seconds:7.1f} s, {1000 * seconds / count:5.1f} ms a picture")
    print(f"        {said} Peak memory {memory or 0:.0f} MB; tasks over 50 ms: {longest}")
    print(f"        pressed to trained {training:.1f} s. {trained}")


def measure_accuracy(url: str, name: str, pictures: Path, draws: int) -> None:
    for count in (1, 5, 20):
        scores, baselines = [], []
        for draw in range(draws):
            with tempfile.TemporaryDirectory() as folder, opened(url) as page:
                add(page, "train", pick(pictures / "train", Path(folder), count, draw))
                add(page, "validation", pictures / "validation")
                train(page)
                scores.append(percent(page, "#look-validation"))
                baselines.append(percent(page, "#look-pixels"))
        shown = ", ".join(f"{score:.1f}" for score in scores)
        print(
            f"{name}, {count:2} a class: {statistics.mean(scores):5.1f}% of the validation "
            f"pictures ({shown}); bare pixels {statistics.mean(baselines):.1f}%"
        )


def pick(source: Path, target: Path, count: int, seed: int) -> Path:
    chooser = random.Random(seed)
    for folder in sorted(source.iterdir()):
        files = sorted(folder.iterdir())
        for file in chooser.sample(files, min(count, len(files))):
            copy = target / folder.name / file.name
            copy.parent.mkdir(parents=True, exist_ok=True)
            copy.write_bytes(file.read_bytes())
    return target


def percent(page: Page, selector: str) -> float:
    found = re.match(r"[\d.]+", page.inner_text(selector))
    return float(found[0]) if found else float("nan")


if __name__ == "__main__":
    raise SystemExit(main())
