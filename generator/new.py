"""`mlpages new`: a folder with everything that a site of one's own begins with."""

import json
import os
import re
import shutil
from importlib.metadata import distribution
from pathlib import Path
from typing import Literal

import jinja2

from generator.datasets.folder_files import find_files
from generator.datasets.idx import NAME as IDX_NAME
from generator.errors import BuildError
from generator.install import explained_errors
from generator.layouts import detect_layout
from generator.origin import find_origin
from generator.resources import TEMPLATES

# In the new folder, and what in templates/new/ it is made from.
FILES = {
    "site.toml": "site.toml",
    "README.md": "README.md",
    "requirements.txt": "requirements.txt",
    ".gitignore": "gitignore",
    ".github/workflows/pages.yml": "pages.yml",
}
MOST_CLASSES = 8
Source = Literal["shapes", "folder", "npz", "idx"]


def create_site(
    folder: Path,
    title: str,
    data: Path | None = None,
    model: Path | None = None,
    classes: tuple[str, ...] = (),
) -> list[Path]:
    """Write a site.toml, a README, a .gitignore and a Pages workflow; return the files.

    `data` is what the site is about: a folder of pictures, a folder of IDX files or an .npz file;
    without it, drawn shapes. Or it is about a `model` of `classes`, which is converted, not
    trained. A copy of the wheel that mlpages was installed from is put beside
    them: the workflow installs it. Raises BuildError when one of the files is there already, or
    when `data` is none of these, or the model is not there; then nothing is written.
    """
    taken = [name for name in FILES if (folder / name).exists()]
    if taken:
        raise BuildError(
            what="there is something already",
            where=str(folder),
            expected="a new or empty folder",
            found=", ".join(taken),
            fix="Name another folder, or go on with what is there: `mlpages build`.",
        )
    if model and not model.exists():
        raise BuildError(
            what="there is no such model",
            where=str(model),
            expected="a .keras or .h5 file, a SavedModel folder, or a Teachable Machine export",
        )
    source = _source(data) if data else "shapes"
    origin = find_origin(distribution("mlpages"))
    values = {
        "title": title,
        "source": source,
        "name": _name(data) if data else "shapes",
        "model": os.path.relpath(model, folder) if model else "",
        "model_name": _name(model) if model else "",
        "model_classes": list(classes),
        "path": os.path.relpath(data, folder) if data else "",
        "architecture": "course" if source == "shapes" else "accurate",
        "classes": _classes(data) if data and source == "folder" else ["cat", "dog"],
        "requirement": origin.requirement,
    }
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(TEMPLATES / "new"),
        undefined=jinja2.StrictUndefined,
        autoescape=False,  # none of it is HTML
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    # A JSON string is a TOML string, a list of them a list.
    environment.filters["toml"] = lambda value: json.dumps(value, ensure_ascii=False)
    texts = {name: environment.get_template(file).render(values) for name, file in FILES.items()}
    files = [folder / name for name in FILES]
    with explained_errors(folder, left=""):
        for name, text in texts.items():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_text(text, encoding="utf-8")
        if origin.wheel and not (folder / origin.wheel.name).exists():
            files.append(shutil.copyfile(origin.wheel, folder / origin.wheel.name))
    return files


def _source(data: Path) -> Source:
    if data.suffix.lower() == ".npz" and data.is_file():
        return "npz"
    if data.is_dir():
        return "idx" if any(IDX_NAME.fullmatch(file.name) for file in data.iterdir()) else "folder"
    raise BuildError(
        what="this is no data set that mlpages reads" if data.exists() else "there is no such data",
        where=str(data),
        expected="a folder of pictures, a folder of IDX files, or an .npz file",
    )


def _classes(data: Path) -> list[str]:
    """What the folder's pictures tell apart, unless they are too many for a first page."""
    paths = list(find_files(data).files)
    found = detect_layout(paths, lambda path: (data / path).read_text("utf-8", "replace"))
    classes = list(found.classes)
    return classes if 2 <= len(classes) <= MOST_CLASSES else ["cat", "dog"]


def _name(data: Path) -> str:
    """What [data.<name>] calls it: the file's name in the letters that an address may have."""
    words = re.findall(r"[a-z0-9]+", data.resolve().stem.lower())
    return "-".join(words) or "mine"
