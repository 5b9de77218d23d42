"""What becomes of a Keras layer in a layers model of TensorFlow.js: the same, others, or a refusal.

The layers that TensorFlow.js 4.22 knows, and what it does with their settings, are those of
`@tensorflow/tfjs-layers`; where Keras means something else by the same word, or knows more, the
layer is written with others that compute the same.
"""

import inspect
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np

# Known to both under one name; what their settings may be is in `_REFUSALS`.
SAME = frozenset(
    """Activation Add AlphaDropout Average AveragePooling1D AveragePooling2D AveragePooling3D
    BatchNormalization Bidirectional Concatenate Conv1D Conv2D Conv2DTranspose Conv3D
    Conv3DTranspose ConvLSTM2D Cropping2D Dense DepthwiseConv2D Dot Dropout ELU Embedding Flatten
    GRU GaussianDropout GaussianNoise GlobalAveragePooling1D GlobalAveragePooling2D
    GlobalMaxPooling1D GlobalMaxPooling2D LSTM LayerNormalization LeakyReLU Masking MaxPooling1D
    MaxPooling2D MaxPooling3D Maximum Minimum Multiply PReLU Permute ReLU RepeatVector Rescaling
    Reshape SeparableConv2D SimpleRNN Softmax SpatialDropout1D TimeDistributed
    UpSampling2D ZeroPadding2D""".split()
)
# Known to Keras alone, and of no effect once a network is trained.
IDLE = frozenset(
    """ActivityRegularization Identity RandomBrightness RandomContrast RandomFlip RandomRotation
    RandomTranslation RandomZoom SpatialDropout2D SpatialDropout3D""".split()
)
# Written with other layers.
REWRITTEN = frozenset(["CenterCrop", "Normalization"])
POOLED = frozenset(
    ["GlobalAveragePooling1D", "GlobalAveragePooling2D", "GlobalMaxPooling1D", "GlobalMaxPooling2D"]
)
RECURRENT = frozenset(["ConvLSTM2D", "GRU", "LSTM", "SimpleRNN"])
# Activations by the names that both give them, and those that are written with layers.
ACTIVATIONS = frozenset(
    """elu gelu hard_sigmoid linear log_softmax mish relu relu6 selu sigmoid softmax softplus
    softsign swish tanh""".split()
)
SYNONYMS = {"silu": "swish", "hard_swish": "hard_silu"}
# hard_sigmoid is 0.2 x + 0.5 to Keras 2 and TensorFlow.js, and x / 6 + 0.5 to Keras 3.
HARD_SIGMOID_3 = "hard_sigmoid of Keras 3"
COMPOSED = frozenset([HARD_SIGMOID_3, "hard_silu"])
INITIALIZERS = frozenset(
    """Constant GlorotNormal GlorotUniform HeNormal HeUniform Identity LecunNormal LecunUniform
    Ones Orthogonal RandomNormal RandomUniform TruncatedNormal VarianceScaling Zeros""".split()
)
# Keras 3's name of a setting, and Keras 2's.
RENAMED = {("LeakyReLU", "negative_slope"): "alpha"}


class NoLayersModel(Exception):
    """Why a model cannot be a layers model, in words that name its layers."""


@dataclass(frozen=True)
class Twin:
    """Keras 2 layers that, run one after another, compute what a layer computes.

    `weights` has what `set_weights` of each wants, once it has run. `activation` is one that
    TensorFlow.js does not know and that comes after them, or "linear".
    """

    layers: list[Any]
    weights: list[list[np.ndarray[Any, Any]]] = field(default_factory=list)
    activation: str = "linear"


def refusal(layer: Any) -> str:
    """Say why no layers model can have this layer; the empty string if it can.

    `layer` is a Keras 2 or Keras 3 layer that is not a model.
    """
    kind = type(layer).__name__
    if kind == "InputLayer" or kind in IDLE:
        return ""
    if kind == "Resizing":
        return "TensorFlow.js is wrong about the shape that its own gives"
    if kind not in SAME | REWRITTEN:
        return "TensorFlow.js knows no such layer"
    config = layer.get_config()
    return next((why for check in _REFUSALS if (why := check(kind, config, layer))), "")


