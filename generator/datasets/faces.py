"""Faces: happy and sad ones of drawn people, by Pillow, for a first try of the transfer learner.

A person is a set of features (skin, shape, hair, eyes, nose, glasses, beard) that stay the same in
all of their pictures; mood, pose, light and background change from picture to picture. The people
of the three splits are different people, so a score on validation pictures is a score on strangers.
"""

import hashlib
import sys
from collections.abc import Sequence
from typing import TypeVar

import numpy as np
import numpy.typing as npt
import PIL
from PIL import Image, ImageDraw, ImageFilter

from generator.cache import code_hash
from generator.data import Dataset, Split, SplitName
from generator.datasets import faces_drawing
from generator.datasets.faces_drawing import (
    SCALE,
    SIZE,
    Beard,
    Colour,
    Mood,
    Mouth,
    Person,
    Pose,
    bright,
    draw_person,
    mix,
    shaded,
    varied,
)

Name = TypeVar("Name", bound=str)

CLASSES = ("happy", "sad")
PEOPLE: dict[SplitName, int] = {"train": 40, "validation": 15, "test": 10}
PICTURES = 4  # of each person in each mood

SKINS = ("#fbdcc4", "#f4cba8", "#e8b68c", "#d39a6a", "#b57a4b", "#8f5a35", "#6f452a", "#55341f")
HAIRS = ("#1d1714", "#3b2418", "#6a3f22", "#9c6b35", "#d6a957", "#b4472b", "#85858a", "#dcd6cc")
DARK_HAIRS = (0.55, 0.2, 0.05, 0.02, 0.02, 0.02, 0.09, 0.05)  # chances with darker skins
EYES = ("#2b1b12", "#4b2e1a", "#3f6b4f", "#3c6ea5", "#6b7c85")
CLOTHS = ("#31572c", "#274c77", "#a4161a", "#6a4c93", "#e09f3e", "#3d4650", "#0a9396", "#c9627b")
WALLS = ("#bfe0ea", "#f4e0b8", "#dccbe6", "#cbe4cf", "#f0c8c1", "#c9d2e6", "#e4dccb", "#a9c7d8")
# Of twenty people: so many of each.
STYLES = (
    *(("short",) * 3 + ("parted",) * 3 + ("long",) * 3 + ("bob",) * 2 + ("curly",) * 2),
    *("bun", "plaits", "spiky", "spiky", "scarf", "hat", "bald"),
)
BEARDED = ("short", "parted", "spiky", "curly", "hat", "bald")


