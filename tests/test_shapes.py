import numpy as np

from generator.datasets import shapes


def test_shapes_are_the_same_every_time_and_balanced() -> None:
    first, second = shapes.load(), shapes.load()
    for name, split in first.splits.items():
        assert np.array_equal(split.images[0:50], second.splits[name].images[0:50])
        assert np.bincount(split.labels).tolist() == [len(split) // 4] * 4


def test_shapes_of_a_class_look_alike_and_classes_differ() -> None:
    split = shapes.load().splits["train"]
    pixels = split.images[0 : len(split)].astype(float)
    means = [pixels[split.labels == label].mean(0) for label in range(4)]
    spread = min(np.abs(a - b).max() for i, a in enumerate(means) for b in means[:i])
    assert spread > 30
    assert pixels.max() == 255 and pixels[:, 0, 0].mean() < 20


def test_another_seed_draws_other_images() -> None:
    first, second = shapes.load(seed=0), shapes.load(seed=1)
    assert first.identity != second.identity
    assert not np.array_equal(first.splits["test"].images[0:9], second.splits["test"].images[0:9])
