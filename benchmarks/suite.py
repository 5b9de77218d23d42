"""All benchmarks in a row, and the page about them: what `make bench` runs.

Each script runs in a process of its own and keeps what it found in benchmarks/results/; one that
fails stops no other. Then docs/benchmarks.md is written from all results that there are. The exit
code is 1 when a script failed or missed an aim, with a list of them. Three scripts are left to be
run by hand: conversion.py, which writes a page of its own, transfer.py, which adds 5,000 pictures,
and long_runs.py, which watches memory for most of an hour.

    python benchmarks/suite.py                      # about 35 minutes on two cores
    python benchmarks/suite.py first_step build     # these alone, and the page
    python benchmarks/suite.py --page               # the page alone
    python benchmarks/suite.py --quick              # a few minutes: does everything run?
"""

import argparse
import subprocess
import sys
import time
from dataclasses import dataclass

from measuring import BENCHMARKS, ROOT
from measuring.report import PAGE, write_page
from measuring.results import RESULTS


@dataclass(frozen=True)
class Script:
    """A benchmark, and the arguments of a short run that shows no more than that it works."""

    name: str
    quick: tuple[str, ...] = ()
    usual: tuple[str, ...] = ()
    recorded: bool = True  # has --json; the others say what they found and no more


# In the order of the page.
SCRIPTS = (
    Script("first_step", ("--runs", "1")),
    Script("training_step", ("--rounds", "1")),
    Script("full_run", ("--runs", "1")),
    Script("accuracy_in_time", ("--moments", "5", "10")),
    Script("predictor", ("--runs", "1")),
    Script("transfer_speed", ("--counts", "10", "--draws", "1")),
    Script("build", ("--most", "1000", "--skip-training")),
    Script("embedding", ("--rounds", "2"), recorded=False),
    Script("sheets", ("10000",), recorded=False),
    Script("folder", ("1000",), ("10000", "30000"), recorded=False),
)
NAMES = [script.name for script in SCRIPTS]
MINUTES = 35  # that all of them take on two cores


def main() -> int:
    options = read_options()
    wanted = [script for script in SCRIPTS if script.name in (options.scripts or NAMES)]
    failed = [] if options.page else [script.name for script in wanted if not run(script, options)]
    write_page([script.name for script in SCRIPTS if script.recorded], MINUTES)
    print(f"== wrote {PAGE.relative_to(ROOT)}")
    if failed:
        print(f"== failed, or short of an aim: {', '.join(failed)}")
    return 1 if failed else 0


def read_options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("scripts", nargs="*", metavar="script", help=", ".join(NAMES))
    parser.add_argument("--page", action="store_true", help="write the page alone")
    parser.add_argument("--quick", action="store_true", help="short runs, kept nowhere")
    options = parser.parse_args()
    if unknown := set(options.scripts) - set(NAMES):
        parser.error(f"no such benchmark: {', '.join(sorted(unknown))}")
    return options


def run(script: Script, options: argparse.Namespace) -> bool:
    """Run a script with what it prints going to the terminal; did it reach its aims?"""
    arguments = [*(script.quick if options.quick else script.usual)]
    print(f"== {' '.join([script.name, *arguments])}", flush=True)
    if script.recorded and not options.quick:
        arguments += ["--json", str(RESULTS / f"{script.name}.json")]
    start = time.perf_counter()
    command = [sys.executable, str(BENCHMARKS / f"{script.name}.py"), *arguments]
    code = subprocess.run(command).returncode
    print(f"== {script.name}: {time.perf_counter() - start:.0f} s, exit code {code}", flush=True)
    return code == 0


if __name__ == "__main__":
    sys.exit(main())
