"""Accuracy for a visitor's time: what validation says 10, 30 and 60 seconds after opening the page.

Both trainer pages of first_step.py train MNIST digits, each in a headless Chromium of its own with
nothing cached, from a local server at full speed, our button pressed by a script at once. At each
moment the validation accuracy that the page showed last is taken; a page shows one after each
epoch. Two settings of each page:

- as it is opened: 5,500 images, batches of 512, 10 epochs, codelab CNN. Ours has finished long
  before the minute is over, and then stays as it is.
- the best that a visitor can choose for a minute: for ours all 55,000 images in small batches,
  for the classic page 1,000 images in small batches, as it computes a few dozen a second. They
  were found by trying, and can be changed: --ours train-images=… --classic images=…

The numbers are medians of `--runs`; validation images (1,000; 200 at the classic page's best) are
never trained on.

How to read it: share of validation images named right. There is no aim: the time is the visitor's.
The exit code is 1 when the classic page is ahead at any moment.
"""

import argparse
import statistics
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from measuring.hosting import hosting
from measuring.results import Results, add_json, conclude
from measuring.trainers import Side, classic_trainer, marks, our_trainer

MOMENTS = (10, 30, 60)
OURS = {"train-images": 55_000, "batch-size": 64, "learning-rate": 0.002, "epochs": 1000}
CLASSIC = {"images": 1000, "validation": 200, "batch": 20, "epochs": 1000}


def main() -> int:
    options = read_options()
    moments = ", ".join(map(str, options.moments))
    how = f"Medians of {options.runs} visits each, in turns, nothing cached; after {moments} s"
    results = Results("Accuracy for the visitor's time", how)
    return conclude(results, options.json, lambda results: measure(results, options))


def read_options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--runs", type=int, default=1)
    parser.add_argument("--moments", type=int, nargs="+", default=list(MOMENTS))
    for side, best in (("ours", OURS), ("classic", CLASSIC)):
        parser.add_argument(f"--{side}", nargs="+", type=setting, default=list(best.items()))
    add_json(parser)
    return parser.parse_args()


def setting(text: str) -> tuple[str, float]:
    name, _, value = text.partition("=")
    return name, float(value)


def measure(results: Results, options: argparse.Namespace) -> None:
    ours, classic = dict(options.ours), dict(options.classic)
    with tempfile.TemporaryDirectory() as defaults, tempfile.TemporaryDirectory() as best:
        pairs = {
            "as opened": (our_trainer(), classic_trainer(Path(defaults))),
            "best settings": (our_trainer(ours), classic_trainer(Path(best), classic)),
        }
        for name, sides in pairs.items():
            shown = watch_in_turns(sides, options.runs, options.moments)
            for moment, pair in zip(options.moments, zip(*shown, strict=True), strict=True):
                compare(results, f"{name}, after {moment} s", *pair)


def watch_in_turns(sides: Sequence[Side], runs: int, moments: Sequence[int]) -> list[list[float]]:
    """For each side and moment the median accuracy; 0 where no epoch was finished."""
    found: list[list[list[float]]] = [[] for _ in sides]
    for _ in range(runs):
        for side, accuracies in zip(sides, found, strict=True):
            epochs = watch(side, max(moments))
            accuracies.append([last_before(moment, epochs) for moment in moments])
            print(f"{side.name}: {accuracies[-1]}, {len(epochs)} epochs", file=sys.stderr)
    return [[statistics.median(column) for column in zip(*side, strict=True)] for side in found]


def watch(side: Side, seconds: int) -> list[tuple[float, float]]:
    """Milliseconds since navigation and accuracy of each epoch that was finished in time."""
    with hosting(side.folder) as (url, _), side.opened(url) as page:
        time.sleep(seconds)
        found: dict[str, Any] = marks(page)
        return [(at, accuracy) for at, accuracy in found["epochs"]]


def last_before(moment: int, epochs: Sequence[tuple[float, float]]) -> float:
    return next((accuracy for at, accuracy in reversed(epochs) if at <= 1000 * moment), 0.0)


def compare(results: Results, figure: str, ours: float, classic: float) -> None:
    if classic:
        results.tell(figure, 100 * ours, "%", 100 * classic)
    else:
        results.tell(figure, 100 * ours, "%", note="no epoch finished yet")


if __name__ == "__main__":
    sys.exit(main())
