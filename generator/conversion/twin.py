"""A Keras 2 or Keras 3 model -> a Keras 2 model of layers that TensorFlow.js knows.

tensorflowjs writes layers models of Keras 2 alone that TensorFlow.js can load. So the model is run
anew, call by call as its configuration lists them, with a twin for each layer: nested models are
laid open, a shared layer has one twin, and what comes out computes the same.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from generator.conversion import layer_rules
from generator.conversion.layer_rules import NoLayersModel
from generator.conversion.operators import compose_activation, operate, refuse_operator

MOST_NAMED = 5


def make_twin(model: Any) -> Any:
    """Return a Keras 2 functional model that answers as `model` does.

    Raises NoLayersModel, naming layers, when TensorFlow.js has no such layers.
    """
    from tf_keras import Model

    _refuse_unknown(model)
    builder = _Builder()
    inputs = builder.inputs(model)
    outputs = builder.run(model, inputs)
    return Model(inputs, outputs, name=model.name)


def is_network(layer: Any) -> bool:
    """Whether this is a model whose layers and calls are in its configuration."""
    return hasattr(layer, "layers") and "layers" in _config(layer)


def _config(layer: Any) -> dict[str, Any]:
    try:
        found = layer.get_config()
    except NotImplementedError:  # a subclassed model of Keras 2
        return {}
    return found if isinstance(found, dict) else {}


def all_operations(model: Any) -> Iterator[Any]:
    """A network's layers and operators, those of nested networks too."""
    for operation in _operations(model).values():
        if is_network(operation):
            yield from all_operations(operation)
        else:
            yield operation


def _operations(model: Any) -> dict[str, Any]:
    # Keras 3 keeps `x + 1` as an operation that is no layer.
    return {found.name: found for found in getattr(model, "operations", None) or model.layers}


def _refuse_unknown(model: Any) -> None:
    if not is_network(model):
        raise NoLayersModel(
            f"{model.name!r} is a model whose calls are Python code (a subclass), so that there "
            "is no list of its layers"
        )
    found = []
    for operation in all_operations(model):
        why = refuse_operator(operation)
        if why is None:
            why = layer_rules.refusal(operation)
        if why:
            found.append(f"layer {operation.name!r} ({type(operation).__name__}): {why}")
    if found:
        more = len(found) - MOST_NAMED
        listed = "; ".join(found[:MOST_NAMED])
        raise NoLayersModel(f"{listed}; and {more} more" if more > 0 else listed)


class _Builder:
    """Twins of layers, made when they are first called, and the tensors between them."""

    def __init__(self) -> None:
        self.twins: dict[int, layer_rules.Twin] = {}
        self.names: set[str] = set()

    def inputs(self, model: Any) -> list[Any]:
        from tf_keras import Input

        return [
            Input(
                shape=tuple(tensor.shape[1:]),
                dtype="int32" if "int" in str(tensor.dtype) else "float32",
                name=self.name(name),
            )
            for name, tensor in zip(input_names(model), model.inputs, strict=True)
        ]

    def name(self, wanted: str) -> str:
        """A name that no other layer has, also where nested models repeat theirs."""
        # TensorFlow.js takes "/" in the name of a weight for the end of its layer's.
        wanted = wanted.replace("/", "_")
        name, number = wanted, 1
        while name in self.names:
            number += 1
            name = f"{wanted}_{number}"
        self.names.add(name)
        return name

    def run(self, model: Any, inputs: list[Any]) -> list[Any]:
        """Call a network's twins on tensors; return its outputs."""
        config = _config(model)
        operations = _operations(model)
        if "output_layers" not in config:
            return self.run_sequence(model, inputs)
        tensors = dict(zip(_references(config["input_layers"]), inputs, strict=True))
        calls = _calls(config)
        while calls:
            waiting = []
            for name, number, arguments in calls:
                if not arguments.references <= tensors.keys():
                    waiting.append((name, number, arguments))
                    continue
                args, kwargs = arguments.fill(tensors)
                for index, output in enumerate(self.call(operations[name], args, kwargs)):
                    tensors[name, number, index] = output
            if len(waiting) == len(calls):
                raise NoLayersModel(f"layer {waiting[0][0]!r} is called before its inputs are")
            calls = waiting
        return [tensors[found] for found in _references(config["output_layers"])]

    def run_sequence(self, model: Any, tensors: list[Any]) -> list[Any]:
        for layer in model.layers:
            if type(layer).__name__ != "InputLayer":
                tensors = self.call(layer, [tensors[0] if len(tensors) == 1 else tensors], {})
        return tensors

    def call(self, layer: Any, args: list[Any], kwargs: dict[str, Any]) -> list[Any]:
        if is_network(layer):
            return self.run(layer, [tensor for found in args for tensor in _leaves(found)])
        if refuse_operator(layer) is not None:
            return [operate(layer, args, kwargs, self.name)]
        _refuse_keywords(layer, kwargs)
        (value,) = args
        if id(layer) not in self.twins:
            self.twins[id(layer)] = layer_rules.translate(layer, self.name(layer.name))
        twin = self.twins[id(layer)]
        for step, weights in zip(twin.layers, twin.weights or [[]] * len(twin.layers), strict=True):
            is_new = not step.built
            value = step(value)
            if is_new and weights:
                step.set_weights(weights)
        outputs = list(_leaves(value))
        if twin.activation != "linear":
            outputs = [compose_activation(twin.activation, outputs[0], layer.name, self.name)]
        return outputs


