"""Backbones in a site: converted once, cached, and proved in a browser."""

import json
import shutil
import sys
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from generator import proof as proof_page
from generator.bundle import Bundle
from generator.cache import Cache, code_hash, files_hash
from generator.config import Weights
from generator.conversion import modules as conversion_modules
from generator.conversion.graph import write_keras_graph
from generator.conversion.weights import write_metadata
from generator.errors import BuildError
from generator.manifest import BackboneMetadata, ModelInput
from generator.models import backbones, checkpoint
from generator.models.backbones import PARTS, SIZE, Backbone
from generator.progress import Stage
from generator.proof import open_proof, write_proof
from generator.quiet import quiet

PROOF_PICTURES = 8
EXPECTED = "expected.npz"
# Converted as float32, no value may be further from Keras' than this share of the largest one;
# weights rounded to float16 may move a tap by this share of its size (root mean square).
LARGEST_DIFFERENCE, ROUNDING = 1e-4, 0.1


@dataclass(frozen=True)
class BackboneFiles:
    """A backbone in the site, in `models/<name>/first`, `last` and `imagenet`."""

    backbone: Backbone
    weights: Weights
    outputs: dict[str, str]  # by tap, TF.js' name of the tensor
    bytes: dict[str, int]  # by part
    expected: Path  # Keras' values for the proof's pictures, .npz


def put_backbone(
    backbone: Backbone,
    weights_file: Path | None,
    cache: Cache,
    folder: Path,
    stage: Stage,
    weights: Weights = "float16",
) -> BackboneFiles:
    """Write the parts of a backbone as graph models, with metadata, into `folder`."""

    def make(out: Path) -> None:
        stage.update(0, len(PARTS), "importing TensorFlow")
        with quiet():
            parts = backbones.build_parts(backbone, weights_file)
        outputs: dict[str, str] = {}
        for done, (name, part) in enumerate(parts.items()):
            stage.update(done, len(PARTS), f"converting the {name} part")
            where = f"backbone {backbone.name!r}, its {name} part"
            tensors = write_keras_graph(part.model, out / name, weights, where)
            found = {tap: tensors[layer] for tap, layer in part.outputs.items()}
            outputs |= found
            write_metadata(out / name, _metadata(backbone, name, found, weights))
        (out / "outputs.json").write_text(json.dumps(outputs))
        np.savez(out / EXPECTED, **_keras_values(backbone, parts))

    inputs = {
        "backbone": backbone.name,
        "source": files_hash([weights_file]) if weights_file else backbone.sha256,
        "weights": weights,
        "versions": [version(name) for name in ("tensorflow", "tensorflowjs")],
        "code": code_hash([backbones, checkpoint, *conversion_modules(), sys.modules[__name__]]),
    }
    entry = cache.entry("backbone", inputs, make)
    for part in PARTS:
        shutil.copytree(entry / part, folder / part, dirs_exist_ok=True)
    return BackboneFiles(
        backbone,
        weights,
        json.loads((entry / "outputs.json").read_text()),
        {part: sum(file.stat().st_size for file in (folder / part).iterdir()) for part in PARTS},
        entry / EXPECTED,
    )


def _metadata(
    backbone: Backbone, part: str, outputs: dict[str, str], weights: Weights
) -> BackboneMetadata:
    return BackboneMetadata(
        name=backbone.name,
        part=part,
        input=ModelInput(
            SIZE, SIZE, 3, backbone.scale, backbone.offset, colour="rgb", resize="centre-crop"
        ),
        outputs=outputs,
        weights=weights,
        source=backbone.source,
        licence=backbone.licence,
        sha256=backbone.sha256,
        converter=f"tensorflowjs {version('tensorflowjs')}",
    )


def proof_pictures() -> npt.NDArray[np.uint8]:
    """Eight pictures of soft coloured blobs, uint8 [8, 224, 224, 3], the same every time."""
    rng = np.random.default_rng(0)
    places = np.linspace(0, 1, SIZE, dtype=np.float64)
    pictures = np.zeros((PROOF_PICTURES, SIZE, SIZE, 3))
    for picture in pictures:
        for _ in range(24):
            (x, y, width), colour = rng.random(3), rng.normal(0, 90, 3)
            near = (places - x) ** 2 + ((places - y) ** 2)[:, None]
            picture += colour * np.exp(-near / (0.02 + 0.2 * width) ** 2)[..., None]
    return np.clip(pictures + 128, 0, 255).round().astype(np.uint8)


def _keras_values(
    backbone: Backbone, parts: dict[backbones.PartName, backbones.Part]
) -> dict[str, npt.NDArray[np.float32]]:
    values: dict[str, npt.NDArray[np.float32]] = {}
    source = backbones.prepare(proof_pictures(), backbone)
    for name, entry in (("first", "middle"), ("last", "last"), ("imagenet", "")):
        part = parts[name]  # type: ignore[index]
        found = part.model(source, training=False)
        found = found if isinstance(found, list) else [found]
        arrays = [np.asarray(tensor, np.float32) for tensor in found]
        by_layer = dict(zip(part.model.output_names, arrays, strict=True))
        values |= {tap: by_layer[layer] for tap, layer in part.outputs.items()}
        source = values.get(entry, source)
    return values


