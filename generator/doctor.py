"""What a build needs of this machine, and whether it is there."""

import os
import platform
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from generator.browser import find_browser, find_firefox
from generator.bundle import find_node
from generator.cache import Cache
from generator.errors import BuildError
from generator.resources import AXE, BUNDLE, NODE_MODULES
from generator.zig import zig_version

# The set that works together; pyproject.toml says why.
PINS = {"tensorflow": "2.19", "tf_keras": "2.19", "tensorflowjs": "4.22", "ydf": "0.15"}


@dataclass(frozen=True)
class Check:
    """One thing that a build needs."""

    name: str
    ok: bool
    found: str
    fix: str = ""


def examine() -> list[Check]:
    """Look at Python, its packages, what the browser scripts need, the browser, the cache."""
    return [
        Check(
            "Python",
            platform.python_version_tuple()[:2] in {("3", "11"), ("3", "12")},
            platform.python_version(),
            "mlpages needs Python 3.11 or 3.12.",
        ),
        *(_package(name, wanted) for name, wanted in PINS.items()),
        *_scripts(),
        _browser(),
        *_verification(),
        _cache(),
    ]


def _package(name: str, wanted: str) -> Check:
    fix = f'Install version {wanted}: `pip install "{name}=={wanted}.*"`.'
    try:
        found = version(name)
    except PackageNotFoundError:
        return Check(name, False, "not installed", fix)
    return Check(name, found.startswith(f"{wanted}."), found, fix)


def _scripts() -> list[Check]:
    """An installed package brings the browser scripts; a checkout bundles them."""
    if BUNDLE.is_dir():
        return [Check("browser scripts", True, str(BUNDLE))]
    found = (NODE_MODULES / "esbuild").is_dir()
    fix = "Run `make setup` (or `npm ci`)."
    zig = zig_version()
    return [
        _node(),
        Check("browser packages", found, str(NODE_MODULES), fix),
        Check("Zig", zig is not None, zig or "not installed", "Run `make setup`."),
    ]


def _node() -> Check:
    try:
        return Check("Node.js", True, find_node())
    except BuildError as error:
        return Check("Node.js", False, error.found, error.fix)


def _browser() -> Check:
    try:
        browser = find_browser()
    except BuildError as error:
        return Check("browser", False, f"{error.where}={error.found}", error.fix)
    fix = (
        "Install Chrome or Chromium (or run `playwright install chromium`), or set "
        "MLPAGES_BROWSER; without, parity is not checked."
    )
    return Check("browser", browser is not None, str(browser or "none"), fix)


def _verification() -> list[Check]:
    """What `mlpages verify` needs besides a browser, and what it can do without."""
    axe = AXE / "axe.min.js"
    firefox = find_firefox()
    without = "none: `mlpages verify` opens pages in Chromium alone"
    return [
        Check("axe-core", axe.is_file(), str(AXE), "Run `make setup` (or `npm ci`)."),
        Check("Firefox (optional)", True, str(firefox or without)),
    ]


def _cache() -> Check:
    cache = Cache()
    root = cache.root
    size = sum(size for _, size, _ in cache.entries())
    parent = next(folder for folder in (root, *root.parents) if folder.exists())
    writable = os.access(parent, os.W_OK)
    return Check(
        "cache",
        writable,
        f"{root} ({size / 1e6:,.0f} MB of at most {cache.limit / 1e6:,.0f})",
        _WHERE,
    )


_WHERE = f"Make {Path('~/.cache').as_posix()} writable or set MLPAGES_CACHE to a folder."
