"""README and docs are checked: they name every command, key, kind, data set and architecture."""

import importlib
import inspect
import re
from pathlib import Path

import pytest

from generator.build import RECIPES
from generator.cli import main
from generator.config import (
    ARCHITECTURES,
    BROUGHT_KEYS,
    INPUTS,
    KINDS,
    MODEL_KEYS,
    SITE_KEYS,
    SOURCES,
    STRATEGIES,
    SUBJECTS,
    TRAIN_KEYS,
    WEIGHTS,
)
from generator.docs import FIRST
from generator.models.backbones import BACKBONES
from generator.resources import TEMPLATES

README = Path("README.md").read_text()
DOCS = {file.stem: file.read_text() for file in Path("docs").glob("*.md")}
DEMO_KEYS = {"kind", "slug", "title", "description"}
COMMON = {"config", "out", "help"}  # options that are told once for all commands


@pytest.mark.parametrize("name", sorted(main.commands))
def test_the_readme_names_every_command(name: str) -> None:
    assert f"`mlpages {name}" in README


@pytest.mark.parametrize("name", [*KINDS, *SOURCES, *ARCHITECTURES])
def test_the_readme_names_every_kind_data_set_and_architecture(name: str) -> None:
    assert f"`{name}`" in README


@pytest.mark.parametrize("name", sorted(DOCS.keys() - {FIRST}))
def test_the_first_page_names_every_page(name: str) -> None:
    assert f"({name}.md)" in DOCS[FIRST]


def rows(heading: str) -> list[list[str]]:
    """The cells of the table below a heading of the reference, without its head."""
    section = DOCS["reference"].partition(f"\n## {heading}\n")[2].partition("\n## ")[0]
    lines = [line for line in section.splitlines() if line.startswith("|")][2:]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]


def first_cells(heading: str) -> set[str]:
    return {row[0].strip("`") for row in rows(heading)}


def test_the_reference_has_every_key_and_no_other() -> None:
    assert first_cells("The site") == set(SITE_KEYS)
    assert first_cells("Models") == set(MODEL_KEYS)
    assert first_cells("Models that you have") == set(BROUGHT_KEYS)
    assert first_cells("Training") == set(TRAIN_KEYS)
    assert first_cells("Backbones") == {"mobilenet"}
    for heading, keys, fixed in (
        ("Data", SOURCES, {"source"}),
        ("Demos", SUBJECTS, DEMO_KEYS),
    ):
        told = {kind: set(fixed) for kind in keys}
        for key, kinds, *_ in rows(heading):
            for kind in re.findall(r"`(\w+)`", kinds):
                told[kind].add(key.strip("`"))
        assert told == {kind: {*fixed, *own} for kind, own in keys.items()}, heading
        assert fixed == {key.strip("`") for key, kinds, *_ in rows(heading) if kinds == "all"}


@pytest.mark.parametrize(
    "name", [*KINDS, *SOURCES, *ARCHITECTURES, *INPUTS, *WEIGHTS, *STRATEGIES, *BACKBONES]
)
def test_the_reference_names_every_choice(name: str) -> None:
    assert re.search(rf'`"?{re.escape(name)}"?`', DOCS["reference"])


def test_the_reference_has_every_command_with_its_options() -> None:
    told: dict[str, set[str]] = {}
    name = ""
    for command, _, options in rows("Commands"):
        name = command.strip("`").split()[1] if command else name
        told.setdefault(name, set()).update(re.findall(r"`--([\w-]+)", options))
    known = {
        name: {
            option.lstrip("-")
            for parameter in command.params
            for option in parameter.opts
            if option.startswith("--")
        }
        - COMMON
        for name, command in main.commands.items()
    }
    assert told == known


def test_the_api_says_what_docstrings_say() -> None:
    found = re.findall(r"^\| `(generator\.[\w.]+)\.(\w+)` \| (.+) \|$", DOCS["api"], re.M)
    assert len(found) > 20
    for module, name, words in found:
        told = inspect.getdoc(getattr(importlib.import_module(module), name)) or ""
        assert words == told.partition("\n")[0], f"{module}.{name}"


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
