"""Opening a layers model that TensorFlow.js saved, such as Teachable Machine's."""

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path, PurePosixPath
from typing import Any

from generator.archives import open_zip
from generator.conversion.opened import OpenedModel, from_keras
from generator.conversion.safety import first_line, parse_json, refuse_code
from generator.errors import BuildError
from generator.quiet import quiet

MOST_BYTES = 500_000_000  # of an unpacked zip; Teachable Machine's have some 2 MB
LONGEST_PATH = 1_000


def open_tfjs(file: Path, trust: bool) -> OpenedModel:
    """Open a layers model by its `model.json`, with the labels beside it if there are some.

    Raises BuildError when it is none, when a weight file is missing or elsewhere, or when it would
    run code and `trust` is not set.
    """
    topology = check_files(file)
    if not trust:
        refuse_code(topology, file)
    with quiet():
        from tensorflowjs.converters import load_keras_model
    try:
        model = load_keras_model(str(file))
    # Keras raises whatever its parts raise: KeyError, TypeError, ValueError, AssertionError, ...
    except Exception as error:
        raise BuildError(
            what=f"Keras cannot open it ({first_line(error)})",
            where=str(file),
            expected="a layers model, as TensorFlow.js saves it",
        ) from error
    opened = from_keras(model, "TensorFlow.js layers model")
    return replace(opened, classes=labels_of(file.parent / "metadata.json"))


def check_files(file: Path) -> dict[str, Any]:
    """The layers that a `model.json` describes, when all that it names is beside it.

    Raises BuildError when it is none, or when a weight file is missing or elsewhere.
    """
    try:
        content = parse_json(file.read_text(encoding="utf-8"))
        topology = content["modelTopology"]
        paths = [path for group in content["weightsManifest"] for path in group["paths"]]
        if not isinstance(topology, dict) or not all(map(_is_path, paths)):
            raise ValueError("its layers or its files are none")
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise BuildError(
            what=f"it is not a model of TensorFlow.js ({first_line(error)})",
            where=str(file),
            expected="a model.json with modelTopology and weightsManifest",
        ) from error
    if "node" in topology:
        raise BuildError(
            what="it is a graph model, which runs and cannot be converted any more",
            where=str(file),
            expected="a layers model, or the Keras model that it was made of",
        )
    for path in paths:
        if not (file.parent / path).resolve().is_relative_to(file.parent.resolve()):
            raise BuildError(
                what=f"it names a file outside of its folder ({path})",
                where=str(file),
                expected="weight files beside model.json",
            )
        if not (file.parent / path).is_file():
            raise BuildError(
                what=f"a weight file is missing ({path})",
                where=str(file),
                expected="the files that model.json names, beside it",
            )
    return topology


def _is_path(value: object) -> bool:
    """Can it be the path of a file? The system takes no NUL, no half characters, and no novels."""
    if not isinstance(value, str) or "\0" in value or len(value) > LONGEST_PATH:
        return False
    return not any("\ud800" <= letter <= "\udfff" for letter in value)


def labels_of(file: Path) -> tuple[str, ...]:
    """The class names in Teachable Machine's metadata.json; none where there is none."""
    if not file.is_file():
        return ()
    try:
        labels = parse_json(file.read_text(encoding="utf-8"))["labels"]
    except (ValueError, KeyError, TypeError):
        return ()
    return tuple(str(label) for label in labels) if isinstance(labels, list) else ()


@contextmanager
def unpacked(file: Path) -> Iterator[Path]:
    """The files of a zip, in a folder that goes away; none of them outside of it."""
    with tempfile.TemporaryDirectory() as folder:
        with open_zip(
            file,
            most=MOST_BYTES,
            what="it is not a zip that can be unpacked",
            expected="the .zip that Teachable Machine exports",
        ) as archive:
            for entry in archive.infolist():
                name = PurePosixPath(entry.filename).name
                if name in ("model.json", "metadata.json") or name.endswith(".bin"):
                    with archive.open(entry) as source, (Path(folder) / name).open("wb") as out:
                        shutil.copyfileobj(source, out)
        yield Path(folder)
