"""The costly stages with their caches: what goes in decides whether anything has to run."""

import importlib
import json
import shutil
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from generator import (
    augment,
    batches,
    distribute,
    manifest,
    parity,
    png,
    proof,
    sample_zip,
    sprite,
    tiles,
    train,
)
from generator.cache import DONE, Cache, code_hash, files_hash
from generator.config import PICTURE, DataConfig, ModelConfig
from generator.conversion import convert as conversion
from generator.conversion import layers
from generator.conversion import modules as conversion_modules
from generator.conversion.agreement import make_examples
from generator.conversion.convert import GRAPH, LAYERS, Conversion
from generator.conversion.model_file import open_model
from generator.data import Dataset
from generator.datasets import faces, idx, mnist, npz, shapes
from generator.datasets.folder import load as load_folder
from generator.demos.parts import ModelFiles, Parts
from generator.distribute import Distribution
from generator.errors import BuildError
from generator.manifest import DataManifest, ModelInput, ModelMetadata
from generator.models import digits
from generator.models.architectures import Network
from generator.progress import Stage
from generator.proof import write_proof
from generator.quiet import quiet
from generator.sample_zip import zip_name

TILED = 200  # of large images, how many prove a model
PIXELS_FILE = "pixels.bin"


@dataclass(frozen=True)
class Loaded:
    """A data set, sentences on what was left out of it, and the whole list of unreadable files."""

    dataset: Dataset
    notes: tuple[str, ...] = ()
    unreadable: str = ""


def load_dataset(config: DataConfig, offline: bool, cache: Cache, stage: Stage) -> Loaded:
    """Load the data set that a `[data.<name>]` names."""
    if config.source == "mnist":
        dataset = mnist.load(path=config.path, limit=config.limit, offline=offline)
    elif config.source == "faces":
        dataset = faces.load()
    elif config.source == "shapes":
        dataset = shapes.load()
    else:
        return _load_own(config, cache, stage)
    return Loaded(replace(dataset, name=config.name))


def _load_own(config: DataConfig, cache: Cache, stage: Stage) -> Loaded:
    """A data set that the user brings: its words come from site.toml, too."""
    assert config.path, "site.toml was not checked"
    notes: tuple[str, ...] = ()
    unreadable = ""
    if config.source == "folder":
        found = load_folder(
            config.path,
            name=config.name,
            size=config.size,
            colour=config.colour,
            seed=config.seed,
            limit=config.limit,
            cache=cache,
            progress=stage.update,
        )
        dataset, notes, unreadable = found.dataset, found.notes, found.unreadable_text
    elif config.source == "npz":
        dataset = npz.load(
            config.path,
            name=config.name,
            classes=config.classes,
            limit=config.limit,
            seed=config.seed,
            cache=cache,
        )
    else:
        dataset = idx.load(
            config.path,
            name=config.name,
            classes=config.classes,
            limit=config.limit,
            seed=config.seed,
            transposed=config.transposed,
            cache=cache,
        )
    dataset = replace(
        dataset,
        title=config.title or dataset.title,
        licence=config.licence or "not stated",
        source=config.credit or "not stated",
        drawn=config.drawn,
    )
    return Loaded(dataset, notes, unreadable)


def put_sheets(
    config: DataConfig, dataset: Dataset, cache: Cache, folder: Path, stage: Stage
) -> DataManifest:
    """Write sheets, labels, manifest, and classic files or a zip of samples, into `folder`."""

    def make(out: Path) -> None:
        if max(dataset.shape[:2]) >= PICTURE:
            tiles.write_tiles(dataset, out, stage.update)
            sample_zip.write_sample_zip(dataset, out / zip_name(dataset.classes))
            return
        sprite.write_sheets(dataset, out, stage.update)
        if config.classic:
            sprite.write_classic(dataset, out, stage.update)

    inputs = {
        "data": dataset.identity,
        "name": config.name,
        "words": [dataset.title, dataset.licence, dataset.source, dataset.classes],
        "drawn": dataset.drawn,
        "classic": config.classic,
        "code": code_hash([sprite, png, manifest, tiles, sample_zip]),
    }
    _copy(cache.entry("sheets", inputs, make), folder)
    return DataManifest.read(folder / "manifest.json")


