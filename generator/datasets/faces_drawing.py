"""How a face of the data set `faces` is drawn: a person, a mood, a pose, a pen.

Lengths are pixels of the finished picture, measured from the middle of the face: x to the right,
y down. The pen turns, zooms and shifts all of it.
"""

import colorsys
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageDraw

SIZE = 224
SCALE = 3  # drawn so many times larger, then made small: smooth edges
CENTRE = (SIZE / 2, 110.0)
NECK = 62.0  # what a head tilts about, below the middle of the face
MOUTH = 0.5  # how far below the middle of the face it is, of the face's height

Colour = tuple[int, int, int]
Points = npt.NDArray[np.float64]
Beard = Literal["", "full", "stubble", "moustache"]
Eyes = Literal["open", "wide", "smiling", "closed", "drooping", "down"]
Mouth = Literal["line", "grin", "open", "laugh", "wobbly", "pout", "cry"]

INK: Colour = (34, 24, 24)
WHITE: Colour = (250, 249, 246)
INSIDE: Colour = (104, 28, 38)
TONGUE: Colour = (212, 98, 104)
TEAR: Colour = (120, 190, 238)

# Where the hair ends on the forehead, from right to left, as shares of the face's half width and
# half height.
HAIRLINES: dict[str, tuple[tuple[float, float], ...]] = {
    "short": ((0.84, -0.34), (0.56, -0.60), (0.1, -0.62), (-0.4, -0.54), (-0.84, -0.32)),
    "parted": ((0.84, -0.36), (0.62, -0.66), (0.42, -0.72), (-0.2, -0.52), (-0.86, -0.28)),
    "long": ((0.93, -0.02), (0.74, -0.42), (0.2, -0.82), (-0.66, -0.46), (-0.93, -0.02)),
    "bob": ((0.9, -0.2), (0.6, -0.36), (0, -0.4), (-0.6, -0.36), (-0.9, -0.2)),
    "curly": ((0.84, -0.36), (0.5, -0.58), (0, -0.66), (-0.5, -0.58), (-0.84, -0.36)),
    "bun": ((0.86, -0.3), (0.5, -0.64), (0, -0.76), (-0.5, -0.64), (-0.86, -0.3)),
    "plaits": ((0.9, -0.18), (0.6, -0.5), (0.05, -0.8), (-0.6, -0.5), (-0.9, -0.18)),
    "spiky": (
        *((0.84, -0.34), (0.5, -0.5), (0.3, -0.62), (0.1, -0.46)),
        *((-0.1, -0.62), (-0.3, -0.46), (-0.5, -0.6), (-0.84, -0.34)),
    ),
    "scarf": ((0.84, -0.3), (0.52, -0.6), (0, -0.72), (-0.52, -0.6), (-0.84, -0.3)),
    "hat": ((0.84, -0.3), (0.5, -0.5), (0, -0.55), (-0.5, -0.5), (-0.84, -0.3)),
}


@dataclass(frozen=True)
class Person:
    """What stays the same in all pictures of one person."""

    skin: Colour
    hair: Colour
    style: str  # of HAIRLINES, or "bald"
    cloth: Colour  # of a scarf, a hat, a ribbon
    shirt: Colour
    collar: Literal["round", "v", "shirt"]
    eyes: Colour
    width: float
    height: float
    jaw: float  # how much narrower the chin is
    eye_gap: float
    eye_size: float
    lashes: bool
    brow: float
    nose: Literal["arc", "corner", "drop"]
    nose_size: float
    mouth: float
    lips: float
    glasses: Literal["", "round", "square"]
    beard: Beard
    earrings: bool
    freckles: tuple[tuple[float, float], ...]
    mirrored: bool


@dataclass(frozen=True)
class Mood:
    """What one picture's face does."""

    happy: bool
    mouth: Mouth
    curve: float  # from flat to fully bent; up for happy, down for sad
    wide: float
    skew: float  # one corner higher than the other
    eyes: Eyes
    brow_inner: float
    brow_outer: float
    tear: bool
    blush: float


@dataclass(frozen=True)
class Pose:
    """How the person is seen."""

    tilt: float  # radians
    zoom: float
    shift: tuple[float, float]
    turn: float  # the features move sideways as the head turns
    nod: float
    look: float


