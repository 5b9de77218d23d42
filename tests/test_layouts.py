import json
from pathlib import Path
from typing import Any

import pytest

from generator.layouts import apply_layout, detect_layout, natural

FIXTURE = json.loads(Path("tests/fixtures/layouts.json").read_text(encoding="utf-8"))
# A page has pictures to learn from and to check with, no third kind.
PAGE = {"train": "train", "validation": "validation", "test": "validation"}


@pytest.mark.parametrize("case", FIXTURE["cases"], ids=lambda case: case["name"])
def test_the_layout_is_found_as_in_the_page(case: dict[str, Any]) -> None:
    files = case["files"]

    def read(path: str) -> str:
        text: str = case.get("texts", {}).get(path, "")
        return text

    applied = detect_layout(files, read)
    assert applied.layout == case["layout"]
    if "apply" in case or "label" in case:
        applied = apply_layout(
            case.get("apply", applied.layout), files, read, case.get("label", "")
        )
    role = case.get("role", "train")
    found = {
        path: [
            label,
            PAGE[applied.roles[path]] if applied.roles and path in applied.roles else role,
        ]
        for path, label in applied.labels.items()
    }
    assert found == case["entries"]
    assert list(applied.unlabelled) == case.get("unlabelled", [])
    assert list(applied.unmatched) == case.get("unmatched", [])


def test_a_data_set_has_three_splits() -> None:
    files = [f"set/{role}/{name}/1.png" for role in ("Train", "val", "testing") for name in "ab"]
    applied = detect_layout(files, lambda _: "")
    assert applied.roles
    assert [applied.roles[file] for file in files[::2]] == ["train", "validation", "test"]
    assert applied.classes == ("a", "b")


def test_classes_are_sorted_as_people_count() -> None:
    assert sorted(["b", "a10", "A9", "a9"], key=natural) == ["A9", "a9", "a10", "b"]


def test_superscripts_are_no_numbers() -> None:
    assert sorted(["m³", "m²"], key=natural) == ["m²", "m³"]


def test_a_file_without_extension_is_for_what_its_folder_says() -> None:
    files = ["set/train/a/1.png", "set/train/b/1.png", "set/val/b/2", "set/val/a/1.png"]
    applied = detect_layout(files, lambda _: "")
    assert applied.roles and applied.roles["set/val/b/2"] == "validation"


def test_folders_for_checks_alone_are_no_roles() -> None:
    applied = detect_layout(["val/a/1.png", "val/b/1.png", "test/a/1.png"], lambda _: "")
    assert applied.roles is None and applied.classes == ("a", "b")


def test_a_table_beside_each_picture_is_read_once() -> None:
    pictures = [f"all/{i}.jpg" for i in range(3000)]
    tables = [f"all/{i}.json" for i in range(3000)]
    read: list[str] = []

    def text(path: str) -> str:
        read.append(path)
        number = int(path[4:-5])
        return json.dumps([{"file": f"{number}.jpg", "label": "ab"[number % 2]}])

    applied = detect_layout([*pictures, *tables], text)
    assert applied.layout == "table" and len(applied.labels) == 3000
    assert applied.labels["all/7.jpg"] == "b"
    assert read == tables
    assert applied.why == (
        "0.json, 1.json, 2.json and 2,997 more: names the class of 3,000 of 3,000 pictures."
    )


def test_nothing_is_nothing() -> None:
    applied = detect_layout([], lambda _: "")
    assert (applied.labels, applied.classes) == ({}, ())
