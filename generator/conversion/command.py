"""`mlpages convert`: a model file -> a folder with TensorFlow.js models, without a site."""

import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path

from generator.browser import find_browser
from generator.cache import Cache
from generator.config import Weights, read_class_names
from generator.conversion.agreement import make_examples
from generator.conversion.convert import (
    GRAPH,
    LAYERS,
    REPORT,
    Conversion,
    convert,
    describe_forms,
    proving,
)
from generator.conversion.images import RANGES, as_classifier, describe_classifier, describe_model
from generator.conversion.model_file import open_model
from generator.conversion.opened import OpenedModel
from generator.errors import BuildError
from generator.install import explained_errors
from generator.progress import Reporter
from generator.quiet import quiet

OURS = frozenset([GRAPH, LAYERS, REPORT])


@dataclass(frozen=True)
class Request:
    """What to convert and how; `classes` are names with commas, or a file of names."""

    model: Path
    out: Path
    weights: Weights = "float16"
    classes: str | None = None
    pixels: str | None = None
    trust: bool = False


def convert_file(request: Request, reporter: Reporter) -> Conversion:
    """Convert a model into a folder, replacing what an earlier conversion left there.

    Raises BuildError when it cannot be converted, or when the folder holds other things; the
    folder is then as it was.
    """
    _refuse_foreign(request.out)
    names = _names(request.classes)
    with (
        explained_errors(request.out, left=" OUT is as it was."),
        tempfile.TemporaryDirectory() as made,
    ):
        folder = Path(made)
        with reporter.stage(f"Convert {request.model.name}") as stage:
            stage.update(0, 2, "importing TensorFlow")
            with quiet(), open_model(request.model, request.trust) as opened:
                stage.update(1, 2, "converting")
                conversion = _convert(opened, request, names, folder)
            stage.result = conversion.origin
        _install(folder, request.out)
    return conversion


def _install(made: Path, out: Path) -> None:
    """Bring `out` to what `made` holds: copied beside it first, for a disk may be full."""
    out.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".mlpages-", dir=out.parent) as folder:
        beside = Path(folder)
        # Not copytree: it gathers the disk's errors, and loses their numbers.
        for file in sorted(file for file in made.rglob("*") if file.is_file()):
            copy = beside / file.relative_to(made)
            copy.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(file, copy)
        out.mkdir(exist_ok=True)
        for name in OURS:
            old = out / name
            shutil.rmtree(old) if old.is_dir() else old.unlink(missing_ok=True)
        for entry in beside.iterdir():
            entry.replace(out / entry.name)


def _convert(
    opened: OpenedModel, request: Request, names: tuple[str, ...], folder: Path
) -> Conversion:
    where = str(request.model)
    found = None
    if named := names or opened.classes:
        found = describe_classifier(opened, named, request.pixels or "", where)
    pixels = found.pixels if found else request.pixels or "0..1"
    examples = make_examples(opened, RANGES[pixels])
    if found:
        opened, found = as_classifier(opened, found, examples)
    with proving(Cache(), find_browser()) as prover:
        range_of = found.pixels if found else ""
        made = convert(opened, folder, request.weights, where, prover, examples, range_of)
    if found:
        describe_forms(folder, describe_model(request.model.stem, found, made, drawn=False))
    return made


def _names(classes: str | None) -> tuple[str, ...]:
    """Class names as --classes gives them."""
    if not classes:
        return ()
    if "," not in classes:
        return read_class_names(Path(classes))
    names = tuple(name.strip() for name in classes.split(","))
    if not all(names) or len(set(names)) < len(names):
        raise BuildError(
            what="a class has no name, or two have the same",
            where="--classes",
            expected="different names with commas between them: cat,dog",
            found=classes,
        )
    return names


def _refuse_foreign(out: Path) -> None:
    others = {entry.name for entry in out.iterdir()} - OURS if out.is_dir() else set()
    if others:
        raise BuildError(
            what="the folder holds other things",
            where=str(out),
            expected="a new or empty folder, or one that mlpages convert has written",
            found=", ".join(sorted(others)[:5]),
            fix="Name another folder.",
        )
