from pathlib import Path

import numpy as np
import pytest
import yaml
from click.testing import CliRunner
from PIL import Image

from generator.cli import main
from generator.config import load_config
from generator.errors import BuildError
from generator.new import FILES, create_site


def test_a_new_folder_holds_a_site_that_is_valid(tmp_path: Path) -> None:
    files = create_site(tmp_path / "my site", 'Anna\'s "best" demos')
    assert sorted(files) == sorted(tmp_path / "my site" / name for name in FILES)
    config = load_config(tmp_path / "my site/site.toml")
    assert config.title == 'Anna\'s "best" demos'
    assert [demo.slug for demo in config.demos] == ["train", "ask", "teach"]
    workflow = yaml.safe_load((tmp_path / "my site/.github/workflows/pages.yml").read_text())
    assert "hashFiles" in workflow["jobs"]["build"]["steps"][2]["with"]["key"]
    commands = [step.get("run") for step in workflow["jobs"]["build"]["steps"]]
    assert commands[-4:-2] == ["mlpages build", "mlpages verify"], "before it is uploaded"
    assert "/site/" in (tmp_path / "my site/.gitignore").read_text().split()


def test_its_data_is_named_and_found(tmp_path: Path) -> None:
    photos = tmp_path / "My Photos (2026)"
    photos.mkdir()
    for name in ("hund 🐶-1.jpg", "hund 🐶-2.jpg", "katze-1.jpg", "katze-2.jpg"):
        Image.new("RGB", (20, 20)).save(photos / name)
    np.savez(tmp_path / "digits.npz", x_train=[0])
    for data, source, name in (
        (photos, "folder", "my-photos-2026"),
        ("digits.npz", "npz", "digits"),
    ):
        folder = tmp_path / f"site-{source}"
        create_site(folder, "Mine", tmp_path / data)
        config = load_config(folder / "site.toml")
        assert config.data[name].source == source
        assert config.data[name].path and config.data[name].path.exists()
        assert config.demos[0].data == name
        classes = ("hund 🐶", "katze") if source == "folder" else ("cat", "dog")
        assert config.demos[2].classes == classes


def test_nothing_is_overwritten(tmp_path: Path) -> None:
    (tmp_path / "README.md").write_text("mine")
    result = CliRunner().invoke(main, ["new", str(tmp_path)])
    assert result.exit_code == 1
    assert "there is something already" in result.output and "found README.md" in result.output
    assert [file.name for file in tmp_path.iterdir()] == ["README.md"]


def test_data_that_is_none_is_refused(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("Dear reader")
    with pytest.raises(BuildError, match=r"no data set that mlpages reads"):
        create_site(tmp_path / "site", "Mine", tmp_path / "notes.txt")
    with pytest.raises(BuildError, match=r"there is no such data"):
        create_site(tmp_path / "site", "Mine", tmp_path / "nothing")
    assert not (tmp_path / "site").exists()


def test_a_site_about_a_model(tmp_path: Path) -> None:
    (tmp_path / "My Net.keras").write_bytes(b"")
    words = ["--model", str(tmp_path / "My Net.keras"), "--classes", "cat, dog"]
    result = CliRunner().invoke(main, ["new", str(tmp_path / "site"), *words])
    assert result.exit_code == 0, result.output
    config = load_config(tmp_path / "site/site.toml")
    assert config.models["my-net"].classes == ("cat", "dog")
    assert config.models["my-net"].path and config.models["my-net"].path.is_file()
    assert [(demo.kind, demo.model) for demo in config.demos] == [("predictor", "my-net")]
    assert config.data == {}


def test_a_site_is_about_data_or_a_model(tmp_path: Path) -> None:
    words = ["new", str(tmp_path / "site"), "--model"]
    result = CliRunner().invoke(main, [*words, str(tmp_path / "nothing.h5")])
    assert result.exit_code == 1 and "there is no such model" in result.output
    result = CliRunner().invoke(main, [*words, "a.h5", "--data", "photos"])
    assert result.exit_code == 2 and "--data or --model" in result.output
    assert not (tmp_path / "site").exists()


def test_what_it_tells_to_type_can_be_typed(tmp_path: Path) -> None:
    result = CliRunner().invoke(main, ["new", str(tmp_path / "my zoo")])
    assert result.exit_code == 0, result.output
    assert f"cd '{tmp_path}/my zoo' && mlpages build" in result.output


def test_a_full_disk_is_one_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "write_text", full)
    result = CliRunner().invoke(main, ["new", str(tmp_path / "zoo")])
    assert result.exit_code == 1
    assert f"{tmp_path / 'zoo'}: the disk is full. Free some space" in result.output
