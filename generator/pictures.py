"""The home page's pictures, made of the data itself."""

import sys
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageDraw

from generator.cache import Cache, code_hash, files_hash
from generator.config import DemoConfig
from generator.data import Dataset
from generator.demos.parts import ModelFiles

CARD = "card.webp"
WIDTH, HEIGHT = 640, 360
GROUND, INK, ACCENT, FAINT = (19, 21, 26), (233, 235, 240), (140, 171, 255), (52, 57, 69)


def draw_card(
    demo: DemoConfig,
    datasets: Mapping[str, Dataset],
    models: Mapping[str, ModelFiles],
    cache: Cache,
) -> Path:
    """Return a demo's picture: of its data, its model's hardest answer, or its classes' names."""
    model = models.get(demo.model)
    dataset = datasets.get(model.config.data if model else demo.data)
    classes = model.metadata.classes if model else demo.classes
    answers = model.answers if model else None
    inputs: dict[str, object] = {
        "data": dataset and dataset.identity,
        "classes": dataset.classes if dataset else classes,
        "answers": answers and files_hash([answers]),
        "code": code_hash([sys.modules[__name__]]),
    }

    def make(out: Path) -> None:
        if dataset and answers:
            draw_answer(dataset, np.load(answers), out / CARD)
        elif dataset and not model:
            draw_mosaic(dataset, out / CARD)
        else:
            draw_classes(classes, out / CARD)

    return cache.entry("cards", inputs, make) / CARD


def draw_mosaic(dataset: Dataset, file: Path) -> None:
    """Write a picture of training images side by side, 16 by 9."""
    split = dataset.splits["train"]
    # As many to a row as there are for whole rows of a 16 by 9 picture; few are shown larger.
    columns = 16 if dataset.shape[1] < 96 else 8
    while columns > 4 and columns * columns * 9 // 16 > len(split):
        columns -= 1
    height, width, channels = dataset.shape
    rows = -(-columns * 9 * width // (16 * height))
    images = split.images[0 : columns * rows]
    tiles = images[np.arange(columns * rows) % len(images)]
    grid = tiles.reshape(rows, columns, height, width, channels).swapaxes(1, 2)
    picture = _picture(grid.reshape(rows * height, columns * width, channels))
    scaled = picture.resize(
        (WIDTH, WIDTH * picture.height // picture.width), Image.Resampling.LANCZOS
    )
    top = (scaled.height - HEIGHT) // 2
    cut = scaled.crop((0, top, WIDTH, top + HEIGHT))
    cut.save(file, "WEBP", quality=80, method=6)


def draw_answer(dataset: Dataset, answers: npt.NDArray[np.float32], file: Path) -> None:
    """Write a picture of the test image that its model finds hardest yet gets right, and bars.

    `answers` are the model's class probabilities [n, classes] of the test images.
    """
    labels = dataset.splits["test"].labels
    sure = answers[np.arange(len(labels)), labels]
    right = answers.argmax(1) == labels
    index = int(np.where(right, sure, 2).argmin())
    picture = Image.new("RGB", (WIDTH, HEIGHT), GROUND)
    digit = _picture(dataset.splits["test"].images[index : index + 1][0])
    picture.paste(digit.resize((280, 280), Image.Resampling.NEAREST), (40, 40))
    draw = ImageDraw.Draw(picture)
    # The likeliest of many classes, in their own order.
    shown = np.sort(answers[index].argsort()[::-1][:10])
    step = min(280 / len(shown), 40)
    first = HEIGHT / 2 - step * len(shown) / 2
    for place, (name, share) in enumerate((dataset.classes[i], answers[index][i]) for i in shown):
        top = first + place * step
        short = name if len(name) <= 14 else f"{name[:13]}…"
        draw.text((360, top + step / 2), short, INK, font_size=15, anchor="lm")
        left = 384 if max(map(len, dataset.classes)) < 2 else 440 if len(short) <= 9 else 490
        draw.rounded_rectangle((left, top + 4, 600, top + step - 4), 4, FAINT)
        length = (600 - left) * float(share)
        if length > 8:
            draw.rounded_rectangle((left, top + 4, left + length, top + step - 4), 4, ACCENT)
    picture.save(file, "WEBP", quality=80, method=6)


def draw_classes(classes: tuple[str, ...], file: Path) -> None:
    """Write a picture of classes that wait for pictures: a frame for each, with its name."""
    picture = Image.new("RGB", (WIDTH, HEIGHT), GROUND)
    draw = ImageDraw.Draw(picture)
    shown = classes[:4]
    step = (WIDTH - 40) / len(shown)
    for place, name in enumerate(shown):
        left = 40 + place * step
        draw.rounded_rectangle((left, 80, left + step - 40, HEIGHT - 80), 12, FAINT)
        middle = (left + (step - 40) / 2, HEIGHT / 2)
        draw.text(middle, name, ACCENT if place == 0 else INK, font_size=24, anchor="mm")
    picture.save(file, "WEBP", quality=80, method=6)


def _picture(pixels: npt.NDArray[np.uint8]) -> Image.Image:
    grey = pixels.shape[-1] == 1
    return Image.fromarray(pixels[..., 0] if grey else pixels).convert("RGB")
