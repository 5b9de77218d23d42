"""Opening a model, whatever kind of file it is in."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from generator.conversion.opened import OpenedModel, from_keras
from generator.conversion.safety import first_line, read_h5, read_keras_zip, refuse_code
from generator.conversion.saved_model import open_saved_model
from generator.conversion.tfjs_model import open_tfjs, unpacked
from generator.errors import BuildError

ACCEPTED = "a .keras or .h5 file, a SavedModel folder, or a TensorFlow.js layers model (model.json)"
FOREIGN = (".pt", ".pth", ".onnx", ".safetensors", ".tflite", ".pkl")  # PyTorch's, ONNX', …


@contextmanager
def open_model(path: Path, trust: bool = False) -> Iterator[OpenedModel]:
    """Open a model of any accepted kind.

    Unless `trust` is set, a file that would run code of its maker is refused. Raises BuildError
    when it is none, is damaged, or cannot be opened here.
    """
    if path.suffix == ".zip" and path.is_file():
        with unpacked(path) as folder:
            yield _open(folder, trust, path)
    else:
        yield _open(path, trust, path)


def _open(path: Path, trust: bool, shown: Path) -> OpenedModel:
    if path.is_dir() and (path / "saved_model.pb").is_file():
        return open_saved_model(path, trust)
    if path.is_dir() and (path / "model.json").is_file():
        return open_tfjs(path / "model.json", trust)
    if path.name == "model.json" and path.is_file():
        return open_tfjs(path, trust)
    if path.is_file() and path.suffix == ".keras":
        config, version = read_keras_zip(path)
    elif path.is_file() and path.suffix in (".h5", ".hdf5"):
        config, version = read_h5(path)
    else:
        raise BuildError(
            what="no model is there" if not path.exists() else "it is no model that can be opened",
            where=str(shown),
            expected=ACCEPTED,
            found=_listing(path),
            fix="A model of another library has to be made a Keras model first."
            if path.suffix.lower() in FOREIGN
            else "",
        )
    if not trust:
        refuse_code(config, path)
    is_new = version.startswith("3")
    model = _opened_keras(path, is_new, trust)
    return from_keras(model, f"Keras {version or '2'} {path.suffix}")


def _listing(path: Path) -> str:
    if not path.is_dir():
        return "" if not path.exists() else f"a {path.suffix or 'nameless'} file"
    names = sorted(entry.name for entry in path.iterdir())[:8]
    return f"a folder with {', '.join(names) or 'nothing in it'}"


def _opened_keras(path: Path, is_new: bool, trust: bool) -> Any:
    import keras
    import tf_keras

    library = keras if is_new else tf_keras
    try:
        return library.models.load_model(path, compile=False, safe_mode=not trust)
    # Keras raises whatever its parts raise: OSError, KeyError, TypeError, ValueError, ...
    except Exception as error:
        raise BuildError(
            what=f"Keras cannot open it ({first_line(error)})",
            where=str(path),
            expected="a whole model, as model.save wrote it",
            fix="Save it again with the version of Keras that made it, or as a SavedModel.",
        ) from error
