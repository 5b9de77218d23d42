"""Training on several devices or machines by tf.distribute: `[train]` of a site.toml."""

from __future__ import annotations

import functools
import hashlib
import json
import os
import socket
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from generator import train
from generator.data import Dataset
from generator.errors import BuildError
from generator.models.architectures import Network
from generator.quiet import quiet

if TYPE_CHECKING:
    from tensorflow.distribute import Strategy

MULTI_WORKER = "multi_worker"
VARIABLE = "TF_CONFIG"
EXAMPLE = '{"cluster": {"worker": ["a:2222", "b:2222"]}, "task": {"type": "worker", "index": 0}}'
PATIENCE = 600.0  # seconds in which all workers have to be there
PAUSE = 0.2  # seconds between two looks whether they are


@dataclass(frozen=True)
class Worker:
    """This process among those that train together: `addresses` of all, host:port, its `index`."""

    addresses: tuple[str, ...]
    index: int

    @property
    def is_chief(self) -> bool:
        """Is it the one that keeps what they have trained, and builds the site?"""
        return self.index == 0

    def __str__(self) -> str:
        return f"worker {self.index + 1} of {len(self.addresses)}"


@dataclass(frozen=True)
class Distribution:
    """How training is spread: a strategy, and with several workers, which one this is."""

    strategy: str
    worker: Worker | None = None

    @property
    def is_chief(self) -> bool:
        """Does this process build the site?"""
        return self.worker is None or self.worker.is_chief

    @property
    def identity(self) -> dict[str, object]:
        """What a cache key has to hold: sums in another order give slightly other weights."""
        workers = len(self.worker.addresses) if self.worker else 1
        return {"strategy": self.strategy, "workers": workers}

    def start(self, plan: Sequence[Mapping[str, object]]) -> None:
        """Meet the other workers, before TensorFlow does anything else in this process.

        `plan` is what goes into each training to come. Raises BuildError when a worker does not
        come, or comes with another plan.
        """
        if self.worker:
            _meet(self.worker)
            _compare_plans(_strategy(self.strategy), plan)

    def train(
        self,
        network: Network,
        dataset: Dataset,
        settings: train.TrainSettings,
        on_epoch: train.OnEpoch | None = None,
    ) -> train.Trained:
        """Train as `train.train` does, each step's batch divided among devices and workers.

        All workers call it with the same arguments and return the same weights, in a model that
        knows of no strategy. Raises BuildError when a worker is lost.
        """
        import tensorflow as tf

        try:
            with _strategy(self.strategy).scope():
                trained = train.train(network, dataset, settings, on_epoch)
                weights = trained.model.get_weights()
        except (tf.errors.UnavailableError, tf.errors.AbortedError) as error:
            raise BuildError(
                what="another worker has stopped",
                where=f"training {network.name!r} on {dataset.name!r}",
                fix="See what it said, then start all workers again.",
            ) from error
        # Reading or saving a model of several workers needs all of them; the chief goes on alone.
        model = network.build(dataset.shape, len(dataset.classes), settings.seed)
        model.set_weights(weights)
        return replace(trained, model=model)


def read_distribution(strategy: str) -> Distribution | None:
    """Return how to train by this strategy of a site.toml: None for the empty one.

    Raises BuildError when several workers should train and TF_CONFIG does not say who they are.
    """
    if not strategy:
        return None
    return Distribution(strategy, _read_worker() if strategy == MULTI_WORKER else None)


