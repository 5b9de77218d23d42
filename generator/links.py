"""Static checks of a site: every link and asset that a page or manifest names is there."""

import json
import posixpath
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import urlsplit

from generator.errors import BuildError

# What a page fetches of the files that its data names; others it offers for download.
FETCHED = (".js", ".json", ".wasm")
FILES = (".bin", ".css", ".h5", ".html", ".js", ".json", ".png", ".svg", ".wasm", ".webp")

# What a page's data says in words: a title or a class may look like a path, and is none.
WORDS = frozenset(["title", "classes", "about", "name", "licence", "topology"])


class _Links(HTMLParser):
    """Collects what a page points at: href, src, and the URLs in its JSON data block."""

    def __init__(self) -> None:
        super().__init__()
        self.links: list[str] = []
        self.in_data = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = dict(attrs)
        self.in_data = tag == "script" and values.get("type") == "application/json"
        self.links += [value for key in ("href", "src") if (value := values.get(key))]

    def handle_data(self, data: str) -> None:
        if self.in_data:
            self.links += [text for text in strings_in(json.loads(data)) if _is_file(text)]

    def handle_endtag(self, tag: str) -> None:
        self.in_data = False


def check_links(site: Path) -> int:
    """Follow every relative link of every page and model in `site`; return how many there are.

    Raises BuildError that names the first page whose link leads nowhere or to another host's
    asset.
    """
    count = 0
    found: set[str] = set()  # the pages of a site link to each other, and to the same assets
    for page in sorted(site.rglob("*.html")):
        for link in links_of_page(page.read_text(encoding="utf-8")):
            count += _check(site, page, link, found)
    for model in sorted(site.rglob("model.json")):
        for name in files_named_in(model.read_bytes()):
            count += _check(site, model, name, found)
    return count


def links_of_page(html: str) -> list[str]:
    """What a page points at, here and elsewhere, and the files that its data name."""
    parser = _Links()
    parser.feed(html)
    return parser.links


def _check(site: Path, page: Path, link: str, found: set[str]) -> int:
    parts = urlsplit(link)
    if parts.scheme in ("http", "https", "mailto", "data") or not parts.path:
        return 0
    place = posixpath.normpath(f"{page.parent.as_posix()}/{parts.path}")
    if place in found:
        return 1
    target = (page.parent / parts.path).resolve()
    if target.is_dir():
        target /= "index.html"
    if not target.is_file() or not target.is_relative_to(site.resolve()):
        raise BuildError(
            what=f"a link leads nowhere: {link}",
            where=page.relative_to(site).as_posix(),
            expected=f"a file at {parts.path} in the site",
        )
    found.add(place)
    return 1


def files_named_in(content: bytes) -> Iterator[str]:
    """The files that a model.json, a data manifest or an export's list names, relative to it.

    Any other JSON names none.
    """
    table = json.loads(content)
    if not isinstance(table, dict):
        return
    for group in table.get("weightsManifest", ()):
        yield from group["paths"]
    for split in table.get("splits", {}).values():
        yield split["labels"]["file"]
        yield from (sheet["file"] for sheet in split["sheets"])
    for file in table.get("files", {}).values():
        yield file["url"]


def strings_in(value: object) -> Iterator[str]:
    """Every text in a page's data that may be a path, however deep."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for key, item in value.items():
            yield from () if key in WORDS else strings_in(item)
    elif isinstance(value, list):
        for item in value:
            yield from strings_in(item)


def _is_file(text: str) -> bool:
    return text.startswith((".", "/")) and text.endswith(FILES)
