"""Train a network on a data set at build time: seeded, on the CPU, and scored on unseen images."""

from __future__ import annotations

import platform
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from math import ceil, isfinite
from typing import TYPE_CHECKING

import numpy as np

from generator.augment import Augmentation, usual
from generator.batches import plain_batches, training_batches
from generator.data import Dataset, SplitName
from generator.errors import BuildError
from generator.models.architectures import Network

if TYPE_CHECKING:
    from tf_keras import Model
    from tf_keras.callbacks import Callback
    from tf_keras.optimizers import Optimizer

# Called after each epoch with its number (from 1), their total, loss and accuracy on the training
# and validation images ("loss", "accuracy", "val_loss", "val_accuracy"), and the epoch's seconds.
OnEpoch = Callable[[int, int, dict[str, float], float], None]


@dataclass(frozen=True)
class TrainSettings:
    """How to train. `augment` is None for images as they are.

    With `one_cycle` the learning rate climbs to `learning_rate` in the first fifth of the run and
    falls to zero along a cosine; without it, it stays.
    """

    epochs: int
    batch_size: int
    learning_rate: float
    seed: int = 0
    augment: Augmentation | None = None
    one_cycle: bool = False
    label_smoothing: float = 0.0

    def __post_init__(self) -> None:
        for name in ("epochs", "batch_size", "learning_rate"):
            if getattr(self, name) <= 0:
                raise BuildError(
                    what=f"{name} is out of range",
                    where="training settings",
                    expected="a number above 0",
                    found=str(getattr(self, name)),
                )


# The classic networks train as their tutorials do; a test holds this list to the architectures.
DEFAULTS = {
    "codelab": TrainSettings(epochs=10, batch_size=512, learning_rate=1e-3),
    "course": TrainSettings(epochs=10, batch_size=512, learning_rate=1e-3),
    "accurate": TrainSettings(
        epochs=16,
        batch_size=128,
        learning_rate=8e-3,
        augment=Augmentation(),
        one_cycle=True,
        label_smoothing=0.05,
    ),
}


# A network of the user's own, of which nothing is known.
OWN = TrainSettings(epochs=10, batch_size=128, learning_rate=1e-3)
LEAST_BATCH = 8
LEAST_STEPS = 300


@dataclass(frozen=True)
class Score:
    """The share of a split's images that the model names right."""

    split: SplitName
    images: int
    accuracy: float


@dataclass(frozen=True)
class TrainReport:
    """What the same inputs on the same machine always give; no times in here."""

    architecture: str
    data: str
    parameters: int
    train_images: int
    settings: TrainSettings
    validation: Score
    test: Score
    versions: dict[str, str]


@dataclass(frozen=True)
class Trained:
    model: Model
    report: TrainReport
    epoch_seconds: tuple[float, ...]
    seconds: float


def train(
    network: Network,
    dataset: Dataset,
    settings: TrainSettings | None = None,
    on_epoch: OnEpoch | None = None,
) -> Trained:
    """Train for a fixed number of epochs on the training split and score the result.

    No decision looks at the validation or test images: the weights are those of the last epoch.
    The training split is held in memory as uint8. Raises BuildError for a split
    without images, or a loss that is not a number.
    """
    import tf_keras

    settings = settings or default_settings(network.name, dataset)
    _check(dataset)
    started = time.perf_counter()
    tf_keras.utils.set_random_seed(settings.seed)
    model = network.build(dataset.shape, len(dataset.classes), settings.seed)
    epoch_seconds = _fit(model, dataset, settings, on_epoch)
    report = TrainReport(
        architecture=network.name,
        data=dataset.name,
        parameters=model.count_params(),
        train_images=len(dataset.splits["train"]),
        settings=settings,
        validation=score(model, dataset, "validation"),
        test=score(model, dataset, "test"),
        versions=_versions(),
    )
    return Trained(model, report, epoch_seconds, time.perf_counter() - started)


