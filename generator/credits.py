"""Whose work a site stands on: the browser packages in its scripts, and their licences."""

import json
from collections.abc import Iterable
from dataclasses import dataclass

from generator.resources import NODE_MODULES
from generator.zig import zig_version


@dataclass(frozen=True)
class Credit:
    """A library by name, version and licence."""

    name: str
    version: str
    licence: str
    url: str


def library_credits(packages: Iterable[str]) -> list[Credit]:
    """These packages, by their folders in node_modules, as their own package.json describe them.

    And Zig, whose compiler adds a function or two of its own to a program.
    """
    found = []
    for folder in packages:
        about = json.loads((NODE_MODULES / folder / "package.json").read_text())
        name = about["name"]
        url = f"https://www.npmjs.com/package/{name}"
        found.append(Credit(name, about["version"], about["license"], url))
    return [*found, Credit("Zig", zig_version() or "", "MIT", "https://ziglang.org")]
