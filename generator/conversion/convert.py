"""A model of any kind -> a graph model and a layers model of TensorFlow.js, each with its proof."""

import json
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

from generator.bundle import bundle_scripts
from generator.cache import Cache
from generator.config import Weights
from generator.conversion.agreement import (
    LARGEST_DIFFERENCE,
    Disagreement,
    Prover,
    compare,
    open_prover,
)
from generator.conversion.graph import clean_name, has_loops, write_graph
from generator.conversion.layer_rules import NoLayersModel
from generator.conversion.layers import stored_answers, write_layers
from generator.conversion.opened import Arrays, OpenedModel, Tensor
from generator.conversion.weights import store_weights, write_metadata
from generator.errors import BuildError
from generator.manifest import ModelMetadata

GRAPH, LAYERS = "model_graph", "model_layers"
REPORT = "conversion.json"


@dataclass(frozen=True)
class Form:
    """What became of one of the two: a model, or the sentence that says why there is none.

    `difference` is how far its answers are from the original's, as a share of the largest, with
    the weights as they are stored; `exact` the same with float32 weights. None: no browser
    has checked it. `missing` is the operation that WebAssembly lacks, so that it runs in plain
    JavaScript, or empty.
    """

    refused: str = ""
    bytes: int = 0
    difference: float | None = None
    exact: float | None = None
    missing: str = ""


@dataclass(frozen=True)
class Conversion:
    """What came of a conversion; `conversion.json` holds it."""

    origin: str
    inputs: tuple[Tensor, ...]
    outputs: tuple[Tensor, ...]
    weights: Weights
    graph: Form
    layers: Form
    pixels: str = ""  # of a classifier of images: the range that it is asked with

    @classmethod
    def read(cls, folder: Path) -> "Conversion":
        """Read what `convert` wrote into a folder."""
        found = json.loads((folder / REPORT).read_text(encoding="utf-8"))
        for key in ("inputs", "outputs"):
            found[key] = tuple(Tensor(t["name"], tuple(t["shape"]), t["dtype"]) for t in found[key])
        return cls(**{**found, "graph": Form(**found["graph"]), "layers": Form(**found["layers"])})


@contextmanager
def proving(cache: Cache, browser: Path | None) -> Iterator[Prover | None]:
    """A browser that runs converted models; None where there is no browser."""
    if browser is None:
        yield None
        return
    bundle = bundle_scripts(cache, ("convert",))
    with (
        tempfile.TemporaryDirectory() as folder,
        open_prover(Path(folder), browser, bundle) as prover,
    ):
        yield prover


def convert(
    model: OpenedModel,
    folder: Path,
    stored: Weights,
    where: str,
    prover: Prover | None,
    examples: Arrays,
    pixels: str = "",
) -> Conversion:
    """Write `model_graph/` and `model_layers/` into `folder`, and check both on `examples`.

    Raises BuildError when neither can be had, saying why of each.
    """
    trial = Trial(model, examples, model.predict(examples), prover)
    forms = {
        kind: _make_form(kind, trial, folder / kind, stored, where) for kind in (GRAPH, LAYERS)
    }
    if all(form.refused for form in forms.values()):
        raise BuildError(
            what=f"it can be neither a graph model ({forms[GRAPH].refused}) nor a layers model "
            f"({forms[LAYERS].refused})",
            where=where,
            expected="a model whose operations or layers TensorFlow.js has",
        )
    made = Conversion(
        model.origin, model.inputs, model.outputs, stored, forms[GRAPH], forms[LAYERS], pixels
    )
    (folder / REPORT).write_text(json.dumps(asdict(made), indent=1), encoding="utf-8")
    return made


@dataclass(frozen=True)
class Trial:
    """A model under conversion, what it is asked, and the browser that asks its converted forms."""

    model: OpenedModel
    examples: Arrays
    expected: Arrays  # its answers to the examples
    prover: Prover | None  # None: they are not checked

    def ask(self, kind: str, folder: Path, outputs: list[str]) -> tuple[Arrays, str] | None:
        """What a written model answers, and what WebAssembly lacks for it; None: not asked."""
        if self.prover is None:
            return None
        names = [clean_name(tensor.name) for tensor in self.model.inputs]
        form = "graph" if kind == GRAPH else "layers"
        return self.prover.run(form, folder, names, outputs, self.examples)


def _make_form(kind: str, trial: Trial, folder: Path, stored: Weights, where: str) -> Form:
    folder.mkdir(parents=True)
    try:
        found = _write_form(kind, trial, folder, stored, where)
    except NoLayersModel as error:
        reason = str(error)
    except Disagreement as error:
        reason = f"TensorFlow.js: {error}"
        if kind == GRAPH and has_loops(folder):
            reason += (
                "; it has loops, as recurrent layers have in a SavedModel: the .keras or .h5 file "
                "that it came from is written without them"
            )
    except BuildError as error:
        if kind == LAYERS:
            raise
        reason = error.what
    else:
        return found
    shutil.rmtree(folder)
    return Form(reason)


def _write_form(kind: str, trial: Trial, folder: Path, stored: Weights, where: str) -> Form:
    """Write one of the two; raises Disagreement when the browser's answers are not the model's."""
    if kind == GRAPH:
        outputs = list(write_graph(trial.model, folder, where).values())
    else:
        outputs = []
        write_layers(trial.model, folder, trial.examples, trial.expected)
    answered = trial.ask(kind, folder, outputs)
    exact, missing = None, ""
    if answered:
        exact, missing = compare(answered[0], trial.expected), answered[1]
        if exact > LARGEST_DIFFERENCE:
            raise Disagreement(f"in the browser it answers differently, by {exact:.1e}")
    difference = exact
    if stored != "float32":
        store_weights(folder, stored)
        if rounded := trial.ask(kind, folder, outputs):
            difference = compare(rounded[0], trial.expected)
            if kind == LAYERS:
                _check_rounded(rounded[0], stored_answers(folder, trial.examples))
    size = sum(file.stat().st_size for file in folder.iterdir())
    return Form("", size, difference, exact, missing)


def _check_rounded(actual: Arrays, wanted: Arrays) -> None:
    """A layers model must answer as Keras carrying the same rounded weights does."""
    difference = compare(actual, wanted)
    if difference > LARGEST_DIFFERENCE:
        raise Disagreement(f"with rounded weights it answers differently, by {difference:.1e}")


def describe_forms(folder: Path, metadata: ModelMetadata) -> None:
    """Put the metadata into those of the two models that `folder` holds."""
    for kind in (GRAPH, LAYERS):
        if (folder / kind).is_dir():
            write_metadata(folder / kind, metadata)
