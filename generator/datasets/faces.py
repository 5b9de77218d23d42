"""Faces: happy and sad ones of drawn people, by Pillow, for a first try of the transfer learner.

A person is a set of features (skin, shape, hair, eyes, nose, glasses, beard) that stay the same in
all of their pictures; mood, pose, light and background change from picture to picture. The people
of the three splits are different people, so a score on validation pictures is a score on strangers.
"""

import colorsys
import hashlib
import sys
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import PIL
from PIL import Image, ImageDraw, ImageFilter

from generator.cache import code_hash
from generator.data import Dataset, Split, SplitName

SIZE = 224
SCALE = 2  # drawn so many times larger, then made small: smooth edges
CLASSES = ("happy", "sad")
PEOPLE: dict[SplitName, int] = {"train": 40, "validation": 15, "test": 10}
PICTURES = 4  # of each person in each mood
Colour = tuple[int, int, int]
Box = tuple[float, float, float, float]

SKINS = ("#ffe0c7", "#f6cfae", "#eab98f", "#d39a6a", "#b57a4b", "#8f5a35", "#6b4126", "#4c2d1b")
HAIRS = ("#1d1714", "#3b2418", "#6a3f22", "#9c6b35", "#d1a356", "#b0432a", "#8a8a8e", "#e6e2da")
EYES = ("#2b1b12", "#4b2e1a", "#3f6b4f", "#3c6ea5", "#6b7c85")
SHIRTS = ("#31572c", "#274c77", "#9d0208", "#6a4c93", "#e09f3e", "#343a40", "#0a9396", "#f2e9e4")
WALLS = ("#cfe8ef", "#f6e7cb", "#e3d5ea", "#d8eadb", "#f3d4d0", "#d5dbe6", "#ece9e2", "#b9cdd8")
STYLES = ("short", "long", "curly", "bun", "fringe", "bald")


@dataclass(frozen=True)
class Person:
    """What stays the same in all pictures of one person; lengths in pixels of the small picture."""

    skin: Colour
    hair: Colour
    style: str
    eyes: Colour
    width: float
    height: float
    eye_gap: float
    eye_size: float
    brow: float
    nose: float
    mouth: float
    glasses: bool
    beard: bool
    freckles: bool
    shirt: Colour


@dataclass(frozen=True)
class Mood:
    """What one picture's face does. `curve` is positive for corners that go up."""

    happy: bool
    curve: float
    open: float
    brow_inner: float
    brow_outer: float
    lids: float
    smiling_eyes: bool
    tear: bool
    blush: float


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
        person = self.first + place % self.people
        take = place // self.people
        rng = np.random.default_rng([self.seed, person, take, label])
        return draw_face(_person(self.seed, person), _mood(rng, label == 0), rng)


def load(seed: int = 0) -> Dataset:
    """Return drawn faces: uint8 [n, 224, 224, 3], labels 0 (happy) or 1 (sad).

    320 training pictures of 40 people, 120 of 15 others for validation, 80 of 10 more as a test.
    Drawn when they are read, 30 ms each. Licence: drawn by this module, no rights reserved (CC0).
    """
    splits: dict[SplitName, Split] = {}
    first = 0
    for name, people in PEOPLE.items():
        pictures = Faces(people, first, seed)
        labels = (np.arange(len(pictures)) % len(CLASSES)).astype(np.uint8)
        splits[name] = Split(pictures, labels)
        first += people
    code = code_hash([sys.modules[__name__]])
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


def _person(seed: int, number: int) -> Person:
    rng = np.random.default_rng([seed, number])
    style = str(rng.choice(STYLES, p=(0.28, 0.2, 0.18, 0.12, 0.14, 0.08)))
    return Person(
        skin=_vary(SKINS[rng.integers(len(SKINS))], rng, 0.02),
        hair=_vary(HAIRS[rng.integers(len(HAIRS))], rng, 0.03),
        style=style,
        eyes=_vary(EYES[rng.integers(len(EYES))], rng, 0.03),
        width=rng.uniform(50, 62),
        height=rng.uniform(62, 74),
        eye_gap=rng.uniform(21, 27),
        eye_size=rng.uniform(6.5, 9.5),
        brow=rng.uniform(2.0, 4.2),
        nose=rng.uniform(6, 12),
        mouth=rng.uniform(19, 27),
        glasses=bool(rng.random() < 0.28),
        beard=bool(style not in ("long", "bun") and rng.random() < 0.3),
        freckles=bool(rng.random() < 0.15),
        shirt=_vary(SHIRTS[rng.integers(len(SHIRTS))], rng, 0.03),
    )


