"""Writing sheets of 10,000, 100,000 and 1,000,000 images: speed, and memory that stays flat.

The images are MNIST digits, each moved by up to 4 pixels, drawn when they are asked for: they
compress as MNIST does, cost next to nothing to make, and never are in memory together. 5/7 of
them are the training split, 1/7 each validation and test. Each size is written by
`write_sheets`, as a build does it, in a process of its own, into a folder that is removed again;
the last sheet is then read back and compared with what was drawn.

Peak memory is the most that the process ever had resident (`ru_maxrss`), beside what it had
before it began to write: Python, numpy and the digits that the drawing starts from.

How to read it: images a second depend on the machine; peak memory must not grow with the number
of images. The exit code is 1 when the most images need over 10 MB more than the fewest (whose few
sheets keep two threads less busy). The largest size takes several minutes, and is left out unless
`--million` is given.
"""

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
from measuring import machine

from generator.data import Dataset, Split
from generator.datasets import mnist
from generator.manifest import DataManifest
from generator.sprite import write_sheets

SIDE = 28
MOVES = 9
# Megabytes that the peak may differ by.
ALLOWED = 10


class Drawn:
    """Images that exist while somebody looks at them: digits from a few, each moved a little."""

    def __init__(self, digits: npt.NDArray[np.uint8], start: int, count: int) -> None:
        # With a margin all round, moving a digit is cutting it out elsewhere.
        margin = MOVES // 2
        padded = np.pad(digits[..., 0], ((0, 0), (margin, margin), (margin, margin)))
        windows = np.lib.stride_tricks.sliding_window_view(padded, (SIDE, SIDE), axis=(1, 2))
        self.windows = windows
        self.start = start
        self.count = count

    def __len__(self) -> int:
        return self.count

    def __getitem__(self, rows: slice, /) -> npt.NDArray[np.uint8]:
        index = self.start + np.arange(*rows.indices(self.count), dtype=np.uint64)
        # A hash of the image's number (Knuth's multiplicative one) chooses digit and place.
        chosen = (index * np.uint64(2654435761)) >> np.uint64(7)
        digit = index % np.uint64(len(self.windows))
        down, right = chosen % np.uint64(MOVES), chosen // np.uint64(MOVES) % np.uint64(MOVES)
        return self.windows[digit, down, right][..., None]


@dataclass(frozen=True)
class Result:
    """What writing one size took. Megabytes are of 1,000,000 bytes."""

    images: int
    seconds: float
    before: float
    peak: float
    written: float
    sheets: int

    def __str__(self) -> str:
        return (
            f"{self.images:9,} images {self.seconds:8.1f} s {self.images / self.seconds:8,.0f}/s "
            f"{self.peak:7.1f} MB peak ({self.before:.1f} before) "
            f"{self.written:7.1f} MB in {self.sheets} sheets"
        )


def main() -> int:
    options = read_options()
    if options.write:
        print(json.dumps(asdict(write(options.write))))
        return 0
    sizes = options.sizes or [10_000, 100_000]
    if options.million:
        sizes.append(1_000_000)
    print(machine())
    results = []
    for size in sizes:
        command = [sys.executable, __file__, "--write", str(size)]
        found = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout
        results.append(Result(**json.loads(found)))
        print(results[-1], flush=True)
    more = max(sizes) - sizes[0]
    growth = max(result.peak for result in results) - results[0].peak
    pixels = more * SIDE * SIDE / 1e6
    print(f"{more:,} more images ({pixels:,.0f} MB) need {growth:.1f} MB more (allowed: {ALLOWED})")
    return 0 if growth <= ALLOWED else 1


def read_options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("sizes", type=int, nargs="*", help="numbers of images, smallest first")
    parser.add_argument("--million", action="store_true", help="write 1,000,000, too")
    parser.add_argument("--write", type=int, help=argparse.SUPPRESS)
    return parser.parse_args()


def write(count: int) -> Result:
    """Write one size in this process and measure it."""
    dataset = draw(count)
    with tempfile.TemporaryDirectory() as folder:
        before = peak_memory()
        start = time.perf_counter()
        manifest = write_sheets(dataset, Path(folder))
        seconds = time.perf_counter() - start
        peak = peak_memory()
        check(dataset, manifest, Path(folder))
    sheets = [sheet for split in manifest.splits.values() for sheet in split.sheets]
    written = sum(sheet.bytes for sheet in sheets) / 1e6
    return Result(count, seconds, before, peak, written, len(sheets))


def draw(count: int) -> Dataset:
    digits = np.array(mnist.load(limit=2_800).splits["train"].images)
    small = count // 7
    train = count - 2 * small

    def split(start: int, length: int) -> Split:
        return Split(Drawn(digits, start, length), np.zeros(length, dtype=np.uint8))

    return Dataset(
        name="drawn",
        title="Drawn digits",
        licence="none",
        source="a benchmark",
        classes=("0",),
        shape=(SIDE, SIDE, 1),
        splits={
            "train": split(0, train),
            "validation": split(train, small),
            "test": split(train + small, small),
        },
        identity="",
    )


def peak_memory() -> float:
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / 1e6 if sys.platform == "darwin" else peak * 1024 / 1e6


def check(dataset: Dataset, manifest: DataManifest, folder: Path) -> None:
    """Read the last sheet back: it must hold the last images."""
    from PIL import Image

    last = manifest.splits["test"].sheets[-1]
    found = np.asarray(Image.open(folder / last.file)).reshape(last.count, SIDE, SIDE, 1)
    images = dataset.splits["test"].images
    expected = images[len(images) - last.count : len(images)]
    if not np.array_equal(found, expected):
        raise SystemExit(f"{last.file} does not hold what was drawn")


if __name__ == "__main__":
    sys.exit(main())
