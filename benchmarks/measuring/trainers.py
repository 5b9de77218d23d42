"""Both trainer pages, ours and the classic one, opened and started in a fresh browser."""

import json
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from playwright.sync_api import Page

from generator.browser import open_browser

from . import ROOT, require_browser
from .classic import classic_page
from .hosting import assemble
from .results import Skip

SITE = ROOT / "site"
SLUG = "mnist-trainer"
PATIENCE = 600_000
# Runs in our page before its scripts: it sets the fields, presses the button as soon as there is
# an engine, and notes (milliseconds since navigation) the first batch and what each epoch showed.
PRESS = """
    const settings = SETTINGS;
    globalThis.marks = { epochs: [] };
    new MutationObserver(() => {
      const { state, batches, epochs } = document.getElementById("step-train")?.dataset ?? {};
      if (state === "ready" && !marks.pressed) {
        marks.pressed = performance.now();
        for (const [id, value] of Object.entries(settings)) {
          const field = document.getElementById(id);
          field.value = value;
          field.dispatchEvent(new Event("change", { bubbles: true }));
        }
        document.getElementById("train").click();
      }
      if (Number(batches) > 0) marks.batch ??= performance.now();
      if (Number(epochs) > marks.epochs.length) {
        const shown = parseFloat(document.getElementById("figure-accuracy").textContent);
        marks.epochs.push([performance.now(), shown / 100]);
      }
    }).observe(document, { subtree: true, childList: true, attributes: true });
"""


@dataclass(frozen=True)
class Side:
    """A page of ours or a classic one: its folder, its address in it, a script that runs first."""

    name: str
    folder: Path
    path: str = ""
    script: str = ""

    @contextmanager
    def opened(self, url: str) -> Iterator[Page]:
        """The page in a browser of its own, nothing cached, navigated to and on its way."""
        with open_browser(require_browser()) as browser:
            page = browser.new_page(viewport={"width": 1280, "height": 720})
            page.set_default_timeout(PATIENCE)
            if self.script:
                page.add_init_script(self.script)
            page.goto(url + self.path, wait_until="commit")
            yield page


def our_trainer(settings: Mapping[str, int | float] | None = None) -> Side:
    """The trainer of the built default site; `settings` by the ids of its fields."""
    if not (SITE / SLUG / "index.html").is_file():
        raise Skip(f"{SITE.name}/ holds no {SLUG}: run `make site` first")
    script = PRESS.replace("SETTINGS", json.dumps(settings or {}))
    return Side("ours", SITE, f"{SLUG}/", script)


def classic_trainer(folder: Path, settings: Mapping[str, int] | None = None) -> Side:
    """The classic page with the sheet and labels of the default site; `settings` as its query."""
    parts = classic_page("trainer", ("tf.min.js", "tfjs-vis.umd.min.js"))
    for name in ("mnist_images.png", "mnist_labels_uint8"):
        parts[name] = SITE / "data/mnist" / name
    return Side("classic", assemble(folder, parts), f"?{urlencode(settings or {})}")


def wait_for(page: Page, expression: str, seconds: float = PATIENCE / 1000) -> None:
    """Return when an expression is true in the page, whose policy forbids Playwright's own wait."""
    until = time.monotonic() + seconds
    while not page.evaluate(expression):
        if time.monotonic() > until:
            raise SystemExit(f"{page.url}: `{expression}` was not true after {seconds:.0f} s.")
        time.sleep(0.1)


def marks(page: Page) -> dict[str, Any]:
    """What the page noted, with `origin`: the moment of navigation, in seconds since 1970."""
    found: dict[str, Any] = page.evaluate("({ ...marks, origin: performance.timeOrigin / 1000 })")
    return found
