import dataclasses
import io
import zipfile
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from generator.data import Dataset, Split, SplitName
from generator.sample_zip import write_sample_zip, zip_name

COUNTS: dict[SplitName, int] = {"train": 5, "validation": 4, "test": 2}


@pytest.fixture
def dataset() -> Dataset:
    """Plain pictures, each of a grey that tells its place."""
    splits: dict[SplitName, Split] = {}
    for name, count in COUNTS.items():
        images = np.zeros((count, 96, 112, 3), np.uint8) + 20
        images += (np.arange(count) * 40).astype(np.uint8)[:, None, None, None]
        splits[name] = Split(images, (np.arange(count) % 2).astype(np.uint8))
    classes = ("even", "odd")
    return Dataset("plain", "Plain", "CC0", "a test", classes, (96, 112, 3), splits, "id")


@pytest.fixture
def archive(dataset: Dataset, tmp_path: Path) -> zipfile.ZipFile:
    write_sample_zip(dataset, tmp_path / "some.zip")
    return zipfile.ZipFile(tmp_path / "some.zip")


def test_it_is_named_by_its_classes() -> None:
    assert zip_name(("happy", "sad")) == "happy-sad.zip"


def test_folders_say_role_and_class_and_the_test_pictures_stay_away(
    archive: zipfile.ZipFile,
) -> None:
    assert archive.namelist()[0] == "LICENCE.txt"
    assert sorted(archive.namelist()[1:]) == [
        "train/even/even-001.jpg",
        "train/even/even-002.jpg",
        "train/even/even-003.jpg",
        "train/odd/odd-001.jpg",
        "train/odd/odd-002.jpg",
        "validation/even/even-001.jpg",
        "validation/even/even-002.jpg",
        "validation/odd/odd-001.jpg",
        "validation/odd/odd-002.jpg",
    ]


def test_each_file_is_its_picture(archive: zipfile.ZipFile) -> None:
    picture = Image.open(io.BytesIO(archive.read("train/odd/odd-002.jpg")))
    assert (picture.format, picture.size) == ("JPEG", (112, 96))
    assert np.abs(np.asarray(picture).astype(int) - (20 + 3 * 40)).max() <= 2


def test_the_licence_says_what_it_is(archive: zipfile.ZipFile) -> None:
    assert archive.read("LICENCE.txt").decode() == "Plain, a test. Licence: CC0.\n"


def test_the_same_pictures_give_the_same_bytes(dataset: Dataset, tmp_path: Path) -> None:
    first, second = tmp_path / "first.zip", tmp_path / "second.zip"
    write_sample_zip(dataset, first)
    write_sample_zip(dataset, second)
    assert first.read_bytes() == second.read_bytes()


def test_pictures_are_stored_with_one_date_and_can_be_read_by_all(
    archive: zipfile.ZipFile,
) -> None:
    for entry in archive.infolist():
        assert entry.compress_type == zipfile.ZIP_STORED
        assert entry.date_time == (1980, 1, 1, 0, 0, 0)
        assert (entry.create_system, entry.external_attr >> 16) == (3, 0o644)


def test_classes_of_any_name_stay_in_their_folders(dataset: Dataset, tmp_path: Path) -> None:
    strange = dataclasses.replace(dataset, classes=("../../a/b", "..-..-A-B"))
    write_sample_zip(strange, tmp_path / "strange.zip")
    with zipfile.ZipFile(tmp_path / "strange.zip") as archive:
        folders = {name.split("/")[1] for name in archive.namelist()[1:]}
        assert {name.count("/") for name in archive.namelist()[1:]} == {2}
    assert folders == {"-..-a-b", "-..-A-B-2"}
    assert zip_name(("happy", "sad")) == "happy-sad.zip"
    assert zip_name(tuple(f"class {i}" for i in range(300))) == "samples.zip"
