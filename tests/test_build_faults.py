"""What becomes of a site when its build is killed, stopped, starved, or finds damaged files."""

import ctypes
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from generator.build import Options, build_site
from generator.cache import DONE
from generator.config import load_config
from generator.progress import Reporter
from tests.whole_site import check_whole, digest

ROOT = Path(__file__).resolve().parents[1]
SEED, KILLS = 5, 50
SITE = """
[site]
title = "{weights}"
[data.shapes]
source = "shapes"
[model.shapes]
data = "shapes"
architecture = "codelab"
epochs = 4
weights = "{weights}"
[[demo]]
kind = "trainer"
slug = "train"
data = "shapes"
[[demo]]
kind = "predictor"
slug = "draw"
model = "shapes"
"""
# Two generations of a site, of other weights and titles.
GENERATIONS = ("float32", "float16")
# Imports once what a build imports. Then, for each line, a child does what the command does: so a
# moment is one of the build, however long Python takes to start.
NURSERY = """
import json, os, resource, sys
import generator.build, generator.config, generator.progress
from generator.cli import main
for line in sys.stdin:
    job = json.loads(line)
    complaints, said = os.pipe()
    child = os.fork()
    if child == 0:
        os.setsid()
        os.chdir(job["folder"])
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        os.dup2(said, 2)
        if job["largest"]:
            resource.setrlimit(resource.RLIMIT_FSIZE, (job["largest"],) * 2)
        sys.argv[1:] = ["build", *job["arguments"]]
        main()
    print(child, flush=True)
    code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    os.write(said, b".")
    print(json.dumps([code, os.read(complaints, 65536).decode()[:-1]]), flush=True)
    os.close(complaints)
    os.close(said)
"""
Digests = dict[str, dict[str, str]]


class Nursery:
    """Starts builds that are to be broken off, one at a time."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self.process = process

    def start(self, folder: Path, *arguments: str, largest: int = 0) -> int:
        """Begin a build of the site in `folder`; return its process group.

        `largest` is the most bytes that the system lets it write into a file; 0: no limit.
        """
        assert self.process.stdin and self.process.stdout
        job = {"folder": str(folder), "arguments": arguments, "largest": largest}
        print(json.dumps(job), file=self.process.stdin, flush=True)
        return int(self.process.stdout.readline())

    def end(self) -> tuple[int, str]:
        """Its exit code (of a signal: below 0) and what it wrote to standard error."""
        assert self.process.stdout
        code, complaints = json.loads(self.process.stdout.readline())
        return code, complaints


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A cache of its own that holds all that both generations need."""
    return tmp_path_factory.mktemp("cache")


@pytest.fixture(scope="module")
def good(cache: Path, tmp_path_factory: pytest.TempPathFactory) -> Digests:
    """The digests of a clean build of each generation."""
    clean = tmp_path_factory.mktemp("clean")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MLPAGES_CACHE", str(cache))
        return {weights: digest(build(clean / weights, weights)) for weights in GENERATIONS}


@pytest.fixture
def own_cache(
    cache: Path, good: Digests, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Path:
    """A copy of the filled cache, to damage."""
    copy = tmp_path / "cache"
    shutil.copytree(cache, copy)
    monkeypatch.setenv("MLPAGES_CACHE", str(copy))
    return copy


@pytest.fixture
def nursery(own_cache: Path) -> Iterator[Nursery]:
    with subprocess.Popen(
        [sys.executable, "-c", NURSERY],
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        text=True,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    ) as process:
        yield Nursery(process)
        process.kill()


def write(folder: Path, weights: str) -> Path:
    folder.mkdir(exist_ok=True)
    (folder / "site.toml").write_text(SITE.format(weights=weights))
    return folder


def build(folder: Path, weights: str) -> Path:
    write(folder, weights)
    out = folder / "site"
    build_site(load_config(folder / "site.toml"), Options(out), Reporter())
    return out


def strays(folder: Path, cache: Path) -> list[Path]:
    """What only a build under way may have."""
    places = (folder.glob(".mlpages/*/work-*"), cache.glob("*/.*"), folder.rglob(".mlpages-*"))
    return [path for place in places for path in place]


def test_a_kill_at_any_moment_leaves_a_whole_site(
    own_cache: Path, nursery: Nursery, good: Digests, tmp_path: Path
) -> None:
    """Fifty builds are killed; every fifth has sheets to make, so that the cache is hit, too."""
    print(f"seed {SEED}")
    moments = random.Random(SEED)
    folder = tmp_path / "killed"
    begun = time.monotonic()
    build(folder, GENERATIONS[1])
    usual = time.monotonic() - begun
    ended = 0
    for kill in range(KILLS):
        new, next_one = GENERATIONS[kill % 2], GENERATIONS[(kill + 1) % 2]
        if kill % 5 == 0:
            shutil.rmtree(own_cache / "sheets")
        group = nursery.start(write(folder, new))
        moment = moments.uniform(0, usual)
        time.sleep(moment)
        os.killpg(group, signal.SIGKILL)
        ended += nursery.end()[0] == 0
        words = f"kill {kill} of seed {SEED}, after {moment:.3f} s"
        check_whole(folder / "site", *good.values()), words
        found = digest(build(folder, next_one))
        assert good[next_one].items() <= found.items(), words
        assert strays(folder, own_cache) == [], words
    assert ended < KILLS / 2, "the others were killed while they worked"


@pytest.mark.parametrize("largest", [1, 500, 20_000, 200_000])
def test_a_disk_that_takes_no_more_is_one_sentence(
    own_cache: Path, nursery: Nursery, good: Digests, tmp_path: Path, largest: int
) -> None:
    """The system itself refuses to write, as a full disk does, at a later moment each time."""
    old, new = GENERATIONS
    folder = tmp_path / "starved"
    build(folder, old)
    shutil.rmtree(own_cache / "sheets")
    nursery.start(write(folder, new), largest=largest)
    code, complained = nursery.end()
    assert code == 1, complained
    assert complained.startswith("mlpages: ") and complained.count("\n") == 1, complained
    assert "larger than may be written here" in complained
    check_whole(folder / "site", good[old])
    assert good[new].items() <= digest(build(folder, new)).items()
    assert strays(folder, own_cache) == []
