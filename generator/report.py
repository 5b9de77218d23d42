"""site/report.json: what a build is, in facts that the same inputs always give."""

import functools
import gzip
import json
from dataclasses import asdict, dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

from generator.backbone_files import BackboneFiles, BackboneProof
from generator.bundle import FUSED_KIND, WORKERS
from generator.config import DemoConfig
from generator.demos import transfer
from generator.demos.parts import Parts
from generator.manifest import DataManifest
from generator.parity import Parity
from generator.render import Page

PACKAGES = ("mlpages", "tensorflow", "keras", "tf_keras", "tensorflowjs", "numpy", "pillow")
NOT_CHECKED = "not checked"


@dataclass(frozen=True)
class Weight:
    """Bytes of some files: as they are, and as a host that compresses sends them."""

    raw: int
    gz: int


@dataclass(frozen=True)
class DemoReport:
    """One page: bytes to its first result and in all, and what its model reaches.

    A trainer's first result is its first training step, a predictor's its first answer; a
    transfer learner's first moment is when pictures can be added.
    """

    slug: str
    title: str
    kind: str
    first: Weight
    all: Weight
    accuracy: float | None
    parity: str


def weigh(files: list[Path]) -> Weight:
    """Add up files. What is packed already (PNG) or binary (.bin) counts raw in both columns:
    static hosts do not compress it."""
    raw = sum(file.stat().st_size for file in files)
    gz = sum(_sent(file) for file in files)
    return Weight(raw, gz)


def _sent(file: Path) -> int:
    if file.suffix in {".png", ".bin", ".h5", ""} or "labels" in file.name:
        return file.stat().st_size
    return _gzipped(file, file.stat().st_mtime_ns)


@functools.cache  # the pages of a site share most of their files
def _gzipped(file: Path, changed: int) -> int:
    """Bytes of a file as a host sends it; `changed` is when it was written."""
    return len(gzip.compress(file.read_bytes(), 9, mtime=0))


def describe_demo(
    demo: DemoConfig,
    page: Page,
    parts: Parts,
    parity: dict[str, list[Parity]],
    proofs: dict[str, list[BackboneProof]],
) -> DemoReport:
    """Measure a page's files in the work folder and gather what is known of its model."""
    if demo.kind == "transfer":
        return _describe_transfer(demo, page, parts, proofs)
    shell = _shell(demo.kind, page, parts)
    if demo.kind == "trainer":
        manifest = parts.manifests[demo.data]
        folder = parts.folder / "data" / demo.data
        first = shell + _data_files(manifest, folder, {"train": 1})
        every = shell + _data_files(manifest, folder, None)
        return DemoReport(
            demo.slug, demo.title, demo.kind, weigh(first), weigh(every), None, "no model"
        )
    model = parts.models[demo.model]
    folder = parts.folder / "models" / demo.model
    graph = [*(folder / "model_graph").iterdir()]
    layers = [*(folder / "model_layers").iterdir()] if model.layers_bytes else []
    tested_on = parts.manifests.get(model.config.data)
    data = parts.folder / "data" / model.config.data
    samples = _data_files(tested_on, data, {"test": 1}) if tested_on else []
    return DemoReport(
        demo.slug,
        demo.title,
        demo.kind,
        weigh(shell + graph),
        weigh(_shell(demo.kind, page, parts, lazy=True) + graph + layers + samples),
        model.metadata.accuracy["value"] if model.metadata.accuracy else None,
        summarise_parity(parity[demo.model]),
    )


def _describe_transfer(
    demo: DemoConfig, page: Page, parts: Parts, proofs: dict[str, list[BackboneProof]]
) -> DemoReport:
    """Bytes of the first backbone; the others and the sample pictures are a visitor's choice."""
    name = demo.backbones[0]
    model = parts.folder / "models" / name
    first = [*_shell(demo.kind, page, parts), *(model / "first").iterdir()]
    later = [file for part in ("last", "imagenet") for file in (model / part).iterdir()]
    shell = _shell(demo.kind, page, parts, lazy=True)
    every = [
        *shell,
        *(model / "first").iterdir(),
        *later,
        parts.bundle.folder / parts.bundle.imagenet,
    ]
    if demo.data:
        every += _data_files(parts.manifests[demo.data], parts.folder / "data" / demo.data, None)
    differences = [proof.rms for proof in proofs[name]]
    return DemoReport(
        demo.slug,
        demo.title,
        demo.kind,
        weigh(first),
        weigh(every),
        None,
        f"{max(differences):.1e}" if differences else NOT_CHECKED,
    )


