"""Recognising drawn digits: bytes and time to the first answer, and the wait after each stroke.

The predictor of the default site (built by `make site`) against benchmarks/classic/predictor.html:
tf.min.js and the converter's own build, the same two models, asked on the page's thread when a
stroke ends. Both come from one local server that gzips text and WebAssembly, each in a headless
Chromium of its own with nothing cached. In both a script draws, with pointer events:

- first answer: a stroke is drawn as soon as there is something to draw on; counted from navigation
  to the moment at which the first model's answer stands in the page, at full speed and over a line
  of 10 Mbit/s that answers after 40 ms; and the bytes of all bodies sent until then
- wait after a stroke: from the pen's going up to an answer and to those of both models, to a
  drawing of one to three strokes, one move each frame. Our page also answers while one draws (the
  classic one does not), so its worker may be busy when the stroke ends.

Medians of `--runs` visits, and of `--strokes` strokes in each. The classic page computes with what
TensorFlow.js picks: WebGL, without a GPU the browser's software renderer.

How to read it: ratios; there is no aim but to be ahead. The exit code is 1 when ours is behind.
"""

import argparse
import statistics
import sys
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from measuring.classic import classic_page
from measuring.hosting import FULL, SLOW, Line, assemble, hosting
from measuring.results import Results, Skip, add_json, conclude
from measuring.trainers import SITE, Side, marks, wait_for
from playwright.sync_api import Page

SLUG = "digit-predictor"
# Runs in both pages before their scripts: a hand that draws once there is something to draw on,
# and the moments of answers, which our page tells by events and the classic one notes itself.
HAND = """
    globalThis.marks = { answers: [] };
    document.addEventListener("answer", ({ detail }) => {
      marks.answers.push([performance.now(), detail.which, detail.question]);
    }, { capture: true });

    globalThis.frame = () => new Promise((resolve) => requestAnimationFrame(resolve));
    const point = (type, [x, y]) => {
      const pad = document.getElementById("pad");
      const { left, top, width, height } = pad.getBoundingClientRect();
      const where = { clientX: left + x * width, clientY: top + y * height };
      pad.dispatchEvent(new PointerEvent(type, { ...where, pointerId: 1, bubbles: true }));
    };
    /** Draw a line, a move each frame; resolves with the moment at which the pen went up. */
    globalThis.drawLine = async ([from, to], moves) => {
      point("pointerdown", from);
      for (let i = 1; i <= moves; i++) {
        await frame();
        point("pointermove", from.map((at, axis) => at + ((to[axis] - at) * i) / moves));
      }
      const up = performance.now();
      point("pointerup", to);
      return up;
    };
    const begin = () => {
      const pad = document.querySelector("canvas#pad, #pad canvas");
      if (!pad || document.readyState === "loading") return requestAnimationFrame(begin);
      drawLine([[0.5, 0.2], [0.5, 0.8]], 2);
    };
    begin();
"""
# Draws a line and waits for the answers to what is there then; milliseconds since the pen went up.
# Our page numbers its questions, the classic one counts strokes.
ASK = """async (line) => {
    const up = await drawLine(line, 12);
    await frame();
    await frame();
    const question = Number(document.getElementById("answers").dataset.question ?? strokes);
    const answered = (which) => marks.answers.find(([, by, to]) => by === which && to === question);
    while (!answered("graph") || !answered("layers")) await frame();
    return ["graph", "layers"].map((which) => answered(which)[0] - up);
}"""
# A four: where each line begins and ends, as shares of the pad.
FOUR = (((0.35, 0.2), (0.25, 0.55)), ((0.25, 0.55), (0.75, 0.55)), ((0.6, 0.3), (0.6, 0.85)))


@dataclass(frozen=True)
class Visit:
    """Until the first answer: seconds and bytes; after strokes: milliseconds to one and to both."""

    seconds: float
    bytes: int
    one: Sequence[float]
    both: Sequence[float]


def main() -> int:
    options = read_options()
    how = (
        f"Medians of {options.runs} visits each, in turns, nothing cached, and of "
        f"{options.strokes} strokes a visit"
    )
    results = Results("Recognising drawn digits", how)
    return conclude(results, options.json, lambda results: measure(results, options))


def read_options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--strokes", type=int, default=12)
    add_json(parser)
    return parser.parse_args()


def measure(results: Results, options: argparse.Namespace) -> None:
    with tempfile.TemporaryDirectory() as folder:
        sides = [our_predictor(), classic_predictor(Path(folder))]
        found = visit_in_turns(sides, FULL, options)
        results.less("bytes to the first answer", *medians(found, lambda v: v.bytes / 1e6), "MB")
        report_first(results, found, FULL)
        report_first(results, visit_in_turns(sides, SLOW, options), SLOW)
        waits = medians(found, lambda visit: statistics.median(visit.one))
        results.less("from the end of a stroke to an answer", *waits, "ms", aim=1)
        waits = medians(found, lambda visit: statistics.median(visit.both))
        results.less("from the end of a stroke to both models' answers", *waits, "ms", aim=1)


def report_first(results: Results, found: Sequence[Sequence[Visit]], line: Line) -> None:
    seconds = medians(found, lambda visit: visit.seconds)
    results.less(f"time to the first answer, {line.name}", *seconds, "s", aim=1)


def medians(
    found: Sequence[Sequence[Visit]], read: Callable[[Visit], float]
) -> tuple[float, float]:
    ours, classic = (statistics.median(map(read, visits)) for visits in found)
    return ours, classic


def our_predictor() -> Side:
    if not (SITE / SLUG / "index.html").is_file():
        raise Skip(f"{SITE.name}/ holds no {SLUG}: run `make site` first")
    return Side("ours", SITE, f"{SLUG}/", HAND)


def classic_predictor(folder: Path) -> Side:
    parts = classic_page("predictor", ("tf.min.js", "tf-converter.min.js"))
    parts["digits"] = SITE / "models/digits"
    return Side("classic", assemble(folder, parts), script=HAND)


def visit_in_turns(
    sides: Sequence[Side], line: Line, options: argparse.Namespace
) -> list[list[Visit]]:
    found: list[list[Visit]] = [[] for _ in sides]
    for run in range(options.runs):
        for side, visits in zip(sides, found, strict=True):
            visits.append(visit(side, line, options.strokes))
            first = f"{visits[-1].seconds:.2f} s, {visits[-1].bytes:,} bytes"
            print(f"{line.name}, run {run + 1}, {side.name}: {first}", file=sys.stderr)
    return found


def visit(side: Side, line: Line, strokes: int) -> Visit:
    with hosting(side.folder, line) as (url, sent), side.opened(url) as page:
        wait_for(page, "globalThis.marks?.answers.some(([, which]) => which === 'layers') ?? false")
        found = marks(page)
        first = found["answers"][0][0] / 1000
        waits = [ask(page, number) for number in range(strokes)]
        one, both = zip(*map(sorted, waits), strict=True)
        return Visit(first, sent.until(found["origin"] + first), one, both)


def ask(page: Page, number: int) -> list[float]:
    """Draw the next line of a four, a new one after the third."""
    if number % len(FOUR) == 0:
        page.evaluate("document.getElementById('clear').click()")
    waits: list[float] = page.evaluate(ASK, FOUR[number % len(FOUR)])
    return waits


if __name__ == "__main__":
    sys.exit(main())
