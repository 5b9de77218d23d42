"""Building sites: the default one, growing data, growing numbers of demos.

Every build is a process of its own, `mlpages build` as it is typed, with a cache of its own that
begins empty and is removed again.

- the default site: with an empty cache (cold), again with nothing to do, and after one change (a
  title, a page of the docs). The digit model's training is most of a cold build, and is given
  apart: a second cold build finds the trained model and nothing else. `--skip-training` leaves
  the first of the two out and takes the model from the user's own cache.
- 1,000 to `--most` images of 28 x 28 in IDX files: MNIST digits, each moved a little, written in
  steps into a temporary folder; a site with a trainer of them, cold (only the scripts and the
  networks' topologies are there) and up to date. Peak memory is the most that the building
  process had of its own, mapped files apart (Linux alone). `--most 1000000` takes a few minutes
  more. No build gets more than `--limit` seconds; what takes longer ends the growing.
- 1 to 100 demos on one small data set and one trained model, trainers and predictors in turn.

How to read it: seconds depend on the machine. Aims: the default site with nothing to do takes two
seconds at most, an image 100 bytes of memory, where its pixels are 784. The exit code is 1 when an
aim is missed.
"""

import argparse
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from measuring import ROOT
from measuring.results import Results, Skip, add_json, conclude
from sheets import Drawn

from generator.cache import Cache
from generator.datasets import mnist

WARM, BYTES = 2.0, 100
ANEW = (
    "Every build imports its packages, hashes its code, compiles templates and weighs pages anew."
)
DEMOS = (1, 10, 100)
SIDE, CLASSES, STEP = 28, 10, 10_000
COMMAND = [sys.executable, "-c", "from generator.cli import main; main()", "build"]
MANY = """
[site]
title = "Many"

[data.small]
source = "shapes"

[model.small]
data = "small"
architecture = "codelab"
epochs = 1
"""
GROWING = """
[site]
title = "Growing"

[data.many]
source = "idx"
path = "images"
drawn = true

[[demo]]
kind = "trainer"
slug = "train"
title = "Train"
data = "many"
"""


@dataclass(frozen=True)
class Built:
    """What a build took: seconds, and megabytes at its peak (0 where no one tells)."""

    seconds: float
    peak: float


def main() -> int:
    options = read_options()
    how = "`mlpages build` in processes of their own; medians of 3 where nothing or little is to do"
    results = Results("Building", how)
    return conclude(results, options.json, lambda results: measure(results, options))


def read_options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--most", type=int, default=100_000, help="images of the largest data set")
    parser.add_argument("--limit", type=float, default=900, help="seconds that a build may take")
    parser.add_argument("--skip-training", action="store_true")
    add_json(parser)
    return parser.parse_args()


def measure(results: Results, options: argparse.Namespace) -> None:
    with tempfile.TemporaryDirectory() as name:
        measure_default(results, Path(name), options)
    with tempfile.TemporaryDirectory() as name:
        measure_images(results, Path(name), options)
    with tempfile.TemporaryDirectory() as name:
        measure_demos(results, Path(name), options.limit)


def measure_default(results: Results, folder: Path, options: argparse.Namespace) -> None:
    cache, limit = folder / "cache", options.limit
    site = folder / "site"
    site.mkdir()
    shutil.copy(ROOT / "site.toml", site)
    shutil.copytree(ROOT / "docs", site / "docs")
    if options.skip_training:
        trained = Cache().root / "train"
        if not trained.is_dir():
            raise Skip(f"{trained.parent} holds no trained model: run `make site` first")
        shutil.copytree(trained, cache / "train")
        cold = build(site, cache, limit)
    else:
        whole = build(site, cache, limit)
        for stage in cache.iterdir():
            if stage.name != "train":
                shutil.rmtree(stage)
        shutil.rmtree(site / "site")
        cold = build(site, cache, limit)
        results.tell(
            "default site, cold: training the digit model", whole.seconds - cold.seconds, "s"
        )
    results.tell("default site, cold: everything else", cold.seconds, "s")
    warm = [build(site, cache, limit).seconds for _ in range(3)]
    results.at_most("default site, nothing to do", statistics.median(warm), "s", WARM, why=ANEW)
    for file, old, new in (
        ("site.toml", "Draw a digit", "Draw one digit"),
        ("docs/index.md", "# ", "# About: "),
    ):
        results.tell(
            f"default site, one change in {file}", change(site / file, old, new, cache, limit), "s"
        )


