"""Is each file there, of the size that hosts take, and what its name says?"""

import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path

from generator.cache import file_hash
from generator.publish import LARGEST_FILE, LARGEST_SITE
from generator.verification.findings import Finding
from generator.verification.site_files import SiteFiles

# The sha256 of the content, as builds put it into names: train-000.0123456789.png,
# manifest-0123456789.json, style-01234567.css. esbuild's own are upper case, and not of the content
# alone.
HASHED = re.compile(r"[-.](?P<hash>[0-9a-f]{10}|[0-9a-f]{8})(\.\w+)?$")
# What a host needs besides pages, so that it serves them all: GitHub's runs Jekyll without.
NEEDED = (".nojekyll", "index.html", "about/index.html")


def check_files(site: SiteFiles) -> Iterator[Finding]:
    """The site is whole, and no file is larger than hosts take."""
    wanted = (*NEEDED, *(f"{slug}/index.html" for slug in site.kinds))
    for name in wanted:
        if name not in site.names:
            yield Finding(name, "it is not there; build the site again")
    for name in site.names:
        if site.size(name) > LARGEST_FILE:
            yield Finding(name, f"it has {site.size(name) / 1e6:,.0f} MB; GitHub takes 100 at most")
    total = sum(map(site.size, site.names))
    if total > LARGEST_SITE:
        yield Finding("all files", f"they are {total / 1e9:.1f} GB; GitHub Pages serves 1 at most")


def check_types(site: SiteFiles) -> Iterator[Finding]:
    """Hosts tell a file's type by the ending of its name: the content has to be of that type."""
    for name in site.names:
        looks_right = LOOKS.get(Path(name).suffix)
        if looks_right and not looks_right(site.folder / name):
            yield Finding(name, f"its content is not what {Path(name).suffix} stands for")


def check_names(site: SiteFiles) -> Iterator[Finding]:
    """A name that carries a hash may be cached for ever, so the content has to have that hash."""
    for name in site.names:
        if match := HASHED.search(name):
            digest = file_hash(site.folder / name)
            if not digest.startswith(match["hash"]):
                yield Finding(name, f"its content has the hash {digest[: len(match['hash'])]}")


def _begins(start: bytes) -> Callable[[Path], bool]:
    def looks_right(file: Path) -> bool:
        with file.open("rb") as stream:
            return stream.read(len(start)) == start

    return looks_right


def _is_webp(file: Path) -> bool:
    with file.open("rb") as stream:
        head = stream.read(12)
    return head[:4] == b"RIFF" and head[8:] == b"WEBP"


def _is_text(file: Path) -> bool:
    try:
        return "\0" not in file.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        return False


def _is_json(file: Path) -> bool:
    try:
        json.loads(file.read_bytes())
    except ValueError:
        return False
    return True


LOOKS: dict[str, Callable[[Path], bool]] = {
    ".css": _is_text,
    ".html": _is_text,
    ".js": _is_text,
    ".json": _is_json,
    ".png": _begins(b"\x89PNG\r\n\x1a\n"),
    ".svg": _is_text,
    ".txt": _is_text,
    ".wasm": _begins(b"\0asm"),
    ".webp": _is_webp,
    ".zip": _begins(b"PK"),
}
