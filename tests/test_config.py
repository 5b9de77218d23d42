from pathlib import Path

import pytest

from generator.config import load_config
from generator.errors import BuildError
from generator.toml_reader import ConfigError

GOOD = """
[data.mnist]
source = "mnist"

[model.digits]
data = "mnist"
architecture = "accurate"

[[demo]]
kind = "trainer"
slug = "train"
data = "mnist"

[[demo]]
kind = "predictor"
slug = "draw"
model = "digits"
"""


def load(tmp_path: Path, text: str):
    file = tmp_path / "site.toml"
    file.write_text(text)
    return load_config(file)


def problems(tmp_path: Path, text: str) -> list[str]:
    with pytest.raises(ConfigError) as caught:
        load(tmp_path, text)
    prefix = f"{tmp_path / 'site.toml'}:"
    return [problem.removeprefix(prefix) for problem in caught.value.problems]


def test_a_small_site_gets_sensible_defaults(tmp_path: Path) -> None:
    config = load(tmp_path, GOOD)
    assert config.data["mnist"].classic and config.models["digits"].weights == "float16"
    assert [demo.title for demo in config.demos] == ["Train", "Draw"]
    assert config.demos[0].architectures == ("codelab", "course")


def test_a_title_is_left_out_or_says_something(tmp_path: Path) -> None:
    text = '[site]\ntitle = " "' + GOOD.replace('slug = "draw"', 'slug = "draw"\ntitle = ""')
    assert problems(tmp_path, text) == [
        "2: [site]: title must be text in quotes, not empty, found ' '.",
        "18: [[demo]]: title must be text in quotes, not empty, found ''.",
    ]


def test_the_default_site_is_valid() -> None:
    assert [demo.slug for demo in load_config(Path("site.toml")).demos] == [
        "mnist-trainer",
        "digit-predictor",
        "happy-sad",
    ]


def test_all_problems_are_listed_at_once_with_their_lines(tmp_path: Path) -> None:
    text = GOOD.replace('source = "mnist"', 'source = "mnits"').replace('slug = "draw"', "slog = 1")
    text = text.replace('architecture = "accurate"', 'architecture = "big"')
    assert problems(tmp_path, text) == [
        "3: [data.mnist]: source is 'mnits'; known: mnist, shapes, faces, "
        "folder, npz, idx (did you mean 'mnist'?).",
        "7: [model.digits]: architecture is 'big'; known: codelab, course, accurate, "
        "module:function.",
        "14: [[demo]]: slug is missing; expected words of a-z, 0-9 and '-'.",
        "16: [[demo]]: unknown key 'slog'; known: kind, slug, title, description, model, "
        "inputs, top, unsure (did you mean 'slug'?).",
    ]


def test_a_demo_without_its_model_is_told_which_there_are(tmp_path: Path) -> None:
    text = GOOD.replace('model = "digits"', 'model = "digit"')
    assert problems(tmp_path, text) == [
        "17: [[demo]]: model is 'digit'; known: digits (did you mean 'digits'?)."
    ]


def test_isolated_pages_need_the_worker_of_an_offline_site(tmp_path: Path) -> None:
    told = (
        "isolated pages get their headers from the service worker of a site that works offline; "
        "say offline = true, too"
    )
    assert problems(tmp_path, f"[site]\nisolated = true\n{GOOD}") == [f"2: [site]: {told}."]
    assert load(tmp_path, f"[site]\noffline = true\nisolated = true\n{GOOD}").isolated
    assert not load(tmp_path, f"[site]\noffline = true\n{GOOD}").isolated


def test_two_demos_cannot_share_a_slug(tmp_path: Path) -> None:
    text = GOOD.replace('slug = "draw"', 'slug = "train"')
    assert problems(tmp_path, text) == ["16: [[demo]]: two demos have the slug 'train'."]


@pytest.mark.parametrize("slug", ["../up", "Upper", "a b", "assets"])
def test_a_slug_is_a_plain_folder_name_of_its_own(tmp_path: Path, slug: str) -> None:
    found = problems(tmp_path, GOOD.replace('slug = "draw"', f'slug = "{slug}"'))
    assert len(found) == 1 and found[0].startswith("16: ") and slug in found[0]


def test_wrong_types_are_named(tmp_path: Path) -> None:
    text = GOOD.replace('source = "mnist"', 'source = "mnist"\nlimit = "many"\nclassic = 1')
    assert problems(tmp_path, text) == [
        "4: [data.mnist]: limit must be a whole number from 70 up, found 'many'.",
        "5: [data.mnist]: classic must be true or false, found 1.",
    ]


def test_broken_toml_says_where(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"not valid TOML.*line 2"):
        load(tmp_path, "[site]\ntitle = yes\n")


def test_an_empty_site_is_refused(tmp_path: Path) -> None:
    assert problems(tmp_path, "") == ["1: [[demo]]: a site needs at least one [[demo]]."]


def test_a_missing_file_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(BuildError, match=r"site.toml: the file is missing.*--config"):
        load_config(tmp_path / "site.toml")


TRANSFER = """
[data.faces]
source = "faces"
[data.shapes]
source = "shapes"
[[demo]]
kind = "transfer"
slug = "teach"
"""


def test_a_transfer_page_takes_its_classes_from_its_data(tmp_path: Path) -> None:
    [demo] = load(tmp_path, TRANSFER + 'data = "faces"').demos
    assert (demo.data, demo.classes) == ("faces", ())
    assert demo.backbones == ("efficientnet_lite0",)
    assert demo.optional == ("mobilenet_v1_0.25_224",)


