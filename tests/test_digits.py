"""The three architectures: their shapes, sizes, seeds, and what a browser can train."""

import subprocess
import sys

import numpy as np
import pytest

from generator.errors import BuildError
from generator.models import digits

MNIST = (28, 28, 1)


def build(name, shape=MNIST, classes=10, seed=0):
    return digits.find(name).build(shape, classes, seed)


@pytest.mark.parametrize(
    ("name", "parameters"), [("codelab", 5_994), ("course", 53_866), ("accurate", 77_946)]
)
def test_an_architecture_has_its_known_number_of_parameters(name, parameters):
    model = build(name)
    assert model.count_params() == parameters
    assert model.output_shape == (None, 10)
    assert 4 * parameters <= 400_000


def test_codelab_has_the_layers_of_the_tutorial():
    layers = build("codelab").layers
    assert [(type(layer).__name__, layer.output_shape[1:]) for layer in layers] == [
        ("Conv2D", (24, 24, 8)),
        ("MaxPooling2D", (12, 12, 8)),
        ("Conv2D", (8, 8, 16)),
        ("MaxPooling2D", (4, 4, 16)),
        ("Flatten", (256,)),
        ("Dense", (10,)),
    ]
    assert {type(layers[i].kernel_initializer).__name__ for i in (0, 2, 5)} == {"VarianceScaling"}


def test_course_has_the_layers_of_the_course():
    layers = build("course").layers
    assert [(type(layer).__name__, layer.output_shape[1:]) for layer in layers] == [
        ("Conv2D", (26, 26, 8)),
        ("MaxPooling2D", (13, 13, 8)),
        ("Conv2D", (11, 11, 16)),
        ("MaxPooling2D", (5, 5, 16)),
        ("Flatten", (400,)),
        ("Dense", (128,)),
        ("Dense", (10,)),
    ]


@pytest.mark.parametrize("name", [architecture.name for architecture in digits.ARCHITECTURES])
def test_an_architecture_takes_other_images_and_classes(name):
    probabilities = build(name, (32, 40, 3), 4).predict(np.zeros((2, 32, 40, 3)), verbose=0)
    assert probabilities.shape == (2, 4)
    assert probabilities.sum(axis=1) == pytest.approx(1, abs=1e-6)


@pytest.mark.parametrize("name", [architecture.name for architecture in digits.ARCHITECTURES])
def test_the_seed_alone_decides_the_first_weights(name):
    one, same, other = (build(name, seed=seed).get_weights() for seed in (1, 1, 2))
    assert all(np.array_equal(a, b) for a, b in zip(one, same, strict=True))
    assert not np.array_equal(one[0], other[0])


@pytest.mark.parametrize("name", [architecture.name for architecture in digits.ARCHITECTURES])
def test_the_json_of_a_model_is_the_same_each_time(name):
    assert build(name).to_json() == build(name).to_json()


def test_too_small_images_are_refused_by_the_layer_that_cannot_take_them():
    with pytest.raises(BuildError, match=r"'codelab', layer 'conv_2': the images are too small"):
        build("codelab", (8, 8, 1))


def test_an_unknown_architecture_lists_the_known_ones():
    with pytest.raises(BuildError) as caught:
        digits.find("acurate")
    assert str(caught.value) == (
        "architecture 'acurate': no such architecture; expected codelab, course or accurate. "
        "Did you mean 'accurate'?"
    )


@pytest.mark.parametrize("name", ["codelab", "course"])
def test_the_classic_networks_can_be_trained_in_a_browser(name):
    digits.check_trainable_in_browser(build(name))


def test_a_network_with_batch_normalisation_is_refused_by_its_layers():
    with pytest.raises(BuildError, match=r"'norm_1' \(BatchNormalization\), 'relu_1' \(ReLU\)"):
        digits.check_trainable_in_browser(build("accurate"))


def test_layers_without_a_gradient_are_refused_by_name_and_reason():
    from tf_keras import Sequential
    from tf_keras.layers import Conv2D, Dense, Flatten, InputLayer

    model = Sequential(
        [
            InputLayer((8, 8, 1)),
            Conv2D(4, 3, activation="relu", name="plain"),
            Conv2D(4, 3, dilation_rate=2, name="wide"),
            Flatten(name="flat"),
            Dense(2, activation="selu", name="odd"),
        ],
        name="mine",
    )
    with pytest.raises(BuildError) as caught:
        digits.check_trainable_in_browser(model)
    message = str(caught.value)
    assert message.startswith("architecture 'mine': a page cannot train this network")
    assert "layer 'wide' (Conv2D with groups or dilation), 'odd' (Dense with activation selu)" in (
        message
    )
    assert "'plain'" not in message


def test_naming_architectures_leaves_tensorflow_unimported():
    code = (
        "import sys; from generator.models import digits; digits.find('codelab'); "
        "sys.exit('tensorflow' in sys.modules or 'tf_keras' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code]).returncode == 0
