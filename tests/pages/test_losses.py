"""What a visitor made outlasts what happens to the page: the end of its worker or graphics card, a
place in the background, storage that is full or cleared, the site's next generation."""

import re
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, Page, Worker, expect

from generator.browser import FLAGS, find_browser
from tests.pages.complaints import MISSING, Complaints, strict_page
from tests.pages.conftest import PATIENCE
from tests.pages.test_kept import RECORDS, expect_kept, fill
from tests.pages.test_trainer import choose, open_trainer, train, wait_for, wait_until
from tests.pages.test_transfer import SLOW, add, draw_folder, open_page
from tests.pages.test_transfer import train as teach

DIE = "setTimeout(() => { throw new Error('the end'); })"
# What a browser does when a device has no more to give.
NO_MEMORY = """
    (() => {
      WebAssembly.Memory.prototype.grow = () => { throw new RangeError("grow(): out of memory"); };
    })()
"""
# The one thing that tells a page's engine that Chromium's graphics card is a program.
PRETEND = """
    const { getParameter } = WebGL2RenderingContext.prototype;
    WebGL2RenderingContext.prototype.getParameter = function (name) {
      const value = getParameter.call(this, name);
      return /swiftshader/i.test(value) ? "a pretended graphics card" : value;
    };
    const { getContext } = OffscreenCanvas.prototype;
    OffscreenCanvas.prototype.getContext = function (...options) {
      return (self.lastContext = getContext.apply(this, options));
    };
"""


def engine(page: Page) -> Worker:
    """The worker with TensorFlow.js in it."""
    found = [worker for worker in page.workers if worker.evaluate("'_tfengine' in self")]
    return found[0]


def begin(page: Page) -> None:
    """Start a run that would take very long, and wait until its copy must have been made."""
    sizes = {"train_images": 500, "validation_images": 50, "test_images": 50}
    choose(page, epochs=1000, batch_size=64, **sizes)
    page.click("#train")
    train_step = page.locator("#step-train")
    wait_until(lambda: int(train_step.get_attribute("data-epochs") or 0) > 2)


def save(page: Page, button: str, file: Path) -> Path:
    with page.expect_download() as download:
        page.click(button)
    download.value.save_as(file)
    return file


def test_a_trainer_whose_worker_ends_saves_what_an_epoch_left(
    site_url: str, page: Page, complaints: Complaints, tmp_path: Path
) -> None:
    complaints.forgive("the end")
    open_trainer(page, site_url)
    begin(page)
    engine(page).evaluate(DIE)
    expect(page.locator("#error")).to_contain_text("The engine has stopped (Uncaught Error: the")
    expect(page.locator("#run-status")).to_contain_text("can be saved in step 6")
    wait_for(page, "failed")
    file = save(page, "#save-file", tmp_path / "saved.mlpages")
    page.locator("#error").get_by_role("button", name="Reload the page").click()
    wait_for(page, "ready")
    page.set_input_files("#file", file)
    expect(page.locator("#run-status")).to_contain_text("is open")
    choose(page, test_images=50)
    page.click("#evaluate")
    expect(page.locator("#figure-test")).to_contain_text("%")


def test_a_transfer_page_whose_worker_ends_saves_pictures_and_head(
    site_url: str, page: Page, complaints: Complaints, tmp_path: Path
) -> None:
    complaints.forgive("the end")
    open_page(page, site_url)
    add(page, "train", draw_folder(tmp_path / "a", 3))
    teach(page)
    engine(page).evaluate(DIE)
    expect(page.locator("#error")).to_contain_text("The engine has stopped", timeout=SLOW)
    file = save(page, "#keep-project", tmp_path / "mine.mlpages-project")
    page.locator("#keep-auto").uncheck()
    open_page(page, site_url)
    page.set_input_files("#keep-file", file)
    expect(page.locator("#keep-status")).to_contain_text(f"{file.name} is open", timeout=SLOW)
    expect(page.locator("#gallery .thumbs button")).to_have_count(6)
    expect(page.locator("#try-file-open")).to_be_enabled()


def test_a_predictor_whose_worker_ends_says_so(
    site_url: str, page: Page, complaints: Complaints
) -> None:
    complaints.forgive("the end")
    page.goto(f"{site_url}digit-predictor/")
    page.wait_for_selector("#samples button")
    engine(page).evaluate(DIE)
    expect(page.locator("#error")).to_contain_text("The engine has stopped")
    page.locator("#error").get_by_role("button", name="Reload the page").click()
    expect(page.locator("#samples button")).to_have_count(10)
    page.locator("#samples button").first.click()
    expect(page.locator("#sentence")).not_to_have_text("Draw a digit")


def test_a_device_without_memory_is_told_what_to_do(
    site_url: str, page: Page, complaints: Complaints
) -> None:
    complaints.forgive("out of memory", "Aborted", "memory")
    open_trainer(page, site_url)
    engine(page).evaluate(NO_MEMORY)
    page.locator("#run-settings").evaluate("(details) => { details.open = true; }")
    page.select_option("#architecture", "course")  # the larger of the two
    expect(page.locator("#error")).to_contain_text("more than this browser gives. Choose a smaller")
    expect(page.locator("#step-train")).to_have_attribute("data-state", "ready")