@dataclass(frozen=True)
class BackboneProof:
    """How far a tap in the browser is from Keras.

    `largest` is the largest difference as a share of Keras' largest value; `rms` is the root mean
    square of all differences as a share of that of Keras' values.
    """

    tap: str
    largest: float
    rms: float


def prove_backbone(
    files: BackboneFiles, bundle: Bundle, work: Path, cache: Cache, browser: Path | None
) -> list[BackboneProof]:
    """Compare a backbone's taps with Keras in a browser; an empty list says "not checked".

    Raises BuildError when a value is further away than 1e-4 of Keras' largest (float32), or when
    rounding the weights moves a tap by more than a tenth of its size (float16).
    """
    if browser is None:
        return []
    folder = work / "models" / files.backbone.name
    worker = bundle.workers["transfer/worker.js"]
    scripts = [bundle.folder / name for name in (worker.file, *worker.imports, bundle.wasm)]
    models = [file for file in folder.rglob("*") if file.is_file()]
    inputs = {
        "files": files_hash([*scripts, *models]),
        "code": code_hash([backbones, proof_page, sys.modules[__name__]]),
    }

    def make(out: Path) -> None:
        for part in ("assets", "models"):
            (out / part).symlink_to(work / part)
        _write_page(out, files, bundle)
        proofs = _compare(out, browser, files)
        for file in list(out.iterdir()):
            shutil.rmtree(file) if file.is_dir() and not file.is_symlink() else file.unlink()
        (out / "proof.json").write_text(json.dumps([vars(proof) for proof in proofs]))

    entry = cache.entry("backbone-proof", inputs, make)
    found = json.loads((entry / "proof.json").read_text())
    return [BackboneProof(**proof) for proof in found]


def page_data(files: BackboneFiles, root: str = "../") -> dict[str, Any]:
    """What a page needs to know of a backbone; `root` is the site's, as seen from the page."""
    backbone = files.backbone
    return {
        "name": backbone.name,
        "title": backbone.title,
        "about": backbone.about,
        "licence": backbone.licence,
        "size": SIZE,
        "scale": backbone.scale,
        "offset": backbone.offset,
        "parts": {
            part: {
                "url": f"{root}models/{backbone.name}/{part}/model.json",
                "bytes": files.bytes[part],
            }
            for part in PARTS
        },
        "taps": {
            name: {
                "shape": tap.shape,
                "part": tap.part,
                "output": files.outputs[name],
                **({"grid": tap.grid} if tap.grid else {}),
            }
            for name, tap in backbone.taps.items()
        },
    }


def _write_page(out: Path, files: BackboneFiles, bundle: Bundle) -> None:
    page = write_proof(
        out,
        bundle,
        "parity/backbone.js",
        "transfer/worker.js",
        transfer={"backbones": [page_data(files)]},
    )
    (page / "pictures.bin").write_bytes(proof_pictures().tobytes())


def _compare(page: Path, browser: Path, files: BackboneFiles) -> list[BackboneProof]:
    where = f"backbone {files.backbone.name!r}"
    with open_proof(page, browser, where, "graph models that TensorFlow.js loads") as tab:
        proofs = []
        with np.load(files.expected) as expected:
            for tap in [*files.backbone.taps, "probabilities"]:
                values = np.asarray(tab.evaluate("(tap) => valuesAt(tap)", tap), np.float32)
                wanted = expected[tap]
                if tap in files.backbone.taps and files.backbone.taps[tap].grid:
                    wanted = grid_average(wanted, files.backbone.taps[tap].grid or 1)
                proofs.append(_measure(tap, values, wanted.ravel()))
    for proof in proofs:
        _refuse_drift(proof, files)
    return proofs


def _measure(
    tap: str, values: npt.NDArray[np.float32], wanted: npt.NDArray[np.float32]
) -> BackboneProof:
    off = np.abs(values - wanted)
    largest = off.max() / np.abs(wanted).max()
    rms = np.sqrt(np.square(off).mean() / np.square(wanted).mean())
    return BackboneProof(tap, float(largest), float(rms))


def grid_average(maps: npt.NDArray[np.float32], grid: int) -> npt.NDArray[np.float32]:
    """Average feature maps [n, rows, columns, channels] onto [n, grid, grid, channels].

    Cells have equal areas; a row or column on the border of two belongs to both, by its shares.
    """

    def shares(length: int) -> npt.NDArray[np.float32]:
        edges = np.linspace(0, length, grid + 1)
        rows = np.arange(length)
        covered = np.minimum(edges[1:, None], rows + 1) - np.maximum(edges[:-1, None], rows)
        part: npt.NDArray[np.float32] = np.clip(covered, 0, None).astype(np.float32)
        return part * np.float32(grid / length)

    down, across = shares(maps.shape[1]), shares(maps.shape[2])
    cells: npt.NDArray[np.float32] = np.einsum("gr,hc,nrck->nghk", down, across, maps)
    return cells


def _refuse_drift(proof: BackboneProof, files: BackboneFiles) -> None:
    exact = files.weights == "float32"
    allowed, found = (LARGEST_DIFFERENCE, proof.largest) if exact else (ROUNDING, proof.rms)
    if found <= allowed:
        return
    raise BuildError(
        what="it does not answer as Keras does",
        where=f"backbone {files.backbone.name!r}, tap {proof.tap!r} in the browser",
        expected=f"values within {allowed:g} of Keras' on {PROOF_PICTURES} pictures",
        found=f"a difference of {found:.2g}",
    )
