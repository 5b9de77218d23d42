"""`mlpages convert`, as a user types it."""

from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from generator.cli import main
from generator.conversion.command import _install
from generator.conversion.convert import GRAPH, LAYERS, Conversion
from generator.conversion.weights import read_model_json
from generator.errors import BuildError
from generator.install import explained_errors

TEACHABLE = Path(__file__).parent / "fixtures/teachable.zip"


def run(*arguments: str) -> Result:
    return CliRunner().invoke(main, ["convert", *arguments])


def test_the_command_converts_what_teachable_machine_exports(tmp_path: Path) -> None:
    result = run(str(TEACHABLE), str(tmp_path / "out"))
    assert result.exit_code == 0, result.output
    assert "model_graph" in result.output and "model_layers" in result.output
    for kind in (GRAPH, LAYERS):
        metadata = read_model_json(tmp_path / "out" / kind)["userDefinedMetadata"]
        assert metadata["classes"] == ["Cup", "Pen", "Nothing"]
        assert metadata["input"]["scale"] == 1 / 127 and metadata["input"]["offset"] == -1
    made = Conversion.read(tmp_path / "out")
    assert made.layers.exact is not None and made.layers.exact < 1e-5


def test_the_command_leaves_a_folder_of_others_alone(tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("years of work")
    result = run(str(TEACHABLE), str(tmp_path))
    assert result.exit_code == 1
    assert "holds other things" in result.output and "thesis.txt" in result.output
    assert [file.name for file in tmp_path.iterdir()] == ["thesis.txt"]


def test_the_command_wants_as_many_classes_as_there_are_answers(tmp_path: Path) -> None:
    result = run(str(TEACHABLE), str(tmp_path / "out"), "--classes", "yes,no")
    assert result.exit_code == 1
    assert "expected 3 names" in result.output and "found 2: yes, no" in result.output
    assert not (tmp_path / "out").exists()


def test_the_command_says_what_is_missing(tmp_path: Path) -> None:
    result = run(str(tmp_path / "nothing.keras"), str(tmp_path / "out"))
    assert result.exit_code == 1
    assert "no model is there" in result.output and "Traceback" not in result.output


def test_the_command_says_what_becomes_of_another_librarys_model(tmp_path: Path) -> None:
    (tmp_path / "net.onnx").write_bytes(b"rubbish")
    result = run(str(tmp_path / "net.onnx"), str(tmp_path / "out"))
    assert result.exit_code == 1
    assert "found a .onnx file. A model of another library" in result.output


def test_a_full_disk_leaves_what_was_converted_before(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made, out = tmp_path / "made", tmp_path / "out"
    for folder, text in ((made, "new"), (out, "old")):
        (folder / GRAPH).mkdir(parents=True)
        (folder / GRAPH / "model.json").write_text(text)

    def full(source: Path, target: Path) -> None:
        raise OSError(28, "No space left on device", str(source), None, str(target))

    with monkeypatch.context() as patched, pytest.raises(BuildError) as refused:
        patched.setattr("generator.conversion.command.shutil.copyfile", full)
        with explained_errors(out, left=" OUT is as it was."):
            _install(made, out)
    assert "the disk is full" in str(refused.value) and ".mlpages-" in refused.value.where
    assert (out / GRAPH / "model.json").read_text() == "old"
    _install(made, out)
    assert (out / GRAPH / "model.json").read_text() == "new"
    assert sorted(file.name for file in tmp_path.iterdir()) == ["made", "out"]


def test_classes_are_checked_before_anything_is_opened(tmp_path: Path) -> None:
    for classes, sentence in (("cat,,dog", "a class has no name"), ("a.txt", "cannot be read")):
        result = run(str(tmp_path / "no.keras"), str(tmp_path / "out"), "--classes", classes)
        assert result.exit_code == 1
        assert sentence in result.output
