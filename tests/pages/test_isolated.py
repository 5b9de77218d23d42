"""Pages are cross-origin isolated from the first visit on, at the price of one reload at most."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from generator.build import Options, build_site
from generator.config import load_config
from generator.progress import Reporter
from tests.pages.complaints import MISSING, Complaints
from tests.pages.conftest import FIXTURE
from tests.pages.test_offline import Host, build, wait_until_kept
from tests.pages.test_predictor import column, draw
from tests.pages.test_trainer import wait_for, wait_until

NOT_ISOLATED = "Object.defineProperty(globalThis, 'crossOriginIsolated', { value: false });"
AT_WORK = "navigator.serviceWorker.controller?.state === 'activated'"
TAKE_OVER = "navigator.serviceWorker.dispatchEvent(new Event('controllerchange'))"
# Reasons to leave a page alone.
USED = {
    "used": "Object.defineProperty(navigator, 'userActivation', {value: {hasBeenActive: true}})",
    "dropped on": "addEventListener('load', () => document.body.dispatchEvent(new Event('drop')))",
    "open for long": "performance.now = () => 3_600_000",
}
# A number that a worker has written into memory that it shares with the page.
SHARED = """() => new Promise((resolve) => {
  const numbers = new Int32Array(new SharedArrayBuffer(4));
  const code = "onmessage = ({ data }) => postMessage(Atomics.store(data, 0, 42))";
  const worker = new Worker(URL.createObjectURL(new Blob([code])));
  worker.onmessage = () => resolve(numbers[0]);
  worker.postMessage(numbers);
})"""
PAUSE = 500  # milliseconds in which a reload that must not be would have begun


@pytest.fixture(scope="module")
def isolated_predictor(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The fixture site's digit predictor; its model comes from the cache."""
    home = tmp_path_factory.mktemp("isolated")
    flags = 'title = "Fixture"\noffline = true\nisolated = true'
    text = FIXTURE.read_text().replace('title = "Fixture"', flags)
    text = text.replace("../../docs", str(FIXTURE.parents[2] / "docs"))
    (home / "site.toml").write_text(text)
    shutil.copy(FIXTURE.with_name("signs.npz"), home)
    options = Options(home / "site", only=("digit-predictor",))
    build_site(load_config(home / "site.toml"), options, Reporter())
    return home / "site"


@pytest.fixture(scope="module")
def isolated_trainer(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build(tmp_path_factory.mktemp("isolated-trainer") / "small", isolated=True)


@pytest.fixture
def host(isolated_trainer: Path) -> Iterator[Host]:
    host = Host(isolated_trainer, "/some/where/")
    yield host
    host.stop()


@pytest.fixture
def loads(page: Page) -> list[str]:
    """The addresses of the pages that have been loaded, reloads too."""
    addresses: list[str] = []
    page.on("load", lambda page: addresses.append(page.url))
    return addresses


def is_isolated(page: Page) -> bool:
    return bool(page.evaluate("crossOriginIsolated"))


def wait_for_reload(page: Page, loads: list[str]) -> None:
    def is_reloaded() -> bool:
        page.wait_for_timeout(50)  # only a wait of Playwright's own hands over its events
        return len(loads) == 2

    wait_until(is_reloaded)


def wait_until_at_work(page: Page) -> None:
    """Wait for the service worker, and as long again as a reload would take to begin."""
    wait_until(lambda: page.evaluate(AT_WORK))
    page.wait_for_timeout(PAUSE)


def test_a_first_visit_is_isolated_after_one_reload_and_later_ones_without(
    isolated_predictor: Path, page: Page, loads: list[str]
) -> None:
    def ask() -> list[float]:
        expect(page.locator("#samples button")).to_have_count(10)
        draw(page)
        return column(page, "graph") + column(page, "layers")

    host = Host(isolated_predictor, "/some/where/")
    page.goto(f"{host.url}digit-predictor/")
    wait_for_reload(page, loads)
    assert is_isolated(page)
    assert page.evaluate(SHARED) == 42
    online = ask()
    assert sum(online) == pytest.approx(200, abs=2)
    assert page.evaluate("Object.keys(sessionStorage)") == ["mlpages:/some/where/:reloaded"]

    page.goto(f"{host.url}about/")
    assert is_isolated(page)
    host.stop()
    page.goto(f"{host.url}digit-predictor/")
    assert is_isolated(page)
    assert ask() == online
    page.wait_for_timeout(PAUSE)
    assert len(loads) == 4


def test_a_reload_that_did_not_help_is_not_tried_again(
    host: Host, page: Page, loads: list[str]
) -> None:
    page.add_init_script(NOT_ISOLATED)
    page.goto(f"{host.url}train/")
    wait_for_reload(page, loads)
    for slug in ("train/", "about/"):
        page.goto(host.url + slug)
        wait_until_at_work(page)
        page.evaluate(TAKE_OVER)
        page.wait_for_timeout(PAUSE)
    assert len(loads) == 4


@pytest.mark.parametrize("reason", USED)
def test_a_page_that_somebody_uses_is_left_alone(
    host: Host, page: Page, loads: list[str], reason: str
) -> None:
    page.add_init_script(USED[reason])
    page.goto(f"{host.url}train/")
    wait_until_kept(page)
    wait_until_at_work(page)
    assert len(loads) == 1 and not is_isolated(page)
    page.goto(f"{host.url}train/")
    assert is_isolated(page)
    page.wait_for_timeout(PAUSE)
    assert len(loads) == 2


def test_without_a_service_worker_nothing_is_reloaded(host: Host, browser: Browser) -> None:
    context = browser.new_context(service_workers="block")
    page = context.new_page()
    loads: list[str] = []
    page.on("load", lambda page: loads.append(page.url))
    page.goto(f"{host.url}train/")
    wait_for(page, "ready")
    page.wait_for_timeout(PAUSE)
    assert len(loads) == 1 and not is_isolated(page)
    context.close()


def test_a_missing_service_worker_reloads_nothing(
    tmp_path: Path, page: Page, loads: list[str], isolated_trainer: Path, complaints: Complaints
) -> None:
    folder = shutil.copytree(isolated_trainer, tmp_path / "small")
    (folder / "sw.js").unlink()
    complaints.forgive("when fetching the script", MISSING)
    host = Host(folder)
    page.goto(f"{host.url}train/")
    wait_for(page, "ready")
    page.wait_for_timeout(PAUSE)
    host.stop()
    assert len(loads) == 1 and not is_isolated(page)


def test_a_site_can_give_it_up(
    browser: Browser, page: Page, loads: list[str], tmp_path: Path
) -> None:
    def is_isolated_next_time() -> bool:
        page.wait_for_timeout(4 * PAUSE)  # browsers look for a new worker when a page is at rest
        page.goto(f"{host.url}train/")
        return is_isolated(page)

    host = Host(build(tmp_path / "small", isolated=True))
    page.goto(f"{host.url}train/")
    wait_for_reload(page, loads)
    assert is_isolated(page)
    build(tmp_path / "small")
    wait_until(lambda: not is_isolated_next_time())
    host.stop()
