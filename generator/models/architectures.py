"""Networks by name: ours, or a function of the user's, `module:function`."""

from __future__ import annotations

import ast
import difflib
import hashlib
import importlib
import importlib.util
import sys
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from generator.errors import BuildError
from generator.models import digits
from generator.models.digits import Shape

if TYPE_CHECKING:
    from tf_keras import Model
    from tf_keras.layers import Layer

SIGNATURE = "build(shape, classes, seed), which returns a tf_keras model or a list of its layers"


class Network(Protocol):
    """What is trained: its words for the page, its code for cache keys, and how to make one."""

    @property
    def name(self) -> str: ...
    @property
    def title(self) -> str: ...
    @property
    def about(self) -> str: ...
    @property
    def code(self) -> str: ...

    def build(self, shape: Shape, classes: int, seed: int) -> Model:
        """Return an uncompiled model of images [height, width, channels], values 0 to 1."""


@dataclass(frozen=True)
class OwnNetwork:
    """A function in a module of the user's; `code` is the hash of the module's `file`."""

    name: str
    title: str
    about: str
    code: str
    file: Path
    folder: Path

    def build(self, shape: Shape, classes: int, seed: int) -> Model:
        """Call the function and check what it returns; raise BuildError that says what is wrong."""
        from tf_keras.backend import reset_uids

        module_name, _, function_name = self.name.partition(":")
        reset_uids()  # layers without a name get the same one each time
        try:
            with _importable(self.folder, module_name):
                function = getattr(importlib.import_module(module_name), function_name)
                model = _as_model(function(shape, classes, seed), self.name, shape)
        except BuildError:
            raise
        except Exception as error:
            raise BuildError(
                what=f"it broke off with {type(error).__name__}: {error}",
                where=f"architecture {self.name!r}, {self._line(error)}",
                expected=SIGNATURE,
            ) from error
        _check_layers(model, self.name)
        _check_numbers(model, self.name, shape, classes)
        return model

    def _line(self, error: Exception) -> str:
        """The last line of the user's module that ran; of a library's if none did."""
        frames = traceback.extract_tb(error.__traceback__)
        own = [frame for frame in frames if Path(frame.filename) == self.file]
        return f"{(own or frames)[-1].filename}:{(own or frames)[-1].lineno}"


def find(name: str, folder: Path) -> Network:
    """Return the network of this name, ours or, with a colon, one of the user's.

    The user's module is looked for in `folder`, then among installed packages; it is read, not
    run. Raises BuildError when there is no such network.
    """
    if ":" not in name:
        return digits.find(name)
    module_name, _, function_name = name.partition(":")
    with _importable(folder, module_name):
        try:
            spec = importlib.util.find_spec(module_name)
        except ImportError:
            spec = None
    if spec is None or not spec.origin or not Path(spec.origin).is_file():
        raise BuildError(
            what=f"there is no module {module_name!r}",
            where=f"architecture {name!r}",
            expected=f"{module_name.replace('.', '/')}.py in {folder}, or an installed package",
        )
    file = Path(spec.origin)
    source = file.read_bytes()
    functions = _functions(source, spec.origin)
    if function_name not in functions:
        near = difflib.get_close_matches(function_name, functions, n=1)
        raise BuildError(
            what=f"{file} has no function {function_name!r}",
            where=f"architecture {name!r}",
            expected=SIGNATURE,
            found=", ".join(functions) or "no function",
            fix=f"Did you mean {near[0]!r}?" if near else "",
        )
    words = (ast.get_docstring(functions[function_name]) or "").split("\n")[0]
    called = module_name.rpartition(".")[2] if function_name == "build" else function_name
    return OwnNetwork(
        name=name,
        title=called.replace("_", " ").strip().capitalize(),
        about=words or "A network of this site's own.",
        code=hashlib.sha256(source).hexdigest(),
        file=file,
        folder=folder,
    )


