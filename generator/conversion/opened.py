"""Opening a model: Keras 3 and Keras 2 files, SavedModels, layers models of TensorFlow.js."""

import json
import re
import shutil
import tempfile
import zipfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from generator.conversion.classifier import Step, apply_steps
from generator.conversion.layer_rules import is_keras_3
from generator.conversion.safety import read_h5, read_keras_zip, refuse_code
from generator.conversion.twin import all_operations, input_names, is_network
from generator.errors import BuildError
from generator.quiet import quiet

Arrays = list[npt.NDArray[Any]]
ACCEPTED = "a .keras or .h5 file, a SavedModel folder, or a TensorFlow.js layers model (model.json)"
# Operations of a SavedModel that reach beyond it: files, Python, other machines.
REACHING = frozenset(
    """EagerPyFunc PyFunc PyFuncStateless ReadFile WriteFile MatchingFiles Save SaveV2
    PrintV2""".split()
)
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
    2 or 3 model if there is one, else `no_keras` says why.
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


@contextmanager
def open_model(path: Path, trust: bool = False) -> Iterator[OpenedModel]:
    """Open a model of any accepted kind.

    Unless `trust` is set, a file that would run code of its maker is refused. Raises BuildError
    when it is none, is damaged, or cannot be opened here.
    """
    if path.suffix == ".zip" and path.is_file():
        with _unpacked(path) as folder:
            yield _open(folder, trust, path)
    else:
        yield _open(path, trust, path)


def _open(path: Path, trust: bool, shown: Path) -> OpenedModel:
    if path.is_dir() and (path / "saved_model.pb").is_file():
        return _open_saved_model(path, trust)
    if path.is_dir() and (path / "model.json").is_file():
        return _open_tfjs(path / "model.json", trust)
    if path.name == "model.json" and path.is_file():
        return _open_tfjs(path, trust)
    if path.is_file() and path.suffix == ".keras":
        config, version = read_keras_zip(path)
    elif path.is_file() and path.suffix in (".h5", ".hdf5"):
        config, version = read_h5(path)
    else:
        raise BuildError(
            what="no model is there" if not path.exists() else "it is no model that can be opened",
            where=str(shown),
            expected=ACCEPTED,
            found=_listing(path),
        )
    if not trust:
        refuse_code(config, path)
    is_new = version.startswith("3")
    model = _opened_keras(path, is_new, trust)
    return from_keras(model, f"Keras {version or '2'} {path.suffix}")


def _listing(path: Path) -> str:
    if not path.is_dir():
        return "" if not path.exists() else f"a {path.suffix or 'nameless'} file"
    names = sorted(entry.name for entry in path.iterdir())[:8]
    return f"a folder with {', '.join(names) or 'nothing in it'}"


