"""The codelab run, as a visitor of the built trainer page sees it.

The page of the default site (built by `make site`) is opened in a fresh headless Chromium and
its Train button is pressed as soon as it can be: 5,500 images, batches of 512, 10 epochs, all
of them the page's own defaults. Every run has a browser of its own, so nothing is cached.

What is measured, and how:

- seconds from navigation to: the button (engine started), the first finished batch (the page
  shows it at most 0.2 s late), the end of training, the end of the test that follows
- images a second: what the page says, validation and waiting apart; and 55,000 images by the
  seconds from the press to the end of training, everything included
- long tasks: those over 50 ms on the page's thread, as the browser's own observer reports them,
  apart for start-up (until the first batch), training, and afterwards
- memory: the most that the page's process, worker included, ever had resident (Linux alone)

Bytes are counted by first_step.py, at the server.

How to read it: seconds depend on the machine, accuracy does not. A task's length is time on
the wall: where other programs want the processor, short ones become long, so look at the load
that is printed. The exit code is 1 when the page's thread had a long task while it trained.
"""

import argparse
import statistics
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from measuring import ROOT, peak_memory, require_browser
from measuring.results import Results, Skip, add_json, conclude
from playwright.sync_api import Browser, Page

from generator.browser import open_browser
from generator.serve import serving

RUN = {"train-images": 5500, "batch-size": 512, "epochs": 10}
LONG_TASKS = "On a busy machine a short task becomes long: its length is time on the wall."
PATIENCE = 600_000
# Runs in the page before its own scripts: when each state, the first batch and the end of training
# were there, in milliseconds since navigation, and every task of over 50 ms.
WATCH = """
    globalThis.marks = {};
    globalThis.longTasks = [];
    new PerformanceObserver((list) => {
      longTasks.push(...list.getEntries().map(({ startTime, duration }) => [startTime, duration]));
    }).observe({ type: "longtask", buffered: true });
    new MutationObserver(() => {
      const { state, batches } = document.getElementById("step-train")?.dataset ?? {};
      if (state) marks[state] ??= performance.now();
      if (state === "busy" && marks.training) marks.end ??= performance.now();
      if (Number(batches) > 0) marks.batch ??= performance.now();
    }).observe(document, { subtree: true, childList: true, attributes: true });
"""


@dataclass(frozen=True)
class Run:
    """What one run showed. Seconds and milliseconds count from navigation."""

    marks: dict[str, float]
    long_tasks: Sequence[tuple[float, float]]
    speed: int
    accuracy: str
    status: str
    megabytes: float | None

    def seconds(self, mark: str) -> float:
        return self.marks[mark] / 1000

    @property
    def overall_speed(self) -> float:
        images = RUN["train-images"] * RUN["epochs"]
        return images / (self.seconds("end") - self.seconds("training"))

    def tasks(self, start: float, end: float) -> list[str]:
        return [
            f"{length:.0f} ms at {at / 1000:.1f} s"
            for at, length in self.long_tasks
            if start <= at < end
        ]


def main() -> int:
    options = read_options()
    how = f"Medians of {options.runs} runs, page defaults: 5,500 images, batch 512, 10 epochs"
    results = Results("The codelab run, as a visitor sees it", how)
    return conclude(results, options.json, lambda results: measure(results, options))


def measure(results: Results, options: argparse.Namespace) -> None:
    path = require_browser()
    if not (options.site / options.slug / "index.html").is_file():
        raise Skip(f"{options.site} holds no {options.slug}: run `make site` first")
    runs = []
    with serving(options.site) as url:
        for number in range(options.runs):
            with open_browser(path) as browser:
                if number == 0:
                    print(f"Chromium {browser.version}, headless")
                runs.append(train(browser, f"{url}{options.slug}/"))
            print(f"run {number + 1} of {options.runs}: {runs[-1].status}", file=sys.stderr)
    report(results, runs)


def read_options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--site", type=Path, default=ROOT / "site")
    parser.add_argument("--slug", default="mnist-trainer")
    parser.add_argument("--runs", type=int, default=3)
    add_json(parser)
    return parser.parse_args()


def train(browser: Browser, url: str) -> Run:
    page = browser.new_page(viewport={"width": 1280, "height": 720})
    page.set_default_timeout(PATIENCE)
    page.add_init_script(WATCH)
    page.goto(url)
    page.click("#train")
    page.wait_for_selector('#step-train[data-state="trained"]')
    check_settings(page)
    return Run(
        marks=page.evaluate("marks"),
        long_tasks=page.evaluate("longTasks"),
        speed=int(page.inner_text("#figure-speed").replace(",", "")),
        accuracy=page.inner_text("#figure-accuracy"),
        status=page.inner_text("#run-status"),
        megabytes=peak_memory(browser),
    )


def check_settings(page: Page) -> None:
    """The page's defaults must be the run that is reported."""
    found = {name: int(page.input_value(f"#{name}")) for name in RUN}
    if found != RUN:
        raise SystemExit(f"The page's defaults are {found}; the benchmark is of {RUN}.")


def report(results: Results, runs: Sequence[Run]) -> None:
    def median(name: str, values: Sequence[float], unit: str) -> None:
        print("each: " + "  ".join(f"{value:,.2f}" for value in values))
        results.tell(name, statistics.median(values), unit)

    for mark, name in {
        "ready": "engine ready after",
        "batch": "first batch finished after",
        "end": "training finished after",
        "trained": "test finished after",
    }.items():
        median(name, [run.seconds(mark) for run in runs], "s")
    took = [run.seconds("end") - run.seconds("training") for run in runs]
    median("training, from press to end", took, "s")
    median("speed on the page", [run.speed for run in runs], "images/s")
    median("speed, everything included", [run.overall_speed for run in runs], "images/s")
    peaks = [run.megabytes for run in runs if run.megabytes is not None]
    if peaks:
        median("peak memory of the page's process", peaks, "MB")
    accuracies = [float(run.accuracy.rstrip("%")) for run in runs]
    results.tell("validation accuracy", statistics.median(accuracies), "%")
    during = report_long_tasks(runs)
    figure = "tasks over 50 ms on the page's thread while it trains"
    results.at_most(figure, len(during), "", 0, why=LONG_TASKS)


def report_long_tasks(runs: Sequence[Run]) -> list[str]:
    """Print the long tasks of each run, by part; return those while it trained."""
    print("tasks over 50 ms on the page's thread, run by run")
    during = []
    for run in runs:
        start, first, end = (run.marks[mark] for mark in ("training", "batch", "end"))
        during += run.tasks(first, end)
        parts = {
            "before the press": run.tasks(0, start),
            "from there to the first batch": run.tasks(start, first),
            "while training": run.tasks(first, end),
            "afterwards": run.tasks(end, float("inf")),
        }
        print("; ".join(f"{part}: {', '.join(tasks) or 'none'}" for part, tasks in parts.items()))
    return during


if __name__ == "__main__":
    sys.exit(main())
