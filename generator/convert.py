"""A Keras 2 model -> TF.js layers model and graph model, with metadata."""

import hashlib
import json
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from generator.config import Weights
from generator.errors import BuildError
from generator.manifest import BackboneMetadata, ModelMetadata
from generator.quiet import quiet

GRAPH, LAYERS = "model_graph", "model_layers"


def convert_model(keras_file: Path, folder: Path, weights: Weights) -> None:
    """Convert an .h5 file of tf_keras to `model_graph/` and `model_layers/` in `folder`.

    `weights` is how values are stored: float32 as trained; float16, half the bytes; uint8, a
    quarter, each tensor scaled linearly between its least and largest value. TF.js computes in
    float32 with either. Raises BuildError when the converter refuses the model.
    """
    with quiet():
        import tensorflowjs as tfjs
        from tf_keras.models import load_model

        model = load_model(keras_file, compile=False)
        with _refusals(str(keras_file)):
            tfjs.converters.save_keras_model(model, str(folder / LAYERS), _stored(weights))
    _hash_weight_names(folder / LAYERS)
    convert_graph(model, folder / GRAPH, weights, str(keras_file))


def convert_graph(model: Any, folder: Path, weights: Weights, where: str) -> dict[str, str]:
    """Convert a Keras 2 model to a graph model in `folder`, batch normalisation folded.

    Returns the tensor names that TF.js' `execute` knows for the model's named outputs. `where`
    names the model in errors (BuildError).
    """
    with quiet(), tempfile.TemporaryDirectory() as saved:
        import tensorflowjs as tfjs
        from tf_keras.models import save_model as save_keras

        with _refusals(where):
            save_keras(model, saved, save_format="tf", include_optimizer=False)
            tfjs.converters.convert_tf_saved_model(
                saved, str(folder), quantization_dtype_map=_stored(weights)
            )
    _hash_weight_names(folder)
    outputs = read_model_json(folder)["signature"]["outputs"]
    return {name: tensor["name"] for name, tensor in outputs.items()}


def _stored(weights: Weights) -> dict[str, str] | None:
    return None if weights == "float32" else {weights: "*"}


@contextmanager
def _refusals(where: str) -> Iterator[None]:
    try:
        yield
    except ValueError as error:
        raise BuildError(
            what=f"tensorflowjs cannot convert it ({error})",
            where=where,
            expected="a model of layers and operations that TensorFlow.js knows",
        ) from error


def _hash_weight_names(folder: Path) -> None:
    """Name weight files by content, so a page never mixes two versions of a model."""
    model = read_model_json(folder)
    for group in model["weightsManifest"]:
        renamed = []
        for name in group["paths"]:
            digest = hashlib.sha256((folder / name).read_bytes()).hexdigest()[:10]
            renamed.append((folder / name).rename(folder / f"weights-{digest}.bin").name)
        group["paths"] = renamed
    _write_model_json(folder, model)


def topology(model: Any) -> dict[str, Any]:
    """Return a Keras 2 model's architecture as the JSON that TF.js' `models` read.

    Without weights: the trainer page makes its own from the visitor's seed.
    """
    plain: dict[str, Any] = json.loads(model.to_json())
    return plain


def read_model_json(folder: Path) -> dict[str, Any]:
    """The `model.json` of a converted model."""
    model: dict[str, Any] = json.loads((folder / "model.json").read_text(encoding="utf-8"))
    return model


def write_metadata(folder: Path, metadata: ModelMetadata | BackboneMetadata) -> None:
    """Put the metadata into `model.json`, where both loaders of TF.js hand it to the page."""
    model = read_model_json(folder)
    model["userDefinedMetadata"] = metadata.to_dict()
    _write_model_json(folder, model)


def _write_model_json(folder: Path, model: dict[str, Any]) -> None:
    # Sorted: the converter writes protobuf maps in an order that changes from run to run.
    text = json.dumps(model, separators=(",", ":"), sort_keys=True)
    (folder / "model.json").write_text(text, encoding="utf-8")