def _opened_keras(path: Path, is_new: bool, trust: bool) -> Any:
    import keras
    import tf_keras

    library = keras if is_new else tf_keras
    try:
        return library.models.load_model(path, compile=False, safe_mode=not trust)
    # Keras raises whatever its parts raise: OSError, KeyError, TypeError, ValueError, ...
    except Exception as error:
        first = str(error).strip().splitlines() or [type(error).__name__]
        raise BuildError(
            what=f"Keras cannot open it ({first[0]})",
            where=str(path),
            expected="a whole model, as model.save wrote it",
            fix="Save it again with the version of Keras that made it, or as a SavedModel.",
        ) from error


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
        Tensor(name, tuple(tensor.shape[1:]), _dtype(tensor.dtype))
        for name, tensor in zip(input_names(model), model.inputs, strict=True)
    ]
    try:
        structure = model.input
    except AttributeError:  # a Sequential of Keras 3 that was only loaded
        structure = model.inputs[0]

    def call(values: Sequence[Any]) -> list[Any]:
        return _flat(model(_packed(structure, list(values)), training=False))

    outputs = [
        Tensor(name, tuple(tensor.shape[1:]), _dtype(tensor.dtype))
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


def _dtype(dtype: Any) -> str:
    name = getattr(dtype, "name", None) or str(dtype)
    if name == "string":
        raise BuildError(
            what="it takes text, and TensorFlow.js has no operations on text",
            where="the model's inputs",
            expected="inputs that are numbers",
            fix="Cut the model behind its text layer, and turn text into numbers in the page.",
        )
    return "int32" if "int" in name else "bool" if name == "bool" else "float32"


def _open_saved_model(folder: Path, trust: bool) -> OpenedModel:
    import tensorflow as tf

    saved = _read_saved_model(folder)
    _refuse_reaching(saved, folder, trust)
    try:
        loaded = tf.saved_model.load(str(folder))
        signatures = dict(loaded.signatures)
    except (OSError, ValueError, KeyError, AttributeError) as error:
        raise BuildError(
            what=f"TensorFlow cannot open it ({str(error).splitlines()[0]})",
            where=str(folder),
            expected="a SavedModel: saved_model.pb and variables/",
            fix="Export the model again.",
        ) from error
    key = "serving_default" if "serving_default" in signatures else next(iter(signatures), None)
    if key is None:
        raise BuildError(
            what="it has no signature, so that nobody can tell how it is called",
            where=str(folder),
            expected="serving_default",
            fix="Save it with model.export(folder), or tf.saved_model.save(..., signatures=...).",
        )
    signature = signatures[key]
    specs = signature.structured_input_signature[1]
    inputs = [Tensor(n, tuple(s.shape[1:]), _dtype(s.dtype)) for n, s in sorted(specs.items())]
    made = signature.structured_outputs
    names = sorted(made, key=_numbered)
    outputs = [Tensor(n, tuple(made[n].shape[1:]), _dtype(made[n].dtype)) for n in names]
    dtypes = {name: spec.dtype for name, spec in specs.items()}

    def call(values: Sequence[Any]) -> list[Any]:
        named = {
            tensor.name: tf.cast(value, dtypes[tensor.name])
            for tensor, value in zip(inputs, values, strict=True)
        }
        answers = signature(**named)
        return [answers[name] for name in names]

    model, why = _keras_of(folder, trust)
    if model is not None:
        return from_keras(model, "SavedModel of Keras 2")
    # Nodes are named by the layers that they are in.
    parts = {part for node in _nodes(saved) for part in node.name.split("/")}
    scales = any(re.fullmatch(r"(rescaling|normalization)(_\d+)*", part) for part in parts)
    return OpenedModel(
        "SavedModel", tuple(inputs), tuple(outputs), call, loaded, None, why, scales=scales
    )


def _numbered(name: str) -> tuple[str, int]:
    """output_10 after output_9."""
    head, _, tail = name.rpartition("_")
    return (head, int(tail)) if tail.isdigit() else (name, -1)


def _keras_of(folder: Path, trust: bool) -> tuple[Any, str]:
    """The Keras 2 model in a SavedModel, or None and why there is none."""
    file = folder / "keras_metadata.pb"
    if not file.is_file():
        return None, "a SavedModel without Keras' own description has no list of layers"
    from tf_keras.models import load_model
    from tf_keras.protobuf.saved_metadata_pb2 import SavedMetadata

    metadata = SavedMetadata.FromString(file.read_bytes())
    if not trust:
        try:
            for node in metadata.nodes:
                found = json.loads(node.metadata or "{}")
                if node.identifier.startswith("_tf_keras_") and "class_name" in found:
                    kept = ("class_name", "module", "config", "registered_name")
                    refuse_code({key: found.get(key) for key in kept}, folder)
        except BuildError as error:
            return None, error.what
    model = load_model(folder, compile=False)
    if not getattr(model, "inputs", None):
        return None, "it was saved from Python code (a subclass), which has no list of layers"
    return model, ""


def _read_saved_model(folder: Path) -> Any:
    from google.protobuf.message import DecodeError
    from tensorflow.core.protobuf.saved_model_pb2 import SavedModel

    try:
        return SavedModel.FromString((folder / "saved_model.pb").read_bytes())
    except DecodeError as error:
        raise BuildError(
            what="saved_model.pb is damaged",
            where=str(folder),
            expected="a SavedModel, as TensorFlow writes it",
            fix="Export the model again.",
        ) from error


def _nodes(saved: Any) -> Iterator[Any]:
    """The nodes of a SavedModel's functions, and of what is around them."""
    for graph in saved.meta_graphs:
        yield from graph.graph_def.node
        for function in graph.graph_def.library.function:
            yield from function.node_def


def _refuse_reaching(saved: Any, folder: Path, trust: bool) -> None:
    for node in _nodes(saved):
        # Every SavedModel brings the operations that write and read its own variables.
        is_own = node.op in ("SaveV2", "MatchingFiles") or node.name.startswith("save/")
        if node.op in REACHING and not is_own and not trust:
            raise BuildError(
                what=f"running it would reach beyond it: {node.name!r} is a {node.op}",
                where=str(folder),
                expected="a model that computes, and no more",
                fix="If you trust who made it: --trust, or trust = true under its [model.…].",
            )


def _open_tfjs(file: Path, trust: bool) -> OpenedModel:
    """A layers model of TensorFlow.js, as Teachable Machine and TensorFlow.js itself save it."""
    try:
        content = json.loads(file.read_text(encoding="utf-8"))
        topology = content["modelTopology"]
        paths = [path for group in content["weightsManifest"] for path in group["paths"]]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise BuildError(
            what=f"it is not a model of TensorFlow.js ({error})",
            where=str(file),
            expected="a model.json with modelTopology and weightsManifest",
        ) from error
    if "node" in topology:
        raise BuildError(
            what="it is a graph model, which runs and cannot be converted any more",
            where=str(file),
            expected="a layers model, or the Keras model that it was made of",
        )
    if not trust:
        refuse_code(topology, file)
    for path in paths:
        if not (file.parent / path).resolve().is_relative_to(file.parent.resolve()):
            raise BuildError(
                what=f"it names a file outside of its folder ({path})",
                where=str(file),
                expected="weight files beside model.json",
            )
        if not (file.parent / path).is_file():
            raise BuildError(
                what=f"a weight file is missing ({path})",
                where=str(file),
                expected="the files that model.json names, beside it",
            )
    with quiet():
        from tensorflowjs.converters import load_keras_model
    try:
        model = load_keras_model(str(file))
    except (ValueError, TypeError, KeyError) as error:
        raise BuildError(
            what=f"Keras cannot open it ({str(error).splitlines()[0]})",
            where=str(file),
            expected="a layers model, as TensorFlow.js saves it",
        ) from error
    opened = from_keras(model, "TensorFlow.js layers model")
    labels = _labels(file.parent / "metadata.json")
    return OpenedModel(**{**vars(opened), "classes": labels})


def _labels(file: Path) -> tuple[str, ...]:
    """The class names in Teachable Machine's metadata.json; none where there is none."""
    if not file.is_file():
        return ()
    try:
        labels = json.loads(file.read_text(encoding="utf-8"))["labels"]
    except (ValueError, KeyError, TypeError):
        return ()
    return tuple(str(label) for label in labels) if isinstance(labels, list) else ()


@contextmanager
def _unpacked(file: Path) -> Iterator[Path]:
    """The files of a zip, in a folder that goes away; none of them outside of it."""
    with tempfile.TemporaryDirectory() as folder:
        try:
            with zipfile.ZipFile(file) as archive:
                for entry in archive.infolist():
                    name = Path(entry.filename).name
                    if name in ("model.json", "metadata.json") or name.endswith(".bin"):
                        with archive.open(entry) as source, (Path(folder) / name).open("wb") as out:
                            shutil.copyfileobj(source, out)
        except zipfile.BadZipFile as error:
            raise BuildError(what="it is not a zip", where=str(file), expected=ACCEPTED) from error
        yield Path(folder)
