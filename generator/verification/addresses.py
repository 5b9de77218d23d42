"""Where pages, styles and scripts lead: to files and anchors that are there, in this site."""

import posixpath
import re
from collections.abc import Iterator, Mapping
from urllib.parse import unquote, urlsplit

from generator.links import files_named_in, links_of_page
from generator.verification.findings import Finding
from generator.verification.site_files import Element, PageFile, SiteFiles

# What a browser fetches by itself when it finds these; an <a> waits for somebody who follows it.
LOADS = {
    "audio": ("src",),
    "embed": ("src",),
    "form": ("action",),
    "iframe": ("src",),
    "img": ("src", "srcset"),
    "input": ("src", "formaction"),
    "object": ("data",),
    "script": ("src",),
    "source": ("src", "srcset"),
    "track": ("src",),
    "video": ("src", "poster"),
}
# Links of a head that say where something is, and fetch nothing.
SAID = {"alternate", "author", "canonical", "help", "license", "next", "prev"}
URL = re.compile(r"""url\(\s*["']?(?P<url>[^"')]+)|@import\s+["'](?P<import>[^"']+)""")
CHUNK = re.compile(r"""(?:\bfrom|\bimport|\bimport\()\s*["'`](?P<file>\.{1,2}/[^"'`]+)["'`]""")


def check_links(site: SiteFiles) -> Iterator[Finding]:
    """Links and assets of pages, weights of models, parts of styles and scripts are there."""
    ids = {page.name: _ids(page) for page in site.pages}
    for page in site.pages:
        if _has_data(page):
            for link in links_of_page(site.text(page.name)):
                yield from _follow(site, page.name, link)
        else:
            yield Finding(page.name, "a data block in it is no JSON")
        yield from _check_anchors(page, ids)
    for name in contracts(site):
        try:
            named = list(files_named_in((site.folder / name).read_bytes()))
        except (AttributeError, KeyError, TypeError, ValueError):
            yield Finding(name, "what it names cannot be read")
            continue
        for link in named:
            yield from _follow(site, name, link)
    for name in site.ending(".css"):
        for match in URL.finditer(site.text(name)):
            yield from _follow(site, name, match["url"] or match["import"])
    for name in site.ending(".js"):
        for match in CHUNK.finditer(site.text(name)):
            yield from _follow(site, name, match["file"])


def check_hosts(site: SiteFiles) -> Iterator[Finding]:
    """Whatever loads with a page comes from the site; scripts have a check of their own."""
    for page in site.pages:
        for element in page.elements:
            for address in _loaded(element):
                if _is_foreign(address):
                    yield Finding(page.name, f"<{element.tag}> loads from elsewhere: {address}")
            if element.tag == "style":
                yield from _foreign_in_style(page.name, element.text)
    for name in site.ending(".css"):
        yield from _foreign_in_style(name, site.text(name))


def contracts(site: SiteFiles) -> Iterator[str]:
    """The JSON files that name others: manifests, models, what exported pages are made of."""
    for name in site.ending(".json"):
        if name.startswith(("data/", "models/")) or "/exported" in name:
            yield name


def _has_data(page: PageFile) -> bool:
    try:
        return page.data is not None
    except ValueError:
        return False


def _follow(site: SiteFiles, name: str, link: str) -> Iterator[Finding]:
    if urlsplit(link).scheme or link.startswith("//") or not urlsplit(link).path:
        return
    if _target(name, link) not in site.names:
        yield Finding(name, f"it leads to {link}, which is not there")


def _target(name: str, link: str) -> str:
    """The file that a link leads to, from the site's root; a folder's is its index.html."""
    path = unquote(urlsplit(link).path)
    target = posixpath.normpath(posixpath.join(posixpath.dirname(name), path))
    is_folder = path.endswith(("/", ".", ".."))
    return posixpath.normpath(f"{target}/index.html") if is_folder else target


def _check_anchors(page: PageFile, ids: Mapping[str, set[str]]) -> Iterator[Finding]:
    """Anchors that the page leads to are there; `ids` are those of every page, by its name."""
    for element in page.elements:
        link = element.attributes.get("href", "") if element.tag == "a" else ""
        parts = urlsplit(link)
        if parts.scheme or parts.netloc or not parts.fragment:
            continue
        target = _target(page.name, link) if parts.path else page.name
        if target in ids and unquote(parts.fragment) not in ids[target]:
            yield Finding(page.name, f"it leads to {link}, and there is nothing of that name")


def _ids(page: PageFile) -> set[str]:
    return {element.attributes.get("id", "") for element in page.elements}


def _loaded(element: Element) -> Iterator[str]:
    values = element.attributes
    if element.tag == "link" and not SAID & set(values.get("rel", "").split()):
        yield values.get("href", "")
    if element.tag == "meta" and values.get("http-equiv", "").lower() == "refresh":
        yield values.get("content", "").partition("=")[2]
    for key in LOADS.get(element.tag, ()):
        yield from (part.split()[0] for part in values.get(key, "").split(",") if part.split())


def _is_foreign(address: str) -> bool:
    return address.startswith("//") or urlsplit(address).scheme in ("http", "https", "ws", "wss")


def _foreign_in_style(name: str, text: str) -> Iterator[Finding]:
    for match in URL.finditer(text):
        address = match["url"] or match["import"]
        if _is_foreign(address.strip()):
            yield Finding(name, f"it loads from elsewhere: {address}")
