"""Shapes: a small data set drawn with numpy, for tests and a first try."""

import hashlib

import numpy as np
import numpy.typing as npt

from generator.data import Dataset, Split, SplitName

SIZE = 28
CLASSES = ("circle", "square", "triangle", "cross")
COUNTS: dict[SplitName, int] = {"train": 1_200, "validation": 400, "test": 400}


def load(seed: int = 0) -> Dataset:
    """Return drawn shapes: uint8 [n, 28, 28, 1], labels uint8 in 0..3, 1,200/400/400 images.

    White outlines on black, of random place, size, angle and line width, with a little noise.
    Each shape is the set of pixels within a line width of its outline, measured by a distance
    function (the usual signed distances of circle, box, equilateral triangle and cross).
    Licence: drawn by this function, no rights reserved (CC0).
    """
    rng = np.random.default_rng(seed)
    splits: dict[SplitName, Split] = {}
    for name, count in COUNTS.items():
        # Classes take turns, so every prefix of a split is balanced.
        labels = (np.arange(count) % len(CLASSES)).astype(np.uint8)
        splits[name] = Split(_draw(rng, labels), labels)
    return Dataset(
        name="shapes",
        title="Drawn shapes",
        licence="CC0",
        source="drawn by mlpages",
        classes=CLASSES,
        shape=(SIZE, SIZE, 1),
        splits=splits,
        identity=hashlib.sha256(f"shapes {seed} {COUNTS}".encode()).hexdigest(),
        drawn=True,
    )


def _draw(rng: np.random.Generator, labels: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint8]:
    count = len(labels)
    centre = rng.uniform(-3, 3, (2, count, 1, 1)) + (SIZE - 1) / 2
    angle = rng.uniform(-0.3, 0.3, (count, 1, 1))
    radius = rng.uniform(5.5, 9, (count, 1, 1))
    width = rng.uniform(0.8, 1.8, (count, 1, 1))
    rows, columns = np.mgrid[:SIZE, :SIZE].astype(float)
    y, x = rows - centre[0], columns - centre[1]
    x, y = x * np.cos(angle) + y * np.sin(angle), y * np.cos(angle) - x * np.sin(angle)
    distances = np.stack(
        [_circle(x, y, radius), _box(x, y, radius), _triangle(x, y, radius), _cross(x, y, radius)]
    )
    distance = distances[labels, np.arange(count)]
    ink = np.clip(width + 0.5 - np.abs(distance), 0, 1) * 255
    noise = rng.normal(0, 6, ink.shape)
    grey: npt.NDArray[np.uint8] = np.clip(np.rint(ink + noise), 0, 255).astype(np.uint8)
    return grey[..., None]


Field = npt.NDArray[np.float64]


def _circle(x: Field, y: Field, radius: Field) -> Field:
    distance: Field = np.hypot(x, y) - radius
    return distance


def _box(x: Field, y: Field, radius: Field) -> Field:
    distance: Field = np.maximum(np.abs(x), np.abs(y)) - 0.85 * radius
    return distance


def _triangle(x: Field, y: Field, radius: Field) -> Field:
    half = radius * 0.5
    sides = [np.cos(a) * x + np.sin(a) * y - half for a in np.pi * np.array([1 / 2, 7 / 6, 11 / 6])]
    distance: Field = np.maximum.reduce(sides)
    return distance


def _cross(x: Field, y: Field, radius: Field) -> Field:
    bar = np.minimum(np.abs(x), np.abs(y))
    distance: Field = np.maximum(bar, np.maximum(np.abs(x), np.abs(y)) - radius)
    return distance
