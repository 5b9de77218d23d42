"""A demo as one HTML file that works from a disk: all that it would fetch lies in it.

From a disk a page may fetch nothing and import nothing. So its scripts are whole
(`templates/inlined/`), its files are blocks of base64, and its policy allows what is in it by
hash, and no network at all.
"""

import posixpath
from base64 import b64encode
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from generator.bundle import Bundle
from generator.config import DemoConfig
from generator.demos.parts import Parts
from generator.first_run import cut, images_of_first_run
from generator.inliner import Inliner
from generator.links import FETCHED, WORDS, files_named_in
from generator.manifest import DataManifest
from generator.render import Alone, Page, Site, append_to_body, format_bytes, render_page
from generator.serve import TYPES

# Where the page's files seem to be: a host that no network has (RFC 2606).
ORIGIN = "https://inlined.invalid/"
HOLDS = "This page is one file: it needs no network and no site."

Recipe = Callable[[DemoConfig, Parts], Page]
Files = dict[str, bytes]


def write_single_files(recipes: Mapping[str, Recipe], parts: Parts, site: Site) -> dict[str, int]:
    """Write `<slug>.html` for each demo into the site's root; return their bytes by slug."""
    sizes = {}
    for demo in parts.config.demos:
        data = parts.data_of(demo)
        own, files = _end_early(demo, data, parts)
        words = _words(parts.manifests.get(data), own.manifests.get(data))
        alone = Alone(words, tuple(_credits(demo, data, own)))
        page = recipes[demo.kind](demo, own)
        content = _make(page, replace(site, demos=(), alone=alone), own, files).encode()
        (parts.folder / f"{demo.slug}.html").write_bytes(content)
        sizes[demo.slug] = len(content)
    return sizes


def describe_single_files(sizes: dict[str, int]) -> list[str]:
    """Say what was written, for the terminal."""
    return [f"{slug}.html is a page in one file, {format_bytes(sizes[slug])}." for slug in sizes]


def _end_early(demo: DemoConfig, data: str, parts: Parts) -> tuple[Parts, Files]:
    """Parts whose data set holds what a first run needs, and the files that this changes."""
    if data not in parts.manifests:
        return parts, {}
    folder = parts.folder / "data" / data
    full = parts.manifests[data]
    ending = cut(full, images_of_first_run(demo, full, folder), folder)
    files = {f"data/{data}/{name}": content for name, content in ending.labels.items()}
    files[f"data/{data}/manifest.json"] = ending.manifest.to_json().encode()
    return replace(parts, manifests={**parts.manifests, data: ending.manifest}), files


def _words(full: DataManifest | None, held: DataManifest | None) -> str:
    """What the page holds of its data set, where that is not all."""
    if full is None or held is None:
        return HOLDS
    counts = [
        f"{held.splits[name].count:,} of {split.count:,} in the {name} set"
        for name, split in full.splits.items()
        if 0 < held.splits[name].count < split.count
    ]
    return (
        f"{HOLDS} Of the images of {full.title} it holds {', '.join(counts)}." if counts else HOLDS
    )


def _credits(demo: DemoConfig, data: str, parts: Parts) -> Iterator[tuple[str, str, str]]:
    """(what, whose, licence) of what the page holds."""
    if manifest := parts.manifests.get(data):
        yield manifest.title, manifest.source, manifest.licence
    if demo.model:
        yield (
            f"Weights of the model “{demo.model}”",
            "made by the site's build",
            parts.models[demo.model].metadata.licence,
        )
    for name in (*demo.backbones, *demo.optional):
        if files := parts.backbones.get(name):
            backbone = files.backbone
            yield f"Weights of {backbone.title}", backbone.source, backbone.licence
    for library in parts.bundle.credits:
        yield library.name, f"version {library.version}", library.licence


def _make(page: Page, site: Site, parts: Parts, files: Files) -> str:
    """The page's HTML with everything in it; `files` are those that differ from the site's."""
    data, named = _address(page, parts.bundle)
    html = render_page(replace(page, data=data), site, parts.bundle)
    blocks = "".join(
        f'<script type="application/octet-stream" data-file="{ORIGIN}{name}" '
        f'data-type="{TYPES.get(Path(name).suffix, TYPES[""])}">'
        f"{b64encode(content).decode()}</script>\n"
        for name, content in _gather(named, parts, files).items()
    )
    return append_to_body(Inliner(page, site.url, parts).inline(html), blocks)


def _address(page: Page, bundle: Bundle) -> tuple[dict[str, Any], list[str]]:
    """Let the page's data name files at ORIGIN, and no other pages; return their names, too.

    What a browser keeps for the page is named by the file's own address, not by a site's.
    """
    scripts = {f"assets/{script.file}": entry for entry, script in bundle.workers.items()}
    named: list[str] = []

    def place(value: Any) -> Any:
        if isinstance(value, dict):
            return {key: item if key in WORDS else place(item) for key, item in value.items()}
        if isinstance(value, list | tuple):
            return [place(item) for item in value]
        if not isinstance(value, str) or not value.startswith("../"):
            return value
        if not value.endswith(FETCHED):
            return None
        path = posixpath.normpath(posixpath.join(page.slug, value))
        named.append(scripts.get(path, path))
        return ORIGIN + named[-1]

    assert page.data is not None, "a demo's page has data"
    data = place(page.data)
    data["site"]["root"] = ""
    return data, list(dict.fromkeys(named))


def _gather(named: list[str], parts: Parts, files: Files) -> Files:
    """The content of files by name, and of those that they name in turn."""
    found: Files = {}
    waiting = list(named)
    while waiting:
        name = waiting.pop(0)
        if name in found:
            continue
        if name in parts.bundle.workers:
            found[name] = parts.bundle.whole_script(name).read_bytes()
            continue
        content = files[name] if name in files else (parts.folder / name).read_bytes()
        found[name] = content
        if name.endswith(".json"):
            folder = posixpath.dirname(name)
            waiting += [
                posixpath.normpath(f"{folder}/{other}") for other in files_named_in(content)
            ]
    return found
