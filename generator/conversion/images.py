"""Classifiers of images: what a page has to know of one to ask it."""

import json
from dataclasses import asdict, dataclass, replace
from importlib.metadata import version
from pathlib import Path

import numpy as np

from generator.config import PIXELS
from generator.conversion.classifier import missing_steps
from generator.conversion.convert import Conversion
from generator.conversion.opened import Arrays, OpenedModel
from generator.errors import BuildError
from generator.manifest import ModelInput, ModelMetadata

FILE = "classifier.json"
# Teachable Machine divides by 127 and subtracts 1 (its library's `capture`), which reaches 1.008.
TEACHABLE = "teachable"
RANGES = {**PIXELS, TEACHABLE: (1 / 127, -1.0)}


@dataclass(frozen=True)
class Classifier:
    """How a model is asked: images of `shape` [height, width, channels], pixels in the range
    `pixels` (a key of RANGES), answers for `classes`; `steps` were added to its own.
    """

    shape: tuple[int, int, int]
    classes: tuple[str, ...]
    pixels: str
    steps: tuple[str, ...] = ()

    def write(self, folder: Path) -> None:
        """Write what `read` reads."""
        (folder / FILE).write_text(json.dumps(asdict(self)), encoding="utf-8")

    @classmethod
    def read(cls, folder: Path) -> "Classifier":
        """Read what `write` wrote."""
        found = json.loads((folder / FILE).read_text(encoding="utf-8"))
        return cls(
            tuple(found["shape"]), tuple(found["classes"]), found["pixels"], tuple(found["steps"])
        )


def describe_classifier(
    opened: OpenedModel, named: tuple[str, ...], pixels: str, where: str
) -> Classifier:
    """Find out how a model is asked; `named` are its classes and `pixels` its range, or empty.

    Raises BuildError where it is no classifier of images, or has another number of classes.
    """
    shape = _image_shape(opened, where)
    outputs = opened.outputs[0].shape[-1]
    count = 2 if outputs == 1 else outputs  # one number tells two classes apart
    if len(named) != count:
        some = f"{', '.join(named[:5])}{' …' if len(named) > 5 else ''}"
        raise BuildError(
            what="the names of the classes do not fit the model",
            where=where,
            expected=f"{count} names, one for each of its answers, in their order",
            found=f"{len(named)}: {some}" if named else "none",
            fix='Say classes = ["…", "…"] (to convert: --classes), or name a text file with one '
            "on each line.",
        )
    return Classifier(shape, tuple(named), pixels or _usual_pixels(opened))


def as_classifier(
    opened: OpenedModel, found: Classifier, examples: Arrays
) -> tuple[OpenedModel, Classifier]:
    """The model with answers that are probabilities of its classes, whatever it gave before."""
    (answers,) = opened.predict(examples)
    steps = missing_steps(np.asarray(answers, np.float32), len(found.classes))
    return replace(opened, steps=steps), replace(found, steps=steps)


def describe_model(name: str, found: Classifier, made: Conversion, drawn: bool) -> ModelMetadata:
    """What travels with a model that was brought; nothing of how it was trained is known."""
    height, width, channels = found.shape
    scale, offset = RANGES[found.pixels]
    return ModelMetadata(
        name=name,
        classes=found.classes,
        input=ModelInput(
            height,
            width,
            channels,
            scale,
            offset,
            colour="grey" if channels == 1 else "rgb",
            resize="mnist" if drawn else "centre-crop",
        ),
        data={},
        accuracy=None,
        training={"origin": made.origin, "added": list(found.steps)},
        converter=f"tensorflowjs {version('tensorflowjs')}",
        licence="not stated",
        weights=made.weights,
    )


def _image_shape(opened: OpenedModel, where: str) -> tuple[int, int, int]:
    shapes = [tensor.shape for tensor in opened.inputs]
    answers = [tensor.shape for tensor in opened.outputs]
    if len(shapes) == len(answers) == 1 and len(shapes[0]) == 3 and len(answers[0]) == 1:
        height, width, channels = shapes[0]
        if height and width and channels in (1, 3) and answers[0][0]:
            return height, width, channels
    raise BuildError(
        what="a page cannot ask this model",
        where=where,
        expected="one input of [height, width, 1 or 3], sizes given, and one output of [classes]",
        found=f"inputs {_words(shapes)}, outputs {_words(answers)}",
        fix="`mlpages convert` converts it for a page of your own.",
    )


def _words(shapes: list[tuple[int | None, ...]]) -> str:
    return ", ".join(
        f"[{', '.join('any' if size is None else str(size) for size in shape)}]" for shape in shapes
    )


def _usual_pixels(opened: OpenedModel) -> str:
    """What images a model was most likely trained on, where nobody says.

    One that scales by itself takes 0 to 255; Teachable Machine's what it gives them; others 0 to
    1.
    """
    if opened.classes:
        return TEACHABLE
    return "0..255" if opened.scales else "0..1"
