"""A split of a data set as TensorFlow reads it: shuffled, varied batches, or plain ones."""

from __future__ import annotations

from typing import TYPE_CHECKING

from generator.augment import Augmentation, augment
from generator.data import Split

if TYPE_CHECKING:
    import tensorflow as tf


def training_batches(
    split: Split, classes: int, batch: int, epochs: int, seed: int, limits: Augmentation | None
) -> tf.data.Dataset:
    """Yield all epochs' batches in one row: float images 0 to 1 and one-hot labels.

    Each epoch has its own order and each batch its own variations (none without `limits`), both
    decided by the seed alone. What does not fill a batch waits for another epoch's order. The
    split is held in memory as uint8.
    """
    import tensorflow as tf

    pixels, labels = tf.constant(split.images[0 : len(split)]), _indices(split)

    def load(step: tf.Tensor, rows: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        images = tf.cast(tf.gather(pixels, rows), tf.float32) / 255
        if limits:
            images = augment(images, tf.stack([seed, step]), limits)
        return images, tf.one_hot(tf.gather(labels, rows), classes)

    order = tf.data.Dataset.range(len(split)).shuffle(len(split), seed=seed)
    batches = order.batch(batch, drop_remainder=True).repeat(epochs).enumerate()
    return batches.map(load, num_parallel_calls=tf.data.AUTOTUNE).prefetch(2)


def plain_batches(split: Split, classes: int) -> tf.data.Dataset:
    """Yield one pass over the split in order: float images 0 to 1 and one-hot labels."""
    import tensorflow as tf

    def load(images: tf.Tensor, labels: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        return tf.cast(images, tf.float32) / 255, tf.one_hot(labels, classes)

    images = split.images[0 : len(split)]
    return tf.data.Dataset.from_tensor_slices((images, _indices(split))).batch(500).map(load)


def _indices(split: Split) -> tf.Tensor:
    """Labels as `one_hot` takes them: it knows no uint16, which is what many classes need."""
    import tensorflow as tf

    return tf.constant(split.labels, tf.int32)
