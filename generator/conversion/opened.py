"""A model that answers in this process, wherever it came from."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from generator.conversion.classifier import Step, apply_steps
from generator.conversion.layer_rules import is_keras_3
from generator.conversion.twin import all_operations, input_names, is_network
from generator.errors import BuildError

Arrays = list[npt.NDArray[Any]]
# Of a recurrent layer that is unrolled: each is some ten operations in the graph.
MOST_STEPS = 256


@dataclass(frozen=True)
class Tensor:
    """An input or output: its name, dtype, and shape without the batch; None is a free size."""

    name: str
    shape: tuple[int | None, ...]
    dtype: str


@dataclass(frozen=True)
class OpenedModel:
    """A model that answers in this process.

    `call` maps a list of input tensors to the list of output tensors, both in the order of
    `inputs` and `outputs`; `variables` is what TensorFlow has to save with it. `keras` is the Keras
    2 or 3 model if there is one, else `no_keras` says why. `classes` are named by the file, or
    empty. `steps` turn the answers of a classifier into probabilities. `scales`: layers of its own
    bring pixels of 0 to 255 into its range.
    """

    origin: str
    inputs: tuple[Tensor, ...]
    outputs: tuple[Tensor, ...]
    call: Callable[[Sequence[Any]], list[Any]]
    variables: Any
    keras: Any = None
    no_keras: str = ""
    classes: tuple[str, ...] = ()
    steps: tuple[Step, ...] = ()
    scales: bool = False

    def answer(self, values: Sequence[Any]) -> list[Any]:
        """The output tensors for input tensors, turned into probabilities by `steps`."""
        outputs = self.call(values)
        return [apply_steps(self.steps, outputs[0])] if self.steps else outputs

    def predict(self, values: Arrays, batch: int = 32) -> Arrays:
        """The outputs for inputs [n, ...], computed `batch` at a time."""
        parts = [
            [
                np.asarray(tensor)
                for tensor in self.answer([v[start : start + batch] for v in values])
            ]
            for start in range(0, len(values[0]), batch)
        ]
        return [np.concatenate(output) for output in zip(*parts, strict=True)]


def from_keras(model: Any, origin: str) -> OpenedModel:
    """Wrap a Keras 2 or Keras 3 model that is open already.

    Raises BuildError when it has not been built, so that nobody knows the shape of its inputs.
    """
    if not getattr(model, "inputs", None):
        raise BuildError(
            what="the shape of its inputs is not known",
            where=f"model {model.name!r}",
            expected="a model that has been called, or begins with an Input",
            fix='Call it on one example before saving, or export it: model.export("folder").',
        )
    _compute_in_float32(model)
    _normalise_plainly(model)
    _unroll(model)
    inputs = [
        Tensor(name, tuple(tensor.shape[1:]), dtype_of(tensor.dtype))
        for name, tensor in zip(input_names(model), model.inputs, strict=True)
    ]
    try:
        structure = model.input
    except AttributeError:  # a Sequential of Keras 3 that was only loaded
        structure = model.inputs[0]

    def call(values: Sequence[Any]) -> list[Any]:
        return _flat(model(_packed(structure, list(values)), training=False))

    outputs = [
        Tensor(name, tuple(tensor.shape[1:]), dtype_of(tensor.dtype))
        for name, tensor in zip(_output_names(model), model.outputs, strict=True)
    ]
    # Keras 3 wraps TensorFlow's variables, and keeps those of random layers elsewhere.
    variables = [variable.value if is_keras_3(model) else variable for variable in model.variables]
    scales = is_network(model) and any(
        type(layer).__name__ in ("Rescaling", "Normalization") for layer in all_operations(model)
    )
    return OpenedModel(
        origin, tuple(inputs), tuple(outputs), call, variables, keras=model, scales=scales
    )


def _output_names(model: Any) -> list[str]:
    """The outputs' names, made different where two are of one layer."""
    names = list(getattr(model, "output_names", None) or [])
    if len(names) != len(model.outputs):  # a Sequential of Keras 3 has none
        names = [f"output_{index}" for index in range(len(model.outputs))]
    return [
        name if name not in names[:index] else f"{name}_{index}" for index, name in enumerate(names)
    ]


def _compute_in_float32(model: Any) -> None:
    """A browser computes in float32: so does what it is compared with."""
    for layer in getattr(model, "_flatten_layers", list)():
        policy = getattr(layer, "dtype_policy", None)
        if policy is not None and policy.compute_dtype in ("float16", "bfloat16"):
            layer.dtype_policy = "float32"


def _normalise_plainly(model: Any) -> None:
    """Keras 2 makes a batch normalisation in training mode of a LayerNormalization, for speed.

    TensorFlow.js has none; Keras' other way to compute the same has no such operation.
    """
    for layer in getattr(model, "_flatten_layers", list)():
        if hasattr(layer, "_fused_can_be_used"):
            layer._fused = False


def _unroll(model: Any) -> None:
    """Let recurrent layers run step after step, not in a loop, where the number of steps is known.

    TensorFlow.js runs loops slowly, and some of them not at all.
    """
    for layer in getattr(model, "_flatten_layers", list)():
        parts = (
            layer,
            getattr(layer, "forward_layer", None),
            getattr(layer, "backward_layer", None),
        )
        try:
            steps = layer.input.shape[1]
        except (AttributeError, IndexError, RuntimeError):
            continue  # a part of another layer, or one that has several inputs
        for part in parts:
            if part is not None and hasattr(part, "unroll"):
                part.unroll = steps is not None and steps <= MOST_STEPS
                part.use_cudnn = False  # Keras 3: no kernel of its own
                part._could_use_gpu_kernel = False  # Keras 2: no function of its own


def _packed(structure: Any, values: list[Any]) -> Any:
    """Flat inputs in the form that the model is called with: one, a list, or a dictionary."""
    if isinstance(structure, dict):
        return dict(zip(sorted(structure), values, strict=True))
    return values[0] if len(values) == 1 and not isinstance(structure, list | tuple) else values


def _flat(value: Any) -> list[Any]:
    if isinstance(value, dict):
        return [leaf for key in sorted(value) for leaf in _flat(value[key])]
    if isinstance(value, list | tuple):
        return [leaf for entry in value for leaf in _flat(entry)]
    return [value]


def dtype_of(dtype: Any) -> str:
    """The dtype that TensorFlow.js has for one of TensorFlow's or Keras'.

    Raises BuildError for text, on which TensorFlow.js has no operations.
    """
    name = getattr(dtype, "name", None) or str(dtype)
    if name == "string":
        raise BuildError(
            what="it takes text, and TensorFlow.js has no operations on text",
            where="the model's inputs",
            expected="inputs that are numbers",
            fix="Cut the model behind its text layer, and turn text into numbers in the page.",
        )
    return "int32" if "int" in name else "bool" if name == "bool" else "float32"
