"""What the build puts into a site that works offline, and into one that does not."""

import json
import re
from html import unescape
from pathlib import Path
from typing import Any

import pytest

from generator.build import Options, build_site
from generator.config import load_config
from generator.errors import BuildError
from generator.progress import Reporter

SITE = """
[site]
title = "Mine"
offline = {offline}

[data.shapes]
source = "shapes"

[[demo]]
kind = "trainer"
slug = "train"
data = "shapes"
"""
FLAGS = ("false", "true")


def build(home: Path, offline: str) -> Path:
    home.mkdir(exist_ok=True)
    (home / "site.toml").write_text(SITE.format(offline=offline))
    build_site(load_config(home / "site.toml"), Options(home / "site"), Reporter())
    return home / "site"


def read_files(page: Path) -> dict[str, Any]:
    found = re.search(r'id="page-files">(.*?)</script>', page.read_text())
    assert found
    table: dict[str, Any] = json.loads(found[1])
    return table


def test_each_page_names_what_it_stands_on(tmp_path: Path) -> None:
    site = build(tmp_path, "true")
    names = read_files(site / "train/index.html")["now"]
    manifest = json.loads((site / "data/shapes/manifest.json").read_text())
    for split in manifest["splits"].values():
        for file in [split["labels"], *split["sheets"]]:
            assert f"../data/shapes/{file['file']}" in names
    [hashed] = [name for name in names if "manifest" in name]
    assert hashed != "../data/shapes/manifest.json"
    assert (site / "train" / hashed).read_text() == (site / "data/shapes/manifest.json").read_text()
    assert f'"data":"{hashed}"' in (site / "train/index.html").read_text()
    assert any(name.endswith(".wasm") for name in names)
    cards = [name for name in read_files(site / "index.html")["now"] if name.endswith(".webp")]
    assert len(cards) == 1


def test_a_changed_title_changes_no_file_that_is_kept(tmp_path: Path) -> None:
    site = build(tmp_path, "true")
    worker, files = (site / "sw.js").read_bytes(), read_files(site / "train/index.html")
    (tmp_path / "site.toml").write_text(SITE.format(offline="true").replace("Mine", "Yours"))
    build_site(load_config(tmp_path / "site.toml"), Options(site), Reporter())
    assert "Yours" in (site / "train/index.html").read_text()
    assert ((site / "sw.js").read_bytes(), read_files(site / "train/index.html")) == (worker, files)


def test_a_site_that_does_not_work_offline_takes_the_worker_away(tmp_path: Path) -> None:
    before, site = (build(tmp_path / name, name) for name in ("true", "false"))
    html = (site / "train/index.html").read_text()
    assert "page-files" not in html and "offline-page" not in html
    assert not list(site.glob("assets/offline*"))
    for folder in (before, site):
        assert "worker-src 'self' blob:" in unescape((folder / "train/index.html").read_text())
    assert "unregister()" in (site / "sw.js").read_text()
    assert "unregister()" not in (before / "sw.js").read_text()


def test_only_an_isolated_site_has_the_headers_and_the_script(tmp_path: Path) -> None:
    plain, isolated = (build(tmp_path / flag, f"true\nisolated = {flag}") for flag in FLAGS)
    assert "require-corp" not in (plain / "sw.js").read_text()
    assert "require-corp" in (isolated / "sw.js").read_text()
    assert not list(plain.glob("assets/offline-isolation*"))
    [script] = isolated.glob("assets/offline-isolation*")
    assert f"../assets/{script.name}" in read_files(isolated / "train/index.html")["now"]
    assert "offline-isolation" not in (plain / "train/index.html").read_text()


def test_offline_is_true_or_false(tmp_path: Path) -> None:
    with pytest.raises(BuildError, match="offline must be true or false, found 'yes'"):
        build(tmp_path, '"yes"')