class Pen:
    """Draws on a large picture what is given in pixels of the small one."""

    def __init__(self, picture: Image.Image, pose: Pose, tilt: float, mirrored: bool) -> None:
        self.draw = ImageDraw.Draw(picture)
        self.scale = pose.zoom * SCALE
        cos, sin = np.cos(tilt) * self.scale, np.sin(tilt) * self.scale
        self.matrix = np.array([[cos, -sin], [sin, cos]]) * (-1 if mirrored else 1, 1)
        self.neck = np.array([0, NECK])
        self.place = (np.array(CENTRE) + pose.shift + self.neck) * SCALE

    def mapped(self, points: Points) -> list[tuple[float, float]]:
        moved = (points - self.neck) @ self.matrix.T + self.place
        return [(float(x), float(y)) for x, y in moved]

    def fill(self, points: Points, colour: Colour) -> None:
        self.draw.polygon(self.mapped(points), colour)

    def oval(self, x: float, y: float, across: float, down: float, colour: Colour) -> None:
        self.fill(arc(x, y, across, down, 0, 2 * np.pi), colour)

    def line(self, points: Points, colour: Colour, width: float) -> None:
        """A line with round ends and round bends."""
        self.draw.line(self.mapped(points), colour, max(1, round(width * self.scale)), "curve")
        for x, y in (points[0], points[-1]):
            self.oval(x, y, width / 2, width / 2, colour)


def arc(x: float, y: float, across: float, down: float, start: float, end: float) -> Points:
    """Points of a part of an ellipse."""
    angles = np.linspace(start, end, 40)
    return np.stack([x + across * np.cos(angles), y + down * np.sin(angles)], 1)


def smooth(points: Sequence[tuple[float, float]], steps: int = 10) -> Points:
    """A curve through all points (Catmull and Rom's)."""
    known = np.array([points[0], *points, points[-1]], float)
    t = np.linspace(0, 1, steps)[:, None]
    pieces = [
        0.5 * (2 * b + (c - a) * t + (2 * a - 5 * b + 4 * c - d) * t**2)
        + 0.5 * (3 * b - a - 3 * c + d) * t**3
        for a, b, c, d in zip(known, known[1:], known[2:], known[3:], strict=False)
    ]
    return np.concatenate(pieces)


def draw_person(picture: Image.Image, person: Person, mood: Mood, pose: Pose) -> None:
    """Draw on a large picture, from what is behind to what is in front."""
    body = Pen(picture, pose, pose.tilt * 0.2, person.mirrored)
    head = Pen(picture, pose, pose.tilt, person.mirrored)
    _Hair(head, person).behind()
    _draw_body(body, person)
    _Head(head, person, mood, pose).draw()
    _Hair(head, person).front()
    if person.glasses:
        _draw_glasses(head, person, pose)


def _draw_body(pen: Pen, person: Person) -> None:
    shade = mix(person.skin, (90, 30, 30), 0.22)
    shoulders = [(-104, 210), (-98, 128), (-66, 104), (-24, 93), (24, 93), (66, 104), (98, 128)]
    pen.fill(smooth([*shoulders, (104, 210)]), person.shirt)
    if person.style == "scarf":
        drape = [(-46, 40), (-58, 84), (-44, 116), (0, 128), (44, 116), (58, 84), (46, 40)]
        pen.fill(smooth(drape), shaded(person.cloth, 0.88))
        return
    neck = [(-20, 30), (-20, 84), (-30, 97), (0, 106), (30, 97), (20, 84), (20, 30)]
    pen.fill(smooth(neck, 6), shade)
    if person.collar == "v":
        pen.fill(np.array([(-27, 94), (27, 94), (0, 126)]), shade)
        pen.line(np.array([(-29, 93), (0, 127), (29, 93)]), shaded(person.shirt, 0.8), 4)
    elif person.collar == "shirt":
        for side in (-1, 1):
            points = [(side * 22, 86), (side * 34, 98), (side * 22, 116), (side * 2, 103)]
            pen.fill(np.array(points), shaded(person.shirt, 1.25))
    else:
        pen.line(smooth([(-31, 95), (-16, 104), (16, 104), (31, 95)]), shaded(person.shirt, 0.8), 5)


