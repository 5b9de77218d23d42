"""What becomes of a site when its build is killed, stopped, starved, or finds damaged files."""

import ctypes
import json
import os
import random
import re
import select
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from generator.build import Options, build_site
from generator.cache import DONE, is_whole
from generator.config import load_config
from generator.errors import BuildError
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

    def has_ended(self) -> bool:
        assert self.process.stdout
        return bool(select.select([self.process.stdout], [], [], 0)[0])

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
def own_cache(cache: Path, good: Digests, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
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
        with suppress(ProcessLookupError):  # it has ended
            os.killpg(group, signal.SIGKILL)
        ended += nursery.end()[0] == 0
        words = f"kill {kill} of seed {SEED}, after {moment:.3f} s"
        check_whole(folder / "site", *good.values())
        begun = time.monotonic()
        found = digest(build(folder, next_one))
        usual = min(usual, time.monotonic() - begun)  # machines are busy, and then are not
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


def refuse_root_a_way_around_permissions() -> None:
    """Root may write where nobody may, unless it gives that capability up (Linux)."""
    if os.geteuid() == 0:
        drop, dac_override = 24, 1
        assert ctypes.CDLL(None).prctl(drop, dac_override, 0, 0, 0) == 0


def test_a_site_that_may_not_be_written_is_one_sentence(
    own_cache: Path, good: Digests, tmp_path: Path
) -> None:
    old, new = GENERATIONS
    folder = tmp_path / "read-only"
    site = build(folder, old)
    write(folder, new)
    folders = [site, *(path for path in site.rglob("*") if path.is_dir())]
    for path in folders:
        path.chmod(0o555)
    done = subprocess.run(
        [sys.executable, "-c", "from generator.cli import main; main()", "build"],
        cwd=folder,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        preexec_fn=refuse_root_a_way_around_permissions,
    )
    for path in folders:
        path.chmod(0o755)
    assert done.returncode == 1
    assert done.stderr.startswith(f"mlpages: {site}/") and done.stderr.count("\n") == 1
    assert "it may not be written" in done.stderr
    check_whole(site, good[old])
    assert strays(folder, own_cache) == []


def test_of_two_builds_of_one_site_the_second_is_refused(
    own_cache: Path, nursery: Nursery, good: Digests, tmp_path: Path
) -> None:
    folder = tmp_path / "both"
    site = build(folder, GENERATIONS[0])
    shutil.rmtree(own_cache / "sheets")  # the first one has something to do
    group = nursery.start(folder)
    wait_for(lambda: bool(strays(folder, own_cache)))
    os.killpg(group, signal.SIGSTOP)
    with pytest.raises(BuildError, match="another build of this site is running"):
        build(folder, GENERATIONS[0])
    os.killpg(group, signal.SIGCONT)
    assert nursery.end() == (0, "")
    check_whole(site, good[GENERATIONS[0]])


def test_two_sites_make_the_same_entries_at_once(
    own_cache: Path, nursery: Nursery, good: Digests, tmp_path: Path
) -> None:
    shutil.rmtree(own_cache / "sheets")
    group = nursery.start(write(tmp_path / "one", GENERATIONS[0]))
    wait_for(lambda: any(own_cache.glob("sheets/.*/entry/*")))
    os.killpg(group, signal.SIGSTOP)
    other = build(tmp_path / "other", GENERATIONS[0])  # finds no entry, and makes it
    assert any(own_cache.glob("sheets/.*")), "what the first one makes is not swept away"
    os.killpg(group, signal.SIGCONT)
    assert nursery.end() == (0, "")
    for site in (other, tmp_path / "one/site"):
        assert digest(site) == good[GENERATIONS[0]]
    assert strays(tmp_path, own_cache) == []


def wait_for(condition: Callable[[], bool]) -> None:
    until = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < until, "it never came"
        time.sleep(0.001)


def cut(file: Path) -> None:
    os.truncate(file, file.stat().st_size // 2)


def flip_a_bit(file: Path) -> None:
    data = bytearray(file.read_bytes())
    data[len(data) // 2] ^= 1
    file.write_bytes(data)


def test_every_damage_to_the_cache_is_noticed(own_cache: Path) -> None:
    """Each file of each entry, cut or altered by one bit; a file too many or too few; no record."""
    records = list(own_cache.glob(f"*/*/{DONE}"))
    assert {record.parts[-3] for record in records} >= {"bundle", "sheets", "train", "convert"}
    for record in records:
        entry = record.parent
        for file in [file for file in entry.rglob("*") if file.is_file()]:
            kept, times = file.read_bytes(), file.stat()
            for damage in (cut, flip_a_bit, Path.unlink) if kept else (Path.unlink,):
                assert is_whole(entry)
                damage(file)
                assert not is_whole(entry) or (file == record and damage is flip_a_bit), file
                file.write_bytes(kept)
                os.utime(file, ns=(times.st_atime_ns, times.st_mtime_ns))
        (entry / "stray").write_text("")
        assert not is_whole(entry)
        (entry / "stray").unlink()


def test_a_copied_cache_is_as_good(own_cache: Path, tmp_path: Path) -> None:
    """Other times of change alone are no damage, and cost one look."""
    for record in own_cache.glob(f"sheets/*/{DONE}"):
        for file in record.parent.iterdir():
            os.utime(file)
        assert is_whole(record.parent)
        promised = json.loads(record.read_text())["files"]
        assert {name: file[1] for name, file in promised.items()} == {
            name: (record.parent / name).stat().st_mtime_ns for name in promised
        }


def test_damaged_entries_are_made_anew_and_named(
    own_cache: Path, good: Digests, tmp_path: Path
) -> None:
    damaged = {"bundle", "sheets", "topology", "convert"}
    for stage in damaged:
        for record in own_cache.glob(f"{stage}/*/{DONE}"):
            flip_a_bit(next(file for file in record.parent.rglob("*.[!h]*") if file != record))
    folder = write(tmp_path / "again", GENERATIONS[0])
    options = Options(folder / "site")
    built = build_site(load_config(folder / "site.toml"), options, Reporter())
    assert digest(built.out) == good[GENERATIONS[0]]
    assert {note for note in built.notes if "damaged" in note} == {
        f"What the cache kept for {stage} was damaged; made anew." for stage in damaged
    }


def test_ctrl_c_ends_a_build_in_one_line(
    own_cache: Path, nursery: Nursery, good: Digests, tmp_path: Path
) -> None:
    moments = random.Random(SEED)
    old, new = GENERATIONS
    folder = tmp_path / "stopped"
    forget = [own_cache / "sheets", own_cache / "parity"]
    for stage in forget:
        shutil.rmtree(stage)
    begun = time.monotonic()
    site = build(folder, old)
    usual = time.monotonic() - begun
    write(folder, new)
    stopped = 0
    for _ in range(12):
        for stage in forget:
            shutil.rmtree(stage, ignore_errors=True)
        group = nursery.start(folder)
        time.sleep(moments.uniform(0.02, usual))
        with suppress(ProcessLookupError):  # it has ended
            os.killpg(group, signal.SIGINT)
        code, complained = nursery.end()
        if complained:
            stopped += 1
            assert (code, complained) == (130, "mlpages: stopped. The site is as it was.\n")
        else:  # it was done, or Python was taking itself down
            assert code in (0, -signal.SIGINT)
            usual *= 0.8  # the machine was busy when it was taken
        check_whole(site, *good.values())
        if stopped > 3:
            break
    assert stopped > 3
    assert good[new].items() <= digest(build(folder, new)).items()
    assert strays(folder, own_cache) == []


def test_a_browser_that_does_not_exist_is_refused_though_nothing_needs_it(
    nursery: Nursery, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MLPAGES_BROWSER", "/nowhere/chrome")
    with pytest.raises(BuildError, match=r"MLPAGES_BROWSER: it names no program.*'/nowhere/chr"):
        build(tmp_path / "site", GENERATIONS[0])


def test_a_browser_that_does_not_start_is_one_sentence(
    own_cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program = tmp_path / "chrome"
    program.write_text("#!/bin/sh\nexit 3\n")
    program.chmod(0o755)
    monkeypatch.setenv("MLPAGES_BROWSER", str(program))
    shutil.rmtree(own_cache / "parity")
    with pytest.raises(BuildError, match=r"chrome: the browser does not start .*another one: MLP"):
        build(tmp_path / "site", GENERATIONS[0])


@pytest.mark.parametrize("victim", ["--type=renderer", "--remote-debugging-"])
def test_a_browser_that_dies_in_the_proof_is_one_sentence(
    own_cache: Path, nursery: Nursery, good: Digests, tmp_path: Path, victim: str
) -> None:
    """As the system does when memory runs out: to the page's process, or to the whole browser."""
    folder = tmp_path / "proving"
    site = build(folder, GENERATIONS[0])
    shutil.rmtree(own_cache / "parity")
    group = nursery.start(write(folder, GENERATIONS[1]))
    while not nursery.has_ended():
        for process in below(group, victim):
            with suppress(ProcessLookupError):
                os.kill(process, signal.SIGKILL)
    code, complained = nursery.end()
    assert code == 1 and complained.count("\n") == 1, complained
    assert re.search("the browser (ended in the middle of its work|does not start)", complained)
    check_whole(site, good[GENERATIONS[0]])
    assert strays(folder, own_cache) == []


def below(group: int, words: str) -> list[int]:
    """The descendants of a process whose command line holds these words."""
    listed = subprocess.run(
        ["ps", "-A", "-ww", "-o", "pid=,ppid=,args="], capture_output=True, text=True, check=True
    )
    table = [line.split(maxsplit=2) for line in listed.stdout.splitlines()]
    family = {str(group)}
    for _ in range(5):
        family |= {pid for pid, parent, *_ in table if parent in family}
    return [
        int(pid)
        for pid, _, args in (row for row in table if len(row) == 3)
        if pid in family and words in args
    ]
