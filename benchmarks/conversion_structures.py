"""Models of the structures that people bring, in Keras 2 and in Keras 3.

Each function gets a Keras (`tf_keras` or `keras`) and returns a model that has been built. Inputs
are small. `spread` gives weights and statistics values that make outputs differ between inputs.
"""

from collections.abc import Callable
from typing import Any

import numpy as np

SUBCLASSED = (12, 12, 3)  # what `subclassed` takes: such a model does not say


def sequential(k: Any) -> Any:
    L = k.layers
    return k.Sequential(
        [
            L.Input((28, 28, 1)),
            L.Conv2D(8, 3, activation="relu"),
            L.MaxPooling2D(2),
            L.Conv2D(16, 3, activation="gelu"),
            L.GlobalAveragePooling2D(keepdims=True),
            L.Flatten(),
            L.Dropout(0.4),
            L.Dense(10, activation="softmax"),
        ]
    )


def branches_and_shared(k: Any) -> Any:
    L = k.layers
    image = L.Input((16, 16, 3), name="image")
    shared = L.Conv2D(6, 3, padding="same", activation="silu", name="shared")
    once = shared(image)
    twice = shared(L.AveragePooling2D(3, 1, padding="same")(image))
    x = L.Concatenate()([once, twice, L.Subtract()([once, twice])])
    x = L.Flatten()(L.MaxPooling2D(4)(x * 0.5 + 0.1))
    return k.Model(image, L.Dense(4, activation="softmax")(x))


def nested(k: Any) -> Any:
    L = k.layers

    def block(filters: int, name: str) -> Any:
        # The same layer names in both: TensorFlow.js wants each once.
        return k.Sequential(
            [L.Conv2D(filters, 3, name="conv"), L.BatchNormalization(name="norm"), L.ReLU(6.0)],
            name=name,
        )

    inner_input = L.Input((14, 14, 4))
    inner = k.Model(inner_input, block(6, "deep")(inner_input), name="inner")
    image = L.Input((16, 16, 1))
    x = inner(block(4, "first")(image))
    return k.Model(image, L.Dense(3)(L.GlobalMaxPooling2D()(x)))


def subclassed(k: Any) -> Any:
    class Net(k.Model):  # type: ignore[name-defined,misc]
        def __init__(self) -> None:
            super().__init__()
            self.conv = k.layers.Conv2D(4, 3, activation="relu")
            self.dense = k.layers.Dense(3, activation="softmax")

        def call(self, image: Any) -> Any:
            x = self.conv(image)
            return self.dense(k.layers.Flatten()(x))

    net = Net()
    net(np.zeros((1, *SUBCLASSED), np.float32))
    return net


def several_inputs_and_outputs(k: Any) -> Any:
    L = k.layers
    image = L.Input((12, 12, 3), name="image")
    facts = L.Input((5,), name="facts")
    x = L.Flatten()(L.Conv2D(4, 3, strides=2)(image))
    joined = L.Concatenate()([x, L.Dense(7, activation="tanh")(facts)])
    kind = L.Dense(3, activation="softmax", name="kind")(joined)
    size = L.Dense(1, name="size")(joined)
    return k.Model([image, facts], [kind, size])


def depthwise_and_norm(k: Any) -> Any:
    L = k.layers
    return k.Sequential(
        [
            L.Input((20, 20, 3)),
            L.ZeroPadding2D(((0, 1), (0, 1))),
            L.DepthwiseConv2D(3, strides=2, use_bias=False),
            L.BatchNormalization(),
            L.LeakyReLU(),
            L.Conv2D(12, 1),
            L.BatchNormalization(),
            L.PReLU(shared_axes=[1, 2]),
            L.SeparableConv2D(8, 3, activation="elu"),
            L.UpSampling2D(2),
            L.Conv2DTranspose(4, 3, strides=2),
            L.GlobalAveragePooling2D(),
            L.Dense(5, activation="sigmoid"),
        ]
    )


def residual(k: Any) -> Any:
    L = k.layers
    image = L.Input((16, 16, 3))
    x = L.Conv2D(8, 3, padding="same")(image)
    for _ in range(2):
        y = L.BatchNormalization()(L.Conv2D(8, 3, padding="same", use_bias=False)(x))
        y = L.Conv2D(8, 3, padding="same")(L.ReLU()(y))
        x = L.ReLU()(L.Add()([x, y]))
    return k.Model(image, L.Dense(4)(L.GlobalAveragePooling2D()(x)))


