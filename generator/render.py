"""Jinja templates -> HTML: StrictUndefined, autoescape, one JSON data block per page."""

import json
import traceback
from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib.metadata import version
from pathlib import Path
from typing import Any

import jinja2
from markupsafe import Markup, escape

from generator.bundle import Bundle
from generator.errors import BuildError
from generator.resources import TEMPLATES
from generator.theme import Theme

OURS = Theme()
PLAIN = ("index", "about", "docs")  # kinds of pages without a script of their own
SITEMAP = "http://www.sitemaps.org/schemas/sitemap/0.9"
END = "base-uri 'none'; form-action 'none'"
# What a page of text needs: nothing but styles and pictures.
STILL = "default-src 'none'; {extras}style-src 'self'; img-src 'self' data:; " + END
# Compute runs in a worker made from a blob, so that this policy binds it too. The modules that the
# worker imports are scripts to Chromium and Safari, and workers to Firefox: hence 'self' there.
COMPUTING = (
    "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; "
    "img-src 'self' data: blob:; connect-src 'self'; worker-src 'self' blob:; " + END
)


@dataclass(frozen=True)
class Alone:
    """What a page in one file says of itself: what it holds, and (what, whose, licence) of it."""

    words: str
    credits: tuple[tuple[str, str, str], ...]


@dataclass(frozen=True)
class Site:
    """What every page of a site says and looks like.

    `demos` are (slug, title) for the navigation, `docs` says whether there are pages of text, too;
    `url` is where the site will be, or empty; `picture` is what links to it show, relative to the
    root, or empty. `singles` are the bytes of pages that can be had as one file,
    by slug; `alone` is there when a page is that file. `offline`: pages may register a service
    worker.
    """

    title: str
    language: str
    demos: tuple[tuple[str, str], ...] = ()
    docs: bool = False
    footer: str = ""
    url: str = ""
    picture: str = ""
    theme: Theme = OURS
    singles: Mapping[str, int] = field(default_factory=dict)
    alone: Alone | None = None
    offline: bool = False


def root_of(slug: str) -> str:
    """The site's root as seen from the page at `slug`."""
    return "../" * len(slug.split("/")) if slug else "./"


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
        return root_of(self.slug)

    @property
    def file(self) -> str:
        """The page's file in the site."""
        return f"{self.slug}/index.html" if self.slug else "index.html"


def render_pages(pages: list[Page], site: Site, bundle: Bundle, folder: Path) -> None:
    """Write each page's HTML into `folder`; a missing value is an error, not a gap."""
    environment = _environment(site)
    for page in pages:
        path = folder / page.file
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(_render(environment, page, site, bundle), encoding="utf-8")


def write_sitemap(pages: list[Page], site: Site, folder: Path) -> None:
    """Write sitemap.xml (sitemaps.org, version 0.9): what search engines may find, by address."""
    urls = "".join(f"<url><loc>{escape(site.url + _path(page))}</loc></url>\n" for page in pages)
    text = f'<?xml version="1.0" encoding="UTF-8"?>\n<urlset xmlns="{SITEMAP}">\n{urls}</urlset>\n'
    (folder / "sitemap.xml").write_text(text, encoding="utf-8")


def policy_of(page: Page, site: Site) -> str:
    """The Content-Security-Policy of a page: what its kind needs, and no more."""
    if page.kind not in PLAIN:
        return COMPUTING
    has_own = site.theme.script is not None or site.theme.templates is not None
    scripts = "script-src 'self'; " if site.offline or has_own else ""
    connections = "connect-src 'self'; " if has_own else ""
    workers = "worker-src 'self'; " if site.offline else ""
    return STILL.format(extras=scripts + connections + workers)


def _path(page: Page) -> str:
    return f"{page.slug}/" if page.slug else ""


def _loader(site: Site) -> jinja2.BaseLoader:
    """The site's own templates before ours, which are also there as "mlpages/…", to extend."""
    ours = jinja2.FileSystemLoader(TEMPLATES)
    own = [jinja2.FileSystemLoader(site.theme.templates)] if site.theme.templates else []
    return jinja2.ChoiceLoader([*own, ours, jinja2.PrefixLoader({"mlpages": ours})])


def render_page(page: Page, site: Site, bundle: Bundle) -> str:
    """Return a page's HTML; a missing value is an error, not a gap.

    Raises BuildError that names the template when one of the site's own cannot be rendered.
    """
    return _render(_environment(site), page, site, bundle)


def _environment(site: Site) -> jinja2.Environment:
    """What compiles templates, and keeps what it has compiled: one serves many pages."""
    environment = jinja2.Environment(
        loader=_loader(site),
        undefined=jinja2.StrictUndefined,
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["json_block"] = json_block
    environment.filters["bytes"] = format_bytes
    environment.globals["version"] = version("mlpages")
    return environment


def _render(environment: jinja2.Environment, page: Page, site: Site, bundle: Bundle) -> str:
    assets = {
        "style": f"assets/{bundle.files['style.css']}",
        "icon": f"assets/{bundle.files['icon.svg']}",
    }
    try:
        return environment.get_template(_template(page)).render(
            page=page,
            site=site,
            address=site.url + _path(page) if site.url else "",
            assets=assets,
            policy=policy_of(page, site),
            **page.values,
        )
    except jinja2.TemplateError as error:
        if not site.theme.templates:
            raise
        raise BuildError(
            what=f"a template of this site cannot be rendered ({error})",
            where=_place(error, site.theme.templates),
            fix="Mend it, or remove it: ours takes its place again.",
        ) from error


def _place(error: jinja2.TemplateError, templates: Path) -> str:
    """The template's file and line, as far as Jinja knows them."""
    if isinstance(error, jinja2.TemplateSyntaxError):
        return f"{error.filename or templates}:{error.lineno}"
    frames = [
        frame
        for frame in traceback.extract_tb(error.__traceback__)
        if frame.filename.endswith(".html")
    ]
    return f"{frames[-1].filename}:{frames[-1].lineno}" if frames else str(templates)


def _template(page: Page) -> str:
    return f"{page.kind}.html" if page.kind in PLAIN else f"{page.kind}/page.html"


def json_block(value: object) -> Markup:
    """JSON that cannot end its script element: `<` becomes its escape."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    return Markup(text.replace("<", "\\u003c"))


def append_to_body(html: str, elements: str) -> str:
    """Put elements at the end of a page; a page may leave out the tag that ends its body."""
    body, end, rest = html.rpartition("</body>") if "</body>" in html else (html, "", "")
    return f"{body}{elements}\n{end}{rest}"


def format_bytes(count: int) -> str:
    """A number of bytes as people read it, such as 412 kB."""
    if count < 1_000:
        return f"{count} B"
    if count < 999_500:
        return f"{count / 1e3:.0f} kB"
    return f"{count / 1e6:.1f} MB"
