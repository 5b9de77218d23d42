"""The README is checked: it names every command, kind, data set, architecture and set-up step."""

import re
from pathlib import Path

import pytest

from generator.build import RECIPES
from generator.cli import main
from generator.config import ARCHITECTURES, KINDS, SOURCES
from generator.resources import TEMPLATES

README = Path("README.md").read_text()


@pytest.mark.parametrize("name", sorted(main.commands))
def test_the_readme_names_every_command(name: str) -> None:
    assert f"`mlpages {name}" in README


@pytest.mark.parametrize("name", [*KINDS, *SOURCES, *ARCHITECTURES])
def test_the_readme_names_every_kind_data_set_and_architecture(name: str) -> None:
    assert f"`{name}`" in README


def test_each_kind_has_a_recipe_and_templates_and_the_other_way_round() -> None:
    folders = {page.parent.name for page in TEMPLATES.glob("*/page.html")} - {"parity", "exported"}
    assert set(KINDS) == set(RECIPES) == folders


def test_every_file_that_the_readme_names_is_there() -> None:
    names = re.findall(r"\]\((?!http|#)([^)#]+)\)", README)
    names += re.findall(r"`((?:generator|templates|tests|benchmarks|setup)/[\w./-]+)`", README)
    assert len(names) > 20
    assert [name for name in names if not Path(name).exists()] == []


def test_the_locks_carry_no_addresses() -> None:
    for lock in ("requirements.lock", "package-lock.json"):
        text = Path(lock).read_text()
        assert (
            "--index-url" not in text
            and '"resolved"' not in text
            and "://" not in re.sub(r'"(url|funding)": [^\n]*', "", text)
        ), lock