class _Hair:
    """Hair, and what is worn on it."""

    def __init__(self, pen: Pen, person: Person) -> None:
        self.pen, self.person = pen, person
        self.w, self.h = person.width, person.height

    def behind(self) -> None:
        pen, w, h, hair = self.pen, self.w, self.h, self.person.hair
        match self.person.style:
            case "long":
                side = [(w + 10, -20), (w + 13, 20), (w + 10, 60), (w + 17, 100), (w - 10, 118)]
                self._mirrored(side, top=h + 10)
            case "bob":
                self._mirrored([(w + 10, -20), (w + 14, 20), (w + 9, 46), (w - 12, 52)], top=h + 9)
            case "bun":
                pen.oval(0, -h - 15, 22, 20, hair)
                pen.line(arc(0, -h - 14, 12, 10, 0.4, 2.4), shaded(hair, 0.75), 2)
            case "plaits":
                for step in range(4):
                    x, y = w + 7 + 4 * min(step, 2), 26 + 19 * step
                    for way in (-1, 1):
                        pen.oval(
                            way * x, y, 12 - step, 13, hair if step % 2 else shaded(hair, 0.88)
                        )
                        pen.oval(way * (w + 15), 98, 8, 5, self.person.cloth)
            case "curly":
                for angle in np.linspace(np.pi * 0.9, np.pi * 2.1, 17):
                    x, y = (w + 7) * np.cos(angle), -8 + (h + 4) * np.sin(angle)
                    pen.oval(x, y, 17, 17, hair)
            case "scarf":
                self._mirrored([(w + 8, -16), (w + 9, 24), (w - 6, 66), (20, 92)], top=h + 9)

    def _mirrored(self, side: Sequence[tuple[float, float]], top: float) -> None:
        """A shape from its crown down one side; the other side is its mirror image."""
        right = [(self.w * 0.62, -top * 0.86), *side]
        left = [(-x, y) for x, y in right[::-1]]
        colour = self.person.cloth if self.person.style == "scarf" else self.person.hair
        self.pen.fill(smooth([(0, -top), *right, *left, (0, -top)]), colour)

    def front(self) -> None:
        style, hair = self.person.style, self.person.hair
        if style == "bald":
            shine = mix(self.person.skin, WHITE, 0.35)
            self.pen.line(arc(-8, 0, self.w * 0.66, self.h * 0.8, 3.95, 4.4), shine, 3)
            return
        colour = self.person.cloth if style == "scarf" else hair
        self.pen.fill(np.concatenate([self._outer(), self._line()]), colour)
        if style == "curly":
            for x, y in self._line()[4:-4:7]:
                self.pen.oval(x, y - 5, 10, 9, hair)
        elif style == "hat":
            self._hat()
        elif style == "scarf":
            self.pen.line(self._line(), shaded(colour, 0.82), 3)
        else:
            shine = mix(hair, WHITE, 0.16)
            self.pen.line(arc(4, 0, self.w * 0.72, self.h * 0.86, 3.8, 4.5), shine, 3)

    def _outer(self) -> Points:
        """Over the head, from the left sideburn to the right one."""
        low = {"long": 0.02, "bob": 0.3, "scarf": 0.3, "plaits": 0.05}.get(self.person.style, 0.1)
        angles = np.linspace(np.pi - low, 2 * np.pi + low, 61)
        above = 5 + 3 * np.clip(-np.sin(angles), 0, 1)
        if self.person.style == "spiky":
            above = above + np.where(np.arange(61) % 6 < 3, 0, 9) * (np.sin(angles) < -0.35)
        x = (self.w + np.minimum(above, 5)) * np.cos(angles)
        return np.stack([x, (self.h + above) * np.sin(angles)], 1)

    def _line(self) -> Points:
        """Along the face, from the right sideburn to the left one."""
        points = [(x * self.w, y * self.h) for x, y in HAIRLINES[self.person.style]]
        ends = self.w - 4
        steps = 3 if self.person.style == "spiky" else 10
        return smooth([(ends, 6), *points, (-ends, 6)], steps)

    def _hat(self) -> None:
        w, h, cloth = self.w, self.h, self.person.cloth
        dome = arc(0, -h * 0.42, w + 7, h * 0.78, np.pi, 2 * np.pi)
        self.pen.fill(dome, cloth)
        self.pen.oval(0, -h * 1.2, 11, 11, shaded(cloth, 1.25))
        band = smooth(
            [(-w - 7, -h * 0.4), (-w / 2, -h * 0.5), (w / 2, -h * 0.5), (w + 7, -h * 0.4)]
        )
        self.pen.line(band, shaded(cloth, 0.8), 13)