def _read_worker() -> Worker:
    """This process's place, as TensorFlow documents TF_CONFIG: chief first, then the workers."""
    text = os.environ.get(VARIABLE, "")
    if not text:
        raise _refusal("it is not set", "nothing")
    try:
        config = json.loads(text)
    except json.JSONDecodeError as error:
        raise _refusal(f"it is not valid JSON ({error})", text) from error
    try:
        cluster, task = config["cluster"], config["task"]
        kind, index = task["type"], task["index"]
        groups = {name: tuple(cluster[name]) for name in ("chief", "worker") if name in cluster}
        own = groups[kind]
    except (KeyError, TypeError) as error:
        raise _refusal("it does not say who trains", text) from error
    addresses = (*groups.get("chief", ()), *groups.get("worker", ()))
    if not all(_is_address(address) for address in addresses):
        raise _refusal("an address is not host:port", ", ".join(map(str, addresses)))
    if not isinstance(index, int) or not 0 <= index < len(own):
        raise BuildError(
            what=f"there is no {kind} {index!r}",
            where=VARIABLE,
            expected=f"an index from 0 to {len(own) - 1}",
            found=repr(index),
        )
    first = len(groups.get("chief", ())) if kind == "worker" else 0
    return Worker(addresses, first + index)


def _is_address(value: Any) -> bool:
    host, _, port = value.rpartition(":") if isinstance(value, str) else ("", "", "")
    return bool(host) and port.isdigit() and 0 < int(port) < 65536


def _refusal(what: str, found: str) -> BuildError:
    return BuildError(what=what, where=VARIABLE, expected=f"JSON such as {EXAMPLE}", found=found)


def _meet(worker: Worker) -> None:
    """Return when each of the others has been seen at its address; raise BuildError if one is not.

    TensorFlow itself would wait for an hour, deaf to Ctrl+C, and not say for whom.
    """
    others = [address for address in worker.addresses if address != worker.addresses[worker.index]]
    deadline = time.monotonic() + PATIENCE
    with _listening(worker.addresses[worker.index]):
        while others := [address for address in others if not _answers(address)]:
            if time.monotonic() > deadline:
                raise BuildError(
                    what=f"no worker answers at {', '.join(others)}",
                    where=str(worker),
                    expected=f"all workers within {PATIENCE:.0f} seconds",
                    fix="Start the same command on each. One whose cache holds the models has "
                    "nothing to train: with --fresh on each they train again.",
                )
            time.sleep(PAUSE)


def _listening(address: str) -> socket.socket:
    both = socket.has_dualstack_ipv6()
    family = socket.AF_INET6 if both else socket.AF_INET
    try:
        port = _split(address)[1]
        return socket.create_server(("", port), family=family, dualstack_ipv6=both)
    except OSError as error:
        raise BuildError(
            what=f"its port cannot be used ({error.strerror})",
            where=f"{VARIABLE}, {address}",
            expected="a free port of this machine",
        ) from error


def _answers(address: str) -> bool:
    try:
        socket.create_connection(_split(address), timeout=1).close()
    except OSError:
        return False
    return True


def _split(address: str) -> tuple[str, int]:
    host, _, port = address.rpartition(":")
    return host.strip("[]"), int(port)


@functools.cache
def _strategy(name: str) -> Strategy:
    """TensorFlow's strategy: one for the whole process, as it allows no second cluster."""
    with quiet():
        import tensorflow as tf

        if name == MULTI_WORKER:
            return tf.distribute.MultiWorkerMirroredStrategy()
        return tf.distribute.MirroredStrategy()


def _compare_plans(strategy: Strategy, plan: Sequence[Mapping[str, object]]) -> None:
    """Workers with different plans would wait for each other's sums forever, or mix them up."""
    import tensorflow as tf

    text = json.dumps(plan, sort_keys=True, default=str)
    digest = int.from_bytes(hashlib.sha256(text.encode()).digest()[:7], "big")

    def gather() -> tf.Tensor:
        context = tf.distribute.get_replica_context()
        return context.all_gather(tf.constant([digest], tf.int64), axis=0)

    gathered = strategy.experimental_local_results(tf.function(strategy.run)(gather))[0]
    if len(set(gathered.numpy().tolist())) > 1:
        raise BuildError(
            what="the workers do not want to train the same",
            where=f"[train] strategy = {MULTI_WORKER!r}",
            expected="the same site.toml, data, versions and cached models on each",
            fix="Make them equal; with --fresh on each, caches do not count.",
        )
