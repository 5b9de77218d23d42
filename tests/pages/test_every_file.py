"""Each file that a page asks for, missing or damaged: words and a way on, or it does no harm."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, Page, Request, Route, expect

from tests.pages.conftest import PATIENCE
from tests.pages.test_faults import cut, flip_a_bit, spoil

Spoil = Callable[[bytes], bytes] | None


@dataclass(frozen=True)
class Demo:
    """A page: what shows that it is there with all that it fetches by itself, and how to make it
    fetch the rest, with what shows that it has."""

    slug: str
    there: str
    act: Callable[[Page], None] = lambda page: None
    done: str = ""


def train(page: Page) -> None:
    page.locator("#run-settings").evaluate("(details) => { details.open = true; }")
    for name, value in {"epochs": 1, "train-images": 500, "validation-images": 50}.items():
        page.fill(f"#{name}", str(value))
        page.press(f"#{name}", "Tab")
    page.click("#train")


DEMOS = {
    "trainer": Demo(
        "mnist-trainer",
        "body:has(#samples li) #train:enabled",
        train,
        '#step-train[data-state="trained"] #more:enabled',
    ),
    "predictor": Demo("digit-predictor", "#loaded:has-text('B')"),
    "transfer": Demo(
        "happy-sad",
        "#use-samples:enabled",
        lambda page: page.click("#use-samples"),
        '#train-status:has-text("Trained in")',
    ),
}
HARMLESS = (".css", ".svg")  # how a page looks, not what it says
# The banner; and of sample pictures the list of those that could not be used, with reasons.
TOLD = '#error:not([hidden]), #pictures-outcome:not([hidden]):has-text("could not be used")'


@contextmanager
def opened(browser: Browser, url: str, fault: tuple[str, Spoil] | None = None) -> Iterator[Page]:
    """A page in a fresh context, one of whose files may arrive changed, or (None) not at all."""
    context = browser.new_context()
    context.set_default_timeout(PATIENCE)
    page = context.new_page()
    if fault:
        file, change = fault
        spoil(page, lambda url: urlsplit(url).path.endswith(file), change)
    page.asked = []  # type: ignore[attr-defined]
    context.on("request", lambda request: note(page.asked, request))  # type: ignore[attr-defined]
    page.goto(url)
    yield page
    context.unroute_all(behavior="ignoreErrors")  # what is under way comes to nothing
    context.close()


def note(asked: list[str], request: Request) -> None:
    url = urlsplit(request.url)
    if url.scheme == "http":  # the rest the page makes itself
        asked.append(url.path)


def files_of(browser: Browser, url: str, demo: Demo) -> tuple[list[str], list[str]]:
    """The files that the page and its workers ask for at once, and those that follow."""
    with opened(browser, url) as page:
        page.wait_for_selector(demo.there)
        first = list(dict.fromkeys(page.asked))  # type: ignore[attr-defined]
        if not demo.done:
            return first[1:], []
        demo.act(page)
        page.wait_for_selector(demo.done)
        later = [file for file in dict.fromkeys(page.asked) if file not in first]  # type: ignore[attr-defined]
        return first[1:], later


def faults_of(file: str, number: int) -> tuple[Spoil, ...]:
    """What may become of a file; chunks of scripts, of which there are many, take turns. What is
    imported carries no hash, so a chunk loses half of itself, not a bit."""
    if "/chunk-" in file:
        return ((None, cut)[number % 2],)
    if file.endswith(HARMLESS):
        return (None,)
    return None, (cut, flip_a_bit)[number % 2]


def outcome(page: Page, demo: Demo, later: bool) -> str:
    """What the visitor sees in the end: the message, or "it works"."""
    if page.locator("#late").count():  # its script did not run; the style waits with the words
        page.evaluate("document.getAnimations().forEach((animation) => animation.finish())")
        expect(page.locator("#late")).to_be_visible()
        return page.inner_text("#late")
    page.wait_for_selector(f"{TOLD}, {demo.there}")
    if later and not page.locator(TOLD).count():
        demo.act(page)
        page.wait_for_selector(f"{TOLD}, {demo.done}")
    told = page.locator(TOLD)
    return told.first.inner_text() if told.count() else "it works"


@pytest.mark.parametrize("kind", DEMOS)
def test_a_page_tells_of_each_file_that_it_does_not_get(
    browser: Browser, site_url: str, kind: str
) -> None:
    """The list is what the page itself asks for, workers included: no file is forgotten."""
    demo = DEMOS[kind]
    url = f"{site_url}{demo.slug}/"
    first, later = files_of(browser, url, demo)
    assert len(first) > 8
    silent = []
    for number, file in enumerate([*first, *later]):
        for change in faults_of(file, number):
            with opened(browser, url, (file, change)) as page:
                seen = outcome(page, demo, file in later)
            # Chunks that come later come ahead of time: who wants them then is told.
            harmless = file.endswith(HARMLESS) or (file in later and "/chunk-" in file)
            told = "eload the page" in seen or "could not be used" in seen
            if not told and not (harmless and seen == "it works"):
                silent.append((file, getattr(change, "__name__", "missing"), seen))
    assert silent == []


STALLED = [
    ("mnist-trainer", "wasm", "Starting the engine"),
    ("mnist-trainer", "trainer-worker", "Starting the engine"),
    ("digit-predictor", "model_graph/weights", ""),
    ("happy-sad", "first/", "Loading"),
]


@pytest.mark.parametrize(("slug", "part", "words"), STALLED)
def test_a_page_says_which_file_it_waits_for(
    browser: Browser, site_url: str, slug: str, part: str, words: str
) -> None:
    context = browser.new_context()
    page = context.new_page()
    held: list[Route] = []
    free: list[bool] = []
    context.route(
        lambda url: part in url, lambda route: route.continue_() if free else held.append(route)
    )
    page.goto(f"{site_url}{slug}/")
    note = page.locator("#waiting")
    expect(note).to_contain_text("The connection is slow, or the site does not answer.")
    assert part.rstrip("/").split("/")[-1] in note.inner_text() or "model.json" in note.inner_text()
    expect(page.locator("main")).to_contain_text(words)
    free.append(True)
    for route in held:
        route.continue_()
    expect(note).to_be_hidden()
    context.close()
