"""The predictor: both models answer as Keras does, and a picture is asked about by keyboard."""

from base64 import b64encode
from pathlib import Path

import numpy as np
from PIL import Image

from generator.cases import FILE as CASES
from generator.cases import Cases
from generator.verification.visit import Flow, Visit

LOADED = "() => /B/.test(document.getElementById('loaded').textContent)"  # such as 1.2 MB
# The graph model has answered the question that is open.
ANSWERED = """(model) => {
  const question = document.getElementById("answers").dataset.question;
  const time = document.getElementById(`time-${model}`);
  const numbers = [...document.querySelectorAll(`#answers td[data-model="${model}"] .number`)];
  return time.dataset.question === question && numbers.some((one) => /\\d%/.test(one.textContent));
}"""


def wait_until_ready(visit: Visit) -> None:
    """All that the page loads is there."""
    with visit.doing("loading the models"):
        visit.wait_for(LOADED)


def ask(visit: Visit) -> None:
    """Compare the models with Keras, then choose a test image, or bring a picture."""
    visit.tensors = visit.count_tensors()
    cases = _read_cases(visit)
    for model in _models(visit):
        _compare(visit, model, cases)
    _ask_by_keyboard(visit, cases)


def check_tensors(visit: Visit) -> None:
    """No answer has left a tensor behind."""
    with visit.doing("counting tensors"):
        count = visit.count_tensors()
        visit.require(count == visit.tensors, f"{count} are left, of {visit.tensors} before")


def _models(visit: Visit) -> list[str]:
    return ["graph", "layers"] if visit.file.data["model"]["layers"] else ["graph"]


def _read_cases(visit: Visit) -> Cases:
    name = visit.file.data["model"]["name"]
    return Cases.read(visit.site.folder / "models" / name / CASES)


def _compare(visit: Visit, model: str, cases: Cases) -> None:
    with visit.doing(f"asking the {model} model about {len(cases.pixels)} cases"):
        pixels = {"bytes": b64encode(cases.pixels.tobytes()).decode()}
        found = np.asarray(visit.ask("predict", model, pixels)["probabilities"], np.float32)
        visit.require(found.size == cases.answers.size, "it answers for other classes than Keras")
        difference = float(np.abs(found.reshape(cases.answers.shape) - cases.answers).max())
        visit.require(
            difference <= cases.tolerance,
            f"it differs from Keras by {difference:.1e}; {cases.tolerance:.1e} is the most",
        )
        visit.noted.append(f"{model} model {difference:.0e} from Keras")


def _ask_by_keyboard(visit: Visit, cases: Cases) -> None:
    inputs = visit.file.data["answer"]["inputs"]
    if "samples" in inputs:
        with visit.doing("choosing a test image by keyboard"):
            visit.tab_to("#samples button")
            visit.page.keyboard.press("ArrowRight")
            visit.page.keyboard.press("Enter")
            visit.wait_for(ANSWERED, "graph")
    elif "file" in inputs:
        with visit.doing("opening a picture by keyboard"):
            visit.choose_files("#open", _picture(cases, visit.scratch))
            visit.wait_for(ANSWERED, "graph")


def _picture(cases: Cases, folder: Path) -> Path:
    pixels = cases.pixels[0]
    file = folder / "case.png"
    Image.fromarray(pixels[..., 0] if pixels.shape[-1] == 1 else pixels).save(file)
    return file


FLOW = Flow(wait_until_ready, ask, check_tensors)
