from pathlib import Path
from typing import Any

import numpy as np
import pytest

from generator.cache import Cache
from generator.data import Dataset
from generator.datasets import npz
from generator.errors import BuildError


def load(file: Path, classes: tuple[str, ...] = ()) -> Dataset:
    cache = Cache(file.parent / "cache")
    return npz.load(file, name="mine", classes=classes, limit=None, seed=1, cache=cache)


def save(tmp_path: Path, **arrays: Any) -> Path:
    file = tmp_path / "data.npz"
    np.savez_compressed(file, **arrays)
    return file


IMAGES = np.arange(60, dtype=np.uint8)[:, None, None, None] * np.ones((1, 6, 8, 3), np.uint8)
LABELS = np.arange(60) % 3


def test_images_keep_their_labels(tmp_path: Path) -> None:
    dataset = load(
        save(
            tmp_path, x_train=IMAGES, y_train=LABELS[:, None], x_test=IMAGES[:9], y_test=LABELS[:9]
        )
    )
    assert dataset.shape == (6, 8, 3) and dataset.classes == ("0", "1", "2")
    assert {name: len(split) for name, split in dataset.splits.items()} == {
        "train": 54,
        "validation": 6,
        "test": 9,
    }
    for split in dataset.splits.values():
        numbers = split.images[0:60][:, 0, 0, 0]
        assert (numbers % 3 == split.labels).all()


def test_other_ways_to_write_the_same_are_read(tmp_path: Path) -> None:
    plain = load(save(tmp_path, x_train=IMAGES[..., 0], y_train=LABELS))
    one_hot = np.eye(3)[LABELS]
    wide = load(save(tmp_path, x_train=IMAGES[..., :1].astype(np.int64), y_train=one_hot))
    for name, split in plain.splits.items():
        assert split.images[0:60].shape[1:] == (6, 8, 1)
        assert np.array_equal(split.images[0:60], wide.splits[name].images[0:60])
        assert np.array_equal(split.labels, wide.splits[name].labels)


def test_more_than_256_classes_take_two_bytes(tmp_path: Path) -> None:
    labels = np.arange(900) % 300
    dataset = load(save(tmp_path, x_train=np.zeros((900, 4, 4), np.uint8), y_train=labels))
    assert dataset.splits["train"].labels.dtype == np.uint16
    assert len(set(dataset.splits["train"].labels.tolist())) == 300


@pytest.mark.parametrize(
    ("arrays", "words"),
    [
        ({"x": IMAGES}, r"no array 'x_train'.*found no array"),
        ({"x_train": IMAGES}, r"no array 'y_train'.*found x_train"),
        ({"x_train": IMAGES / 255, "y_train": LABELS}, r"8-bit pixels.*float64 \[60, 6, 8, 3\]"),
        ({"x_train": IMAGES + np.int64(300), "y_train": LABELS}, r"8-bit pixels.*found int64"),
        ({"x_train": IMAGES.transpose(0, 3, 1, 2), "y_train": LABELS}, r"moveaxis"),
        ({"x_train": IMAGES, "y_train": LABELS / 2}, r"no class numbers.*found float64 \[60\]"),
        ({"x_train": IMAGES, "y_train": LABELS[:50]}, r"differ in number.*60 labels.*found 50"),
        ({"x_train": IMAGES, "y_train": LABELS.astype(object)}, r"never opened"),
        (
            {"x_train": IMAGES, "y_train": LABELS, "x_test": IMAGES[:, :5], "y_test": LABELS},
            r"expected 6 x 8 x 3, found 5 x 8 x 3",
        ),
        ({"x_train": IMAGES, "y_train": LABELS, "x_test": IMAGES}, r"x_test without labels"),
    ],
)
def test_what_is_wrong_is_said(tmp_path: Path, arrays: dict[str, Any], words: str) -> None:
    with pytest.raises(BuildError, match=words):
        load(save(tmp_path, **arrays))


def test_a_file_that_is_no_archive_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "data.npz"
    file.write_bytes(b"PK, but not really")
    with pytest.raises(BuildError, match=r"cannot be unpacked.*as numpy\.savez writes it"):
        load(file)
    whole = save(tmp_path, x_train=IMAGES, y_train=LABELS).read_bytes()
    file.write_bytes(whole[: len(whole) // 2])
    with pytest.raises(BuildError, match="cannot be unpacked"):
        load(file)


def test_a_pickle_in_it_runs_no_code(tmp_path: Path) -> None:
    class Hostile:
        def __reduce__(self) -> tuple[Any, ...]:
            return (Path.touch, (tmp_path / "ran",))

    hostile = np.array([Hostile()] * 60, dtype=object)
    file = tmp_path / "data.npz"
    np.savez(file, x_train=IMAGES, y_train=hostile)
    with pytest.raises(BuildError, match="never opened"):
        load(file)
    assert not (tmp_path / "ran").exists()
