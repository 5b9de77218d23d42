"""Tests run from the repository's root, where node_modules and site.toml are."""

import os
from pathlib import Path

import pytest

os.chdir(Path(__file__).resolve().parents[1])


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Unit tests first, then the pages: their browser stays open till the end, and a build that
    proves its models cannot open a second one beside it."""
    items.sort(key=lambda item: "pages" in item.path.parts)
