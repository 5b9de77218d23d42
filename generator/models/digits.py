"""Three small convolutional networks for small images, and what a browser can train of them.

TensorFlow is imported only when a network is built: naming one must stay instant.
"""

from __future__ import annotations

import difflib
import sys
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from generator.cache import code_hash
from generator.errors import BuildError

if TYPE_CHECKING:
    from tf_keras import Model
    from tf_keras.layers import Layer

Shape = tuple[int, int, int]


@dataclass(frozen=True)
class Architecture:
    """A network by name; `layers(classes, seed)` gives what comes after its input layer."""

    name: str
    title: str
    about: str
    layers: Callable[[int, int], list[Layer]]

    @property
    def code(self) -> str:
        """What a cache key has to hold: this module's syntax tree."""
        return code_hash([sys.modules[__name__]])

    def build(self, shape: Shape, classes: int, seed: int) -> Model:
        """Return an uncompiled Keras 2 model of images [height, width, channels], values 0 to 1.

        The same arguments give the same weights: each layer's initialiser carries its own seed.
        Layer names are fixed, so the model's JSON is the same in every process. Raises BuildError
        when the images are too small for the network's pooling.
        """
        from tf_keras import Sequential
        from tf_keras.layers import InputLayer

        model = Sequential([InputLayer(shape, name="image")], name=self.name)
        for layer in self.layers(classes, seed):
            try:
                model.add(layer)
            except ValueError as error:
                raise BuildError(
                    what="the images are too small for this network",
                    where=f"architecture {self.name!r}, layer {layer.name!r}",
                    expected="images of 28x28 pixels or more",
                    found=f"{shape[0]}x{shape[1]}",
                    fix="Use larger images or another architecture.",
                ) from error
        return model


def find(name: str) -> Architecture:
    """Return the architecture of this name; raise BuildError that lists all of them if none is."""
    for architecture in ARCHITECTURES:
        if architecture.name == name:
            return architecture
    names = [architecture.name for architecture in ARCHITECTURES]
    nearest = difflib.get_close_matches(name, names, n=1)
    raise BuildError(
        what="no such architecture",
        where=f"architecture {name!r}",
        expected=" or ".join([", ".join(names[:-1]), names[-1]]),
        fix=f"Did you mean {nearest[0]!r}?" if nearest else "",
    )


def _codelab(classes: int, seed: int) -> list[Layer]:
    from tf_keras.initializers import VarianceScaling
    from tf_keras.layers import Conv2D, Dense, Flatten, MaxPooling2D

    def spread(index: int) -> VarianceScaling:
        return VarianceScaling(seed=_layer_seed(seed, index))

    return [
        Conv2D(8, 5, activation="relu", kernel_initializer=spread(0), name="conv_1"),
        MaxPooling2D(2, name="pool_1"),
        Conv2D(16, 5, activation="relu", kernel_initializer=spread(1), name="conv_2"),
        MaxPooling2D(2, name="pool_2"),
        Flatten(name="flatten"),
        Dense(classes, activation="softmax", kernel_initializer=spread(2), name="classes"),
    ]


def _course(classes: int, seed: int) -> list[Layer]:
    from tf_keras.initializers import GlorotUniform
    from tf_keras.layers import Conv2D, Dense, Flatten, MaxPooling2D

    def spread(index: int) -> GlorotUniform:
        return GlorotUniform(seed=_layer_seed(seed, index))

    return [
        Conv2D(8, 3, activation="relu", kernel_initializer=spread(0), name="conv_1"),
        MaxPooling2D(2, name="pool_1"),
        Conv2D(16, 3, activation="relu", kernel_initializer=spread(1), name="conv_2"),
        MaxPooling2D(2, name="pool_2"),
        Flatten(name="flatten"),
        Dense(128, activation="relu", kernel_initializer=spread(2), name="dense"),
        Dense(classes, activation="softmax", kernel_initializer=spread(3), name="classes"),
    ]


