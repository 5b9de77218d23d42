"""Arrays of images and labels -> Dataset: what IDX and npz files have in common."""

import hashlib
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from generator.data import Dataset, Split, SplitName, Taken, narrowed
from generator.datasets.splitting import stratified
from generator.errors import BuildError

SHARE = 0.1  # of the training images, for each split that the files do not bring
MOST = 5_000  # images of a split made so: as many as tell half a percent from chance
NAMES: tuple[SplitName, ...] = ("train", "validation", "test")


@dataclass(frozen=True)
class Labelled:
    """Images uint8 [n, height, width, channels] and integer labels [n]."""

    images: npt.NDArray[np.uint8]
    labels: npt.NDArray[Any]


def make_dataset(
    name: str,
    parts: dict[SplitName, Labelled | None],
    *,
    classes: tuple[str, ...],
    limit: int | None,
    seed: int,
    identity: str,
    where: str,
) -> Dataset:
    """Return a data set of the parts that there are; "train" has to be one of them.

    A missing validation or test split is taken from the training images: a tenth of them, 5,000
    at most, by a seeded and stratified choice. The labels that occur in training, in ascending
    order, are the classes; `classes` names them, else their numbers do. `limit` keeps as many
    images in all, the same share of every split. Raises BuildError when images and labels do not
    fit each other, sizes differ between parts, or `classes` has another number of names.
    """
    found = {part: labelled for part, labelled in parts.items() if labelled is not None}
    _check(found, where)
    numbers = np.unique(found["train"].labels)
    names = classes or tuple(str(number) for number in numbers)
    if len(names) != len(numbers):
        raise BuildError(
            what="the classes are not as many as the labels",
            where=f"[data.{name}] classes",
            expected=f"{len(numbers)} names, for the labels {_listed(numbers)}",
            found=f"{len(names)} names",
        )
    rows = _rows(found, limit, seed)
    splits = {
        split: _split(found[part], chosen, numbers, where) for split, (part, chosen) in rows.items()
    }
    images = found["train"].images
    text = f"{identity} {names} {limit} {seed}"
    return Dataset(
        name=name,
        title=name,
        licence="",
        source="",
        classes=names,
        shape=(images.shape[1], images.shape[2], images.shape[3]),
        splits={split: splits[split] for split in NAMES},
        identity=hashlib.sha256(text.encode()).hexdigest(),
    )


def _rows(
    found: dict[SplitName, Labelled], limit: int | None, seed: int
) -> dict[SplitName, tuple[SplitName, npt.NDArray[np.int64]]]:
    """By split, the part whose images it has and which of them, in a stratified order."""
    labels = found["train"].labels
    absent = [name for name in NAMES if name not in found]
    share = min(SHARE, MOST / len(labels))
    shares = (1 - share * len(absent), *(share for _ in absent))
    taken = stratified(labels, shares, seed)
    rows: dict[SplitName, tuple[SplitName, npt.NDArray[np.int64]]] = {"train": ("train", taken[0])}
    rows |= {name: ("train", chosen) for name, chosen in zip(absent, taken[1:], strict=True)}
    for part in found.keys() - {"train"}:
        rows[part] = (part, stratified(found[part].labels, (1.0,), seed)[0])
    if limit is None:
        return rows
    # Every beginning of a stratified order is stratified.
    kept = min(1.0, limit / sum(len(chosen) for _, chosen in rows.values()))
    return {
        name: (part, chosen[: max(1, round(kept * len(chosen)))])
        for name, (part, chosen) in rows.items()
    }


def _split(
    labelled: Labelled,
    rows: npt.NDArray[np.int64],
    numbers: npt.NDArray[Any],
    where: str,
) -> Split:
    labels = labelled.labels[rows]
    unknown = np.setdiff1d(labels, numbers)
    if len(unknown):
        raise BuildError(
            what="test or validation images have labels that no training image has",
            where=where,
            expected=f"labels {_listed(numbers)}",
            found=_listed(unknown),
        )
    indices = np.searchsorted(numbers, labels)
    taken = Taken(labelled.images, rows)
    return Split(taken, narrowed(indices, len(numbers)))


def _check(found: dict[SplitName, Labelled], where: str) -> None:
    shape = found["train"].images.shape[1:]
    for name, part in found.items():
        if len(part.images) != len(part.labels):
            raise BuildError(
                what=f"images and labels of {name} differ in number",
                where=where,
                expected=f"{len(part.images):,} labels, one per image",
                found=f"{len(part.labels):,}",
            )
        if part.images.shape[1:] != shape:
            raise BuildError(
                what=f"the images of {name} differ from those of train in size",
                where=where,
                expected=_size(shape),
                found=_size(part.images.shape[1:]),
            )
    numbers, counts = np.unique(found["train"].labels, return_counts=True)
    if len(numbers) < 2 or counts.min() < 3:
        rare = [str(number) for number, count in zip(numbers, counts, strict=True) if count < 3]
        raise BuildError(
            what="there are too few images to learn from",
            where=where,
            expected="two or more classes with three training images each",
            found=f"class {', '.join(rare)} has fewer" if rare else f"{len(numbers)} class",
        )


def _size(shape: tuple[int, ...]) -> str:
    return " x ".join(map(str, shape))


def _listed(numbers: npt.NDArray[Any]) -> str:
    shown = [str(number) for number in numbers[:12]]
    return ", ".join(shown) + (f" and {len(numbers) - 12} more" if len(numbers) > 12 else "")