class _Head:
    """The face itself."""

    def __init__(self, pen: Pen, person: Person, mood: Mood, pose: Pose) -> None:
        self.pen, self.person, self.mood, self.pose = pen, person, mood, pose
        self.w, self.h = person.width, person.height
        self.x, self.y = pose.turn, pose.nod
        self.dark = mix(person.skin, INK, 0.62 if bright(person.skin) > 100 else 0.92)

    def draw(self) -> None:
        person, pen = self.person, self.pen
        if person.style != "scarf":
            self.ears()
        pen.fill(self.outline(), person.skin)
        self.cheeks()
        if person.beard:
            self.beard()
        self.nose()
        self.mouth()
        for side in (-1, 1):
            self.eye(side)
            self.brow(side)

    def outline(self, less: float = 0.0) -> Points:
        """An oval whose lower half is narrower and a little square."""
        angles = np.linspace(0, 2 * np.pi, 80)
        cos, sin = np.cos(angles), np.sin(angles)
        low = np.clip(sin, 0, 1)
        square = np.sign(cos) * np.abs(cos) ** np.where(sin > 0, 0.82, 1)
        x = (self.w - less) * square * (1 - self.person.jaw * low**1.4)
        return np.stack([x, (self.h - less) * sin], 1)

    def ears(self) -> None:
        inner = mix(self.person.skin, (150, 50, 40), 0.25)
        for side in (-1, 1):
            x = side * self.w - self.x * 0.3
            self.pen.oval(x, 4, 9, 13, self.person.skin)
            self.pen.oval(x + side, 5, 4.5, 7.5, inner)
            if self.person.earrings:
                self.pen.oval(x + side * 3, 19, 3.4, 3.4, (232, 190, 84))

    def cheeks(self) -> None:
        if self.mood.blush > 0.1:
            colour = mix(self.person.skin, (220, 84, 84), self.mood.blush)
            for side in (-1, 1):
                x = self.x + side * self.person.eye_gap * 1.35
                self.pen.oval(x, self.y + 19, 11.5, 8, colour)
        for x, y in self.person.freckles:
            colour = mix(self.person.skin, (120, 56, 24), 0.42)
            self.pen.oval(self.x + x, self.y + y, 1.2, 1.2, colour)

    def beard(self) -> None:
        person, y = self.person, self.y + self.h * MOUTH
        colour = person.hair
        if person.beard == "stubble":
            colour = mix(person.skin, person.hair, 0.3)
        half = person.mouth * 1.05
        if person.beard == "moustache":
            edge = [(-half * 0.8, y - 7), (-half * 0.36, y - 15), (0, y - 14)]
            edge += [(half * 0.36, y - 15), (half * 0.8, y - 7), (0, y - 10.5), edge[0]]
            self.pen.fill(smooth(edge) + np.array([self.x, -1]), colour)
            return
        outline = self.outline(-2.0)
        jaw = outline[outline[:, 1] > 4]
        inner = [(-self.w * 0.86, 8), (-self.w * 0.7, 24), (-half - 2, y - 6), (-half / 2, y - 13)]
        inner += [(0, y - 11)]
        inner += [(-x, y) for x, y in inner[-2::-1]]
        self.pen.fill(np.concatenate([jaw, smooth(inner) + np.array([self.x * 0.6, 0])]), colour)

    def nose(self) -> None:
        x, y, size = self.x * 1.5, self.y + 13, self.person.nose_size
        colour = mix(self.person.skin, (96, 36, 24), 0.42)
        if self.person.nose == "arc":
            self.pen.line(arc(x, y, size * 0.62, size * 0.5, 0.3, 2.85), colour, 2.4)
        elif self.person.nose == "corner":
            points = [(x - 1, y - size), (x + size * 0.5, y + 2), (x - size * 0.3, y + 4)]
            self.pen.line(smooth(points), colour, 2.4)
        else:
            self.pen.oval(x, y + 1, size * 0.6, size * 0.48, mix(self.person.skin, colour, 0.5))

    def eye(self, side: int) -> None:
        x, y = self.x + side * self.person.eye_gap, self.y - 5
        size, eyes = self.person.eye_size, self.mood.eyes
        if eyes in ("smiling", "closed"):
            up = eyes == "smiling"
            start, end, down = (3.4, 6.05, 0.9) if up else (0.35, 2.8, 0.75)
            curve = arc(x, y + (4 if up else -3), size * 1.12, size * down, start, end)
            self.pen.line(curve, self.dark, 2.8)
            outer = curve[-1 if (side > 0) == up else 0]
            if self.person.lashes:
                tip = outer + np.array([side * 4, -2 if up else 2])
                self.pen.line(np.array([outer, tip]), self.dark, 2)
        else:
            self.open_eye(x, y, size * (1.14 if eyes == "wide" else 1), side)
        if self.mood.tear and side == (1 if self.pose.look > 0 else -1):
            self.tear(x + side * 3, y + size + 7)

    def open_eye(self, x: float, y: float, size: float, side: int) -> None:
        eyes = self.mood.eyes
        down = {"down": size * 0.42, "drooping": 1.5}.get(eyes, 0.0)
        look = x + self.pose.look
        self.pen.oval(x, y, size * 1.15, size * 0.95, WHITE)
        self.pen.oval(look, y + down, size * 0.64, size * 0.64, self.person.eyes)
        self.pen.oval(look, y + down, size * 0.34, size * 0.34, (16, 12, 12))
        self.pen.oval(look + 1.7, y + down - 2, 1.5, 1.5, WHITE)
        shut = {"drooping": 0.62, "down": 0.8, "wide": -0.1}.get(eyes, 0.22)
        droop = 2.2 if eyes == "drooping" else 0.6 if eyes == "down" else 0.0
        edge = y - size * (0.95 - 0.8 * shut)
        inner, outer = (x - side * size * 1.3, edge - droop), (x + side * size * 1.3, edge + droop)
        lid = smooth([inner, (x, edge - size * 0.28 * (1 - shut)), outer])
        above = np.array([(outer[0], y - size * 1.25), (inner[0], y - size * 1.25)])
        self.pen.fill(np.concatenate([lid, above]), self.person.skin)
        self.pen.line(lid, self.dark, 2.2)
        if self.person.lashes:
            tip = (outer[0] + side * 3.4, outer[1] - 2.6 + droop)
            self.pen.line(np.array([outer, tip]), self.dark, 2)

    def tear(self, x: float, y: float) -> None:
        drop = np.array([(x, y - 9), (x - 4.3, y + 1), (x + 4.3, y + 1)])
        self.pen.fill(drop, TEAR)
        self.pen.oval(x, y + 2.4, 4.7, 5, TEAR)
        self.pen.oval(x - 1.4, y + 3, 1.3, 1.8, WHITE)

    def brow(self, side: int) -> None:
        person, mood = self.person, self.mood
        x, y = self.x + side * person.eye_gap, self.y - 12.5 - person.eye_size
        inner = (x - side * 10, y + mood.brow_inner)
        outer = (x + side * 11, y + mood.brow_outer)
        arch = 2.6 if mood.happy else 1.0
        middle = (x + side * 2, (inner[1] + outer[1]) / 2 - arch)
        colour = mix(person.hair, person.skin if bright(person.skin) > 100 else INK, 0.22)
        self.pen.line(smooth([inner, middle, outer]), colour, person.brow)

    def mouth(self) -> None:
        """A bow between two corners and, where the mouth is open, another one below it."""
        mood, person = self.mood, self.person
        t = np.linspace(-1, 1, 31)
        half = person.mouth * mood.wide
        bend = person.mouth * 0.62 * mood.curve * (1 if mood.happy else -1)
        if mood.mouth == "cry":
            half, bend = half * 1.1, bend * 1.25
        upper = self.y + self.h * MOUTH + bend * (0.45 - t**2) + mood.skew * t
        x = self.x * 1.15 + half * t
        if mood.mouth == "wobbly":
            upper = upper + 1.3 * np.sin(9 * t + mood.skew)
        bow = np.stack([x, upper], 1)
        if mood.mouth in ("open", "laugh", "grin", "cry"):
            self.open_mouth(bow, half)
            return
        self.pen.line(bow, self.lip(), person.lips)
        if mood.happy:
            for side, (end_x, end_y) in ((-1, bow[0]), (1, bow[-1])):
                dimple = arc(end_x, end_y, 3.4, 4.2, -1.1, 0.7)
                dimple[:, 0] = end_x + side * (dimple[:, 0] - end_x)
                self.pen.line(dimple, self.lip(), 1.8)
        elif mood.mouth == "pout":
            below = arc(self.x * 1.15, upper[15] + 6, half * 0.42, 3.5, 0.4, 2.74)
            self.pen.line(below, self.lip(), 2.6)

    def open_mouth(self, bow: Points, half: float) -> None:
        mood = self.mood
        share = {"laugh": 0.98, "open": 0.66, "grin": 0.4, "cry": 0.8}[mood.mouth]
        depth = share * self.person.mouth * (0.8 + 0.4 * mood.curve)
        t = np.linspace(-1, 1, len(bow))
        fall = depth * (1 - np.abs(t) ** 2.2)
        if not mood.happy:  # a dome: corners down, hardly rounded below
            fall = bow[:, 1].max() - bow[:, 1] + 0.12 * depth * (1 - t**2)
            fall[[0, -1]] = 0
            depth = float(fall.max())
        rim = bow + np.stack([np.zeros_like(t), fall], 1)
        self.pen.fill(np.concatenate([bow, rim[::-1]]), INSIDE)
        if mood.mouth in ("laugh", "cry"):
            inside = np.abs(t) < 0.5
            hump = rim.copy()
            hump[:, 1] -= depth * 0.42 * np.clip(1 - (t / 0.5) ** 2, 0, 1)
            self.pen.fill(np.concatenate([hump[inside], rim[inside][::-1]]), TONGUE)
        if mood.happy:
            full = fall if mood.mouth == "grin" else np.minimum(fall, 0.34 * depth)
            teeth = bow + np.stack([np.zeros_like(t), full], 1)
            self.pen.fill(np.concatenate([bow, teeth[::-1]])[1:-1], WHITE)
            if mood.mouth == "grin":
                seam = bow + np.stack([np.zeros_like(t), fall * 0.5], 1)
                self.pen.line(seam[3:-3], (206, 200, 196), 1)
        self.pen.line(np.concatenate([bow, rim[::-1]]), self.lip(), self.person.lips * 0.7)

    def lip(self) -> Colour:
        """Darker than what is light, lighter than what is dark: a mouth is seen on all of it."""
        person = self.person
        ground = person.hair if person.beard == "full" else person.skin
        if bright(ground) > 118:
            return mix(ground, (136, 34, 44), 0.8)
        return mix(ground, (236, 128, 122), 0.8)


