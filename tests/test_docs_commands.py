"""What the docs and the README tell people to type is typed here, page by page, in order.

The `sh` blocks of a page run in one folder with small data; a block with a file's name behind its
language, such as `toml site.toml`, is written there when its turn comes. Some programs have
stand-ins, below; a program that is not in `PROGRAMS` fails the test.
"""

import json
import os
import shlex
import subprocess
import sys
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click
import numpy as np
import pytest
from markdown_it import MarkdownIt
from PIL import Image

from generator.cli import main
from generator.config import load_config

ROOT = Path(__file__).resolve().parents[1]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
# What a block may be written in: a command in any other would be run by nobody.
LANGUAGES = {"sh", "toml", "python", "text", "json", "csv", "markdown", "html", "css", "js"}
PROGRAMS = {".", "cd", "cp", "export", "git", "make", "mlpages", "pip", "python", "python3"}
PYTHON = shlex.quote(sys.executable)
# Scripts that take the place of programs. Of `make` it is enough that the target is there: CI runs
# what it does. Nothing is installed, into no environment: that takes a network and minutes.
STAND_INS = {
    "pip": '[ "$1" = install ]',
    "python3": 'if [ "$1 $2" = "-m venv" ]; then mkdir -p "$3/bin" && : >"$3/bin/activate"; '
    f'else exec {PYTHON} "$@"; fi',
    "python": f'exec {PYTHON} "$@"',
    "mlpages": f'exec {PYTHON} {shlex.quote(str(ROOT / "tests/stand_ins/mlpages.py"))} "$@"',
    "make": f'exec /usr/bin/env -u MAKEFLAGS PATH="$REAL_PATH" make -C {shlex.quote(str(ROOT))} '
    '-n "$@" >&2',
}
# GitHub is a folder of bare repositories.
GIT = """
[user]
    name = Anna
    email = anna@example.org
[url "{hub}/"]
    insteadOf = https://github.com/
"""
REPOSITORIES = ("user/pets.git",)


@dataclass(frozen=True)
class Block:
    """A fenced block: where it begins, its language, the file that it is, if any, its lines."""

    page: Path
    line: int
    language: str
    file: str
    text: str

    @property
    def place(self) -> str:
        return f"{self.page.name}:{self.line}"


def blocks(page: Path, *languages: str) -> list[Block]:
    tokens = MarkdownIt("commonmark").parse(page.read_text())
    found = []
    for token in tokens:
        if token.type in ("fence", "code_block"):
            language, _, file = token.info.strip().partition(" ")
            assert token.map
            found.append(Block(page, token.map[0] + 1, language, file, token.content))
    return [block for block in found if not languages or block.language in languages]


ALL = [block for page in PAGES for block in blocks(page)]


def of(language: str) -> list[object]:
    return [pytest.param(b, id=b.place) for b in ALL if b.language == language]


def commands(block: Block) -> list[str]:
    """The lines of a block; one that ends with a backslash goes on in the next."""
    lines = block.text.replace("\\\n", " ").splitlines()
    return [line for line in lines if line.strip() and not line.lstrip().startswith("#")]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_block_says_its_language(page: Path) -> None:
    for block in blocks(page):
        assert block.language in LANGUAGES, f"{block.place}: {block.language!r}"
        hidden = [word for word in block.text.split("\n") if word.startswith(("$ ", "mlpages "))]
        assert block.language == "sh" or not hidden, f"{block.place}: commands belong into sh"


@pytest.mark.parametrize("block", of("sh"))
def test_every_program_is_one_that_is_run_here(block: Block) -> None:
    for line in commands(block):
        words = shlex.split(line, comments=True)
        starts = [0, *(at + 1 for at, word in enumerate(words) if word in ("&&", ";", "|"))]
        programs = {words[at] for at in starts}
        assert programs <= PROGRAMS, f"{block.place}: {line}"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """What readers are told to have: pictures of cats and dogs, and a small site.toml."""
    rng = np.random.default_rng(1)
    for number, name in enumerate(("cat", "dog")):
        (tmp_path / "photos" / name).mkdir(parents=True)
        for i in range(24):
            pixels = rng.integers(0, 120, (40, 40, 3)).astype(np.uint8)
            pixels[10:30, 10:30, number] += 120
            Image.fromarray(pixels).save(tmp_path / f"photos/{name}/{i}.png")
    (tmp_path / "site.toml").write_text(
        '[data.shapes]\nsource = "shapes"\n\n'
        '[[demo]]\nkind = "trainer"\nslug = "train"\ndata = "shapes"\n'
    )
    return tmp_path


