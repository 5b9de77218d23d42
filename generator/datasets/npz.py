"""An .npz file of images: x_train, y_train and, if it has them, x_test, y_test, x_val, y_val."""

import hashlib
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from generator.archives import open_zip
from generator.cache import Cache
from generator.data import Dataset
from generator.datasets.arrays import Labelled, make_dataset
from generator.errors import BuildError

PARTS = {"train": "train", "validation": "val", "test": "test"}
ROWS = 10_000  # images looked at together


def load(
    file: Path,
    *,
    name: str,
    classes: tuple[str, ...],
    limit: int | None,
    seed: int,
    cache: Cache,
) -> Dataset:
    """Return the data set in an .npz file.

    Images: integers from 0 to 255, [n, height, width] or [n, height, width, 1 or 3]. Labels:
    integers [n] or [n, 1], or one-hot [n, classes]. Arrays are unpacked into the cache and mapped,
    so memory stays flat. Splits and `classes` as in `make_dataset`. Raises BuildError for a file
    that is no such archive; object arrays, which could run code, are refused.
    """
    with file.open("rb") as stream:
        digest = hashlib.file_digest(stream, "sha256").hexdigest()
    entry = cache.entry("npz", {"file": digest}, lambda out: _unpack(file, out, cache.limit))
    arrays = {path.stem: _map(path, file) for path in entry.glob("*.npy")}
    for key in ("x_train", "y_train"):
        if key not in arrays:
            raise BuildError(
                what=f"there is no array {key!r}",
                where=str(file),
                expected="x_train and y_train, best with x_test and y_test",
                found=", ".join(sorted(arrays)) or "no array",
                fix="Save it with numpy.savez(file, x_train=…, y_train=…, x_test=…, y_test=…).",
            )
    parts = {
        split: _labelled(arrays, key, file) for split, key in PARTS.items() if f"x_{key}" in arrays
    }
    return make_dataset(
        name,
        parts,  # type: ignore[arg-type]
        classes=classes,
        limit=limit,
        seed=seed,
        identity=f"npz {digest}",
        where=str(file),
    )


def _unpack(file: Path, out: Path, most: int) -> None:
    known = {f"{axis}_{key}.npy" for axis in "xy" for key in PARTS.values()}
    with open_zip(
        file,
        most=most,
        what="the file cannot be unpacked",
        expected="an .npz file, as numpy.savez writes it",
    ) as archive:
        for member in known & set(archive.namelist()):
            with archive.open(member) as source, (out / member).open("wb") as target:
                shutil.copyfileobj(source, target)


def _map(path: Path, file: Path) -> npt.NDArray[Any]:
    try:
        # Unlike numpy.load it takes nothing but an array: no pickle, no archive in the archive.
        array: npt.NDArray[Any] = np.lib.format.open_memmap(path, mode="r")  # type: ignore[no-untyped-call]
    # Its header is read as Python's literals, and a damaged one fails in a dozen ways.
    except Exception as error:
        raise BuildError(
            what=f"the array {path.stem!r} cannot be read ({error})",
            where=str(file),
            expected="an array of numbers",
            fix="Save it as numbers: object arrays hold Python code and are never opened.",
        ) from error
    if not array.size or array.dtype.kind not in "biuf":
        raise BuildError(
            what=f"the array {path.stem!r} holds no numbers",
            where=str(file),
            expected="an array of numbers",
            found=f"{array.dtype} {list(array.shape)}",
        )
    return array


def _labelled(arrays: dict[str, npt.NDArray[Any]], key: str, file: Path) -> Labelled:
    if f"y_{key}" not in arrays:
        raise BuildError(
            what=f"there are images x_{key} without labels",
            where=str(file),
            expected=f"an array y_{key}",
        )
    where = f"{file}, "
    images = _images(arrays[f"x_{key}"], f"{where}x_{key}")
    return Labelled(images, _labels(arrays[f"y_{key}"], f"{where}y_{key}"))


def _images(array: npt.NDArray[Any], where: str) -> npt.NDArray[np.uint8]:
    fits = array.ndim == 3 or (array.ndim == 4 and array.shape[3] in (1, 3))
    if not fits or not np.issubdtype(array.dtype, np.integer) or not _in_bytes(array):
        raise BuildError(
            what="the images are not 8-bit pixels",
            where=where,
            expected="integers from 0 to 255, [n, height, width] or [n, height, width, 1 or 3]",
            found=f"{array.dtype} {list(array.shape)}",
            fix="Pixels from 0 to 1 become bytes by (255 * x).round().astype('uint8'); channels "
            "that come first go last by numpy.moveaxis(x, 1, -1).",
        )
    images = array if array.dtype == np.uint8 else array.astype(np.uint8)
    return images.reshape((*array.shape[:3], array.shape[3] if array.ndim == 4 else 1))


def _in_bytes(array: npt.NDArray[Any]) -> bool:
    if array.dtype == np.uint8:
        return True
    batches = (array[first : first + ROWS] for first in range(0, len(array), ROWS))
    return all(0 <= batch.min() and batch.max() <= 255 for batch in batches)


def _labels(array: npt.NDArray[Any], where: str) -> npt.NDArray[Any]:
    """Class numbers [n]; one-hot rows become the place of their 1."""
    if array.ndim == 2 and array.shape[1] == 1:
        array = array[:, 0]
    if array.ndim == 1 and np.issubdtype(array.dtype, np.integer):
        return np.asarray(array)
    if array.ndim == 2 and ((array == 0) | (array == 1)).all() and (array.sum(1) == 1).all():
        return np.asarray(array.argmax(1))
    raise BuildError(
        what="the labels are no class numbers",
        where=where,
        expected="integers [n] or [n, 1], or one-hot rows [n, classes]",
        found=f"{array.dtype} {list(array.shape)}",
    )
