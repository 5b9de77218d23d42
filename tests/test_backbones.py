"""Backbones: what they answer, and that the browser computes what Keras computes."""

import json
import shutil
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
from PIL import Image

from generator.backbone_files import (
    BackboneFiles,
    grid_average,
    proof_pictures,
    prove_backbone,
    put_backbone,
)
from generator.browser import find_browser
from generator.bundle import bundle_scripts
from generator.cache import Cache
from generator.config import Weights
from generator.errors import BuildError
from generator.models.backbones import LITE0, MOBILENET, PARTS, Backbone, build_parts, prepare
from generator.models.pretrained import MOBILENET_FILE, find_mobilenet
from generator.progress import Reporter

SHARED = Path(__file__).resolve().parents[2] / "shared"
MOBILENET_WEIGHTS = SHARED / "weights/mobilenet_v1_0.25_224" / MOBILENET_FILE
needs_pictures = pytest.mark.skipif(not SHARED.is_dir(), reason="the sample pictures are not here")
needs_mobilenet = pytest.mark.skipif(
    not MOBILENET_WEIGHTS.is_file(), reason="MobileNet's weights are not here"
)


def put(backbone: Backbone, source: Path | None, folder: Path, weights: Weights) -> BackboneFiles:
    with Reporter().stage("Backbone") as stage:
        return put_backbone(backbone, source, Cache(), folder, stage, weights)


