"""The benchmarks' own tools: what they count, how they judge, and the page that is made of it."""

import gzip
import importlib
import time
from pathlib import Path
from types import ModuleType
from urllib.request import Request, urlopen

import pytest

from benchmarks.measuring.hosting import FULL, Line, assemble, hosting
from benchmarks.measuring.report import PAGE, render
from benchmarks.measuring.results import Results, Skip, conclude, show

ROOT = Path(__file__).resolve().parents[1]


def fetch(url: str) -> bytes:
    with urlopen(Request(url, headers={"Accept-Encoding": "gzip"})) as answer:
        body: bytes = answer.read()
        return gzip.decompress(body) if answer.headers["Content-Encoding"] else body


def test_a_host_packs_text_and_counts_what_it_sent(tmp_path: Path) -> None:
    (tmp_path / "page.js").write_text("1;" * 10_000)
    (tmp_path / "sheet.png").write_bytes(bytes(50_000))
    with hosting(tmp_path, FULL) as (url, sent):
        assert fetch(f"{url}page.js") == b"1;" * 10_000
        assert sent.until(time.time()) < 200
        moment = time.time()
        assert fetch(f"{url}sheet.png") == bytes(50_000)
        assert sent.until(moment) < 200 and sent.until(time.time()) > 50_000


def test_a_line_is_no_faster_than_it_says(tmp_path: Path) -> None:
    (tmp_path / "sheet.png").write_bytes(bytes(100_000))
    with hosting(tmp_path, Line("slow", bits=2e6)) as (url, _):
        start = time.monotonic()
        fetch(f"{url}sheet.png")
        assert time.monotonic() - start >= 0.4


def test_a_classic_page_is_put_together_of_links(tmp_path: Path) -> None:
    (tmp_path / "model.json").write_text("{}")
    site = assemble(tmp_path / "site", {"models/one.json": tmp_path / "model.json"})
    assert (site / "models/one.json").read_text() == "{}"


def test_an_aim_is_a_least_ratio_or_a_limit() -> None:
    results = Results("Made", "How", machine="a machine")
    results.less("seconds", 2, 10, "s", aim=5)
    results.more("images", 30, 10, "images/s", aim=4, why="It is slow.")
    results.at_most("memory", 3, "MB", 2)
    results.tell("bytes", 7, "B")
    assert [row.ratio for row in results.rows] == [5, 3, None, None]
    assert [row.met for row in results.rows] == [True, False, False, None]
    assert [row.figure for row in results.missed] == ["images", "memory"]


def test_what_a_script_kept_becomes_a_section_with_its_reasons(tmp_path: Path) -> None:
    def measure(results: Results) -> None:
        results.less("time", 2, 4, "s", aim=5, why="It waits.")
        results.tell("accuracy", 90, "%", note="none")

    results = Results("Made", "Two runs", machine="a machine")
    assert conclude(results, tmp_path / "made.json", measure) == 1
    page = render(["made", "absent"], 35, tmp_path)
    assert "| time | 2 s | 4 s | 2.0 | 5 times (missed) |" in page
    assert "| accuracy | 90 % | none | | |" in page
    assert "- Short of its aim: time. It waits." in page
    assert "Of 1 aims 0 are reached" in page
    assert "a machine" in page and "absent" not in page


def test_a_benchmark_that_cannot_run_says_why_and_does_not_fail(tmp_path: Path) -> None:
    def measure(results: Results) -> None:
        raise Skip("there is no registry")

    results = Results("Made", "How", machine="a machine")
    assert conclude(results, tmp_path / "made.json", measure) == 0
    assert "Not measured: there is no registry." in render(["made"], 35, tmp_path)


@pytest.mark.parametrize(
    ("value", "unit", "words"),
    [
        (0.00001, "", "1.0e-05"),
        (1.234, "s", "1.23 s"),
        (12.34, "s", "12.3 s"),
        (1234, "B", "1,234 B"),
    ],
)
def test_numbers_have_the_digits_that_a_reader_can_use(value: float, unit: str, words: str) -> None:
    assert show(value, unit) == words


@pytest.fixture
def suite(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """benchmarks/suite.py, which finds the package beside it as a script does."""
    monkeypatch.syspath_prepend(ROOT / "benchmarks")
    return importlib.import_module("suite")


def test_the_suite_has_every_script_but_those_that_it_names(suite: ModuleType) -> None:
    files = {file.stem for file in (ROOT / "benchmarks").glob("*.py")}
    helpers = {"suite", "conversion", "conversion_structures", "transfer", "long_runs"}
    assert {script.name for script in suite.SCRIPTS} == files - helpers


def test_the_page_is_what_the_kept_results_make_of_it(suite: ModuleType) -> None:
    names = [script.name for script in suite.SCRIPTS if script.recorded]
    assert PAGE.read_text() == render(names, suite.MINUTES), "run benchmarks/suite.py --page"
