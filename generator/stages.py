"""The costly stages with their caches: what goes in decides whether anything has to run."""

import importlib
import json
import shutil
from dataclasses import asdict, replace
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from generator import (
    augment,
    batches,
    convert,
    manifest,
    parity,
    png,
    sample_zip,
    sprite,
    tiles,
    train,
)
from generator.bundle import Bundle
from generator.cache import DONE, Cache, code_hash, files_hash
from generator.config import PICTURES, DataConfig, ModelConfig
from generator.data import Dataset
from generator.datasets import faces, mnist, shapes
from generator.demos.parts import ModelFiles, Parts
from generator.manifest import DataManifest, ModelInput, ModelMetadata
from generator.models import digits
from generator.progress import Stage
from generator.quiet import quiet
from generator.render import Page, render_pages
from generator.sample_zip import zip_name


def load_dataset(config: DataConfig, offline: bool) -> Dataset:
    """Load the data set that a `[data.<name>]` names, under the name it has there."""
    if config.source == "mnist":
        dataset = mnist.load(path=config.path, limit=config.limit, offline=offline)
    elif config.source == "faces":
        dataset = faces.load()
    else:
        dataset = shapes.load()
    return replace(dataset, name=config.name)


def put_sheets(
    config: DataConfig, dataset: Dataset, cache: Cache, folder: Path, stage: Stage
) -> DataManifest:
    """Write sheets, labels, manifest, and classic files or a zip of samples, into `folder`."""

    def make(out: Path) -> None:
        if config.source in PICTURES:
            tiles.write_tiles(dataset, out, stage.update)
            sample_zip.write_sample_zip(dataset, out / zip_name(dataset.classes))
            return
        sprite.write_sheets(dataset, out, stage.update)
        if config.classic:
            sprite.write_classic(dataset, out, stage.update)

    inputs = {
        "data": dataset.identity,
        "name": config.name,
        "classic": config.classic,
        "code": code_hash([sprite, png, manifest, tiles, sample_zip]),
    }
    _copy(cache.entry("sheets", inputs, make), folder)
    return DataManifest.read(folder / "manifest.json")


def train_model(config: ModelConfig, dataset: Dataset, cache: Cache, stage: Stage) -> Path:
    """Return a folder with `model.h5`, `report.json` and Keras' answers to the test images."""
    settings = train.default_settings(config.architecture)
    settings = replace(settings, seed=config.seed, epochs=config.epochs or settings.epochs)

    def make(out: Path) -> None:
        def on_epoch(epoch: int, epochs: int, logs: dict[str, float], seconds: float) -> None:
            stage.update(epoch, epochs, f"validation accuracy {logs['val_accuracy']:.4f}")

        stage.update(0, settings.epochs, "importing TensorFlow")
        with quiet():
            importlib.import_module("tf_keras")
        trained = train.train(config.architecture, dataset, settings, on_epoch)
        with quiet():
            trained.model.save(out / "model.h5", save_format="h5", include_optimizer=False)
        answers = [
            trained.model.predict_on_batch(batch.astype(np.float32) / 255)
            for batch in dataset.splits["test"].batches(1_000)
        ]
        np.save(out / "test_answers.npy", np.concatenate(answers))
        (out / "report.json").write_text(json.dumps(asdict(trained.report), indent=1))

    inputs = {
        "data": dataset.identity,
        "architecture": config.architecture,
        "settings": asdict(settings),
        "tensorflow": version("tensorflow"),
        "code": code_hash([train, augment, batches, digits]),
    }
    return cache.entry("train", inputs, make)


def put_model(
    config: ModelConfig, trained: Path, dataset: Dataset, cache: Cache, folder: Path
) -> ModelFiles:
    """Convert a trained model and write it, its metadata and the Keras file into `folder`."""
    inputs = {
        "model": files_hash([trained / "model.h5"]),
        "weights": config.weights,
        "tensorflowjs": version("tensorflowjs"),
        "code": code_hash([convert]),
    }
    entry = cache.entry(
        "convert",
        inputs,
        lambda out: convert.convert_model(trained / "model.h5", out, config.weights),
    )
    _copy(entry, folder)
    keras_file = f"{config.name}.h5"
    shutil.copyfile(trained / "model.h5", folder / keras_file)
    metadata = _metadata(config, json.loads((trained / "report.json").read_text()), dataset)
    for kind in (convert.GRAPH, convert.LAYERS):
        convert.write_metadata(folder / kind, metadata)
    return ModelFiles(
        config,
        metadata,
        keras_file,
        answers=trained / "test_answers.npy",
        graph_bytes=_size(folder / convert.GRAPH),
        layers_bytes=_size(folder / convert.LAYERS),
    )


