"""Opening a layers model that TensorFlow.js saved, such as Teachable Machine's."""

import json
import shutil
import tempfile
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from generator.conversion.opened import OpenedModel, from_keras
from generator.conversion.safety import refuse_code
from generator.errors import BuildError
from generator.quiet import quiet

MOST_BYTES = 500_000_000  # of an unpacked zip; Teachable Machine's have some 2 MB


def open_tfjs(file: Path, trust: bool) -> OpenedModel:
    """Open a layers model by its `model.json`, with the labels beside it if there are some.

    Raises BuildError when it is none, when a weight file is missing or elsewhere, or when it would
    run code and `trust` is not set.
    """
    try:
        content = json.loads(file.read_text(encoding="utf-8"))
        topology = content["modelTopology"]
        paths = [path for group in content["weightsManifest"] for path in group["paths"]]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise BuildError(
            what=f"it is not a model of TensorFlow.js ({error})",
            where=str(file),
            expected="a model.json with modelTopology and weightsManifest",
        ) from error
    if "node" in topology:
        raise BuildError(
            what="it is a graph model, which runs and cannot be converted any more",
            where=str(file),
            expected="a layers model, or the Keras model that it was made of",
        )
    if not trust:
        refuse_code(topology, file)
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
    with quiet():
        from tensorflowjs.converters import load_keras_model
    try:
        model = load_keras_model(str(file))
    except (ValueError, TypeError, KeyError) as error:
        raise BuildError(
            what=f"Keras cannot open it ({str(error).splitlines()[0]})",
            where=str(file),
            expected="a layers model, as TensorFlow.js saves it",
        ) from error
    opened = from_keras(model, "TensorFlow.js layers model")
    return replace(opened, classes=_labels(file.parent / "metadata.json"))


def _labels(file: Path) -> tuple[str, ...]:
    """The class names in Teachable Machine's metadata.json; none where there is none."""
    if not file.is_file():
        return ()
    try:
        labels = json.loads(file.read_text(encoding="utf-8"))["labels"]
    except (ValueError, KeyError, TypeError):
        return ()
    return tuple(str(label) for label in labels) if isinstance(labels, list) else ()


@contextmanager
def unpacked(file: Path) -> Iterator[Path]:
    """The files of a zip, in a folder that goes away; none of them outside of it."""
    with tempfile.TemporaryDirectory() as folder:
        try:
            with zipfile.ZipFile(file) as archive:
                _refuse_bomb(archive, file)
                for entry in archive.infolist():
                    name = Path(entry.filename).name
                    if name in ("model.json", "metadata.json") or name.endswith(".bin"):
                        with archive.open(entry) as source, (Path(folder) / name).open("wb") as out:
                            shutil.copyfileobj(source, out)
        except zipfile.BadZipFile as error:
            raise BuildError(
                what="it is not a zip",
                where=str(file),
                expected="the .zip that Teachable Machine exports",
            ) from error
        yield Path(folder)


def _refuse_bomb(archive: zipfile.ZipFile, file: Path) -> None:
    size = sum(entry.file_size for entry in archive.infolist())
    if size > MOST_BYTES:
        raise BuildError(
            what="it would become too large",
            where=str(file),
            expected=f"a model of at most {MOST_BYTES / 1e6:,.0f} MB",
            found=f"{size / 1e6:,.0f} MB",
        )
