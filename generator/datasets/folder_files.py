"""The files below a folder, and the sha256 of each, remembered from one build to the next."""

import hashlib
import json
import os
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from generator.cache import Cache
from generator.layouts import natural

IGNORED = {"__macosx", "thumbs.db", "desktop.ini"}  # beside names that begin with a dot
# Nanoseconds: a file as young as this could change again and have the same time of change.
YOUNG = 2_000_000_000
Status = tuple[int, int]  # bytes, and the time of change in nanoseconds


@dataclass(frozen=True)
class Found:
    """Files below a folder, by path with "/" between folders, and links that are not followed."""

    files: dict[str, Status]
    links: tuple[str, ...]
    unnamed: tuple[str, ...]  # paths that are no UTF-8, as far as they can be written


def find_files(folder: Path) -> Found:
    """Return the files below a folder, as people sort them; hidden ones are no part of it.

    Links are followed unless they lead out of the folder, nowhere, or round in a circle.
    """
    root = folder.resolve()
    files: dict[str, Status] = {}
    links: list[str] = []
    unnamed: list[str] = []
    for path, entry in _walk(root, "", (root,), links):
        try:
            path.encode("utf-8")
        except UnicodeEncodeError:
            unnamed.append(path.encode("utf-8", "backslashreplace").decode())
            continue
        status = entry.stat()
        files[path] = status.st_size, status.st_mtime_ns
    ordered = {path: files[path] for path in sorted(files, key=natural)}
    return Found(ordered, tuple(sorted(links)), tuple(sorted(unnamed)))


def _walk(
    root: Path, below: str, descent: tuple[Path, ...], links: list[str]
) -> Iterator[tuple[str, os.DirEntry[str]]]:
    """Yield files and their paths; `descent` holds the real folders that led here."""
    with os.scandir(root / below) as entries:
        for entry in entries:
            if entry.name.startswith(".") or entry.name.casefold() in IGNORED:
                continue
            path = f"{below}{entry.name}"
            real = descent[-1] / entry.name
            if entry.is_symlink():
                real = Path(os.path.realpath(real))
                if not real.is_relative_to(root) or real in descent or not real.exists():
                    links.append(path)
                    continue
            if entry.is_dir():
                yield from _walk(root, f"{path}/", (*descent, real), links)
            elif entry.is_file():
                yield path, entry


def read_digests(
    folder: Path, files: dict[str, Status], cache: Cache
) -> tuple[dict[str, str], dict[str, str]]:
    """Return the sha256 of each file, and by path the reason why one cannot be read.

    A file with the size and the time of change that it had the last time is not read again; a
    cache that is `fresh` reads all.
    """
    index = _index_file(folder, cache)
    before = {} if cache.fresh else _read_index(index)
    new = [path for path, status in files.items() if before.get(path, (0, 0, ""))[:2] != status]
    with ThreadPoolExecutor(os.cpu_count()) as threads:
        read = dict(zip(new, threads.map(lambda path: _digest(folder / path), new), strict=True))
    failed = {path: why for path, (digest, why) in read.items() if not digest}
    known = {path: before[path][2] for path in files.keys() - read.keys()}
    known |= {path: digest for path, (digest, _) in read.items() if digest}
    if new or len(before) != len(known):
        _write_index(index, {path: (*files[path], digest) for path, digest in known.items()})
    return {path: known[path] for path in files if path in known}, failed


def forget_digests(folder: Path, cache: Cache) -> None:
    """Have all files read again the next time."""
    _index_file(folder, cache).unlink(missing_ok=True)


def _digest(file: Path) -> tuple[str, str]:
    """A file's sha256 and "", or "" and why there is none."""
    try:
        with file.open("rb") as stream:
            digest = hashlib.file_digest(stream, "sha256").hexdigest()
            return ("", "is empty") if not stream.tell() else (digest, "")
    except OSError as error:
        return "", f"cannot be read ({error.strerror})"


def _index_file(folder: Path, cache: Cache) -> Path:
    key = hashlib.sha256(os.fsencode(folder.resolve())).hexdigest()[:32]
    return cache.root / "digests" / f"{key}.json"


def _read_index(index: Path) -> dict[str, tuple[int, int, str]]:
    try:
        table = json.loads(index.read_text(encoding="utf-8"))
        return {
            path: (int(size), int(changed), bytes.fromhex(digest).hex())
            for path, (size, changed, digest) in table.items()
        }
    except (OSError, ValueError, TypeError, AttributeError):
        return {}  # missing or damaged: it is made anew


def _write_index(index: Path, table: dict[str, tuple[int, int, str]]) -> None:
    latest = time.time_ns() - YOUNG
    kept = {path: entry for path, entry in table.items() if entry[1] < latest}
    index.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile(
        "w", dir=index.parent, prefix=".", delete=False, encoding="utf-8"
    ) as partial:
        json.dump(kept, partial)
    os.replace(partial.name, index)