@pytest.fixture
def environment(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    tools = tmp_path_factory.mktemp("tools")
    for name, script in STAND_INS.items():
        (tools / name).write_text(f"#!/bin/sh\n{script}\n")
        (tools / name).chmod(0o755)
    hub = tools / "hub"
    for name in REPOSITORIES:
        subprocess.run(["git", "init", "-q", "--bare", hub / name], check=True)
    (tools / "gitconfig").write_text(GIT.format(hub=hub))
    return os.environ | {
        "PATH": f"{tools}:{os.environ['PATH']}",
        "REAL_PATH": os.environ["PATH"],
        "PYTHONPATH": str(ROOT),
        "GIT_CONFIG_GLOBAL": str(tools / "gitconfig"),
    }


def script_of(page: Path, texts: Path) -> str:
    """One script for a whole page; it says each line's place before it runs it."""
    lines = ["ok() { [ $? = 0 ] || exit 1; }"]
    for number, block in enumerate(blocks(page)):
        if block.file:
            (texts / str(number)).write_text(block.text)
            target = shlex.quote(block.file)
            lines.append(f'mkdir -p "$(dirname {target})" && cp {texts / str(number)} {target}; ok')
        for line in commands(block) if block.language == "sh" else ():
            lines += [f"echo {shlex.quote(f'{block.place}: {line}')} >&2", line, "ok"]
    return "\n".join(lines)


@pytest.mark.parametrize(
    "page", [page for page in PAGES if blocks(page, "sh")], ids=lambda page: page.name
)
def test_the_commands_of_a_page_do_what_it_says(
    page: Path, folder: Path, environment: dict[str, str], tmp_path_factory: pytest.TempPathFactory
) -> None:
    script = script_of(page, tmp_path_factory.mktemp("blocks"))
    done = subprocess.run(
        ["sh", "-c", script], cwd=folder, env=environment, capture_output=True, text=True
    )
    assert done.returncode == 0, f"{done.stdout[-3000:]}\n{done.stderr[-3000:]}"


@pytest.mark.parametrize("block", of("toml"))
def test_a_site_toml_is_accepted(block: Block, tmp_path: Path) -> None:
    home = tmp_path / "site"
    home.mkdir()
    table = tomllib.loads(block.text)
    make_files(table, home)
    (home / "site.toml").write_text(f"{block.text}\n{rest_of(table)}")
    assert load_config(home / "site.toml").demos


def make_files(table: dict[str, Any], home: Path) -> None:
    """Empty files and folders where the table says that there are some."""
    site, data = table.get("site", {}), table.get("data", {})
    files = [site.get("picture"), table.get("backbones", {}).get("mobilenet")]
    folders = [site.get("docs")]
    for entry in table.get("model", {}).values():
        files += [entry.get("path")]
    for entry in data.values():
        (files if entry["source"] == "npz" else folders).append(entry.get("path"))
    for name in filter(None, folders):
        (home / name).mkdir(parents=True)
    for name in filter(None, files):
        (home / name).parent.mkdir(parents=True, exist_ok=True)
        (home / name).touch()


def rest_of(table: dict[str, Any]) -> str:
    """What a part of a site.toml lacks to be a whole one: what it names, and a demo."""
    demos, known = table.get("demo", []), table.get("model", {})
    models = {demo["model"] for demo in demos if "model" in demo} - known.keys()
    users = [*known.values(), *demos, *({"data": "images"} for _ in models)]
    data = {user["data"] for user in users if "data" in user} - table.get("data", {}).keys()
    parts = [f'[data.{name}]\nsource = "shapes"' for name in sorted(data)]
    parts += [
        f'[model.{name}]\ndata = "images"\narchitecture = "codelab"' for name in sorted(models)
    ]
    parts += [] if demos else ['[[demo]]\nkind = "transfer"\nslug = "teach"']
    return "\n".join(parts)


@pytest.mark.parametrize("block", of("json"))
def test_json_can_be_read(block: Block) -> None:
    json.loads(block.text)


@pytest.mark.parametrize("block", of("python"))
def test_python_is_a_file_that_commands_use(block: Block) -> None:
    compile(block.text, block.place, "exec")
    assert block.file.endswith(".py"), block.place


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_commands_in_sentences_exist_with_their_options(page: Path) -> None:
    for token in MarkdownIt("commonmark").enable("table").parse(page.read_text()):
        for child in token.children or ():
            if child.type == "code_inline" and child.content.startswith("mlpages "):
                name, *words = child.content.split()[1:]
                assert name in main.commands, f"{page.name}: {child.content}"
                options = {word for word in words if word.startswith("--")}
                assert options <= options_of(main.commands[name]), f"{page.name}: {child.content}"


def options_of(command: click.Command) -> set[str]:
    return {name for parameter in command.params for name in parameter.opts}
