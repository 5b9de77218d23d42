import os
import time
import types
from pathlib import Path

import pytest

from generator.cache import DONE, Cache, code_hash
from generator.errors import BuildError


def make(folder: Path) -> None:
    (folder / "result").write_text("made")


def test_an_entry_is_made_once_per_inputs(tmp_path: Path) -> None:
    calls = []
    for seed in (1, 1, 2):
        cache = Cache(tmp_path)
        entry = cache.entry("train", {"seed": seed}, lambda out: (calls.append(1), make(out)))
        assert (entry / "result").read_text() == "made"
    assert len(calls) == 2 and len(list((tmp_path / "train").iterdir())) == 2


def test_a_failed_stage_leaves_no_entry(tmp_path: Path) -> None:
    def fail(folder: Path) -> None:
        make(folder)
        raise RuntimeError("half way")

    with pytest.raises(RuntimeError):
        Cache(tmp_path).entry("train", {}, fail)
    assert list((tmp_path / "train").iterdir()) == []


def test_what_a_killed_stage_left_is_not_an_entry(tmp_path: Path) -> None:
    entry = Cache(tmp_path).entry("train", {}, make)
    (entry / DONE).unlink()
    (entry / "result").write_text("half")
    assert (Cache(tmp_path).entry("train", {}, make) / "result").read_text() == "made"


def test_fresh_makes_anew_but_once_a_build(tmp_path: Path) -> None:
    calls = []
    cache = Cache(tmp_path, fresh=True)
    Cache(tmp_path).entry("a", {}, make)
    for _ in range(2):
        cache.entry("a", {}, lambda out: (calls.append(1), make(out)))
    assert calls == [1]


def module_of(source: str, tmp_path: Path) -> types.ModuleType:
    import importlib.util

    file = tmp_path / f"m{len(list(tmp_path.iterdir()))}.py"
    file.write_text(source)
    spec = importlib.util.spec_from_file_location("m", file)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_code_counts_and_comments_do_not(tmp_path: Path) -> None:
    plain = module_of("def f():\n    return 1\n", tmp_path)
    said = module_of('"""Doc."""\n# why\ndef f():\n    """Doc."""\n    return 1\n', tmp_path)
    other = module_of("def f():\n    return 2\n", tmp_path)
    assert code_hash([plain]) == code_hash([said]) != code_hash([other])


def test_what_was_not_used_for_longest_is_given_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MLPAGES_CACHE_MB", "2")

    def million(folder: Path) -> None:
        (folder / "result").write_bytes(bytes(1_000_000))

    cache = Cache(tmp_path)
    entries = [cache.entry("a", {"n": n}, million) for n in range(4)]
    for age, entry in zip((9_000, 8_000, 7_000, 0), entries, strict=True):
        used = time.time() - age
        os.utime(entry / DONE, (used, used))
    cache.entry("a", {"n": 0}, million)  # is used again
    assert cache.trim() < 3_000_000  # the two that are young stay, though they are too large
    assert [entry.exists() for entry in entries] == [True, False, False, True]
    assert cache.clear() > 2_000_000 and cache.entries() == []


def test_a_limit_that_is_no_number_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MLPAGES_CACHE_MB", "much")
    with pytest.raises(BuildError, match=r"MLPAGES_CACHE_MB: .*megabytes, found 'much'"):
        Cache(tmp_path)
