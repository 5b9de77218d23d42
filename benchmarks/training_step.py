"""One training step: the fused program against TensorFlow.js, and against what the machine can do.

The codelab CNN (or the course's) takes steps of Adam on a batch of 512 made images, by the
trainer's own network class, each contender in a worker of its own in headless Chromium:

- fused, relaxed and baseline: the trainer's fused training step, with relaxed SIMD and without
- kernels: TensorFlow.js' wasm backend with the kernels of templates/shared/kernels
- plain webgl: where there is no GPU, on the browser's software renderer (its name is printed),
  which Playwright's --enable-unsafe-swiftshader allows
- plain cpu: TensorFlow.js' plain JavaScript
- plain wasm: cannot train convolutions; what it says is printed

The contenders take turns, so that whatever else the machine does slows all of them alike; a turn
has several steps where steps are short. Each is given by the median of its steps after the first
one (which compiles and allocates), and by the fastest.

The peak is that of a program of independent multiply-adds in registers (peak.zig), measured in the
same turns. Two counts of a step's operations are compared with it: nominal, what the mathematics
of dense convolutions says; executed, what the fused program computes, which leaves out gradients
that max-pooling and ReLU make zero. The fastest step stands against the best peak: both are what
the machine does when nothing else disturbs it.

How to read it: only ratios count, and the aims are 25 times the best plain backend and 40% of the
peak by operations executed. The losses after the same steps, from the same weights on the same
images, show that all compute the same thing. The exit code is 1 when an aim is missed or the losses
differ.
"""

import argparse
import json
import statistics
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from measuring import ROOT, bundle, require_browser
from measuring.results import Results, add_json, conclude
from playwright.sync_api import Error, Page

from generator.browser import open_browser
from generator.serve import serving
from generator.zig import PROCESSORS, compile_builds

AIM = 25
PEAK_AIM = 0.4
# Largest difference of losses, of the loss: rounding differs, and each step carries it on.
TOLERANCE = 1e-4


@dataclass
class Contender:
    """One way to compute a step, `turn` of which it takes at a time."""

    name: str
    backend: str
    ours: bool = False
    fused: str | None = None
    turn: int = 1
    milliseconds: list[float] = field(default_factory=list)
    losses: list[float] = field(default_factory=list)
    failure: str = ""
    peak: float = 0
    flops: dict[str, float] = field(default_factory=dict)

    @property
    def median(self) -> float:
        return statistics.median(self.milliseconds[1:])

    @property
    def fastest(self) -> float:
        return min(self.milliseconds[1:])

    @property
    def is_plain(self) -> bool:
        return not (self.ours or self.fused)


def main() -> int:
    options = read_options()
    how = (
        f"Medians of the steps of {options.rounds} rounds, in turns; "
        f"{options.architecture} CNN, batch {options.batch}"
    )
    results = Results("One training step", how)
    return conclude(results, options.json, lambda results: measure(results, options))


def measure(results: Results, options: argparse.Namespace) -> None:
    contenders = [
        Contender("fused relaxed", "wasm", fused="relaxed", turn=20),
        Contender("fused baseline", "wasm", fused="baseline", turn=20),
        Contender("kernels", "wasm", ours=True, turn=5),
        Contender("plain webgl", "webgl"),
        Contender("plain cpu", "cpu"),
        Contender("plain wasm", "wasm"),
    ]
    path = require_browser()
    with tempfile.TemporaryDirectory() as folder, open_browser(path) as browser:
        names = bundle(Path(folder), "training_step/worker.js", "training_step/page.js")
        peaks = compile_builds(ROOT / "benchmarks/training_step/peak/peak.zig", Path(folder))
        script = f'<!doctype html><script type="module" src="{names["page"]}"></script>'
        Path(folder, "index.html").write_text(script)
        print(f"Chromium {browser.version}, headless")
        print(f"{options.architecture} CNN, batches of {options.batch}, {options.rounds} rounds")
        with serving(Path(folder)) as url:
            page = browser.new_page()
            page.goto(url)
            page.wait_for_function("() => typeof ask === 'function'")
            for contender in contenders:
                start(contender, page, url, names, options)
            for turn in range(options.rounds):
                for contender in contenders:
                    take_turn(contender, page, url, peaks)
                print(f"round {turn + 1} of {options.rounds}", file=sys.stderr)
            for contender in contenders[: len(PROCESSORS)]:
                contender.flops = ask(page, contender, "flops")
    report(results, contenders)


