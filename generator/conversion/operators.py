"""Arithmetic in a Keras model (`x * 2 + 1`, `keras.ops.relu(x)`), written with layers.

Keras 2 keeps such a step as a TFOpLambda layer, Keras 3 as an operation that is no layer at all;
TensorFlow.js knows neither, but its Rescaling computes x * scale + offset.
"""

from collections.abc import Callable
from numbers import Real
from typing import Any

from generator.conversion.layer_rules import COMPOSED, HARD_SIGMOID_3, NoLayersModel

Namer = Callable[[str], str]

# What they are called: in Keras 3's configurations, and in Keras 2's.
ARITHMETIC = {
    "Add": "add",
    "Subtract": "subtract",
    "Multiply": "multiply",
    "Divide": "divide",
    "TrueDivide": "divide",
    "__operators__.add": "add",
    "math.add": "add",
    "math.subtract": "subtract",
    "math.multiply": "multiply",
    "math.truediv": "divide",
    "math.divide": "divide",
}
FUNCTIONS = {
    "Relu": "relu",
    "Relu6": "relu6",
    "Sigmoid": "sigmoid",
    "Tanh": "tanh",
    "Softmax": "softmax",
    "Silu": "swish",
    "Elu": "elu",
    "Selu": "selu",
    "Softplus": "softplus",
    "Softsign": "softsign",
    "HardSigmoid": HARD_SIGMOID_3,
    "HardSilu": "hard_silu",
    "nn.relu": "relu",
    "nn.relu6": "relu6",
    "nn.elu": "elu",
    "nn.selu": "selu",
    "nn.softmax": "softmax",
    "nn.softplus": "softplus",
    "nn.silu": "swish",
    "math.sigmoid": "sigmoid",
    "math.tanh": "tanh",
}


def refuse_operator(operation: Any) -> str | None:
    """None for a layer; for an operator what speaks against it, or the empty string."""
    name = _operator(operation)
    if name is None or name in ARITHMETIC or name in FUNCTIONS:
        return None if name is None else ""
    return f"a step of Python code ({name}) that no layer of TensorFlow.js computes"


def _operator(operation: Any) -> str | None:
    kind = type(operation).__name__
    if kind in ("TFOpLambda", "SlicingOpLambda"):
        return str(operation.get_config()["function"])
    if kind == "Subtract":  # also Keras' layer of this name, which TensorFlow.js has not
        return kind
    if type(operation).__module__.startswith("keras.src.ops."):
        return kind
    return None


def operate(operation: Any, args: list[Any], kwargs: dict[str, Any], name: Namer) -> Any:
    """Return the tensor that an operator makes of its operands (tensors and plain numbers).

    `name` makes a layer's name one that no other has. Raises NoLayersModel.
    """
    found, own = _operator(operation), operation.name
    assert found is not None
    pair = args[0] if isinstance(args[0], list) else args
    operands = [*pair, *(kwargs[key] for key in ("y", "b") if key in kwargs)]
    if found in FUNCTIONS:
        return _activate(FUNCTIONS[found], operands[0], own, name)
    kind = ARITHMETIC[found]
    first, second = operands
    if isinstance(second, Real):
        return _rescale(*_line(kind, float(second)), first, name(own))
    if isinstance(first, Real) and kind != "divide":
        scale, offset = (-1.0, float(first)) if kind == "subtract" else _line(kind, float(first))
        return _rescale(scale, offset, second, name(own))
    return _combine(kind, first, second, own, name)


def _line(kind: str, number: float) -> tuple[float, float]:
    """What x becomes with a number on its right: x * scale + offset."""
    return {
        "add": (1.0, number),
        "subtract": (1.0, -number),
        "multiply": (number, 0.0),
        "divide": (1 / number if number else float("inf"), 0.0),
    }[kind]


def _combine(kind: str, first: Any, second: Any, own: str, name: Namer) -> Any:
    from tf_keras import layers

    if kind == "multiply":
        return layers.Multiply(name=name(own))([first, second])
    if kind == "divide" or first.shape[1:] != second.shape[1:]:
        shapes = " and ".join(str(getattr(value, "shape", value)) for value in (first, second))
        raise NoLayersModel(f"layer {own!r}: no layer can {kind} {shapes}")
    if kind == "subtract":
        second = _rescale(-1.0, 0.0, second, name(f"{own}_minus"))
    return layers.Add(name=name(own))([first, second])


def compose_activation(kind: str, value: Any, own: str, name: Namer) -> Any:
    """Return an activation that TensorFlow.js does not know, of layers that it knows.

    relu6(x + 3) / 6 is Keras 3's hard_sigmoid, and x times that its hard_silu
    (Howard et al., "Searching for MobileNetV3", 2019, section 5.2).
    """
    from tf_keras import layers

    gate = _rescale(1.0, 3.0, value, name(f"{own}_plus_3"))
    gate = layers.ReLU(6.0, name=name(f"{own}_relu6"))(gate)
    gate = _rescale(1 / 6, 0.0, gate, name(f"{own}_hard_sigmoid"))
    if kind == HARD_SIGMOID_3:
        return gate
    return layers.Multiply(name=name(f"{own}_hard_silu"))([value, gate])


def _activate(kind: str, value: Any, own: str, name: Namer) -> Any:
    from tf_keras.layers import Activation

    if kind in COMPOSED:
        return compose_activation(kind, value, own, name)
    return Activation(kind, name=name(own))(value)


def _rescale(scale: float, offset: float, value: Any, name: str) -> Any:
    from tf_keras.layers import Rescaling

    return Rescaling(scale, offset, name=name)(value)
