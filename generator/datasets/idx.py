"""IDX files, the format of MNIST and of those made after it: Fashion-MNIST, KMNIST, EMNIST."""

import gzip
import hashlib
import math
import re
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from generator.archives import DAMAGED, copy_at_most
from generator.cache import Cache
from generator.data import Dataset
from generator.datasets.arrays import Labelled, make_dataset
from generator.errors import BuildError

IDX_UINT8 = 0x08
MOST_DIMENSIONS = 4  # count, height, width, and channels where a file has them
# train-images-idx3-ubyte, t10k-labels.idx1-ubyte, emnist-letters-test-images-idx3-ubyte.gz
NAME = re.compile(
    r"(?P<set>.*?)(?P<part>train|t10k|test)[-_.](?P<kind>images|labels)[-_.]idx[13][-_.]ubyte"
    r"(?P<packed>\.gz)?",
    re.IGNORECASE,
)
FORMS = (
    "train-images-idx3-ubyte and train-labels-idx1-ubyte, best with t10k-images-idx3-ubyte and "
    "t10k-labels-idx1-ubyte (or test-… instead of t10k-…), each also with .gz"
)


@dataclass(frozen=True)
class _Found:
    """The IDX files of a folder, by ("train" or "test", "images" or "labels")."""

    folder: Path
    files: dict[tuple[str, str], Path]

    def labelled(self, part: str, transposed: bool, cache: Cache) -> Labelled | None:
        files = [self.files.get((part, kind)) for kind in ("images", "labels")]
        if files[0] is None and files[1] is None:
            return None
        images, labels = (
            _read(file, self.missing(part, kind), cache)
            for file, kind in zip(files, ("images", "labels"), strict=True)
        )
        if images.ndim != 3 or labels.ndim != 1:
            raise BuildError(
                what="the files do not hold images and their labels",
                where=str(self.folder),
                expected="images of 3 dimensions (count, height, width) and labels of 1",
                found=f"{images.ndim} and {labels.ndim}",
            )
        if transposed:
            images = images.swapaxes(1, 2)
        return Labelled(images[..., None], labels)

    def missing(self, part: str, kind: str) -> BuildError:
        return BuildError(
            what=f"the {kind} of the {part} images are missing",
            where=str(self.folder),
            expected=FORMS,
            found=", ".join(sorted(file.name for file in self.files.values())) or "no IDX file",
        )


def load(
    folder: Path,
    *,
    name: str,
    classes: tuple[str, ...],
    limit: int | None,
    seed: int,
    transposed: bool,
    cache: Cache,
) -> Dataset:
    """Return the data set in a folder of IDX files, named as MNIST's are, packed (.gz) or not.

    Images are uint8 [n, height, width, 1]; `transposed` swaps rows and columns, for EMNIST, whose
    files hold columns. Without test files a tenth of the training images is set aside for
    testing, and another, 5,000 at most, for validation: see `make_dataset`, which also tells how
    `classes` name the labels. Raises BuildError for missing, damaged or ambiguous files.
    """
    found = _find(folder)
    train = found.labelled("train", transposed, cache)
    if train is None:
        raise found.missing("train", "images")
    test = found.labelled("test", transposed, cache)
    digests = [_digest(file) for _, file in sorted(found.files.items())]
    return make_dataset(
        name,
        {"train": train, "test": test},
        classes=classes,
        limit=limit,
        seed=seed,
        identity=f"idx {digests} {transposed}",
        where=str(folder),
    )


def _find(folder: Path) -> _Found:
    files: dict[tuple[str, str], Path] = {}
    sets = set()
    for file in sorted(folder.iterdir()):
        match = NAME.fullmatch(file.name)
        if not match or not file.is_file():
            continue
        part = "train" if match["part"].lower() == "train" else "test"
        sets.add(match["set"])
        # Where both are there, the unpacked file spares the unpacking.
        if not match["packed"] or (part, match["kind"].lower()) not in files:
            files[part, match["kind"].lower()] = file
    if len(sets) > 1:
        raise BuildError(
            what="the folder holds more than one data set",
            where=str(folder),
            expected="the IDX files of one data set",
            found=", ".join(f"{prefix}*" for prefix in sorted(sets)),
            fix="Move each into a folder of its own.",
        )
    return _Found(folder, files)


def _read(file: Path | None, missing: BuildError, cache: Cache) -> npt.NDArray[np.uint8]:
    if file is None:
        raise missing
    return read_idx(_unpacked(file, cache) if file.suffix.lower() == ".gz" else file)


def _unpacked(file: Path, cache: Cache) -> Path:
    """Unpack into the cache, where the file can be mapped: memory stays flat.

    What would fill the whole cache is refused: a file of a few megabytes can hold terabytes.
    """

    def make(out: Path) -> None:
        try:
            with gzip.open(file) as source, (out / file.stem).open("wb") as target:
                copy_at_most(source, target, file, cache.limit)
        except DAMAGED as error:
            raise BuildError(
                what=f"the file cannot be unpacked ({error})",
                where=str(file),
                expected="a whole gzip file",
                fix="Get it again.",
            ) from error

    return cache.entry("idx", {"file": _digest(file)}, make) / file.stem


def _digest(file: Path) -> str:
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def read_idx(file: Path) -> npt.NDArray[np.uint8]:
    """Memory-map an uncompressed uint8 IDX file as an array of the shape that its header names.

    The format: two zero bytes, a type byte (0x08 is uint8), the number of dimensions, then each
    dimension as a big-endian uint32, then the values in C order
    (http://yann.lecun.com/exdb/mnist, "the IDX file format"). Raises BuildError.
    """
    if not file.is_file():
        raise BuildError(
            what="the file is missing",
            where=str(file),
            expected="an uncompressed IDX file",
            fix="Put it there, or name the folder that holds it.",
        )
    size = file.stat().st_size
    with file.open("rb") as stream:
        header = stream.read(4)
        if len(header) < 4 or header[:2] != b"\0\0" or header[2] != IDX_UINT8:
            raise BuildError(
                what="the file is not an IDX file of 8-bit values",
                where=str(file),
                expected="a file that begins with the bytes 00 00 08",
                found=f"{size} bytes that begin with {header.hex(' ') or 'nothing'}",
            )
        dims = stream.read(4 * header[3])
    shape = tuple(int(n) for n in np.frombuffer(dims[: len(dims) // 4 * 4], dtype=">u4"))
    if not 1 <= header[3] <= MOST_DIMENSIONS or 0 in shape:
        raise BuildError(
            what="the file holds no images and no labels",
            where=str(file),
            expected=f"1 to {MOST_DIMENSIONS} dimensions, none of them 0",
            found=f"{header[3]} dimensions, {list(shape[:MOST_DIMENSIONS])}",
        )
    expected = 4 + 4 * header[3] + math.prod(shape)
    if len(shape) != header[3] or size != expected:
        raise BuildError(
            what="the file is truncated or has bytes to spare",
            where=str(file),
            expected=f"{expected:,} bytes for the shape {list(shape)} in its header",
            found=f"{size:,} bytes",
            fix="Get it again.",
        )
    return np.memmap(file, dtype=np.uint8, mode="r", offset=4 + 4 * header[3], shape=shape)
