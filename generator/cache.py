"""Results of costly stages, kept by the hash of everything that went in."""

import ast
import functools
import hashlib
import inspect
import json
import os
import shutil
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from types import ModuleType
from typing import IO

import platformdirs

from generator.errors import BuildError
from generator.install import explained_errors

DONE = "mlpages-cache-entry.json"
LOCK = "lock"  # in the folder around an entry that is being made
LARGEST = 10_000_000_000  # bytes that a cache may hold, unless MLPAGES_CACHE_MB says otherwise
YOUNG = 3_600  # seconds after its last use in which an entry is not given up: a build may need it


class Cache:
    """Folders of finished results under one root, shared by all sites of this user.

    An entry appears by one rename, when it is complete: a killed or failed stage leaves no entry,
    and two builds that make the same one at once end with one of the two. One whose files are no
    longer what was put there is made again, and its stage is named in `damaged`. `limit` is the
    most bytes that are kept from one build to the next; BuildError when MLPAGES_CACHE_MB is no
    number.
    """

    def __init__(self, root: Path | None = None, fresh: bool = False) -> None:
        default = os.environ.get("MLPAGES_CACHE") or platformdirs.user_cache_dir("mlpages")
        self.root = root or Path(default)
        self.fresh = fresh
        self.limit = _limit()
        self.damaged: list[str] = []
        self._made: set[Path] = set()

    def entry(self, stage: str, inputs: Mapping[str, object], make: Callable[[Path], None]) -> Path:
        """Return the folder that `make(folder)` filled for these inputs, now or earlier."""
        text, folder = self._place(stage, inputs)
        if self._serves(folder):
            with suppress(OSError):  # an entry may be read where it cannot be written
                (folder / DONE).touch()  # what was used last is given up last
            return folder
        if (folder / DONE).is_file() and not self.fresh:
            self.damaged.append(stage)
        with explained_errors(self.root):
            folder.parent.mkdir(parents=True, exist_ok=True)
            _sweep(folder.parent)
            with _work_folder(folder) as work:
                make(work)
                record = {"stage": stage, "inputs": text, "files": _describe(work)}
                (work / DONE).write_text(json.dumps(record, indent=1))
                _replace(work, folder)
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
        return folder in self._made or (not self.fresh and is_whole(folder))

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
        for stage in self.root.glob("*/"):
            _sweep(stage)
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


@contextmanager
def _work_folder(folder: Path) -> Iterator[Path]:
    """A folder to fill, beside `folder`; the lock beside it goes with the process that holds it."""
    around, lock = _locked_folder(folder)
    try:
        (around / "entry").mkdir()
        yield around / "entry"
    finally:
        shutil.rmtree(around, ignore_errors=True)
        lock.close()


def _locked_folder(folder: Path) -> tuple[Path, IO[str]]:
    import fcntl

    while True:
        around = Path(tempfile.mkdtemp(prefix=f".{folder.name[:8]}-", dir=folder.parent))
        with suppress(FileNotFoundError):
            lock = (around / LOCK).open("w")
            fcntl.flock(lock, fcntl.LOCK_EX)
            if (around / LOCK).exists():
                return around, lock
            lock.close()  # before it was held, another build has swept the folder away


def _sweep(stage: Path) -> None:
    """Remove what killed builds have left half made: nobody holds the lock in it any more."""
    import fcntl

    for around in stage.glob(".*-*"):
        with suppress(OSError), (around / LOCK).open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            shutil.rmtree(around, ignore_errors=True)


def _replace(work: Path, folder: Path) -> None:
    if folder.exists():
        with suppress(FileNotFoundError):  # another build may have taken it away
            os.replace(folder, work.with_name("old"))
    try:
        os.replace(work, folder)
    except OSError:
        # Another build made the same entry a moment ago; its result is as good as ours.
        if not is_whole(folder):
            raise


def _describe(folder: Path) -> dict[str, list[object]]:
    """Bytes, time of the last change (nanoseconds) and sha256 of each file, by its name."""
    found: dict[str, list[object]] = {}
    for file in _files(folder):
        stat = file.stat()
        name = file.relative_to(folder).as_posix()
        found[name] = [stat.st_size, stat.st_mtime_ns, file_hash(file)]
    return found


def is_whole(folder: Path) -> bool:
    """Does an entry hold the very files that were put there?

    As in git, a file of the same size that was not written to since counts as the same: reading
    gigabytes of pictures again for each build would cost more than what is won.
    """
    try:
        files = json.loads((folder / DONE).read_text())["files"]
        if {folder / name for name in files} != set(_files(folder)):
            return False
        return all(_is_same(folder / name, *promised) for name, promised in files.items())
    except (OSError, ValueError, KeyError, TypeError):  # the record itself is damaged, or gone
        return False


def _is_same(file: Path, size: int, changed: int, sha256: str) -> bool:
    stat = file.stat()
    if stat.st_size != size:
        return False
    if stat.st_mtime_ns == changed:
        return True
    if file_hash(file) != sha256:
        return False
    with suppress(OSError):  # copied with the cache: next time a look at its time is enough
        os.utime(file, ns=(stat.st_atime_ns, changed))
    return True


def _files(folder: Path) -> list[Path]:
    return [file for file in folder.rglob("*") if file.is_file() and file != folder / DONE]


def file_hash(file: Path) -> str:
    """Return the sha256 of a file's bytes, in hexadecimal; the file may be larger than memory."""
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def code_hash(modules: Iterable[ModuleType]) -> str:
    """Hash what modules do: their syntax trees without comments and docstrings.

    A key that holds it changes when a stage's code changes, and nobody has to remember it.
    """
    digest = hashlib.sha256()
    for module in modules:
        digest.update(_code(module))
    return digest.hexdigest()


@functools.cache  # several stages of a build hold the same modules
def _code(module: ModuleType) -> bytes:
    tree = ast.parse(inspect.getsource(module))
    for node in ast.walk(tree):
        if isinstance(node, ast.Module | ast.FunctionDef | ast.ClassDef) and ast.get_docstring(
            node
        ):
            node.body = node.body[1:]
    return ast.dump(tree).encode()


def files_hash(files: Iterable[Path]) -> str:
    """Hash the names and bytes of files, in sorted order."""
    digest = hashlib.sha256()
    for file in sorted(files):
        digest.update(f"{file.name}\0{file.stat().st_size}\0".encode())
        digest.update(file.read_bytes())
    return digest.hexdigest()