def read_options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--architecture", choices=("codelab", "course"), default="codelab")
    parser.add_argument("--batch", type=int, default=512)
    parser.add_argument("--rounds", type=int, default=3)
    add_json(parser)
    return parser.parse_args()


def start(
    contender: Contender, page: Page, url: str, names: dict[str, str], options: argparse.Namespace
) -> None:
    """Start the contender and let it take a step: shaders and caches fill, the heap grows."""
    # The topologies are those that the generator writes into the trainer page (a test sees to it).
    topology = ROOT / f"tests/fixtures/{options.architecture}.json"
    setting = {
        "backend": contender.backend,
        "ours": contender.ours,
        "fused": url + names[contender.fused] if contender.fused else None,
        "wasm": url + names["wasm"],
        "topology": json.loads(topology.read_text()),
        "batch": options.batch,
    }
    call = "([name, worker, setting]) => start(name, worker, setting)"
    try:
        drawn_by = page.evaluate(call, [contender.name, url + names["worker"], setting])
        if drawn_by:
            print(f"{contender.backend} is drawn by {drawn_by}")
        step(contender, page)
    except Error as error:
        contender.failure = error.message.splitlines()[0].partition("Error: ")[2]


def take_turn(contender: Contender, page: Page, url: str, peaks: dict[str, str]) -> None:
    if contender.failure:
        return
    for _ in range(contender.turn):
        step(contender, page)
        if contender.fused:
            speed = ask(page, contender, "peak", url + peaks[contender.fused])
            contender.peak = max(contender.peak, speed)


def step(contender: Contender, page: Page) -> None:
    result: dict[str, Any] = ask(page, contender, "step")
    contender.milliseconds.append(result["milliseconds"])
    contender.losses.append(result["loss"])


def ask(page: Page, contender: Contender, what: str, argument: str = "") -> Any:
    call = "([name, what, argument]) => ask(name, what, argument)"
    return page.evaluate(call, [contender.name, what, argument])


def report(results: Results, contenders: Sequence[Contender]) -> None:
    able = [contender for contender in contenders if not contender.failure]
    ours, others = able[0], able[1:]
    plain = [contender for contender in able if contender.is_plain]
    shown = min(len(contender.losses) for contender in able)
    for contender in contenders:
        if contender.failure:
            print(f"{contender.name:14} cannot train: {contender.failure}")
            continue
        print(
            f"{contender.name:14} {contender.median:9,.1f} ms a step, "
            f"{contender.fastest:9,.1f} at best ({len(contender.milliseconds) - 1} steps), "
            f"{contender.median / ours.median:6.1f} times the first; "
            f"losses {' '.join(f'{loss:.6f}' for loss in contender.losses[:shown])}"
        )
    apart = max(
        abs(loss - expected) / expected
        for contender in others
        for loss, expected in zip(contender.losses[:shown], ours.losses, strict=False)
    )
    best = min(plain, key=lambda contender: contender.median)
    figure = f"a step, beside the best plain backend ({best.name})"
    results.less(figure, ours.median, best.median, "ms", aim=AIM)
    for contender in able:
        if contender.flops:
            report_peak(results, contender)
    results.at_most("losses differ by, of the loss", apart, "", TOLERANCE)


def report_peak(results: Results, contender: Contender) -> None:
    """What a step computes, and how much that is of what WebAssembly can compute meanwhile."""
    results.tell(f"{contender.name}: the machine's peak", contender.peak / 1e9, "GFLOPS")
    for count, aim in {"nominal": None, "executed": PEAK_AIM}.items():
        flops = contender.flops[count]
        share = 100 * flops / (contender.fastest / 1000) / contender.peak
        figure = f"{contender.name}: share of the peak, {count} ({flops / 1e6:,.0f} MFLOP a step)"
        if aim is None or contender.fused != "relaxed":
            results.tell(figure, share, "%")
        else:
            results.at_least(figure, share, "%", 100 * aim)


if __name__ == "__main__":
    sys.exit(main())
