"""What a visitor has opened works without a network, and without holding up the next build."""

import re
import shutil
from collections.abc import Iterator
from contextlib import ExitStack
from http.server import ThreadingHTTPServer
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from generator.build import Options, build_site
from generator.config import load_config
from generator.progress import Reporter
from generator.serve import HOST, Reloads, open_server, running, serving
from tests.pages.complaints import MISSING, Complaints
from tests.pages.conftest import FIXTURE
from tests.pages.test_predictor import column, draw
from tests.pages.test_trainer import choose, press, table, wait_for, wait_until
from tests.pages.test_transfer import SLOW, percent

DEMOS = ("mnist-trainer", "digit-predictor", "happy-sad")
SMALL = """
[site]
title = "{title}"
offline = {offline}
isolated = {isolated}

[data.shapes]
source = "shapes"

[[demo]]
kind = "trainer"
slug = "train"
data = "shapes"
"""
# What the cache of the site that a page belongs to holds: paths from the site's root, sorted.
KEPT = """async () => {
  const root = new URL("..", location.href);
  const cache = await caches.open(`mlpages:${root.pathname}:pages`);
  const urls = (await cache.keys()).map(({ url }) => url);
  return urls.map((url) => url.slice(root.href.length)).sort();
}"""
NAMED = "JSON.parse(document.getElementById('page-files').textContent)"
KEPT_PAGE = """async () => {
  const page = await caches.match(location.href);
  return page ? await page.text() : "";
}"""


class Host:
    """A server that can go and come back under the same address."""

    def __init__(self, folder: Path, prefix: str = "/", reloads: Reloads | None = None) -> None:
        self.folder, self.prefix, self.reloads = folder, prefix, reloads
        self.stack = ExitStack()
        self.port = 0
        self.start()

    def start(self) -> None:
        server: ThreadingHTTPServer = open_server(self.folder, self.port, self.prefix, self.reloads)
        self.stack.enter_context(running(server))
        self.port = server.server_port
        self.url = f"http://{HOST}:{self.port}{self.prefix}"

    def stop(self) -> None:
        self.stack.close()


def build(
    out: Path,
    title: str = "Small",
    offline: bool = True,
    style: str = "",
    isolated: bool = False,
) -> Path:
    """A small site; its state lies beside `out`."""
    home = out.parent / f"{out.name}-source"
    (home / "templates").mkdir(parents=True, exist_ok=True)
    flags = {"offline": offline, "isolated": isolated}
    words = {name: str(flag).lower() for name, flag in flags.items()}
    (home / "site.toml").write_text(SMALL.format(title=title, **words))
    (home / "templates/extra.css").write_text(style)
    build_site(load_config(home / "site.toml"), Options(out), Reporter())
    return out


def wait_until_kept(page: Page, words: str = "") -> None:
    wait_until(lambda: words in str(page.evaluate(KEPT_PAGE)) != "")


