"""Data sets and models as they lie in the site: every byte that their manifests tell of."""

import json
from collections.abc import Iterator
from math import prod
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from generator.cache import file_hash
from generator.cases import FILE as CASES
from generator.cases import Cases
from generator.manifest import FORMAT, DataManifest, Labels, Sheet, SplitFiles
from generator.verification.findings import Finding
from generator.verification.site_files import SiteFiles

MODES = {1: {"rows": "L", "tiles": "RGB"}, 3: {"rows": "RGB", "tiles": "RGB"}}
WEIGHT_BYTES = {"float32": 4, "int32": 4, "float16": 2, "uint16": 2, "uint8": 1, "bool": 1}


def check_data(site: SiteFiles) -> Iterator[Finding]:
    """Sheets and labels have the bytes, hashes and counts of their manifest, and can be read."""
    for name in site.ending(".json"):
        if not name.startswith("data/") or _format(site, name) != FORMAT:
            continue
        try:
            manifest = DataManifest.read(site.folder / name)
        except (AttributeError, KeyError, TypeError, ValueError) as error:
            yield Finding(name, f"it is no manifest that this version reads ({error!r})")
            continue
        for split in manifest.splits.values():
            yield from _check_split(site, Path(name).parent, manifest, split)


def _check_split(
    site: SiteFiles, folder: Path, manifest: DataManifest, split: SplitFiles
) -> Iterator[Finding]:
    counted = sum(sheet.count for sheet in split.sheets)
    if counted != split.count:
        yield Finding(folder.as_posix(), f"its sheets hold {counted:,} images, not {split.count:,}")
    for sheet in split.sheets:
        name = (folder / sheet.file).as_posix()
        wrong = _stored_wrong(site, name, sheet)
        problem = wrong or _sheet_problem(site.folder / name, sheet, manifest)
        if problem:
            yield Finding(name, problem)
    name = (folder / split.labels.file).as_posix()
    wrong = _stored_wrong(site, name, split.labels)
    problem = wrong or _label_problem(site.folder / name, split, len(manifest.classes))
    if problem:
        yield Finding(name, problem)


def _stored_wrong(site: SiteFiles, name: str, said: Sheet | Labels) -> str:
    """How a file differs from what its manifest says of it."""
    if name not in site.names:
        return "it is not there"
    if site.size(name) != said.bytes:
        return f"it has {site.size(name):,} bytes where its manifest says {said.bytes:,}"
    if file_hash(site.folder / name) != said.sha256:
        return "its content does not have the hash that its manifest says"
    return ""


def _sheet_problem(file: Path, sheet: Sheet, manifest: DataManifest) -> str:
    """Why a sheet does not hold the images that it should."""
    height, width, channels = vars(manifest.image).values()
    if manifest.layout == "rows":
        expected = (height * width, sheet.count)
    else:
        columns = sheet.columns or 1
        expected = (columns * width, -(-sheet.count // columns) * height)
    try:
        with Image.open(file) as picture:
            picture.load()
            size, mode = picture.size, picture.mode
    except (OSError, ValueError, SyntaxError) as error:
        return f"it cannot be decoded ({error})"
    if size != expected:
        return f"it is {size[0]} x {size[1]} pixels, not {expected[0]} x {expected[1]}"
    if mode != MODES[channels][manifest.layout]:
        return f"its pixels are {mode}, which does not fit {channels} channels"
    return ""


def _label_problem(file: Path, split: SplitFiles, classes: int) -> str:
    """Why labels do not fit their images."""
    dtype = np.dtype(np.uint8 if split.labels.dtype == "uint8" else "<u2")
    if split.labels.bytes != split.count * dtype.itemsize:
        return f"it does not hold {split.count:,} labels of {split.labels.dtype}"
    largest = int(np.fromfile(file, dtype).max(initial=0))
    return f"label {largest} is of none of {classes} classes" if largest >= classes else ""


def check_models(site: SiteFiles) -> Iterator[Finding]:
    """Weights have the bytes that their model.json tells of; models have cases beside them."""
    for name in site.ending(".json"):
        if not name.startswith("models/") or name.endswith(CASES):
            continue
        try:
            table = json.loads(site.text(name))
            for group in table["weightsManifest"]:
                yield from _check_weights(site, name, group)
        except (AttributeError, KeyError, TypeError, ValueError) as error:
            yield Finding(name, f"it is no model.json that TensorFlow.js reads ({error!r})")
    for model in site.report["models"]:
        name = f"models/{model}/{CASES}"
        try:
            Cases.read(site.folder / name)
        except (OSError, KeyError, TypeError, ValueError) as error:
            yield Finding(name, f"there is nothing to ask the model about ({error})")


def _check_weights(site: SiteFiles, name: str, group: dict[str, Any]) -> Iterator[Finding]:
    files = [(Path(name).parent / path).as_posix() for path in group["paths"]]
    found = sum(site.size(file) for file in files if file in site.names)
    wanted = sum(
        prod(weight["shape"]) * WEIGHT_BYTES[weight.get("quantization", weight)["dtype"]]
        for weight in group["weights"]
    )
    if found != wanted:
        yield Finding(name, f"its weights have {found:,} bytes, not {wanted:,}")


def _format(site: SiteFiles, name: str) -> str:
    try:
        table = json.loads(site.text(name))
    except ValueError:
        return FORMAT  # let it be read, and refused
    return str(table.get("format", "")) if isinstance(table, dict) else ""
