"""A model that answers -> a TensorFlow.js graph model, which runs anything and runs it fastest."""

import base64
import json
import re
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from generator.config import Weights
from generator.conversion.opened import OpenedModel, from_keras
from generator.conversion.weights import (
    add_weights,
    hash_names,
    read_model_json,
    store_weights,
    write_model_json,
)
from generator.errors import BuildError
from generator.quiet import quiet

# Activations that the WebAssembly backend computes as a part of a convolution or dense layer.
FUSED = frozenset(["BiasAdd", "Relu", "Relu6", "Prelu", "LeakyRelu", "Sigmoid", "Elu"])
# What the graph's own structure is made of.
OWN = frozenset(["Const", "Placeholder", "NoOp", "Identity", "IdentityN"])

Node = dict[str, Any]


def write_graph(opened: OpenedModel, folder: Path, where: str) -> dict[str, str]:
    """Write a graph model, float32, batch normalisation folded; return its outputs' tensors.

    The keys are the names of the outputs, in order, the values what TF.js' `execute` wants. Raises
    BuildError, naming `where` and the layers, when TensorFlow.js has not all of its operations.
    """
    with quiet(), tempfile.TemporaryDirectory() as saved:
        import tensorflow as tf
        import tensorflowjs as tfjs

        module = tf.Module()
        # The variables alone: a Keras 2 model would be saved with all that it can do.
        module.held = opened.variables
        serve = module.serve = _signature(opened)
        try:
            tf.saved_model.save(module, saved, signatures=serve.get_concrete_function())
            tfjs.converters.convert_tf_saved_model(
                saved, str(folder), skip_op_check=True, strip_debug_ops=True
            )
        # What they raise depends on what they stumble over; AssertionError: variables that change.
        except (ValueError, KeyError, TypeError, AssertionError, RuntimeError) as error:
            raise BuildError(
                what=f"TensorFlow cannot write it with constant weights ({_first(error)})",
                where=where,
                expected="a model that changes nothing when it is asked",
                fix="Leave out layers with a random state, or give the .keras file it came from.",
            ) from error
    model = read_model_json(folder)
    constants = rewrite_nodes(model["modelTopology"])
    _refuse_unknown(model["modelTopology"], where)
    _mend_biases(model)
    write_model_json(folder, model)
    if constants:
        add_weights(folder, constants)
    hash_names(folder)
    outputs = model["signature"]["outputs"]
    return {
        tensor.name: outputs[f"output_{index}"]["name"]
        for index, tensor in enumerate(opened.outputs)
    }


def write_keras_graph(model: Any, folder: Path, stored: Weights, where: str) -> dict[str, str]:
    """Write a graph model of a Keras 2 model that we have built, as `write_graph` does."""
    tensors = write_graph(from_keras(model, "Keras 2"), folder, where)
    store_weights(folder, stored)
    return tensors


def _first(error: Exception) -> str:
    lines = str(error).strip().splitlines()
    return lines[0][:200] if lines else type(error).__name__


def _signature(opened: OpenedModel) -> Any:
    """A function with names of ours, so that every kind of model is called in one way."""
    import tensorflow as tf

    specs = [
        tf.TensorSpec([None, *tensor.shape], tensor.dtype, name=clean_name(tensor.name))
        for tensor in opened.inputs
    ]

    @tf.function(input_signature=specs, autograph=False)  # type: ignore[untyped-decorator]
    def serve(*values: Any) -> dict[str, Any]:
        return {f"output_{i}": value for i, value in enumerate(opened.answer(values))}

    return serve


def clean_name(name: str) -> str:
    """A name that a SavedModel keeps as it is."""
    return re.sub(r"\W", "_", name).lower() or "input"


def rewrite_nodes(topology: dict[str, Any]) -> dict[str, npt.NDArray[np.float32]]:
    """Write operations that TensorFlow.js lacks with others that it has, in place.

    Erfc, of which TensorFlow makes the exact GELU: 1 - Erf. Hard swish, as TensorFlow fuses it:
    x relu6(x + 3) / 6. An activation that WebAssembly cannot run as a part of a convolution or
    dense layer: a node of its own behind it. Returns new constants, by the names of their nodes.
    """
    constants: dict[str, npt.NDArray[np.float32]] = {}
    for nodes in _node_lists(topology):
        for node in list(nodes):
            nodes += _split(node)
        for node in list(nodes):
            if node["op"] == "Erfc":
                parts = [_part(node, "OnesLike", node["input"]), _part(node, "Erf", node["input"])]
                node.update(op="Sub", input=[part["name"] for part in parts])
                nodes += parts
            elif node["op"] == "_FusedHardSwish":
                nodes += _hard_swish(node, constants)
    return constants


def _part(node: Node, op: str, inputs: list[str]) -> Node:
    kept = {key: value for key, value in node.get("attr", {}).items() if key == "T"}
    return {"name": f"{node['name']}/{op}", "op": op, "input": list(inputs), "attr": kept}


