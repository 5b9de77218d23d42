"""A model of Keras 2 or 3 is written with layers that TensorFlow.js knows, and answers the same."""

from collections.abc import Callable
from typing import Any

import keras
import numpy as np
import pytest
import tf_keras

from benchmarks import conversion_structures as structures
from generator.conversion.agreement import compare, make_examples
from generator.conversion.layer_rules import NoLayersModel
from generator.conversion.opened import from_keras
from generator.conversion.twin import make_twin

LIBRARIES = pytest.mark.parametrize("library", [tf_keras, keras], ids=["Keras 2", "Keras 3"])


def assert_same_answers(model: Any) -> Any:
    opened = from_keras(model, "test")
    examples = make_examples(opened)
    twin = make_twin(model)
    assert compare(from_keras(twin, "twin").predict(examples), opened.predict(examples)) < 1e-5
    return twin


@LIBRARIES
@pytest.mark.parametrize(
    "make",
    [
        structures.sequential,
        structures.branches_and_shared,
        structures.nested,
        structures.several_inputs_and_outputs,
        structures.depthwise_and_norm,
        structures.residual,
        structures.lstm,
        structures.gru_classic,
    ],
)
def test_the_twin_answers_as_the_model(library: Any, make: Callable[[Any], Any]) -> None:
    assert_same_answers(structures.spread(make(library)))


@LIBRARIES
def test_preprocessing_becomes_layers_that_a_browser_has(library: Any) -> None:
    L = library.layers
    model = library.Sequential(
        [
            L.Input((11, 14, 3)),
            L.CenterCrop(8, 9),
            L.RandomFlip(),
            L.Rescaling(1 / 127.5, -1),
            L.Normalization(mean=[0.1, 0.2, 0.3], variance=[0.5, 1.0, 2.0]),
            L.GlobalAveragePooling2D(keepdims=True),
            L.Conv2D(4, 1, activation="hard_sigmoid"),
        ]
    )
    twin = assert_same_answers(structures.spread(model))
    kinds = {type(layer).__name__ for layer in twin.layers}
    assert not kinds & {"CenterCrop", "RandomFlip", "Normalization"}


@LIBRARIES
def test_arithmetic_becomes_rescaling(library: Any) -> None:
    image = library.layers.Input((6, 6, 2))
    x = 3.0 - (image * 2.0 + 1.0) / 4.0
    y = library.layers.Conv2D(2, 1)(x)
    assert_same_answers(structures.spread(library.Model(image, (x - y) * y + x)))


def test_keras_3s_own_activations_are_composed() -> None:
    image = keras.layers.Input((5, 5, 2))
    x = keras.layers.Conv2D(3, 1, activation="hard_silu")(image)
    x = keras.ops.hard_sigmoid(keras.ops.relu6(x))
    assert_same_answers(structures.spread(keras.Model(image, x)))


def test_layers_of_one_name_in_nested_models_get_names_of_their_own() -> None:
    twin = make_twin(structures.nested(keras))
    names = [layer.name for layer in twin.layers]
    assert len(set(names)) == len(names)
    assert {"conv", "conv_2", "norm", "norm_2"} <= set(names)


@pytest.mark.parametrize(
    ("layers", "sentence"),
    [
        ([keras.layers.GRU(3, name="memory")], r"layer 'memory' \(GRU\): reset_after=True"),
        ([keras.layers.Conv1D(4, 2, groups=2, name="g")], r"layer 'g' \(Conv1D\): groups=2"),
        ([keras.layers.Dense(2, activation="exponential", name="e")], "activation='exponential'"),
        ([keras.layers.Bidirectional(keras.layers.GRU(3), name="both")], "GRU inside has reset_af"),
        ([keras.layers.UnitNormalization(name="unit")], r"layer 'unit' \(UnitNormalization\)"),
        ([keras.layers.ReLU(negative_slope=0.1, name="r")], r"layer 'r' \(ReLU\): a slope"),
    ],
)
def test_what_a_browser_lacks_is_named(layers: list[Any], sentence: str) -> None:
    model = keras.Sequential([keras.layers.Input((6, 4)), *layers])
    with pytest.raises(NoLayersModel, match=sentence):
        make_twin(model)


def test_all_unknown_layers_are_named_at_once() -> None:
    words = keras.layers.Input((6, 4))
    x = keras.layers.MultiHeadAttention(2, 2, name="look")(words, words)
    model = keras.Model(words, keras.layers.GRU(3, name="memory")(x))
    with pytest.raises(NoLayersModel, match=r"'look'.*'memory'"):
        make_twin(model)


@LIBRARIES
def test_a_subclassed_model_has_no_layers_to_list(library: Any) -> None:
    with pytest.raises(NoLayersModel, match="Python code"):
        make_twin(structures.subclassed(library))


def test_float16_models_are_compared_in_float32() -> None:
    policy = "mixed_float16"
    layers = [keras.layers.Dense(5, dtype=policy), keras.layers.Dense(3, dtype=policy)]
    model = structures.spread(keras.Sequential([keras.layers.Input((4,)), *layers]))
    opened = from_keras(model, "test")
    (answers,) = opened.predict([np.ones((2, 4), np.float32)])
    assert answers.dtype == np.float32
    assert_same_answers(model)
