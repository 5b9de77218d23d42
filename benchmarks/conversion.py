"""What converts: structures x formats x both kinds of model, beside plain tensorflowjs.

Each model is saved in a format, converted to float32 by us and by tensorflowjs 4.22's own command,
loaded in Chromium and asked with the same four examples; the number is the largest difference
from Keras as a share of its largest output. Writes docs/conversion.md.

    python benchmarks/conversion.py [WORD ...]     # only structures whose names hold a word
"""

import shutil
import sys
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import conversion_structures as structures
import keras
import tf_keras
from measuring import machine, require_browser

from generator.cache import Cache
from generator.config import PIXELS
from generator.conversion.agreement import Disagreement, Prover, compare, make_examples
from generator.conversion.convert import GRAPH, LAYERS, Conversion, Form, convert, proving
from generator.conversion.model_file import open_model
from generator.conversion.opened import Arrays, OpenedModel, Tensor, from_keras
from generator.conversion.weights import read_model_json
from generator.errors import BuildError
from generator.quiet import quiet

PAGE = Path(__file__).parents[1] / "docs/conversion.md"
AGREES = 1e-4
FORMATS: dict[str, tuple[Any, str, Callable[[Any, Path], Any]]] = {
    "Keras 2 .h5": (tf_keras, "model.h5", lambda model, file: model.save(file)),
    "Keras 3 .keras": (keras, "model.keras", lambda model, file: model.save(file)),
    "SavedModel of Keras 2": (tf_keras, "saved", lambda model, file: model.save(file)),
    "SavedModel of Keras 3": (
        keras,
        "saved",
        lambda model, file: model.export(file, verbose=False),
    ),
}
PLAIN = {
    ("Keras 2 .h5", GRAPH): ("keras", "tfjs_graph_model"),
    ("Keras 2 .h5", LAYERS): ("keras", "tfjs_layers_model"),
    ("Keras 3 .keras", GRAPH): ("keras_keras", "tfjs_graph_model"),
    ("Keras 3 .keras", LAYERS): ("keras_keras", "tfjs_layers_model"),
    ("SavedModel of Keras 2", GRAPH): ("tf_saved_model", "tfjs_graph_model"),
    ("SavedModel of Keras 2", LAYERS): ("keras_saved_model", "tfjs_layers_model"),
    ("SavedModel of Keras 3", GRAPH): ("tf_saved_model", "tfjs_graph_model"),
    ("SavedModel of Keras 3", LAYERS): ("keras_saved_model", "tfjs_layers_model"),
}


def main() -> None:
    words = sys.argv[1:]
    chosen = [
        name for name in structures.STRUCTURES if not words or any(word in name for word in words)
    ]
    rows: list[str] = []
    reasons: dict[str, list[str]] = {}
    with proving(Cache(), require_browser()) as prover:
        assert prover
        for name in chosen:
            for kind, (library, file, save) in FORMATS.items():
                start = time.perf_counter()
                cells, why = measure(name, kind, library, file, save, prover)
                rows.append(f"| {name} | {kind} | {' | '.join(cells)} |")
                print(f"{rows[-1]} {time.perf_counter() - start:.0f} s", flush=True)
                for reason in why:
                    reasons.setdefault(reason, []).append(f"{name} ({kind})")
    PAGE.write_text(page(rows, reasons), encoding="utf-8")


def measure(
    name: str, kind: str, library: Any, file: str, save: Callable[[Any, Path], Any], prover: Prover
) -> tuple[list[str], list[str]]:
    """Four cells (our graph and layers model, the plain ones), and why there is none of ours."""
    with tempfile.TemporaryDirectory() as temporary, quiet():
        folder = Path(temporary)
        model = structures.spread(structures.STRUCTURES[name](library))
        try:
            save(model, folder / file)
        except (ValueError, NotImplementedError, TypeError):
            return ["cannot be saved so", "", "", ""], []
        # After it was saved: opening unrolls loops, from which the plain command would gain.
        opened = _opened(model)
        # Networks that scale by themselves hardly tell examples of 0 to 1 apart.
        pixels = PIXELS["0..255" if opened.scales else "0..1"]
        examples = make_examples(opened, pixels)
        expected = opened.predict(examples)
        named = dict(zip([tensor.name for tensor in opened.inputs], examples, strict=True))
        ours, why = measure_ours(folder / file, folder / "ours", prover, named)
        plain = [
            measure_plain(PLAIN[kind, form], form, folder, file, opened, prover, examples, expected)
            for form in (GRAPH, LAYERS)
        ]
    return [*ours, *plain], why