def _hard_swish(node: dict[str, Any], constants: dict[str, Any]) -> list[Node]:
    """Turn a node into the last of those that compute it; return the others."""
    (x,) = node["input"]
    values = {"three": 3.0, "sixth": 1 / 6}
    made: list[Node] = []
    for name, value in values.items():
        constants[f"{node['name']}/{name}"] = np.array(value, np.float32)
        kind = {"dtype": {"type": "DT_FLOAT"}}
        made.append({"name": f"{node['name']}/{name}", "op": "Const", "input": [], "attr": kind})
    plus = _part(node, "AddV2", [x, made[0]["name"]])
    clipped = _part(node, "Relu6", [plus["name"]])
    gate = _part(node, "Mul", [clipped["name"], made[1]["name"]])
    node.update(op="Mul", input=[x, gate["name"]], attr=gate["attr"])
    return [*made, plus, clipped, gate]


def _split(node: dict[str, Any]) -> list[dict[str, Any]]:
    """Take an activation that WebAssembly cannot fuse out of a node; return the node before it."""
    fused = _fused(node)
    if not fused or fused[-1] in FUSED:
        return []
    linear = {**node, "name": f"{node['name']}/linear", "attr": dict(node["attr"])}
    linear["attr"]["fused_ops"] = {"list": {"s": node["attr"]["fused_ops"]["list"]["s"][:-1]}}
    node.update(op=fused[-1], input=[linear["name"]], attr={"T": node["attr"]["T"]})
    return [linear]


def _mend_biases(model: dict[str, Any]) -> None:
    """Give each fused bias one dimension, which is all that TF.js' fused kernels know, in place.

    Keras 3 writes constants of [1, 1, 1, channels]: those keep their bytes under another shape.
    What is no constant, or has more than channels, becomes an addition of its own.
    """
    weights = {
        entry["name"]: entry for group in model["weightsManifest"] for entry in group["weights"]
    }
    for nodes in _node_lists(model["modelTopology"]):
        for node in list(nodes):
            if "Fused" not in node["op"] or "BiasAdd" not in _fused(node):
                continue
            bias = weights.get(node["input"][2], {"shape": None})
            *ones, channels = bias["shape"] or [0, 0]
            if not ones and bias["shape"]:
                continue
            if bias["shape"] and set(ones) == {1}:
                bias["shape"] = [channels]
            else:
                nodes += _unfuse(node)


def _fused(node: dict[str, Any]) -> list[str]:
    listed = node.get("attr", {}).get("fused_ops", {}).get("list", {}).get("s", [])
    return [base64.b64decode(op).decode() for op in listed]


def _unfuse(node: dict[str, Any]) -> list[dict[str, Any]]:
    """Turn a fused node into the last of plain ones; return the others."""
    plain = {"_FusedMatMul": "MatMul", "_FusedConv2D": "Conv2D"}
    kind = plain.get(node["op"], "DepthwiseConv2dNative")
    first, second, bias, *_ = node["input"]
    kept = {k: v for k, v in node["attr"].items() if not k.startswith(("fused", "num_args"))}
    product: Node = {
        "name": f"{node['name']}/{kind}",
        "op": kind,
        "input": [first, second],
        "attr": kept,
    }
    steps = [product, _part(node, "AddV2", [product["name"], bias])]
    steps += [_part(node, op, [steps[-1]["name"]]) for op in _fused(node)[1:]]
    *before, last = steps
    node.update(op=last["op"], input=last["input"], attr=last["attr"])
    return before


def has_loops(folder: Path) -> bool:
    """Whether a written graph model has loops, some of which TensorFlow.js does not run."""
    topology = read_model_json(folder)["modelTopology"]
    operations = {node["op"] for nodes in _node_lists(topology) for node in nodes}
    return bool(operations & {"Enter", "LoopCond", "StatelessWhile", "While"})


def _node_lists(topology: dict[str, Any]) -> list[list[dict[str, Any]]]:
    """The nodes of the graph, and of the functions that its loops and branches call."""
    functions = topology.get("library", {}).get("function", [])
    return [topology["node"], *(function.get("nodeDef", []) for function in functions)]


def _refuse_unknown(topology: dict[str, Any], where: str) -> None:
    """Refuse what TF.js has not, and what it takes for something else.

    A batch normalisation in training mode (Keras 2 makes one of a LayerNormalization) would use
    statistics that are not there.
    """
    known = _known_operations()
    found: dict[str, list[str]] = {}
    for node in (node for nodes in _node_lists(topology) for node in nodes):
        training = node.get("attr", {}).get("is_training", {}).get("b", False)
        normalises = node["op"].startswith("FusedBatchNorm") and training
        if node["op"] not in known or normalises:
            path = [part for part in node["name"].split("/") if "PartitionedCall" not in part]
            found.setdefault(node["op"], []).append("/".join(path[:-1]) or path[0])
    if found:
        listed = "; ".join(
            f"{op} (in {', '.join(repr(place) for place in dict.fromkeys(places))})"
            for op, places in found.items()
        )
        raise BuildError(
            what=f"TensorFlow.js cannot compute {listed}",
            where=where,
            expected="a model of operations that TensorFlow.js has",
            fix="Cut that layer off the model, and do its work in the page.",
        )


def _known_operations() -> set[str]:
    """The operations that TensorFlow.js executes, as its converter lists them, and its own."""
    import tensorflowjs

    files = (Path(tensorflowjs.__file__).parent / "op_list").glob("*.json")
    lists = [json.loads(file.read_text()) for file in files]
    return {entry["tfOpName"] for entries in lists for entry in entries} | OWN
