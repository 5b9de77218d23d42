"""What a benchmark found: rows that are printed, kept as JSON, and shown in docs/benchmarks.md."""

import argparse
import json
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from . import BENCHMARKS, machine

RESULTS = BENCHMARKS / "results"


class Skip(Exception):
    """A benchmark cannot run here; its text says what is missing."""


@dataclass(frozen=True)
class Row:
    """One figure: of ours, and of what it is compared with, in one unit.

    `ratio` is how many times better ours is, `met` whether an aim is reached (None: there is no
    aim). `why` is shown where it is not. `note` stands where the reference has no number.
    """

    figure: str
    ours: float
    unit: str
    reference: float | None = None
    ratio: float | None = None
    aim: str = ""
    met: bool | None = None
    why: str = ""
    note: str = ""

    def __str__(self) -> str:
        text = f"{self.figure}: {show(self.ours, self.unit)}"
        if self.reference is not None:
            text += f", reference {show(self.reference, self.unit)}"
        elif self.note:
            text += f", reference: {self.note}"
        if self.ratio is not None:
            text += f", {self.ratio:.1f} times"
        return (
            f"{text} (aim: {self.aim}{'' if self.met else ', NOT REACHED'})" if self.aim else text
        )


@dataclass
class Results:
    """The rows of one script, under a title, with how they were measured."""

    title: str
    how: str
    rows: list[Row] = field(default_factory=list)
    machine: str = field(default_factory=machine)
    skipped: str = ""

    def less(self, figure: str, ours: float, reference: float, unit: str, **aim: Any) -> None:
        """A figure of which less is better: seconds, bytes."""
        self._compare(figure, ours, reference, unit, reference / ours, **aim)

    def more(self, figure: str, ours: float, reference: float, unit: str, **aim: Any) -> None:
        """A figure of which more is better: images a second."""
        self._compare(figure, ours, reference, unit, ours / reference, **aim)

    def _compare(
        self,
        figure: str,
        ours: float,
        reference: float,
        unit: str,
        ratio: float,
        aim: float | None = None,
        why: str = "",
    ) -> None:
        """`aim` is the least ratio that is wanted; 1 is to be ahead."""
        words = "" if aim is None else "ahead" if aim == 1 else f"{aim:g} times"
        met = None if aim is None else ratio >= aim
        self._add(Row(figure, ours, unit, reference, ratio, words, met, why))

    def at_most(self, figure: str, ours: float, unit: str, most: float, why: str = "") -> None:
        """A figure with a limit."""
        words = f"at most {show(most, unit)}"
        self._add(Row(figure, ours, unit, aim=words, met=ours <= most, why=why))

    def at_least(self, figure: str, ours: float, unit: str, least: float, why: str = "") -> None:
        """A figure that shall reach a mark."""
        words = f"at least {show(least, unit)}"
        self._add(Row(figure, ours, unit, aim=words, met=ours >= least, why=why))

    def tell(
        self,
        figure: str,
        ours: float,
        unit: str,
        reference: float | None = None,
        note: str = "",
    ) -> None:
        """A figure without an aim."""
        self._add(Row(figure, ours, unit, reference, note=note))

    def _add(self, row: Row) -> None:
        self.rows.append(row)
        print(row, flush=True)

    @property
    def missed(self) -> list[Row]:
        """The rows that fall short of their aims."""
        return [row for row in self.rows if row.met is False]

    def write(self, file: Path) -> None:
        found = {**asdict(self), "date": f"{datetime.now(UTC):%Y-%m-%d}"}
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(json.dumps(found, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def show(value: float, unit: str) -> str:
    """A number with its unit, with as many digits as a reader can use."""
    digits = 0 if abs(value) >= 100 or value == round(value) else 1 if abs(value) >= 10 else 2
    if value and abs(value) < 0.1:
        return f"{value:.1e} {unit}".rstrip()
    return f"{value:,.{digits}f} {unit}".rstrip()


def add_json(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--json", type=Path, help="keep what was found in this file")


def conclude(results: Results, file: Path | None, measure: Callable[[Results], None]) -> int:
    """Measure, keep what was found, and return the exit code: 1 when an aim is missed.

    A benchmark that cannot run here says why, and is no failure.
    """
    print(results.machine, flush=True)
    try:
        measure(results)
    except Skip as reason:
        results.skipped = str(reason)
        print(f"skipped: {reason}", flush=True)
    if file:
        results.write(file)
    return 1 if results.missed else 0
