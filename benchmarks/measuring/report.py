"""docs/benchmarks.md, written from what the benchmarks kept: no number in it is typed by hand."""

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from . import ROOT
from .results import RESULTS, Results, Row, show

PAGE = ROOT / "docs/benchmarks.md"
HEAD = """# Benchmarks

How fast it is, beside what one would write without it: the classic pages of the tutorials, plain
TensorFlow.js. Each table is what one script printed in one run, both sides in turns on the same
machine, so what counts is the ratio. `make bench` runs all of them (about {minutes} minutes) and
writes this page; each says with `--help` what it measures and how to read it.

{verdict}
"""
COLUMNS = ("Figure", "Ours", "Reference", "Times better", "Aim")


def write_page(names: Iterable[str], minutes: int) -> None:
    """Write the page from the kept results of these scripts, in this order."""
    PAGE.write_text(render(names, minutes), encoding="utf-8")


def render(names: Iterable[str], minutes: int, folder: Path = RESULTS) -> str:
    found = {name: folder / f"{name}.json" for name in names}
    kept = {name: _read(file) for name, file in found.items() if file.is_file()}
    sections = [_section(name, results, date) for name, (results, date) in kept.items()]
    rows = [row for results, _ in kept.values() for row in results.rows]
    return "\n".join([HEAD.format(verdict=_verdict(rows), minutes=minutes), *sections])


def _read(file: Path) -> tuple[Results, str]:
    found: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
    date = found.pop("date")
    return Results(**{**found, "rows": [Row(**row) for row in found["rows"]]}), date


def _verdict(rows: Iterable[Row]) -> str:
    aims = [row for row in rows if row.met is not None]
    if not aims:
        return "No benchmark with an aim has been run yet."
    short = [row for row in aims if not row.met]
    reached = f"Of {len(aims)} aims {len(aims) - len(short)} are reached"
    return f"{reached}; where one is not, its table says why." if short else f"{reached}."


def _section(name: str, results: Results, date: str) -> str:
    lines = [f"## {results.title}", "", f"{results.how}.", ""]
    if results.skipped:
        lines += [f"Not measured: {results.skipped}.", ""]
    else:
        lines += [_line(COLUMNS), _line(["---", *["---:"] * 3, "---"])]
        lines += [_line(_cells(row)) for row in results.rows]
        lines.append("")
        lines += [f"- Short of its aim: {row.figure}. {row.why}\n" for row in results.missed]
    return "\n".join([*lines, f"`benchmarks/{name}.py`, {date}, {results.machine}.", ""])


def _cells(row: Row) -> list[str]:
    reference = row.note if row.reference is None else show(row.reference, row.unit)
    ratio = "" if row.ratio is None else f"{row.ratio:.1f}"
    aim = f"{row.aim}{'' if row.met else ' (missed)'}" if row.aim else ""
    return [row.figure, show(row.ours, row.unit), reference, ratio, aim]


def _line(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cells)} |".replace("  ", " ")
