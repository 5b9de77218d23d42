"""From opening a trainer page to its first finished batch: bytes and time, beside the classic way.

Both pages train the codelab network on batches of 512 MNIST digits, each in a headless Chromium
of its own with nothing cached, from one and the same local server (measuring/hosting.py), which
gzips text and WebAssembly:

- ours: the trainer of the default site (built by `make site`), its button pressed by a script as
  soon as it can be
- classic: benchmarks/classic/trainer.html, which trains as soon as it is loaded: tf.min.js and
  tfjs-vis from this server, one sheet of 65,000 images through an image and a canvas, labels
  one-hot, on the page's thread. It computes with what TensorFlow.js picks by itself: WebGL, which
  without a GPU is the browser's software renderer, still faster than its plain JavaScript.

They take turns, at full speed and over a line of 10 Mbit/s that answers after 40 ms. Bytes are
those of all bodies that the server had sent when the first batch was finished; time counts from
navigation.

How to read it: the ratios. Aims: 8 times fewer bytes, 5 times sooner. The exit code is 1 when a
median misses one.
"""

import argparse
import statistics
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from measuring.hosting import FULL, SLOW, Line, hosting
from measuring.results import Results, add_json, conclude
from measuring.trainers import Side, classic_trainer, marks, our_trainer, wait_for

FEWER, SOONER = 8, 5


@dataclass(frozen=True)
class Visit:
    """Seconds from navigation to the first batch, what had been sent by then, and the backend."""

    seconds: float
    bytes: int
    backend: str


def main() -> int:
    options = read_options()
    how = f"Medians of {options.runs} visits each, in turns, nothing cached; codelab CNN, batch 512"
    results = Results("First training step", how)
    return conclude(results, options.json, lambda results: measure(results, options.runs))


def read_options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--runs", type=int, default=3)
    add_json(parser)
    return parser.parse_args()


def measure(results: Results, runs: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        sides = [our_trainer(), classic_trainer(Path(folder))]
        for line in (FULL, SLOW):
            ours, classic = visit_in_turns(sides, line, runs)
            print(f"the classic page computes with {classic[0].backend}")
            megabytes = [
                statistics.median(visit.bytes for visit in side) / 1e6 for side in (ours, classic)
            ]
            seconds = [
                statistics.median(visit.seconds for visit in side) for side in (ours, classic)
            ]
            results.less(f"bytes to the first batch, {line.name}", *megabytes, "MB", aim=FEWER)
            results.less(f"time to the first batch, {line.name}", *seconds, "s", aim=SOONER)


def visit_in_turns(sides: list[Side], line: Line, runs: int) -> list[list[Visit]]:
    found: list[list[Visit]] = [[] for _ in sides]
    for run in range(runs):
        for side, visits in zip(sides, found, strict=True):
            visits.append(visit(side, line))
            print(f"{line.name}, run {run + 1}, {side.name}: {visits[-1]}", file=sys.stderr)
    return found


def visit(side: Side, line: Line) -> Visit:
    with hosting(side.folder, line) as (url, sent), side.opened(url) as page:
        wait_for(page, "Boolean(globalThis.marks?.batch)")
        found = marks(page)
        moment = found["origin"] + found["batch"] / 1000
        return Visit(found["batch"] / 1000, sent.until(moment), found.get("backend", "wasm"))


if __name__ == "__main__":
    sys.exit(main())
