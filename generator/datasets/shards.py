"""Many pictures -> shards of decoded ones in the cache, by all cores, with flat memory."""

import json
import multiprocessing
import os
import signal
import threading
import warnings
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import PIL
from PIL import Image

from generator import resample
from generator.cache import Cache, code_hash
from generator.datasets import picture_file
from generator.datasets.picture_file import LARGEST, Colour
from generator.errors import BuildError

SHARD = 500  # pictures that are decoded, and kept, together, at most by and large
LEAST = 16  # shards, so that both cores work and the bar moves where pictures are few and large
SMALL = 25  # pictures below which a shard is not worth a job
PROCESSES = 8  # at most: each may hold a picture of 200 million pixels
# Libraries of linear algebra that NumPy may come with start a thread for each core in each
# process, which then wait for each other: up to thirty times as long, measured on a busy machine.
ONE_THREAD = ("OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "VECLIB_MAXIMUM_THREADS")
Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class Shards:
    """Decoded pictures on disk: the folder and row of each by its sha256, or why there is none."""

    folders: tuple[Path, ...]
    places: dict[str, tuple[int, int]]
    errors: dict[str, str]

    def images(self, digests: list[str]) -> "Stored":
        """Return these pictures as a sequence, in this order."""
        return Stored(self.folders, np.array([self.places[digest] for digest in digests], np.int64))


@dataclass(frozen=True)
class Stored:
    """Pictures in shards: `places` [n, 2] are their shards and rows there.

    A shard is mapped while its pictures are copied, no longer: what is mapped counts as memory,
    and takes a file handle.
    """

    folders: tuple[Path, ...]
    places: npt.NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.places)

    def __getitem__(self, rows: slice, /) -> npt.NDArray[np.uint8]:
        shards, places = self.places[rows].T
        shape = self._open(0).shape[1:]
        taken = np.empty((len(shards), *shape), np.uint8)
        for shard in np.unique(shards):
            here = np.flatnonzero(shards == shard)
            taken[here] = self._open(shard)[places[here]]
        return taken

    def _open(self, shard: int) -> npt.NDArray[np.uint8]:
        pixels: npt.NDArray[np.uint8] = np.load(self.folders[shard] / "pixels.npy", mmap_mode="r")
        return pixels


def rule() -> dict[str, str]:
    """What decides, beside a file's bytes, which pixels it becomes: our code and Pillow's."""
    return {"code": code_hash([picture_file, resample]), "pillow": PIL.__version__}


def decode(
    files: Mapping[str, Path],
    size: int,
    colour: Colour,
    cache: Cache,
    progress: Progress | None = None,
    processes: int | None = None,
) -> Shards:
    """Decode files, given by their sha256, unless the cache holds them; return where they are.

    A picture's shard is decided by its hash, so that a new picture changes one shard, and a moved
    or renamed one none. Shards are made by `processes` processes (one for each core, 8 at most)
    and appear in the cache when they are complete: a build that was stopped goes on with what
    there is. `progress(done, total)` counts pictures. Raises BuildError when a process dies and
    picture_file.Changed when a file is not what its hash says.
    """
    parts = _parts(sorted(files))
    how = rule()  # not in the threads: Python 3.11 cannot parse syntax trees in two at once
    done, folders = 0, []
    places: dict[str, tuple[int, int]] = {}
    errors: dict[str, str] = {}
    workers = min(processes or os.cpu_count() or 1, PROCESSES, max(1, len(parts)))
    with _processes(workers) as pool, ThreadPoolExecutor(workers) as threads:

        def make(part: list[str]) -> Path:
            inputs = {"files": part, "size": size, "colour": colour, **how}
            listed = [(str(files[digest]), digest) for digest in part]

            def write(out: Path) -> None:
                job = pool.submit(picture_file.write_shard, listed, str(out), size, colour)
                job.result()

            return cache.entry("pictures", inputs, write)

        for shard, (part, folder) in enumerate(zip(parts, threads.map(make, parts), strict=True)):
            folders.append(folder)
            reasons = dict(json.loads((folder / "errors.json").read_text(encoding="utf-8")))
            for row, digest in enumerate(part):
                if row in reasons:
                    errors[digest] = reasons[row]
                else:
                    places[digest] = (shard, row)
            done += len(part)
            if progress:
                progress(done, len(files))
    return Shards(tuple(folders), places, errors)


def _parts(digests: list[str]) -> list[list[str]]:
    """Deal hashes out to a power of two of shards, by their first bits."""
    wanted = max(len(digests) / SHARD, min(LEAST, len(digests) / SMALL), 1)
    bits = int(np.ceil(np.log2(wanted)))
    parts: dict[int, list[str]] = {}
    for digest in digests:
        parts.setdefault(int(digest[:8], 16) >> (32 - bits), []).append(digest)
    return list(parts.values())


@contextmanager
def _processes(workers: int) -> Iterator[ProcessPoolExecutor]:
    """Fresh processes, for TensorFlow may be loaded in this one; none starts before it is needed.

    Raises BuildError when one of them is killed, as systems do that run out of memory.
    """
    context = multiprocessing.get_context("spawn")
    before = {name: os.environ.get(name) for name in ONE_THREAD}
    # Only a new process reads them: NumPy of this one is long loaded.
    os.environ.update(dict.fromkeys(ONE_THREAD, "1"))
    try:
        with ProcessPoolExecutor(workers, mp_context=context, initializer=_prepare) as pool:
            yield pool
    except BrokenProcessPool as error:
        raise BuildError(
            what="a process that decodes pictures was stopped from outside",
            where="decoding pictures",
            expected="enough memory for the largest of them",
            fix="Close other programs or make huge pictures smaller, and build again: it goes on "
            "with what is finished.",
        ) from error
    finally:
        for name, value in before.items():
            os.environ.pop(name) if value is None else os.environ.update({name: value})


def _prepare() -> None:
    """Make a process ready to decode, and let it end with its parent.

    Ctrl-C is the parent's to answer; a parent that is killed cannot tell its children to stop.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    warnings.simplefilter("ignore")  # of damaged EXIF data: what matters comes as an exception
    Image.MAX_IMAGE_PIXELS = LARGEST // 2  # Pillow refuses pictures of twice as many
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    parent = multiprocessing.parent_process()
    assert parent, "only started by a parent"
    parent.join()
    os._exit(1)
