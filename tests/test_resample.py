import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from generator.resample import centre_square, resample

FIXTURE: dict[str, Any] = json.loads(
    (Path(__file__).parent / "fixtures" / "resample.json").read_text("utf-8")
)


def named(case: dict[str, Any]) -> str:
    return str(case["name"]).replace(" ", "-")


@pytest.mark.parametrize("case", FIXTURE["resample"], ids=named)
def test_pictures_change_size_as_on_the_page(case: dict[str, Any]) -> None:
    shape = (case["height"], case["width"], case["channels"])
    picture = np.array(case["pixels"], np.uint8).reshape(shape)
    width, height = case["to"]
    resized = resample(picture, tuple(case["box"]), width, height)
    assert resized.shape == (height, width, case["channels"])
    assert np.abs(resized.ravel() - np.array(case["expected"])).max() <= 1


@pytest.mark.parametrize("case", FIXTURE["squares"], ids=named)
def test_the_centre_square_is_that_of_the_page(case: dict[str, Any]) -> None:
    picture = np.array(case["pixels"], np.uint8).reshape(case["height"], case["width"], 4)
    square = centre_square(picture, case["size"])
    assert square.shape == (case["size"], case["size"], 3)
    assert np.abs(square.ravel() - np.array(case["expected"])).max() <= 1


def test_a_photograph_keeps_its_brightness() -> None:
    picture = np.random.default_rng(0).integers(0, 256, (301, 451, 3), dtype=np.uint8)
    square = centre_square(picture, 224)
    assert abs(float(square.mean()) - float(picture[:, 75:376].mean())) < 0.5


def test_white_stays_white_at_any_size() -> None:
    for size in (1, 63, 64, 65, 224):
        assert centre_square(np.full((64, 80, 3), 255, np.uint8), size).min() == 255
