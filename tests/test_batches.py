"""Batches: what TensorFlow reads of a split."""

from itertools import chain

import numpy as np

from generator.augment import Augmentation
from generator.batches import plain_batches, training_batches
from generator.data import Split


def numbered(count):
    """Return a split whose image number n is filled with n and labelled n modulo 3."""
    numbers = np.arange(count, dtype=np.uint8)
    return Split(np.tile(numbers[:, None, None, None], (1, 4, 4, 1)), numbers % 3)


def read(batches):
    """Return the image numbers of each batch, and check their labels."""
    numbers = []
    for images, labels in batches.as_numpy_iterator():
        numbers.append(np.rint(images[:, 0, 0, 0] * 255).astype(int).tolist())
        assert labels.argmax(axis=1).tolist() == [n % 3 for n in numbers[-1]]
    return numbers


def flat(lists):
    return list(chain.from_iterable(lists))


def test_an_epoch_holds_each_image_once_and_the_next_in_another_order():
    batches = read(training_batches(numbered(12), 3, 4, epochs=2, seed=0, limits=None))
    assert [len(batch) for batch in batches] == [4] * 6
    one, two = flat(batches[:3]), flat(batches[3:])
    assert sorted(one) == sorted(two) == list(range(12))
    assert one != two


def test_labels_of_many_classes_keep_their_numbers():
    split = Split(np.zeros((6, 4, 4, 1), np.uint8), np.array([0, 1, 256, 257, 298, 299], np.uint16))
    trained = training_batches(split, 300, 6, epochs=1, seed=0, limits=None)
    for batches in (trained, plain_batches(split, 300)):
        [(_, labels)] = batches.as_numpy_iterator()
        assert labels.shape == (6, 300)
        assert sorted(labels.argmax(axis=1)) == split.labels.tolist()


def test_the_seed_alone_decides_the_order():
    one, same, other = (
        read(training_batches(numbered(12), 3, 4, epochs=1, seed=seed, limits=None))
        for seed in (5, 5, 6)
    )
    assert one == same != other


def test_each_batch_is_varied_in_its_own_way():
    dot = np.zeros((1, 9, 9, 1), np.uint8)
    dot[:, 4, 4] = 255
    split = Split(np.repeat(dot, 2, axis=0), np.zeros(2, np.uint8))
    varied = training_batches(split, 3, 2, epochs=2, seed=0, limits=Augmentation())
    one, two = (images for images, _ in varied.as_numpy_iterator())
    assert not np.array_equal(one, two)


def test_plain_batches_keep_order_and_values():
    assert flat(read(plain_batches(numbered(7), 3))) == list(range(7))