class _Arguments:
    """What a layer is called with: tensors by reference, in one form for both Keras'."""

    def __init__(self, node: Any) -> None:
        self.args: list[Any]
        if isinstance(node, dict):  # Keras 3
            self.args, self.kwargs = list(node["args"]), dict(node["kwargs"])
        else:
            # Keras 2: [[name, node, tensor, kwargs], ...], the outer list left out for operators.
            entries = [node] if node and isinstance(node[0], str) else node
            found = [
                entry[2] if entry[0] == "_CONSTANT_VALUE" else {"keras_history": tuple(entry[:3])}
                for entry in entries
            ]
            self.kwargs = dict(entries[0][3]) if entries and len(entries[0]) > 3 else {}
            self.args = [found[0] if len(found) == 1 else found] if found else []
        leaves = [leaf for value in (self.args, self.kwargs) for leaf in _leaves(value)]
        self.references = {reference for leaf in leaves if (reference := _reference(leaf))}

    def fill(self, tensors: Mapping[Any, Any]) -> tuple[list[Any], dict[str, Any]]:
        args = [_filled(value, tensors) for value in self.args]
        return args, {key: _filled(value, tensors) for key, value in self.kwargs.items()}


def _filled(value: Any, tensors: Mapping[Any, Any]) -> Any:
    found = _reference(value)
    if found:
        return tensors[found]
    if isinstance(value, list | tuple):
        return [_filled(entry, tensors) for entry in value]
    return value


def _reference(value: Any) -> tuple[str, int, int] | None:
    """The (layer, call, output) that a stand-in for a tensor names; None if it is none."""
    if isinstance(value, dict):
        if value.get("class_name") == "__keras_tensor__":
            value = value["config"]["keras_history"]
        elif "keras_history" in value:
            value = value["keras_history"]
    if isinstance(value, list | tuple) and len(value) >= 3 and isinstance(value[0], str):
        name, call, output = value[:3]
        if isinstance(call, int) and isinstance(output, int) and call >= 0:
            return name, call, output
    return None


def _leaves(value: Any) -> Iterator[Any]:
    """What is in nested lists, tuples and dictionaries, by sorted keys, as Keras orders it."""
    if isinstance(value, dict) and not _reference(value):
        for key in sorted(value):
            yield from _leaves(value[key])
    elif isinstance(value, list | tuple) and not _reference(value):
        for entry in value:
            yield from _leaves(entry)
    else:
        yield value


def _references(structure: Any) -> list[tuple[str, int, int]]:
    """The references in `input_layers` or `output_layers`, which may be nested in any way."""
    found = [_reference(leaf) for leaf in _leaves(structure)]
    return [reference for reference in found if reference]


def _calls(config: dict[str, Any]) -> list[tuple[str, int, _Arguments]]:
    """A network's calls: the layer's name, the call's number, what it is called with."""
    calls = {
        entry["name"]: [_Arguments(node) for node in entry["inbound_nodes"]]
        for entry in config["layers"]
    }
    used = set(_references(config["output_layers"])).union(
        *(arguments.references for found in calls.values() for arguments in found)
    )
    # The number of a layer's first call: Keras 2 counts those of nested models from 1.
    first: dict[str, int] = {}
    for name, call, _ in used:
        first[name] = min(call, first.get(name, call))
    return [
        (name, number, arguments)
        for name, found in calls.items()
        for number, arguments in enumerate(found, first.get(name, 0))
    ]


def _refuse_keywords(layer: Any, kwargs: dict[str, Any]) -> None:
    """A twin is called with tensors alone; `training` and an absent mask say nothing here."""
    odd = [key for key, value in kwargs.items() if value not in (None, False, [])]
    if odd:
        raise NoLayersModel(
            f"layer {layer.name!r} ({type(layer).__name__}): it is called with {', '.join(odd)}, "
            "which a layers model cannot keep"
        )


def input_names(model: Any) -> list[str]:
    """The names of a model's inputs, in the order of `model.inputs`."""
    return [tensor.name.split(":")[0] for tensor in model.inputs]
