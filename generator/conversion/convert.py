"""A model of any kind -> a graph model and a layers model of TensorFlow.js, each with its proof."""

import json
import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

from generator.bundle import bundle_scripts
from generator.cache import Cache
from generator.config import Weights
from generator.conversion import (
    agreement,
    classifier,
    graph,
    layer_rules,
    layers,
    model_file,
    opened,
    operators,
    safety,
    saved_model,
    tfjs_model,
    twin,
    weights,
)
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
from generator.conversion.weights import store_weights
from generator.errors import BuildError

GRAPH, LAYERS = "model_graph", "model_layers"
REPORT = "conversion.json"
# What a cache key of a conversion has to hold.
MODULES = (
    agreement,
    classifier,
    graph,
    layer_rules,
    layers,
    model_file,
    opened,
    operators,
    safety,
    saved_model,
    tfjs_model,
    twin,
    weights,
    sys.modules[__name__],
)


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
    expected = model.predict(examples)
    forms = {
        kind: _make_form(kind, model, folder / kind, stored, prover, examples, expected, where)
        for kind in (GRAPH, LAYERS)
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


def _make_form(
    kind: str,
    model: OpenedModel,
    folder: Path,
    stored: Weights,
    prover: Prover | None,
    examples: Arrays,
    expected: Arrays,
    where: str,
) -> Form:
    folder.mkdir(parents=True)
    try:
        if kind == GRAPH:
            outputs = list(write_graph(model, folder, where).values())
        else:
            outputs = []
            write_layers(model, folder, examples)
        exact, missing = _prove(kind, model, folder, outputs, prover, examples, expected)
        if exact is not None and exact > LARGEST_DIFFERENCE:
            raise Disagreement(f"in the browser it answers differently, by {exact:.1e}")
        store_weights(folder, stored)
        difference, _ = _prove(kind, model, folder, outputs, prover, examples, expected)
        if kind == LAYERS and prover and stored != "float32":
            _check_rounded(model, folder, prover, examples)
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
        size = sum(file.stat().st_size for file in folder.iterdir())
        return Form("", size, difference, exact, missing)
    shutil.rmtree(folder)
    return Form(reason)


def _prove(
    kind: str,
    model: OpenedModel,
    folder: Path,
    outputs: list[str],
    prover: Prover | None,
    examples: Arrays,
    expected: Arrays,
) -> tuple[float | None, str]:
    """How far a written model is from the original, and what WebAssembly lacks for it."""
    if prover is None:
        return None, ""
    names = [clean_name(tensor.name) for tensor in model.inputs]
    form = "graph" if kind == GRAPH else "layers"
    actual, missing = prover.run(form, folder, names, outputs, examples)
    return compare(actual, expected), missing


def _check_rounded(model: OpenedModel, folder: Path, prover: Prover, examples: Arrays) -> None:
    """Compare a layers model with Keras carrying the same rounded weights: no more may differ."""
    wanted = stored_answers(folder, examples)
    difference, _ = _prove(LAYERS, model, folder, [], prover, examples, wanted)
    if difference is not None and difference > LARGEST_DIFFERENCE:
        raise Disagreement(f"with rounded weights it answers differently, by {difference:.1e}")
