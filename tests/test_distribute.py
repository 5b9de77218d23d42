"""Training with others: two real workers on this machine, and what they are told when it fails."""

import json
import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

from generator import distribute, train
from generator.cli import main
from generator.datasets import shapes
from generator.distribute import Distribution, Worker, read_distribution
from generator.errors import BuildError
from generator.models import digits

SITE = """
[train]
strategy = "multi_worker"
[data.shapes]
source = "shapes"
[model.shapes]
data = "shapes"
architecture = "codelab"
epochs = 2
[[demo]]
kind = "predictor"
slug = "draw"
model = "shapes"
"""
SETTINGS = train.TrainSettings(epochs=2, batch_size=120, learning_rate=1e-3, seed=1)

# `mlpages`, which also writes what each worker has trained into the file that is named first.
MLPAGES = """
import sys
import numpy as np
from generator import distribute
from generator.cli import main

file, real = sys.argv.pop(1), distribute.Distribution.train

def train(*arguments):
    trained = real(*arguments)
    np.savez(file, *trained.model.get_weights())
    return trained

distribute.Distribution.train = train
main()
"""
# A worker with a plan of its own; the first then trains, and the second has ended.
QUARREL = """
import sys
from generator.datasets import shapes
from generator.distribute import read_distribution
from generator.errors import BuildError
from generator.models import digits
from generator.train import TrainSettings

distribution = read_distribution("multi_worker")
try:
    distribution.start([{"epochs": sys.argv[1]}])
except BuildError as error:
    print(error)
if distribution.worker.index == 0:
    try:
        distribution.train(digits.find("codelab"), shapes.load(), TrainSettings(1, 120, 1e-3))
    except BuildError as error:
        print(error)
"""
PATIENCE = 120.0  # seconds after which a worker that has not ended is killed: no test hangs


def free_addresses(count: int) -> list[str]:
    """Addresses on this machine whose ports nobody uses."""
    sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    addresses = [f"127.0.0.1:{each.getsockname()[1]}" for each in sockets]
    for each in sockets:
        each.close()
    return addresses


def tf_config(addresses: list[str], index: int) -> str:
    return json.dumps(
        {"cluster": {"worker": addresses}, "task": {"type": "worker", "index": index}}
    )


def run_workers(script: str, arguments: list[list[str]], folder: Path) -> list[tuple[int, str]]:
    """Run the script once for each list of arguments, at once; return exit codes and outputs."""
    addresses = free_addresses(len(arguments))
    workers = [
        subprocess.Popen(
            [sys.executable, "-c", script, *own],
            env=os.environ
            | {
                "TF_CONFIG": tf_config(addresses, index),
                "MLPAGES_CACHE": str(folder / f"cache-{index}"),
            },
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,  # so that a browser of its own ends with it
        )
        for index, own in enumerate(arguments)
    ]
    try:
        outputs = [worker.communicate(timeout=PATIENCE)[0] for worker in workers]
        return [(worker.returncode, out) for worker, out in zip(workers, outputs, strict=True)]
    finally:
        for worker in workers:
            if worker.poll() is None:
                os.killpg(worker.pid, signal.SIGKILL)
                worker.communicate()


def weights_in(file: Path) -> list[np.ndarray]:
    with np.load(file) as arrays:
        return [arrays[name] for name in arrays.files]


def test_two_workers_train_the_same_network_and_the_chief_alone_keeps_it(tmp_path: Path) -> None:
    (tmp_path / "site.toml").write_text(SITE)
    common = ["build", "--config", str(tmp_path / "site.toml")]
    (code, chief), (other_code, other) = run_workers(
        MLPAGES,
        [
            [str(tmp_path / f"{index}.npz"), *common, "--out", str(tmp_path / f"site-{index}")]
            for index in range(2)
        ],
        tmp_path,
    )
    assert (code, other_code) == (0, 0), chief + other
    assert "Workers (worker 1 of 2)" in chief
    assert (
        "This worker 2 of 2 has trained shapes with the others. Worker 1, the chief, builds the "
        "site.\n" in other
    )
    assert "Traceback" not in chief + other and "WARNING" not in chief + other
    assert (tmp_path / "site-0/models/shapes/shapes.h5").is_file()
    assert not (tmp_path / "site-1").exists()
    assert len(list(tmp_path.glob("cache-0/train/*"))) == 1
    assert not (tmp_path / "cache-1/train").exists()
    first, second = (weights_in(tmp_path / f"{index}.npz") for index in range(2))
    assert all(np.array_equal(one, two) for one, two in zip(first, second, strict=True))
    # A batch is that of both together: one machine gets the same, but for the order of sums.
    alone = train.train(digits.find("codelab"), shapes.load(), SETTINGS).model.get_weights()
    for one, two in zip(first, alone, strict=True):
        np.testing.assert_allclose(one, two, atol=1e-5)