# The convolutions of `accurate`: kernel size, filters, padding, max-pooling behind it.
# 28x28 pixels shrink to 14, 12, 6, 4, 2: no multiplication is spent on zeros around a digit.
ACCURATE = (
    (5, 16, "same", True),
    (3, 32, "same", False),
    (3, 40, "valid", True),
    (3, 64, "valid", False),
    (3, 64, "valid", False),
)


def _accurate(classes: int, seed: int) -> list[Layer]:
    from tf_keras.initializers import GlorotUniform, HeNormal
    from tf_keras.layers import (
        BatchNormalization,
        Conv2D,
        Dense,
        GlobalAveragePooling2D,
        MaxPooling2D,
        ReLU,
    )

    layers: list[Layer] = []
    for index, (size, filters, padding, pooled) in enumerate(ACCURATE):
        number = index + 1
        spread = HeNormal(seed=_layer_seed(seed, index))
        layers += [
            # The normalisation that follows has its own offset: no bias needed here.
            Conv2D(
                filters,
                size,
                padding=padding,
                use_bias=False,
                kernel_initializer=spread,
                name=f"conv_{number}",
            ),
            # A short memory (Keras's 0.99 needs hundreds of steps): small data sets work too.
            BatchNormalization(momentum=0.9, name=f"norm_{number}"),
            ReLU(name=f"relu_{number}"),
        ]
        if pooled:
            layers.append(MaxPooling2D(2, name=f"pool_{number}"))
    last = GlorotUniform(seed=_layer_seed(seed, len(ACCURATE)))
    return [
        *layers,
        GlobalAveragePooling2D(name="average"),
        Dense(classes, activation="softmax", kernel_initializer=last, name="classes"),
    ]


def _layer_seed(seed: int, index: int) -> int:
    return seed * 100 + index


ARCHITECTURES = (
    Architecture(
        "codelab",
        "Codelab CNN",
        "Two convolutions look for strokes and their junctions, and one dense layer turns what "
        "they found into a probability for each class.",
        _codelab,
    ),
    Architecture(
        "course",
        "Course CNN",
        "Smaller 3x3 filters and a hidden layer of 128 units: nine times the weights of the "
        "codelab network, nearly all of them in that hidden layer.",
        _course,
    ),
    Architecture(
        "accurate",
        "Accurate CNN",
        "Five convolutions, each followed by batch normalisation, which keeps the values between "
        "layers in a steady range, so that a deeper network learns fast.",
        _accurate,
    ),
)

# What the browser's training engine has gradients for. Weights of a layer that is not here could
# be run in a page, but not trained there.
TRAINABLE_LAYERS = frozenset(
    ["Activation", "Conv2D", "Dense", "Dropout", "Flatten", "InputLayer", "MaxPooling2D", "Reshape"]
)
TRAINABLE_ACTIVATIONS = frozenset(["linear", "relu", "softmax"])


def check_trainable_in_browser(model: Model, name: str = "") -> None:
    """Raise BuildError that names every layer of the model that a page could not train.

    `name` is that of the architecture, where the model has another.
    """
    refused = [f"{layer.name!r} ({why})" for layer in model.layers if (why := _refusal(layer))]
    if refused:
        raise BuildError(
            what="a page cannot train this network: there is no gradient in the browser for "
            f"layer {', '.join(refused)}",
            where=f"architecture {(name or model.name)!r}",
            expected=f"layers {', '.join(sorted(TRAINABLE_LAYERS))} with activations "
            f"{', '.join(sorted(TRAINABLE_ACTIVATIONS))}",
            fix="Train it at build time and show it in a predictor, or name another architecture.",
        )


def _refusal(layer: Layer) -> str:
    """Say why the browser cannot train this layer; the empty string if it can."""
    kind = type(layer).__name__
    if kind not in TRAINABLE_LAYERS:
        return kind
    config = layer.get_config()
    activation = config.get("activation", "linear")
    if activation not in TRAINABLE_ACTIVATIONS:
        return f"{kind} with activation {activation}"
    if kind == "Conv2D" and (config["groups"] != 1 or set(config["dilation_rate"]) != {1}):
        return f"{kind} with groups or dilation"
    return ""
