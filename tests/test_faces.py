import dataclasses

import numpy as np
import pytest

from generator.datasets import faces, faces_drawing
from generator.datasets.faces import (
    CLASSES,
    PEOPLE,
    PICTURES,
    STYLES,
    Faces,
    happy_mood,
    make_person,
    sad_mood,
)
from generator.datasets.faces_drawing import Pen, Pose, bright


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


def test_no_two_people_are_alike() -> None:
    people = [make_person(0, number) for number in range(sum(PEOPLE.values()))]
    assert len(set(people)) == len(people)
    assert make_person(0, 7) == people[7] != make_person(1, 7)


def test_the_first_twenty_people_wear_every_style_and_their_hair_is_seen() -> None:
    people = [make_person(0, number) for number in range(20)]
    assert sorted(person.style for person in people) == sorted(STYLES)
    assert all(abs(bright(person.hair) - bright(person.skin)) > 26 for person in people)


def test_moods_of_a_class_are_not_alike() -> None:
    rng = np.random.default_rng(1)
    happy, sad = ([make(rng) for _ in range(200)] for make in (happy_mood, sad_mood))
    assert {mood.mouth for mood in happy} == {"line", "grin", "open", "laugh"}
    assert {mood.mouth for mood in sad} == {"line", "wobbly", "pout", "cry"}
    assert {mood.eyes for mood in happy} & {mood.eyes for mood in sad} == {"open"}
    # Some brows of sad faces are as calm as those of happy ones.
    assert max(mood.brow_inner - mood.brow_outer for mood in sad) > -1


def test_no_mood_is_misleading() -> None:
    rng = np.random.default_rng(2)
    for _ in range(300):
        happy, sad = happy_mood(rng), sad_mood(rng)
        assert happy.happy and not happy.tear and not sad.happy
        assert min(happy.curve, sad.curve) > 0.4  # bent enough to be seen
        # Brows that fall inwards would look angry.
        assert max(mood.brow_inner - mood.brow_outer for mood in (happy, sad)) <= 1.5


def test_the_pen_turns_about_the_neck_and_mirrors() -> None:
    pose = Pose(tilt=0, zoom=1, shift=(0, 0), turn=0, nod=0, look=0)
    picture = faces_drawing.Image.new("RGB", (10, 10))
    (x, y), (neck_x, neck_y) = Pen(picture, pose, np.pi / 2, False).mapped(
        np.array([(0, 0), (0, faces_drawing.NECK)])
    )
    assert (round(x - neck_x), round(y - neck_y)) == (faces_drawing.NECK * faces_drawing.SCALE, 0)
    [(left, _)] = Pen(picture, pose, 0, True).mapped(np.array([(10, 0)]))
    [(right, _)] = Pen(picture, pose, 0, False).mapped(np.array([(10, 0)]))
    assert round(right - left) == 20 * faces_drawing.SCALE


def test_the_figure_goes_on_below_the_picture() -> None:
    """A person seen small, high up and tilted is not cut off above the lower edge."""
    person = dataclasses.replace(make_person(0, 0), shirt=(1, 2, 3), collar="round")
    size = faces_drawing.SIZE * faces_drawing.SCALE
    picture = faces_drawing.Image.new("RGB", (size, size), (255, 255, 255))
    pose = Pose(tilt=0.3, zoom=0.92, shift=(-11, -4), turn=0, nod=0, look=0)
    faces_drawing.draw_person(picture, person, happy_mood(np.random.default_rng(0)), pose)
    row = np.asarray(picture)[-1]
    middle = row[size // 4 : -size // 4]
    assert np.array_equal(np.unique(middle.reshape(-1, 3), axis=0), [[1, 2, 3]])


def test_the_identity_changes_with_the_code_and_with_pillow(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    known = faces.load().identity
    assert known == faces.load().identity
    monkeypatch.setattr(faces.PIL, "__version__", "0")
    other = faces.load().identity
    monkeypatch.undo()
    hashed: list[object] = []
    monkeypatch.setattr(faces, "code_hash", lambda modules: hashed.extend(modules) or "changed")
    assert len({known, other, faces.load().identity}) == 3
    assert hashed == [faces, faces_drawing]
