"""Find the Chrome or Chromium that proves the pages, and start it."""

import os
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from generator.errors import BuildError

if TYPE_CHECKING:
    from playwright.sync_api import Browser

Engine = Literal["chromium", "firefox"]
NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
FIREFOXES = ("firefox", "firefox-esr")
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
    """Return the browser to use, or None: MLPAGES_BROWSER, PATH, macOS' Chrome, Playwright's.

    Raises BuildError when MLPAGES_BROWSER names no program.
    """
    if named := named_browser():
        return named
    for name in NAMES:
        if path := shutil.which(name):
            return Path(path)
    return Path(MAC) if Path(MAC).is_file() else _playwright_browser()


def find_firefox() -> Path | None:
    """Return a Firefox, or None: Playwright's, which it always can drive, or the system's."""
    found = map(shutil.which, FIREFOXES)
    return _playwright_browser("firefox") or next((Path(path) for path in found if path), None)


def named_browser() -> Path | None:
    """Return the program that MLPAGES_BROWSER names, or None; BuildError when there is none."""
    named = os.environ.get("MLPAGES_BROWSER")
    if not named:
        return None
    if path := shutil.which(named):
        return Path(path)
    raise BuildError(
        what="it names no program",
        where="MLPAGES_BROWSER",
        expected="the path of a Chrome or Chromium",
        found=repr(named),
        fix="Correct it, or unset it to have one looked for.",
    )


def _playwright_browser(engine: Engine = "chromium") -> Path | None:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        path = Path(getattr(playwright, engine).executable_path)
    return path if path.is_file() else None


@contextmanager
def open_browser(path: Path, *flags: str, engine: Engine = "chromium") -> Iterator["Browser"]:
    """Start a headless browser with a fresh profile; close it at the end of the block.

    Raises BuildError when it does not start, and when it ends or hangs while the block needs it.
    """
    from playwright.sync_api import Error, TimeoutError, sync_playwright

    with sync_playwright() as playwright:
        kind = getattr(playwright, engine)
        arguments = [*FLAGS, *flags] if engine == "chromium" else []
        # Playwright's own Firefox has a protocol of its own; any other one speaks WebDriver BiDi.
        is_own = engine == "chromium" or str(path) == kind.executable_path
        channel = None if is_own else "moz-firefox"
        try:
            browser = kind.launch(executable_path=path, args=arguments, channel=channel)
        except Error as error:
            raise _failure("the browser does not start", path, engine, error) from error
        try:
            yield browser
        except TimeoutError as error:
            raise _failure("the browser gave no answer in time", path, engine, error) from error
        except Error as error:
            if browser.is_connected() and "crashed" not in error.message:
                raise
            raise _failure(
                "the browser ended in the middle of its work", path, engine, error
            ) from error
        finally:
            with suppress(Error):  # one that has ended cannot be closed
                browser.close()


def can_be_driven(browser: "Browser") -> bool:
    """Can pages be opened in it? A Firefox older than Playwright lacks commands for that."""
    from playwright.sync_api import Error

    try:
        browser.new_context().close()
    except Error as error:
        if "unknown command" in error.message:
            return False
        raise
    return True


def _failure(what: str, path: Path, engine: Engine, error: Exception) -> BuildError:
    reason = str(error).splitlines()[0]
    wanted, otherwise = {
        "chromium": ("Chrome or Chromium", "name another one: MLPAGES_BROWSER=/path/to/chrome"),
        "firefox": ("Firefox", "leave it out: --no-firefox"),
    }[engine]
    return BuildError(
        what=f"{what} ({reason})",
        where=str(path),
        expected=f"a {wanted} that runs here, and memory for it",
        fix=f"Try again, or {otherwise}.",
    )


def main() -> int:
    """Say which browser is used (`--quiet`: by the exit code alone)."""
    try:
        path = find_browser()
    except BuildError as error:
        sys.stderr.write(f"mlpages: {error}\n")
        return 1
    if "--quiet" not in sys.argv:
        sys.stdout.write(f"Browser: {path or 'none; pages will not be checked'}\n")
    return 0 if path else 1


if __name__ == "__main__":
    sys.exit(main())