def _opened(model: Any) -> OpenedModel:
    """The model itself; one of Python code (a subclass) does not say what it takes."""
    if getattr(model, "inputs", None):
        return from_keras(model, model.name)
    image = Tensor("image", structures.SUBCLASSED, "float32")
    answer = Tensor("answer", (None,), "float32")
    return OpenedModel(
        "Keras", (image,), (answer,), lambda values: [model(values[0], training=False)], []
    )


def measure_ours(
    file: Path, out: Path, prover: Prover, named: dict[str, Any]
) -> tuple[list[str], list[str]]:
    try:
        with open_model(file) as opened:
            # A SavedModel sorts its inputs by name, and may call a single one otherwise.
            names = [tensor.name for tensor in opened.inputs]
            examples = [named[name] for name in names] if len(names) > 1 else [*named.values()]
            made = convert(opened, out, "float32", file.name, prover, examples)
    except BuildError as error:
        return ["refused", "refused"], [error.what]
    return [cell(made.graph), cell(made.layers)], refusals(made)


def cell(form: Form) -> str:
    if form.refused:
        return "refused"
    return f"{form.exact:.0e}{' (no WebAssembly)' if form.missing else ''}"


def refusals(made: Conversion) -> list[str]:
    forms = (("graph", made.graph), ("layers", made.layers))
    return [f"no {kind} model: {form.refused}" for kind, form in forms if form.refused]


def measure_plain(
    formats: tuple[str, str],
    kind: str,
    folder: Path,
    file: str,
    opened: OpenedModel,
    prover: Prover,
    examples: Arrays,
    expected: Arrays,
) -> str:
    """What tensorflowjs' own command makes of a file, in the same browser."""
    out = folder / f"plain-{kind}"
    shutil.rmtree(out, ignore_errors=True)
    command = [f"--input_format={formats[0]}", f"--output_format={formats[1]}"]
    # In a process of its own: it may take the whole process with it.
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as process:
        try:
            process.submit(convert_plainly, [*command, str(folder / file), str(out)]).result()
        except BrokenProcessPool:
            return "crashes"
        except RuntimeError:
            return "fails"
    try:
        names, outputs = plain_names(out, kind, opened)
        actual, missing = prover.run(
            "graph" if kind == GRAPH else "layers", out, names, outputs, examples
        )
        difference = compare(actual, expected)
    except Disagreement as error:
        return "does not load" if "shapes" not in str(error) else "wrong"
    if difference > AGREES:
        return f"wrong ({difference:.0e})"
    return f"{difference:.0e}{' (no WebAssembly)' if missing else ''}"


def convert_plainly(command: list[str]) -> None:
    """Run tensorflowjs' own command; RuntimeError says that it ended with an error."""
    with quiet():
        from tensorflowjs.converters import converter
    try:
        converter.convert(command)
    except (Exception, SystemExit) as error:
        raise RuntimeError(str(error)) from None


def plain_names(out: Path, kind: str, opened: OpenedModel) -> tuple[list[str], list[str]]:
    """The inputs in Keras' order and the outputs of a plain graph model, by its signature."""
    if kind == LAYERS:
        return [tensor.name for tensor in opened.inputs], []
    signature = read_model_json(out)["signature"]
    found = {name: entry["name"] for name, entry in signature["inputs"].items()}
    ordered = [
        next((full for name, full in found.items() if tensor.name in name), None)
        for tensor in opened.inputs
    ]
    names = [name.split(":")[0] for name in (ordered if all(ordered) else sorted(found.values()))]
    outputs = [entry["name"] for _, entry in sorted(signature["outputs"].items())]
    return names, outputs


def page(rows: list[str], reasons: dict[str, list[str]]) -> str:
    listed = "\n".join(f"- {reason}: {'; '.join(models)}." for reason, models in reasons.items())
    return f"""# What converts

Models of many structures, converted and asked in a browser, beside what tensorflowjs' own command
makes of them.

Each number is the largest difference between Keras and the browser on four examples, as a share of
Keras' largest answer; the weights are stored as float32, so that it should be near 1e-7. All
weights and statistics have values by which answers differ between examples. "Refused" means a
sentence that says why and names the layer; all of them are below. "(no WebAssembly)": it runs, in
plain JavaScript alone. Of the plain command, "fails" means that it ended with an error, "does not
load" that TensorFlow.js refused its model, "wrong" that the answers differ.

{machine()}, TensorFlow.js 4.22.0. Made by `benchmarks/conversion.py`.

| Structure | Format | Our graph | Our layers | Plain graph | Plain layers |
|---|---|---|---|---|---|
{chr(10).join(rows)}

## Why there is none

{listed}

A graph model is all that a predictor page needs; to look into a network, or to train it further in
a page, takes a layers model.
"""


if __name__ == "__main__":
    main()