def _mood(rng: np.random.Generator, happy: bool) -> Mood:
    """Moods of a class are not alike: a closed smile, a laugh, a sulk, a sob."""
    if happy:
        opened = float(rng.choice((0.0, 0.45, 1.0), p=(0.4, 0.3, 0.3)))
        return Mood(
            happy=True,
            curve=rng.uniform(0.32, 0.75),
            open=opened * rng.uniform(0.7, 1.0),
            brow_inner=rng.uniform(-1.5, 1.5),
            brow_outer=rng.uniform(-2.5, 1.0),
            lids=rng.uniform(0.0, 0.3),
            smiling_eyes=bool(rng.random() < 0.35),
            tear=False,
            blush=rng.uniform(0.0, 0.5),
        )
    opened = float(rng.choice((0.0, 0.5), p=(0.7, 0.3)))
    return Mood(
        happy=False,
        curve=-rng.uniform(0.3, 0.7),
        open=opened * rng.uniform(0.6, 1.0),
        brow_inner=-rng.uniform(1.0, 5.5),
        brow_outer=rng.uniform(0.5, 3.5),
        lids=rng.uniform(0.1, 0.5),
        smiling_eyes=False,
        tear=bool(rng.random() < 0.3),
        blush=rng.uniform(0.0, 0.25),
    )


def draw_face(person: Person, mood: Mood, rng: np.random.Generator) -> Image.Image:
    """Draw a person in a mood; `rng` gives pose, light and background."""
    picture = _background(rng)
    figure = Image.new("RGBA", picture.size)
    _Drawing(figure, person, mood, rng).draw()
    place = _place(rng, picture.width)
    bicubic = Image.Resampling.BICUBIC
    figure = figure.transform(figure.size, Image.Transform.AFFINE, place, bicubic)
    picture.paste(figure, (0, 0), figure)
    small = picture.resize((SIZE, SIZE), Image.Resampling.LANCZOS)
    return _light(small, rng)


def _place(rng: np.random.Generator, size: int) -> tuple[float, ...]:
    """A tilted head, near or far, not quite in the middle: where each target pixel comes from."""
    angle, zoom = np.radians(rng.normal(0, 7)), rng.uniform(0.86, 1.12)
    shift_x, shift_y = rng.uniform(-0.05, 0.05, 2) * size
    cos, sin = np.cos(angle) / zoom, np.sin(angle) / zoom
    x, y = size / 2, size * 0.55  # the point that it turns about
    return (
        *(cos, -sin, x - cos * (x + shift_x) + sin * (y + shift_y)),
        *(sin, cos, y - sin * (x + shift_x) - cos * (y + shift_y)),
    )


def _background(rng: np.random.Generator) -> Image.Image:
    size = SIZE * SCALE
    wall = _vary(WALLS[rng.integers(len(WALLS))], rng, 0.04)
    picture = Image.new("RGB", (size, size), wall)
    draw = ImageDraw.Draw(picture)
    for _ in range(rng.integers(0, 5)):
        shade = _shade(wall, rng.uniform(0.82, 1.1))
        x, y, radius = rng.uniform(0, size), rng.uniform(0, size), rng.uniform(20, 90) * SCALE
        if rng.random() < 0.5:
            draw.ellipse((x - radius, y - radius, x + radius, y + radius), shade)
        else:
            draw.rectangle((x - radius, y - radius / 2, x + radius, y + radius / 2), shade)
    return picture.filter(ImageFilter.GaussianBlur(rng.uniform(0, 2) * SCALE))


