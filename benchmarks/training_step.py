"""One training step: our kernels on WASM against TensorFlow.js' plain backends, in one browser.

The codelab CNN (or the course's) takes steps of Adam on a batch of 512 made images, by the
trainer's own network class, each contender in a worker of its own in headless Chromium:

- ours: the wasm backend with the kernels of templates/shared/kernels
- plain webgl: where there is no GPU, on the browser's software renderer (its name is printed),
  which Playwright's --enable-unsafe-swiftshader allows
- plain cpu: TensorFlow.js' plain JavaScript
- plain wasm: cannot train convolutions; what it says is printed

The contenders take turns, so that whatever else the machine does slows all of them alike; a turn
of ours has several steps, because they are short. Each is given by the median of its steps after
the first one (which compiles and allocates).

How to read it: only the ratio counts, and the aim is 20 at least. The losses after the same
steps, from the same weights on the same images, show that all compute the same thing. The exit
code is 1 when the ratio is below the aim or the losses differ.
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

from measuring import ROOT, bundle, machine, require_browser
from playwright.sync_api import Error, Page

from generator.browser import open_browser
from generator.serve import serving

AIM = 20
# Largest difference of losses, of the loss: rounding differs, and each step carries it on.
TOLERANCE = 1e-4
STEPS_OF_OURS = 5


@dataclass
class Contender:
    """One backend, with our kernels or without."""

    name: str
    backend: str
    ours: bool = False
    milliseconds: list[float] = field(default_factory=list)
    losses: list[float] = field(default_factory=list)
    failure: str = ""

    @property
    def median(self) -> float:
        return statistics.median(self.milliseconds[1:])


def main() -> int:
    options = read_options()
    contenders = [
        Contender("ours", "wasm", ours=True),
        Contender("plain webgl", "webgl"),
        Contender("plain cpu", "cpu"),
        Contender("plain wasm", "wasm"),
    ]
    path = require_browser()
    with tempfile.TemporaryDirectory() as folder, open_browser(path) as browser:
        names = bundle(Path(folder), "training_step/worker.js", "training_step/page.js")
        script = f'<!doctype html><script type="module" src="{names["page"]}"></script>'
        Path(folder, "index.html").write_text(script)
        print(f"{machine()}; Chromium {browser.version}, headless")
        print(f"{options.architecture} CNN, batches of {options.batch}, {options.rounds} rounds")
        with serving(Path(folder)) as url:
            page = browser.new_page()
            page.goto(url)
            page.wait_for_function("() => typeof step === 'function'")
            for contender in contenders:
                start(contender, page, url, names, options)
            for turn in range(options.rounds):
                for contender in contenders:
                    take_turn(contender, page)
                print(f"round {turn + 1} of {options.rounds}", file=sys.stderr)
    return report(contenders)


def read_options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--architecture", choices=("codelab", "course"), default="codelab")
    parser.add_argument("--batch", type=int, default=512)
    parser.add_argument("--rounds", type=int, default=3)
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


def take_turn(contender: Contender, page: Page) -> None:
    if contender.failure:
        return
    for _ in range(STEPS_OF_OURS if contender.ours else 1):
        step(contender, page)


def step(contender: Contender, page: Page) -> None:
    result: dict[str, Any] = page.evaluate("(name) => step(name)", contender.name)
    contender.milliseconds.append(result["milliseconds"])
    contender.losses.append(result["loss"])


def report(contenders: Sequence[Contender]) -> int:
    ours, *plain = [contender for contender in contenders if not contender.failure]
    for contender in contenders:
        if contender.failure:
            print(f"{contender.name:12} cannot train: {contender.failure}")
            continue
        print(
            f"{contender.name:12} {contender.median:9,.1f} ms a step "
            f"(median of {len(contender.milliseconds) - 1}), "
            f"{contender.median / ours.median:6.1f} times ours; "
            f"losses {' '.join(f'{loss:.6f}' for loss in contender.losses[: len(plain[0].losses)])}"
        )
    apart = max(
        abs(loss - expected) / expected
        for contender in plain
        for loss, expected in zip(contender.losses, ours.losses, strict=False)
    )
    best = min(plain, key=lambda contender: contender.median)
    ratio = best.median / ours.median
    print(f"losses: at most {apart:.1e} apart (allowed: {TOLERANCE:.0e})")
    print(f"ours is {ratio:.1f} times faster than the best plain one, {best.name} (aim: {AIM})")
    return 0 if ratio >= AIM and apart <= TOLERANCE else 1


if __name__ == "__main__":
    sys.exit(main())
