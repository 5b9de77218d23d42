import json
import os
from pathlib import Path

import pytest

from generator.cache import Cache
from generator.datasets import folder_files
from generator.datasets.folder_files import find_files, forget_digests, read_digests


def write(folder: Path, *paths: str) -> None:
    for path in paths:
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(path)


def age(folder: Path) -> None:
    """Make files an hour old: what has just been written is not trusted to stay."""
    for file in folder.rglob("*"):
        old = file.stat().st_mtime - 3600
        os.utime(file, (old, old))


def test_files_come_as_people_sort_them_without_hidden_ones(tmp_path: Path) -> None:
    write(tmp_path, "b/10.jpg", "b/9.jpg", "a.csv", ".git/x", "b/.hidden", "__MACOSX/b/9.jpg")
    write(tmp_path, "b/Thumbs.db", ".DS_Store", "B/desktop.ini")
    assert list(find_files(tmp_path).files) == ["a.csv", "b/9.jpg", "b/10.jpg"]


def test_links_are_followed_inside_the_folder_alone(tmp_path: Path) -> None:
    write(tmp_path, "set/all/1.jpg", "set/all/2.jpg", "outside/3.jpg")
    folder = tmp_path / "set"
    (folder / "train").mkdir()
    for link, target in {
        "train/cat.jpg": "../all/1.jpg",
        "train/more": "../all",
        "train/round": "..",
        "all/to": "../train",
        "away": "../outside",
        "away.jpg": str(tmp_path / "outside/3.jpg"),
        "nowhere.jpg": "gone.jpg",
        "self.jpg": "self.jpg",
    }.items():
        (folder / link).symlink_to(target)
    found = find_files(folder)
    assert list(found.files) == [
        "all/1.jpg",
        "all/2.jpg",
        "all/to/cat.jpg",
        "train/cat.jpg",
        "train/more/1.jpg",
        "train/more/2.jpg",
    ]
    assert {"away", "away.jpg", "nowhere.jpg", "self.jpg", "train/round"} <= set(found.links)
    assert find_files(_link(tmp_path / "link", folder)).files == found.files


def _link(link: Path, target: Path) -> Path:
    link.symlink_to(target)
    return link


def test_names_that_are_no_utf8_are_told(tmp_path: Path) -> None:
    try:
        (tmp_path / os.fsdecode(b"caf\xe9.jpg")).write_text("x")
    except OSError:
        pytest.skip("this file system takes UTF-8 alone")
    found = find_files(tmp_path)
    assert (found.files, found.unnamed) == ({}, ("caf\\udce9.jpg",))


def test_what_cannot_be_read_is_told(tmp_path: Path) -> None:
    write(tmp_path, "1.jpg")
    (tmp_path / "empty.jpg").touch()
    files = find_files(tmp_path).files
    digests, failed = read_digests(tmp_path, files | {"gone.jpg": (1, 1)}, Cache(tmp_path / "c"))
    assert list(digests) == ["1.jpg"]
    assert failed == {
        "empty.jpg": "is empty",
        "gone.jpg": "cannot be read (No such file or directory)",
    }


class Counted:
    """Counts the files that are read."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.read: list[str] = []
        real = folder_files._digest

        def digest(file: Path) -> tuple[str, str]:
            self.read.append(file.name)
            return real(file)

        monkeypatch.setattr(folder_files, "_digest", digest)

    def during(self, folder: Path, cache: Cache) -> tuple[dict[str, str], list[str]]:
        self.read.clear()
        digests, _ = read_digests(folder, find_files(folder).files, cache)
        return digests, sorted(self.read)


def test_unchanged_files_are_not_read_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder, cache, count = tmp_path / "set", Cache(tmp_path / "cache"), Counted(monkeypatch)
    write(folder, "a/1.jpg", "a/2.jpg", "b/3.jpg")
    age(folder)
    first, read = count.during(folder, cache)
    assert read == ["1.jpg", "2.jpg", "3.jpg"]
    assert count.during(folder, cache) == (first, [])
    (folder / "a/2.jpg").write_text("another text")
    second, read = count.during(folder, cache)
    assert read == ["2.jpg"] and second["a/2.jpg"] != first["a/2.jpg"]
    assert count.during(folder, Cache(cache.root, fresh=True))[1] == ["1.jpg", "2.jpg", "3.jpg"]
    age(folder)
    assert count.during(folder, cache)[1] == ["1.jpg", "2.jpg", "3.jpg"]
    forget_digests(folder, cache)
    assert count.during(folder, cache)[1] == ["1.jpg", "2.jpg", "3.jpg"]


def test_what_has_just_been_written_is_read_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder, cache, count = tmp_path / "set", Cache(tmp_path / "cache"), Counted(monkeypatch)
    write(folder, "a/1.jpg")
    monkeypatch.setattr(folder_files, "YOUNG", 3_600_000_000_000)
    count.during(folder, cache)
    assert count.during(folder, cache)[1] == ["1.jpg"]


@pytest.mark.parametrize(
    "damage", ["", "{", "[1]", '{"a/1.jpg": 3}', '{"a/1.jpg": [1, 2, "xyz"]}', "null"]
)
def test_a_damaged_index_is_made_anew(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, damage: str
) -> None:
    folder, cache, count = tmp_path / "set", Cache(tmp_path / "cache"), Counted(monkeypatch)
    write(folder, "a/1.jpg")
    age(folder)
    first, _ = count.during(folder, cache)
    (index,) = (cache.root / "digests").iterdir()
    index.write_text(damage)
    assert count.during(folder, cache) == (first, ["1.jpg"])
    assert list(json.loads(index.read_text())) == ["a/1.jpg"]
    assert count.during(folder, cache) == (first, [])
