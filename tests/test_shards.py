import hashlib
import json
import os
import signal
import subprocess
import sys
import tracemalloc
from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from generator.cache import Cache
from generator.datasets import shards
from generator.datasets.picture_file import Changed
from generator.datasets.shards import decode
from generator.errors import BuildError


class Counting(Cache):
    """A cache that remembers how many pictures each entry that was made has."""

    def __init__(self, root: Path) -> None:
        super().__init__(root)
        self.made: list[int] = []

    def entry(self, stage: str, inputs: Mapping[str, object], make: Callable[[Path], None]) -> Path:
        def counted(out: Path) -> None:
            make(out)
            self.made.append(len(list(inputs["files"])))  # type: ignore[call-overload]

        return super().entry(stage, inputs, counted)


def draw(folder: Path, count: int, side: int = 8) -> dict[str, Path]:
    """Write pictures of one grey each; return them by their hashes, which tell the grey, too."""
    folder.mkdir()
    files = {}
    for number in range(count):
        file = folder / f"{number}.png"
        pixels = np.full((side, side), number % 256, np.uint8)
        Image.fromarray(pixels).save(file, pnginfo=None, compress_level=0)
        content = file.read_bytes() + number.to_bytes(4, "big")  # behind the picture's end
        file.write_bytes(content)
        files[hashlib.sha256(content).hexdigest()] = file
    return files


def grey(file: Path) -> int:
    return int(file.stem) % 256


def test_pictures_are_found_by_their_content(tmp_path: Path) -> None:
    files = draw(tmp_path / "set", 60)
    broken = tmp_path / "broken.png"
    broken.write_text("no picture")
    digest = hashlib.sha256(b"no picture").hexdigest()
    seen: list[tuple[int, int]] = []
    cache = Counting(tmp_path / "cache")
    found = decode(
        files | {digest: broken}, 4, "rgb", cache, lambda done, total: seen.append((done, total))
    )
    assert found.errors == {digest: "is no picture that can be opened"}
    assert found.places.keys() == files.keys()
    assert len(found.folders) == len(cache.made) == 4 and sum(cache.made) == 61
    assert seen[-1] == (61, 61) and len(seen) == 4
    names = list(files)[::-1]
    images = found.images(names)
    assert len(images) == 60 and images[2:2].shape == (0, 4, 4, 3)
    for rows in (slice(0, 60), slice(13, 29), slice(59, 90), slice(-3, None)):
        greys = [grey(files[name]) for name in names[rows]]
        assert (images[rows] == np.array(greys)[:, None, None, None]).all()
        assert images[rows].shape == (len(greys), 4, 4, 3)


def test_a_new_picture_changes_one_shard_and_a_moved_one_none(tmp_path: Path) -> None:
    files = draw(tmp_path / "set", 500)
    kept = dict(list(files.items())[:-1])
    cache = Counting(tmp_path / "cache")
    decode(kept, 2, "grey", cache, processes=1)
    assert len(cache.made) == 16 and sum(cache.made) == 499
    cache.made.clear()
    decode(files, 2, "grey", cache, processes=1)
    assert len(cache.made) == 1
    moved = (tmp_path / "set").rename(tmp_path / "moved")
    cache.made.clear()
    decode({digest: moved / file.name for digest, file in files.items()}, 2, "grey", cache)
    assert cache.made == []


KILLED = """
import json, os, signal, sys
from pathlib import Path
from generator.cache import Cache
from generator.datasets.shards import decode

def stop(done, total):
    # The pool's processes are told to nobody: they have to see for themselves that we are gone.
    os.kill(os.getpid(), signal.SIGKILL)

if __name__ == "__main__":
    files = {digest: Path(file) for digest, file in json.loads(sys.stdin.read()).items()}
    decode(files, 2, "grey", Cache(Path(sys.argv[1])), stop)
"""


def test_a_killed_build_goes_on_with_what_is_finished(tmp_path: Path) -> None:
    files = draw(tmp_path / "set", 400)
    script = tmp_path / "killed.py"
    script.write_text(KILLED)
    given = json.dumps({digest: str(file) for digest, file in files.items()})
    # Whoever holds the other end of its output is alive: to read up to the end is to wait for all.
    done = subprocess.run(
        [sys.executable, str(script), str(tmp_path / "cache")],
        input=given,
        stdout=subprocess.PIPE,
        text=True,
        timeout=120,
        env={**os.environ, "PYTHONPATH": str(Path.cwd())},
    )
    assert done.returncode == -signal.SIGKILL
    entries = (tmp_path / "cache/pictures").iterdir()
    finished = [path for path in entries if not path.name.startswith(".")]
    assert finished
    cache = Counting(tmp_path / "cache")
    found = decode(files, 2, "grey", cache, processes=1)
    assert len(cache.made) == 16 - len(finished)
    names = list(files)
    assert (found.images(names)[0:400][:, 0, 0, 0] == [grey(files[name]) for name in names]).all()


def test_a_file_that_changed_meanwhile_is_not_kept_under_its_old_hash(tmp_path: Path) -> None:
    files = draw(tmp_path / "set", 40)
    last = sorted(files)[-1]
    content = files[last].read_bytes()
    files[last].write_bytes(content[:-4] + b"5678")
    cache = Counting(tmp_path / "cache")
    with pytest.raises(Changed, match=files[last].name):
        decode(files, 2, "grey", cache, processes=1)
    assert len(cache.made) == 1
    files[last].write_bytes(content)
    decode(files, 2, "grey", cache, processes=1)
    assert sum(cache.made) == 40 and len(cache.made) == 2


def die(*_: object) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def test_a_process_that_is_killed_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shards, "_prepare", die)
    with pytest.raises(BuildError, match=r"was stopped from outside.*Close other programs"):
        decode(draw(tmp_path / "set", 4), 2, "grey", Cache(tmp_path / "cache"), processes=1)


def test_the_environment_is_left_as_it_was(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENBLAS_NUM_THREADS", "2")
    monkeypatch.delenv("MKL_NUM_THREADS", raising=False)
    decode(draw(tmp_path / "set", 4), 2, "grey", Cache(tmp_path / "cache"), processes=1)
    assert os.environ["OPENBLAS_NUM_THREADS"] == "2"
    assert "MKL_NUM_THREADS" not in os.environ


def test_no_process_starts_when_all_is_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    files = draw(tmp_path / "set", 4)
    decode(files, 2, "grey", Cache(tmp_path / "cache"), processes=1)
    monkeypatch.setattr(shards, "_prepare", die)
    decode(files, 2, "grey", Cache(tmp_path / "cache"))


def test_reading_takes_the_memory_of_a_batch(tmp_path: Path) -> None:
    files = draw(tmp_path / "set", 3_000, side=2)
    found = decode(files, 64, "rgb", Cache(tmp_path / "cache"))
    images = found.images(list(files))
    batch = images[0:100].nbytes
    maps = Path("/proc/self/maps")
    tracemalloc.start()
    total = 0
    for start in range(0, len(images), 100):
        total += images[start : start + 100].nbytes
        if maps.is_file():
            assert "pixels.npy" not in maps.read_text()
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert total == 3_000 * 64 * 64 * 3 == 30 * batch
    assert peak < 4 * batch
