"""Find the Chrome or Chromium that proves the pages, and start it."""

import os
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from playwright.sync_api import Browser

Engine = Literal["chromium", "firefox"]
NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
MAC = "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome"
FLAGS = (
    "--no-sandbox",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    # Two pretend cameras, for pages that ask for one and are allowed it.
    "--use-fake-device-for-media-stream=device-count=2",
)


def find_browser() -> Path | None:
    """Return the browser to use, or None: MLPAGES_BROWSER, PATH, macOS' Chrome, Playwright's."""
    named = os.environ.get("MLPAGES_BROWSER")
    for name in (named,) if named else NAMES:
        if path := shutil.which(name):
            return Path(path)
    if named:
        return None
    return Path(MAC) if Path(MAC).is_file() else _playwright_browser()


def find_firefox() -> Path | None:
    """Return Playwright's Firefox, or None; it cannot drive any other."""
    return _playwright_browser("firefox")


def _playwright_browser(engine: Engine = "chromium") -> Path | None:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        path = Path(getattr(playwright, engine).executable_path)
    return path if path.is_file() else None


@contextmanager
def open_browser(path: Path, engine: Engine = "chromium") -> Iterator["Browser"]:
    """Start a headless browser with a fresh profile; close it at the end of the block."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        flags = list(FLAGS) if engine == "chromium" else []
        browser = getattr(playwright, engine).launch(executable_path=path, args=flags)
        try:
            yield browser
        finally:
            browser.close()


def main() -> int:
    """Say which browser is used (`--quiet`: by the exit code alone)."""
    path = find_browser()
    if "--quiet" not in sys.argv:
        sys.stdout.write(f"Browser: {path or 'none; pages will not be checked'}\n")
    return 0 if path else 1


if __name__ == "__main__":
    sys.exit(main())
