"""What a visitor sees when a file of the site is missing, damaged or of another version."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, Route, expect

from generator.serve import serving
from tests.pages.complaints import MISSING, Complaints

Spoil = Callable[[bytes], bytes]


def cut(body: bytes) -> bytes:
    return body[: len(body) // 2]


def flip_a_bit(body: bytes) -> bytes:
    middle = len(body) // 2
    return body[:middle] + bytes([body[middle] ^ 1]) + body[middle + 1 :]


def of_version_99(body: bytes) -> bytes:
    table = json.loads(body)
    (table.get("userDefinedMetadata") or table)["version"] = 99
    return json.dumps(table).encode()


def spoil(page: Page, pattern: str | Callable[[str], bool], change: Spoil | None) -> None:
    """Let what matches arrive changed, or (None) not at all."""

    def answer(route: Route) -> None:
        if change is None:
            route.fulfill(status=404, body="gone")
        else:
            response = route.fetch()
            route.fulfill(response=response, body=change(response.body()))

    page.context.route(pattern, answer)


DATA = [
    ("**/data/mnist/train-000.*.png", None, "train-000", "could not be loaded (HTTP 404)"),
    ("**/data/mnist/train-000.*.png", cut, "train-000", "belong: it is truncated"),
    ("**/data/mnist/train-000.*.png", flip_a_bit, "train-000", "its checksum is not"),
    ("**/data/mnist/train-labels.*", None, "train-labels", "could not be loaded (HTTP 404)"),
    ("**/data/mnist/train-labels.*", cut, "train-labels", "belong: it is truncated"),
    ("**/data/mnist/train-labels.*", flip_a_bit, "train-labels", "its checksum is not"),
    ("**/data/mnist/manifest.json", of_version_99, "manifest.json", "is damaged, or from another"),
    ("**/data/mnist/manifest.json", flip_a_bit, "manifest.json", "is damaged, or from another"),
    ("**/assets/*.wasm", flip_a_bit, ".wasm", "is damaged, or from another version of the site"),
]


@pytest.mark.parametrize(("pattern", "change", "name", "words"), DATA)
def test_the_trainer_names_the_file_and_what_is_wrong_with_it(
    site_url: str,
    page: Page,
    complaints: Complaints,
    pattern: str,
    change: Spoil | None,
    name: str,
    words: str,
) -> None:
    spoil(page, pattern, change)
    page.goto(f"{site_url}mnist-trainer/")
    banner = page.locator("#error")
    expect(banner).to_be_visible()
    for text in (name, words):
        expect(banner).to_contain_text(text)
    assert any(advice in banner.inner_text() for advice in ("eload the page", "Build the site"))
    complaints.forgive(MISSING)


MODELS = [
    ("**/model_graph/weights-*.bin", None, "a weight file is missing"),
    ("**/model_graph/weights-*.bin", cut, "cannot be read"),
    ("**/model_graph/weights-*.bin", flip_a_bit, "is damaged, or from another version"),
    ("**/model_graph/model.json", flip_a_bit, "is damaged, or from another version"),
    ("**/model_graph/model.json", of_version_99, "is damaged, or from another version"),
    ("**/assets/predictor-worker-*.js", None, "could not be started"),
    ("**/assets/*.wasm", None, "could not be loaded (HTTP 404)"),
    ("**/assets/*.wasm", cut, "is damaged"),
]


@pytest.mark.parametrize(("pattern", "change", "words"), MODELS)
def test_the_predictor_says_why_it_cannot_answer(
    site_url: str,
    page: Page,
    complaints: Complaints,
    pattern: str,
    change: Spoil | None,
    words: str,
) -> None:
    spoil(page, pattern, change)
    page.goto(f"{site_url}digit-predictor/")
    banner = page.locator("#error")
    expect(banner).to_be_visible()
    expect(banner).to_contain_text(words)
    expect(page.locator("#sentence")).to_have_text("There is no model to ask.")
    expect(banner.get_by_role("button", name="Reload the page")).to_be_visible()
    banner.get_by_role("button", name="Dismiss").click()
    expect(banner).to_be_hidden()
    complaints.forgive(MISSING)


TRY = """(other) => new Promise((resolve) => {
  const source = `(async () => {
    const done = [];
    try { eval("1"); done.push("eval"); } catch { /* refused */ }
    try { await fetch("${other}", { mode: "no-cors" }); done.push("fetch"); } catch { /* too */ }
    postMessage(done);
  })()`;
  const url = URL.createObjectURL(new Blob([source], { type: "text/javascript" }));
  new Worker(url, { type: "module" }).onmessage = ({ data }) => resolve(data);
})"""


@pytest.mark.parametrize("slug", ["mnist-trainer", "digit-predictor"])
def test_the_worker_is_bound_by_the_pages_policy(
    site_url: str, page: Page, complaints: Complaints, tmp_path: Path, slug: str
) -> None:
    """A worker made from a blob, as ours is, can neither evaluate text nor call another origin."""
    (tmp_path / "index.html").write_text("<!doctype html><link rel=icon href=data:,>")
    with serving(tmp_path) as other:
        page.goto(f"{site_url}{slug}/")
        complaints.forgive("Content Security Policy")  # the browser's notes of both refusals
        assert page.evaluate(TRY, other) == []
        page.goto(other)  # a page without a policy: the same worker may do both
        assert page.evaluate(TRY, other) == ["eval", "fetch"]


LATE = "The page’s program did not load. Reload the page."  # noqa: RUF001 (as it is written)
DEMOS = ("mnist-trainer", "shapes-trainer", "digit-predictor", "happy-sad", "own-classes")


@pytest.mark.parametrize("slug", DEMOS)
def test_a_page_whose_script_is_gone_says_so_after_a_while(
    site_url: str, page: Page, complaints: Complaints, slug: str
) -> None:
    """Without a script only the style can tell the time: the sentence waits in an animation."""
    page.context.route("**/*.js", lambda route: route.fulfill(status=404, body="gone"))
    page.emulate_media(reduced_motion="reduce")
    page.goto(f"{site_url}{slug}/")
    late = page.get_by_text(LATE)
    expect(late).to_be_hidden()
    top = page.evaluate("document.querySelector('main').offsetTop")
    assert page.evaluate(
        """document.getAnimations().map((animation) => {
          const { delay, endTime } = animation.effect.getComputedTiming();
          return [animation.animationName, delay, Math.round(endTime)];
        })"""
    ) == [["late", 15_000, 15_001]]
    page.evaluate("document.getAnimations().forEach((animation) => animation.finish())")
    expect(late).to_be_visible()
    expect(page.get_by_role("alert")).to_have_text(LATE)
    assert page.evaluate("document.querySelector('main').offsetTop") > top
    complaints.forgive(MISSING)


@pytest.mark.parametrize("slug", DEMOS)
def test_a_page_whose_script_runs_never_says_it_did_not(
    site_url: str, page: Page, slug: str
) -> None:
    page.goto(f"{site_url}{slug}/")
    expect(page.get_by_text(LATE)).to_have_count(0)


def test_without_script_and_style_the_sentence_is_there_at_once(
    site_url: str, page: Page, complaints: Complaints
) -> None:
    page.context.route("**/assets/**", lambda route: route.fulfill(status=404, body="gone"))
    page.goto(f"{site_url}digit-predictor/")
    expect(page.get_by_text(LATE)).to_be_visible()
    complaints.forgive(MISSING)


def test_where_scripts_are_off_the_page_says_that_alone(browser: Browser, site_url: str) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{site_url}digit-predictor/")
    expect(page.locator("noscript p")).to_be_visible()
    expect(page.get_by_text(LATE)).to_be_hidden()
    context.close()
