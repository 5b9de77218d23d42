"""Sheets of 10,000, 100,000 and (with --million) 1,000,000 images: seconds and peak memory.

Each size is written in a process of its own, whose peak memory the system counts. The images are
drawn when they are asked for, so whatever memory grows with their number is the writer's. Read it
so: the peak should hardly move while the number of images grows a hundredfold.
"""

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import numpy.typing as npt

from generator.data import Dataset, Split
from generator.datasets import shapes
from generator.sprite import write_sheets

SIZES = (10_000, 100_000)
MILLION = 1_000_000


class Repeated:
    """As many images as wanted: drawn shapes over and over, shifted so that sheets differ."""

    def __init__(self, count: int) -> None:
        self.count = count
        split = shapes.load().splits["train"]
        self.base = split.images[0 : len(split)]

    def __len__(self) -> int:
        return self.count

    def __getitem__(self, rows: slice) -> npt.NDArray[np.uint8]:
        start, stop, _ = rows.indices(self.count)
        indices = np.arange(start, stop)
        return np.roll(self.base[indices % len(self.base)], start // 2_500, axis=2)


def write(count: int) -> None:
    """Write the sheets of `count` images; print what it took as JSON."""
    labels = (np.arange(count) % 4).astype(np.uint8)
    few = Split(Repeated(4), labels[:4])
    splits = {"train": Split(Repeated(count), labels), "validation": few, "test": few}
    dataset = Dataset(
        "drawn", "Drawn", "CC0", "a benchmark", shapes.CLASSES, (28, 28, 1), splits, "benchmark"
    )
    idle = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    start = time.perf_counter()
    with tempfile.TemporaryDirectory() as folder:
        write_sheets(dataset, Path(folder))
    seconds = time.perf_counter() - start
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    print(json.dumps({"seconds": seconds, "idle": idle / 1024, "peak": peak / 1024}))


def main() -> None:
    """Run each size and print a line for it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--million", action="store_true", help="write 1,000,000 images, too")
    parser.add_argument("--size", type=int, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.size:
        write(options.size)
        return
    print("   images  seconds  images/s  peak MiB  (before writing)")
    for size in (*SIZES, MILLION) if options.million else SIZES:
        command = [sys.executable, __file__, "--size", str(size)]
        done = subprocess.run(command, capture_output=True, text=True, check=True)
        found = json.loads(done.stdout)
        speed = size / found["seconds"]
        print(
            f"{size:9,}  {found['seconds']:7.1f}  {speed:8,.0f}  {found['peak']:8.0f}"
            f"  ({found['idle']:.0f})",
            flush=True,
        )


if __name__ == "__main__":
    main()
