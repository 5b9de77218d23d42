"""What a model file would run when Keras opens it, found out without opening it.

A configuration names the Python objects to make. Keras 3 has a safe mode of its own; it does not
hold for every format (.h5) and has had holes, so that a file is read here first: a name has to be
one that Keras' own models are made of.
"""

import json
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from generator.archives import open_zip
from generator.conversion.hdf5 import MOST_BYTES, look_into
from generator.errors import BuildError

MOST_SHARDS = 20  # files of weights in one model; Keras begins a new one after gigabytes
# Objects that carry code, pickles, or the path of another model.
CODE = frozenset(
    """Lambda __lambda__ TFSMLayer TorchModuleWrapper JaxLayer FlaxLayer
    TensorFlowOpLayer""".split()
)
# What is no object but a value: a tensor, a number, a slice.
DATA = frozenset(
    """__keras_tensor__ __tensor__ __numpy__ __bytes__ __ellipsis__ __slice__ __complex__ __tuple__
    __typespec__ TensorShape TypeSpec""".split()
)
# Where the parts of Keras' own models are. Others of its modules read files or the network.
KNOWN = (
    "keras",
    "keras.activations",
    "keras.constraints",
    "keras.dtype_policies",
    "keras.initializers",
    "keras.layers",
    "keras.models",
    "keras.regularizers",
    "keras.src.layers.",
    "keras.src.models.",
    "keras.src.ops.",
    "tf_keras.layers",
    "tf_keras.src.engine.",
    "tf_keras.src.layers.",
    "tensorflow.python.keras.layers.",
    "tensorflow.keras.layers",
)


def parse_json(text: str | bytes) -> Any:
    """What JSON text holds; ValueError also for text that is nested too deeply to be a model's."""
    try:
        return json.loads(text)
    except RecursionError as error:
        raise ValueError("it is nested too deeply") from error


def first_line(error: BaseException) -> str:
    """What an error says, in short; libraries add pages to it."""
    return (str(error).strip().splitlines() or [type(error).__name__])[0][:300]


def read_keras_zip(file: Path) -> tuple[dict[str, Any], str]:
    """The configuration in a `.keras` file, and the version of Keras that wrote it.

    Raises BuildError when it is no such file, would become too large, or its weights are elsewhere.
    """
    expected = 'a zip with config.json and metadata.json, as model.save("x.keras") writes'
    with open_zip(
        file,
        most=MOST_BYTES,
        what="it is not a Keras file",
        expected=expected,
        fix="Save the model again.",
    ) as archive:
        config = parse_json(archive.read("config.json"))
        metadata = parse_json(archive.read("metadata.json"))
        if not isinstance(config, dict) or not isinstance(metadata, dict):
            raise ValueError("its JSON holds no object")
        version = metadata["keras_version"]
        weights = [name for name in archive.namelist() if name.endswith(".h5")]
        if len(weights) > MOST_SHARDS:
            raise ValueError(f"it holds {len(weights):,} files of weights")
        for name in weights:
            with tempfile.TemporaryDirectory() as folder:
                look_into(Path(archive.extract(name, folder)), file)
    return config, str(version)


def read_h5(file: Path) -> tuple[dict[str, Any], str]:
    """The configuration in an `.h5` file, and the version of Keras that wrote it ("" if unsaid).

    Raises BuildError when it is no HDF5, holds weights alone, or its weights are elsewhere.
    """
    config, version = look_into(file, file)
    if config is None:
        raise BuildError(
            what="it holds weights and no model",
            where=str(file),
            expected="a whole model: its layers and their weights",
            fix='Build the model, load these weights, and save it: model.save("x.keras").',
        )
    try:
        found = parse_json(config)
        if not isinstance(found, dict):
            raise ValueError("it is no JSON object")
    except ValueError as error:
        raise BuildError(
            what=f"its model_config cannot be read ({first_line(error)})",
            where=str(file),
            expected='a model, as model.save("x.h5") writes',
            fix="Save the model again.",
        ) from error
    return found, version


def refuse_code(config: Any, file: Path) -> None:
    """Raise BuildError when opening a model of this configuration would run code of its maker.

    `config` is the JSON that a model file holds. How the model was trained is passed over: models
    are opened without it.
    """
    if isinstance(config, dict):
        config = {key: value for key, value in config.items() if key != "compile_config"}
    for entry, layer in _objects(config):
        kind = entry["class_name"]
        named = f"layer {layer!r}" if layer else "the model"
        if kind in CODE:
            raise BuildError(
                what=f"opening it would run Python code that is in the file: {named} is a {kind}",
                where=str(file),
                expected="a model of Keras' own layers",
                fix="If you trust who made it: --trust, or trust = true under its [model.…].",
            )
        if not _is_known(entry):
            module = entry.get("module") or entry.get("registered_name") or "no module"
            raise BuildError(
                what=f"it needs Python code that is not in it: {named} is a {kind} ({module})",
                where=str(file),
                expected="a model of Keras' own layers",
                fix='Where that code is, run model.export("folder"), and convert that folder.',
            )


def _objects(value: Any) -> Iterator[tuple[dict[str, Any], str]]:
    """Everything in a configuration that names a class, with the layer that it is in.

    Without recursion: how deep it is nested is its maker's to choose.
    """
    waiting: list[tuple[Any, str]] = [(value, "")]
    while waiting:
        value, layer = waiting.pop()
        if isinstance(value, dict):
            if isinstance(value.get("class_name"), str):
                config = value.get("config")
                own = config.get("name") if isinstance(config, dict) else None
                layer = str(own) if own and isinstance(own, str) else layer
                yield value, layer
            waiting.extend((entry, layer) for entry in reversed(value.values()))
        elif isinstance(value, list):
            waiting.extend((entry, layer) for entry in reversed(value))


def _is_known(entry: dict[str, Any]) -> bool:
    kind, module = str(entry["class_name"]), entry.get("module")
    if kind in DATA:
        return True
    if kind == "function":
        return module in (None, "builtins", "keras.activations") and _is_activation(entry)
    if module is None:  # Keras 2: its own classes and custom ones look alike
        return _is_keras_class(kind)
    return any(
        module == known or (known.endswith(".") and str(module).startswith(known))
        for known in KNOWN
    ) and not str(entry.get("registered_name") or "").count(">")


def _is_activation(entry: dict[str, Any]) -> bool:
    from keras import activations

    name = entry.get("config")
    return isinstance(name, str) and name.isidentifier() and hasattr(activations, name)


def _is_keras_class(kind: str) -> bool:
    import tf_keras

    homes = (
        tf_keras,
        tf_keras.layers,
        tf_keras.initializers,
        tf_keras.regularizers,
        tf_keras.constraints,
        tf_keras.activations,
    )
    operators = ("Functional", "Model", "TFOpLambda", "SlicingOpLambda", "Policy")
    return kind in operators or any(hasattr(home, kind) for home in homes)
