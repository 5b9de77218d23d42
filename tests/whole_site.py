"""Is a site whole? What every test asks that breaks a build off."""

import hashlib
import json
import math
from pathlib import Path

from generator.links import check_links
from generator.manifest import DataManifest

BYTES = {"float32": 4, "float16": 2, "uint8": 1, "uint16": 2, "int32": 4}


def digest(site: Path) -> dict[str, str]:
    """The sha256 of each file, by its name in the site."""
    return {
        file.relative_to(site).as_posix(): hashlib.sha256(file.read_bytes()).hexdigest()
        for file in sorted(site.rglob("*"))
        if file.is_file() and not file.name.startswith(".")
    }


def check_whole(site: Path, *good: dict[str, str]) -> None:
    """Every file that a page, a manifest or a model names is there, as long and of the hash that is
    promised; and each is one of those that finished builds (their `good` digests) wrote."""
    assert check_links(site) > 10
    for manifest in site.rglob("manifest.json"):
        for split in DataManifest.read(manifest).splits.values():
            for promised in (*split.sheets, split.labels):
                data = (manifest.parent / promised.file).read_bytes()
                assert (len(data), hashlib.sha256(data).hexdigest()) == (
                    promised.bytes,
                    promised.sha256,
                ), promised.file
    for model in site.rglob("model.json"):
        for group in json.loads(model.read_text())["weightsManifest"]:
            stored = sum((model.parent / name).stat().st_size for name in group["paths"])
            assert stored == sum(_bytes(weight) for weight in group["weights"]), model
    for name, found in digest(site).items():
        assert found in {digests.get(name) for digests in good}, name


def _bytes(weight: dict[str, object]) -> int:
    kind = weight.get("quantization", weight)
    assert isinstance(kind, dict) and isinstance(weight["shape"], list)
    return math.prod(weight["shape"]) * BYTES[kind["dtype"]]
