"""The wheel: made, installed alone, and used where there is neither a checkout nor Node.js."""

import os
import random
import shutil
import site
import subprocess
import sys
import venv
from dataclasses import dataclass
from pathlib import Path

import pytest
from PIL import Image, ImageDraw
from playwright.sync_api import expect

from generator.browser import find_browser, open_browser
from generator.build import Options, build_site
from generator.config import load_config
from generator.progress import Reporter
from generator.serve import serving
from tests.pages.complaints import Complaints, strict_page

FILES = ("pyproject.toml", "setup.py", "README.md", "LICENSE", "package.json", "package-lock.json")
PIP = (sys.executable, "-m", "pip", "--disable-pip-version-check", "--quiet")
SLOW = 60_000  # milliseconds that a busy machine may take for what takes seconds
# What is there when a page can be used, by its address.
READY = {"train": "#train", "ask": "#open", "teach": "#pictures-train-files-open"}


@dataclass(frozen=True)
class Stranger:
    """Somebody with a wheel, a folder and no Node.js."""

    home: Path
    environment: dict[str, str]

    def run(self, *command: str | Path) -> str:
        done = subprocess.run(
            command, cwd=self.home, env=self.environment, capture_output=True, text=True
        )
        assert done.returncode == 0, done.stderr
        return done.stdout


