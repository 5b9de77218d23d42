"""Tiny pictures of one colour each: what a data set makes of them tells which is which."""

import os
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from generator.cache import Cache
from generator.data import SPLITS, Dataset
from generator.datasets import folder_files
from generator.datasets.folder import FolderData, load
from generator.errors import BuildError

SIZE = 4


def draw(folder: Path, path: str, value: int) -> None:
    """Write a picture of one red; red and path come back as `reds` says."""
    (folder / path).parent.mkdir(parents=True, exist_ok=True)
    Image.new("RGB", (6, 5), (value, 10, 20)).save(folder / path, format="PNG")


def draw_classes(folder: Path, counts: dict[str, int], first: int = 0) -> None:
    """Write counts[<folder>] pictures into each folder, of different reds."""
    value = first
    for name, count in counts.items():
        for number in range(count):
            draw(folder, f"{name}/{number}.png", value)
            value += 1


def read(folder: Path, **options: Any) -> FolderData:
    settings: dict[str, Any] = {
        "name": "pets",
        "size": SIZE,
        "colour": "rgb",
        "seed": 1,
        "limit": None,
        "cache": Cache(folder.parent / "cache"),
        "processes": 1,
    }
    return load(folder, **settings | options)


def reds(dataset: Dataset) -> dict[str, dict[str, list[int]]]:
    """By split and class, the reds of the pictures."""
    return {
        name: {
            label: sorted(
                split.images[0 : len(split)][split.labels == number, 0, 0, 0].astype(int).tolist()
            )
            for number, label in enumerate(dataset.classes)
        }
        for name, split in dataset.splits.items()
    }


def sizes(dataset: Dataset) -> list[int]:
    return [len(dataset.splits[name]) for name in SPLITS]


def test_one_level_of_folders_is_split(tmp_path: Path) -> None:
    folder = tmp_path / "my_pets-2"
    draw_classes(folder, {"dog": 20, "cat": 30, "bird 10": 3, "bird 9": 3})
    found = read(folder)
    dataset = found.dataset
    assert dataset.classes == ("bird 9", "bird 10", "cat", "dog")
    assert (dataset.title, dataset.shape, dataset.licence) == ("My pets 2", (4, 4, 3), "")
    assert sizes(dataset) == [42, 7, 7]
    told = reds(dataset)
    assert {name: len(values) for name, values in told["test"].items()} == {
        "bird 9": 1,
        "bird 10": 1,
        "cat": 3,
        "dog": 2,
    }
    cats = [red for split in SPLITS for red in told[split]["cat"]]
    assert sorted(cats) == list(range(20, 50))
    assert set(dataset.splits["train"].labels[:4].tolist()) == {0, 1, 2, 3}
    assert (found.layout, found.notes, found.unreadable) == ("folders", (), ())
    assert found.why == (
        "Each picture is of the class that the folder it lies in is called. No folder says what "
        "pictures are for: of each class, 10% for validation and 10% for test were set aside "
        "(seed 1)."
    )


def test_folders_that_say_what_pictures_are_for_are_heeded(tmp_path: Path) -> None:
    folder = tmp_path / "set"
    counts = {"train/a": 6, "train/b": 6, "valid/a": 2, "valid/b": 1, "Testing/a": 1}
    draw_classes(folder, counts)
    found = read(folder)
    assert reds(found.dataset) == {
        "train": {"a": list(range(6)), "b": list(range(6, 12))},
        "validation": {"a": [12, 13], "b": [14]},
        "test": {"a": [15], "b": []},
    }
    assert found.why.endswith("say what each picture is for. Folders name all three splits.")
    assert found.notes == ("1 classes have no picture for test: b.",)


@pytest.mark.parametrize("given", ["validation", "test"])
def test_a_split_that_no_folder_names_comes_from_training(tmp_path: Path, given: str) -> None:
    folder = tmp_path / "set"
    draw_classes(folder, {"train/a": 20, "train/b": 10, f"{given}/a": 2, f"{given}/b": 2})
    found = read(folder)
    told = reds(found.dataset)
    other = "test" if given == "validation" else "validation"
    assert told[given] == {"a": [30, 31], "b": [32, 33]}
    assert [len(told[split]["a"]) for split in ("train", other)] == [18, 2]
    assert found.why.endswith(
        f"Of the training pictures of each class, 10% for {other} were set aside (seed 1)."
    )


def test_names_tell_classes(tmp_path: Path) -> None:
    folder = tmp_path / "set"
    for value in range(8):
        draw(folder, f"{'ab'[value % 2]}_{value}.png", value)
    found = read(folder)
    assert found.layout == "names" and found.dataset.classes == ("a", "b")
    assert sizes(found.dataset) == [4, 2, 2]


def test_tables_tell_classes(tmp_path: Path) -> None:
    folder = tmp_path / "set"
    rows = ["file;label"]
    for value in range(9):
        draw(folder, f"images/{value}.png", value)
        rows.append(f"{value}.png;{'Größe' if value % 2 else 'Maß'}")
    (folder / "labels.csv").write_text("\n".join([*rows[:-1], "gone.png;Maß"]), encoding="utf-8")
    found = read(folder)
    assert found.layout == "table" and found.dataset.classes == ("Größe", "Maß")
    assert found.notes == (
        "1 files have no class, and are left out: images/8.png.",
        "1 rows of tables name no single file: gone.png.",
    )


