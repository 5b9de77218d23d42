"""The transfer learner: pictures, a head, an answer, and everything forgotten, by keyboard."""

from pathlib import Path

import numpy as np
from PIL import Image

from generator.verification.visit import Flow, Visit

SIDE, EACH = 96, 6
COLOURS = {"light": (225, 215, 190), "dark": (40, 45, 70)}
ENABLED = "(id) => document.getElementById(id)?.disabled === false"
SAYS = "([id, words]) => document.getElementById(id).textContent.includes(words)"
SHOWN = "(id) => document.getElementById(id).checkVisibility()"
ANSWERED = "() => /%/.test(document.getElementById('try-answer').textContent)"
STATUS = "() => document.getElementById('train-validation').textContent"


def wait_until_ready(visit: Visit) -> None:
    """The first part of the backbone is there: pictures can be added."""
    with visit.doing("loading the backbone"):
        visit.wait_for(ENABLED, "pictures-train-files-open")


def teach(visit: Visit) -> None:
    """Teach it with the page's own samples, or with made-up pictures, and ask."""
    with visit.doing("loading the backbone's last layers"):
        # They would come with the first picture: what they hold is no leak.
        visit.ask("loadPart", "last")
        visit.tensors = visit.count_tensors()
    if "samples" in visit.file.data["transfer"]:
        with visit.doing("teaching it with the samples by keyboard"):
            visit.press("#use-samples")
            visit.wait_for(SAYS, ["train-status", "Trained in"])
            visit.noted.append(f"{visit.page.evaluate(STATUS)} of new samples right")
    else:
        _teach_with_pictures(visit)
    with visit.doing("asking about a picture by keyboard"):
        visit.choose_files("#try-file-open", _draw(visit.scratch / "new.png", "light", 99))
        visit.wait_for(ANSWERED)


def forget(visit: Visit) -> None:
    """Forget everything; the engine holds what it held before."""
    with visit.doing("forgetting everything by keyboard"):
        visit.press("#keep-forget")
        visit.page.wait_for_selector("dialog[open]")
        visit.press("dialog[open] button.primary")
        visit.wait_for(SAYS, ["keep-status", "Everything is forgotten"])
        count = visit.count_tensors()
        visit.require(count == visit.tensors, f"{count} tensors are left, of {visit.tensors}")


def _teach_with_pictures(visit: Visit) -> None:
    # Files, whose names say the class: Firefox' driver cannot choose a folder.
    files = [
        _draw(visit.scratch / f"{name}-{number}.png", name, number)
        for name in COLOURS
        for number in range(EACH)
    ]
    with visit.doing("choosing pictures by keyboard"):
        visit.choose_files("#pictures-train-files-open", *files)
        visit.wait_for(SHOWN, "pictures-preview")
    with visit.doing("adding the pictures by keyboard"):
        visit.press("#pictures-add")
        visit.wait_for(SHOWN, "pictures-outcome")
    with visit.doing("training by keyboard"):
        visit.wait_for(ENABLED, "train")
        visit.press("#train")
        visit.wait_for(SAYS, ["train-status", "Trained in"])
        visit.noted.append(f"trained on {EACH * len(COLOURS)} pictures")


def _draw(file: Path, name: str, seed: int) -> Path:
    """A picture of one colour with noise, so that no two are the same."""
    noise = np.random.default_rng(seed).normal(0, 20, (SIDE, SIDE, 3))
    Image.fromarray(np.clip(noise + COLOURS[name], 0, 255).astype(np.uint8)).save(file)
    return file


FLOW = Flow(wait_until_ready, teach, forget)
