"""A page that is open: used as a visitor without a mouse does, and its worker asked."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from playwright.sync_api import Error, Page, TimeoutError

from generator.verification.site_files import PageFile, SiteFiles

# How long what must come may take, in milliseconds: machines that build sites are busy.
PATIENCE = 180_000
TABS = 400  # more than any page has controls
# Before any script of a page: its workers can be found later on.
KEEP_WORKERS = """
  const workers = [];
  globalThis.Worker = class extends Worker {
    constructor(...given) {
      super(...given);
      workers.push(this);
    }
  };
  Object.defineProperty(globalThis, "verifiedWorkers", { value: workers });
"""
# A call as comlink sends it. A worker that has no such method says so; the next one is asked.
ASK = """async ([name, values]) => {
  const bytes = (text) => Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
  const call = (worker) => new Promise((resolve, reject) => {
    const id = crypto.randomUUID();
    const listen = ({ data }) => {
      if (data?.id !== id) return;
      worker.removeEventListener("message", listen);
      if (data.name === "throw") reject(new Error(data.value.value?.message ?? data.value.value));
      else resolve(data.value);
    };
    worker.addEventListener("message", listen);
    const given = values.map((value) => (value.bytes === undefined ? value : bytes(value.bytes)));
    const argumentList = given.map((value) => ({ type: "RAW", value }));
    worker.postMessage({ id, type: "APPLY", path: [name], argumentList });
  });
  const failures = [];
  for (const worker of verifiedWorkers) {
    try {
      const answer = await call(worker);
      return JSON.parse(JSON.stringify(answer, (_, value) =>
        ArrayBuffer.isView(value) ? Array.from(value) : value));
    } catch ({ message }) {
      failures.push(message);
    }
  }
  throw new Error(failures.join("; ") || "there is no worker");
}"""


# The key that leads from where the focus is to an element, "" when it is there. Not by way of the
# page's end: there Firefox goes on to its own buttons, and answers no key of the page any more.
WAY_TO = """(selector) => {
  const { activeElement } = document;
  if (activeElement?.matches(selector)) return "";
  const target = [...document.querySelectorAll(selector)].find((one) => one.checkVisibility());
  const isBehind = target && activeElement && activeElement !== document.body &&
    activeElement.compareDocumentPosition(target) & Node.DOCUMENT_POSITION_PRECEDING;
  return isBehind ? "Shift+Tab" : "Tab";
}"""
# The words of a failure that the page shows, or "".
BANNER = """() => {
  const banner = document.getElementById("error");
  return banner && !banner.hidden ? banner.firstElementChild?.textContent ?? "" : "";
}"""


class Shortfall(Exception):
    """What a page did not do, as a sentence's end."""


@dataclass
class Visit:
    """One page of a site in a browser; `step` says what is being done, for whoever reads of a
    failure; `noted` are the figures that came out."""

    page: Page
    site: SiteFiles
    file: PageFile
    scratch: Path
    step: str = ""
    noted: list[str] = field(default_factory=list)
    tensors: int = 0

    def __post_init__(self) -> None:
        # Dialogs are taken over from now on: that they are has to reach the browser before a key.
        self.page.on("filechooser", lambda _: None)

    @contextmanager
    def doing(self, step: str) -> Iterator[None]:
        """Name what a block does, and tell of it what the browser says when it fails."""
        self.step = step
        try:
            yield
        except TimeoutError as error:
            raise Shortfall(f"{step}: it does not come to an end") from error
        except Error as error:
            raise Shortfall(f"{step}: {error.message.splitlines()[0]}") from error
        shown = self.page.evaluate(BANNER)
        self.require(not shown, f"the page says “{shown}”")

    def require(self, is_so: bool, otherwise: str) -> None:
        """Raise Shortfall with the present step unless something is so."""
        if not is_so:
            raise Shortfall(f"{self.step}: {otherwise}")

    def wait_for(self, script: str, argument: Any = None) -> None:
        """Wait until a function in JavaScript is true, or the page shows that something failed."""
        self.page.wait_for_function(
            f"(argument) => ({BANNER})() || ({script})(argument)", arg=argument
        )

    def ask(self, method: str, *values: Any) -> Any:
        """Call a method of the page's worker; {"bytes": base64} is given as a Uint8Array."""
        return self.page.evaluate(ASK, [method, list(values)])

    def count_tensors(self) -> int:
        """How many tensors the engine holds."""
        return int(self.ask("memory")["tensors"])

    def tab_to(self, selector: str) -> None:
        """Press Tab, or Shift and Tab, until the element has the focus."""
        for _ in range(TABS):
            key = self.page.evaluate(WAY_TO, selector)
            if not key:
                return
            self.page.keyboard.press(key)
        raise Shortfall(f"{self.step}: {selector} cannot be reached with the Tab key")

    def press(self, selector: str, key: str = "Enter") -> None:
        """Go to an element by Tab and press a key there."""
        self.tab_to(selector)
        self.page.keyboard.press(key)

    def write(self, selector: str, text: str) -> None:
        """Go to a field by Tab and replace what is in it."""
        self.tab_to(selector)
        self.page.keyboard.press("ControlOrMeta+a")
        self.page.keyboard.type(text)
        self.page.keyboard.press("Tab")

    def choose_files(self, selector: str, *files: Path) -> None:
        """Press a button by keyboard and answer the system's dialog that it opens."""
        self.tab_to(selector)
        with self.page.expect_file_chooser() as chooser:
            self.page.keyboard.press("Enter")
        chooser.value.set_files(list(files) if len(files) > 1 else files[0])


@dataclass(frozen=True)
class Flow:
    """How a kind of demo is used: wait until it is ready, use it, take everything back."""

    ready: Callable[[Visit], None]
    use: Callable[[Visit], None]
    reset: Callable[[Visit], None]
