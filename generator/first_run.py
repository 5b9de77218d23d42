"""How much of a data set a page's first run needs, and a manifest of that much alone."""

from dataclasses import dataclass, replace
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from generator.config import DemoConfig
from generator.data import SPLITS
from generator.demos import trainer, transfer
from generator.manifest import DataManifest, Labels, Sheet, SplitFiles


@dataclass(frozen=True)
class Cut:
    """A data set that ends early: whole sheets, as many as hold the images that are wanted.

    `labels` are the label files of splits that end early, by name.
    """

    manifest: DataManifest
    labels: dict[str, bytes]


def images_of_first_run(demo: DemoConfig, manifest: DataManifest, folder: Path) -> dict[str, int]:
    """Return how many images of each split, from its start, a page uses at first.

    Of a trainer that is its default run and a test, of a predictor the test images that it
    offers, of a transfer learner the sample pictures. `folder` holds the manifest's files.
    """
    if demo.kind == "trainer":
        run = trainer.defaults(manifest)
        return {name: int(run[f"{name}Images"]) for name in SPLITS}
    if demo.kind == "predictor":
        return {"test": 1}
    return {
        name: _images_with(each, _read_labels(manifest.splits[name].labels, folder))
        for name, each in transfer.SAMPLES.items()
    }


def sheets_with(split: SplitFiles, images: int) -> tuple[Sheet, ...]:
    """The first sheets of a split that hold so many images together."""
    before = 0
    found = []
    for sheet in split.sheets:
        if before >= images:
            break
        found.append(sheet)
        before += sheet.count
    return tuple(found)


def cut(manifest: DataManifest, wanted: dict[str, int], folder: Path) -> Cut:
    """End each split after the sheets that hold the images wanted of it; none: it is empty."""
    splits, labels = {}, {}
    for name, split in manifest.splits.items():
        sheets = sheets_with(split, wanted.get(name, 0))
        if sheets != split.sheets:
            count = sum(sheet.count for sheet in sheets)
            entry, content = _cut_labels(name, split.labels, count, folder)
            labels[entry.file] = content
            split = SplitFiles(count, sheets, entry)
        splits[name] = split
    return Cut(replace(manifest, splits=splits), labels)


def _cut_labels(name: str, labels: Labels, count: int, folder: Path) -> tuple[Labels, bytes]:
    content = (folder / labels.file).read_bytes()[: count * np.dtype(labels.dtype).itemsize]
    digest = sha256(content).hexdigest()
    file = f"{name}-labels.{digest[:10]}"
    return replace(labels, file=file, bytes=len(content), sha256=digest), content


def _read_labels(labels: Labels, folder: Path) -> npt.NDArray[np.integer[Any]]:
    dtype = np.dtype(labels.dtype).newbyteorder("<")
    return np.frombuffer((folder / labels.file).read_bytes(), dtype)


def _images_with(each: int, labels: npt.NDArray[np.integer[Any]]) -> int:
    """How many of the first images hold `each` of every class, or all that there are of it."""
    last = [np.flatnonzero(labels == label)[:each][-1] for label in np.unique(labels)]
    return int(max(last)) + 1
