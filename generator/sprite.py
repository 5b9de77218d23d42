"""A Dataset on disk as the browser wants it: sprite sheets, label files, a manifest."""

import hashlib
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from pathlib import Path

import numpy as np
import numpy.typing as npt

from generator.data import SPLITS, Dataset, Images, Split, SplitName
from generator.errors import BuildError
from generator.manifest import DataManifest, ImageShape, Labels, Layout, Sheet, SplitFiles
from generator.png import write_png

SHEET_IMAGES = 2_750  # a run of the trainer's default, 5,500 images, fetches whole sheets
FIRST_IMAGES = 550  # the first sheet is small: it holds the first batch, and what a page shows
BATCH_IMAGES = 500
Progress = Callable[[int, int], None]


def write_sheets(dataset: Dataset, folder: Path, progress: Progress | None = None) -> DataManifest:
    """Write sheets of 2,750 images, one image per PNG row, and labels, per split.

    The first 2,750 are two sheets, of 550 and of 2,200: training starts with the first. A sheet
    is height * width pixels wide, 8-bit grey or RGB. File names carry the sha256 of their content,
    so a host may cache them for ever. `progress(done, total)` counts images.
    Two threads compress (zlib lets go of the interpreter), each holding one batch of 500 images.
    """
    folder.mkdir(parents=True, exist_ok=True)
    jobs = [(name, place) for name in SPLITS for place in _places(len(dataset.splits[name]))]
    total = sum(len(dataset.splits[name]) for name in SPLITS)
    done = 0
    sheets: dict[SplitName, list[Sheet]] = {name: [] for name in SPLITS}
    with ThreadPoolExecutor(max_workers=2) as pool:
        written = pool.map(lambda job: _write_sheet(dataset, job[0], job[1], folder), jobs)
        for (name, _), sheet in zip(jobs, written, strict=True):
            sheets[name].append(sheet)
            done += sheet.count
            if progress:
                progress(done, total)
    found = {name: tuple(files) for name, files in sheets.items()}
    return write_manifest(dataset, found, folder, layout="rows")


def write_manifest(
    dataset: Dataset, sheets: dict[SplitName, tuple[Sheet, ...]], folder: Path, layout: Layout
) -> DataManifest:
    """Write the label files of all splits, and the manifest that names them and the sheets."""
    manifest = DataManifest(
        name=dataset.name,
        title=dataset.title,
        licence=dataset.licence,
        source=dataset.source,
        image=ImageShape(*dataset.shape),
        classes=dataset.classes,
        splits={
            name: SplitFiles(
                count=len(dataset.splits[name]),
                sheets=sheets[name],
                labels=_write_labels(dataset, dataset.splits[name], folder / f"{name}-labels"),
            )
            for name in SPLITS
        },
        layout=layout,
        drawn=dataset.drawn,
    )
    (folder / "manifest.json").write_text(manifest.to_json(), encoding="utf-8")
    return manifest


def _places(count: int) -> Iterator[tuple[int, int, int]]:
    """The number of each sheet, its first image and the one after its last."""
    starts = [0, FIRST_IMAGES, *range(SHEET_IMAGES, count, SHEET_IMAGES)]
    bounds = [*(start for start in starts if start < count), count]
    for number, (start, end) in enumerate(pairwise(bounds)):
        yield number, start, end


def _write_sheet(
    dataset: Dataset, name: SplitName, place: tuple[int, int, int], folder: Path
) -> Sheet:
    images = dataset.splits[name].images
    number, start, end = place
    path = folder / f"{name}-{number:03d}.png"
    height, width, channels = dataset.shape
    rows = _rows(images, start, end, height * width * channels)
    write_png(path, rows, height * width, end - start, channels)
    file, digest = hashed(path)
    return Sheet(file=file.name, count=end - start, bytes=file.stat().st_size, sha256=digest)


def _rows(images: Images, start: int, end: int, width: int) -> Iterator[npt.NDArray[np.uint8]]:
    for first in range(start, end, BATCH_IMAGES):
        batch = images[first : min(first + BATCH_IMAGES, end)]
        yield np.ascontiguousarray(batch).reshape(len(batch), width)


def _write_labels(dataset: Dataset, split: Split, path: Path) -> Labels:
    wide = len(dataset.classes) > 256
    path.write_bytes(split.labels.astype("<u2" if wide else "u1").tobytes())
    file, digest = hashed(path)
    size = file.stat().st_size
    return Labels(file.name, size, digest, dtype="uint16" if wide else "uint8")


def hashed(path: Path) -> tuple[Path, str]:
    """Put the first ten hex digits of the file's sha256 into its name."""
    with path.open("rb") as stream:
        digest = hashlib.file_digest(stream, "sha256").hexdigest()
    return path.rename(path.with_name(f"{path.stem}.{digest[:10]}{path.suffix}")), digest


def write_classic(dataset: Dataset, folder: Path, progress: Progress | None = None) -> None:
    """Write the two files that existing MnistData loaders fetch, under their stable names.

    `<name>_images.png` has one image per row, the training split then the test split;
    `<name>_labels_uint8` their labels, one-hot, `classes` bytes each. For MNIST they hold
    exactly what the well-known files hold: 784 x 65,000 pixels and 650,000 bytes.
    Raises BuildError for colour images, which the classic loaders cannot read.
    """
    height, width, channels = dataset.shape
    if channels != 1:
        raise BuildError(
            what="the classic files hold grey images alone",
            where=f"[data.{dataset.name}] classic",
            expected="a data set of 1 channel",
            found=f"{channels} channels",
            fix="Remove `classic = true`.",
        )
    parts = [dataset.splits["train"], dataset.splits["test"]]
    total = sum(len(part) for part in parts)

    def rows() -> Iterator[npt.NDArray[np.uint8]]:
        done = 0
        for part in parts:
            for batch in _rows(part.images, 0, len(part), height * width):
                yield batch
                done += len(batch)
                if progress:
                    progress(done, total)

    folder.mkdir(parents=True, exist_ok=True)
    write_png(folder / f"{dataset.name}_images.png", rows(), height * width, total, 1)
    one_hot = np.eye(len(dataset.classes), dtype=np.uint8)
    with (folder / f"{dataset.name}_labels_uint8").open("wb") as file:
        for part in parts:
            file.write(one_hot[part.labels].tobytes())
