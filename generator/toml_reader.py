"""Reading TOML tables so that every problem is found at once, and each says its line."""

import difflib
import re
import reprlib
from collections.abc import Collection
from pathlib import Path
from typing import Any

from generator.errors import BuildError

LONGEST_NAME = 100  # letters that are compared with names that we know
# What is found is shown in short, however long or deeply nested it is.
_SHOWN = reprlib.Repr()
_SHOWN.maxstring = _SHOWN.maxother = _SHOWN.maxlong = 100


def shown(value: object) -> str:
    """A value as TOML's reader has it, cut short."""
    return _SHOWN.repr(value)


class ConfigError(BuildError):
    """All that is wrong with a site.toml, one sentence a line."""

    def __init__(self, path: Path, problems: list[str]) -> None:
        self.problems = problems
        count = f"{len(problems)} problem{'s' if len(problems) > 1 else ''}"
        super().__init__(what=count, where=str(path))

    def __str__(self) -> str:
        return "\n".join(self.problems)


class TableReader:
    """Readers that return a usable value and note what is wrong with the one they found.

    `where` names a table: "site", "data.mnist", or "demo#1" for the second [[demo]].
    """

    def __init__(self, path: Path, text: str) -> None:
        self.path, self.lines = path, text.splitlines()
        self.found: list[tuple[int, str]] = []

    @property
    def problems(self) -> list[str]:
        """All problems so far, one sentence each, in the order of their lines."""
        return [text for _, text in sorted(self.found, key=lambda problem: problem[0])]

    def table(self, where: str, value: object) -> dict[str, Any]:
        if isinstance(value, dict):
            return value
        self.problem(where, None, f"expected a table, found {shown(value)}")
        return {}

    def known(self, where: str, table: dict[str, Any], keys: Collection[str]) -> None:
        for key in table.keys() - set(keys):
            self.problem(where, key, f"unknown key {shown(key)}{_choices(key, keys)}")

    def text(self, where: str, table: dict[str, Any], key: str, default: str) -> str:
        """A text; one that has a default may be left out, but not be empty."""
        value = table.get(key, default)
        if isinstance(value, str) and (value.strip() or not default):
            return value
        wanted = "text in quotes, not empty" if default else "text in quotes"
        self.problem(where, key, f"{key} must be {wanted}, found {shown(value)}")
        return default

    def flag(self, where: str, table: dict[str, Any], key: str, default: bool) -> bool:
        value = table.get(key, default)
        if isinstance(value, bool):
            return value
        self.problem(where, key, f"{key} must be true or false, found {shown(value)}")
        return default

    def number(
        self, where: str, table: dict[str, Any], key: str, default: int | None, least: int
    ) -> int | None:
        value = table.get(key, default)
        if value is None or (type(value) is int and value >= least):
            return value
        self.problem(
            where, key, f"{key} must be a whole number from {least} up, found {shown(value)}"
        )
        return default

    def percent(self, where: str, table: dict[str, Any], key: str, default: int) -> int:
        value = table.get(key, default)
        if type(value) is int and 0 <= value <= 100:
            return value
        self.problem(where, key, f"{key} must be a percentage from 0 to 100, found {shown(value)}")
        return default

    def choice(
        self,
        where: str,
        table: dict[str, Any],
        key: str,
        known: Collection[str],
        default: str | None = None,
    ) -> str:
        value = table.get(key, default)
        if isinstance(value, str) and value in known:
            return value
        found = "is missing" if value is None else f"is {shown(value)}"
        self.problem(where, key, f"{key} {found}{_choices(str(value), known)}")
        return ""

    def problem(self, where: str, key: str | None, what: str) -> None:
        shown = "[[demo]]" if where.startswith("demo") else f"[{where}]" if where else "top level"
        line = self.line(where, key)
        self.found.append((line, f"{self.path}:{line}: {shown}: {what}."))

    def line(self, where: str, key: str | None) -> int:
        """The line of a key in its table, or of the table's header, or 1."""
        table, _, nth = where.partition("#")
        header = re.compile(rf"\s*\[\[?\s*{re.escape(table)}\s*\]?\]\s*(#.*)?")
        starts = [i for i, text in enumerate(self.lines) if header.fullmatch(text)]
        start = starts[min(int(nth or 0), len(starts) - 1)] if starts and where else -1
        wanted = re.compile(rf"\s*(\[.*\b)?['\"]?{re.escape(key or '')}['\"]?\s*[=.\]]")
        for i in range(start + 1, len(self.lines) if key else 0):
            if wanted.match(self.lines[i]):
                return i + 1
            if self.lines[i].lstrip().startswith("[") and where:
                break
        return max(start, 0) + 1


def _choices(value: str, known: Collection[str]) -> str:
    near = difflib.get_close_matches(value[:LONGEST_NAME], known, n=1)
    guess = f" (did you mean {near[0]!r}?)" if near else ""
    return f"; known: {', '.join(known) or 'none'}{guess}"