def translate(layer: Any, name: str) -> Twin:
    """Return the twin of a layer for which `refusal` has no objection, named `name`."""
    kind, config = type(layer).__name__, layer.get_config()
    weights = layer.get_weights()
    if kind in IDLE:
        return Twin([])
    if kind == "Normalization":
        return _normalization(layer, name)
    if kind == "CenterCrop":
        return Twin([_cropping(config, layer, name)])
    if kind in POOLED and config.get("keepdims"):
        return _kept_dimensions(kind, config, layer, name)
    activation = "linear"
    if (found := _activation(config.get("activation"), layer)) in COMPOSED:
        activation, config = found, {**config, "activation": "linear"}
    return Twin([_same(kind, config, layer, name)], [weights], activation)


def is_keras_3(thing: Any) -> bool:
    """Whether a layer, model or operation is one of Keras 3's."""
    return any(base.__module__.split(".")[0] == "keras" for base in type(thing).__mro__)


def _same(kind: str, config: dict[str, Any], layer: Any, name: str) -> Any:
    """The Keras 2 layer of the same name and settings."""
    from tf_keras import layers

    make = getattr(layers, kind)
    if kind in ("Bidirectional", "TimeDistributed"):
        inner = layer.forward_layer if kind == "Bidirectional" else layer.layer
        wrapped = _same(type(inner).__name__, inner.get_config(), inner, inner.name)
        extra = {"merge_mode": config["merge_mode"]} if kind == "Bidirectional" else {}
        return make(wrapped, name=name, **extra)
    known = inspect.signature(make).parameters
    settings = {}
    for key, value in config.items():
        renamed = RENAMED.get((kind, key), key)
        if renamed in known and not key.endswith(("_regularizer", "_constraint")):
            settings[renamed] = _setting(key, value, layer)
    return make(**{**settings, "name": name, "dtype": "float32"})


def _setting(key: str, value: Any, layer: Any) -> Any:
    if key.endswith("activation"):
        return _activation(value, layer)
    if key.endswith("_initializer"):
        return _initializer(value)
    return value


def _initializer(value: Any) -> Any:
    """What weights began with; they are replaced at once, so that one of many will do."""
    kind = value.get("class_name") if isinstance(value, dict) else None
    if kind not in INITIALIZERS:
        return "zeros"
    settings = {k: v for k, v in value["config"].items() if k not in ("input_axes", "output_axes")}
    return {"class_name": kind, "config": settings}


def _activation(value: Any, layer: Any) -> str:
    """The name of a layer's activation, as Keras 2 and TensorFlow.js have it if they know it."""
    if isinstance(value, dict):
        value = value.get("config") if value.get("class_name") == "function" else "a function"
    name = SYNONYMS.get(str(value), str(value)) if value else "linear"
    return HARD_SIGMOID_3 if name == "hard_sigmoid" and is_keras_3(layer) else name


def _kept_dimensions(kind: str, config: dict[str, Any], layer: Any, name: str) -> Twin:
    """TensorFlow.js takes no notice of `keepdims`: a Reshape puts the dimensions back."""
    from tf_keras.layers import Reshape

    pooled = _same(kind, {**config, "keepdims": False}, layer, name)
    shape = layer.output.shape[1:]
    return Twin([pooled, Reshape(tuple(shape), name=f"{name}_kept")], [[], []])