@pytest.fixture
def pretending(browser: Browser, complaints: Complaints) -> Iterator[Page]:
    """A page of a browser with a graphics card that is a program and does not say so."""
    flags = [*FLAGS, "--enable-unsafe-swiftshader"]
    other = browser.browser_type.launch(executable_path=find_browser(), args=flags)
    with strict_page(other, complaints, PATIENCE) as page:
        yield page
    other.close()


def test_a_graphics_card_that_is_lost_costs_what_followed_the_last_epoch(
    site_url: str, pretending: Page, complaints: Complaints, tmp_path: Path
) -> None:
    complaints.forgive("graphics card was lost", "WebGL", "CONTEXT_LOST")
    page = pretending

    def pretend(route):  # type: ignore[no-untyped-def]
        response = route.fetch()
        route.fulfill(response=response, body=PRETEND.encode() + response.body())

    def promise_less(route):  # type: ignore[no-untyped-def]
        response = route.fetch()
        other = re.sub(r'(trainer-worker-[^"]*)":"sha256-', r'\1.old":"sha256-', response.text())
        route.fulfill(response=response, body=other)

    page.context.route("**/assets/trainer-worker-*.js", pretend)
    page.context.route("**/mnist-trainer/", promise_less)  # the page knows the worker's hash
    open_trainer(page, site_url)
    choose(page, epochs=1)
    page.select_option("#backend", "webgl")
    wait_for(page, "ready")
    expect(page.locator("#backend")).to_have_value("webgl")
    begin(page)
    engine(page).evaluate(
        "_tfengine.backend.gpgpu.gl.getExtension('WEBGL_lose_context').loseContext()"
    )
    expect(page.locator("#error")).to_contain_text("the graphics card was lost")
    wait_for(page, "failed")
    assert save(page, "#save-file", tmp_path / "saved.mlpages").stat().st_size > 10_000


def test_a_run_goes_on_after_its_tab_was_hidden_and_frozen(site_url: str, page: Page) -> None:
    open_trainer(page, site_url)
    choose(page, epochs=3, train_images=500, validation_images=50, test_images=50, batch_size=64)
    session = page.context.new_cdp_session(page)
    page.click("#train")
    for state in ("frozen", "active"):
        session.send("Page.setWebLifecycleState", {"state": state})
        page.wait_for_timeout(500)
    wait_for(page, "trained")
    assert page.locator("#step-train").get_attribute("data-epochs") == "3"


def test_a_browser_without_room_says_so_and_offers_a_file(
    site_url: str, page: Page, tmp_path: Path
) -> None:
    """The browser's own quota, not a stand-in for it."""
    open_trainer(page, site_url)
    train(page, epochs=1, train_images=500, validation_images=50, test_images=50)
    site = urlsplit(site_url)
    session = page.context.new_cdp_session(page)
    origin = f"{site.scheme}://{site.netloc}"
    session.send("Storage.overrideQuotaForOrigin", {"origin": origin, "quotaSize": 10_000})
    page.click("#save-browser")
    expect(page.locator("#error, #keep-status").filter(has_text="no room left")).to_be_visible()
    assert save(page, "#save-file", tmp_path / "saved.mlpages").stat().st_size > 10_000


def test_what_was_cleared_under_an_open_page_is_written_again(
    site_url: str, page: Page, tmp_path: Path
) -> None:
    fill(page, site_url, tmp_path)
    site = urlsplit(site_url)
    session = page.context.new_cdp_session(page)
    session.send(
        "Storage.clearDataForOrigin",
        {"origin": f"{site.scheme}://{site.netloc}", "storageTypes": "indexeddb"},
    )
    add(page, "train", draw_folder(tmp_path / "b", 1, first=90))
    expect_kept(page, 8)
    assert page.evaluate(RECORDS, "/some/where/") == 8


def test_a_database_that_another_tab_holds_is_given_up_in_words(site_url: str, page: Page) -> None:
    """Another page of the origin deletes it, and a third does not let go of it."""
    page.goto(f"{site_url}about/")
    page.evaluate(
        """async () => {
          const name = "mlpages:/some/where/:v1";
          const opened = indexedDB.open(name, 1);
          opened.onupgradeneeded = () =>
            opened.result.createObjectStore("models", { keyPath: "name" });
          await new Promise((resolve) => (opened.onsuccess = resolve));
          window.held = opened.result;
          window.deleting = indexedDB.deleteDatabase(name);
        }"""
    )
    other = page.context.new_page()
    open_trainer(other, site_url)
    train(other, epochs=1, train_images=500, validation_images=50, test_images=50)
    other.click("#save-browser")
    expect(other.locator("#error")).to_contain_text("Close it and try again")
    page.evaluate("held.close()")
    other.close()


def test_a_site_that_has_moved_on_says_so_and_the_model_stays(
    site_url: str, page: Page, complaints: Complaints, tmp_path: Path
) -> None:
    """Two builds later the files of an open page are gone; what it has learned is not."""
    complaints.forgive(MISSING)
    open_trainer(page, site_url)
    train(page, epochs=1, train_images=500, validation_images=50, test_images=50)
    page.context.route("**/assets/*.js", lambda route: route.fulfill(status=404))
    page.select_option("#backend", "cpu")  # its program was not asked for until now
    banner = page.locator("#error")
    expect(banner).to_contain_text("may have been updated since this page was opened")
    expect(banner.get_by_role("button", name="Reload the page")).to_be_visible()
    wait_for(page, "trained")
    assert save(page, "#save-file", tmp_path / "saved.mlpages").stat().st_size > 10_000