class Faces:
    """Pictures that are drawn when they are asked for: uint8 [n, 224, 224, 3]."""

    def __init__(self, people: int, first: int, seed: int) -> None:
        self.people, self.first, self.seed = people, first, seed

    def __len__(self) -> int:
        return self.people * PICTURES * len(CLASSES)

    def __getitem__(self, rows: slice) -> npt.NDArray[np.uint8]:
        indices = range(*rows.indices(len(self)))
        pictures = [np.asarray(self.picture(index)) for index in indices]
        return np.stack(pictures) if pictures else np.zeros((0, SIZE, SIZE, 3), np.uint8)

    def picture(self, index: int) -> Image.Image:
        """Draw one picture. Moods take turns and so do people: every prefix is varied."""
        label, place = index % len(CLASSES), index // len(CLASSES)
        number = self.first + place % self.people
        rng = np.random.default_rng([self.seed, number, place // self.people, label])
        mood = happy_mood(rng) if label == 0 else sad_mood(rng)
        return _draw(make_person(self.seed, number), mood, rng)


def load(seed: int = 0) -> Dataset:
    """Return drawn faces: uint8 [n, 224, 224, 3], labels 0 (happy) or 1 (sad).

    320 training pictures of 40 people, 120 of 15 others for validation, 80 of 10 more as a test.
    Drawn when they are read, 16 ms each. Licence: drawn by this module, no rights reserved (CC0).
    """
    splits: dict[SplitName, Split] = {}
    first = 0
    for name, people in PEOPLE.items():
        pictures = Faces(people, first, seed)
        labels = (np.arange(len(pictures)) % len(CLASSES)).astype(np.uint8)
        splits[name] = Split(pictures, labels)
        first += people
    code = code_hash([sys.modules[__name__], faces_drawing])
    identity = f"faces {seed} {code} pillow {PIL.__version__} numpy {np.__version__}"
    return Dataset(
        name="faces",
        title="Drawn faces",
        licence="CC0",
        source="drawn by mlpages",
        classes=CLASSES,
        shape=(SIZE, SIZE, 3),
        splits=splits,
        identity=hashlib.sha256(identity.encode()).hexdigest(),
    )


def make_person(seed: int, number: int) -> Person:
    """The person of that number, the same each time."""
    rng = np.random.default_rng([seed, number])
    style = _turn(STYLES, seed, number)
    skin = varied(_turn(SKINS, seed, number), rng, 0.02)
    beards: dict[Beard, float] = {"": 0.55, "full": 0.2, "stubble": 0.12, "moustache": 0.13}
    freckled = rng.random() < 0.15
    spots = np.stack([rng.uniform(14, 36, 12) * rng.choice((-1, 1), 12), rng.uniform(8, 20, 12)], 1)
    return Person(
        skin=skin,
        hair=_hair(rng, skin),
        style=style,
        cloth=varied(str(rng.choice(CLOTHS)), rng, 0.03),
        shirt=varied(str(rng.choice(CLOTHS)), rng, 0.03),
        collar=rng.choice(("round", "v", "shirt")),
        eyes=varied(str(rng.choice(EYES)), rng, 0.03),
        width=rng.uniform(50, 60),
        height=rng.uniform(61, 72),
        jaw=rng.uniform(0.02, 0.24),
        eye_gap=rng.uniform(21, 26),
        eye_size=rng.uniform(7, 9.5),
        lashes=bool(style in ("long", "bob", "bun", "plaits", "scarf") or rng.random() < 0.15),
        brow=rng.uniform(2.4, 4.6),
        nose=rng.choice(("arc", "corner", "drop")),
        nose_size=rng.uniform(8, 12),
        mouth=rng.uniform(19, 25),
        lips=rng.uniform(3, 4.2),
        glasses=_one(rng, {"": 0.74, "round": 0.15, "square": 0.11}),
        beard=_one(rng, beards) if style in BEARDED else "",
        earrings=bool(style in ("long", "bob", "bun", "curly", "plaits") and rng.random() < 0.4),
        freckles=tuple((float(x), float(y)) for x, y in spots) if freckled else (),
        mirrored=bool(rng.random() < 0.5),
    )


def _hair(rng: np.random.Generator, skin: Colour) -> Colour:
    """Hair as it goes with the skin, and is seen beside it."""
    chances = DARK_HAIRS if bright(skin) < 130 else None
    while True:
        hair = varied(str(rng.choice(HAIRS, p=chances)), rng, 0.03)
        if abs(bright(hair) - bright(skin)) > 26:
            return hair


def happy_mood(rng: np.random.Generator) -> Mood:
    """Moods of a class are not alike: a closed smile, a grin, a laugh; brows at rest or raised."""
    mouths: dict[Mouth, float] = {"line": 0.38, "grin": 0.16, "open": 0.24, "laugh": 0.22}
    mouth = _one(rng, mouths)
    subtle = mouth == "line" and rng.random() < 0.3
    raised = rng.uniform(-4.5, 0.5)
    return Mood(
        happy=True,
        mouth=mouth,
        curve=rng.uniform(0.42, 0.55) if subtle else rng.uniform(0.55, 1.0),
        wide=rng.uniform(0.72, 0.9) if subtle else rng.uniform(0.92, 1.15),
        skew=rng.normal(0, 0.7),
        eyes=_one(rng, {"open": 0.5, "wide": 0.18, "smiling": 0.32}),
        brow_inner=raised + rng.uniform(-1, 0.5),
        brow_outer=raised + rng.uniform(-0.5, 1.5),
        tear=False,
        blush=rng.uniform(0, 0.3),
    )


def sad_mood(rng: np.random.Generator) -> Mood:
    """A sulk, a pout, a trembling lip, a sob; brows that tell of it or, sometimes, do not."""
    mouths: dict[Mouth, float] = {"line": 0.38, "wobbly": 0.2, "pout": 0.2, "cry": 0.22}
    mouth = _one(rng, mouths)
    subtle = mouth == "line" and rng.random() < 0.3
    calm = rng.random() < 0.22 and not subtle
    return Mood(
        happy=False,
        mouth=mouth,
        curve=rng.uniform(0.42, 0.55) if subtle else rng.uniform(0.55, 1.0),
        wide=rng.uniform(0.6, 0.8) if subtle else rng.uniform(0.7, 0.98),
        skew=rng.normal(0, 0.7),
        eyes=_one(rng, {"open": 0.22, "drooping": 0.4, "closed": 0.2, "down": 0.18}),
        brow_inner=rng.uniform(-2, 0) if calm else rng.uniform(-7, -3),
        brow_outer=rng.uniform(-1.5, 0.5) if calm else rng.uniform(0.5, 3.5),
        tear=bool(rng.random() < 0.28),
        blush=rng.uniform(0, 0.3),
    )


def _turn(values: Sequence[str], seed: int, number: int) -> str:
    """Every value has its turn before one comes again, in an order that differs each time."""
    around, place = divmod(number, len(values))
    order = np.random.default_rng([seed, len(values), around, 1]).permutation(len(values))
    return values[int(order[place])]


def _one(rng: np.random.Generator, chances: dict[Name, float]) -> Name:
    """One of some names, each with its chance."""
    names = list(chances)
    return names[int(rng.choice(len(names), p=list(chances.values())))]


def _draw(person: Person, mood: Mood, rng: np.random.Generator) -> Image.Image:
    """Draw a person in a mood; `rng` gives pose, light and background."""
    pose = Pose(
        tilt=float(np.clip(rng.normal(0, 0.12), -0.3, 0.3)),
        zoom=rng.uniform(0.92, 1.2),
        shift=(rng.uniform(-11, 11), rng.uniform(-4, 10)),
        turn=rng.uniform(-5.5, 5.5),
        nod=rng.uniform(-2.5, 3.5),
        look=rng.uniform(-2, 2),
    )
    wall = _background(rng)
    picture = wall.resize((SIZE * SCALE, SIZE * SCALE), Image.Resampling.BILINEAR)
    draw_person(picture, person, mood, pose)
    return _light(picture.reduce(SCALE), rng)


def _background(rng: np.random.Generator) -> Image.Image:
    """A wall, and things out of focus."""
    colour = varied(str(rng.choice(WALLS)), rng, 0.04)
    picture = Image.new("RGB", (SIZE, SIZE), colour)
    draw = ImageDraw.Draw(picture)
    if rng.random() < 0.3:
        floor = shaded(varied(str(rng.choice(WALLS)), rng, 0.04), 0.86)
        draw.rectangle((0, rng.uniform(100, 180), SIZE, SIZE), floor)
    for _ in range(rng.integers(0, 6)):
        other = varied(str(rng.choice(WALLS)), rng, 0.05)
        shade = mix(shaded(colour, rng.uniform(0.8, 1.08)), other, rng.uniform(0, 0.7))
        x, y, radius = rng.uniform(0, SIZE), rng.uniform(0, SIZE), rng.uniform(14, 70)
        if rng.random() < 0.6:
            draw.ellipse((x - radius, y - radius, x + radius, y + radius), shade)
        else:
            draw.rectangle((x - radius, y - radius / 2, x + radius, y + radius / 2), shade)
    return picture.filter(ImageFilter.GaussianBlur(rng.uniform(0.6, 3.5)))


def _light(picture: Image.Image, rng: np.random.Generator) -> Image.Image:
    """Light from one side, brighter or darker, warmer or colder, and a little grain."""
    pixels = np.asarray(picture).astype(np.float32)
    angle = rng.uniform(0, 2 * np.pi)
    across = np.linspace(-1, 1, SIZE, dtype=np.float32)
    slope = across * np.cos(angle) + across[:, None] * np.sin(angle)
    side = 1 + rng.uniform(0, 0.12) * slope
    warmth = 1 + rng.uniform(-0.05, 0.05) * np.array([1, 0, -1])
    pixels *= (side * rng.uniform(0.84, 1.03))[..., None] * warmth
    pixels += rng.normal(0, rng.uniform(0, 1.8), (SIZE, SIZE, 1))
    return Image.fromarray(np.clip(pixels, 0, 255).round().astype(np.uint8))