def _draw_glasses(pen: Pen, person: Person, pose: Pose) -> None:
    y, size = pose.nod - 4, person.eye_size + 6.5
    frame = shaded(person.cloth, 0.5)
    if bright(person.skin) < 100:  # dark frames would hide the eyes
        frame = mix(person.cloth, (244, 214, 150), 0.7)
    for side in (-1, 1):
        x = pose.turn + side * person.eye_gap
        angles = np.linspace(0, 2 * np.pi, 60)
        power = 1.0 if person.glasses == "round" else 0.5
        cos, sin = (np.sign(v) * np.abs(v) ** power for v in (np.cos(angles), np.sin(angles)))
        pen.line(np.stack([x + size * cos, y + size * 0.86 * sin], 1), frame, 2.4)
        ear = (side * person.width * 0.97, y - 2)
        pen.line(np.array([(x + side * size, y - 2), ear]), frame, 2.2)
    gap = person.eye_gap - size
    bridge = [(pose.turn - gap, y - 2), (pose.turn, y - 4), (pose.turn + gap, y - 2)]
    pen.line(smooth(bridge), frame, 2.4)


def bright(colour: Colour) -> float:
    """How light a colour looks, 0 to 255."""
    return 0.3 * colour[0] + 0.59 * colour[1] + 0.11 * colour[2]


def varied(colour: str, rng: np.random.Generator, by: float) -> Colour:
    """The same colour, a little lighter or darker, more or less of it."""
    parts = (int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5))
    hue, light, strength = colorsys.rgb_to_hls(*parts)
    light, strength = (min(max(value + rng.normal(0, by), 0), 0.9) for value in (light, strength))
    red, green, blue = (round(255 * value) for value in colorsys.hls_to_rgb(hue, light, strength))
    return red, green, blue


def shaded(colour: Colour, by: float) -> Colour:
    """Darker (below 1) or lighter."""
    red, green, blue = (min(255, round(value * by)) for value in colour)
    return red, green, blue


def mix(colour: Colour, other: Colour, share: float) -> Colour:
    """`share` of the other colour, the rest of this one."""
    red, green, blue = (round(a + (b - a) * share) for a, b in zip(colour, other, strict=True))
    return red, green, blue
