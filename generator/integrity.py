"""What a page promises of the files that it loads: their hashes, for the browser to check.

Scripts and styles carry the `integrity` attribute (W3C, Subresource Integrity). What a page and
its workers fetch by themselves, the workers, the engine's binary, models and their weights, data
manifests, is listed in the page's data; `templates/shared/promised.js` hands it to the browser.
Images are checked by their manifest. Chunks of scripts are not: what is imported carries no hash in
the browsers of today.
"""

import json
import posixpath
import re
from base64 import b64encode
from collections.abc import Iterator
from functools import partial
from hashlib import sha256
from pathlib import Path

from generator.links import FETCHED, files_named_in, strings_in
from generator.render import json_block

LOADED = re.compile(
    r'(<(?:link rel="stylesheet" href|script type="module" src)="([^":?#]+)")'
    r'(?: integrity="[^"]*")?'
)
DATA = re.compile(r'(<script type="application/json" id="page-data">)(.*?)(</script>)', re.DOTALL)


def seal_pages(site: Path) -> None:
    """Write into each page of `site`, which is complete, what its files have to be.

    What an earlier call has written is renewed.
    """
    for page in sorted(site.rglob("index.html")):
        html = page.read_text(encoding="utf-8")
        html = LOADED.sub(partial(_with_integrity, page=page), html)
        html = DATA.sub(partial(_with_promises, page=page), html)
        page.write_text(html, encoding="utf-8", newline="\n")


def _with_integrity(found: re.Match[str], page: Path) -> str:
    file = page.parent / found[2]
    return f'{found[1]} integrity="{_hash(file)}"' if file.is_file() else found[1]


def _with_promises(found: re.Match[str], page: Path) -> str:
    start, text, end = found.groups()
    data = json.loads(text)
    names = {name: page.parent / name for name in _fetched(data, page.parent)}
    promised = {name: _hash(file) for name, file in names.items() if file.is_file()}
    return f"{start}{json_block({**data, 'integrity': promised})}{end}"


def _fetched(data: object, folder: Path) -> Iterator[str]:
    """What the page fetches, relative to it: what its data names, and the weights of models."""
    for name in strings_in(data):
        if not name.startswith("../") or not name.endswith(FETCHED):
            continue
        yield name
        if name.startswith("../models/") and (folder / name).is_file():
            for weights in files_named_in((folder / name).read_bytes()):
                yield posixpath.join(posixpath.dirname(name), weights)


def _hash(file: Path) -> str:
    return f"sha256-{b64encode(sha256(file.read_bytes()).digest()).decode()}"
