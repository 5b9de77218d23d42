import hashlib
import io
import zipfile
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from generator.data import Dataset, Split, SplitName
from generator.manifest import DataManifest
from generator.sample_zip import write_sample_zip, zip_name
from generator.tiles import LARGEST, write_tiles


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


def test_the_zip_holds_folders_to_drop(dataset: Dataset, tmp_path: Path) -> None:
    file = tmp_path / zip_name(dataset.classes)
    assert file.name == "even-odd.zip"
    write_sample_zip(dataset, file)
    with zipfile.ZipFile(file) as archive:
        names = archive.namelist()
        assert "CC0" in archive.read("LICENCE.txt").decode()
        folders = {name.rpartition("/")[0] for name in names}
        assert folders == {"", "train/even", "train/odd", "validation/even", "validation/odd"}
        assert sum(name.startswith("train/") for name in names) == 100
        picture = Image.open(io.BytesIO(archive.read("train/odd/odd-002.jpg")))
        assert picture.size == (112, 112) and picture.format == "JPEG"
    again = tmp_path / "again.zip"
    write_sample_zip(dataset, again)
    assert file.read_bytes() == again.read_bytes()
