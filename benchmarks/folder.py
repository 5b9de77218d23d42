"""Loading folders of 10,000 and 100,000 pictures: speed on one and two processes, and memory.

The pictures are copies of 300 drawn JPEG files of 320 x 240 pixels in ten folders of classes. Each
has a comment of its own, so that no two files are the same, and every one is decoded. They are
written into a folder that is removed again. Each size is loaded as a build does it, to 64 x 64
pixels in colour, in a process of its own, with an empty cache, by one process that decodes, then
by two; then once more with what the cache holds, and all its batches are read.

Peak memory is the most that a process ever had resident: of the one that loads (`ru_maxrss`), and
of the largest of those that decode (`VmHWM`, which Linux alone tells; 0 elsewhere). The second
load is what an up-to-date build waits for.

How to read it: pictures a second depend on the machine and on the pictures (photographs of 12
million pixels take a hundred times as long); the processes that decode must not grow with the
number of pictures, and the one that loads by no more than their names and hashes. The exit code
is 1 when it grows by over 3,000 bytes a picture, where pixels would take 12,288, or when those
that decode grow by over 10 MB.
"""

import argparse
import io
import json
import multiprocessing
import resource
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from measuring import machine
from PIL import Image

from generator.cache import Cache
from generator.data import Dataset
from generator.datasets.folder import load

DISTINCT = 300
CLASSES = 10
SIZE = 64
PROCESSES = (1, 2)
# What memory may grow by: megabytes of those that decode, bytes a picture of the one that loads.
ALLOWED, ALLOWED_EACH = 10, 3_000


@dataclass(frozen=True)
class Result:
    """What loading one folder took. Megabytes are of 1,000,000 bytes."""

    pictures: int
    processes: int
    seconds: float
    parent: float
    child: float
    again: float
    again_parent: float

    def __str__(self) -> str:
        return (
            f"{self.pictures:8,} pictures, {self.processes} decoding {self.seconds:7.1f} s "
            f"{self.pictures / self.seconds:6,.0f}/s, peak {self.parent:6.1f} MB and "
            f"{self.child:6.1f} MB; up to date {self.again:5.2f} s, {self.again_parent:6.1f} MB"
        )


def main() -> int:
    options = read_options()
    if options.load:
        print(json.dumps(measure(Path(options.load), Path(options.cache), options.processes)))
        return 0
    sizes = options.sizes or [10_000, 100_000]
    print(machine())
    results = []
    for size in sizes:
        with tempfile.TemporaryDirectory() as folder:
            draw(Path(folder) / "set", size)
            for processes in PROCESSES:
                results.append(run(Path(folder), size, processes))
                print(results[-1], flush=True)
    few = [result for result in results if result.pictures == min(sizes)]
    many = [result for result in results if result.pictures == max(sizes)]
    decoding = max(b.child - a.child for a, b in zip(few, many, strict=True))
    more = max(1, max(sizes) - min(sizes))
    each = max((b.parent - a.parent) * 1e6 / more for a, b in zip(few, many, strict=True))
    print(f"{more:,} more: {decoding:.1f} MB where they are decoded (allowed: {ALLOWED}), ", end="")
    print(f"{each:,.0f} bytes a picture where they are loaded (allowed: {ALLOWED_EACH:,})")
    return 0 if decoding <= ALLOWED and each <= ALLOWED_EACH else 1


def read_options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("sizes", type=int, nargs="*", help="numbers of pictures, smallest first")
    for name, kind in (("--load", str), ("--cache", str), ("--processes", int)):
        parser.add_argument(name, type=kind, help=argparse.SUPPRESS)
    return parser.parse_args()


def draw(folder: Path, count: int) -> None:
    """Write pictures of lines and noise, each with a comment of its own."""
    rng = np.random.default_rng(0)
    contents = []
    for _ in range(DISTINCT):
        coarse = Image.fromarray(rng.integers(0, 256, (12, 16, 3), dtype=np.uint8))
        pixels = np.asarray(coarse.resize((320, 240), Image.Resampling.BICUBIC)).astype(int)
        noisy = (pixels + rng.integers(-6, 7, pixels.shape)).clip(0, 255).astype(np.uint8)
        buffer = io.BytesIO()
        Image.fromarray(noisy).save(buffer, "JPEG", quality=80)
        contents.append(buffer.getvalue())
    for name in range(CLASSES):
        (folder / f"class {name}").mkdir(parents=True)
    for number in range(count):
        content = contents[number % DISTINCT]
        # A comment segment right behind the mark with which JPEG files begin.
        comment = b"\xff\xfe\x00\x0a" + number.to_bytes(8, "big")
        file = folder / f"class {number % CLASSES}" / f"{number}.jpg"
        file.write_bytes(content[:2] + comment + content[2:])


def run(folder: Path, size: int, processes: int) -> Result:
    """Load a folder twice, each time in a process of its own."""
    command = [sys.executable, __file__, "--load", str(folder / "set")]
    command += ["--cache", str(folder / f"cache-{processes}"), "--processes", str(processes)]
    found = [
        json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout)
        for _ in range(2)
    ]
    if found[0]["identity"] != found[1]["identity"] or found[0]["pictures"] != size:
        raise SystemExit("the second load does not find what the first one did")
    return Result(
        size,
        processes,
        seconds=found[0]["seconds"],
        parent=found[0]["parent"],
        child=found[0]["child"],
        again=found[1]["seconds"],
        again_parent=found[1]["parent"],
    )


def measure(folder: Path, cache: Path, processes: int) -> dict[str, float | str]:
    """Load a folder in this process, and read all of it."""
    peaks = [0.0]
    start = time.perf_counter()
    dataset = load(
        folder,
        name="many",
        size=SIZE,
        colour="rgb",
        seed=1,
        limit=None,
        cache=Cache(cache),
        progress=lambda done, total: peaks.append(children_memory()),
        processes=processes,
    ).dataset
    seconds = time.perf_counter() - start
    return {
        "seconds": seconds,
        "pictures": read_all(dataset),
        "identity": dataset.identity,
        "parent": peak_memory(),
        "child": max(peaks),
    }


def read_all(dataset: Dataset) -> int:
    return sum(len(batch) for split in dataset.splits.values() for batch in split.batches(500))


def peak_memory() -> float:
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / 1e6 if sys.platform == "darwin" else peak * 1024 / 1e6


def children_memory() -> float:
    """Of the processes that decode now; `ru_maxrss` would count what they were copied from."""
    peaks = [0]
    for child in multiprocessing.active_children():
        status = Path(f"/proc/{child.pid}/status")
        if status.is_file():
            lines = dict(line.split(":", 1) for line in status.read_text().splitlines())
            peaks.append(int(lines["VmHWM"].split()[0]))
    return max(peaks) * 1024 / 1e6


if __name__ == "__main__":
    sys.exit(main())