def _functions(source: bytes, file: str) -> dict[str, ast.FunctionDef]:
    try:
        tree = ast.parse(source)
    except SyntaxError as error:
        raise BuildError(
            what=f"it is not valid Python: {error.msg}", where=f"{file}:{error.lineno}"
        ) from error
    return {node.name: node for node in tree.body if isinstance(node, ast.FunctionDef)}


@contextmanager
def _importable(folder: Path, module_name: str) -> Iterator[None]:
    """Modules of this folder come first, and this one is forgotten afterwards.

    So what was written a moment ago is what runs, while `serve` goes on, and a module of the same
    name beside another site.toml is another module.
    """
    place, top, known = str(folder.resolve()), module_name.partition(".")[0], set(sys.modules)
    sys.path.insert(0, place)
    importlib.invalidate_caches()
    try:
        yield
    finally:
        sys.path.remove(place)
        for name in set(sys.modules) - known:
            if name.partition(".")[0] == top:
                del sys.modules[name]


def _as_model(made: Any, name: str, shape: Shape) -> Model:
    from tf_keras import Model, Sequential
    from tf_keras.layers import InputLayer, Layer

    if isinstance(made, Sequential) and not made.built:
        made.build((None, *shape))
    if isinstance(made, Model) and made.inputs:
        return made
    layers = made if isinstance(made, list | tuple) else []
    if layers and all(isinstance(layer, Layer) for layer in layers):
        return Sequential([InputLayer(shape, name="image"), *layers], name="layers")
    kind = type(layers[0] if layers else made)
    is_keras_3 = kind.__module__.startswith("keras.")
    what, fix = "this is no model", ""
    if is_keras_3:
        what = "this is a model of Keras 3"
        fix = "Import tf_keras in the place of keras: the browser's library reads its models."
    elif isinstance(made, Model):
        what = "this model is a class with code of its own, which no browser could run"
        fix = "Make it of layers: tf_keras.Sequential, or tf_keras.Model(inputs, outputs)."
    raise BuildError(
        what=what,
        where=f"architecture {name!r}",
        expected=SIGNATURE,
        found=f"{kind.__module__}.{kind.__name__}",
        fix=fix,
    )


def _check_layers(model: Model, name: str) -> None:
    """Only what the library itself brings can be told to a browser; Python code cannot."""
    own = [
        f"{layer.name!r} ({type(layer).__name__})"
        for layer in _all_layers(model)
        if type(layer).__name__ == "Lambda" or not type(layer).__module__.startswith("tf_keras.")
    ]
    if own:
        raise BuildError(
            what=f"no browser could run the Python code of layer {', '.join(own)}",
            where=f"architecture {name!r}",
            expected="layers of tf_keras.layers, without Lambda",
        )


def _all_layers(model: Model) -> Iterator[Layer]:
    from tf_keras import Model

    for layer in model.layers:
        yield layer
        if isinstance(layer, Model):
            yield from _all_layers(layer)


def _check_numbers(model: Model, name: str, shape: Shape, classes: int) -> None:
    """Images in, probabilities of the classes out."""
    import numpy as np

    where = f"architecture {name!r}"
    wanted = f"images [n, {', '.join(map(str, shape))}] in, probabilities [n, {classes}] out"
    sizes = (model.input_shape, model.output_shape)
    if sizes != ((None, *shape), (None, classes)):
        raise BuildError(
            what="the network does not fit the data",
            where=where,
            expected=wanted,
            found=f"{sizes[0]} in, {sizes[1]} out",
        )
    images = np.random.default_rng(0).random((2, *shape), np.float32)
    answers = np.asarray(model(images, training=False))
    if not np.allclose(answers.sum(axis=1), 1, atol=1e-3) or answers.min() < 0:
        raise BuildError(
            what="the network's answers are no probabilities",
            where=where,
            expected=wanted,
            found=f"rows that add up to {answers.sum(axis=1)[0]:.3g}",
            fix='End it with Dense(classes, activation="softmax").',
        )
