"""Crop and resize pictures exactly as the pages do.

The twin of templates/shared/resample.js and square.js: the same numbers, give or take one grey
level where a value lies between two. The rule, along each axis on its own: a target pixel is the
average of the source that it covers when the picture shrinks (a pixel covered in part counts in
part); when it grows, its centre lies between two source pixels and takes from both by distance,
and the picture's edge goes on beyond it. Halves are rounded up.
"""

import numpy as np
import numpy.typing as npt

Pixels = npt.NDArray[np.uint8]
Box = tuple[float, float, float, float]


def resample(picture: Pixels, box: Box, width: int, height: int) -> Pixels:
    """Return the part of a picture [h, w, channels] inside a box, at a new size.

    `box` is (x, y, width, height) in pixels; it may lie between two, and may reach beyond the
    picture, where everything is 0.
    """
    x, y, box_width, box_height = box
    rows, columns, channels = picture.shape
    down = _axis(y, box_height, height, rows)
    across = _axis(x, box_width, width, columns)
    values = down @ picture.astype(np.float32).reshape(rows, columns * channels)
    values = across @ values.reshape(height, columns, channels)
    return _round(values)


def centre_square(picture: Pixels, size: int) -> Pixels:
    """Return the largest square in the middle of a picture [h, w, channels], size x size pixels.

    It begins at half of what is left over, rounded down. A fourth channel is alpha: the picture
    is laid on white and has three.
    """
    if picture.shape[2] == 4:
        picture = _on_white(picture)
    height, width = picture.shape[:2]
    side = min(height, width)
    x, y = (width - side) // 2, (height - side) // 2
    return resample(picture[y : y + side, x : x + side], (0, 0, side, side), size, size)


def _on_white(picture: Pixels) -> Pixels:
    colours = picture[..., :3].astype(np.float32)
    alpha = picture[..., 3:].astype(np.float32)
    return _round(colours * alpha / 255 + 255 - alpha)


def _round(values: npt.NDArray[np.float32]) -> Pixels:
    rounded: Pixels = np.floor(values + 0.5).clip(0, 255).astype(np.uint8)
    return rounded


def _axis(start: float, length: float, size: int, limit: int) -> npt.NDArray[np.float32]:
    """Return what each of `limit` source pixels adds to each of `size` target pixels."""
    step = length / size
    pixels = np.arange(limit)
    if step > 1:
        left = (start + np.arange(size) * step)[:, None]
        covered = np.minimum(left + step, pixels + 1) - np.maximum(left, pixels)
        shares: npt.NDArray[np.float32] = (np.clip(covered, 0, None) / step).astype(np.float32)
        return shares
    centres = start + (np.arange(size) + 0.5) * step - 0.5
    lefts = np.floor(centres).astype(int)
    weights = np.zeros((size, limit), np.float32)
    for index, weight in ((lefts, 1 - (centres - lefts)), (lefts + 1, centres - lefts)):
        np.add.at(weights, (np.arange(size), index.clip(0, limit - 1)), weight.astype(np.float32))
    return weights
