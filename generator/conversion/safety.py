"""What a model file would run when Keras opens it, found out without opening it.

A configuration names the Python objects to make. Keras 3 has a safe mode of its own; it does not
hold for every format (.h5) and has had holes, so that a file is read here first: a name has to be
one that Keras' own models are made of.
"""

import json
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from generator.errors import BuildError

# Objects that carry code, pickles, or the path of another model.
CODE = frozenset(
    """Lambda __lambda__ TFSMLayer TorchModuleWrapper JaxLayer FlaxLayer
    TensorFlowOpLayer""".split()
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
    "keras.applications",
    "keras.src.layers.",
    "keras.src.models.",
    "keras.src.ops.",
    "tf_keras.layers",
    "tf_keras.src.engine.",
    "tf_keras.src.layers.",
    "tensorflow.python.keras.layers.",
    "tensorflow.keras.layers",
)


def read_keras_zip(file: Path) -> tuple[dict[str, Any], str]:
    """The configuration in a `.keras` file, and the version of Keras that wrote it.

    Raises BuildError when it is no such file.
    """
    try:
        with zipfile.ZipFile(file) as archive:
            config = json.loads(archive.read("config.json"))
            version = json.loads(archive.read("metadata.json"))["keras_version"]
    except (zipfile.BadZipFile, KeyError, ValueError) as error:
        raise BuildError(
            what=f"it is not a Keras file ({error})",
            where=str(file),
            expected='a zip with config.json and metadata.json, as model.save("x.keras") writes',
            fix="Save the model again.",
        ) from error
    return config, str(version)


def read_h5(file: Path) -> tuple[dict[str, Any], str]:
    """The configuration in an `.h5` file, and the version of Keras that wrote it ("" if unsaid).

    Raises BuildError when it is no HDF5, or holds weights alone.
    """
    import h5py

    try:
        with h5py.File(file) as content:
            config, version = (content.attrs.get(key) for key in ("model_config", "keras_version"))
    except OSError as error:
        raise BuildError(
            what=f"it is not an HDF5 file ({error})",
            where=str(file),
            expected='a model, as model.save("x.h5") writes',
            fix="Save the model again.",
        ) from error
    if config is None:
        raise BuildError(
            what="it holds weights and no model",
            where=str(file),
            expected="a whole model: its layers and their weights",
            fix='Build the model, load these weights, and save it: model.save("x.keras").',
        )
    found: dict[str, Any] = json.loads(config)
    return found, _text(version or "")


def _text(value: Any) -> str:
    return value.decode() if isinstance(value, bytes) else str(value)


def refuse_code(config: Any, file: Path) -> None:
    """Raise BuildError when opening a model of this configuration would run code of its maker.

    `config` is the JSON that a model file holds. How the model was trained is passed over: models
    are opened without it.
    """
    if isinstance(config, dict):
        config = {key: value for key, value in config.items() if key != "compile_config"}
    for entry, layer in _objects(config, ""):
        kind = str(entry["class_name"])
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


def _objects(value: Any, layer: str) -> Iterator[tuple[dict[str, Any], str]]:
    """Everything in a configuration that names a class, with the layer that it is in."""
    if isinstance(value, dict):
        if isinstance(value.get("class_name"), str):
            config = value.get("config")
            own = config.get("name") if isinstance(config, dict) else None
            layer = str(own) if own and isinstance(own, str) else layer
            yield value, layer
        for entry in value.values():
            yield from _objects(entry, layer)
    elif isinstance(value, list):
        for entry in value:
            yield from _objects(entry, layer)


def _is_known(entry: dict[str, Any]) -> bool:
    kind, module = str(entry["class_name"]), entry.get("module")
    if kind.startswith("__") and kind.endswith("__"):
        return True  # a tensor, a number, a slice: data
    if kind in ("TensorShape", "TypeSpec"):
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

    return isinstance(entry.get("config"), str) and hasattr(activations, entry["config"])


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
