"""A site's own look: an accent that can be read, templates, style and script of its own."""

from pathlib import Path

import pytest

from generator.build import Options, build_site
from generator.config import load_config
from generator.errors import BuildError
from generator.progress import Reporter
from generator.theme import GROUNDS, check_templates, contrast, readable

SITE = """
[site]
title = "Mine"
accent = "#ffd000"
footer = "By <b>Anna</b>"
url = "https://user.github.io/demos"

[data.shapes]
source = "shapes"

[[demo]]
kind = "trainer"
slug = "train"
data = "shapes"
"""


@pytest.mark.parametrize("colour", ["#ffd000", "#000000", "#ffffff", "#2f5bd7", "#c0352b"])
def test_every_accent_can_be_read(colour: str) -> None:
    for scheme, grounds in GROUNDS.items():
        found = readable(colour, scheme)
        assert min(contrast(found, ground) for ground in grounds) >= 4.5
    assert contrast("#000000", "#ffffff") == pytest.approx(21)


def test_an_accent_that_can_be_read_stays() -> None:
    assert readable("#2f5bd7", "light") == "#2f5bd7"


def build(folder: Path) -> str:
    (folder / "site.toml").write_text(SITE)
    build_site(load_config(folder / "site.toml"), Options(folder / "site"), Reporter())
    return (folder / "site/train/index.html").read_text()


def test_a_site_looks_as_it_says(tmp_path: Path) -> None:
    own = tmp_path / "templates"
    own.mkdir()
    (own / "extra.css").write_text("h1 { color: teal }")
    (own / "extra.js").write_text("document.title += '!';")
    (own / "about.html").write_text(
        '{% extends "mlpages/about.html" %}{% block main %}<p>Hello</p>{{ super() }}{% endblock %}'
    )
    page = build(tmp_path)
    site = tmp_path / "site"
    (theme,) = site.glob("assets/theme-*.css")
    assert "--accent:#ffd000" not in theme.read_text().split("@media")[0]
    (style,) = site.glob("assets/extra-*.css")
    (script,) = site.glob("assets/extra-*.js")
    for file in (theme, style, script):
        assert f"../assets/{file.name}" in page
    assert page.index(theme.name) < page.index(style.name)
    assert "By &lt;b&gt;Anna&lt;/b&gt;" in page
    assert '<link rel="canonical" href="https://user.github.io/demos/train/">' in page
    assert "<p>Hello</p>" in (site / "about/index.html").read_text()
    addresses = (site / "sitemap.xml").read_text()
    assert "<loc>https://user.github.io/demos/train/</loc>" in addresses
    assert addresses.count("<loc>") == 3


def test_a_template_that_cannot_be_rendered_is_named(tmp_path: Path) -> None:
    own = tmp_path / "templates"
    own.mkdir()
    (own / "about.html").write_text("<p>\n{{ nobody.knows }}")
    with pytest.raises(BuildError, match=r"about\.html:2: a template of this site.*'nobody'"):
        build(tmp_path)
    (own / "about.html").write_text("{% block %}")
    with pytest.raises(BuildError, match=r"about\.html:1: a template of this site"):
        build(tmp_path)
    assert not (tmp_path / "site").exists()


def test_a_file_that_would_have_no_effect_is_refused(tmp_path: Path) -> None:
    own = tmp_path / "templates"
    (own / "trainer").mkdir(parents=True)
    (own / "trainer/page.js").write_text("")
    check_templates(own)
    for name in ("notes.txt", "trainer/pages.js"):
        (own / "trainer/page.js").rename(own / name)
        with pytest.raises(BuildError, match=rf"{name}: this file would have no effect"):
            check_templates(own)
        (own / name).rename(own / "trainer/page.js")
