"""`mlpages verify` with a browser: a small site passes; what is broken in pages is found."""

import json
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Browser
from rich.console import Console

from generator.build import Options, build_site
from generator.config import load_config
from generator.integrity import seal_pages
from generator.progress import Reporter, Stage
from generator.verification.findings import Outcome
from generator.verification.pages import check_pages
from generator.verification.site_files import open_site
from generator.verification.stamp import hash_site, read_stamp

SITE = """
[site]
title = "Small"
{options}

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

[[demo]]
kind = "transfer"
slug = "teach"
classes = ["light", "dark"]
backbones = ["efficientnet_lite0"]
"""
TENSORS = re.compile(r"return\{tensors:")


@pytest.fixture(scope="module")
def built(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One demo of each kind. The open browser keeps the build from opening one of its own."""
    home = tmp_path_factory.mktemp("verified")
    (home / "site.toml").write_text(SITE.format(options=""))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("generator.build.find_browser", lambda: None)
        build_site(load_config(home / "site.toml"), Options(home / "site"), Reporter())
    return home / "site"


@pytest.fixture
def site(built: Path, tmp_path: Path) -> Path:
    """A copy to break."""
    return Path(shutil.copytree(built, tmp_path / "site"))


def edit(site: Path, name: str, change: Callable[[str], str]) -> None:
    (file,) = site.glob(name)
    before = file.read_text()
    after = change(before)
    assert after != before, name
    file.write_text(after)


def check(site: Path, browser: Browser) -> dict[str, Outcome]:
    """The outcomes of all pages, by address; the site counts as made as it is, not as damaged."""
    seal_pages(site)
    stage = Stage(Console(quiet=True), "Pages")
    outcomes = check_pages(open_site(site), browser, "Chromium", stage)
    return {outcome.check.removeprefix("Chromium: "): outcome for outcome in outcomes}


def assert_found(outcome: Outcome, *words: str) -> None:
    found = [str(finding) for finding in outcome.findings]
    for text in words:
        assert any(re.search(text, finding) for finding in found), (text, found)


def loosen(html: str) -> str:
    """A page whose policy lets scripts run, which may ask other hosts."""
    before = "default-src &#39;none&#39;;"
    return html.replace(before, f"{before} script-src &#39;self&#39;; connect-src *;")


def leak(text: str) -> str:
    """A worker that counts a tensor more each time that it is asked."""
    return TENSORS.sub("return{tensors:(globalThis.asked=(globalThis.asked??0)+1)+", text)


def spoil_answers(text: str) -> str:
    table = json.loads(text)
    table["answers"][0] = table["answers"][0][1:] + table["answers"][0][:1]
    return json.dumps(table)


def test_what_is_broken_in_pages_is_found(site: Path, browser: Browser) -> None:
    # The home page: a picture without words, a link that is too pale, a script that warns.
    (site / "assets/odd.js").write_text("console.warn('odd');")
    edit(
        site,
        "index.html",
        lambda html: loosen(html).replace(
            "</main>", '<img src="assets/odd.png"></main><script src="assets/odd.js"></script>'
        ),
    )
    # The report: a policy so loose that a script can ask another host, and does.
    (site / "assets/spy.js").write_text("fetch('http://spy.invalid/x').catch(() => {}); throw 1;")
    edit(
        site,
        "about/index.html",
        lambda html: loosen(html).replace(
            "</main>", '</main><script src="../assets/spy.js"></script>'
        ),
    )
    edit(site, "models/shapes/cases.json", spoil_answers)
    # A run that learns nothing, and a worker that complains.
    edit(
        site,
        "train/index.html",
        lambda html: re.sub(
            r'(id="learning-rate" value=)"[^"]+" min="[^"]+"', r'\1"0" min="0"', html
        ),
    )
    edit(site, "assets/trainer-worker-*.js", lambda text: f"console.error('at work');{text}")
    edit(site, "assets/transfer-worker-*.js", leak)

    found = check(site, browser)
    assert_found(found["home"], "axe, image-alt", r"HTTP 404: .*odd\.png", "console: odd")
    assert_found(
        found["about/"], r"request to another host: http://spy\.invalid/x", r"uncaught: .*1"
    )
    assert_found(found["draw/"], r"asking the graph model about 4 cases: it differs from Keras by")
    assert_found(found["train/"], "console: at work", r"training on wasm.*the loss went from")
    assert_found(found["teach/"], r"forgetting everything by keyboard: \d+ tensors are left, of")
    assert "of new samples" not in found["teach/"].seen
    assert found["teach/"].seen == "trained on 12 pictures"


def test_what_keeps_a_visitor_from_using_it_is_found(site: Path, browser: Browser) -> None:
    edit(
        site,
        "train/index.html",
        lambda html: html.replace('id="train"', 'id="train" tabindex="-1"'),
    )
    edit(site, "assets/predictor-worker-*.js", leak)
    next(site.glob("models/*/first/model.json")).write_text("{}")
    (site / "docs").mkdir()
    found = check(site, browser)
    assert_found(found["train/"], r"#train, #again cannot be reached with the Tab key")
    assert_found(found["draw/"], r"counting tensors: \d+ are left, of \d+ before")
    assert_found(found["teach/"], r"the page says “.*first/model\.json")
    assert found["home"].ok and found["about/"].ok


def run(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """A process of its own: it opens a browser, and this one has one open already."""
    command = [sys.executable, "-c", "from generator.cli import main; main()", *words]
    config = ["--config", str(folder / "site.toml")]
    return subprocess.run([*command, *config], capture_output=True, text=True)


def test_a_site_passes_is_stamped_and_falls_short_when_it_is_changed(tmp_path: Path) -> None:
    options = "offline = true\nisolated = true"
    (tmp_path / "site.toml").write_text(SITE.format(options=options))
    site = tmp_path / "site"
    done = run(tmp_path, "build", "--single-file")
    assert done.returncode == 0, done.stderr
    done = run(tmp_path, "verify")
    assert done.returncode == 0, done.stdout + done.stderr
    for seen in ("wasm: loss", "cpu: loss", "graph model", "trained on 12", "draw.html"):
        assert seen in " ".join(done.stdout.split())
    assert f"Verified {site}/." in done.stdout
    stamp = read_stamp(tmp_path, site)
    assert stamp and stamp.is_full and stamp.site == hash_site(site)

    (site / "assets/more.js").write_text("eval('1')")
    done = run(tmp_path, "verify", "--no-browser")
    assert done.returncode == 1
    assert "assets/more.js: it has eval" in done.stdout
    assert "the site falls short, as told above" in done.stderr
    assert read_stamp(tmp_path, site) is None
    (site / "assets/more.js").unlink()
    done = run(tmp_path, "verify", "--no-browser")
    assert done.returncode == 0 and "Not looked at: the pages" in done.stdout
    stamp = read_stamp(tmp_path, site)
    assert stamp and not stamp.is_full
