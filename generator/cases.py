"""A few images and the original model's answers to them, which travel with a converted model.

`mlpages verify` asks the model in a browser about them: in any copy of the site, at any time.
"""

import json
import zlib
from base64 import b64decode, b64encode
from collections.abc import Sequence
from dataclasses import dataclass
from math import prod
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from generator.config import Weights
from generator.data import Dataset
from generator.parity import LARGEST_DIFFERENCE, Parity

FILE = "cases.json"
MOST = 10
LARGEST = 500_000  # bytes of pixels in all, but for the first image
AMONG = 200  # the first test images, whose answers every build compares
# How far answers may be from the original's where no browser was there to measure it.
ROUNDED: dict[Weights, float] = {
    "float32": LARGEST_DIFFERENCE,
    "float16": 0.01,
    "mixed": 0.1,
    "uint8": 0.25,
}


@dataclass(frozen=True)
class Cases:
    """Pixels uint8 [n, height, width, channels], and class probabilities float32 [n, classes].

    A converted model's answers are at most `tolerance` away from them.
    """

    pixels: npt.NDArray[np.uint8]
    answers: npt.NDArray[np.float32]
    tolerance: float

    def write(self, file: Path) -> None:
        """Write them as JSON; the same cases give the same bytes."""
        table = {
            "format": "mlpages-cases",
            "version": 1,
            "shape": self.pixels.shape,
            "pixels": b64encode(zlib.compress(self.pixels.tobytes(), 9)).decode(),
            "answers": [[float(f"{value:.7g}") for value in row] for row in self.answers.tolist()],
            "tolerance": float(f"{self.tolerance:.3g}"),
        }
        file.write_text(json.dumps(table, separators=(",", ":")) + "\n", encoding="utf-8")

    @classmethod
    def read(cls, file: Path) -> "Cases":
        """Read what `write` wrote; raise ValueError or KeyError when it is something else."""
        table = json.loads(file.read_text(encoding="utf-8"))
        try:
            content = zlib.decompress(b64decode(table["pixels"]))
        except zlib.error as error:
            raise ValueError(str(error)) from error
        pixels = np.frombuffer(content, np.uint8).reshape(table["shape"])
        answers = np.asarray(table["answers"], np.float32)
        if answers.ndim != 2 or len(answers) != len(pixels) or not len(pixels):
            raise ValueError(f"{len(answers)} answers to {len(pixels)} images")
        return cls(pixels, answers, float(table["tolerance"]))


def choose_cases(labels: npt.NDArray[np.integer[Any]], size: int) -> list[int]:
    """The numbers of test images to keep: the first of each class, ten at most, few if large.

    `size` is the bytes of one image. What the build measures of the model's answers holds for them.
    """
    _, first = np.unique(labels[:AMONG], return_index=True)
    room = max(1, min(MOST, LARGEST // size))
    return [int(index) for index in sorted(first)[:room]]


def cases_of(dataset: Dataset, answers: npt.NDArray[np.float32], tolerance: float) -> Cases:
    """Cases of a data set; `answers` are the original's to all its test images."""
    split = dataset.splits["test"]
    chosen = choose_cases(split.labels, prod(dataset.shape))
    pixels = np.concatenate([split.images[index : index + 1] for index in chosen])
    return Cases(pixels.reshape(-1, *dataset.shape), answers[chosen], tolerance)


def tolerance_of(parity: Sequence[Parity], weights: Weights) -> float:
    """How far answers may be off: what the build measured, and as much as float32 may be more."""
    if not parity:
        return ROUNDED[weights]
    return max(result.difference for result in parity) + LARGEST_DIFFERENCE
