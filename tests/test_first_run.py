"""A data set that ends early is a whole data set: sheets, labels and counts agree."""

from hashlib import sha256
from pathlib import Path

import numpy as np
import pytest

from generator.config import DemoConfig
from generator.first_run import cut, images_of_first_run, sheets_with
from generator.manifest import DataManifest, ImageShape, Labels, Sheet, SplitFiles


def make_split(folder: Path, name: str, counts: list[int], labels: list[int]) -> SplitFiles:
    content = np.array(labels, "<u2").tobytes()
    (folder / f"{name}-labels").write_bytes(content)
    sheets = tuple(Sheet(f"{name}-{i}.png", count, 1, "") for i, count in enumerate(counts))
    digest = sha256(content).hexdigest()
    return SplitFiles(sum(counts), sheets, Labels(f"{name}-labels", len(content), digest, "uint16"))


@pytest.fixture
def manifest(tmp_path: Path) -> DataManifest:
    """Two classes in turn: sheets of 100 images, 3 for training, 2 for validation, 2 to test."""
    splits = {
        name: make_split(tmp_path, name, [100] * sheets, [0, 1] * (50 * sheets))
        for name, sheets in (("train", 3), ("validation", 2), ("test", 2))
    }
    return DataManifest("made", "Made", "CC0", "us", ImageShape(4, 4, 1), ("a", "b"), splits)


def test_a_cut_keeps_whole_sheets_and_their_labels(manifest: DataManifest, tmp_path: Path) -> None:
    ending = cut(manifest, {"train": 101, "validation": 200}, tmp_path)
    train, validation, test = ending.manifest.splits.values()
    assert [sheet.file for sheet in train.sheets] == ["train-0.png", "train-1.png"]
    assert train.count == 200
    content = ending.labels[train.labels.file]
    assert np.frombuffer(content, "<u2").tolist() == [0, 1] * 100
    assert train.labels.bytes == len(content) == 400
    assert train.labels.sha256 == sha256(content).hexdigest()
    assert train.labels.file.endswith(train.labels.sha256[:10])
    assert validation == manifest.splits["validation"]  # all of it was wanted
    assert test.count == 0 and test.sheets == () and ending.labels[test.labels.file] == b""


def test_sheets_end_where_the_images_are_reached(manifest: DataManifest) -> None:
    train = manifest.splits["train"]
    assert [len(sheets_with(train, images)) for images in (0, 1, 100, 101, 999)] == [0, 1, 1, 2, 3]


def test_each_kind_says_what_it_needs_at_first(manifest: DataManifest, tmp_path: Path) -> None:
    def wanted(kind: str) -> dict[str, int]:
        return images_of_first_run(DemoConfig(kind, "slug", "Title"), manifest, tmp_path)

    assert wanted("trainer") == {"train": 300, "validation": 200, "test": 200}
    assert wanted("predictor") == {"test": 1}
    # 40 and 30 pictures of each of two classes, which take turns.
    assert wanted("transfer") == {"train": 80, "validation": 60}
