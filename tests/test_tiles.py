import hashlib
from dataclasses import replace
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
from PIL import Image

from generator.data import Dataset, Images, Split, SplitName
from generator.errors import BuildError
from generator.manifest import DataManifest
from generator.tiles import LARGEST, SHEET_TILES, write_tiles


def pictures(counts: dict[SplitName, int], side: int = 112) -> Dataset:
    """Plain pictures, each of a colour that tells its place."""
    splits: dict[SplitName, Split] = {}
    for name, count in counts.items():
        images = np.zeros((count, side, side, 3), np.uint8)
        images[..., 0] = (np.arange(count) * 2)[:, None, None]
        images[..., 2] = 90
        splits[name] = Split(images, (np.arange(count) % 2).astype(np.uint8))
    shape = (side, side, 3)
    return Dataset("plain", "Plain", "CC0", "a test", ("even", "odd"), shape, splits, "id")


COUNTS: dict[SplitName, int] = {"train": 100, "validation": 7, "test": 3}


@pytest.fixture
def dataset() -> Dataset:
    return pictures(COUNTS)


def test_every_picture_is_in_its_tile(dataset: Dataset, tmp_path: Path) -> None:
    manifest = write_tiles(dataset, tmp_path)
    assert manifest == DataManifest.read(tmp_path / "manifest.json")
    assert manifest.layout == "tiles" and manifest.image.width == 112
    for name, split in manifest.splits.items():
        index = 0
        for sheet in split.sheets:
            picture = np.asarray(Image.open(tmp_path / sheet.file).convert("RGB")).astype(int)
            assert max(picture.shape) <= LARGEST and sheet.columns
            for place in range(sheet.count):
                row, column = divmod(place, sheet.columns)
                tile = picture[row * 112 : (row + 1) * 112, column * 112 : (column + 1) * 112]
                middle = dataset.splits[name].images[index : index + 1][0, 50, 50]
                assert np.abs(tile[40:70, 40:70].mean((0, 1)) - middle).max() < 4
                index += 1
        assert index == split.count == COUNTS[name]


def test_the_first_sheet_is_small(dataset: Dataset, tmp_path: Path) -> None:
    sheets = write_tiles(dataset, tmp_path).splits["train"].sheets
    assert [sheet.count for sheet in sheets] == [80, 20]


def test_sheets_are_named_by_their_hash_and_the_same_twice(
    dataset: Dataset, tmp_path: Path
) -> None:
    first, second = (write_tiles(dataset, tmp_path / name) for name in ("a", "b"))
    assert first == second
    for sheet in first.splits["train"].sheets:
        data = (tmp_path / "a" / sheet.file).read_bytes()
        assert hashlib.sha256(data).hexdigest() == sheet.sha256
        assert sheet.sha256[:10] in sheet.file and len(data) == sheet.bytes


def test_progress_counts_pictures(dataset: Dataset, tmp_path: Path) -> None:
    seen: list[tuple[int, int]] = []
    write_tiles(dataset, tmp_path, lambda done, total: seen.append((done, total)))
    assert seen[-1] == (110, 110)


def test_a_split_may_be_empty(tmp_path: Path) -> None:
    manifest = write_tiles(pictures({"train": 4, "validation": 2, "test": 0}), tmp_path)
    assert manifest.splits["test"].sheets == ()
    assert manifest.splits["test"].count == manifest.splits["test"].labels.bytes == 0


def test_memory_holds_one_sheet_of_pictures(dataset: Dataset, tmp_path: Path) -> None:
    class Watched:
        def __init__(self, images: Images) -> None:
            self.images = images

        def __len__(self) -> int:
            return len(self.images)

        def __getitem__(self, rows: slice) -> npt.NDArray[np.uint8]:
            asked.append(len(range(*rows.indices(len(self)))))
            return self.images[rows]

    asked: list[int] = []
    split = dataset.splits["train"]
    splits = dataset.splits | {"train": Split(Watched(split.images), split.labels)}
    write_tiles(replace(dataset, splits=splits), tmp_path)
    assert max(asked) == SHEET_TILES


def test_pictures_that_no_sheet_holds_are_refused(tmp_path: Path) -> None:
    huge = pictures({"train": 1, "validation": 1, "test": 1}, side=LARGEST + 1)
    with pytest.raises(BuildError, match="at most 4096 pixels a side, found 4097 x 4097"):
        write_tiles(huge, tmp_path)
    assert not list(tmp_path.iterdir())