def square(name: str, bottom: bool = False) -> npt.NDArray[np.uint8]:
    picture = Image.open(SHARED / f"images/{name}.jpg").convert("RGB")
    side = min(picture.size)
    x, y = ((length - side) // 2 for length in picture.size)
    y = picture.height - side if bottom else y
    cut = picture.crop((x, y, x + side, y + side))
    return np.asarray(cut.resize((224, 224), Image.Resampling.BOX))[None]


@pytest.fixture(scope="module")
def answer(request: pytest.FixtureRequest) -> object:
    """A function from a picture to ImageNet's probabilities, by Keras, part after part."""
    backbone, source = request.param
    parts = build_parts(backbone, source)

    def ask(pixels: npt.NDArray[np.uint8]) -> npt.NDArray[np.float32]:
        values: object = prepare(pixels, backbone)
        for part in PARTS:
            values = parts[part].model(values, training=False)
            values = values[0] if isinstance(values, list) else values
        return np.asarray(values)[0]

    return ask


@needs_pictures
@pytest.mark.parametrize("answer", [(LITE0, None)], indirect=True)
def test_lite0_sees_a_drum_and_a_cat(answer) -> None:  # type: ignore[no-untyped-def]
    drum = answer(square("drum"))
    assert drum.argmax() == 541 and 0.93 < drum[541] < 0.98
    assert 281 <= answer(square("cat")).argmax() <= 285


@needs_pictures
@needs_mobilenet
@pytest.mark.parametrize("answer", [(MOBILENET, MOBILENET_WEIGHTS)], indirect=True)
def test_mobilenet_sees_a_drum_and_a_cat(answer) -> None:  # type: ignore[no-untyped-def]
    assert answer(square("drum", bottom=True)).argmax() == 541
    assert 281 <= answer(square("cat")).argmax() <= 285


def test_every_tap_has_the_shape_that_it_promises(tmp_path: Path) -> None:
    for backbone in (LITE0, MOBILENET):
        files = put(backbone, None, tmp_path / backbone.name, "float16")
        with np.load(files.expected) as values:
            for name, tap in backbone.taps.items():
                assert values[name].shape == (len(proof_pictures()), *tap.shape), name
            assert np.allclose(values["probabilities"].sum(1), 1, atol=1e-5)


@pytest.mark.parametrize(
    ("backbone", "source", "weights"),
    [
        (LITE0, None, "float32"),
        (LITE0, None, "float16"),
        # Random weights take MobileNet's whole road where its own cannot be had.
        (MOBILENET, None, "float32"),
        (MOBILENET, None, "float16"),
        pytest.param(MOBILENET, MOBILENET_WEIGHTS, "float16", marks=needs_mobilenet),
    ],
)
def test_the_browser_computes_what_keras_computes(
    tmp_path: Path, backbone: Backbone, source: Path | None, weights: Weights
) -> None:
    browser = find_browser()
    assert browser, "no Chrome or Chromium was found: `mlpages doctor` says what to do"
    bundle = bundle_scripts(Cache(), ("transfer",))
    shutil.copytree(bundle.folder, tmp_path / "assets")
    files = put(backbone, source, tmp_path / "models" / backbone.name, weights)
    proofs = prove_backbone(files, bundle, tmp_path, Cache(), browser)
    assert [proof.tap for proof in proofs] == [*backbone.taps, "probabilities"]
    if weights == "float32":
        assert max(proof.largest for proof in proofs) < 1e-4


def test_a_backbone_that_drifts_is_refused(tmp_path: Path) -> None:
    browser = find_browser()
    assert browser, "no Chrome or Chromium was found: `mlpages doctor` says what to do"
    bundle = bundle_scripts(Cache(), ("transfer",))
    shutil.copytree(bundle.folder, tmp_path / "assets")
    files = put(MOBILENET, None, tmp_path / "models" / MOBILENET.name, "float32")
    [weights] = (tmp_path / "models" / MOBILENET.name / "first").glob("*.bin")
    values = np.fromfile(weights, np.float32)
    (values * np.float32(1.001)).tofile(weights)
    with pytest.raises(BuildError, match=r"tap 'middle' in the browser.*not answer as Keras does"):
        prove_backbone(files, bundle, tmp_path, Cache(tmp_path / "cache"), browser)


def test_metadata_travels_with_each_part(tmp_path: Path) -> None:
    put(LITE0, None, tmp_path, "float16")
    for part in PARTS:
        metadata = json.loads((tmp_path / part / "model.json").read_text())["userDefinedMetadata"]
        assert metadata["format"] == "mlpages-backbone" and metadata["part"] == part
        assert metadata["input"]["scale"] == 1 / 128
        assert metadata["input"]["offset"] == -127 / 128


def test_the_first_part_is_small_enough_to_come_with_the_page(tmp_path: Path) -> None:
    files = put(LITE0, None, tmp_path, "float16")
    assert files.bytes["first"] < 1.6e6
    assert files.bytes["last"] < 5.6e6


def test_grid_cells_share_the_rows_on_their_border() -> None:
    maps = np.zeros((1, 14, 14, 1), np.float32)
    maps[0, 3] = 7  # the fourth row lies half in the first cell and half in the second
    cells = grid_average(maps, 4)[0, :, :, 0]
    assert np.allclose(cells[:, 0], [1, 1, 0, 0])
    assert np.allclose(grid_average(np.ones((2, 7, 7, 3), np.float32), 4), 1)


def test_mobilenet_comes_from_the_file_that_is_named(tmp_path: Path) -> None:
    wrong = tmp_path / "weights.h5"
    wrong.write_bytes(b"not these")
    with pytest.raises(BuildError, match=r"not MobileNet v1 0\.25 as Keras publishes it"):
        find_mobilenet(wrong, offline=True)


def test_without_weights_of_mobilenet_one_sentence_says_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KERAS_HOME", str(tmp_path))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    with pytest.raises(BuildError, match=r"--offline forbids.*mobilenet = \"\.\.\.\" under"):
        find_mobilenet(None, offline=True)


@needs_mobilenet
def test_mobilenet_is_found_in_the_cache_of_keras(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KERAS_HOME", str(tmp_path))
    (tmp_path / "models").mkdir()
    shutil.copy(MOBILENET_WEIGHTS, tmp_path / "models" / MOBILENET_FILE)
    assert find_mobilenet(None, offline=True) == tmp_path / "models" / MOBILENET_FILE
