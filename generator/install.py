"""A finished work folder -> site/, so that the site works at every instant.

Assets first, since nothing refers to them yet; then what refers to them, each replaced in one
step, pages last; then what the last but one generation alone needed goes. Open tabs of the last
generation keep their assets. Files that no build of ours has written are spared.
"""

import errno
import json
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path

from generator.errors import BuildError

ENTRANCES = (".json", ".html")
# What each generation wrote, the newest first; and what was begun and, if killed, not ended.
GENERATIONS, BEGUN = "generations.json", "begun.json"


def state_beside(home: Path, out: Path) -> Path:
    """Where builds into `out` keep their lock, work and generations: beside site.toml, in `home`,
    and outside of the site."""
    resolved = out.resolve()
    digest = sha256(str(resolved).encode()).hexdigest()[:8]
    return home.resolve() / ".mlpages" / f"{resolved.name}-{digest}"


def install_site(work: Path, out: Path, state: Path) -> None:
    """Bring `out` to what `work` holds; `state` remembers which files each generation wrote.

    Killed at any moment, it leaves a site that works; the next one takes away what it had begun.
    """
    files = sorted(file.relative_to(work).as_posix() for file in work.rglob("*") if file.is_file())
    record, begun = state / GENERATIONS, state / BEGUN
    earlier, broken_off = _read(record), _read(begun)
    generations = earlier if files in earlier[:1] else [files, *earlier[:1]]
    with explained_errors(out):
        out.mkdir(parents=True, exist_ok=True)
        state.mkdir(parents=True, exist_ok=True)
        _write(begun, [files, *broken_off])
        for name in sorted(files, key=_rank):
            _put(work / name, out / name)
        _write(record, generations)
        for name in sorted(set().union(*earlier, *broken_off).difference(*generations)):
            (out / name).unlink(missing_ok=True)
            _prune((out / name).parent, out)
        begun.unlink()


def remove_site(out: Path, state: Path) -> None:
    """Remove what builds wrote into `out`, and `state`; whatever else is in `out` stays."""
    written = [*_read(state / GENERATIONS), *_read(state / BEGUN)]
    if not written:
        return
    with one_build_at_a_time(state), explained_errors(out):
        for name in set().union(*written):
            (out / name).unlink(missing_ok=True)
            _prune((out / name).parent, out)
        sweep_partials(out)
        shutil.rmtree(state)


def _rank(name: str) -> tuple[int, str]:
    """Assets before manifests, manifests before pages, the home page last."""
    suffix = Path(name).suffix
    order = 1 + ENTRANCES.index(suffix) if suffix in ENTRANCES else 0
    return order + (name == "index.html"), name


def _put(source: Path, target: Path) -> None:
    """Copy a file so that `target` is the old one or the new one, never a part."""
    size = source.stat().st_size
    if target.is_file() and target.stat().st_size == size:
        if target.read_bytes() == source.read_bytes():
            return
    target.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(prefix=".mlpages-", dir=target.parent)
    os.close(handle)
    try:
        shutil.copyfile(source, name)
        os.chmod(name, 0o644)
        os.replace(name, target)
    finally:
        Path(name).unlink(missing_ok=True)


def _read(record: Path) -> list[list[str]]:
    """Names of files, by generation; none when nothing was recorded."""
    try:
        generations: list[list[str]] = json.loads(record.read_text(encoding="utf-8"))
    except (FileNotFoundError, ValueError):  # damaged: then old files stay, which harms nobody
        return []
    return generations


def _write(record: Path, generations: list[list[str]]) -> None:
    partial = record.with_name(f".{record.name}.partial")
    partial.write_text(json.dumps(generations, indent=0), encoding="utf-8")
    os.replace(partial, record)


def _prune(folder: Path, out: Path) -> None:
    while folder != out and folder.is_dir() and not any(folder.iterdir()):
        folder.rmdir()
        folder = folder.parent


def sweep_partials(out: Path) -> None:
    """Remove what a killed build left half copied."""
    for file in out.rglob(".mlpages-*"):
        file.unlink(missing_ok=True)


@contextmanager
def explained_errors(path: Path, left: str = " The site is as it was.") -> Iterator[None]:
    """Turn the errors that a disk gives into a sentence about `path`; `left` ends it."""
    try:
        yield
    except OSError as error:
        fixes = {
            errno.ENOSPC: ("the disk is full", "Free some space and try again."),
            errno.EFBIG: (
                "a file is larger than may be written here",
                "Raise the limit (`ulimit -f`) or name another folder.",
            ),
            errno.EDQUOT: ("the disk quota is used up", "Free some space and try again."),
            errno.EROFS: ("it is on a read-only disk", "Name another folder."),
            errno.EACCES: (
                "it may not be written",
                "Change its permissions or name another folder.",
            ),
            errno.EPERM: (
                "it may not be written",
                "Change its permissions or name another folder.",
            ),
            errno.ENOTDIR: ("it is a file, not a folder", "Name another folder."),
            errno.EEXIST: ("it is a file, not a folder", "Name another folder."),
        }
        if error.errno not in fixes:
            raise
        what, fix = fixes[error.errno]
        # Of a copy, the second name is the one that is written.
        where = str(error.filename2 or error.filename or path)
        raise BuildError(what=what, where=where, fix=f"{fix}{left}") from error


@contextmanager
def one_build_at_a_time(state: Path) -> Iterator[None]:
    """Hold the lock of this output folder; the system lets go of it when a build is killed."""
    import fcntl

    with explained_errors(state):
        state.mkdir(parents=True, exist_ok=True)
        opened = (state / "lock").open("w")
    with opened as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise BuildError(
                what="another build of this site is running",
                where=str(state),
                fix="Wait until it has ended, or build into another folder with --out.",
            ) from error
        yield