def _shell(kind: str, page: Page, parts: Parts, lazy: bool = False) -> list[Path]:
    """The page, its scripts and styles, its worker and the engine; `lazy` adds later chunks."""
    bundle = parts.bundle
    script = bundle.pages[f"{kind}/page.js"]
    names = [script.file, *(script.lazy if lazy else script.imports), bundle.wasm]
    for worker in (bundle.workers[entry] for entry in WORKERS[kind]):
        names += [worker.file, *(worker.lazy if lazy else worker.imports)]
    if kind == FUSED_KIND:
        names.append(bundle.fused["relaxed"])  # the build that browsers of today load
    names += [bundle.files["style.css"], *([script.css] if script.css else [])]
    return [parts.folder / page.file, *(bundle.folder / name for name in dict.fromkeys(names))]


def _data_files(manifest: DataManifest, folder: Path, counts: dict[str, int] | None) -> list[Path]:
    files = [folder / "manifest.json"]
    for name, split in manifest.splits.items():
        wanted = split.count if counts is None else counts.get(name, 0)
        if wanted:
            files.append(folder / split.labels.file)
        for sheet in split.sheets:
            if wanted <= 0:
                break
            files.append(folder / sheet.file)
            wanted -= sheet.count
    return files


def summarise_parity(results: list[Parity]) -> str:
    """The largest difference of both models from Keras, or "not checked"."""
    if not results:
        return NOT_CHECKED
    return f"{max(result.difference for result in results):.1e}"


def make_report(
    demos: list[DemoReport],
    parts: Parts,
    parity: dict[str, list[Parity]],
    proofs: dict[str, list[BackboneProof]],
) -> dict[str, Any]:
    """Everything that the about page shows, as plain JSON values."""
    return {
        "format": "mlpages-report",
        "version": 1,
        "demos": [asdict(demo) for demo in demos],
        "models": {
            name: {
                **model.metadata.to_dict(),
                "bytes": {"graph": model.graph_bytes, "layers": model.layers_bytes or None},
                "no_layers": model.conversion.layers.refused if model.conversion else "",
                "parity": [asdict(result) for result in parity[name]] or NOT_CHECKED,
            }
            for name, model in parts.models.items()
        },
        "backbones": {
            name: _describe_backbone(files, proofs[name]) for name, files in parts.backbones.items()
        },
        "missing": _missing(parts),
        "data": {
            name: {
                "title": manifest.title,
                "licence": manifest.licence,
                "source": manifest.source,
                "images": {split: files.count for split, files in manifest.splits.items()},
            }
            for name, manifest in parts.manifests.items()
        },
        "versions": {name: version(name) for name in PACKAGES},
    }


def _describe_backbone(files: BackboneFiles, proofs: list[BackboneProof]) -> dict[str, Any]:
    backbone = files.backbone
    return {
        "title": backbone.title,
        "source": backbone.source,
        "licence": backbone.licence,
        "sha256": backbone.sha256,
        "weights": files.weights,
        "bytes": files.bytes,
        "parity": [asdict(proof) for proof in proofs] or NOT_CHECKED,
    }


def _missing(parts: Parts) -> dict[str, str]:
    """Backbones that demos would offer and this build could not have, with what to do."""
    wanted = {name for demo in parts.config.demos for name in demo.optional}
    return {name: transfer.MISSING for name in sorted(wanted) if name not in parts.backbones}


def write_report(report: dict[str, Any], file: Path) -> None:
    """Write the report as JSON."""
    file.write_text(json.dumps(report, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
