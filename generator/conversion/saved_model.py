"""Opening a SavedModel: its signature, and the Keras 2 model in it if there is one."""

import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from generator.conversion.opened import OpenedModel, Tensor, dtype_of, from_keras
from generator.conversion.reaching import refuse_reaching
from generator.conversion.safety import first_line, parse_json, refuse_code
from generator.errors import BuildError


def open_saved_model(folder: Path, trust: bool) -> OpenedModel:
    """Open a SavedModel by its signature `serving_default`, or the only one it has.

    Raises BuildError when it is damaged, has no signature, or reaches beyond itself without
    `trust`.
    """
    import tensorflow as tf

    saved = read_saved_model(folder)
    if not trust:
        refuse_reaching(saved, folder)
    try:
        loaded = tf.saved_model.load(str(folder))
        signatures = dict(loaded.signatures)
    # TensorFlow raises errors of its own, and stumbles over damaged models in a dozen ways.
    except Exception as error:
        raise BuildError(
            what=f"TensorFlow cannot open it ({first_line(error)})",
            where=str(folder),
            expected="a SavedModel: saved_model.pb and variables/",
            fix="Export the model again.",
        ) from error
    key = "serving_default" if "serving_default" in signatures else next(iter(signatures), None)
    if key is None:
        raise BuildError(
            what="it has no signature, so that nobody can tell how it is called",
            where=str(folder),
            expected="serving_default",
            fix="Save it with model.export(folder), or tf.saved_model.save(..., signatures=...).",
        )
    signature = signatures[key]
    specs = signature.structured_input_signature[1]
    inputs = [Tensor(n, tuple(s.shape[1:]), dtype_of(s.dtype)) for n, s in sorted(specs.items())]
    made = signature.structured_outputs
    names = sorted(made, key=_numbered)
    outputs = [Tensor(n, tuple(made[n].shape[1:]), dtype_of(made[n].dtype)) for n in names]
    dtypes = {name: spec.dtype for name, spec in specs.items()}

    def call(values: Sequence[Any]) -> list[Any]:
        named = {
            tensor.name: tf.cast(value, dtypes[tensor.name])
            for tensor, value in zip(inputs, values, strict=True)
        }
        answers = signature(**named)
        return [answers[name] for name in names]

    model, why = _keras_of(folder, trust)
    if model is not None:
        return from_keras(model, "SavedModel of Keras 2")
    # Nodes are named by the layers that they are in.
    parts = {part for node in _nodes(saved) for part in node.name.split("/")}
    scales = any(re.fullmatch(r"(rescaling|normalization)(_\d+)*", part) for part in parts)
    return OpenedModel(
        "SavedModel", tuple(inputs), tuple(outputs), call, loaded, None, why, scales=scales
    )


def _numbered(name: str) -> tuple[str, int]:
    """output_10 after output_9."""
    head, _, tail = name.rpartition("_")
    return (head, int(tail)) if tail.isdigit() else (name, -1)


def _keras_of(folder: Path, trust: bool) -> tuple[Any, str]:
    """The Keras 2 model in a SavedModel, or None and why there is none."""
    file = folder / "keras_metadata.pb"
    if not file.is_file():
        return None, "a SavedModel without Keras' own description has no list of layers"
    from tf_keras.models import load_model
    from tf_keras.protobuf.saved_metadata_pb2 import SavedMetadata

    try:
        metadata = SavedMetadata.FromString(file.read_bytes())
        if not trust:
            for node in metadata.nodes:
                _refuse_code_of(node, folder)
        model = load_model(folder, compile=False)
    except BuildError as error:
        return None, error.what
    # Keras raises whatever its parts raise; without a list of layers, the signature is there.
    except Exception as error:
        return None, f"Keras cannot read its description of the layers ({first_line(error)})"
    if not getattr(model, "inputs", None):
        return None, "it was saved from Python code (a subclass), which has no list of layers"
    return model, ""


def _refuse_code_of(node: Any, folder: Path) -> None:
    """Raise BuildError when a node of Keras' description would run code of its maker."""
    found = parse_json(node.metadata or "{}")
    if node.identifier.startswith("_tf_keras_") and "class_name" in found:
        kept = ("class_name", "module", "config", "registered_name")
        refuse_code({key: found.get(key) for key in kept}, folder)


def read_saved_model(folder: Path) -> Any:
    """TensorFlow's SavedModel message; BuildError when it is damaged."""
    from google.protobuf.message import DecodeError
    from tensorflow.core.protobuf.saved_model_pb2 import SavedModel

    try:
        return SavedModel.FromString((folder / "saved_model.pb").read_bytes())
    except DecodeError as error:
        raise BuildError(
            what="saved_model.pb is damaged",
            where=str(folder),
            expected="a SavedModel, as TensorFlow writes it",
            fix="Export the model again.",
        ) from error


def _nodes(saved: Any) -> Iterator[Any]:
    """The nodes of a SavedModel's functions, and of what is around them."""
    for graph in saved.meta_graphs:
        yield from graph.graph_def.node
        for function in graph.graph_def.library.function:
            yield from function.node_def
