"""Can everyone use a page? axe-core looks at it, light and dark, on a desk and on a phone."""

from functools import cache
from typing import Any, Literal

from playwright.sync_api import Page

from generator.errors import BuildError
from generator.resources import AXE

SIZES = ((1280, 720), (390, 844))
SCHEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")
RUN = """async () => {
  const { violations } = await axe.run(document, { resultTypes: ["violations"] });
  return violations.map(({ id, help, nodes }) => {
    return { id, help, count: nodes.length, html: nodes[0].html };
  });
}"""
SHOWN = 120  # characters of an element


def find_violations(page: Page) -> list[str]:
    """What axe finds in any of the looks that a page has; the page is left as it was."""
    before = page.viewport_size
    page.evaluate(_axe())
    found: dict[str, str] = {}
    for scheme in SCHEMES:
        for width, height in SIZES:
            page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
            page.set_viewport_size({"width": width, "height": height})
            for violation in page.evaluate(RUN):
                look = f"{scheme}, {width} x {height}"
                found.setdefault(violation["id"], _describe(violation, look))
    page.emulate_media(color_scheme="null", reduced_motion="null")
    if before:
        page.set_viewport_size(before)
    return list(found.values())


def _describe(violation: dict[str, Any], look: str) -> str:
    html = " ".join(violation["html"].split())[:SHOWN]
    more = f" and {violation['count'] - 1} more" if violation["count"] > 1 else ""
    return f"axe, {violation['id']} ({look}): {violation['help']}, at {html}{more}"


@cache
def _axe() -> str:
    file = AXE / "axe.min.js"
    if not file.is_file():
        raise BuildError(
            what="axe-core is not installed",
            where=str(file),
            expected="what package-lock.json lists",
            fix="Run `make setup` (or `npm ci`).",
        )
    return file.read_text(encoding="utf-8")
