"""The proof of a conversion: the same images through Keras and through TF.js in a browser."""

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from generator.config import Weights
from generator.errors import BuildError
from generator.proof import open_proof

IMAGES = 1_000
LARGEST_DIFFERENCE = 1e-4
# How far the test accuracy may move, as a share of the images.
ACCURACY_SHIFT = {"float16": 0.0005, "uint8": 0.005, "mixed": 0.005}


@dataclass(frozen=True)
class Parity:
    """How far one converted model is from Keras, on images of the test split.

    `difference` is the largest absolute difference between probabilities of the first 1,000
    images; `accuracy` and `keras_accuracy` are on all `images` test images, None without labels.
    """

    model: str
    images: int
    difference: float
    accuracy: float | None
    keras_accuracy: float | None


def check_parity(
    page: Path,
    browser: Path,
    weights: Weights,
    expected: npt.NDArray[np.float32],
    labels: npt.NDArray[Any],
    name: str,
    kinds: tuple[str, ...] = ("graph", "layers"),
) -> list[Parity]:
    """Open the parity page of a work folder and compare its models with Keras.

    `expected` are Keras' probabilities [n, classes] of the test images, in order. Raises
    BuildError when a model differs by more than 1e-4 (float32), or moves the test accuracy by
    more than 0.05 points (float16) or 0.5 points (uint8, mixed).
    """
    where = f"[model.{name}]"
    wanted = "a graph model and a layers model that TensorFlow.js loads"
    with open_proof(page, browser, where, wanted) as tab:
        results = []
        for kind in kinds:
            values = tab.evaluate(
                "([kind, count]) => predictTest(kind, count)", [kind, len(expected)]
            )
            actual = np.asarray(values, dtype=np.float32).reshape(expected.shape)
            results.append(_compare(kind, actual, expected, labels))
    for parity in results:
        _refuse_drift(parity, weights, name)
    return results


def _compare(
    kind: str,
    actual: npt.NDArray[np.float32],
    expected: npt.NDArray[np.float32],
    labels: npt.NDArray[Any],
) -> Parity:
    return Parity(
        model=kind,
        images=len(expected),
        difference=float(np.abs(actual - expected)[:IMAGES].max()),
        accuracy=float((actual.argmax(1) == labels).mean()),
        keras_accuracy=float((expected.argmax(1) == labels).mean()),
    )


def _refuse_drift(parity: Parity, weights: Weights, name: str) -> None:
    where = f"[model.{name}], {parity.model} model in the browser"
    if weights == "float32":
        if parity.difference <= LARGEST_DIFFERENCE:
            return
        raise BuildError(
            what="it does not answer as Keras does",
            where=where,
            expected=f"probabilities within {LARGEST_DIFFERENCE:g} on {IMAGES:,} test images",
            found=f"a difference of {parity.difference:.2g}",
        )
    assert parity.accuracy is not None and parity.keras_accuracy is not None
    shift = abs(parity.accuracy - parity.keras_accuracy)
    # One image may always change sides, however few there are.
    allowed = max(ACCURACY_SHIFT[weights], 1 / parity.images)
    if shift > allowed + 1e-9:
        raise BuildError(
            what=f"storing the weights as {weights} costs too much accuracy",
            where=where,
            expected=f"a test accuracy within {100 * allowed:.2g} points of Keras'",
            found=f"{parity.accuracy:.4f} where Keras has {parity.keras_accuracy:.4f}",
            fix='Set weights = "float32" for this model.',
        )


def read_parity(file: Path) -> list[Parity]:
    """Read what `write_parity` wrote."""
    return [Parity(**entry) for entry in json.loads(file.read_text())]


def write_parity(file: Path, results: list[Parity]) -> None:
    """Write results as JSON."""
    file.write_text(json.dumps([asdict(result) for result in results], indent=1))
