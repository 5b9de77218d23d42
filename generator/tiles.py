"""A Dataset of pictures on disk: sheets of WebP tiles, label files, a manifest."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import numpy.typing as npt
from PIL import Image

from generator.data import SPLITS, Dataset, SplitName
from generator.errors import BuildError
from generator.manifest import DataManifest, Sheet
from generator.sprite import Progress, hashed, write_manifest

LARGEST = 4_096  # pixels a side that every browser decodes
SHEET_TILES = 80  # few enough that the first sheet arrives soon
QUALITY = 78


def write_tiles(dataset: Dataset, folder: Path, progress: Progress | None = None) -> DataManifest:
    """Write sheets of pictures side by side, at most 4,096 pixels a side, and labels, per split.

    Tiles lie row by row, as many in a row as the sheet is wide. A sheet holds at most 80, so the
    memory that writing takes does not grow with the data set. File names carry the sha256 of
    their content. `progress(done, total)` counts pictures. Raises BuildError for pictures that
    no sheet can hold.
    """
    height, width, _ = dataset.shape
    if max(height, width) > LARGEST:
        raise BuildError(
            what="the pictures are too large for a sheet",
            where=f"[data.{dataset.name}]",
            expected=f"at most {LARGEST} pixels a side",
            found=f"{width} x {height}",
            fix="Make them smaller before they are added.",
        )
    folder.mkdir(parents=True, exist_ok=True)
    total = sum(len(dataset.splits[name]) for name in SPLITS)
    done = 0
    count = min(SHEET_TILES, (LARGEST // height) * (LARGEST // width))
    sheets: dict[SplitName, tuple[Sheet, ...]] = dict.fromkeys(SPLITS, ())
    for name in SPLITS:
        images = dataset.splits[name].images
        for first in range(0, len(images), count):
            tiles = images[first : min(first + count, len(images))]
            sheet = _write_sheet(tiles, folder / f"{name}-{first // count:03d}.webp")
            sheets[name] += (sheet,)
            done += sheet.count
            if progress:
                progress(done, total)
    return write_manifest(dataset, sheets, folder, layout="tiles")


def _write_sheet(tiles: npt.NDArray[np.uint8], path: Path) -> Sheet:
    count, height, width, channels = tiles.shape
    columns = min(count, LARGEST // width)
    rows = -(-count // columns)
    grid = np.zeros((rows * columns, height, width, channels), np.uint8)
    grid[:count] = tiles
    picture = grid.reshape(rows, columns, height, width, channels).swapaxes(1, 2)
    picture = picture.reshape(rows * height, columns * width, channels)
    image = Image.fromarray(picture[..., 0] if channels == 1 else picture)
    image.save(path, "WEBP", quality=QUALITY, method=6)
    file, digest = hashed(path)
    sheet = Sheet(file=file.name, count=count, bytes=file.stat().st_size, sha256=digest)
    return replace(sheet, columns=columns)