def _metadata(config: ModelConfig, report: dict[str, Any], dataset: Dataset) -> ModelMetadata:
    height, width, channels = dataset.shape
    test = report["test"]
    return ModelMetadata(
        name=config.name,
        classes=dataset.classes,
        input=ModelInput(height, width, channels, colour="grey" if channels == 1 else "rgb"),
        data={"name": dataset.name, "title": dataset.title, "licence": dataset.licence},
        accuracy={"value": test["accuracy"], "images": test["images"], "split": "test"},
        training=report,
        converter=f"tensorflowjs {version('tensorflowjs')}",
        licence="Apache-2.0",
        weights=config.weights,
    )


def make_topology(name: str, dataset: Dataset, cache: Cache) -> dict[str, Any]:
    """Return the JSON of an architecture for this data set; refuse it if no browser trains it."""

    def make(out: Path) -> None:
        with quiet():
            model = digits.build(digits.find(name), dataset.shape, len(dataset.classes), seed=0)
        digits.check_trainable_in_browser(model)
        (out / "topology.json").write_text(json.dumps(convert.topology(model)))

    inputs = {
        "architecture": name,
        "shape": dataset.shape,
        "classes": len(dataset.classes),
        "tf_keras": version("tf_keras"),
        "code": code_hash([digits, convert]),
    }
    text = (cache.entry("topology", inputs, make) / "topology.json").read_text()
    topology: dict[str, Any] = json.loads(text)
    return topology


def prove_model(
    model: ModelFiles, dataset: Dataset, parts: Parts, cache: Cache, browser: Path | None
) -> list[parity.Parity]:
    """Compare converted models with Keras in a browser; an empty list says "not checked"."""
    name, bundle, work = model.config.name, parts.bundle, parts.folder
    worker = bundle.workers["predictor/worker.js"]
    files = [bundle.folder / file for file in (worker.file, *worker.imports, bundle.wasm)]
    for folder in (work / "models" / name, work / "data" / dataset.name):
        files += [file for file in folder.rglob("*") if file.is_file()]
    inputs = {"files": files_hash(files), "code": code_hash([parity])}
    if browser is None:
        return []
    answers: npt.NDArray[np.float32] = np.load(model.answers)

    def make(out: Path) -> None:
        for part in ("assets", "data", "models"):
            (out / part).symlink_to(work / part)
        render_pages([_parity_page(model, dataset.name, bundle)], _PARITY_SITE, bundle, out)
        labels = dataset.splits["test"].labels
        results = parity.check_parity(out, browser, model.config.weights, answers, labels, name)
        for file in list(out.iterdir()):
            file.unlink() if file.is_symlink() else shutil.rmtree(file)
        parity.write_parity(out / "parity.json", results)

    return parity.read_parity(cache.entry("parity", inputs, make) / "parity.json")


_PARITY_SITE = {"title": "Parity", "language": "en", "demos": []}


def _parity_page(model: ModelFiles, data: str, bundle: Bundle) -> Page:
    folder = f"../models/{model.config.name}"
    block = {
        "site": {"title": "Parity", "root": "../"},
        "slug": "check",
        "title": "Parity",
        "worker": f"../assets/{bundle.workers['predictor/worker.js'].file}",
        "wasm": f"../assets/{bundle.wasm}",
        "data": f"../data/{data}/manifest.json",
        "model": {
            "graph": f"{folder}/{convert.GRAPH}/model.json",
            "layers": f"{folder}/{convert.LAYERS}/model.json",
        },
    }
    script = bundle.pages["parity/page.js"].file
    return Page("parity", "check", "Parity", "", block, script=f"assets/{script}")


def _copy(entry: Path, folder: Path) -> None:
    shutil.copytree(entry, folder, dirs_exist_ok=True, ignore=shutil.ignore_patterns(DONE))


def _size(folder: Path) -> int:
    return sum(file.stat().st_size for file in folder.iterdir())