def test_the_same_name_spelt_with_other_bytes_is_one_class(tmp_path: Path) -> None:
    folder = tmp_path / "set"
    draw_classes(folder, {"train/Caf\u00e9": 4, "train/b": 4, "test/Cafe\u0301": 2, "test/b": 2})
    assert read(folder).dataset.classes == ("b", "Caf\u00e9")


def test_what_cannot_be_read_is_left_out_and_named(tmp_path: Path) -> None:
    folder = tmp_path / "set"
    draw_classes(folder, {"a": 5, "b": 5})
    whole = (folder / "a/0.png").read_bytes()
    for number in range(12):
        (folder / f"a/letter {number}.jpg").write_text(f"text {number}")
    (folder / "b/empty.jpg").touch()
    (folder / "a/empty.jpg").touch()
    (folder / "b/half.png").write_bytes(whole[:45])
    (folder / "b/phone.heic").write_bytes(b"\0\0\0\x18ftypheic\0\0\0\0mif1heic")
    found = read(folder)
    assert sum(sizes(found.dataset)) == 10
    assert len(found.unreadable) == 16
    reasons = dict(found.unreadable)
    assert reasons["a/letter 3.jpg"] == "is no picture that can be opened"
    assert reasons["a/empty.jpg"] == reasons["b/empty.jpg"] == "is empty"
    assert reasons["b/phone.heic"] == "is a HEIC picture: convert it to JPEG or PNG"
    assert reasons["b/half.png"].startswith("is a picture that is damaged or breaks off")
    (note,) = found.notes
    assert note.startswith(
        "16 files are left out, for they give no picture: a/empty.jpg is empty, a/letter 0.jpg is "
    )
    assert note.endswith("a/letter 8.jpg is no picture that can be opened and 6 more.")
    assert found.unreadable_text.count("\n") == 16
    assert "\nb/empty.jpg is empty\n" in found.unreadable_text


def test_the_same_bytes_count_once(tmp_path: Path) -> None:
    folder = tmp_path / "set"
    draw_classes(folder, {"train/a": 5, "train/b": 5, "val/a": 2, "val/b": 2, "test/a": 2})
    draw(folder, "test/b/0.png", 40)
    draw(folder, "train/a/again.png", 0)
    draw(folder, "val/a/leak.png", 1)
    draw(folder, "test/a/leak.png", 10)
    draw(folder, "train/b/torn.png", 50)
    draw(folder, "test/a/torn.png", 50)
    found = read(folder)
    assert reds(found.dataset) == {
        "train": {"a": [0, 1, 2, 3, 4], "b": [5, 6, 7, 8, 9]},
        "validation": {"a": [10, 11], "b": [12, 13]},
        "test": {"a": [14, 15], "b": [40]},
    }
    assert found.notes == (
        "2 files: the same bytes are in two classes, and left out of both: test/a/torn.png, "
        "train/b/torn.png.",
        "2 files: the same bytes are in an earlier split, too, and left out here, for what was "
        "learned from is no test: test/a/leak.png, val/a/leak.png.",
        "1 files: the same bytes are there before, and kept once: train/a/again.png.",
    )


@pytest.mark.parametrize(
    ("counts", "words"),
    [
        ({}, r"nothing tells two classes.*found 0 files that may be pictures\. Arrange them"),
        ({".": 5}, r"found 5 files that may be pictures: 0\.png, 1\.png, 2\.png and 2 more\."),
        ({"cat": 5}, r"found 5 files that may be pictures, of one class \(cat\): cat/0\.png"),
        ({"a": 5, "b": 2}, r"too few.*at least 3 different.*3 of them for .*found b with 2 \(2 "),
        ({"train/a": 5, "test/b": 5}, r"too few.*2 of them for training.*b with 5 \(0 for train"),
        ({"train/a": 5, "train/b": 1, "test/b": 5}, r"found b with 6 \(1 for training\)"),
    ],
)
def test_what_cannot_be_learned_from_is_refused(
    tmp_path: Path, counts: dict[str, int], words: str
) -> None:
    folder = tmp_path / "set"
    folder.mkdir()
    draw_classes(folder, counts)
    with pytest.raises(BuildError, match=words):
        read(folder)


def test_a_refusal_shows_what_would_be_accepted(tmp_path: Path) -> None:
    folder = tmp_path / "set"
    draw_classes(folder, {".": 5})
    (folder / "prices.csv").write_text("item,price\nmilk,1\n")
    with pytest.raises(BuildError) as raised:
        read(folder)
    told = str(raised.value)
    assert "and 1 tables (prices.csv)" in told
    for example in ("cat/1.jpg", "train/cat/1.jpg", "cat-1.jpg", "file,label"):
        assert example in told


