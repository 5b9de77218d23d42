"""What converted models are made of: graphs mended for the browser, weights stored smaller."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
import tf_keras

from benchmarks import conversion_structures as structures
from generator.browser import find_browser
from generator.cache import Cache
from generator.conversion.agreement import Prover, compare, make_examples
from generator.conversion.classifier import apply_steps, missing_steps, step_layers
from generator.conversion.convert import GRAPH, LAYERS, Conversion, convert, proving
from generator.conversion.graph import rewrite_nodes, write_graph
from generator.conversion.opened import OpenedModel, from_keras
from generator.conversion.weights import read_model_json, store_weights
from generator.errors import BuildError


@pytest.fixture(scope="module")
def prover() -> Iterator[Prover]:
    path = find_browser()
    assert path, "no Chrome or Chromium was found: `mlpages doctor` says what to do"
    with proving(Cache(), path) as prover:
        assert prover
        yield prover


def converted(
    model: Any, folder: Path, prover: Prover | None, weights: Any = "float32"
) -> tuple[Conversion, OpenedModel]:
    opened = from_keras(model, "test")
    examples = make_examples(opened)
    return convert(opened, folder, weights, "the model", prover, examples), opened


@pytest.mark.parametrize(
    ("library", "make"),
    [
        (keras, structures.branches_and_shared),
        (keras, structures.nested),
        (tf_keras, structures.nested),
        (keras, structures.several_inputs_and_outputs),
        (tf_keras, structures.depthwise_and_norm),
        (keras, structures.lstm),
        (keras, structures.gru_classic),
    ],
)
def test_both_forms_answer_in_a_browser_as_keras_does(
    library: Any, make: Any, tmp_path: Path, prover: Prover
) -> None:
    made, _ = converted(structures.spread(make(library)), tmp_path, prover)
    for form in (made.graph, made.layers):
        assert form.refused == ""
        assert form.exact is not None and form.exact < 1e-5
    assert Conversion.read(tmp_path) == made


def test_operations_that_a_browser_lacks_are_written_with_others(
    tmp_path: Path, prover: Prover
) -> None:
    L = keras.layers
    image = L.Input((9, 9, 3))
    x = L.Conv2D(4, 3, activation="hard_silu")(image)  # TensorFlow fuses a hard swish
    x = L.Conv2D(4, 3, activation="gelu")(x)  # 1 + erf becomes erfc
    x = L.Conv2D(4, 3, activation="tanh")(x)  # WebAssembly cannot fuse it
    made, _ = converted(structures.spread(keras.Model(image, L.Flatten()(x))), tmp_path, prover)
    assert made.graph.refused == "" and made.graph.missing == ""
    assert made.graph.exact is not None and made.graph.exact < 1e-5
    operations = {node["op"] for node in read_model_json(tmp_path / GRAPH)["modelTopology"]["node"]}
    assert not operations & {"_FusedHardSwish", "Erfc"}


def test_what_only_a_graph_can_do_says_why_there_is_no_layers_model(
    tmp_path: Path, prover: Prover
) -> None:
    made, _ = converted(structures.spread(structures.gru(keras)), tmp_path, prover)
    assert made.graph.exact is not None and made.graph.exact < 1e-5
    assert "'gru" in made.layers.refused and "reset_after=True" in made.layers.refused
    assert not (tmp_path / LAYERS).exists()


def test_webassembly_lacks_an_operation_and_the_report_says_so(
    tmp_path: Path, prover: Prover
) -> None:
    made, _ = converted(structures.spread(structures.attention(keras)), tmp_path, prover)
    assert made.graph.missing == "Einsum"
    assert made.graph.exact is not None and made.graph.exact < 1e-5


def test_an_operation_that_no_browser_has_is_named_with_its_layer(tmp_path: Path) -> None:
    image = keras.layers.Input((4,))
    strange = keras.layers.Lambda(lambda x: keras.ops.digitize(x, [0.0, 1.0]), name="strange")
    opened = from_keras(keras.Model(image, strange(image)), "test")
    with pytest.raises(BuildError, match=r"cannot compute Bucketize \(in '.*strange.*'\)"):
        write_graph(opened, tmp_path, "the model")


def test_a_fused_activation_becomes_a_node_of_its_own() -> None:
    fused = {"list": {"s": ["Qmlhc0FkZA==", "VGFuaA=="]}}  # BiasAdd, Tanh
    node = {"name": "n", "op": "_FusedMatMul", "input": ["x", "k", "b"], "attr": {"T": {}}}
    node["attr"] = {"T": {"type": "DT_FLOAT"}, "fused_ops": fused}
    nodes = [node]
    assert rewrite_nodes({"node": nodes}) == {}
    assert [(n["name"], n["op"], n["input"]) for n in nodes] == [
        ("n", "Tanh", ["n/linear"]),
        ("n/linear", "_FusedMatMul", ["x", "k", "b"]),
    ]
    assert nodes[1]["attr"]["fused_ops"] == {"list": {"s": ["Qmlhc0FkZA=="]}}


def kinds_of(folder: Path) -> dict[str, str]:
    manifest = read_model_json(folder)["weightsManifest"]
    return {
        entry["name"].rsplit("/", 1)[-1] + str(entry["shape"]): entry.get("quantization", {}).get(
            "dtype", entry["dtype"]
        )
        for group in manifest
        for entry in group["weights"]
    }


def make_mobile() -> Any:
    L = keras.layers
    layers = [
        L.Conv2D(8, 3, name="stem"),
        L.DepthwiseConv2D(3, name="depthwise"),
        L.Conv2D(16, 1, name="pointwise"),
        L.GlobalAveragePooling2D(),
        L.Dense(4, name="dense"),
    ]
    return structures.spread(keras.Sequential([L.Input((12, 12, 3)), *layers]))


def test_mixed_weights_are_small_where_networks_bear_it(tmp_path: Path, prover: Prover) -> None:
    made, _ = converted(make_mobile(), tmp_path, prover, "mixed")
    layers = kinds_of(tmp_path / LAYERS)
    assert layers["kernel[1, 1, 8, 16]"] == layers["kernel[16, 4]"] == "uint8"
    assert layers["kernel[3, 3, 3, 8]"] == layers["depthwise_kernel[3, 3, 8, 1]"] == "float16"
    assert layers["bias[16]"] == "float16"
    graph = kinds_of(tmp_path / GRAPH)
    assert sorted(graph.values()).count("uint8") == 2
    assert made.graph.difference is not None and 1e-5 < made.graph.difference < 0.02


@pytest.mark.parametrize(("weights", "bytes_each"), [("float16", 2), ("uint8", 1)])
def test_stored_weights_take_the_bytes_they_say(
    weights: Any, bytes_each: int, tmp_path: Path
) -> None:
    _, opened = converted(make_mobile(), tmp_path, None)
    count = sum(int(np.prod(weight.shape)) for weight in opened.keras.weights)
    store_weights(tmp_path / LAYERS, weights)
    stored = sum(file.stat().st_size for file in (tmp_path / LAYERS).glob("*.bin"))
    assert stored == count * bytes_each


def test_answers_become_probabilities() -> None:
    assert missing_steps(np.array([[0.2, 0.8]], np.float32), 2) == ()
    assert missing_steps(np.array([[3.0, -1.0, 2.0]], np.float32), 3) == ("softmax",)
    assert missing_steps(np.array([[0.9, 0.8]], np.float32), 2) == ("softmax",)
    assert missing_steps(np.array([[0.3]], np.float32), 2) == ("pair",)
    assert missing_steps(np.array([[0.3], [-4.0]], np.float32), 2) == ("sigmoid", "pair")


def test_graphs_and_layers_take_the_same_steps() -> None:
    logits = np.array([[0.3], [-4.0], [2.0]], np.float32)
    steps = missing_steps(logits, 2)
    value = tf_keras.Input((1,))
    layers = tf_keras.Model(value, step_layers(steps, value)).predict(logits, verbose=0)
    assert np.allclose(layers, apply_steps(steps, logits), atol=1e-6)
    assert np.allclose(layers[:, 1], 1 / (1 + np.exp(-logits[:, 0])), atol=1e-6)
    assert np.allclose(layers.sum(axis=1), 1)


def test_differences_are_shares_of_the_largest_output() -> None:
    one, other = [np.array([[8.0, 1.0]])], [np.array([[8.0, 1.4]])]
    assert compare(one, other) == pytest.approx(0.05)


def test_the_report_is_json(tmp_path: Path) -> None:
    converted(make_mobile(), tmp_path, None)
    report = json.loads((tmp_path / "conversion.json").read_text())
    assert report["graph"]["difference"] is None, "no browser has looked"
    assert report["inputs"][0]["shape"] == [12, 12, 3]
