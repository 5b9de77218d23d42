"""A page that proves models in a browser: written into a work folder, opened, asked by Python.

It is no part of a site. Its script (`templates/parity/`, `templates/convert/`) starts the worker
that it is about and hands Python a function.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from generator.browser import open_browser
from generator.bundle import Bundle
from generator.errors import BuildError
from generator.render import Page, Site, render_pages
from generator.serve import serving

SLUG, TITLE = "check", "Proof"
SECONDS = 120  # for the page to load its models


def write_proof(folder: Path, bundle: Bundle, script: str, worker: str, **data: Any) -> Path:
    """Write the page of a bundled script, with its worker and data; return the page's folder.

    `folder` holds the bundle's files as `assets/`; `script` and `worker` are entries of the bundle.
    """
    block = {
        "site": {"title": TITLE, "root": "../"},
        "slug": SLUG,
        "title": TITLE,
        "worker": f"../assets/{bundle.workers[worker].file}",
        "wasm": f"../assets/{bundle.wasm}",
        **data,
    }
    page = Page("parity", SLUG, TITLE, "", block, script=f"assets/{bundle.pages[script].file}")
    render_pages([page], Site(TITLE, "en"), bundle, folder)
    return folder / SLUG


@contextmanager
def open_proof(folder: Path, browser: Path, where: str, expected: str) -> Iterator[Any]:
    """Serve what `write_proof` wrote and open it; gives Playwright's page when it is ready.

    Raises BuildError, with `where` and `expected`, when the page shows or throws an error.
    """
    with serving(folder, prefix="/proof/") as url, open_browser(browser) as chrome:
        tab = chrome.new_page()
        errors: list[str] = []
        tab.on("pageerror", lambda error: errors.append(str(error)))
        tab.goto(f"{url}{SLUG}/")
        ready = "body[data-ready], #error:not([hidden])"
        tab.wait_for_selector(ready, timeout=1000 * SECONDS)
        shown = tab.inner_text("#error") if tab.is_visible("#error") else ""
        if shown or errors:
            raise BuildError(
                what=f"the browser could not open it ({shown or errors[0]})",
                where=where,
                expected=expected,
            )
        yield tab
