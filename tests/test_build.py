import hashlib
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from generator.build import Options, build_site
from generator.config import load_config
from generator.errors import BuildError
from generator.links import check_links
from generator.parity import Parity, _refuse_drift
from generator.progress import Reporter

SHAPES = """
[data.shapes]
source = "shapes"
[model.shapes]
data = "shapes"
architecture = "codelab"
epochs = 4
weights = "{weights}"
[[demo]]
kind = "predictor"
slug = "draw"
model = "shapes"
"""


def build(folder: Path, weights: str = "float32") -> Path:
    folder.mkdir(exist_ok=True)
    (folder / "site.toml").write_text(SHAPES.format(weights=weights))
    out = folder / "site"
    build_site(load_config(folder / "site.toml"), Options(out), Reporter())
    return out


def digest(site: Path) -> dict[str, str]:
    return {
        file.relative_to(site).as_posix(): hashlib.sha256(file.read_bytes()).hexdigest()
        for file in sorted(site.rglob("*"))
        if file.is_file()
    }


def test_the_same_inputs_give_the_same_bytes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MLPAGES_CACHE", str(tmp_path / "cache-1"))
    first = digest(build(tmp_path / "a"))
    monkeypatch.setenv("MLPAGES_CACHE", str(tmp_path / "cache-2"))
    assert digest(build(tmp_path / "b")) == first


@pytest.mark.parametrize(
    ("weights", "largest", "ratio"), [("float32", 1e-4, 1), ("float16", 0.01, 2), ("uint8", 0.3, 4)]
)
def test_each_kind_of_weights_answers_in_the_browser(
    tmp_path: Path, weights: str, largest: float, ratio: int
) -> None:
    site = build(tmp_path, weights)
    model = json.loads((site / "models/shapes/model_graph/model.json").read_text())
    metadata = model["userDefinedMetadata"]
    assert metadata["classes"] == ["circle", "square", "triangle", "cross"]
    assert metadata["parity"]["difference"] <= largest and metadata["weights"] == weights
    stored = sum(f.stat().st_size for f in (site / "models/shapes/model_layers").glob("*.bin"))
    parameters = metadata["training"]["parameters"]
    assert stored == pytest.approx(4 * parameters / ratio, rel=0.02)
    report = json.loads((site / "report.json").read_text())
    assert [p["model"] for p in report["models"]["shapes"]["parity"]] == ["graph", "layers"]


def test_without_a_browser_the_report_says_not_checked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("generator.build.find_browser", lambda: None)
    report = json.loads((build(tmp_path) / "report.json").read_text())
    assert report["models"]["shapes"]["parity"] == "not checked"
    assert report["demos"][0]["parity"] == "not checked"


def parity(difference: float, accuracy: float) -> Parity:
    return Parity("graph", 10_000, difference, accuracy, 0.99)


def test_a_float32_model_that_answers_otherwise_is_refused() -> None:
    _refuse_drift(parity(9e-5, 0.99), "float32", "m")
    with pytest.raises(BuildError, match=r"does not answer as Keras does.*found a difference of 0"):
        _refuse_drift(parity(2e-4, 0.99), "float32", "m")
    with pytest.raises(BuildError, match="difference of nan"):
        _refuse_drift(parity(float(np.nan), 0.99), "float32", "m")


def test_a_float16_model_that_loses_accuracy_is_refused() -> None:
    _refuse_drift(parity(0.01, 0.9896), "float16", "m")
    with pytest.raises(BuildError, match=r"within 0.05 points.*found 0.9890.*float32"):
        _refuse_drift(parity(0.01, 0.989), "float16", "m")


def test_a_failed_build_leaves_the_last_site(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    site = build(tmp_path)
    before = digest(site)
    monkeypatch.setattr("generator.stages.parity.LARGEST_DIFFERENCE", 0.0)
    monkeypatch.setenv("MLPAGES_CACHE", str(tmp_path / "cache"))
    with pytest.raises(BuildError):
        build(tmp_path)
    assert digest(site) == before
    assert not list((tmp_path / ".mlpages").glob("*/work-*"))


@pytest.mark.parametrize("seconds", [0.5, 1.5, 4, 7])
def test_a_killed_build_leaves_a_working_site_and_the_next_one_works(
    tmp_path: Path, seconds: float
) -> None:
    """With an empty cache; where nothing is to train, tests/test_build_faults.py kills builds."""
    site = build(tmp_path)
    environment = os.environ | {"MLPAGES_CACHE": str(tmp_path / "cache")}
    command = [sys.executable, "-c", "from generator.cli import main; main()", "build"]
    process = subprocess.Popen(
        command, cwd=tmp_path, env=environment, stdout=subprocess.DEVNULL, start_new_session=True
    )
    time.sleep(seconds)
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    assert check_links(site) > 10
    again = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True)
    assert again.returncode == 0, again.stderr
    assert check_links(site) > 10
    assert not list((tmp_path / ".mlpages").glob("*/work-*"))


def test_a_disk_without_space_is_one_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device", str(tmp_path / "x"))

    monkeypatch.setenv("MLPAGES_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr("generator.png._write_chunk", full)
    with pytest.raises(BuildError, match=r"the disk is full\. Free some space and try again"):
        build(tmp_path)
    assert not (tmp_path / "site").exists()


@pytest.mark.parametrize("out", ["photos", "photos/site"])
def test_a_site_is_not_written_among_its_pictures(tmp_path: Path, out: str) -> None:
    (tmp_path / "photos").mkdir()
    (tmp_path / "site.toml").write_text(
        '[data.p]\nsource = "folder"\npath = "photos"\n'
        '[[demo]]\nkind = "trainer"\nslug = "train"\ndata = "p"\n'
    )
    with pytest.raises(BuildError, match=r"written into the pictures of \[data\.p\]"):
        build_site(load_config(tmp_path / "site.toml"), Options(tmp_path / out), Reporter())
    assert list((tmp_path / "photos").iterdir()) == []
    assert not (tmp_path / ".mlpages").exists()