def train_model(
    config: ModelConfig,
    network: Network,
    dataset: Dataset,
    distribution: Distribution | None,
    cache: Cache,
    stage: Stage,
) -> Path:
    """Return a folder with `model.h5`, `report.json` and Keras' answers to the test images."""

    def make(out: Path) -> None:
        trained = run_training(config, network, dataset, distribution, stage)
        with quiet():
            trained.model.save(out / "model.h5", save_format="h5", include_optimizer=False)
        answers = [
            trained.model.predict_on_batch(batch.astype(np.float32) / 255)
            for batch in dataset.splits["test"].batches(1_000)
        ]
        np.save(out / "test_answers.npy", np.concatenate(answers))
        (out / "report.json").write_text(json.dumps(asdict(trained.report), indent=1))

    return cache.entry("train", _training_inputs(config, network, dataset, distribution), make)


def run_training(
    config: ModelConfig,
    network: Network,
    dataset: Dataset,
    distribution: Distribution | None,
    stage: Stage,
) -> train.Trained:
    """Train, here or with others, and keep nothing."""
    settings = _settings(config, dataset)

    def on_epoch(epoch: int, epochs: int, logs: dict[str, float], seconds: float) -> None:
        stage.update(epoch, epochs, f"validation accuracy {logs['val_accuracy']:.4f}")

    stage.update(0, settings.epochs, "importing TensorFlow")
    with quiet():
        importlib.import_module("tf_keras")
    run = distribution.train if distribution else train.train
    return run(network, dataset, settings, on_epoch)


def start_training(
    models: Mapping[str, ModelConfig],
    networks: Mapping[str, Network],
    datasets: Mapping[str, Dataset],
    distribution: Distribution,
    cache: Cache,
) -> list[str]:
    """Return the names of the models to train; if there are any, the other workers are met."""
    plan: dict[str, dict[str, object]] = {}
    for name, model in models.items():
        if not model.path:
            network, dataset = networks[model.architecture], datasets[model.data]
            inputs = _training_inputs(model, network, dataset, distribution)
            # Of two that are the same one is trained: the other finds it in the cache.
            if not cache.has("train", inputs) and inputs not in plan.values():
                plan[name] = inputs
    if plan:
        distribution.start(list(plan.values()))
    return list(plan)


def _training_inputs(
    config: ModelConfig, network: Network, dataset: Dataset, distribution: Distribution | None
) -> dict[str, object]:
    inputs: dict[str, object] = {
        "data": dataset.identity,
        "architecture": config.architecture,
        "settings": asdict(_settings(config, dataset)),
        "tensorflow": version("tensorflow"),
        "code": code_hash([train, augment, batches]),
        "network": network.code,
    }
    if distribution:
        inputs |= {**distribution.identity, "distribute": code_hash([distribute])}
    return inputs


def _settings(config: ModelConfig, dataset: Dataset) -> train.TrainSettings:
    """What site.toml says, and for the rest what suits the network and the data."""
    settings = train.default_settings(config.architecture, dataset)
    augment_by = settings.augment
    if config.augment is not None:
        augment_by = augment.usual(dataset.drawn) if config.augment else None
    return replace(
        settings,
        seed=config.seed,
        epochs=config.epochs or settings.epochs,
        batch_size=config.batch_size or settings.batch_size,
        learning_rate=config.learning_rate or settings.learning_rate,
        augment=augment_by,
    )


def put_model(
    config: ModelConfig, trained: Path, dataset: Dataset, cache: Cache, folder: Path
) -> ModelFiles:
    """Convert a trained model and write it, its metadata and the Keras file into `folder`."""
    inputs = {
        "model": files_hash([trained / "model.h5"]),
        "weights": config.weights,
        "tensorflowjs": version("tensorflowjs"),
        "code": code_hash(conversion_modules()),
    }

    def make(out: Path) -> None:
        with quiet(), open_model(trained / "model.h5") as opened:
            where, examples = f"[model.{config.name}]", make_examples(opened)
            # What it answers is compared on the test images, in the page that asks it.
            made = conversion.convert(opened, out, config.weights, where, None, examples)
        if made.graph.refused:
            raise BuildError(
                what=f"there is no graph model of it ({made.graph.refused})",
                where=where,
                expected="a network whose operations TensorFlow.js has",
                fix="Change the network.",
            )

    entry = cache.entry("convert", inputs, make)
    made = Conversion.read(entry)
    _copy(entry, folder)
    keras_file = f"{config.name}.h5"
    shutil.copyfile(trained / "model.h5", folder / keras_file)
    metadata = _metadata(config, json.loads((trained / "report.json").read_text()), dataset)
    conversion.describe_forms(folder, metadata)
    return ModelFiles(
        config,
        metadata,
        keras_file,
        answers=trained / "test_answers.npy",
        graph_bytes=made.graph.bytes,
        layers_bytes=made.layers.bytes,
    )


