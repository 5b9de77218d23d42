"""Sites to open and a browser page that forgives nothing: errors and foreign requests fail."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from generator.browser import find_browser, open_browser
from generator.build import Options, build_site
from generator.config import load_config
from generator.progress import Reporter
from generator.serve import serving
from tests.pages.complaints import Complaints, strict_page

ROOT = Path(__file__).resolve().parents[2]
FIXTURE = ROOT / "tests/fixtures/site.toml"
# How long a test waits for what must come. No test is about speed: on a machine that is busy with
# other things, what takes a moment here may take a minute.
PATIENCE = 120_000
expect.set_options(timeout=PATIENCE)
# Sites are opened under a sub-path, as GitHub Pages serves them.
PREFIX = "/some/where/"


@pytest.fixture(scope="session")
def fixture_site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The built fixture site; its costly parts come from the cache when nothing changed."""
    out = tmp_path_factory.mktemp("fixture") / "site"
    build_site(load_config(FIXTURE), Options(out), Reporter())
    return out


@pytest.fixture(scope="session")
def site_url(fixture_site: Path) -> Iterator[str]:
    """The fixture site, served; ends with a slash."""
    with serving(fixture_site, PREFIX) as url:
        yield url


@pytest.fixture(scope="session")
def default_site_url() -> Iterator[str]:
    """The default site, served, where `make site` has built it."""
    site = ROOT / "site"
    if not (site / "digit-predictor/index.html").is_file():
        pytest.skip("no default site is built: run `make site` first")
    with serving(site, PREFIX) as url:
        yield url


@pytest.fixture(scope="session")
def browser(fixture_site: Path) -> Iterator[Browser]:
    """One headless Chromium for all tests; each page has a fresh profile of its own.

    The fixture site comes first: its build opens a browser of its own, and Playwright allows one
    at a time.
    """
    path = find_browser()
    assert path, "no Chrome or Chromium was found: `mlpages doctor` says what to do"
    with open_browser(path) as browser:
        yield browser


@pytest.fixture
def complaints() -> Complaints:
    """What the page complained of."""
    return Complaints()


@pytest.fixture
def page(browser: Browser, complaints: Complaints) -> Iterator[Page]:
    """A page in a fresh context; console errors and requests to other hosts fail the test."""
    with strict_page(browser, complaints, PATIENCE) as page:
        yield page
