"""How a converted model stores its weights, and the names of their files."""

import glob
import hashlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from generator.config import Weights
from generator.manifest import BackboneMetadata, ModelMetadata
from generator.quiet import quiet

SHARD_BYTES = 4 * 1024 * 1024  # what tensorflowjs writes by default: a browser caches such files


def store_weights(folder: Path, weights: Weights) -> None:
    """Write a float32 model's weights anew, in place.

    float16: half the bytes. uint8: a quarter; each tensor is scaled linearly between its least
    and largest value. mixed: uint8 for the kernels of 1x1 convolutions and dense layers, which
    are most of a network and bear it; float16 for the rest (depthwise kernels, whose channels
    differ in size, the first convolution, biases and statistics). TF.js computes in float32.
    """
    if weights == "float32":
        return
    model = read_model_json(folder)
    small = _bearing(model) if weights == "mixed" else None
    groups = _read(folder, model)
    chosen = {entry["name"]: _stored(entry, weights, small) for group in groups for entry in group}
    kinds = sorted({kind for kind in chosen.values() if kind})
    names = {kind: [glob.escape(n) for n in chosen if chosen[n] == kind] for kind in kinds}
    _write(folder, model, groups, names)


def add_weights(folder: Path, more: dict[str, npt.NDArray[np.float32]]) -> None:
    """Add constants to those of a float32 model, in place."""
    model = read_model_json(folder)
    groups = _read(folder, model)
    groups[0] += [{"name": name, "data": value} for name, value in more.items()]
    _write(folder, model, groups, None)


def _read(folder: Path, model: dict[str, Any]) -> list[list[dict[str, Any]]]:
    with quiet():
        from tensorflowjs import read_weights

        found: list[list[dict[str, Any]]] = read_weights.read_weights(
            model["weightsManifest"], str(folder)
        )
    return found


def _write(
    folder: Path,
    model: dict[str, Any],
    groups: list[list[dict[str, Any]]],
    kinds: dict[str, list[str]] | None,
) -> None:
    """Replace the weight files of a model; `kinds` names by dtype what is stored smaller."""
    for group in model["weightsManifest"]:
        for path in group["paths"]:
            (folder / path).unlink()
    with quiet():
        from tensorflowjs import write_weights

        model["weightsManifest"] = write_weights.write_weights(
            groups, str(folder), SHARD_BYTES, write_manifest=False, quantization_dtype_map=kinds
        )
    write_model_json(folder, model)
    hash_names(folder)


def _stored(
    entry: dict[str, Any], weights: Weights, small: Callable[[dict[str, Any]], bool] | None
) -> str:
    """The dtype that a weight is stored as; the empty string: as it is."""
    if entry["data"].dtype != np.float32:
        return ""
    if small is None:
        return weights
    return "uint8" if small(entry) else "float16"


def _bearing(model: dict[str, Any]) -> Callable[[dict[str, Any]], bool]:
    """Which weights of a model are kernels of 1x1 convolutions and dense layers."""
    nodes = model["modelTopology"].get("node")
    names = set()
    if nodes is not None:
        names = {
            name.removeprefix("^").split(":")[0]
            for node in nodes
            if node["op"] in ("MatMul", "_FusedMatMul", "Conv2D", "_FusedConv2D")
            for name in node["input"][1:2]
        }

    def multiplies(name: str) -> bool:
        if nodes is None:  # a layers model
            return name.endswith("kernel") and not name.endswith("depthwise_kernel")
        return name in names

    def is_kernel(entry: dict[str, Any]) -> bool:
        shape = entry["data"].shape
        pointwise = len(shape) == 2 or (len(shape) == 4 and shape[:2] == (1, 1))
        return pointwise and multiplies(entry["name"])

    return is_kernel


def hash_names(folder: Path) -> None:
    """Name weight files by content, so a page never mixes two versions of a model."""
    model = read_model_json(folder)
    for group in model["weightsManifest"]:
        renamed = []
        for name in group["paths"]:
            digest = hashlib.sha256((folder / name).read_bytes()).hexdigest()[:10]
            renamed.append((folder / name).rename(folder / f"weights-{digest}.bin").name)
        group["paths"] = renamed
    write_model_json(folder, model)


def read_model_json(folder: Path) -> dict[str, Any]:
    """The `model.json` of a converted model."""
    model: dict[str, Any] = json.loads((folder / "model.json").read_text(encoding="utf-8"))
    return model


def write_model_json(folder: Path, model: dict[str, Any]) -> None:
    """Write a `model.json`, the same bytes for the same model."""
    # Sorted: the converter writes protobuf maps in an order that changes from run to run.
    text = json.dumps(model, separators=(",", ":"), sort_keys=True)
    (folder / "model.json").write_text(text, encoding="utf-8")


def write_metadata(folder: Path, metadata: ModelMetadata | BackboneMetadata) -> None:
    """Put the metadata into `model.json`, where both loaders of TF.js hand it to the page."""
    model = read_model_json(folder)
    model["userDefinedMetadata"] = metadata.to_dict()
    write_model_json(folder, model)
