"""A site that works offline: a service worker, and in each page the list of what it stands on.

The worker (`templates/offline/`) keeps what a visitor opens: the page and the files that it names.
A file's name carries a hash of its content; JSON files get such names here.
"""

import json
import posixpath
import shutil
from collections.abc import Iterator
from hashlib import sha256
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

from generator.bundle import GONE, ISOLATING, ISOLATION, OFFLINE, SERVICE_WORKER
from generator.config import DemoConfig, SiteConfig
from generator.demos.parts import Parts
from generator.first_run import images_of_first_run, sheets_with
from generator.links import FETCHED, files_named_in, strings_in
from generator.render import append_to_body

WORKER = "sw.js"
# What a page shows or runs by these elements it needs; where it links to is another matter.
SHOWN = {"link": "href", "script": "src", "img": "src"}


def make_offline(parts: Parts) -> None:
    """Let the pages in the work folder work offline, if the site wants it, and be isolated.

    If it does not, a worker is there that takes an earlier build's away.
    """
    config, bundle = parts.config, parts.bundle
    wanted = {OFFLINE: config.offline, ISOLATION: config.isolated}
    scripts = [bundle.pages[entry].file for entry, is_wanted in wanted.items() if is_wanted]
    for entry, is_wanted in wanted.items():
        if not is_wanted:
            (bundle.folder / bundle.pages[entry].file).unlink()
    shutil.copyfile(bundle.whole_script(_worker_of(config)), parts.folder / WORKER)
    if not config.offline:
        return
    demos = {demo.slug: demo for demo in config.demos}
    for file in sorted(parts.folder.rglob("index.html")):
        page = _Page(file, parts.folder)
        for script in scripts:
            page.run(f"assets/{script}")
        page.hash_json()
        page.name(*_sort(page, demos.get(page.place), parts))
        file.write_text(page.html, encoding="utf-8", newline="\n")


def _worker_of(config: SiteConfig) -> str:
    if config.isolated:
        return ISOLATING
    return SERVICE_WORKER if config.offline else GONE


class _Page:
    """A rendered page, to be changed; files are named by their paths in the site."""

    def __init__(self, file: Path, folder: Path) -> None:
        parents = file.relative_to(folder).parent.parts
        self.place = "/".join(parents)
        self.root = "../" * len(parents) or "./"
        self.folder = folder
        self.html = file.read_text(encoding="utf-8")

    def run(self, script: str) -> None:
        """Let it run another script, last."""
        element = f'<script type="module" src="{self.root}{script}"></script>'
        self.html = append_to_body(self.html, element)

    def hash_json(self) -> None:
        """Let its data name copies of JSON files that carry a hash in their names."""
        for link in _read(self.html).named:
            hashed = posixpath.join(
                posixpath.dirname(link), _copy_hashed(self.folder, self.path(link))
            )
            self.html = self.html.replace(json.dumps(link), json.dumps(hashed))

    def name(self, now: list[str], later: list[str]) -> None:
        """Let it name what it needs, and what it may ask for."""
        table = {
            "root": self.root,
            "now": [self.root + path for path in now],
            "later": [self.root + path for path in later],
        }
        text = json.dumps(table, separators=(",", ":"))
        element = f'<script type="application/json" id="page-files">{text}</script>'
        self.html = append_to_body(self.html, element)

    def path(self, link: str) -> str:
        """Where a link of the page leads to in the site."""
        return posixpath.normpath(posixpath.join(self.place, link))


def _copy_hashed(folder: Path, path: str) -> str:
    """Copy a JSON file, and those that it names; return the copy's name in the same folder.

    What is no JSON, or is among the assets, has a hash in its name already.
    """
    name = posixpath.basename(path)
    if not path.endswith(".json") or path.startswith("assets/"):
        return name
    content = (folder / path).read_bytes()
    for other in files_named_in(content):
        place = posixpath.dirname(other)
        copy = _copy_hashed(folder, posixpath.normpath(f"{posixpath.dirname(path)}/{other}"))
        content = content.replace(
            json.dumps(other).encode(), json.dumps(posixpath.join(place, copy)).encode()
        )
    hashed = f"{name.removesuffix('.json')}-{sha256(content).hexdigest()[:10]}.json"
    (folder / path).with_name(hashed).write_bytes(content)
    return hashed


def _sort(page: _Page, demo: DemoConfig | None, parts: Parts) -> tuple[list[str], list[str]]:
    """The files that a page needs for its first run, and those that it may ask for later."""
    found = _read(page.html)
    late = {page.path(link) for link in _late(found.data)}
    now: dict[str, None] = {}
    later: dict[str, None] = {}
    for link in (*found.shown, *found.named):
        path = page.path(link)
        (later if path in late else now).update(dict.fromkeys(_with_parts(path, parts)))
    if demo:
        first, rest = _images(demo, parts)
        now.update(dict.fromkeys(first))
        later.update(dict.fromkeys(rest))
    return list(now), [path for path in later if path not in now]


def _late(data: dict[str, Any]) -> Iterator[str]:
    """What a transfer learner asks for when somebody wants more than its first backbone."""
    if "transfer" not in data:
        return
    transfer = data["transfer"]
    yield transfer["imagenet"]
    yield transfer["exported"]
    for place, backbone in enumerate(transfer["backbones"]):
        for name, part in backbone["parts"].items():
            if place > 0 or name == "imagenet":
                yield part["url"]


def _with_parts(path: str, parts: Parts) -> Iterator[str]:
    """A file and those that it names, but for images: a page needs only some of them."""
    yield path
    scripts = (*parts.bundle.workers.values(), *parts.bundle.pages.values())
    for script in scripts:
        if path == f"assets/{script.file}":
            yield from (f"assets/{chunk}" for chunk in script.lazy)
    if path.endswith(".json") and not path.startswith("data/"):
        folder = posixpath.dirname(path)
        for name in files_named_in((parts.folder / path).read_bytes()):
            yield posixpath.normpath(f"{folder}/{name}")


def _images(demo: DemoConfig, parts: Parts) -> tuple[list[str], list[str]]:
    """Sheets and labels of the first run, and all others."""
    data = parts.data_of(demo)
    if data not in parts.manifests:
        return [], []
    manifest = parts.manifests[data]
    wanted = images_of_first_run(demo, manifest, parts.folder / "data" / data)
    first, rest = [], []
    for name, split in manifest.splits.items():
        sheets = sheets_with(split, wanted.get(name, 0))
        first += [sheet.file for sheet in sheets]
        rest += [sheet.file for sheet in split.sheets if sheet not in sheets]
        (first if sheets else rest).append(split.labels.file)
    return [f"data/{data}/{file}" for file in first], [f"data/{data}/{file}" for file in rest]


class _Reader(HTMLParser):
    """Collects what a page shows, its data, and the files that its data names."""

    def __init__(self) -> None:
        super().__init__()
        self.shown: list[str] = []
        self.named: list[str] = []
        self.data: dict[str, Any] = {}
        self.is_data = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = dict(attrs)
        self.is_data = tag == "script" and values.get("id") == "page-data"
        link = values.get(SHOWN.get(tag, ""))
        if link and not link.startswith(("data:", "http:", "https:")):
            self.shown.append(link)

    def handle_data(self, data: str) -> None:
        if self.is_data:
            self.data = json.loads(data)
            self.named = [
                text
                for text in strings_in(self.data)
                if text.startswith("../") and text.endswith(FETCHED)
            ]

    def handle_endtag(self, tag: str) -> None:
        self.is_data = False


def _read(html: str) -> _Reader:
    reader = _Reader()
    reader.feed(html)
    reader.close()
    return reader