def default_settings(name: str, dataset: Dataset) -> TrainSettings:
    """Return how a network is trained on a data set, unless one says otherwise.

    Strokes are varied where there are any. A batch holds at most a tenth of the images, and few
    images are shown in more epochs, so that they are enough steps, too.
    """
    settings, images = DEFAULTS.get(name, OWN), len(dataset.splits["train"])
    batch = min(settings.batch_size, max(LEAST_BATCH, images // 10))
    epochs = max(settings.epochs, ceil(LEAST_STEPS / max(1, images // batch)))
    varied = usual(dataset.drawn) if settings.augment else None
    return replace(settings, epochs=epochs, batch_size=batch, augment=varied)


def score(model: Model, dataset: Dataset, split: SplitName) -> Score:
    """Return the model's accuracy on a split, read a batch at a time."""
    import tensorflow as tf

    names, labels = [], dataset.splits[split].labels
    for batch in dataset.splits[split].batches(1_000):
        probabilities = model(tf.cast(batch, tf.float32) / 255, training=False)
        names.append(np.argmax(probabilities.numpy(), axis=1))
    right = int(np.sum(np.concatenate(names) == labels))
    return Score(split, len(labels), right / len(labels))


def _fit(
    model: Model, dataset: Dataset, settings: TrainSettings, on_epoch: OnEpoch | None
) -> tuple[float, ...]:
    """Train the model in place; return the seconds that each epoch took."""
    from tf_keras.losses import CategoricalCrossentropy

    split, classes = dataset.splits["train"], len(dataset.classes)
    batch = min(settings.batch_size, len(split))
    steps = len(split) // batch
    seconds: list[float] = []
    model.compile(
        optimizer=_optimizer(settings, steps),
        loss=CategoricalCrossentropy(label_smoothing=settings.label_smoothing),
        metrics=["accuracy"],
    )
    model.fit(
        training_batches(split, classes, batch, settings.epochs, settings.seed, settings.augment),
        epochs=settings.epochs,
        steps_per_epoch=steps,
        validation_data=plain_batches(dataset.splits["validation"], classes),
        callbacks=[_watch(settings, on_epoch, seconds, f"{model.name!r} on {dataset.name!r}")],
        verbose=0,
    )
    return tuple(seconds)


def _watch(
    settings: TrainSettings, on_epoch: OnEpoch | None, seconds: list[float], what: str
) -> Callback:
    """Time each epoch, tell `on_epoch`, and stop a run whose loss is no longer a number."""
    from tf_keras.callbacks import LambdaCallback

    started = 0.0

    def begin(_epoch: int, _logs: dict[str, float]) -> None:
        nonlocal started
        started = time.perf_counter()

    def end(epoch: int, logs: dict[str, float]) -> None:
        seconds.append(time.perf_counter() - started)
        if not isfinite(logs["loss"]):
            raise BuildError(
                what=f"the loss is no number after epoch {epoch + 1}: training diverged",
                where=f"training {what}",
                fix=f"Use a learning rate below {settings.learning_rate}.",
            )
        if on_epoch:
            on_epoch(epoch + 1, settings.epochs, dict(logs), seconds[-1])

    return LambdaCallback(on_epoch_begin=begin, on_epoch_end=end)


def _optimizer(settings: TrainSettings, steps: int) -> Optimizer:
    from tf_keras.optimizers import Adam
    from tf_keras.optimizers.schedules import CosineDecay

    if not settings.one_cycle:
        return Adam(settings.learning_rate)
    total = steps * settings.epochs
    climb = total // 5
    return Adam(
        CosineDecay(
            initial_learning_rate=settings.learning_rate / 25,
            warmup_target=settings.learning_rate,
            warmup_steps=climb,
            decay_steps=total - climb,
        )
    )


def _check(dataset: Dataset) -> None:
    for name, split in dataset.splits.items():
        if not len(split):
            raise BuildError(
                what="there are no images to train or score with",
                where=f"data set {dataset.name!r}, split {name!r}",
                expected="at least one image",
                found="none",
            )


def _versions() -> dict[str, str]:
    import tensorflow as tf
    import tf_keras

    return {
        "python": platform.python_version(),
        "tensorflow": tf.__version__,
        "tf_keras": tf_keras.__version__,
    }
