"""Random variations of small images, a whole batch at a time, inside TensorFlow's graph."""

from __future__ import annotations

from dataclasses import dataclass
from math import pi
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tensorflow import Tensor


@dataclass(frozen=True)
class Augmentation:
    """How far an image may be varied; each image gets its own uniformly random values."""

    shift: float = 0.07  # of the width and height, each way (2 of 28 pixels)
    rotate: float = 12.0  # degrees, each way
    scale: float = 0.1  # each axis by its own factor from 1 - scale to 1 + scale
    shear: float = 0.15  # pixels sideways per pixel up, each way
    thinner: float = 0.8  # pixels off each side of a bright stroke, at most 1
    thicker: float = 1.6  # pixels onto each side of it, at most 2
    mirror: bool = False  # half of the images, left to right


def augment(images: Tensor, seed: Tensor, limits: Augmentation) -> Tensor:
    """Return varied copies of float images [n, height, width, channels], values 0 to 1.

    `seed` is a pair of integers: the same pair gives the same variations.
    """
    import tensorflow as tf

    draws = tf.random.stateless_uniform([8, tf.shape(images)[0]], seed, -1.0, 1.0)
    if limits.mirror:
        images = tf.where(draws[7][:, None, None, None] < 0, images[:, :, ::-1], images)
    images = warp(images, draws[:6], limits)
    if limits.thinner or limits.thicker:
        images = change_strokes(images, draws[6], limits)
    return images


# Pictures of things: there are no strokes to widen, and most things have two sides alike.
PICTURES = Augmentation(thinner=0, thicker=0, mirror=True)


def usual(drawn: bool) -> Augmentation:
    """Return how images are varied where nothing else is said; drawn: they are strokes."""
    return Augmentation() if drawn else PICTURES


def warp(images: Tensor, draws: Tensor, limits: Augmentation) -> Tensor:
    """Shift, rotate, scale and shear, bilinear, about the centre; `draws` is [6, n] in -1 to 1."""
    import tensorflow as tf

    height, width = (tf.cast(tf.shape(images)[axis], tf.float32) for axis in (1, 2))
    across, down, turn, wide, high, lean = tf.unstack(draws)
    angle = turn * limits.rotate * pi / 180
    cos, sin, lean = tf.cos(angle), tf.sin(angle), lean * limits.shear
    # From a place in the new image to the place in the old: scale * shear * rotation.
    x_scale, y_scale = 1 + wide * limits.scale, 1 + high * limits.scale
    a, b = x_scale * (cos + lean * sin), x_scale * (lean * cos - sin)
    c, d = y_scale * sin, y_scale * cos
    x, y = (width - 1) / 2, (height - 1) / 2
    x_offset = x + across * limits.shift * width - a * x - b * y
    y_offset = y + down * limits.shift * height - c * x - d * y
    none = tf.zeros_like(a)
    return tf.raw_ops.ImageProjectiveTransformV3(
        images=images,
        transforms=tf.stack([a, b, x_offset, c, d, y_offset, none, none], axis=1),
        output_shape=tf.shape(images)[1:3],
        fill_value=0.0,
        interpolation="BILINEAR",
        # What lies outside looks like the border: right for digits on black and for pictures.
        fill_mode="NEAREST",
    )


def change_strokes(images: Tensor, draws: Tensor, limits: Augmentation) -> Tensor:
    """Make bright strokes thinner (draws -1 to 0) or thicker (0 to 1) by the limits' pixels.

    The largest (smallest) value of each 3x3 neighbourhood moves an edge one pixel out (in); a
    mixture with the image itself moves it by a part of a pixel, as anti-aliasing would.
    """
    import tensorflow as tf

    thinnest = -tf.nn.max_pool2d(-images, 3, 1, "SAME")
    thick = tf.nn.max_pool2d(images, 3, 1, "SAME")
    thickest = tf.nn.max_pool2d(thick, 3, 1, "SAME")
    draws = draws[:, None, None, None]
    inwards, outwards = tf.nn.relu(-draws) * limits.thinner, tf.nn.relu(draws) * limits.thicker
    return (
        images
        + inwards * (thinnest - images)
        + tf.minimum(outwards, 1.0) * (thick - images)
        + tf.nn.relu(outwards - 1.0) * (thickest - thick)
    )