def test_a_transfer_page_without_data_has_the_classes_that_it_names(tmp_path: Path) -> None:
    [demo] = load(tmp_path, TRANSFER + 'classes = ["cat", "dog", "owl"]').demos
    assert (demo.data, demo.classes) == ("", ("cat", "dog", "owl"))


def test_backbones_that_are_named_must_be_had(tmp_path: Path) -> None:
    [demo] = load(tmp_path, TRANSFER + 'backbones = ["mobilenet_v1_0.25_224"]').demos
    assert demo.backbones == ("mobilenet_v1_0.25_224",) and demo.optional == ()


def test_wrong_transfer_pages_are_told_what_is_wrong(tmp_path: Path) -> None:
    assert problems(tmp_path, TRANSFER + 'classes = ["cat"]') == [
        "9: [[demo]]: classes must be two or more different names."
    ]
    assert problems(tmp_path, TRANSFER + 'backbones = ["mobilnet"]')[0].startswith(
        "9: [[demo]]: backbones is 'mobilnet'; known: efficientnet_lite0, mobilenet_v1_0.25_224"
    )
    assert problems(tmp_path, TRANSFER + 'data = "shapes"') == [
        "9: [[demo]]: shapes holds no pictures of 96 pixels and up; faces do (source faces, or "
        "folder with size = 224)."
    ]
    text = '[backbones]\nmobilenet = "none.h5"' + TRANSFER
    assert "there is no file" in problems(tmp_path, text)[0]


OWN = """
[site]
title = "Mine"
accent = "#C0352B"
url = "https://user.github.io/pets"

[data.pets]
source = "folder"
path = "photos"

[data.letters]
source = "idx"
path = "photos"
drawn = true

[model.pets]
data = "pets"
architecture = "nets.small:build"
batch_size = 16
learning_rate = 0.01
augment = false

[model.letters]
data = "letters"
architecture = "codelab"

[[demo]]
kind = "predictor"
slug = "pets"
model = "pets"
unsure = 70

[[demo]]
kind = "predictor"
slug = "letters"
model = "letters"
"""


def test_a_site_of_ones_own(tmp_path: Path) -> None:
    (tmp_path / "photos").mkdir()
    config = load(tmp_path, OWN)
    pets, letters = config.demos
    assert pets.inputs == ("file", "samples", "webcam") and (pets.top, pets.unsure) == (10, 70)
    assert letters.inputs == ("pad", "file", "samples")
    model = config.models["pets"]
    assert (model.architecture, model.batch_size, model.learning_rate, model.augment) == (
        "nets.small:build",
        16,
        0.01,
        False,
    )
    assert (config.accent, config.url) == ("#c0352b", "https://user.github.io/pets/")
    assert config.data["pets"].size == 64 and config.templates is None


@pytest.mark.parametrize(
    ("before", "after", "problem"),
    [
        ('path = "photos"\n\n[data.l', "\n[data.l", "path is missing; a folder needs one"),
        ('accent = "#C0352B"', 'accent = "red"', "accent is 'red'; expected #rrggbb"),
        ("https://user", "user", "url is 'user.github.io/pets'; expected an address"),
        ("unsure = 70", "unsure = 170", "unsure must be a percentage from 0 to 100, found 170"),
        ("unsure = 70", 'inputs = ["pad"]', "say drawn = true under [data.pets]"),
        ("0.01", "2", "learning_rate must be a number above 0 and up to 1, found 2"),
        ('source = "folder"', 'source = "folder"\nsize = 600', "size must be at most 512"),
        ('source = "folder"', 'source = "folder"\ndrawn = true', "unknown key 'drawn'"),
        ('kind = "predictor"\nslug = "pets"', 'kind = "transfer"\nslug = "pets"', "unknown key"),
    ],
)
def test_what_is_wrong_with_it_is_said(
    tmp_path: Path, before: str, after: str, problem: str
) -> None:
    (tmp_path / "photos").mkdir()
    assert before in OWN
    assert any(problem in found for found in problems(tmp_path, OWN.replace(before, after, 1)))


def test_pictures_for_a_backbone_are_not_trained_on_from_nothing(tmp_path: Path) -> None:
    (tmp_path / "photos").mkdir()
    text = '[data.pets]\nsource = "folder"\npath = "photos"\nsize = 224\n[[demo]]\nslug = "a"\n'
    (problem,) = problems(tmp_path, text + 'kind = "trainer"\ndata = "pets"')
    assert "too large to train on from nothing in a page; use a folder with size = 64" in problem
    assert load(tmp_path, text + 'kind = "transfer"\ndata = "pets"').demos[0].data == "pets"


def test_an_unknown_strategy_is_told_which_there_are(tmp_path: Path) -> None:
    assert load(tmp_path, GOOD).strategy == ""
    assert load(tmp_path, GOOD + '[train]\nstrategy = "mirrored"').strategy == "mirrored"
    assert problems(tmp_path, GOOD + '[train]\nstrategy = "miror"\nworkers = 2') == [
        "19: [train]: strategy is 'miror'; known: mirrored, multi_worker (did you mean "
        "'mirrored'?).",
        "20: [train]: unknown key 'workers'; known: strategy.",
    ]


def test_a_demo_in_single_brackets_is_told_so(tmp_path: Path) -> None:
    text = '[demo]\nkind = "trainer"\nslug = "train"\n'
    assert problems(tmp_path, text) == [
        "1: [[demo]]: a page takes two brackets: write [[demo]], not [demo]."
    ]


def test_a_missing_file_of_classes_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "net.keras").write_bytes(b"")
    text = '[model.net]\npath = "net.keras"\nclasses = "none.txt"\n'
    found = next(problem for problem in problems(tmp_path, text) if "none.txt" in problem)
    assert found.startswith("3: [model.net]: ") and "cannot be read" in found
    assert found.endswith(".") and not found.endswith("..")
