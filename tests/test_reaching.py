"""What runs in a SavedModel is judged by what leads where: names are its maker's to choose."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import keras
import pytest
import tensorflow as tf
import tf_keras

from generator.conversion.model_file import open_model
from generator.conversion.reaching import REACHING, refuse_reaching
from generator.conversion.saved_model import read_saved_model
from generator.errors import BuildError

Body = Callable[[Any], Any]
V1 = tf.compat.v1


def save(body: Body, folder: Path) -> Path:
    """A SavedModel of TensorFlow 2 whose signature is `body`, with a variable."""

    class Module(tf.Module):  # type: ignore[misc]
        def __init__(self) -> None:
            self.weight = tf.Variable(2.0)

        @tf.function(input_signature=[tf.TensorSpec([None, 2])])  # type: ignore[untyped-decorator]
        def serve(self, x: Any) -> Any:
            return {"y": self.weight * x + body(x)}

    module = Module()
    tf.saved_model.save(module, folder, signatures=module.serve)
    return folder


def length(text: Any) -> Any:
    return tf.cast(tf.strings.length(text), tf.float32)


def in_a_branch(x: Any) -> Any:
    read = tf.function(lambda: length(tf.io.read_file("/etc/hostname")))
    return tf.cond(tf.reduce_sum(x) > 0, read, lambda: 0.0)


def written(x: Any) -> Any:
    tf.raw_ops.SaveV2(
        prefix="/tmp/stolen", tensor_names=["x"], shape_and_slices=[""], tensors=[x], name="save/x"
    )
    return 0.0


REACHES: dict[str, Body] = {
    "ReadFile": lambda x: length(tf.raw_ops.ReadFile(filename="/etc/hostname", name="save/read")),
    "MatchingFiles": lambda x: length(tf.io.matching_files("/etc/*")[0]),
    "SaveV2": written,
    "RestoreV2": lambda x: tf.raw_ops.RestoreV2(
        prefix="/tmp/other", tensor_names=["a"], shape_and_slices=[""], dtypes=[tf.float32]
    )[0],
    "EagerPyFunc": lambda x: tf.py_function(lambda: 1.0, [], tf.float32),
    "PrintV2": lambda x: [tf.print("hello", output_stream="file:///tmp/said"), 0.0][1],
}


@pytest.mark.parametrize("operation", REACHES)
def test_a_signature_that_reaches_out_is_refused_whatever_its_names(
    operation: str, tmp_path: Path
) -> None:
    folder = save(REACHES[operation], tmp_path / "saved")
    with pytest.raises(BuildError, match=f"is a {operation}.*--trust"), open_model(folder):
        pass


def test_a_branch_is_looked_into(tmp_path: Path) -> None:
    with pytest.raises(BuildError, match="is a ReadFile"):
        refuse_reaching(read_saved_model(save(in_a_branch, tmp_path)), tmp_path)


def test_what_runs_when_it_is_opened_is_refused(tmp_path: Path) -> None:
    """A table that is filled from a file: TensorFlow fills it before anybody asks."""
    words = tmp_path / "words.txt"
    words.write_text("a\nb\n")
    index = tf.lookup.TextFileIndex
    initializer = tf.lookup.TextFileInitializer(
        str(words), tf.string, index.WHOLE_LINE, tf.int64, index.LINE_NUMBER
    )

    class Module(tf.Module):  # type: ignore[misc]
        def __init__(self) -> None:
            self.table = tf.lookup.StaticHashTable(initializer, -1)

        @tf.function(input_signature=[tf.TensorSpec([None, 2])])  # type: ignore[untyped-decorator]
        def serve(self, x: Any) -> Any:
            return {"y": x}

    module = Module()
    tf.saved_model.save(module, tmp_path / "saved", signatures=module.serve)
    with pytest.raises(BuildError, match="InitializeTableFromTextFile"):
        refuse_reaching(read_saved_model(tmp_path / "saved"), tmp_path)


@pytest.mark.parametrize("kind", ["plain", "Keras 2", "Keras 3"])
def test_a_model_may_save_and_read_its_own_variables(kind: str, tmp_path: Path) -> None:
    if kind == "plain":
        save(lambda x: 0.0, tmp_path)
    elif kind == "Keras 2":
        layers = [tf_keras.layers.Input((2,)), tf_keras.layers.Dense(1)]
        tf_keras.Sequential(layers).save(tmp_path, save_format="tf")
    else:
        keras.Sequential([keras.layers.Input((2,)), keras.layers.Dense(1)]).export(
            tmp_path, verbose=False
        )
    saved = read_saved_model(tmp_path)
    operations = {
        node.op
        for function in saved.meta_graphs[0].graph_def.library.function
        for node in function.node_def
    }
    assert any(REACHING.fullmatch(name) for name in operations), "it does bring such operations"
    refuse_reaching(saved, tmp_path)


def save_first(folder: Path, opened_by: bool = False, restored_by: bool = False) -> Path:
    """A SavedModel of TensorFlow 1; one that writes a file where it is opened or restored."""
    with tf.Graph().as_default(), V1.Session() as session:
        x = V1.placeholder(tf.float32, [None, 2])
        weight = V1.get_variable("weight", initializer=tf.ones([2]), use_resource=True)
        tensors = {
            "inputs": {"x": V1.saved_model.build_tensor_info(x)},
            "outputs": {"y": V1.saved_model.build_tensor_info(x * weight)},
        }
        signature = V1.saved_model.build_signature_def(method_name="predict", **tensors)
        saver = V1.train.Saver()
        write = tf.raw_ops.WriteFile(filename="/tmp/written", contents="x", name="save/write")
        session.run(V1.global_variables_initializer())
        builder = V1.saved_model.Builder(str(folder))
        builder.add_meta_graph_and_variables(
            session,
            ["serve"],
            {"serving_default": signature},
            saver=saver,
            main_op=write if opened_by else None,
        )
        builder.save()
    if restored_by:
        saved = read_saved_model(folder)
        (graph,) = saved.meta_graphs
        (node,) = (n for n in graph.graph_def.node if n.name == graph.saver_def.restore_op_name)
        node.input.append("^save/write")
        (folder / "saved_model.pb").write_bytes(saved.SerializeToString())
    return folder


def test_a_model_of_tensorflow_1_is_judged_by_what_it_runs(tmp_path: Path) -> None:
    plain = save_first(tmp_path / "plain")
    refuse_reaching(read_saved_model(plain), plain)
    for how in ("opened_by", "restored_by"):
        folder = save_first(tmp_path / how, **{how: True})
        with pytest.raises(BuildError, match="'save/write' is a WriteFile"):
            refuse_reaching(read_saved_model(folder), folder)
