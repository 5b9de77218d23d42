"""What `mlpages verify` sees without a browser: each check fails where a site is broken for it."""

import re
import shutil
from collections.abc import Callable
from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from typing import cast

import numpy as np
import pytest
from click.testing import CliRunner
from playwright.sync_api import Browser, Error

from generator.browser import can_be_driven
from generator.build import Options, build_site
from generator.cases import Cases, choose_cases
from generator.cli import main
from generator.config import load_config
from generator.data import SPLITS, Dataset, Split
from generator.errors import BuildError
from generator.manifest import DataManifest
from generator.progress import Reporter
from generator.tiles import write_tiles
from generator.verification import budgets, command, files
from generator.verification.policy import find_loose
from generator.verification.site_files import SiteFiles, open_site
from generator.verification.static import CHECKS
from generator.verification.stored import check_data

SITE = """
[site]
title = "Small"
offline = true

[data.shapes]
source = "shapes"

[model.shapes]
data = "shapes"
architecture = "codelab"
epochs = 2

[[demo]]
kind = "trainer"
slug = "train"
data = "shapes"

[[demo]]
kind = "predictor"
slug = "draw"
model = "shapes"
"""
Break = Callable[[Path], object]


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small site with everything that files alone can be wrong in."""
    home = tmp_path_factory.mktemp("verified")
    (home / "site.toml").write_text(SITE)
    (home / "templates").mkdir()
    (home / "templates/extra.js").write_text("document.documentElement.dataset.own = 'yes';")
    (home / "templates/extra.css").write_text("body { background: url(data:,x) }")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("generator.build.find_browser", lambda: None)
        options = Options(home / "site", single_file=True)
        build_site(load_config(home / "site.toml"), options, Reporter())
    return home / "site"


@pytest.fixture
def site(built: Path, tmp_path: Path) -> Path:
    """A copy to break."""
    return Path(shutil.copytree(built, tmp_path / "site"))


def edit(name: str, old: str, new: str) -> Break:
    """Replace text in the one file that a pattern names."""

    def apply(site: Path) -> None:
        (file,) = site.glob(name)
        text = file.read_text()
        assert old in text, f"{name} has no {old}"
        file.write_text(text.replace(old, new, 1))

    return apply


def append(name: str, text: str) -> Break:
    """Add text to the first file that a pattern names."""

    def apply(site: Path) -> None:
        file = min(site.glob(name))
        file.write_bytes(file.read_bytes() + text.encode())

    return apply


def delete(name: str) -> Break:
    return lambda site: min(site.glob(name)).unlink()


def flip_bit(name: str) -> Break:
    """Change one bit in the middle of a file."""

    def apply(site: Path) -> None:
        file = min(site.glob(name))
        content = bytearray(file.read_bytes())
        content[len(content) // 2] ^= 1
        file.write_bytes(content)

    return apply


def enlarge(name: str, size: int) -> Break:
    def apply(site: Path) -> None:
        with (site / name).open("wb") as file:
            file.truncate(size)

    return apply


def change_manifest(change: Callable[[DataManifest], DataManifest]) -> Break:
    def apply(site: Path) -> None:
        file = site / "data/shapes/manifest.json"
        file.write_text(change(DataManifest.read(file)).to_json())

    return apply


def one_class(manifest: DataManifest) -> DataManifest:
    return replace(manifest, classes=manifest.classes[:1])


def one_more(manifest: DataManifest) -> DataManifest:
    test = manifest.splits["test"]
    return replace(manifest, splits={**manifest.splits, "test": replace(test, count=401)})


def other_shape(manifest: DataManifest) -> DataManifest:
    return replace(manifest, image=replace(manifest.image, height=27))


def in_colour(manifest: DataManifest) -> DataManifest:
    return replace(manifest, image=replace(manifest.image, channels=3))


def cut_sheet(site: Path) -> None:
    """Half of a sheet, of which the manifest tells as if it were whole."""
    manifest = DataManifest.read(site / "data/shapes/manifest.json")
    sheet = manifest.splits["test"].sheets[0]
    file = site / "data/shapes" / sheet.file
    content = file.read_bytes()[: sheet.bytes // 2]
    file.write_bytes(content)
    half = replace(sheet, bytes=len(content), sha256=sha256(content).hexdigest())
    test = replace(manifest.splits["test"], sheets=(half,))
    changed = replace(manifest, splits={**manifest.splits, "test": test})
    (site / "data/shapes/manifest.json").write_text(changed.to_json())


BODY = "</main>"
BROKEN: list[tuple[str, str, Break, str]] = [
    # What is broken, the check that has to see it, how, and what it says.
    ("no .nojekyll", "All files", delete(".nojekyll"), r"\.nojekyll: it is not there"),
    ("no demo", "All files", delete("draw/index.html"), r"draw/index\.html: it is not there"),
    ("a large file", "All files", enlarge("films.bin", 100_000_001), r"films\.bin: .*100 at most"),
    ("a PNG that is none", "Files are", enlarge("x.png", 9), r"x\.png: its content is not"),
    ("broken JSON", "Files are", append("report.json", "}"), r"report\.json: its content is not"),
    ("a byte of a sheet", "Hashes", flip_bit("data/shapes/train-000.*.png"), r"it.* has the hash"),
    ("a byte of the engine", "Hashes", flip_bit("assets/*.wasm"), r"wasm.*has the hash"),
    ("a byte of a style", "Hashes", append("assets/style-*.css", " "), r"style.*has the hash"),
    ("a missing chunk", "Links", delete("assets/chunk-*.js"), r"chunk-\w+\.js, which is not there"),
    ("a missing style", "Links", delete("assets/extra-*.css"), r"extra-\w+\.css, which is not"),
    ("missing weights", "Links", delete("models/*/model_graph/*.bin"), r"\.bin, which is not"),
    ("a link to nowhere", "Links", edit("index.html", BODY, '<a href="gone/">x</a>'), "gone/"),
    ("a link outside", "Links", edit("index.html", BODY, '<a href="../x.html">x</a>'), r"\.\./x"),
    ("no such anchor", "Links", edit("about/index.html", BODY, '<a href="../#x">x</a>'), "#x, and"),
    ("a block that is no JSON", "Links", edit("draw/index.html", '"slug"', "slug"), "is no JSON"),
    (
        "a manifest of nothing",
        "Links",
        edit("data/shapes/manifest.json", '"file"', '"x"'),
        "named?",
    ),
    (
        "a foreign script",
        "Nothing loads",
        edit("index.html", BODY, '<script src="https://cdn.example/x.js"></script>'),
        r"<script> loads from elsewhere: https://cdn\.example/x\.js",
    ),
    (
        "a foreign picture",
        "Nothing loads",
        edit("index.html", BODY, '<img srcset="a.png 1x, //cdn.example/b.png 2x" alt="">'),
        r"<img> loads from elsewhere: //cdn\.example/b\.png",
    ),
    (
        "a foreign font",
        "Nothing loads",
        append("assets/extra-*.css", "@import 'https://cdn.example/font.css';"),
        r"loads from elsewhere: https://cdn\.example/font\.css",
    ),
    ("no policy", "Content", edit("index.html", "Content-Security", "X"), "0 Content-Security"),
    (
        "a late policy",
        "Content",
        edit("draw/index.html", "<meta charset", '<link rel="icon" href="x"><meta charset'),
        "something loads before",
    ),
    (
        "a loose policy",
        "Content",
        edit("train/index.html", "script-src", "script-src 'unsafe-eval'"),
        "allows 'unsafe-eval' in script-src",
    ),
    (
        "an inline script",
        "Nothing inline",
        edit("index.html", BODY, "<script>1</script>"),
        "unknown",
    ),
    (
        "an inline style",
        "Nothing inline",
        edit("index.html", BODY, "<style>p{}</style>"),
        "unknown",
    ),
    ("a style attribute", "Nothing inline", edit("index.html", BODY, '<p style="x">'), "style"),
    ("a handler", "Nothing inline", edit("index.html", BODY, '<p onclick="x">'), "onclick"),
    (
        "a script link",
        "Nothing inline",
        edit("index.html", BODY, '<a href="JavaScript:x">'),
        "href",
    ),
    (
        "a changed script of a page in one file",
        "Nothing inline",
        edit("draw.html", '"use strict"', '"use  strict"'),
        r"draw\.html: a <script> is written into it",
    ),
    ("eval in a worker", "Scripts", append("assets/*-worker-*.js", ";eval('1')"), r"it has eval"),
    ("eval by another name", "Scripts", append("assets/extra-*.js", "x=eval"), r"it has eval"),
    ("new Function", "Scripts", append("assets/extra-*.js", "new Function('1')"), r"Function"),
    ("importScripts", "Scripts", append("sw.js", ";importScripts('x.js')"), r"importScripts"),
    ("a timer of text", "Scripts", append("sw.js", ";setTimeout('x()')"), r"a timer of text"),
    (
        "a foreign address in a script",
        "Scripts",
        append("assets/extra-*.js", "fetch('https://spy.example/x')"),
        r"extra-\w+\.js: it holds the address https://spy\.example/x",
    ),
    ("a byte of labels", "Sheets", flip_bit("data/shapes/test-labels.*"), "does not have the hash"),
    ("a sheet that ends early", "Sheets", cut_sheet, "it cannot be decoded"),
    ("a missing sheet", "Sheets", delete("data/shapes/train-000.*"), "it is not there"),
    ("bytes after a sheet", "Sheets", append("data/shapes/train-000.*", "x"), "bytes where its"),
    (
        "a manifest of another kind",
        "Sheets",
        edit("data/shapes/manifest.json", '"test"', "1"),
        "no",
    ),
    ("a wrong count", "Sheets", change_manifest(one_more), "400 images, not 401"),
    ("a label of no class", "Sheets", change_manifest(one_class), "of none of 1 classes"),
    ("sheets of another shape", "Sheets", change_manifest(other_shape), "784 x .*, not 756"),
    ("sheets of other colours", "Sheets", change_manifest(in_colour), "do.* not fit 3 channels"),
    ("cut weights", "Models", append("models/shapes/model_graph/*.bin", "x"), "bytes, not"),
    ("no cases", "Models", delete("models/shapes/cases.json"), "nothing to ask the model"),
    (
        "cases of nothing",
        "Models",
        edit("models/shapes/cases.json", '"eN', '"xx'),
        "nothing to ask",
    ),
]


def findings(site: Path, check: str) -> list[str]:
    (name,) = [name for name in CHECKS if name.startswith(check)]
    return [str(finding) for finding in CHECKS[name](SiteFiles(site))]


def test_a_site_that_was_built_passes_every_check(built: Path) -> None:
    for name in CHECKS:
        assert findings(built, name) == []


@pytest.mark.parametrize(
    ("check", "spoil", "words"), [row[1:] for row in BROKEN], ids=[row[0] for row in BROKEN]
)
def test_what_is_broken_is_found(site: Path, check: str, spoil: Break, words: str) -> None:
    spoil(site)
    found = findings(site, check)
    assert found and any(re.search(words, text) for text in found), found


def test_pages_keep_to_their_budgets(site: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    append("train/index.html", "<!--" + "".join(map(str, range(10_000))) + "-->")(site)
    append("assets/extra-*.js", "//" + "".join(map(str, range(10_000))))(site)  # not ours
    (found,) = findings(site, "Budgets")
    assert re.search(r"train/index\.html: its shell is \d+,\d+ bytes.*; 68,000 is the most", found)
    monkeypatch.setitem(budgets.BUDGETS, "predictor", budgets.Budget(shell=40_000, all=50_000))
    assert any("draw/index.html: its program" in text for text in findings(site, "Budgets"))


def test_a_site_beyond_what_github_serves_is_found(
    site: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(files, "LARGEST_SITE", 1000)
    assert "GitHub Pages serves 1 at most" in findings(site, "All files")[0]


def test_sheets_of_tiles_are_read(tmp_path: Path) -> None:
    images = np.random.default_rng(1).integers(0, 256, (90, 96, 96, 3), np.uint8)
    split = Split(images, np.arange(90, dtype=np.uint8) % 2)
    splits = dict.fromkeys(SPLITS, split)
    dataset = Dataset("t", "T", "CC0", "a test", ("a", "b"), (96, 96, 3), splits, "id")
    manifest = write_tiles(dataset, tmp_path / "data/t")
    assert list(check_data(SiteFiles(tmp_path))) == []
    wide = replace(manifest, image=replace(manifest.image, width=95))
    (tmp_path / "data/t/manifest.json").write_text(wide.to_json())
    assert "pixels, not" in str(next(check_data(SiteFiles(tmp_path))))


def test_what_a_policy_may_say() -> None:
    strict = "default-src 'none'; base-uri 'none'; form-action 'none'"
    assert not list(find_loose(strict))
    assert not list(find_loose(f"{strict}; script-src 'sha256-{'A' * 43}=' 'wasm-unsafe-eval'"))
    assert list(find_loose("default-src 'self'")) == [
        "lacks base-uri",
        "lacks form-action",
        "allows 'self' in default-src",
    ]
    loose = f"{strict}; connect-src https://x.example; frame-src *; connect-src 'self'"
    assert list(find_loose(loose)) == [
        "allows https://x.example in connect-src",
        "has frame-src, which no page needs",
    ]


def test_cases_are_of_each_class_and_few_when_large(tmp_path: Path) -> None:
    labels = np.array([3, 3, 1, 0, 1, 2])
    assert choose_cases(labels, 784) == [0, 2, 3, 5]
    assert choose_cases(labels, 400_000) == [0]
    pixels = np.arange(2 * 12, dtype=np.uint8).reshape(2, 2, 2, 3)
    cases = Cases(pixels, np.array([[0.25, 0.75], [1 / 3, 2 / 3]], np.float32), 1.5e-3)
    cases.write(tmp_path / "cases.json")
    again = Cases.read(tmp_path / "cases.json")
    assert np.array_equal(again.pixels, pixels) and again.tolerance == 1.5e-3
    assert np.abs(again.answers - cases.answers).max() < 1e-6


@pytest.mark.parametrize("content", [None, "[]", "{", '{"format": "other"}'])
def test_a_folder_that_is_no_site_is_refused(tmp_path: Path, content: str | None) -> None:
    if content is not None:
        (tmp_path / "report.json").write_text(content)
    with pytest.raises(BuildError, match=r"there is no site to verify.*mlpages build"):
        open_site(tmp_path)


def test_without_a_browser_it_says_what_to_do(built: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(command, "find_browser", lambda: None)
    monkeypatch.setattr(command, "find_firefox", lambda: None)
    with pytest.raises(BuildError, match=r"no Chrome or Chromium was found.*--no-browser"):
        command.verify_site(built, built.parent, Reporter())


def test_a_firefox_that_playwright_cannot_drive_is_told_from_one_that_fails() -> None:
    class Firefox:
        def __init__(self, words: str) -> None:
            self.words = words

        def new_context(self) -> None:
            raise Error(self.words)

    assert not can_be_driven(cast(Browser, Firefox("Protocol error (x): unknown command")))
    with pytest.raises(Error, match="has been closed"):
        can_be_driven(cast(Browser, Firefox("Browser has been closed")))


def test_a_build_says_when_the_site_is_no_longer_the_one_that_was_verified(
    built: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def run(*words: str) -> str:
        result = CliRunner().invoke(main, [*words, "--config", str(built.parent / "site.toml")])
        assert result.exit_code == 0, result.output
        return result.output

    monkeypatch.setattr("generator.build.find_browser", lambda: None)
    assert f"Verified {built}/." in run("verify", "--no-browser")
    assert "before you publish" not in run("build", "--single-file")
    assert "before you publish, run mlpages verify" in run("build")