def test_classes_that_shrink_when_they_are_read_are_refused(tmp_path: Path) -> None:
    folder = tmp_path / "set"
    draw_classes(folder, {"a": 5, "b": 3})
    (folder / "b/0.png").write_text("no picture")
    with pytest.raises(BuildError, match=r"b with 2 .*1 files give no picture: b/0\.png is no pic"):
        read(folder)


def test_a_limit_is_shared_by_classes_and_splits(tmp_path: Path) -> None:
    folder = tmp_path / "set"
    draw_classes(folder, {"train/a": 60, "train/b": 30, "test/a": 20, "test/b": 10})
    found = read(folder, limit=60)
    assert sum(sizes(found.dataset)) == 60
    told = reds(found.dataset)
    assert {split: [len(own) for own in told[split].values()] for split in SPLITS} == {
        "train": [27, 14],
        "validation": [3, 1],
        "test": [10, 5],
    }
    with pytest.raises(BuildError, match=r"\[data\.pets\] limit: .*room for 3 pictures of 2 cl"):
        read(folder, limit=11)


def test_grey_pictures_have_one_channel(tmp_path: Path) -> None:
    folder = tmp_path / "set"
    draw_classes(folder, {"a": 3, "b": 3}, first=100)
    dataset = read(folder, colour="grey").dataset
    assert dataset.shape == (4, 4, 1)
    greys = {value for split in reds(dataset).values() for one in split.values() for value in one}
    # floor(0.299 red + 0.587 * 10 + 0.114 * 20 + 0.5)
    assert greys == {int((299 * red + 5_870 + 2_280 + 500) // 1000) for red in range(100, 106)}


def test_more_than_256_classes_take_two_bytes(tmp_path: Path) -> None:
    folder = tmp_path / "set"
    for label in range(300):
        for number in range(3):
            file = folder / f"{label}/{number}.ppm"
            file.parent.mkdir(parents=True, exist_ok=True)
            pixel = bytes([label // 256, label % 256, number])
            file.write_bytes(b"P6 1 1 255\n" + pixel)
    dataset = read(folder).dataset
    assert [len(set(split.labels.tolist())) for split in dataset.splits.values()] == [300] * 3
    split = dataset.splits["test"]
    assert split.labels.dtype == np.uint16
    pixels = split.images[0:300][:, 0, 0].astype(int)
    assert (pixels[:, 0] * 256 + pixels[:, 1] == split.labels).all()


def same(first: Dataset, second: Dataset) -> bool:
    return first.identity == second.identity and all(
        np.array_equal(split.images[0 : len(split)], second.splits[name].images[0 : len(split)])
        and np.array_equal(split.labels, second.splits[name].labels)
        for name, split in first.splits.items()
    )


def test_the_same_folder_gives_the_same_data_set(tmp_path: Path) -> None:
    folder = tmp_path / "set"
    draw_classes(folder, {"a": 30, "b": 30})
    first = read(folder).dataset
    again = read(folder, cache=Cache(tmp_path / "other"), processes=2).dataset
    assert same(first, again)
    identities = {
        read(folder, **options).dataset.identity
        for options in ({"size": 5}, {"colour": "grey"}, {"seed": 2}, {"limit": 40}, {})
    }
    assert len(identities) == 5 and first.identity in identities
    draw(folder, "a/0.png", 99)
    assert read(folder).dataset.identity != first.identity


def test_a_change_that_the_clock_does_not_tell_is_found(tmp_path: Path) -> None:
    folder = tmp_path / "set"
    draw_classes(folder, {"a": 3, "b": 3})
    for file in folder.glob("*/*"):
        os.utime(file, (1e9, 1e9))
    read(folder)
    file = folder / "a/0.png"
    size = file.stat().st_size
    content = bytearray(file.read_bytes())
    content[-5] ^= 1  # in the checksum behind the last block
    file.write_bytes(content)
    os.utime(file, (1e9, 1e9))
    assert file.stat().st_size == size
    with pytest.raises(BuildError, match=r"a/0\.png: the file was changed while it was being read"):
        read(folder, size=SIZE + 1)
    assert sum(sizes(read(folder, size=SIZE + 1).dataset)) == 6


def test_an_up_to_date_folder_is_not_read_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "set"
    draw_classes(folder, {"a": 5, "b": 5})
    for file in folder.glob("*/*"):
        os.utime(file, (1e9, 1e9))
    seen: list[tuple[int, int]] = []
    first = read(folder, progress=lambda done, total: seen.append((done, total)))
    assert seen == [(10, 10)]
    monkeypatch.setattr(folder_files, "_digest", None)
    assert same(first.dataset, read(folder).dataset)


def test_a_hard_link_farm_of_many_pictures_is_split_evenly(tmp_path: Path) -> None:
    folder = tmp_path / "set"
    for number in range(600):
        file = folder / f"{'abc'[number % 3]}/{number}.ppm"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(b"P6 1 1 255\n" + bytes([number % 3, number // 256, number % 256]))
    found = read(folder, processes=None)
    assert sizes(found.dataset) == [480, 60, 60]
    for split in found.dataset.splits.values():
        pixels = np.concatenate(list(split.batches(64)))
        assert (pixels[:, 0, 0, 0] == split.labels).all()
        assert set(Counter(split.labels.tolist()).values()) == {len(split) // 3}
