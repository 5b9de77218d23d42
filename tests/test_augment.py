"""Augmentation: what a warp and a change of strokes do to a picture."""

import dataclasses

import numpy as np
import pytest

from generator.augment import PICTURES, Augmentation, augment, change_strokes, warp

STILL = Augmentation(shift=0, rotate=0, scale=0, shear=0, thinner=0, thicker=0)


def line(width=2):
    """Return an upright white line, `width` pixels wide, in the middle of 28x28 black pixels."""
    image = np.zeros((1, 28, 28, 1), np.float32)
    image[:, 4:24, 14 - width // 2 : 14 + width // 2] = 1
    return image


def draws(count=1, **values):
    """Return the six random values of `count` images, 0 where none is given."""
    names = ("across", "down", "turn", "wide", "high", "lean")
    return np.array([[values.get(name, 0)] * count for name in names], np.float32)


def ink(image):
    """Return the pixels of a stroke's width in the middle row."""
    return float(np.sum(image[0, 14]))


def test_augmenting_within_no_limits_changes_nothing():
    assert augment(line(), [0, 0], STILL).numpy() == pytest.approx(line(), abs=1e-6)


def test_augmented_images_keep_shape_and_range():
    images = np.random.default_rng(0).random((5, 20, 30, 3), np.float32)
    varied = augment(images, [0, 0], Augmentation()).numpy()
    assert varied.shape == images.shape
    assert varied.min() >= 0
    assert varied.max() <= 1


def test_the_same_seed_gives_the_same_variations_and_another_others():
    images = np.repeat(line(), 4, axis=0)
    one, same, other = (augment(images, [7, n], Augmentation()).numpy() for n in (1, 1, 2))
    assert np.array_equal(one, same)
    assert not np.array_equal(one, other)
    assert not np.array_equal(one[0], one[1])


def test_a_shift_moves_the_image_by_its_share_of_the_width():
    limits = Augmentation(shift=2 / 28)
    moved = warp(line(), draws(across=1), limits).numpy()
    assert moved == pytest.approx(np.roll(line(), -2, axis=2), abs=1e-4)


def test_a_quarter_turn_lays_the_line_down():
    turned = warp(line(), draws(turn=1), Augmentation(rotate=90)).numpy()
    assert turned == pytest.approx(np.rot90(line(), axes=(1, 2)), abs=1e-3)


def test_scaling_halves_the_line_about_the_centre():
    smaller = warp(line(4), draws(wide=1, high=1), Augmentation(scale=1)).numpy()
    assert ink(smaller) == pytest.approx(2, abs=0.1)
    assert np.sum(smaller[0, :, 14] > 0.5) == 10


@pytest.mark.parametrize(("draw", "width"), [(-1, 2), (-0.5, 3), (0, 4), (0.5, 6), (1, 8)])
def test_strokes_change_their_width_by_parts_of_a_pixel(draw, width):
    limits = Augmentation(thinner=1, thicker=2)
    changed = change_strokes(line(4), np.array([draw], np.float32), limits)
    assert ink(changed.numpy()) == pytest.approx(width)


def test_pictures_are_mirrored_by_half_and_keep_the_width_of_their_lines():
    left = np.roll(line(), -6, axis=2)
    limits = dataclasses.replace(PICTURES, shift=0, rotate=0, scale=0, shear=0)
    varied = augment(np.repeat(left, 64, axis=0), [3, 1], limits).numpy()
    mirrored = [np.allclose(image, left[0, :, ::-1], atol=1e-6) for image in varied]
    as_it_was = [np.allclose(image, left[0], atol=1e-6) for image in varied]
    assert all(a != b for a, b in zip(mirrored, as_it_was, strict=True))
    assert 16 < sum(mirrored) < 48


def test_each_image_gets_its_own_stroke_width():
    images = np.repeat(line(4), 2, axis=0)
    changed = change_strokes(images, np.array([-1, 1], np.float32), Augmentation(thicker=1)).numpy()
    assert ink(changed[:1]) < 4 < ink(changed[1:])
