"""A site of models that somebody else made: a Keras 3 file, a SavedModel, Teachable Machine's."""

import json
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import keras
import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Page, expect

from benchmarks.conversion_structures import spread
from generator.serve import serving

TEACHABLE = Path(__file__).parents[1] / "fixtures/teachable.zip"
SITE = """
[data.shapes]
source = "shapes"

[data.views]
source = "folder"
path = "views"
size = 96

[model.large]
path = "large.keras"
data = "views"
weights = "float32"

[model.tested]
path = "theirs.keras"
data = "shapes"
weights = "float32"

[model.exported]
path = "pets"
classes = "pets.txt"

[model.taught]
path = "teachable.zip"

[[demo]]
kind = "predictor"
slug = "tested"
model = "tested"
inputs = ["samples", "file"]

[[demo]]
kind = "predictor"
slug = "large"
model = "large"

[[demo]]
kind = "predictor"
slug = "pets"
model = "exported"

[[demo]]
kind = "predictor"
slug = "taught"
model = "taught"
"""


def make_pets(folder: Path) -> keras.Model:
    """One logit for two classes, as the well-known cats and dogs example ends."""
    L = keras.layers
    image = L.Input((32, 32, 3))
    x = L.Conv2D(6, 3, activation="relu", strides=2)(L.Rescaling(1 / 255)(image))
    model = spread(keras.Model(image, L.Dense(1)(L.GlobalAveragePooling2D()(x))))
    model.export(folder / "pets", verbose=False)
    (folder / "pets.txt").write_text("cat\ndog\n")
    return model


def make_tested(folder: Path) -> keras.Model:
    L = keras.layers
    layers = [L.Conv2D(8, 5, strides=2, activation="gelu"), L.Flatten(), L.Dense(4)]
    model = spread(keras.Sequential([L.Input((28, 28, 1)), L.Rescaling(1 / 255), *layers]))
    model.save(folder / "theirs.keras")
    return model


def make_large(folder: Path) -> None:
    """Pictures that sheets hold as WebP, which is lossy, and a model that looks closely."""
    noise = np.random.default_rng(5)
    for name, ground in {"dusk": 60, "noon": 190}.items():
        (folder / "views" / name).mkdir(parents=True)
        for number in range(12):
            pixels = np.clip(noise.normal(ground, 40, (96, 96, 3)), 0, 255).astype(np.uint8)
            Image.fromarray(pixels).save(folder / f"views/{name}/{number}.png")
    L = keras.layers
    layers = [L.Conv2D(8, 3, strides=2, activation="relu"), L.Flatten(), L.Dense(2)]
    model = keras.Sequential([L.Input((96, 96, 3)), L.Rescaling(1 / 255), *layers, L.Softmax()])
    spread(model).save(folder / "large.keras")


@pytest.fixture(scope="module")
def folder(fixture_site: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("brought")
    keras.utils.set_random_seed(3)
    make_tested(folder)
    make_pets(folder)
    make_large(folder)
    shutil.copy(TEACHABLE, folder)
    (folder / "site.toml").write_text(SITE)
    build(folder)
    return folder


def build(folder: Path) -> str:
    """Build in a process of its own: it opens a browser, and this one has one open already."""
    command = [sys.executable, "-c", "from generator.cli import main; main()"]
    command += ["build", "--config", str(folder / "site.toml")]
    result = subprocess.run(command, capture_output=True, text=True)
    assert result.returncode == 0, result.stderr
    return result.stdout


@pytest.fixture(scope="module")
def url(folder: Path) -> Iterator[str]:
    with serving(folder / "site", "/brought/") as url:
        yield url


def answers(page: Page) -> dict[str, float]:
    """The graph model's percentages by class, as the page shows them."""
    rows = page.locator("#answers tbody tr")
    found = [
        (
            row.locator(".name").inner_text(),
            row.locator("td[data-model=graph] .number").inner_text(),
        )
        for row in rows.all()
    ]
    return {name: float(number.strip("<%")) for name, number in found}


def ask(page: Page, picture: Image.Image, folder: Path) -> dict[str, float]:
    picture.save(folder / "asked.png")
    expect(page.locator("#open")).to_be_enabled()
    expect(page.locator("#loaded")).to_contain_text("B")
    page.set_input_files("input[type=file]", folder / "asked.png")
    expect(page.locator("#answers tbody td .number").first).to_contain_text("%")
    return answers(page)


def test_one_number_becomes_two_classes(page: Page, url: str, folder: Path, tmp_path: Path) -> None:
    page.goto(f"{url}pets/")
    pixels = np.zeros((32, 32, 3), np.uint8)
    pixels[:, :16] = (200, 30, 90)
    shown = ask(page, Image.fromarray(pixels), tmp_path)
    keras.utils.set_random_seed(3)
    model = make_pets(tmp_path)
    (logit,) = np.asarray(model(pixels[None].astype(np.float32)))[0]
    assert shown["dog"] == pytest.approx(100 / (1 + np.exp(-logit)), abs=0.2)
    assert shown["cat"] + shown["dog"] == pytest.approx(100, abs=0.2)


def test_teachable_machines_export_answers_with_its_labels(
    page: Page, url: str, tmp_path: Path
) -> None:
    page.goto(f"{url}taught/")
    expect(page.locator("body")).to_contain_text("Layers model")
    shown = ask(page, Image.new("RGB", (50, 40), (220, 60, 20)), tmp_path)
    assert shown.keys() == {"Cup", "Pen", "Nothing"}
    assert sum(shown.values()) == pytest.approx(100, abs=0.3)
    assert not page.locator("#step-own").count(), "there is no trainer to compare it with"


def test_a_model_with_data_is_tested_on_it(page: Page, url: str, folder: Path) -> None:
    page.goto(f"{url}tested/")
    page.locator("#samples button").first.click()
    expect(page.locator("#answers tbody td .number").first).to_contain_text("%")
    assert sum(answers(page).values()) == pytest.approx(100, abs=0.3)
    report = json.loads((folder / "site/report.json").read_text())
    tested = report["models"]["tested"]
    assert tested["accuracy"]["images"] == 400
    graph, layers = tested["parity"]
    assert max(graph["difference"], layers["difference"]) < 1e-4
    assert graph["accuracy"] == graph["keras_accuracy"] == tested["accuracy"]["value"]


def test_large_pictures_are_proved_on_the_pixels_that_keras_had(folder: Path) -> None:
    report = json.loads((folder / "site/report.json").read_text())["models"]["large"]
    assert any((folder / "site/data/views").rglob("*.webp")), "the sheets are lossy"
    graph, layers = report["parity"]
    assert graph["images"] == layers["images"] == report["accuracy"]["images"]
    assert max(graph["difference"], layers["difference"]) < 1e-4


def test_the_report_says_what_there_is_not(page: Page, url: str, folder: Path) -> None:
    page.goto(f"{url}about/")
    expect(page.locator("main")).to_contain_text("There is no layers model of it: a SavedModel")
    expect(page.locator("main")).to_contain_text("converted from Keras 3")
    assert not (folder / "site/models/exported/model_layers").exists()
    assert (folder / "site/models/tested/tested.keras").is_file()


def test_a_second_build_converts_nothing(folder: Path) -> None:
    lines = [line for line in build(folder).splitlines() if "Convert" in line]
    assert len(lines) == 4
    assert all(float(line.split()[-2]) < 2 for line in lines), lines
