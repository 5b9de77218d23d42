"""The trainer: on each backend that it offers the loss falls, in a run begun by keyboard."""

from generator.verification.visit import Flow, Visit

# Small enough for plain JavaScript, and 24 steps: the loss falls in every one of such runs.
SETTINGS = {
    "train-images": 64,
    "validation-images": 32,
    "test-images": 32,
    "batch-size": 8,
    "epochs": 3,
}
# The page offers no run that is so small: there is little to see in it.
ALLOW_SMALL = "(ids) => ids.forEach((id) => document.getElementById(id).min = '1')"
IS = "(state) => document.getElementById('step-train').dataset.state === state"
IS_ANEW = """([state, changes]) => {
  const { dataset } = document.getElementById("step-train");
  return dataset.state === state && dataset.changes !== changes;
}"""
CHANGES = "() => document.getElementById('step-train').dataset.changes"
OFFERED = """() => [...document.getElementById("backend").options]
  .filter(({ disabled }) => !disabled).map(({ value, label }) => [value, label])"""
USES = """(name) => {
  const select = document.getElementById("backend");
  return select.value === name && !select.disabled;
}"""
LOSSES = """() => [...document.querySelectorAll("#chart-loss tbody tr")]
  .map((row) => Number(row.cells[1].textContent))"""
SETTINGS_OPEN = "() => document.getElementById('run-settings').open"


def wait_until_ready(visit: Visit) -> None:
    """The engine runs, and the images' list is there."""
    with visit.doing("starting the engine"):
        visit.wait_for(IS, "ready")


def train(visit: Visit) -> None:
    """Train a small run on each backend, tests included."""
    with visit.doing("choosing settings by keyboard"):
        visit.page.evaluate(ALLOW_SMALL, list(SETTINGS))
        if not visit.page.evaluate(SETTINGS_OPEN):
            visit.press("#run-settings summary")
        for name, value in SETTINGS.items():
            visit.write(f"#{name}", str(value))
    for name, label in visit.page.evaluate(OFFERED):
        _choose(visit, name, label)
        _train_on(visit, name)


def discard(visit: Visit) -> None:
    """Discard the model; with it go its data: the engine holds nothing any more."""
    with visit.doing("discarding the model by keyboard"):
        visit.press("#discard")
        visit.wait_for(IS, "ready")
        count = visit.count_tensors()
        visit.require(count == 0, f"{count} tensors are left behind")


def _choose(visit: Visit, name: str, label: str) -> None:
    with visit.doing(f"choosing {name} by keyboard"):
        if not visit.page.evaluate(USES, name):
            visit.tab_to("#backend")
            visit.page.keyboard.type(label)
        visit.wait_for(USES, name)


def _train_on(visit: Visit, backend: str) -> None:
    with visit.doing(f"training on {backend}, begun by keyboard"):
        changes = visit.page.evaluate(CHANGES)
        visit.press("#train, #again")
        visit.wait_for(IS_ANEW, ["trained", changes])
        losses = visit.page.evaluate(LOSSES)
        visit.require(len(losses) == SETTINGS["epochs"], f"{len(losses)} epochs were trained")
        visit.require(losses[-1] < losses[0], f"the loss went from {losses[0]} to {losses[-1]}")
        visit.noted.append(f"{backend}: loss {losses[0]:.2f} to {losses[-1]:.2f}")


FLOW = Flow(wait_until_ready, train, discard)