def _cropping(config: dict[str, Any], layer: Any, name: str) -> Any:
    """TensorFlow.js is wrong about the shape of a CenterCrop; Cropping2D does the same."""
    from tf_keras.layers import Cropping2D

    margins = []
    for size, wanted in zip(_pixels(layer), (config["height"], config["width"]), strict=True):
        margins.append(((size - wanted) // 2, (size - wanted) - (size - wanted) // 2))
    return Cropping2D(tuple(margins), name=name)


def _pixels(layer: Any) -> tuple[int | None, int | None]:
    rows, columns = layer.input.shape[1:3]
    return rows, columns


def _refuse_crop(kind: str, config: dict[str, Any], layer: Any) -> str:
    if kind != "CenterCrop":
        return ""
    fits = [
        size is not None and size >= wanted
        for size, wanted in zip(_pixels(layer), (config["height"], config["width"]), strict=True)
    ]
    return "" if all(fits) else "it would have to enlarge images, or their size is not known"


def _normalization(layer: Any, name: str) -> Twin:
    """(x - mean) / max(sqrt(variance), 1e-7), as a batch normalisation without its extras."""
    from tf_keras.layers import BatchNormalization

    channels = layer.input.shape[-1]
    mean, variance = (
        np.broadcast_to(np.asarray(value, np.float32).ravel(), (channels,))
        for value in (layer.mean, layer.variance)
    )
    twin = BatchNormalization(epsilon=0.0, center=False, scale=False, name=name)
    return Twin([twin], [[mean, np.maximum(variance, np.float32(1e-14))]])


def _refuse_layout(kind: str, config: dict[str, Any], layer: Any) -> str:
    found = config.get("data_format", "channels_last")
    return "" if found in ("channels_last", None) else f"data_format={found!r}"


def _refuse_groups(kind: str, config: dict[str, Any], layer: Any) -> str:
    groups = config.get("groups", 1) if kind.startswith("Conv") else 1
    return "" if groups == 1 else f"groups={groups}; TensorFlow.js has no grouped convolutions"


def _refuse_activation(kind: str, config: dict[str, Any], layer: Any) -> str:
    for key in ("activation", "recurrent_activation"):
        name = _activation(config.get(key), layer)
        composable = kind not in RECURRENT and name in COMPOSED
        if name not in ACTIVATIONS and not composable:
            return f"{key}={name!r}, which TensorFlow.js does not know"
    return ""


def _refuse_gru(kind: str, config: dict[str, Any], layer: Any) -> str:
    if kind == "GRU" and config.get("reset_after", True):
        return "reset_after=True, Keras' default; TensorFlow.js knows reset_after=False alone"
    return ""


def _refuse_relu(kind: str, config: dict[str, Any], layer: Any) -> str:
    if kind == "ReLU" and (config.get("negative_slope") or config.get("threshold")):
        return "a slope or a threshold; TensorFlow.js knows max_value alone"
    return ""


def _refuse_normalization(kind: str, config: dict[str, Any], layer: Any) -> str:
    if kind == "LayerNormalization" and config.get("rms_scaling"):
        return "rms_scaling=True, which TensorFlow.js does not know"
    if kind != "Normalization":
        return ""
    axis = config.get("axis")
    axes = [axis] if isinstance(axis, int) else list(axis or [])
    rank = len(layer.input.shape)
    if config.get("invert") or any(found % rank != rank - 1 for found in axes):
        return "invert, or an axis that is not the last one"
    return ""


def _refuse_lists(kind: str, config: dict[str, Any], layer: Any) -> str:
    if kind == "Rescaling" and any(np.ndim(config[key]) for key in ("scale", "offset")):
        return "one scale for each channel; TensorFlow.js knows one for all"
    return ""


def _refuse_wrapped(kind: str, config: dict[str, Any], layer: Any) -> str:
    if kind not in ("Bidirectional", "TimeDistributed"):
        return ""
    inner = layer.forward_layer if kind == "Bidirectional" else layer.layer
    inner_kind = type(inner).__name__
    if inner_kind not in SAME:
        return f"a {inner_kind} inside, for which there is no layers model"
    why = refusal(inner)
    return f"{inner_kind} inside has {why}" if why else ""


def _refuse_interpolation(kind: str, config: dict[str, Any], layer: Any) -> str:
    found = config.get("interpolation", "nearest")
    if kind == "UpSampling2D" and found not in ("nearest", "bilinear"):
        return f"interpolation={found!r}; TensorFlow.js knows nearest and bilinear"
    return ""


_REFUSALS: tuple[Callable[[str, dict[str, Any], Any], str], ...] = (
    _refuse_layout,
    _refuse_crop,
    _refuse_groups,
    _refuse_gru,
    _refuse_activation,
    _refuse_relu,
    _refuse_normalization,
    _refuse_lists,
    _refuse_wrapped,
    _refuse_interpolation,
)