def test_workers_are_told_of_other_plans_and_of_one_that_has_gone(tmp_path: Path) -> None:
    (code, first), (other_code, second) = run_workers(QUARREL, [["2"], ["3"]], tmp_path)
    assert (code, other_code) == (0, 0), first + second
    for said in (first, second):
        assert "the workers do not want to train the same; expected the same site.toml" in said
    assert "training 'codelab' on 'shapes': another worker has stopped. See what it said" in first


def test_mirrored_training_on_one_device_is_plain_training() -> None:
    network, dataset = digits.find("codelab"), shapes.load()
    mirrored = Distribution("mirrored").train(network, dataset, SETTINGS)
    plain = train.train(network, dataset, SETTINGS)
    assert mirrored.report == plain.report
    for one, two in zip(mirrored.model.get_weights(), plain.model.get_weights(), strict=True):
        np.testing.assert_allclose(one, two, atol=1e-6)


def test_serve_does_not_train_with_several_workers(tmp_path: Path) -> None:
    (tmp_path / "site.toml").write_text(SITE)
    result = CliRunner().invoke(
        main, ["serve", "--port", "0", "--config", str(tmp_path / "site.toml")]
    )
    assert result.exit_code == 1
    assert "Run `mlpages build` on each worker, then `mlpages serve --no-build`" in result.output


def test_without_a_strategy_nothing_is_distributed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TF_CONFIG", "of somebody else")
    assert read_distribution("") is None
    assert read_distribution("mirrored") == Distribution("mirrored")


def test_a_chief_of_its_own_comes_before_the_workers(monkeypatch: pytest.MonkeyPatch) -> None:
    cluster = {"chief": ["a:1"], "worker": ["b:1", "c:1"]}
    for task, index in (({"type": "chief", "index": 0}, 0), ({"type": "worker", "index": 1}, 2)):
        monkeypatch.setenv("TF_CONFIG", json.dumps({"cluster": cluster, "task": task}))
        found = read_distribution("multi_worker")
        assert found and found.worker == Worker(("a:1", "b:1", "c:1"), index)
        assert found.is_chief == (index == 0)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", r'TF_CONFIG: it is not set; expected JSON such as \{"cluster".*, found nothing\.'),
        ("worker 0", r"TF_CONFIG: it is not valid JSON \(Expecting value.*, found worker 0\."),
        ("[]", r"it does not say who trains; expected JSON such as"),
        ('{"cluster": {"worker": ["a:1"]}}', r"it does not say who trains"),
        (tf_config(["here"], 0), r"an address is not host:port; .*, found here\."),
        (
            tf_config(["a:1", "b:1"], 2),
            r"TF_CONFIG: there is no worker 2; expected an index from 0 to 1, found 2\.",
        ),
        (tf_config(["a:1", "b:1"], -1), r"there is no worker -1"),
    ],
)
def test_a_tf_config_that_says_nothing_useful_is_refused(
    text: str, message: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TF_CONFIG", text)
    with pytest.raises(BuildError, match=message):
        read_distribution("multi_worker")


def test_a_worker_that_does_not_come_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(distribute, "PATIENCE", 0.3)
    own, other = free_addresses(2)
    alone = Distribution("multi_worker", Worker((own, other), 0))
    with pytest.raises(BuildError, match=rf"worker 1 of 2: no worker answers at {other}; expected"):
        alone.start([{}])


def test_a_port_that_is_taken_is_named() -> None:
    with socket.create_server(("", 0)) as taken:
        own = f"127.0.0.1:{taken.getsockname()[1]}"
        alone = Distribution("multi_worker", Worker((own, "127.0.0.1:1"), 0))
        with pytest.raises(BuildError, match=rf"TF_CONFIG, {own}: its port cannot be used"):
            alone.start([{}])
