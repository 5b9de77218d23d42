"""Results of costly stages, kept by the hash of everything that went in."""

import ast
import hashlib
import inspect
import json
import os
import shutil
import tempfile
import time
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from pathlib import Path
from types import ModuleType

import platformdirs

from generator.errors import BuildError

DONE = "mlpages-cache-entry.json"
LARGEST = 10_000_000_000  # bytes that a cache may hold, unless MLPAGES_CACHE_MB says otherwise
YOUNG = 3_600  # seconds after its last use in which an entry is not given up: a build may need it


class Cache:
    """Folders of finished results under one root, shared by all sites of this user.

    An entry appears by one rename, when it is complete: a killed or failed stage leaves no entry,
    and two builds that make the same one at once end with one of the two. `limit` is the most
    bytes that are kept from one build to the next; BuildError when MLPAGES_CACHE_MB is no number.
    """

    def __init__(self, root: Path | None = None, fresh: bool = False) -> None:
        default = os.environ.get("MLPAGES_CACHE") or platformdirs.user_cache_dir("mlpages")
        self.root = root or Path(default)
        self.fresh = fresh
        self.limit = _limit()
        self._made: set[Path] = set()

    def entry(self, stage: str, inputs: Mapping[str, object], make: Callable[[Path], None]) -> Path:
        """Return the folder that `make(folder)` filled for these inputs, now or earlier."""
        text, folder = self._place(stage, inputs)
        if self._serves(folder):
            with suppress(OSError):  # an entry may be read where it cannot be written
                (folder / DONE).touch()  # what was used last is given up last
            return folder
        folder.parent.mkdir(parents=True, exist_ok=True)
        work = Path(tempfile.mkdtemp(prefix=f".{folder.name[:8]}-", dir=folder.parent))
        try:
            make(work)
            (work / DONE).write_text(json.dumps({"stage": stage, "inputs": text}, indent=1))
            _replace(work, folder)
        finally:
            shutil.rmtree(work, ignore_errors=True)
        self._made.add(folder)
        return folder

    def has(self, stage: str, inputs: Mapping[str, object]) -> bool:
        """Would `entry` find these inputs' folder, with nothing to make?"""
        return self._serves(self._place(stage, inputs)[1])

    def _place(self, stage: str, inputs: Mapping[str, object]) -> tuple[str, Path]:
        text = json.dumps(inputs, sort_keys=True, default=str)
        key = hashlib.sha256(f"{stage} {text}".encode()).hexdigest()[:32]
        return text, self.root / stage / key

    def _serves(self, folder: Path) -> bool:
        return (folder / DONE).is_file() and (not self.fresh or folder in self._made)

    @property
    def has_grown(self) -> bool:
        """Has this build made an entry?"""
        return bool(self._made)

    def entries(self) -> list[tuple[float, int, Path]]:
        """Finished entries, the longest unused first: when last used, bytes, folder."""
        found = []
        for done in self.root.glob(f"*/*/{DONE}"):
            with suppress(FileNotFoundError):  # another build may give it up at this moment
                size = sum(file.stat().st_size for file in done.parent.rglob("*") if file.is_file())
                found.append((done.stat().st_mtime, size, done.parent))
        return sorted(found)

    def trim(self) -> int:
        """Give up entries that were not used for longest until the rest fits; return its bytes.

        What was used in the last hour stays, however large it is.
        """
        entries = self.entries()
        total = sum(size for _, size, _ in entries)
        for used, size, folder in entries:
            if total <= self.limit or used > time.time() - YOUNG:
                break
            shutil.rmtree(folder, ignore_errors=True)
            total -= size
        return total

    def clear(self) -> int:
        """Remove everything but downloads; return the bytes that were freed."""
        freed = 0
        for _, size, folder in self.entries():
            shutil.rmtree(folder, ignore_errors=True)
            freed += size
        return freed


def _limit() -> int:
    text = os.environ.get("MLPAGES_CACHE_MB")
    if not text:
        return LARGEST
    if not text.isdecimal():
        raise BuildError(
            what="it is no size for the cache",
            where="MLPAGES_CACHE_MB",
            expected="a whole number of megabytes",
            found=repr(text),
        )
    return int(text) * 1_000_000


def _replace(work: Path, folder: Path) -> None:
    if folder.exists():
        old = Path(tempfile.mkdtemp(prefix=".old-", dir=folder.parent))
        os.replace(folder, old / "entry")
        shutil.rmtree(old, ignore_errors=True)
    try:
        os.replace(work, folder)
    except OSError:
        # Another build made the same entry a moment ago; its result is as good as ours.
        if not (folder / DONE).is_file():
            raise


def code_hash(modules: Iterable[ModuleType]) -> str:
    """Hash what modules do: their syntax trees without comments and docstrings.

    A key that holds it changes when a stage's code changes, and nobody has to remember it.
    """
    digest = hashlib.sha256()
    for module in modules:
        tree = ast.parse(inspect.getsource(module))
        for node in ast.walk(tree):
            if isinstance(node, ast.Module | ast.FunctionDef | ast.ClassDef) and ast.get_docstring(
                node
            ):
                node.body = node.body[1:]
        digest.update(ast.dump(tree).encode())
    return digest.hexdigest()


def files_hash(files: Iterable[Path]) -> str:
    """Hash the names and bytes of files, in sorted order."""
    digest = hashlib.sha256()
    for file in sorted(files):
        digest.update(f"{file.name}\0{file.stat().st_size}\0".encode())
        digest.update(file.read_bytes())
    return digest.hexdigest()
