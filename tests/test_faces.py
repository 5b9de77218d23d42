import numpy as np

from generator.datasets import faces
from generator.datasets.faces import CLASSES, PEOPLE, PICTURES, Faces


def test_the_same_face_is_drawn_twice() -> None:
    first, second = (faces.load().splits["validation"].images[3:6] for _ in range(2))
    assert np.array_equal(first, second)
    assert first.dtype == np.uint8 and first.shape == (3, 224, 224, 3)


def test_another_seed_draws_other_people() -> None:
    one, other = (faces.load(seed) for seed in (0, 1))
    assert one.identity != other.identity
    assert not np.array_equal(one.splits["test"].images[0:1], other.splits["test"].images[0:1])


def test_there_are_enough_of_each_class_and_every_prefix_is_balanced() -> None:
    splits = faces.load().splits
    counts = sum(np.bincount(split.labels) for split in splits.values())
    assert counts.min() >= 200
    for split in splits.values():
        for end in range(2, len(split), 2):
            assert split.labels[:end].sum() == end // 2


def test_no_person_is_in_two_splits() -> None:
    seen: set[int] = set()
    for split in faces.load().splits.values():
        pictures = split.images
        assert isinstance(pictures, Faces)
        people = set(range(pictures.first, pictures.first + pictures.people))
        assert not people & seen
        seen |= people
    assert len(seen) == sum(PEOPLE.values())


def test_a_persons_pictures_differ_and_so_do_people() -> None:
    pictures = Faces(people=2, first=0, seed=0)
    assert len(pictures) == 2 * PICTURES * len(CLASSES)
    drawn = pictures[0 : len(pictures)].astype(int)
    for i, one in enumerate(drawn):
        for other in drawn[i + 1 :]:
            assert np.abs(one - other).mean() > 4


def test_the_mood_is_in_the_mouth_and_not_in_the_light() -> None:
    pictures = faces.load().splits["train"].images[0:80].astype(float)
    happy, sad = pictures[0::2], pictures[1::2]
    spread = pictures.mean((1, 2, 3)).std()
    assert abs(happy.mean() - sad.mean()) < spread
