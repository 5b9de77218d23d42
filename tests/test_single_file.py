"""What becomes of a page's links, styles and scripts when it is one file."""

import re
from base64 import b64encode
from hashlib import sha256
from pathlib import Path

import pytest
from click.testing import CliRunner

from generator.cli import main

SITE = """
[site]
title = "Mine"
accent = "#c0352b"
{more}

[data.shapes]
source = "shapes"

[[demo]]
kind = "trainer"
slug = "train"
data = "shapes"
"""
SCRIPT = 'document.title = "</script><!-- " + document.title;\r\n'


def build(home: Path, more: str = "") -> str:
    (home / "site.toml").write_text(SITE.format(more=more))
    command = ["build", "--config", str(home / "site.toml"), "--single-file"]
    result = CliRunner().invoke(main, command)
    assert result.exit_code == 0, result.output
    assert re.search(r"train\.html is a page in one file, [\d.]+ MB\.", result.output)
    return (home / "site/train.html").read_bytes().decode()


@pytest.fixture(scope="module")
def html(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A site with a script of its own that is not easy to put into HTML."""
    home = tmp_path_factory.mktemp("mine")
    (home / "templates").mkdir()
    (home / "templates/extra.js").write_bytes(SCRIPT.encode())
    return build(home)


def test_each_script_and_style_is_allowed_by_its_hash(html: str) -> None:
    policy = re.search(r'Content-Security-Policy" content="([^"]*)"', html)
    assert policy
    scripts = re.findall(r'<script type="module">(.*?)</script>', html, re.DOTALL)
    styles = re.findall(r"<style>(.*?)</style>", html, re.DOTALL)
    assert len(scripts) == 2 and len(styles) == 3
    for text in scripts + styles:
        assert f"'sha256-{b64encode(sha256(text.encode()).digest()).decode()}'" in policy[1]
    assert scripts[1] == 'document.title = "\\x3c/script>\\x3c!-- " + document.title;\n'


def test_nothing_is_linked(html: str) -> None:
    assert not re.search(r'(?:src|href)="(?!#|data:)', html)
    assert '<a class="home">Mine</a>' in html


def test_the_title_leads_to_a_site_whose_address_is_known(tmp_path: Path) -> None:
    html = build(tmp_path, 'url = "https://user.github.io/demos/"')
    assert '<a class="home" href="https://user.github.io/demos/">Mine</a>' in html


def test_a_template_of_ones_own_is_inlined_as_it_is(tmp_path: Path) -> None:
    (tmp_path / "templates").mkdir()
    page = '{% extends "mlpages/trainer/page.html" %}{% block head %}'
    page += (
        '<meta name="x" content="a &amp; b"/><!-- y --><link rel="alternate" href="https://a.org/">'
    )
    (tmp_path / "templates/trainer").mkdir()
    (tmp_path / "templates/trainer/page.html").write_text(page + "{% endblock %}")
    html = build(tmp_path)
    assert page[page.index("<meta") :] in html


def test_a_picture_that_is_not_there_is_named(tmp_path: Path) -> None:
    (tmp_path / "templates/trainer").mkdir(parents=True)
    head = '{% block head %}<img src="../x.png">{% endblock %}'
    page = '{% extends "mlpages/trainer/page.html" %}' + head
    (tmp_path / "templates/trainer/page.html").write_text(page)
    (tmp_path / "site.toml").write_text(SITE.format(more=""))
    command = ["build", "--config", str(tmp_path / "site.toml"), "--single-file"]
    result = CliRunner().invoke(main, command)
    assert result.exit_code == 1
    assert "train/index.html: a link leads nowhere: ../x.png" in " ".join(result.output.split())


def test_two_builds_give_the_same_bytes(tmp_path: Path) -> None:
    assert build(tmp_path) == build(tmp_path)
