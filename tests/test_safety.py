"""A model file that would run code when it is opened is refused before it is opened."""

import json
import zipfile
from pathlib import Path
from typing import Any

import h5py
import keras
import pytest
import tf_keras

from generator.conversion.model_file import open_model
from generator.conversion.safety import refuse_code
from generator.errors import BuildError

DENSE = {
    "module": "keras.layers",
    "class_name": "Dense",
    "config": {"name": "dense", "units": 1, "activation": "relu"},
    "registered_name": None,
}


def model_of(*layers: dict[str, Any]) -> dict[str, Any]:
    config = {"name": "net", "layers": list(layers)}
    return {"module": "keras", "class_name": "Sequential", "config": config}


@pytest.mark.parametrize(
    ("layer", "sentence"),
    [
        ({**DENSE, "class_name": "Lambda"}, "layer 'dense' is a Lambda"),
        ({**DENSE, "class_name": "TorchModuleWrapper"}, "is a TorchModuleWrapper"),
        ({**DENSE, "class_name": "TFSMLayer"}, "is a TFSMLayer"),
        ({**DENSE, "module": "os"}, r"is a Dense \(os\)"),
        ({**DENSE, "module": "keras.utils", "class_name": "get_file"}, "is a get_file"),
        ({**DENSE, "registered_name": "Theirs>Dense"}, "not in it"),
        ({"class_name": "TheirLayer", "config": {"name": "mine"}}, "layer 'mine' is a TheirLayer"),
    ],
)
def test_code_is_refused_and_the_layer_named(layer: dict[str, Any], sentence: str) -> None:
    with pytest.raises(BuildError, match=sentence):
        refuse_code(model_of(DENSE, layer), Path("model.keras"))


@pytest.mark.parametrize("function", [("os", "system"), ("builtins", "eval"), ("keras.utils", "x")])
def test_a_function_has_to_be_an_activation(function: tuple[str, str]) -> None:
    module, name = function
    activation = {"module": module, "class_name": "function", "config": name}
    layer = {**DENSE, "config": {"name": "dense", "activation": activation}}
    with pytest.raises(BuildError, match="layer 'dense' is a function"):
        refuse_code(model_of(layer), Path("model.keras"))
    layer["config"]["activation"] = {**activation, "module": "builtins", "config": "relu"}
    refuse_code(model_of(layer), Path("model.keras"))


def test_how_it_was_trained_is_passed_over() -> None:
    loss = {"module": "their.losses", "class_name": "Loss", "config": {}}
    refuse_code({**model_of(DENSE), "compile_config": {"loss": loss}}, Path("model.keras"))
    nested = {**model_of(DENSE), "compile_config": {"loss": loss}}
    with pytest.raises(BuildError, match=r"their\.losses"):
        refuse_code(model_of(nested), Path("model.keras"))


@pytest.mark.parametrize("library", [keras, tf_keras], ids=["Keras 3", "Keras 2"])
@pytest.mark.parametrize("suffix", [".keras", ".h5"])
def test_a_lambda_opens_with_trust_alone(library: Any, suffix: str, tmp_path: Path) -> None:
    layers = [library.layers.Lambda(lambda x: x * 2, name="twice"), library.layers.Dense(1)]
    model = library.Sequential([library.layers.Input((3,)), *layers])
    file = tmp_path / f"model{suffix}"
    model.save(file)
    with pytest.raises(BuildError, match=r"layer 'twice' is a Lambda.*--trust"), open_model(file):
        pass
    with open_model(file, trust=True) as opened:
        assert opened.outputs[0].shape == (1,)


def test_the_layers_of_a_saved_model_with_a_lambda_are_left_alone(tmp_path: Path) -> None:
    layers = [tf_keras.layers.Lambda(lambda x: x * 2, name="twice"), tf_keras.layers.Dense(1)]
    model = tf_keras.Sequential([tf_keras.layers.Input((3,)), *layers])
    model.save(tmp_path / "saved", save_format="tf")
    with open_model(tmp_path / "saved") as opened:
        assert opened.keras is None
        assert "'twice' is a Lambda" in opened.no_keras


def test_a_saved_model_that_reads_files_is_refused(tmp_path: Path) -> None:
    import tensorflow as tf

    class Reader(tf.Module):  # type: ignore[misc]
        @tf.function(input_signature=[tf.TensorSpec([None, 2])])  # type: ignore[untyped-decorator]
        def serve(self, x: Any) -> Any:
            secret = tf.io.read_file("/etc/hostname")
            return {"y": x + tf.cast(tf.strings.length(secret), tf.float32)}

    module = Reader()
    tf.saved_model.save(module, tmp_path / "saved", signatures=module.serve)
    with pytest.raises(BuildError, match="is a ReadFile"), open_model(tmp_path / "saved"):
        pass


def test_weights_outside_of_the_folder_are_refused(tmp_path: Path) -> None:
    topology = {"model_config": model_of(DENSE), "keras_version": "2"}
    manifest = [{"paths": ["../secret.bin"], "weights": []}]
    content = {"modelTopology": topology, "weightsManifest": manifest}
    (tmp_path / "model.json").write_text(json.dumps(content))
    with pytest.raises(BuildError, match="outside of its folder"), open_model(tmp_path):
        pass


@pytest.mark.parametrize(
    ("name", "content", "sentence"),
    [
        ("model.keras", b"nonsense", "not a Keras file"),
        ("model.h5", b"nonsense", "not an HDF5 file"),
        ("model.zip", b"nonsense", "not a zip"),
        ("model.json", b"nonsense", "not a model of TensorFlow.js"),
        ("model.onnx", b"nonsense", r"\.keras or \.h5 file, a SavedModel folder.*an? \.onnx file"),
    ],
)
def test_what_is_no_model_is_refused(
    name: str, content: bytes, sentence: str, tmp_path: Path
) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(BuildError, match=sentence), open_model(tmp_path / name):
        pass


