"""A model that a user brings: opened, converted and proved, and described for the pages."""

import shutil
import sys
from dataclasses import replace
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np

from generator.cache import DONE, Cache, code_hash, files_hash
from generator.config import ModelConfig
from generator.conversion import convert as conversion
from generator.conversion import modules as conversion_modules
from generator.conversion.agreement import EXAMPLES, make_examples
from generator.conversion.convert import GRAPH, LAYERS, Conversion
from generator.conversion.images import (
    RANGES,
    Classifier,
    as_classifier,
    describe_classifier,
    describe_model,
)
from generator.conversion.model_file import open_model
from generator.conversion.opened import Arrays, OpenedModel
from generator.data import Dataset
from generator.demos.parts import ModelFiles
from generator.errors import BuildError
from generator.manifest import ModelMetadata
from generator.parity import Parity
from generator.progress import Stage
from generator.quiet import quiet

ANSWERS = "test_answers.npy"
MADE_UP = "made_up.npz"
KERAS_FILES = (".keras", ".h5", ".hdf5")


def put_brought_model(
    config: ModelConfig,
    dataset: Dataset | None,
    cache: Cache,
    folder: Path,
    browser: Path | None,
    stage: Stage,
) -> ModelFiles:
    """Convert the model at `config.path` and write it, with its metadata, into `folder`.

    It has to take one image and to answer with one number for each class. With a data set it is
    tested on the test images. Raises BuildError when it is no such model, does not fit the data
    set, or has no graph model.
    """
    assert config.path
    where = f"[model.{config.name}]"

    def make(out: Path) -> None:
        stage.update(0, 2, "importing TensorFlow")
        with quiet(), open_model(config.path, config.trust) as opened:  # type: ignore[arg-type]
            found = _examine(opened, config, dataset, where)
            examples = make_examples(opened, RANGES[found.pixels])
            model, found = as_classifier(opened, found, examples)
            stage.update(1, 2, "converting")
            with conversion.proving(cache, browser) as prover:
                made = conversion.convert(model, out, config.weights, where, prover, examples)
            if made.graph.refused:
                raise _no_graph(made, where)
            if dataset:
                np.save(out / ANSWERS, _answers(model, dataset, found))
            else:
                _write_made_up(model, found, examples, out / MADE_UP)
        found.write(out)

    source = _files(config.path)
    inputs = {
        "model": files_hash(source),
        "settings": [config.weights, config.trust, _class_names(config, dataset), config.pixels],
        "data": dataset.identity if dataset else "",
        "checked": browser is not None,
        "versions": [version(name) for name in ("tensorflow", "tensorflowjs", "keras", "tf_keras")],
        "code": code_hash([*conversion_modules(), sys.modules[__name__]]),
    }
    entry = cache.entry("brought", inputs, make)
    found = Classifier.read(entry)
    made = Conversion.read(entry)
    for kind in (GRAPH, LAYERS):
        if (entry / kind).is_dir():
            shutil.copytree(
                entry / kind, folder / kind, ignore=shutil.ignore_patterns(DONE), dirs_exist_ok=True
            )
    answers = entry / ANSWERS if dataset else None
    metadata = _metadata(config, dataset, made, found, answers)
    conversion.describe_forms(folder, metadata)
    keras_file = ""
    if config.path.suffix in KERAS_FILES:
        keras_file = f"{config.name}{config.path.suffix}"
        shutil.copyfile(config.path, folder / keras_file)
    return ModelFiles(
        config,
        metadata,
        keras_file,
        answers,
        graph_bytes=made.graph.bytes,
        layers_bytes=made.layers.bytes,
        conversion=made,
        made_up=None if dataset else entry / MADE_UP,
    )


def parity_of(made: Conversion) -> list[Parity]:
    """What the proof of a conversion found, as the report shows it; empty where none was made."""
    forms = {"graph": made.graph, "layers": made.layers}
    return [
        Parity(name, EXAMPLES, form.difference, None, None)
        for name, form in forms.items()
        if form.difference is not None
    ]


def _files(path: Path) -> list[Path]:
    if path.is_file() and path.name != "model.json":
        return [path]
    folder = path if path.is_dir() else path.parent
    return [file for file in folder.rglob("*") if file.is_file()]


def _class_names(config: ModelConfig, dataset: Dataset | None) -> tuple[str, ...]:
    """The names that site.toml or the data set give; empty where the model's own hold."""
    return config.classes or (dataset.classes if dataset else ())


def _examine(
    opened: OpenedModel, config: ModelConfig, dataset: Dataset | None, where: str
) -> Classifier:
    """Find out how the model is asked; raise BuildError where it does not fit its data set."""
    named = _class_names(config, dataset) or opened.classes
    found = describe_classifier(opened, named, config.pixels, where)
    if dataset and dataset.shape != found.shape:
        raise BuildError(
            what="the model and its data set do not fit",
            where=f"{where}, data",
            expected=f"images of {' x '.join(map(str, found.shape))}",
            found=f"{' x '.join(map(str, dataset.shape))} in {dataset.name}",
            fix="Name another data set, or change its size and colour.",
        )
    if dataset and len(found.classes) != len(dataset.classes):
        raise BuildError(
            what="the model and its data set have different classes",
            where=f"{where}, data",
            expected=f"{len(found.classes)} classes: {', '.join(found.classes[:8])}",
            found=f"{len(dataset.classes)}: {', '.join(dataset.classes[:8])}",
        )
    return found


def _answers(model: OpenedModel, dataset: Dataset, facts: Classifier) -> Any:
    """Keras' probabilities of the test images, float32 [n, classes]."""
    scale, offset = RANGES[facts.pixels]
    batches = dataset.splits["test"].batches(256)
    return np.concatenate(
        [model.predict([batch.astype(np.float32) * scale + offset])[0] for batch in batches]
    ).astype(np.float32)


def _write_made_up(model: OpenedModel, found: Classifier, examples: Arrays, file: Path) -> None:
    """Images that are there when there is no data set, uint8, and the model's answers to them."""
    scale, offset = RANGES[found.pixels]
    pixels = np.round((np.asarray(examples[0]) - offset) / scale).astype(np.uint8)
    np.savez(file, pixels=pixels, answers=model.predict(examples)[0].astype(np.float32))


def _no_graph(made: Conversion, where: str) -> BuildError:
    return BuildError(
        what=f"there is no graph model of it ({made.graph.refused})",
        where=where,
        expected="a model whose operations TensorFlow.js has",
        fix="`mlpages convert` writes its layers model, for a page of your own.",
    )


def _metadata(
    config: ModelConfig,
    dataset: Dataset | None,
    made: Conversion,
    found: Classifier,
    answers: Path | None,
) -> ModelMetadata:
    metadata = describe_model(config.name, found, made, config.drawn)
    if dataset and answers:
        labels = dataset.splits["test"].labels
        right = float((np.load(answers).argmax(1) == labels).mean())
        metadata = replace(
            metadata,
            input=replace(metadata.input, resize="mnist" if dataset.drawn else "centre-crop"),
            data={"name": dataset.name, "title": dataset.title, "licence": dataset.licence},
            accuracy={"value": right, "images": len(labels), "split": "test"},
        )
    return replace(metadata, licence=config.licence or "not stated")
