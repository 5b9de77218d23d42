"""A data set in memory terms: lazily read images, labels, classes and splits, and their checks."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal, Protocol

import numpy as np
import numpy.typing as npt

from generator.errors import BuildError

SplitName = Literal["train", "validation", "test"]
SPLITS: tuple[SplitName, ...] = ("train", "validation", "test")


class Images(Protocol):
    """A sequence of `len()` images: slicing gives uint8 of shape [n, height, width, channels].

    A numpy array, a memory map or a class that draws on demand all qualify, so that a data set
    never has to fit into memory.
    """

    def __len__(self) -> int: ...

    def __getitem__(self, rows: slice, /) -> npt.NDArray[np.uint8]: ...


@dataclass(frozen=True)
class Taken:
    """Some of another sequence's images, in another order: those at `rows`."""

    images: npt.NDArray[np.uint8]
    rows: npt.NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.rows)

    def __getitem__(self, rows: slice, /) -> npt.NDArray[np.uint8]:
        taken: npt.NDArray[np.uint8] = self.images[self.rows[rows]]
        return taken


@dataclass(frozen=True)
class Split:
    """Images and their class indices, one integer in [0, classes) per image."""

    images: Images
    labels: npt.NDArray[np.uint8] | npt.NDArray[np.uint16]

    def __len__(self) -> int:
        return len(self.images)

    def batches(self, size: int) -> Iterator[npt.NDArray[np.uint8]]:
        """Yield uint8 batches [<=size, height, width, channels] in order."""
        for start in range(0, len(self.images), size):
            yield self.images[start : start + size]


def narrowed(
    labels: npt.NDArray[Any], classes: int
) -> npt.NDArray[np.uint8] | npt.NDArray[np.uint16]:
    """Class indices as label files hold them: uint8, or uint16 above 256 classes."""
    return labels.astype(np.uint16) if classes > 256 else labels.astype(np.uint8)


@dataclass(frozen=True)
class Dataset:
    """Labelled images of one known shape, with where they come from.

    `shape` is (height, width, channels), channels 1 (grey) or 3 (RGB). `drawn`: light strokes on
    dark, as MNIST's are; pages let visitors draw such an image. `identity` is a string that changes
    when any byte of the data changes (a content hash): caches are keyed by it.
    """

    name: str
    title: str
    licence: str
    source: str
    classes: tuple[str, ...]
    shape: tuple[int, int, int]
    splits: dict[SplitName, Split]
    identity: str
    drawn: bool = False

    def __post_init__(self) -> None:
        for name in SPLITS:
            if name not in self.splits:
                raise BuildError(
                    what="a split is missing",
                    where=f"data set {self.name!r}",
                    expected=f"splits {', '.join(SPLITS)}",
                    found=", ".join(self.splits) or "none",
                )
            self._check_split(name, self.splits[name])

    def _check_split(self, name: SplitName, split: Split) -> None:
        where = f"data set {self.name!r}, split {name!r}"
        if len(split.images) != len(split.labels):
            raise BuildError(
                what="images and labels differ in number",
                where=where,
                expected=f"{len(split.images)} labels, one per image",
                found=f"{len(split.labels)} labels",
            )
        if len(split.labels) and int(split.labels.max()) >= len(self.classes):
            raise BuildError(
                what="a label names no class",
                where=where,
                expected=f"labels from 0 to {len(self.classes) - 1}",
                found=str(int(split.labels.max())),
            )
        first = split.images[0:1]
        if first.dtype != np.uint8 or first.shape[1:] != self.shape:
            raise BuildError(
                what="images are not of the data set's shape",
                where=where,
                expected=f"uint8 [n, {', '.join(map(str, self.shape))}]",
                found=f"{first.dtype} [{', '.join(map(str, ('n', *first.shape[1:])))}]",
                fix="Convert the images to 8-bit pixels of one size before they are added.",
            )
