"""Packed files from anywhere: opened without a crash, and no larger than they may become."""

import gzip
import lzma
import shutil
import struct
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from generator.errors import BuildError

MOST_FILES = 10_000  # in one zip that we read; a model or an archive of arrays has a dozen
# What the standard library raises for a packed file that is damaged, cut short, locked or made to
# confuse it.
DAMAGED = (
    EOFError,
    KeyError,
    NotImplementedError,  # a way of packing that it does not know
    OSError,
    OverflowError,
    RuntimeError,  # a password is asked for
    ValueError,
    lzma.LZMAError,
    struct.error,
    zipfile.BadZipFile,
    zlib.error,
)


@contextmanager
def open_zip(
    file: Path, *, most: int, what: str, expected: str, fix: str = "Save or get it again."
) -> Iterator[zipfile.ZipFile]:
    """Open a zip whose files have at most `most` bytes in all.

    The sizes in its directory bind: the standard library reads no more of a file than these. Raises
    BuildError with these words when it is no zip, is damaged, also where the block reads it, or
    would become too large.
    """
    try:
        with zipfile.ZipFile(file) as archive:
            entries = archive.infolist()
            refuse_size(file, sum(entry.file_size for entry in entries), most)
            if len(entries) > MOST_FILES:
                raise BuildError(
                    what="it holds too many files",
                    where=str(file),
                    expected=f"at most {MOST_FILES:,}",
                    found=f"{len(entries):,}",
                )
            yield archive
    except DAMAGED as error:
        why = str(error) or type(error).__name__
        raise BuildError(
            what=f"{what} ({why})", where=str(file), expected=expected, fix=fix
        ) from error


def copy_at_most(
    source: IO[bytes] | gzip.GzipFile, target: IO[bytes], file: Path, most: int
) -> None:
    """Copy what `file` unpacks to; raise BuildError as soon as that is more than `most` bytes."""
    size = 0
    while piece := source.read(shutil.COPY_BUFSIZE):  # type: ignore[attr-defined]
        size += len(piece)
        refuse_size(file, size, most)
        target.write(piece)


def refuse_size(file: Path, size: int, most: int) -> None:
    """Raise BuildError when a packed file becomes larger than `most` bytes."""
    if size > most:
        raise BuildError(
            what="it would become too large",
            where=str(file),
            expected=f"at most {most / 1e6:,.0f} MB when it is unpacked",
            found=f"{size / 1e6:,.0f} MB or more",
        )