def lstm(k: Any) -> Any:
    L = k.layers
    return k.Sequential(
        [
            L.Input((12,), dtype="int32"),
            L.Embedding(30, 8),
            L.Bidirectional(L.LSTM(6, return_sequences=True)),
            L.LSTM(5),
            L.Dense(2, activation="softmax"),
        ]
    )


def gru(k: Any) -> Any:
    L = k.layers
    return k.Sequential([L.Input((9, 4)), L.GRU(6), L.Dense(2)])


def gru_classic(k: Any) -> Any:
    L = k.layers
    layers = [L.GRU(6, reset_after=False, return_sequences=True), L.SimpleRNN(5)]
    return k.Sequential([L.Input((9, 4)), *layers, L.Dense(2)])


def attention(k: Any) -> Any:
    L = k.layers
    words = L.Input((10, 8))
    x = L.LayerNormalization()(words)
    x = L.Add()([words, L.MultiHeadAttention(2, 4)(x, x)])
    x = L.Dense(8, activation="gelu")(L.LayerNormalization()(x))
    return k.Model(words, L.Dense(3)(L.GlobalAveragePooling1D()(x)))


def preprocessing(k: Any) -> Any:
    L = k.layers
    norm = L.Normalization(mean=[0.4, 0.5, 0.6], variance=[0.1, 0.2, 0.3])
    return k.Sequential(
        [
            L.Input((40, 40, 3)),
            L.Resizing(24, 24),
            L.CenterCrop(20, 20),
            L.RandomFlip(),
            L.RandomRotation(0.1),
            L.Rescaling(1 / 255),
            norm,
            L.Conv2D(6, 5, activation="relu"),
            L.Flatten(),
            L.Dense(3, activation="softmax"),
        ]
    )


def _application(name: str, **settings: Any) -> Callable[[Any], Any]:
    def make(k: Any) -> Any:
        kind = getattr(k.applications, name)
        # Logits: a softmax of values as large as these would be the same for every image.
        return kind(
            weights=None,
            classes=7,
            classifier_activation=None,
            input_shape=(64, 64, 3),
            **settings,
        )

    return make


STRUCTURES: dict[str, Callable[[Any], Any]] = {
    "sequential CNN": sequential,
    "branches, shared layer": branches_and_shared,
    "nested models": nested,
    "subclassed": subclassed,
    "several inputs, outputs": several_inputs_and_outputs,
    "depthwise, batch norm": depthwise_and_norm,
    "residual": residual,
    "LSTM, both ways": lstm,
    "GRU (reset_after)": gru,
    "GRU (classic), RNN": gru_classic,
    "attention": attention,
    "preprocessing layers": preprocessing,
    "MobileNet v1": _application("MobileNet", alpha=0.25),
    "MobileNet v2": _application("MobileNetV2", alpha=0.35),
    "MobileNet v3": _application("MobileNetV3Small"),
    "EfficientNet B0": _application("EfficientNetB0"),
    "ResNet50": _application("ResNet50"),
}


def spread(model: Any, seed: int = 3) -> Any:
    """Give weights values by which a deep network's outputs differ between inputs.

    Kernels: normal, scaled by the number of inputs of a unit (He et al., 2015). Gains and
    variances: about 1; offsets and means: about 0.
    """
    random = np.random.default_rng(seed)
    for weight in model.weights:
        name = weight.path if hasattr(weight, "path") else weight.name
        value = np.asarray(weight)
        if value.dtype != np.float32:
            continue
        if any(part in name for part in ("gamma", "variance")):
            new = random.uniform(0.6, 1.4, value.shape)
        elif value.ndim < 2:
            new = random.normal(0, 0.1, value.shape)
        else:
            # A depthwise kernel, [height, width, channels, 1], sums over its pixels alone.
            depthwise = value.ndim == 4 and value.shape[-1] == 1 and value.shape[-2] > 1
            fan = np.prod(value.shape[:2] if depthwise else value.shape[:-1])
            new = random.normal(0, np.sqrt(2 / fan), value.shape)
        weight.assign(new.astype(np.float32))
    return model