def _metadata(config: ModelConfig, report: dict[str, Any], dataset: Dataset) -> ModelMetadata:
    height, width, channels = dataset.shape
    test = report["test"]
    return ModelMetadata(
        name=config.name,
        classes=dataset.classes,
        input=ModelInput(
            height,
            width,
            channels,
            colour="grey" if channels == 1 else "rgb",
            resize="mnist" if dataset.drawn else "centre-crop",
        ),
        data={"name": dataset.name, "title": dataset.title, "licence": dataset.licence},
        accuracy={"value": test["accuracy"], "images": test["images"], "split": "test"},
        training=report,
        converter=f"tensorflowjs {version('tensorflowjs')}",
        licence="Apache-2.0",
        weights=config.weights,
    )


def make_topology(network: Network, dataset: Dataset, cache: Cache) -> dict[str, Any]:
    """Return the JSON of an architecture for this data set; refuse it if no browser trains it."""

    largest = max(dataset.shape[:2])
    if largest >= PICTURE:
        raise BuildError(
            what="the images are too large to train on from nothing in a page",
            where=f"[data.{dataset.name}]",
            expected=f"images below {PICTURE} pixels a side",
            found=f"{largest} pixels",
            fix='Make them smaller (a folder: size = 64), or use kind = "transfer".',
        )

    def make(out: Path) -> None:
        with quiet():
            model = network.build(dataset.shape, len(dataset.classes), seed=0)
        digits.check_trainable_in_browser(model, network.name)
        (out / "topology.json").write_text(json.dumps(layers.topology(model)))

    inputs = {
        "architecture": network.name,
        "shape": dataset.shape,
        "classes": len(dataset.classes),
        "tf_keras": version("tf_keras"),
        "code": code_hash([digits, layers]),
        "network": network.code,
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
    inputs = {"files": files_hash(files), "code": code_hash([parity, proof])}
    if browser is None:
        return []
    assert model.answers, "there is nothing to compare with"
    answers: npt.NDArray[np.float32] = np.load(model.answers)
    labels = dataset.splits["test"].labels
    kinds = ("graph", "layers") if model.layers_bytes else ("graph",)
    # Tiles are WebP, which is lossy: the proof wants the very pixels that Keras had.
    exact = parts.manifests[dataset.name].layout == "tiles"
    if exact:
        answers, labels = answers[:TILED], labels[:TILED]

    def make(out: Path) -> None:
        for part in ("assets", "data", "models"):
            (out / part).symlink_to(work / part)
        page = write_proof(
            out,
            bundle,
            "parity/page.js",
            "predictor/worker.js",
            data=f"../data/{dataset.name}/manifest.json",
            pixels=PIXELS_FILE if exact else None,
            model=_models_to_prove(model),
        )
        if exact:
            pixels = dataset.splits["test"].images[: len(answers)]
            (page / PIXELS_FILE).write_bytes(pixels.tobytes())
        weights = model.config.weights
        results = parity.check_parity(out, browser, weights, answers, labels, name, kinds)
        for file in list(out.iterdir()):
            file.unlink() if file.is_symlink() else shutil.rmtree(file)
        parity.write_parity(out / "parity.json", results)

    return parity.read_parity(cache.entry("parity", inputs, make) / "parity.json")


def _models_to_prove(model: ModelFiles) -> dict[str, str | None]:
    folder = f"../models/{model.config.name}"
    return {
        "graph": f"{folder}/{GRAPH}/model.json",
        "layers": f"{folder}/{LAYERS}/model.json" if model.layers_bytes else None,
    }


def _copy(entry: Path, folder: Path) -> None:
    shutil.copytree(
        entry, folder, dirs_exist_ok=True, ignore=shutil.ignore_patterns(DONE, conversion.REPORT)
    )
