"""Teaching classes with pictures: ours beside the classic pipeline, in speed and in accuracy.

The transfer page of the default site (built by `make site`) against benchmarks/classic/
transfer.html: MobileNet v1 0.25 as a layers model, cut at conv_pw_13_relu, one tensor a picture
concatenated to those before, a head of flatten and 100 units trained on the page's thread, with
the tutorials' numbers. Ours is used as it is opened: EfficientNet-Lite0, eight times the
arithmetic of that MobileNet, all its taps, and the layers chosen by cross-validation. Each page
has a profile of its own in one headless Chromium; they take turns. The classic page computes with
what TensorFlow.js picks: WebGL, without a GPU the browser's software renderer.

- pictures a second: `--counts` pictures of 224 x 224 added, from the files to all that is kept
- seconds to train a head on them: from the press to "trained", cross-validation included
- accuracy with 1, 5 and 20 pictures a class: drawn faces of the sample zip, checked on its 120
  validation pictures of people that training never saw; mean of `--draws` random draws, the same
  for both

MobileNet's weights are not part of mlpages: `--mobilenet` names a folder with its layers model.
Without them the classic pipeline runs on the site's own EfficientNet-Lite0, and the page of
results says so.

How to read it: ratios; of accuracies, with so few pictures, differences of some percent are chance.
The exit code is 1 when ours is slower.
"""

import argparse
import statistics
import sys
import tempfile
import zipfile
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter
from typing import Any

import transfer
from embedding import backbone
from measuring import ROOT, require_browser
from measuring.classic import classic_page
from measuring.hosting import assemble
from measuring.results import Results, Skip, add_json, conclude
from playwright.sync_api import Browser, Page

from generator.browser import open_browser
from generator.serve import serving

SITE = ROOT / "site"
MOBILENET = ROOT.parent / "shared/weights/mobilenet_v1_0.25_224"


@dataclass(frozen=True)
class Taught:
    """What one lesson took, in seconds, and the share of validation pictures named right, in %."""

    adding: float
    training: float
    accuracy: float


def main() -> int:
    options = read_options()
    named = (options.mobilenet / "model.json").is_file()
    network = "MobileNet v1 0.25" if named else "the site's EfficientNet-Lite0 (no MobileNet here)"
    results = Results("Teaching it classes", f"In turns; the classic pipeline on {network}")
    return conclude(results, options.json, lambda results: measure(results, options))


def read_options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--counts", type=int, nargs="*", default=[100])
    parser.add_argument("--draws", type=int, default=3)
    parser.add_argument("--mobilenet", type=Path, default=MOBILENET)
    add_json(parser)
    return parser.parse_args()


def measure(results: Results, options: argparse.Namespace) -> None:
    if not (SITE / "happy-sad/index.html").is_file():
        raise Skip(f"{SITE.name}/ holds no happy-sad: run `make site` first")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        zipfile.ZipFile(next((SITE / "data/faces").glob("*.zip"))).extractall(folder / "samples")
        for count in options.counts:
            transfer.draw_pictures(folder / "samples", folder / str(count) / "train", count)
        with classic_transfer(folder, options.mobilenet) as classic:
            for count in options.counts:
                compare_speed(results, classic, folder / str(count), count)
            classic.add(folder / "samples/validation", "validation")
            for count in (1, 5, 20):
                lessons = [folder / f"few-{count}-{draw}" for draw in range(options.draws)]
                for draw, lesson in enumerate(lessons):
                    transfer.pick(folder / "samples/train", lesson / "train", count, draw)
                compare_accuracy(results, classic, folder / "samples/validation", lessons, count)


def compare_speed(results: Results, classic: "Classic", lesson: Path, count: int) -> None:
    ours = teach_ours(classic.browser, lesson / "train")
    theirs = classic.teach(lesson / "train")
    speeds = (count / ours.adding, count / theirs.adding)
    results.more(f"adding {count} pictures", *speeds, "pictures/s", aim=1)
    results.less(f"training on {count} pictures", ours.training, theirs.training, "s", aim=1)


def compare_accuracy(
    results: Results, classic: "Classic", validation: Path, lessons: Sequence[Path], count: int
) -> None:
    ours, theirs = [], []
    for lesson in lessons:
        ours.append(teach_ours(classic.browser, lesson / "train", validation).accuracy)
        classic.teach(lesson / "train")
        theirs.append(classic.score())
        print(f"{lesson.name}: {ours[-1]:.1f}%, classic {theirs[-1]:.1f}%", file=sys.stderr)
    figure = f"accuracy with {count} a class (mean of {len(lessons)} draws)"
    results.tell(figure, statistics.mean(ours), "%", statistics.mean(theirs))


def teach_ours(browser: Browser, pictures: Path, validation: Path | None = None) -> Taught:
    with serving(SITE) as url, closing(transfer.open_page(browser, url)) as page:
        adding = transfer.add(page, "train", pictures)
        if validation:
            transfer.add(page, "validation", validation)
        start = perf_counter()
        transfer.train(page)
        training = perf_counter() - start
        return Taught(adding, training, transfer.percent(page, "#look-validation"))


@dataclass(frozen=True)
class Classic:
    """The classic page, the browser it is in, and the folder that it sees as `pictures/`."""

    browser: Browser
    page: Page
    folder: Path

    def teach(self, pictures: Path) -> Taught:
        """Train a head on these pictures and no others; what it can do is for `score` to say."""
        adding = self.add(pictures, "train")
        training = self.page.evaluate("train(2)") / 1000
        self.page.evaluate("forget('train')")
        return Taught(adding, training, float("nan"))

    def add(self, pictures: Path, split: str) -> float:
        """Add all pictures of a folder; seconds."""
        root = pictures.relative_to(self.folder)
        listed = [
            [f"pictures/{root}/{folder.name}/{file.name}", label]
            for label, folder in enumerate(sorted(pictures.iterdir()))
            for file in sorted(folder.iterdir())
        ]
        call = "([split, pictures]) => add(split, pictures, 2)"
        milliseconds: float = self.page.evaluate(call, [split, listed])
        return milliseconds / 1000

    def score(self) -> float:
        share: float = self.page.evaluate("score()")
        return 100 * share


@contextmanager
def classic_transfer(pictures: Path, mobilenet: Path) -> Iterator[Classic]:
    parts = {**classic_page("transfer", ("tf.min.js",)), "pictures": pictures}
    named = (mobilenet / "model.json").is_file()
    parts["models"] = mobilenet if named else SITE / "models"
    with tempfile.TemporaryDirectory() as folder, open_browser(require_browser()) as browser:
        with serving(assemble(Path(folder), parts)) as url:
            page = browser.new_page()
            page.set_default_timeout(transfer.PATIENCE)
            page.goto(url)
            if named:
                page.evaluate("openNetwork('models/model.json')")
            else:
                page.evaluate("(parts) => openParts(parts)", site_network(url))
            yield Classic(browser, page, pictures)


def site_network(url: str) -> dict[str, Any]:
    """The parts of the first network in the built page, as the classic page takes them."""
    found = backbone(SITE / "happy-sad/index.html", url)
    parts = {name: found["parts"][name]["url"] for name in ("first", "last")}
    output = found["taps"]["classic"]["output"]
    return {**parts, "output": output, "scale": found["scale"], "offset": found["offset"]}


if __name__ == "__main__":
    raise SystemExit(main())
