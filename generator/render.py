"""Jinja templates -> HTML: StrictUndefined, autoescape, one JSON data block per page."""

import json
from dataclasses import dataclass, field
from importlib.metadata import version
from pathlib import Path
from typing import Any

import jinja2
from markupsafe import Markup

from generator.bundle import TEMPLATES, Bundle

# Compute runs in a worker made from a blob, so that this policy binds it too.
POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self' 'wasm-unsafe-eval'",
        "style-src 'self'",
        "img-src 'self' data: blob:",
        "connect-src 'self'",
        "worker-src blob:",
        "base-uri 'none'",
        "form-action 'none'",
    )
)


@dataclass(frozen=True)
class Page:
    """One HTML page: its template, its words, its data block, what it loads from `assets/`."""

    kind: str
    slug: str
    title: str
    description: str
    data: dict[str, Any] | None = None
    script: str | None = None
    style: str | None = None
    values: dict[str, Any] = field(default_factory=dict)

    @property
    def root(self) -> str:
        """The site's root as seen from this page."""
        return "../" if self.slug else "./"

    @property
    def file(self) -> str:
        """The page's file in the site."""
        return f"{self.slug}/index.html" if self.slug else "index.html"


def render_pages(pages: list[Page], site: dict[str, Any], bundle: Bundle, folder: Path) -> None:
    """Write each page's HTML into `folder`; a missing value is an error, not a gap."""
    for page in pages:
        path = folder / page.file
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(render_page(page, site, bundle), encoding="utf-8")


def render_page(page: Page, site: dict[str, Any], bundle: Bundle) -> str:
    """Return a page's HTML; a missing value is an error, not a gap."""
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(TEMPLATES),
        undefined=jinja2.StrictUndefined,
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["json_block"] = _json_block
    environment.filters["bytes"] = format_bytes
    assets = {
        "style": f"assets/{bundle.files['style.css']}",
        "icon": f"assets/{bundle.files['icon.svg']}",
    }
    template = environment.get_template(_template(page))
    return template.render(
        page=page,
        site=site,
        assets=assets,
        policy=POLICY,
        version=version("mlpages"),
        **page.values,
    )


def _template(page: Page) -> str:
    return f"{page.kind}.html" if page.kind in ("index", "about") else f"{page.kind}/page.html"


def _json_block(value: object) -> Markup:
    """JSON that cannot end its script element: `<` becomes its escape."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    return Markup(text.replace("<", "\\u003c"))


def format_bytes(count: int) -> str:
    """A number of bytes as people read it, such as 412 kB."""
    if count < 1_000:
        return f"{count} B"
    if count < 999_500:
        return f"{count / 1e3:.0f} kB"
    return f"{count / 1e6:.1f} MB"
