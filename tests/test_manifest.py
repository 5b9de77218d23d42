"""The contract with the browser: one golden manifest, read here and by manifest.test.js."""

import re
from dataclasses import fields, replace
from pathlib import Path

import pytest

from generator.datasets import shapes
from generator.manifest import DataManifest, ImageShape, ModelInput, ModelMetadata
from generator.sprite import write_sheets

ROOT = Path(__file__).resolve().parents[1]
GOLDEN = ROOT / "tests/fixtures/manifest.json"


def without_hashes(manifest: DataManifest) -> DataManifest:
    """The manifest without what depends on the zlib that compressed: bytes, hashes, names."""
    splits = {
        name: replace(
            split,
            sheets=tuple(
                replace(sheet, file=sheet.file.split(".")[0], bytes=0, sha256="")
                for sheet in split.sheets
            ),
        )
        for name, split in manifest.splits.items()
    }
    return replace(manifest, splits=splits)


def keys_in_javascript(name: str) -> set[str]:
    """The keys of an object type in manifest.js, nested types' keys left out."""
    text = (ROOT / "templates/shared/manifest.js").read_text(encoding="utf-8")
    start = next(
        block for block in text.split("@typedef {")[1:] if re.search(rf"\}}\}} {name}\n", block)
    )
    body = start.split(f"}}}} {name}\n")[0].replace("*", " ").strip().removeprefix("{")
    while (flat := re.sub(r"\{[^{}]*\}|<[^<>]*>", "", body)) != body:
        body = flat
    return set(re.findall(r"(\w+)\??:", body))


def test_the_golden_manifest_is_read_and_written_with_the_same_bytes() -> None:
    assert DataManifest.read(GOLDEN).to_json().encode() == GOLDEN.read_bytes()


def test_the_golden_manifest_is_what_the_generator_writes(tmp_path: Path) -> None:
    written = write_sheets(shapes.load(), tmp_path)
    assert without_hashes(written) == without_hashes(DataManifest.read(GOLDEN))


@pytest.mark.parametrize(
    ("name", "keys"),
    [
        ("Manifest", {field.name for field in fields(DataManifest)}),
        ("ModelInput", {field.name for field in fields(ModelInput)}),
        ("Metadata", {field.name for field in fields(ModelMetadata)}),
    ],
)
def test_both_sides_of_the_contract_have_the_same_keys(name: str, keys: set[str]) -> None:
    assert keys_in_javascript(name) == keys


def test_metadata_travels_with_all_its_keys() -> None:
    metadata = ModelMetadata(
        name="digits",
        classes=("0", "1"),
        input=ModelInput(28, 28, 1),
        data={"name": "mnist"},
        accuracy=None,
        training={},
        converter="none",
        licence="CC0",
    )
    plain = metadata.to_dict()
    assert set(plain) == keys_in_javascript("Metadata")
    assert set(plain["input"]) == keys_in_javascript("ModelInput")
    assert plain["classes"] == ["0", "1"]
    assert ImageShape(28, 28, 1) == DataManifest.read(GOLDEN).image
