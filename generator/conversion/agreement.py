"""The proof that converted models answer as the original does: the same inputs, in a browser."""

import json
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from generator.bundle import Bundle
from generator.conversion.opened import Arrays, OpenedModel, Tensor
from generator.proof import open_proof, write_proof

EXAMPLES = 4
# The largest difference from the original, as a share of its largest output.
LARGEST_DIFFERENCE = 1e-4
FREE = 32  # what a size becomes that a model leaves open


class Disagreement(Exception):
    """A converted model does not load or run in a browser; the words are TensorFlow.js' own."""


def make_examples(opened: OpenedModel, pixels: tuple[float, float] = (1 / 255, 0.0)) -> Arrays:
    """Return inputs of `EXAMPLES` examples that a model may be asked with; always the same.

    `pixels` are the scale and offset of images (rank 4, 1 or 3 channels), which are smooth colour
    gradients with noise; other numbers are drawn from a normal distribution, whole numbers from
    the indices that its embeddings know.
    """
    random = np.random.default_rng(7)
    most = _indices(opened)
    return [_example(tensor, random, most, pixels) for tensor in opened.inputs]


def _example(
    tensor: Tensor, random: np.random.Generator, most: int, pixels: tuple[float, float]
) -> npt.NDArray[Any]:
    shape = (EXAMPLES, *(size or FREE for size in tensor.shape))
    if tensor.dtype == "bool":
        return np.asarray(random.random(shape) < 0.5)
    if tensor.dtype == "int32" or (len(shape) == 2 and most):
        return random.integers(0, most or 10, shape).astype(tensor.dtype)
    if len(shape) == 4 and shape[-1] in (1, 3):
        low = random.uniform(0, 255, (EXAMPLES, 4, shape[-1]))
        down, across = np.meshgrid(
            np.linspace(0, 1, shape[1]), np.linspace(0, 1, shape[2]), indexing="ij"
        )
        corners = [
            (1 - down) * (1 - across),
            (1 - down) * across,
            down * (1 - across),
            down * across,
        ]
        image = np.einsum("khw,nkc->nhwc", np.stack(corners), low) + random.normal(0, 20, shape)
        scale, offset = pixels
        image = np.clip(np.round(image), 0, 255) * scale + offset
        return np.asarray(image, np.float32)
    return np.asarray(random.normal(0, 1, shape), np.float32)


def _indices(opened: OpenedModel) -> int:
    """How many indices the smallest embedding of a model knows; 0 without one."""
    from generator.conversion.twin import all_operations, is_network

    if opened.keras is None or not is_network(opened.keras):
        return 0
    found = [getattr(layer, "input_dim", 0) for layer in all_operations(opened.keras)]
    return min((size for size in found if isinstance(size, int) and size), default=0)


class Prover:
    """A browser with a page that runs converted models."""

    def __init__(self, folder: Path, tab: Any) -> None:
        self.folder, self.tab = folder, tab

    def run(
        self, kind: str, model: Path, names: list[str], outputs: list[str], values: Arrays
    ) -> tuple[Arrays, str]:
        """A model's outputs on `values`, and the operation that WebAssembly lacks.

        `names` are those of the inputs, `outputs` the tensors to ask a graph model for. Raises
        Disagreement when TensorFlow.js cannot load or run it.
        """
        # A folder of its own each time: browsers keep files by their address.
        target = Path(tempfile.mkdtemp(prefix="model-", dir=self.folder))
        shutil.copytree(model, target, dirs_exist_ok=True)
        inputs = [
            {"name": n, "shape": v.shape, "dtype": str(v.dtype), "data": v.ravel().tolist()}
            for n, v in zip(names, values, strict=True)
        ]
        (target / "inputs.json").write_text(json.dumps(inputs))
        spec = {"kind": kind, "folder": f"../{target.name}/", "outputs": outputs}
        found = self.tab.evaluate(
            """async (spec) => {
                try { return await runModel(spec); }
                catch (error) { return { error: String(error.message ?? error) }; }
            }""",
            spec,
        )
        if "error" in found:
            raise Disagreement(found["error"].splitlines()[0])
        arrays: Arrays = [
            np.asarray(output["data"], np.float32).reshape(output["shape"])
            for output in found["outputs"]
        ]
        return arrays, found["missing"]


@contextmanager
def open_prover(folder: Path, browser: Path, bundle: Bundle) -> Iterator[Prover]:
    """Open a browser on the page that runs models; `folder` is for its files.

    Raises BuildError when the page does not open.
    """
    (folder / "assets").symlink_to(bundle.folder)
    write_proof(folder, bundle, "convert/page.js", "convert/worker.js")
    where, expected = "the page that checks models", "a Chrome or Chromium of the last two years"
    with open_proof(folder, browser, where, expected) as tab:
        yield Prover(folder, tab)


def compare(actual: Arrays, expected: Arrays) -> float:
    """The largest difference of any output, as a share of the largest of all outputs.

    Raises Disagreement when their number, shapes or finiteness differ.
    """
    shapes = [value.shape for value in actual], [value.shape for value in expected]
    if shapes[0] != shapes[1]:
        raise Disagreement(f"it gives outputs of shapes {shapes[0]} where Keras gives {shapes[1]}")
    if not all(np.isfinite(value).all() for value in actual):
        raise Disagreement("it gives numbers that are not finite")
    largest = max(float(np.abs(value.astype(np.float32)).max()) for value in expected)
    off = max(
        float(np.abs(one - other.astype(np.float32)).max())
        for one, other in zip(actual, expected, strict=True)
    )
    return off / largest if largest else off
