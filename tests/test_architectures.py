"""Networks that a site brings: found, read and called, and refused in words."""

import sys
from pathlib import Path

import pytest

from generator.errors import BuildError
from generator.models import architectures, digits

GOOD = '''
from tf_keras import Model, Sequential, layers


def tiny_net(shape, classes, seed):
    """Two layers, for a first try.

    More words.
    """
    return [layers.Flatten(), layers.Dense(classes, activation="softmax")]


def as_model(shape, classes, seed):
    return Sequential([layers.InputLayer(shape), *tiny_net(shape, classes, seed)])


def without_input(shape, classes, seed):
    return Sequential(tiny_net(shape, classes, seed))


def functional(shape, classes, seed):
    image = layers.Input(shape)
    return Model(image, Sequential(tiny_net(shape, classes, seed))(image))
'''
WRONG = {
    "raises": ("return 1 / 0", r"broke off with ZeroDivisionError: division by zero"),
    "a number": ("return 7", r"this is no model.*found builtins\.int"),
    "no layers": ("return []", r"this is no model.*found builtins\.list"),
    "subclassed": (
        "return type('Mine', (Model,), {})()",
        r"class with code of its own.*found nets_subclassed\.Mine.*Make it of layers",
    ),
    "python inside": (
        "return [layers.Lambda(lambda x: -x, name='minus'), layers.Dense(classes)]",
        r"no browser could run the Python code of layer 'minus' \(Lambda\)",
    ),
    "own layer": (
        "return [type('Mine', (layers.Layer,), {})(name='mine'), layers.Dense(classes)]",
        r"Python code of layer 'mine' \(Mine\)",
    ),
    "too small": (
        "return [layers.Conv2D(4, 9), layers.Flatten(), layers.Dense(classes)]",
        r"it broke off with ValueError: .*conv2d",
    ),
    "logits": (
        "return [layers.Flatten(), layers.Dense(classes)]",
        r"are no probabilities.*add up to.*End it with Dense",
    ),
    "too many": (
        'return [layers.Flatten(), layers.Dense(9, activation="softmax")]',
        r"does not fit the data.*found \(None, 8, 8, 1\) in, \(None, 9\) out",
    ),
    "keras 3": (
        "import keras; return keras.Sequential([keras.layers.Flatten()])",
        r"a model of Keras 3.*Import tf_keras in the place of keras",
    ),
}


def write(folder: Path, name: str, text: str) -> None:
    (folder / f"{name}.py").write_text(text)


def test_a_function_beside_the_site_is_found_without_running_it(tmp_path: Path) -> None:
    write(tmp_path, "nets_unrun", GOOD + "\nraise SystemExit('was run')\n")
    network = architectures.find("nets_unrun:tiny_net", tmp_path)
    assert (network.title, network.about) == ("Tiny net", "Two layers, for a first try.")
    before = network.code
    write(tmp_path, "nets_unrun", GOOD)
    assert architectures.find("nets_unrun:tiny_net", tmp_path).code != before


@pytest.mark.parametrize("function", ["tiny_net", "as_model", "without_input", "functional"])
def test_it_becomes_a_model(tmp_path: Path, function: str) -> None:
    write(tmp_path, f"nets_{function}", GOOD)
    network = architectures.find(f"nets_{function}:{function}", tmp_path)
    model = network.build((8, 8, 1), 3, seed=1)
    assert model.output_shape == (None, 3) and model.count_params() == 64 * 3 + 3


def test_the_same_function_gives_the_same_topology_each_time(tmp_path: Path) -> None:
    write(tmp_path, "nets_twice", GOOD)
    network = architectures.find("nets_twice:tiny_net", tmp_path)
    first, second = (network.build((8, 8, 1), 3, seed=1).to_json() for _ in range(2))
    assert first == second


def test_what_a_module_says_now_is_what_runs(tmp_path: Path) -> None:
    """`serve` rebuilds in one process, and many sites have a module of the same name."""
    for folder, units in ((tmp_path, 5), (tmp_path, 6), (tmp_path / "other", 7)):
        folder.mkdir(exist_ok=True)
        write(folder, "nets_anew", GOOD.replace("Flatten(),", f"Flatten(), layers.Dense({units}),"))
        network = architectures.find("nets_anew:tiny_net", folder)
        assert network.build((8, 8, 1), 3, seed=1).layers[1].units == units
    assert "nets_anew" not in sys.modules and str(tmp_path) not in sys.path


def test_a_module_in_a_package_names_the_page_when_its_function_is_called_build(
    tmp_path: Path,
) -> None:
    (tmp_path / "nets_package").mkdir()
    write(tmp_path / "nets_package", "sizes", "UNITS = 4\n")
    helped = "from .sizes import UNITS\n" + GOOD.replace("tiny_net", "build")
    write(tmp_path / "nets_package", "two_layers", helped)
    network = architectures.find("nets_package.two_layers:build", tmp_path)
    assert network.title == "Two layers"
    assert network.build((8, 8, 1), 3, seed=1).output_shape == (None, 3)


@pytest.mark.parametrize("case", WRONG)
def test_what_is_wrong_with_it_is_said(tmp_path: Path, case: str) -> None:
    body, words = WRONG[case]
    module = f"nets_{case.replace(' ', '_')}"
    head = "from tf_keras import Model, layers\n\n\ndef build(shape, classes, seed):\n"
    write(tmp_path, module, f"{head}    {body}\n")
    network = architectures.find(f"{module}:build", tmp_path)
    with pytest.raises(BuildError, match=words):
        network.build((8, 8, 1), 3, seed=1)


def test_the_line_of_the_users_module_is_named(tmp_path: Path) -> None:
    """Not the line of the library where it came to light."""
    body = "from tf_keras import layers\n\n\ndef build(shape, classes, seed):\n"
    write(tmp_path, "nets_line", f"{body}    return [layers.Dense('many')]\n")
    network = architectures.find("nets_line:build", tmp_path)
    with pytest.raises(BuildError, match=r"nets_line:build', .*nets_line\.py:5: it broke off"):
        network.build((8, 8, 1), 3, seed=1)


def test_a_network_that_no_page_trains_is_refused_by_its_own_name(tmp_path: Path) -> None:
    write(tmp_path, "nets_odd", GOOD.replace("Flatten(),", "Flatten(), layers.LeakyReLU(),"))
    model = architectures.find("nets_odd:as_model", tmp_path).build((8, 8, 1), 3, seed=1)
    with pytest.raises(BuildError, match=r"'nets_odd:as_model': a page cannot train.*LeakyReLU"):
        digits.check_trainable_in_browser(model, "nets_odd:as_model")


def test_what_is_not_there_is_said(tmp_path: Path) -> None:
    with pytest.raises(BuildError, match=r"no module 'nets_none'; expected nets_none\.py in"):
        architectures.find("nets_none:build", tmp_path)
    write(tmp_path, "nets_other", GOOD)
    with pytest.raises(BuildError, match=r"no function 'tiny'.*Did you mean 'tiny_net'\?"):
        architectures.find("nets_other:tiny", tmp_path)
    write(tmp_path, "nets_broken", "def build(:\n")
    with pytest.raises(BuildError, match=r"nets_broken\.py:1: it is not valid Python"):
        architectures.find("nets_broken:build", tmp_path)