@pytest.fixture(scope="module")
def offline_site(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Demos of the fixture site. The browser is open already: what it proves is in the cache."""
    home = tmp_path_factory.mktemp("offline")
    text = FIXTURE.read_text().replace('title = "Fixture"', 'title = "Fixture"\noffline = true')
    text = text.replace("../../docs", str(FIXTURE.parents[2] / "docs"))
    (home / "site.toml").write_text(text)
    shutil.copy(FIXTURE.with_name("signs.npz"), home)
    build_site(load_config(home / "site.toml"), Options(home / "site", only=DEMOS), Reporter())
    return home / "site"


@pytest.fixture
def host(offline_site: Path) -> Iterator[Host]:
    host = Host(offline_site, "/some/where/")
    yield host
    host.stop()


@pytest.fixture
def small(tmp_path: Path, browser: Browser) -> Iterator[Host]:
    host = Host(build(tmp_path / "small"), "/small/")
    yield host
    host.stop()


def visit(page: Page, host: Host, slug: str) -> None:
    """Open a page, wait until it is kept, and take the network away."""
    page.goto(f"{host.url}{slug}/")
    wait_until_kept(page)
    host.stop()
    page.reload()


def test_a_visited_predictor_answers_without_a_network(host: Host, page: Page) -> None:
    def ask() -> list[float]:
        expect(page.locator("#samples button")).to_have_count(10)
        draw(page)
        return column(page, "graph") + column(page, "layers")

    page.goto(f"{host.url}digit-predictor/")
    online = ask()
    wait_until_kept(page)
    host.stop()
    page.reload()
    assert ask() == online


def test_a_visited_trainer_trains_without_a_network(host: Host, page: Page) -> None:
    visit(page, host, "mnist-trainer")
    wait_for(page, "ready")
    choose(page, epochs=2, batch_size=64)
    press(page, "#train")
    losses = [float(row[1]) for row in table(page, "loss")]
    assert losses[1] < losses[0]
    expect(page.locator("#run-status")).to_contain_text("test images are right")


def test_a_visited_transfer_learner_learns_without_a_network(host: Host, page: Page) -> None:
    visit(page, host, "happy-sad")
    expect(page.locator("#use-samples")).to_be_enabled(timeout=SLOW)
    page.click("#use-samples")
    expect(page.locator("#train-status")).to_contain_text("Trained in", timeout=SLOW)
    assert percent(page, "#train-validation") >= 90


def test_what_is_fetched_later_is_kept_when_it_is(host: Host, page: Page) -> None:
    page.goto(f"{host.url}happy-sad/")
    wait_until_kept(page)
    page.reload()
    assert not [name for name in page.evaluate(KEPT) if "imagenet" in name]
    expect(page.locator("#use-samples")).to_be_enabled(timeout=SLOW)
    page.click("#use-samples")
    expect(page.locator("#train-status")).to_contain_text("Trained in", timeout=SLOW)
    page.set_input_files("#try-file", "docs/images/home.png")
    page.click("#try-imagenet")
    expect(page.locator("#try-imagenet-list li").first).to_be_visible(timeout=SLOW)
    wait_until(lambda: len([name for name in page.evaluate(KEPT) if "imagenet" in name]) == 3)


def test_a_new_title_is_seen_at_the_next_visit(small: Host, page: Page) -> None:
    page.goto(f"{small.url}train/")
    wait_until_kept(page)
    build(small.folder, "Renamed")
    page.goto(f"{small.url}train/")
    expect(page.locator(".home")).to_have_text("Renamed")
    wait_until_kept(page, "Renamed")
    small.stop()
    page.reload()
    expect(page.locator(".home")).to_have_text("Renamed")


def test_files_of_one_earlier_build_are_kept_and_no_more(small: Host, page: Page) -> None:
    def visit(style: str) -> str:
        """The name of the style sheet of a build that has this style."""
        build(small.folder, style=style)
        page.goto(f"{small.url}train/")
        link = page.locator('link[href*="extra-"]').get_attribute("href") or ""
        wait_until_kept(page, link)
        return link.removeprefix("../")

    first, second = visit("h1 { color: teal; }"), visit("h1 { color: red; }")
    assert {first, second} <= set(page.evaluate(KEPT))
    third = visit("h1 { color: blue; }")
    wait_until(lambda: first not in page.evaluate(KEPT))
    assert {second, third, "train/", "train/?previous"} <= set(page.evaluate(KEPT))
    # Nothing is kept that no page names.
    named = {name.removeprefix("../") for name in page.evaluate(NAMED)["now"]}
    assert set(page.evaluate(KEPT)) - named == {"train/", "train/?previous", second}


def test_a_page_that_is_gone_is_forgotten(small: Host, page: Page, complaints: Complaints) -> None:
    complaints.forgive(MISSING)
    page.goto(f"{small.url}train/")
    wait_until_kept(page)
    shutil.rmtree(small.folder / "train")
    assert page.goto(f"{small.url}train/").status == 404  # type: ignore[union-attr]
    page.goto(f"{small.url}about/")
    wait_until(lambda: "train/" not in page.evaluate(KEPT))
    assert not [name for name in page.evaluate(KEPT) if name.endswith(".wasm")]


def test_two_sites_of_one_origin_leave_each_other_alone(
    browser: Browser, page: Page, tmp_path: Path
) -> None:
    for name in ("a", "b"):
        build(tmp_path / "root" / name, name.upper())
    host = Host(tmp_path / "root")
    page.goto(f"{host.url}b/train/")
    wait_until_kept(page)
    page.evaluate('caches.open("mlpages:/c/:pages")')
    page.goto(f"{host.url}a/train/")
    wait_until_kept(page)
    both = {"mlpages:/a/:pages", "mlpages:/b/:pages", "mlpages:/c/:pages"}
    assert set(page.evaluate("caches.keys()")) == both

    # A model that is kept in one of them is not offered in the other.
    choose(page, epochs=1)
    press(page, "#train")
    page.click("#save-browser")
    expect(page.locator("#kept")).to_contain_text("train")
    page.goto(f"{host.url}b/train/")
    wait_for(page, "ready")
    expect(page.locator("#kept")).to_contain_text("No model is kept in this browser yet.")

    # One gives up working offline: the other does not.
    build(tmp_path / "root/a", "A", offline=False)
    page.goto(f"{host.url}a/train/")
    wait_until(lambda: "mlpages:/a/:pages" not in page.evaluate("caches.keys()"))
    assert set(page.evaluate("caches.keys()")) == both - {"mlpages:/a/:pages"}
    expect(page.locator("#kept")).to_contain_text("train")  # what the visitor kept stays
    page.goto(f"{host.url}b/train/")
    host.stop()
    page.reload()
    expect(page.locator(".home")).to_have_text("B")
    wait_for(page, "ready")


def test_live_reload_shows_each_build(browser: Browser, page: Page, tmp_path: Path) -> None:
    reloads = Reloads()
    host = Host(build(tmp_path / "small"), reloads=reloads)
    page.goto(f"{host.url}train/")
    wait_until_kept(page)
    for title in ("One", "Two"):
        page.goto(f"{host.url}train/")
        wait_for(page, "ready")
        build(host.folder, title)
        reloads.announce()
        expect(page.locator(".home")).to_have_text(title)
    host.stop()


def test_a_site_that_does_not_work_offline_keeps_nothing(site_url: str, page: Page) -> None:
    page.goto(f"{site_url}shapes-trainer/")
    wait_for(page, "ready")
    assert page.evaluate("caches.keys()") == []
    assert page.evaluate("navigator.serviceWorker.getRegistrations()") == []
    assert page.locator("#page-files").count() == 0


@pytest.mark.parametrize("slug", ["", "about/", *(f"{slug}/" for slug in DEMOS)])
def test_what_a_page_needs_are_files_whose_names_carry_their_hashes(
    offline_site: Path, page: Page, slug: str
) -> None:
    with serving(offline_site, "/some/where/") as url:
        page.goto(url + slug)
        table = page.evaluate(NAMED)
    assert table["now"]
    for name in [*table["now"], *table["later"]]:
        assert re.search(r"[-.][0-9A-Za-z]{8,10}(\.[a-z]+)*(\.LEGAL\.txt)?$", name), name
        assert (offline_site / slug / name).is_file()
