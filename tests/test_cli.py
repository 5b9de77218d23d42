import signal
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from generator.cli import main

SHAPES = """
[data.shapes]
source = "shapes"
[model.shapes]
data = "shapes"
architecture = "codelab"
epochs = 2
[[demo]]
kind = "trainer"
slug = "train"
data = "shapes"
[[demo]]
kind = "predictor"
slug = "draw"
model = "shapes"
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "site.toml").write_text(SHAPES)
    return tmp_path


def run(folder: Path, *arguments: str) -> Result:
    return CliRunner().invoke(main, [*arguments, "--config", str(folder / "site.toml")])


def test_build_makes_a_site_and_a_table(folder: Path) -> None:
    result = run(folder, "build")
    assert result.exit_code == 0, result.output
    site = folder / "site"
    for name in ("index.html", "train/index.html", "draw/index.html", "about/index.html"):
        assert (site / name).is_file()
    assert "Page" in result.output and "draw" in result.output and "Parity" in result.output
    assert (site / ".nojekyll").exists() and (site / "models/shapes/shapes.h5").is_file()


def test_only_builds_one_demo_and_what_it_needs(folder: Path) -> None:
    result = run(folder, "build", "--only", "train")
    assert result.exit_code == 0, result.output
    assert (folder / "site/train/index.html").is_file()
    assert not (folder / "site/draw").exists() and not (folder / "site/models").exists()


def test_ctrl_c_counts_though_something_else_is_told_of_first(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As when a callback of Python's own takes it, and the browser that it stopped is missed."""

    def build(*_: object) -> None:
        with suppress(KeyboardInterrupt):
            signal.raise_signal(signal.SIGINT)
        raise RuntimeError("the browser has been closed")

    before = signal.getsignal(signal.SIGINT)
    monkeypatch.setattr("generator.build.build_site", build)
    result = run(folder, "build")
    assert (result.exit_code, result.stderr) == (130, "mlpages: stopped. The site is as it was.\n")
    assert signal.getsignal(signal.SIGINT) is before


def test_ctrl_c_stays_ignored_where_it_is(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A shell starts what runs in the background so."""
    seen: list[object] = []

    def build(*_: object) -> None:
        seen.append(signal.getsignal(signal.SIGINT))
        raise KeyboardInterrupt

    monkeypatch.setattr("generator.build.build_site", build)
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        assert run(folder, "build").exit_code == 130
    finally:
        signal.signal(signal.SIGINT, before)
    assert seen == [signal.SIG_IGN]


def test_an_unknown_demo_is_named_with_the_known_ones(folder: Path) -> None:
    result = run(folder, "build", "--only", "trian")
    assert result.exit_code == 1
    assert "there is no demo 'trian'; expected --only with one of draw, train." in result.output
    assert not (folder / "site").exists()


def test_a_refused_site_toml_exits_with_1_and_no_traceback(folder: Path) -> None:
    (folder / "site.toml").write_text(SHAPES.replace("codelab", "codlab"))
    result = run(folder, "build")
    assert result.exit_code == 1 and "did you mean 'codelab'?" in result.output
    assert "Traceback" not in result.output


def test_a_network_that_no_page_can_train_is_refused_by_its_layers(folder: Path) -> None:
    text = SHAPES.replace('slug = "train"', 'slug = "train"\narchitectures = ["accurate"]')
    (folder / "site.toml").write_text(text)
    result = run(folder, "build")
    assert result.exit_code == 1
    assert "a page cannot train this network" in result.output
    assert "'norm_1' (BatchNormalization)" in result.output
    assert not (folder / "site").exists()


def test_wrong_usage_exits_with_2(folder: Path) -> None:
    assert run(folder, "build", "--fast").exit_code == 2
    assert run(folder, "serve", "--port", "99999").exit_code == 2


def test_serve_without_a_site_says_what_to_do(folder: Path) -> None:
    result = run(folder, "serve", "--no-build")
    assert result.exit_code == 1 and "Run `mlpages build` first." in result.output


def test_doctor_names_all_that_a_build_needs() -> None:
    result = CliRunner().invoke(main, ["doctor"])
    assert result.exit_code == 0, result.output
    for name in ("Python", "tensorflow:", "tensorflowjs", "ydf", "Node.js", "browser", "cache"):
        assert name in result.output


def test_a_missing_node_is_one_sentence(
    folder: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr("generator.bundle.shutil.which", lambda _: None)
    monkeypatch.setattr("generator.bundle.sys.executable", str(tmp_path / "python"))
    monkeypatch.setenv("MLPAGES_CACHE", str(tmp_path / "cache"))
    result = run(folder, "build")
    assert result.exit_code == 1
    assert "Node.js is missing or too old; expected node 20 or newer, found none" in result.output


def imported_after(code: str, folder: Path) -> str:
    script = f"{code}\nimport sys\nprint([m for m in sys.modules if m in ('tensorflow', 'keras')])"
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, cwd=folder, timeout=900
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip().splitlines()[-1]


def test_help_and_an_up_to_date_build_leave_tensorflow_alone(folder: Path) -> None:
    first = run(folder, "build")
    assert first.exit_code == 0, first.output
    build = "from generator.cli import main\nmain(['build'], standalone_mode=False)"
    assert imported_after(build, folder) == "[]"
    assert imported_after("from generator.cli import main", folder) == "[]"


def test_a_changed_title_trains_nothing(folder: Path) -> None:
    run(folder, "build")
    (folder / "site.toml").write_text('[site]\ntitle = "Other"\n' + SHAPES)
    build = "from generator.cli import main\nmain(['build'], standalone_mode=False)"
    assert imported_after(build, folder) == "[]"
    assert "Other" in (folder / "site/index.html").read_text()