def change(file: Path, old: str, new: str, cache: Path, limit: float) -> float:
    """Change some words there and back, three times; the median seconds of the builds."""
    site = next(folder for folder in file.parents if (folder / "site.toml").is_file())
    text = file.read_text(encoding="utf-8")
    assert old in text, f"{file} does not say {old!r}"
    seconds = []
    for words in (text.replace(old, new, 1), text, text.replace(old, new, 1)):
        file.write_text(words, encoding="utf-8")
        seconds.append(build(site, cache, limit).seconds)
    return statistics.median(seconds)


def measure_images(results: Results, folder: Path, options: argparse.Namespace) -> None:
    cache, found = folder / "cache", {}
    build(growing(folder / "first", 300), cache, options.limit)  # scripts, topologies
    sizes = [10**power for power in range(3, 10) if 10**power <= options.most]
    for count in sizes:
        site = growing(folder / str(count), count)
        try:
            found[count] = build(site, cache, options.limit)
        except subprocess.TimeoutExpired:
            print(f"{count:,} images take more than {options.limit:g} s: not measured")
            break
        again = build(site, cache, options.limit)
        results.tell(f"{count:,} images, cold", found[count].seconds, "s")
        if found[count].peak:
            results.tell(f"{count:,} images, memory at its peak", found[count].peak, "MB")
        results.tell(f"{count:,} images, nothing to do", again.seconds, "s")
        shutil.rmtree(site)
    few, many = min(found), max(found)
    if few < many and found[few].peak:
        grown = 1e6 * (found[many].peak - found[few].peak) / (many - few)
        results.at_most(f"memory that each of {many:,} images needs", grown, "bytes", BYTES)


def growing(folder: Path, count: int) -> Path:
    """A site about so many images; they never are in memory together."""
    (folder / "images").mkdir(parents=True)
    (folder / "site.toml").write_text(GROWING)
    digits = np.array(mnist.load(limit=2_800).splits["train"].images)
    images, labels = Drawn(digits, 0, count), np.arange(count, dtype=np.uint8) % CLASSES
    with (folder / "images/train-images-idx3-ubyte").open("wb") as file:
        file.write(header(count, SIDE, SIDE))
        for first in range(0, count, STEP):
            file.write(images[first : first + STEP].tobytes())
    (folder / "images/train-labels-idx1-ubyte").write_bytes(header(count) + labels.tobytes())
    return folder


def header(*shape: int) -> bytes:
    """Of an IDX file of bytes."""
    return bytes([0, 0, 8, len(shape)]) + np.array(shape, ">u4").tobytes()


def measure_demos(results: Results, folder: Path, limit: float) -> None:
    cache, site = folder / "cache", folder / "many"
    site.mkdir()
    write_demos(site, 2)
    build(site, cache, limit)  # what all of them share
    for count in DEMOS:
        write_demos(site, count)
        shutil.rmtree(site / "site", ignore_errors=True)
        results.tell(f"{count} demos, written", build(site, cache, limit).seconds, "s")
        again = statistics.median(build(site, cache, limit).seconds for _ in range(3))
        results.tell(f"{count} demos, nothing to do", again, "s")


def write_demos(site: Path, count: int) -> None:
    kinds = ('kind = "trainer"\ndata = "small"', 'kind = "predictor"\nmodel = "small"')
    demos = [
        f'[[demo]]\n{kinds[i % 2]}\nslug = "demo-{i}"\ntitle = "Demo {i}"\n' for i in range(count)
    ]
    (site / "site.toml").write_text("\n".join([MANY, *demos]))


def build(site: Path, cache: Path, limit: float) -> Built:
    """Build a site; stop with what the build said when it fails."""
    environment = {**os.environ, "MLPAGES_CACHE": str(cache), "PYTHONPATH": str(ROOT)}
    with tempfile.TemporaryFile("w+") as said:
        start, peak = time.perf_counter(), 0.0
        process = subprocess.Popen(COMMAND, cwd=site, env=environment, stdout=said, stderr=said)
        while process.poll() is None:
            peak = max(peak, own_memory(process.pid))
            if time.perf_counter() - start > limit:
                process.kill()
                process.wait()
                raise subprocess.TimeoutExpired(COMMAND, limit)
            time.sleep(0.02)
        seconds = time.perf_counter() - start
        if process.returncode:
            said.seek(0)
            raise SystemExit(f"A build failed:\n{said.read()}")
    return Built(seconds, peak)


def own_memory(process: int) -> float:
    """What a process has resident of its own, in megabytes; 0 where it cannot be read.

    Mapped files are not counted: the system takes their pages back whenever it needs them.
    """
    try:
        lines = Path(f"/proc/{process}/status").read_text().splitlines()
    except OSError:
        return 0.0
    found = [line for line in lines if line.startswith("RssAnon")]
    return int(found[0].split()[1]) * 1024 / 1e6 if found else 0.0


if __name__ == "__main__":
    sys.exit(main())
