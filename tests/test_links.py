import json
from pathlib import Path

import pytest

from generator.errors import BuildError
from generator.links import check_links


def page(folder: Path, html: str) -> Path:
    (folder / "demo").mkdir()
    (folder / "demo/index.html").write_text(html)
    return folder


def test_links_of_every_kind_are_followed(tmp_path: Path) -> None:
    (tmp_path / "a.js").touch()
    block = '<script type="application/json">{"w":{"x":["../a.js","./words"]}}</script>'
    html = f'<a href="#x">x</a><a href="https://example.org">y</a><img src="../a.js">{block}'
    assert check_links(page(tmp_path, html)) == 2


@pytest.mark.parametrize(
    "html",
    [
        '<img src="../gone.png">',
        '<script type="application/json">{"wasm":"../gone.png"}</script>',
        '<a href="../../outside.png">',
    ],
)
def test_a_link_that_leads_nowhere_is_named_with_its_page(tmp_path: Path, html: str) -> None:
    (tmp_path.parent / "outside.png").touch()
    with pytest.raises(BuildError, match=r"demo/index.html: a link leads nowhere: .*\.png"):
        check_links(page(tmp_path, html))


def test_words_of_a_page_are_no_links(tmp_path: Path) -> None:
    words = {"title": "../../../etc/site.json", "classes": ["../a.json"], "w": "../a.js"}
    (tmp_path / "a.js").touch()
    block = f'<script type="application/json">{json.dumps(words)}</script>'
    assert check_links(page(tmp_path, block)) == 1


def test_a_models_missing_weights_are_found(tmp_path: Path) -> None:
    (tmp_path / "model.json").write_text('{"weightsManifest":[{"paths":["w.bin"]}]}')
    with pytest.raises(BuildError, match=r"nowhere: w\.bin"):
        check_links(tmp_path)