def copy_checkout(target: Path) -> None:
    """What a wheel is made from, but for node_modules."""
    for name in ("generator", "templates"):
        shutil.copytree(name, target / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in FILES:
        shutil.copyfile(name, target / name)


def make_wheel(checkout: Path, **variables: str) -> subprocess.CompletedProcess[str]:
    """Do what `make wheel` does; nothing is downloaded."""
    return subprocess.run(
        [*PIP, "wheel", "--no-deps", "--no-build-isolation", "--no-index", "-w", "dist", "."],
        cwd=checkout,
        env=os.environ | {"PYTHONDONTWRITEBYTECODE": "1"} | variables,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def listing(folder: Path) -> set[Path]:
    return {file for file in folder.rglob("*") if "mlpages.egg-info" not in file.parts}


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel of this checkout; making it leaves nothing else."""
    checkout = tmp_path_factory.mktemp("checkout")
    copy_checkout(checkout)
    (checkout / "node_modules").symlink_to(Path("node_modules").resolve())
    before = listing(checkout)
    made = make_wheel(checkout)
    assert made.returncode == 0, made.stdout
    (wheel,) = (checkout / "dist").glob("mlpages-*.whl")
    assert listing(checkout) - before == {wheel.parent, wheel}
    return wheel


@pytest.fixture(scope="module")
def stranger(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Stranger:
    """Has an environment that shares all packages with ours but for mlpages, and an empty cache.

    First on the PATH stands a Node.js that does no work, and leaves a trace when it is asked to.
    """
    home = tmp_path_factory.mktemp("stranger")
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    environment["PATH"] = f"{home}/bin:{home}/venv/bin:{os.environ['PATH']}"
    environment["MLPAGES_CACHE"] = str(home / "cache")
    stranger = Stranger(home, environment)
    venv.create(home / "venv", symlinks=True)
    stranger.run(*PIP, "--python", "venv/bin/python", "install", "--no-deps", "--no-index", wheel)
    # The .pth files of a folder that is named in a .pth file are not read: the checkout, which
    # ours has installed in that way, is out of reach.
    (packages,) = (home / "venv/lib").glob("python*/site-packages")
    (packages / "shared.pth").write_text("\n".join(site.getsitepackages()))
    (home / "bin").mkdir()
    for name in ("node", "npm", "npx"):
        script = home / "bin" / name
        script.write_text(f"#!/bin/sh\ntouch '{home}/node-was-started'\nexit 1\n")
        script.chmod(0o755)
    return stranger


@pytest.fixture(scope="module")
def built(stranger: Stranger) -> Path:
    """A site about 24 pictures, from an empty folder; the network is kept small."""
    draw_pictures(stranger.home / "photos")
    stranger.run("mlpages", "new", "pets", "--data", "photos")
    config = stranger.home / "pets/site.toml"
    text = config.read_text()
    quick = text.replace('architecture = "accurate"', 'epochs = 4\narchitecture = "codelab"')
    assert quick != text
    config.write_text(quick)
    stranger.run("mlpages", "build", "--offline", "--config", "pets/site.toml")
    assert not (stranger.home / "node-was-started").exists()
    return stranger.home / "pets/site"


def draw_pictures(folder: Path) -> None:
    """Red balls and green leaves, twelve of each."""
    chance = random.Random(1)
    for i in range(24):
        image = Image.new("RGB", (120, 100), tuple(chance.randint(180, 250) for _ in range(3)))
        x, y, size = chance.randint(40, 80), chance.randint(40, 60), chance.randint(15, 30)
        name, colour, high = (("ball", "#c83232", size), ("leaf", "#28963c", size // 2))[i % 2]
        ImageDraw.Draw(image).ellipse((x - size, y - high, x + size, y + high), fill=colour)
        (folder / name).mkdir(parents=True, exist_ok=True)
        image.save(folder / name / f"{i}.png")


def test_a_stranger_runs_what_the_wheel_holds(stranger: Stranger) -> None:
    imported = stranger.run("python", "-c", "import generator; print(generator.__file__)")
    assert Path(imported.strip()).is_relative_to(stranger.home / "venv")
    assert stranger.run("mlpages", "--version").startswith("mlpages, version ")


def test_doctor_asks_for_no_node(stranger: Stranger) -> None:
    said = stranger.run("mlpages", "doctor")
    assert "browser scripts: " in said
    assert "Node" not in said and "node_modules" not in said


def test_it_brings_what_verify_runs_in_pages(built: Path, stranger: Stranger) -> None:
    assert "ok      axe-core: " in stranger.run("mlpages", "doctor")
    (licence,) = (stranger.home / "venv/lib").glob("python*/site-packages/*/resources/axe/LICENSE")
    assert licence.read_text().startswith("Mozilla Public License")
    verified = stranger.run("mlpages", "verify", "--no-browser", "--config", "pets/site.toml")
    assert "Verified pets/site/." in verified
    assert not list(built.rglob("axe*"))


def test_its_pages_become_ready(built: Path) -> None:
    browser = find_browser()
    assert browser, "no Chrome or Chromium was found: `mlpages doctor` says what to do"
    with serving(built, "/some/where/") as url, open_browser(browser) as chromium:
        for slug, ready in READY.items():
            with strict_page(chromium, Complaints(), SLOW) as page:
                page.goto(f"{url}{slug}/")
                expect(page.locator(ready)).to_be_enabled(timeout=SLOW)


def test_its_site_is_the_checkouts_byte_by_byte(
    built: Path, stranger: Stranger, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MLPAGES_CACHE", stranger.environment["MLPAGES_CACHE"])
    out = stranger.home / "again"
    build_site(
        load_config(stranger.home / "pets/site.toml"), Options(out, offline=True), Reporter()
    )
    names = {file.relative_to(built) for file in built.rglob("*") if file.is_file()}
    assert names == {file.relative_to(out) for file in out.rglob("*") if file.is_file()}
    assert [
        name for name in names if (built / name).read_bytes() != (out / name).read_bytes()
    ] == []


def test_its_workflow_can_install_it(built: Path, wheel: Path) -> None:
    requirement = (built.parent / "requirements.txt").read_text().splitlines()[-1]
    assert requirement == f"./{wheel.name}"
    assert (built.parent / wheel.name).read_bytes() == wheel.read_bytes()


def test_without_browser_scripts_there_is_no_wheel(tmp_path: Path) -> None:
    copy_checkout(tmp_path)
    made = make_wheel(tmp_path, MLPAGES_CACHE=str(tmp_path / "cache"))
    assert made.returncode != 0
    expected = f"no wheel without the browser scripts: {tmp_path / 'node_modules'}: the browser"
    assert expected in made.stdout
    assert not list(tmp_path.rglob("*.whl"))