def test_weights_alone_are_no_model(tmp_path: Path) -> None:
    model = tf_keras.Sequential([tf_keras.layers.Input((2,)), tf_keras.layers.Dense(1)])
    model.save_weights(tmp_path / "weights.h5")
    with (
        pytest.raises(BuildError, match="weights and no model"),
        open_model(tmp_path / "weights.h5"),
    ):
        pass


def test_a_keras_file_that_is_cut_short_is_refused(tmp_path: Path) -> None:
    model = keras.Sequential([keras.layers.Input((2,)), keras.layers.Dense(1)])
    model.save(tmp_path / "whole.keras")
    with zipfile.ZipFile(tmp_path / "whole.keras") as whole:
        kept = {name: whole.read(name) for name in ("config.json", "metadata.json")}
    with zipfile.ZipFile(tmp_path / "cut.keras", "w") as cut:
        for name, content in kept.items():
            cut.writestr(name, content)
    with (
        pytest.raises(BuildError, match="Keras cannot open it"),
        open_model(tmp_path / "cut.keras"),
    ):
        pass


def test_a_zip_that_becomes_too_large_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("generator.conversion.tfjs_model.MOST_BYTES", 1_000)
    with zipfile.ZipFile(tmp_path / "bomb.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("weights.bin", bytes(100_000))
    with pytest.raises(BuildError, match="too large"), open_model(tmp_path / "bomb.zip"):
        pass


def link_elsewhere(tree: Any, other: Path) -> None:
    del tree["weights"]
    tree["weights"] = h5py.ExternalLink(str(other), "secret")


def lie_elsewhere(tree: Any, other: Path) -> None:
    del tree["weights"]
    tree.create_dataset("weights", (4,), "u1", external=[(str(other), 0, 4)])


def show_elsewhere(tree: Any, other: Path) -> None:
    del tree["weights"]
    layout = h5py.VirtualLayout(shape=(4,), dtype="u1")
    layout[:] = h5py.VirtualSource(str(other), "secret", shape=(4,))
    tree.create_virtual_dataset("weights", layout)


@pytest.mark.parametrize("change", [link_elsewhere, lie_elsewhere, show_elsewhere])
@pytest.mark.parametrize("suffix", [".h5", ".keras"])
def test_weights_that_are_in_other_files_are_refused(
    change: Any, suffix: str, tmp_path: Path
) -> None:
    """Else a model would hold, and a site publish, what is on the machine that converts it."""
    (tmp_path / "secret").write_bytes(b"word")
    with h5py.File(tmp_path / "weights.h5", "w") as tree:
        tree.attrs["model_config"] = json.dumps(model_of(DENSE))
        tree["weights"] = [1.0]
        change(tree, tmp_path / "secret")
    file = tmp_path / f"model{suffix}"
    if suffix == ".keras":
        with zipfile.ZipFile(file, "w") as archive:
            archive.writestr("config.json", json.dumps(model_of(DENSE)))
            archive.writestr("metadata.json", '{"keras_version": "3.9.0"}')
            archive.write(tmp_path / "weights.h5", "model.weights.h5")
    else:
        (tmp_path / "weights.h5").rename(file)
    with pytest.raises(BuildError, match="shows what is in another file"), open_model(file):
        pass


def test_an_array_that_only_says_that_it_is_large_is_refused(tmp_path: Path) -> None:
    with h5py.File(tmp_path / "model.h5", "w") as tree:
        tree.attrs["model_config"] = json.dumps(model_of(DENSE))
        tree.create_dataset("weights", (10**6, 10**6), "f4", chunks=True, compression="gzip")
    with (
        pytest.raises(BuildError, match="weights would take 4,000,000 MB"),
        open_model(tmp_path / "model.h5"),
    ):
        pass


def test_a_bomb_is_refused_before_it_is_unpacked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("generator.conversion.safety.MOST_BYTES", 1_000_000)
    with zipfile.ZipFile(tmp_path / "model.keras", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("config.json", bytes(2_000_000))
    with pytest.raises(BuildError, match="too large"), open_model(tmp_path / "model.keras"):
        pass


def test_a_zip_writes_nothing_outside_of_its_folder(tmp_path: Path) -> None:
    names = ["../evil.bin", "/tmp/evil.bin", "a/../../evil.bin", "..\\evil.bin", "model.json/x.bin"]
    with zipfile.ZipFile(tmp_path / "x.zip", "w") as archive:
        for name in names:
            archive.writestr(name, b"evil")
    before = {file.name for file in tmp_path.parent.iterdir()} | {*Path("/tmp").glob("evil*")}
    with pytest.raises(BuildError), open_model(tmp_path / "x.zip"):
        pass
    after = {file.name for file in tmp_path.parent.iterdir()} | {*Path("/tmp").glob("evil*")}
    assert after == before


def test_a_nesting_deeper_than_python_goes_is_refused(tmp_path: Path) -> None:
    deep = '{"config": ' * 200_000 + "1" + "}" * 200_000
    with zipfile.ZipFile(tmp_path / "model.keras", "w") as archive:
        archive.writestr("config.json", deep)
        archive.writestr("metadata.json", '{"keras_version": "3.9.0"}')
    with pytest.raises(BuildError, match="not a Keras file"), open_model(tmp_path / "model.keras"):
        pass
    (tmp_path / "model.json").write_text(deep)
    with pytest.raises(BuildError, match="not a model of TensorFlow"), open_model(tmp_path):
        pass
