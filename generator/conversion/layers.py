"""A Keras model -> a TensorFlow.js layers model, which can be looked into and trained."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from generator.conversion.agreement import LARGEST_DIFFERENCE, compare
from generator.conversion.classifier import Step, step_layers
from generator.conversion.layer_rules import NoLayersModel
from generator.conversion.opened import Arrays, OpenedModel, from_keras
from generator.conversion.twin import make_twin
from generator.conversion.weights import hash_names, read_model_json, write_model_json
from generator.quiet import quiet


def write_layers(opened: OpenedModel, folder: Path, examples: Arrays, expected: Arrays) -> None:
    """Write a layers model, float32; `expected` is what the model answers to the examples.

    Raises NoLayersModel, naming layers, when TensorFlow.js has no such layers, or when what they
    are written with does not compute the same.
    """
    if opened.keras is None:
        raise NoLayersModel(opened.no_keras)
    with quiet():
        import tensorflowjs as tfjs

        twin = _with_steps(make_twin(opened.keras), opened.steps)
        answers = from_keras(twin, "twin").predict(examples)
        difference = compare(answers, expected)
        if difference > LARGEST_DIFFERENCE:
            raise NoLayersModel(
                f"written with layers that TensorFlow.js knows, it answers differently (by "
                f"{difference:.1e} of its largest output)"
            )
        tfjs.converters.save_keras_model(twin, str(folder))
    _mend_settings(folder)
    hash_names(folder)


def _with_steps(twin: Any, steps: Sequence[Step]) -> Any:
    from tf_keras import Model

    return (
        Model(twin.inputs, step_layers(steps, twin.outputs[0]), name=twin.name) if steps else twin
    )


def stored_answers(folder: Path, examples: Arrays) -> Arrays:
    """Keras' answers with the weights that a written layers model stores, rounded as they are."""
    with quiet():
        from tensorflowjs.converters import load_keras_model

        return from_keras(load_keras_model(str(folder / "model.json")), "stored").predict(examples)


def _mend_settings(folder: Path) -> None:
    """Leave out settings of a SeparableConv2D that Keras writes and TensorFlow.js refuses."""
    model = read_model_json(folder)
    for layer in model["modelTopology"]["model_config"]["config"]["layers"]:
        if layer["class_name"] == "SeparableConv2D":
            for part in ("initializer", "regularizer", "constraint"):
                layer["config"].pop(f"kernel_{part}", None)
    write_model_json(folder, model)


def topology(model: Any) -> dict[str, Any]:
    """Return a Keras 2 model's architecture as the JSON that TF.js' `models` read.

    Without weights: the trainer page makes its own from the visitor's seed.
    """
    plain: dict[str, Any] = json.loads(model.to_json())
    return plain
