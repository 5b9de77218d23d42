"""What a transfer page makes a page of its own from: its HTML, and the files that it needs.

The browser adds the head that the visitor has trained and packs all of it into a zip. Inside, the
page lies at the root and everything else where the site has it.
"""

import json
from hashlib import sha256
from pathlib import Path

from generator.backbone_files import page_data
from generator.config import DemoConfig
from generator.demos.parts import Parts
from generator.models.backbones import PARTS
from generator.render import Page, Site, render_page

FILE = "exported.json"
ENTRY = "exported/page.js"
WORKERS = ("transfer/worker.js", "transfer/preparer.js")


def write(demo: DemoConfig, parts: Parts, backbones: list[str]) -> None:
    """Write `<slug>/exported.json`: the page, its files by their path in the zip, and whose."""
    bundle = parts.bundle
    script = bundle.pages[ENTRY]
    worker, preparer = (bundle.workers[name] for name in WORKERS)
    data = {
        "site": {"title": demo.title, "root": "./"},
        "slug": "exported",
        "title": demo.title,
        "worker": f"assets/{worker.file}",
        "preparer": f"assets/{preparer.file}",
        "wasm": f"assets/{bundle.wasm}",
        "transfer": {"backbones": [page_data(parts.backbones[name], "") for name in backbones]},
    }
    style = f"assets/{script.css}"
    page = Page("exported", "", "", "", data, f"assets/{script.file}", style)
    site = Site(demo.title, parts.config.language)
    names = [script.file, *script.lazy, worker.file, *worker.lazy, preparer.file, *preparer.lazy]
    names += [bundle.wasm, bundle.files["style.css"], bundle.files["icon.svg"], str(script.css)]
    legal = [f"{name}.LEGAL.txt" for name in names]
    names += [name for name in legal if (bundle.folder / name).is_file()]
    models = {
        f"{name} {part}": _paths(parts.folder, parts.folder / "models" / name / part)
        for name in backbones
        for part in PARTS
    }
    paths = [f"assets/{name}" for name in dict.fromkeys(names)]
    paths += [path for own in models.values() for path in own]
    exported = {
        "index": render_page(page, site, bundle),
        "files": {path: _describe(parts.folder, path) for path in paths},
        "parts": models,
    }
    file = parts.folder / demo.slug / FILE
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps(exported, separators=(",", ":")), encoding="utf-8")


def _describe(site: Path, path: str) -> dict[str, str]:
    return {"url": f"../{path}", "sha256": sha256((site / path).read_bytes()).hexdigest()}


def _paths(root: Path, folder: Path) -> list[str]:
    return [str(file.relative_to(root).as_posix()) for file in sorted(folder.iterdir())]