def _light(picture: Image.Image, rng: np.random.Generator) -> Image.Image:
    """Light from one side, brighter or darker, warmer or colder, and a little grain."""
    pixels = np.asarray(picture).astype(np.float32)
    angle = rng.uniform(0, 2 * np.pi)
    x, y = np.meshgrid(np.linspace(-1, 1, SIZE), np.linspace(-1, 1, SIZE))
    side = 1 + rng.uniform(0, 0.14) * (x * np.cos(angle) + y * np.sin(angle))
    warmth = 1 + rng.uniform(-0.05, 0.05) * np.array([1, 0, -1])
    pixels *= (side * rng.uniform(0.84, 1.08))[..., None] * warmth
    pixels += rng.normal(0, rng.uniform(0, 3), (SIZE, SIZE, 1))
    return Image.fromarray(np.clip(pixels, 0, 255).round().astype(np.uint8))


class _Drawing:
    """One face on a transparent picture; lengths are in pixels of the small picture."""

    def __init__(
        self, figure: Image.Image, person: Person, mood: Mood, rng: np.random.Generator
    ) -> None:
        self.pen = ImageDraw.Draw(figure)
        self.person, self.mood = person, mood
        self.turn = rng.uniform(-5, 5)  # the features move sideways as the head turns
        self.look = rng.uniform(-1.6, 1.6)
        self.x, self.y = SIZE / 2, 112.0
        self.line = _shade(person.skin, 0.55)
        self.phase = rng.uniform(0, 6)

    def draw(self) -> None:
        self.hair_behind()
        self.body()
        self.head()
        if self.person.beard:
            self.beard()
        self.eyes()
        self.brows()
        self.nose()
        self.mouth()
        self.hair_in_front()
        if self.person.glasses:
            self.glasses()

    def oval(self, x: float, y: float, across: float, down: float, colour: Colour) -> None:
        self.pen.ellipse(_large((x - across, y - down, x + across, y + down)), colour)

    def arc(self, box: Box, start: float, end: float, colour: Colour, width: float) -> None:
        self.pen.arc(_large(box), start, end, colour, max(1, round(width * SCALE)))

    def shape(self, points: list[tuple[float, float]], colour: Colour) -> None:
        self.pen.polygon([(x * SCALE, y * SCALE) for x, y in points], colour)

    def stroke(self, points: list[tuple[float, float]], colour: Colour, width: float) -> None:
        large = [(x * SCALE, y * SCALE) for x, y in points]
        self.pen.line(large, colour, max(1, round(width * SCALE)), joint="curve")
        for x, y in (points[0], points[-1]):
            self.oval(x, y, width / 2, width / 2, colour)

    def hair_behind(self) -> None:
        p = self.person
        if p.style == "long":
            self.oval(self.x, self.y + 8, p.width + 13, p.height + 18, p.hair)
            self.pen.rectangle(
                _large((self.x - p.width - 12, self.y, self.x + p.width + 12, 205)), p.hair
            )
        if p.style == "bun":
            self.oval(self.x, self.y - p.height - 16, 21, 19, p.hair)
        if p.style == "curly":
            for step in range(15):
                angle = np.pi * (0.95 + 1.1 * step / 14)
                x = self.x + (p.width + 6) * np.cos(angle)
                self.oval(x, self.y - 8 + (p.height + 4) * np.sin(angle), 17, 17, p.hair)

    def body(self) -> None:
        p = self.person
        self.oval(self.x, 232, 82, 46, p.shirt)
        neck = _shade(p.skin, 0.86)
        self.pen.rounded_rectangle(
            _large((self.x - 20, self.y + p.height - 22, self.x + 20, 200)), 16 * SCALE, neck
        )

    def head(self) -> None:
        p = self.person
        for side in (-1, 1):
            self.oval(self.x + side * p.width - self.turn * 0.3, self.y + 6, 9, 13, p.skin)
        self.oval(self.x, self.y, p.width, p.height, p.skin)
        self.oval(self.x, self.y + p.height * 0.34, p.width * 0.83, p.height * 0.64, p.skin)
        if self.mood.blush > 0.12:
            cheek = _mix(p.skin, (226, 92, 92), self.mood.blush * 0.6)
            for side in (-1, 1):
                self.oval(self.x + self.turn + side * p.eye_gap * 1.35, self.y + 21, 11, 7.5, cheek)
        if p.freckles:
            for step in range(10):
                x = self.x + self.turn + (-1 if step % 2 else 1) * (13 + 4.1 * (step // 2))
                y = self.y + 16 + 4 * np.sin(3 * step)
                self.oval(x, y, 1.1, 1.1, _shade(p.skin, 0.75))

    def beard(self) -> None:
        p, y = self.person, self.y + _mouth_below(self.person)
        points = [
            (self.x + (p.width - 2) * np.cos(a), self.y + 6 + (p.height - 3) * np.sin(a))
            for a in np.linspace(0.02, np.pi - 0.02, 40)
        ]
        points += [(self.x - p.width * 0.62, y - 9), (self.x + self.turn, y - 14)]
        points += [(self.x + p.width * 0.62, y - 9)]
        self.shape(points, _mix(p.hair, p.skin, 0.12))

    def eyes(self) -> None:
        p, mood = self.person, self.mood
        for side in (-1, 1):
            x, y = self.x + self.turn + side * p.eye_gap, self.y - 6
            size = p.eye_size
            if mood.smiling_eyes:
                self.arc((x - size, y - size * 0.7, x + size, y + size), 195, 345, self.line, 2.6)
                continue
            white = (250, 249, 246)
            self.oval(x, y, size * 1.15, size * 0.92, white)
            dip = 1.4 if not mood.happy else 0.0
            self.oval(x + self.look, y + dip, size * 0.6, size * 0.6, p.eyes)
            self.oval(x + self.look, y + dip, size * 0.3, size * 0.3, (18, 14, 12))
            self.oval(x + self.look + 1.6, y + dip - 1.8, 1.2, 1.2, (255, 255, 255))
            self.lid(x, y, size, side)
            if mood.tear and side == (1 if self.turn > 0 else -1):
                self.tear(x + side * 3, y + size + 7)

    def lid(self, x: float, y: float, size: float, side: int) -> None:
        """The upper lid; sad eyes droop outwards."""
        droop = 0.0 if self.mood.happy else 2.6
        edge = y - size * (0.98 - 1.1 * self.mood.lids)
        outer, inner = edge + droop, edge - droop * 0.5
        left, right = (outer, inner) if side < 0 else (inner, outer)
        points = [(x - size * 1.3, left), (x + size * 1.3, right)]
        top = y - size * 1.35
        above = [(x + size * 1.3, top), (x - size * 1.3, top)]
        self.shape(points + above, self.person.skin)
        self.stroke(points, self.line, 1.7)

    def tear(self, x: float, y: float) -> None:
        blue = (122, 190, 235)
        self.shape([(x, y - 8), (x - 4, y + 1), (x + 4, y + 1)], blue)
        self.oval(x, y + 2, 4.2, 4.6, blue)

    def brows(self) -> None:
        p, mood = self.person, self.mood
        colour = _mix(p.hair, (40, 28, 22), 0.35) if p.style != "bald" else _shade(p.skin, 0.45)
        for side in (-1, 1):
            x, y = self.x + self.turn + side * p.eye_gap, self.y - 6 - p.eye_size - 7
            inner = (x - side * 9, y + mood.brow_inner)
            outer = (x + side * 10, y + mood.brow_outer)
            arch = -2.5 if mood.happy else -0.5
            middle = (x + side, (inner[1] + outer[1]) / 2 + arch)
            self.stroke([inner, middle, outer], colour, p.brow)

    def nose(self) -> None:
        x, y, size = self.x + self.turn * 1.6, self.y + 15, self.person.nose
        box = (x - size * 0.6, y - size * 0.5, x + size * 0.6, y + size * 0.5)
        self.arc(box, 20, 160, _shade(self.person.skin, 0.68), 2.2)

    def mouth(self) -> None:
        """A bow between two corners, and below it, if the mouth is open, another one."""
        p, mood = self.person, self.mood
        x, y = self.x + self.turn * 1.2, self.y + _mouth_below(p)
        half = p.mouth * (1.08 if mood.happy else 0.88)
        across = np.linspace(-1, 1, 25)
        bend = mood.curve * p.mouth * 0.72
        wobble = 0.0 if mood.happy else 0.7 * np.sin(7 * across + self.phase)
        upper = y + bend * (0.45 - across**2) + wobble
        if mood.open < 0.1:
            lip = self.lip()
            self.stroke(list(zip(x + half * across, upper, strict=True)), lip, 3.2)
            return
        depth = mood.open * p.mouth * (0.85 if mood.happy else 0.55)
        lower = upper + depth * (1 - across**2)
        edge = [*zip(x + half * across, upper, strict=True)]
        rim = [*zip((x + half * across)[::-1], lower[::-1], strict=True)]
        self.shape(edge + rim, (92, 24, 32))
        if mood.happy:
            teeth = upper + np.minimum(depth * 0.38, 6.5) * (1 - across**2) ** 0.5
            row = [*zip((x + half * 0.94 * across)[::-1], teeth[::-1], strict=True)]
            self.shape([*zip(x + half * 0.94 * across, upper, strict=True), *row], (252, 250, 244))
        else:
            self.oval(x, float(lower[12]) - depth * 0.22, half * 0.34, depth * 0.2, (196, 92, 98))
        self.stroke(edge, _shade(p.skin, 0.5), 1.8)
        self.stroke(rim, self.lip(), 2.4)

    def lip(self) -> Colour:
        """Darker than fair skin, lighter than dark skin: a mouth is seen on both."""
        fair = sum(self.person.skin) > 330
        return _mix(self.person.skin, (140, 40, 48) if fair else (214, 104, 104), 0.75)

    def hair_in_front(self) -> None:
        p = self.person
        if p.style == "bald":
            return
        low = {"fringe": 0.36, "curly": 0.62, "bun": 0.66}.get(p.style, 0.56)
        top = [
            (self.x + (p.width + 3) * np.cos(a), self.y - 3 + (p.height + 4) * np.sin(a))
            for a in np.linspace(np.pi * 1.04, np.pi * 1.96, 40)
        ]
        line = self.y - p.height * low
        part = self.turn * 2
        front = [(self.x + p.width * 0.9, line + 8), (self.x + p.width * 0.45 + part, line - 4)]
        front += [(self.x + part * 1.5, line - 2), (self.x - p.width * 0.5 + part, line + 1)]
        front += [(self.x - p.width * 0.9, line + 9)]
        self.shape(top + front, p.hair)

    def glasses(self) -> None:
        p, frame = self.person, (44, 40, 48)
        y, size = self.y - 5, p.eye_size + 6.5
        for side in (-1, 1):
            x = self.x + self.turn + side * p.eye_gap
            self.arc((x - size, y - size * 0.9, x + size, y + size * 0.9), 0, 360, frame, 2.2)
        gap = p.eye_gap - size
        middle = self.x + self.turn
        self.stroke([(middle - gap, y - 2), (middle + gap, y - 2)], frame, 2.2)


def _mouth_below(person: Person) -> float:
    """How far below the middle of the face the mouth is."""
    return person.height * 0.52


def _large(box: Box) -> Box:
    left, top, right, bottom = (value * SCALE for value in box)
    return left, top, right, bottom


def _rgb(colour: str) -> Colour:
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)


def _vary(colour: str, rng: np.random.Generator, by: float) -> Colour:
    """The same colour, a little lighter or darker, more or less of it."""
    hue, light, strength = colorsys.rgb_to_hls(*(value / 255 for value in _rgb(colour)))
    light, strength = (min(max(value + rng.normal(0, by), 0), 1) for value in (light, strength))
    red, green, blue = (round(255 * value) for value in colorsys.hls_to_rgb(hue, light, strength))
    return red, green, blue


def _shade(colour: Colour, by: float) -> Colour:
    red, green, blue = (min(255, round(value * by)) for value in colour)
    return red, green, blue


def _mix(colour: Colour, other: Colour, share: float) -> Colour:
    red, green, blue = (round(a + (b - a) * share) for a, b in zip(colour, other, strict=True))
    return red, green, blue
