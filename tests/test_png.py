from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from generator.png import best_filter, filter_rows, write_png


def photo_like(rows: int, width: int, channels: int) -> np.ndarray:
    """Smooth rows, which filters other than None compress better."""
    y, x = np.mgrid[:rows, : width * channels]
    return ((np.sin(y / 9) + np.cos(x / 14) + 2) * 60).astype(np.uint8)


@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize("kind", range(5))
def test_every_filter_gives_the_pixels_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: int, channels: int
) -> None:
    monkeypatch.setattr("generator.png.best_filter", lambda *_: kind)
    rows = np.random.default_rng(kind).integers(0, 256, (37, 20 * channels), dtype=np.uint8)
    write_png(tmp_path / "a.png", iter([rows[:10], rows[10:11], rows[11:]]), 20, 37, channels)
    with Image.open(tmp_path / "a.png") as image:
        assert image.mode == ("L" if channels == 1 else "RGB")
        assert np.array_equal(np.asarray(image).reshape(37, -1), rows)


def test_the_filter_is_chosen_for_size() -> None:
    smooth = photo_like(64, 200, 1)
    noise = np.random.default_rng(0).integers(0, 2, (64, 200), dtype=np.uint8) * 255
    assert best_filter(smooth, 1) != 0
    assert best_filter(noise, 1) == 0


def test_filter_rows_puts_the_type_first_and_wraps_around() -> None:
    rows = np.array([[10, 5]], dtype=np.uint8)
    above = np.array([11, 0], dtype=np.uint8)
    assert filter_rows(rows, above, 2, 1).tolist() == [[2, 255, 5]]
