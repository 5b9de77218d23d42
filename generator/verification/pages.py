"""Every page in a real browser: opened, looked at by axe, used by keyboard, watched all along."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, BrowserContext, Error, Page, ViewportSize

from generator.progress import Stage
from generator.serve import serving
from generator.verification.accessible import find_violations
from generator.verification.findings import Finding, Outcome
from generator.verification.flows import FLOWS
from generator.verification.site_files import PageFile, SiteFiles
from generator.verification.visit import KEEP_WORKERS, PATIENCE, Shortfall, Visit
from generator.verification.watching import Complaints, watch, watch_answers

# As GitHub Pages serves a repository's site: not at the top of its host.
PREFIX = "/some/where/"
VIEWPORT: ViewportSize = {"width": 1280, "height": 720}
ISOLATION = "assets/offline-isolation-"
SETTLED = 30_000  # milliseconds after which no page is loaded again by itself
REST = 300  # milliseconds in which a late complaint of a page that is done arrives


def check_pages(site: SiteFiles, browser: Browser, name: str, stage: Stage) -> list[Outcome]:
    """Open every page of the site under a sub-path, and use each demo."""
    outcomes = []
    with (
        serving(site.folder, PREFIX) as url,
        tempfile.TemporaryDirectory() as scratch,
        _watched(browser) as (context, complaints),
    ):
        _settle(site, context, url)
        for number, file in enumerate(site.pages):
            stage.update(number, len(site.pages), file.address or "home")
            address = (site.folder / file.name).resolve().as_uri() if file.is_alone else ""
            visit = Visit(context.new_page(), site, file, Path(scratch))
            shortfalls = _check_page(visit, address or url + file.address)
            findings = [Finding(file.name, what) for what in [*shortfalls, *complaints.unexpected]]
            complaints.all.clear()
            seen = ", ".join(visit.noted)
            outcomes.append(
                Outcome(f"{name}: {file.address or 'home'}", seen, tuple(dict.fromkeys(findings)))
            )
            visit.page.close()
        stage.update(len(site.pages), len(site.pages))
    return outcomes


@contextmanager
def _watched(browser: Browser) -> Iterator[tuple[BrowserContext, Complaints]]:
    complaints = Complaints()
    context = browser.new_context(viewport=VIEWPORT)
    context.set_default_timeout(PATIENCE)
    context.add_init_script(KEEP_WORKERS)
    watch(context, complaints, levels=("error", "warning"))
    watch_answers(context, complaints)
    try:
        yield context, complaints
    finally:
        context.close()


def _settle(site: SiteFiles, context: BrowserContext, url: str) -> None:
    """A site whose pages are isolated reloads the first of them once: let that be over."""
    if any(map(_is_isolated, site.pages)):
        page = context.new_page()
        loads: list[Page] = []
        page.on("load", lambda page: loads.append(page))
        page.goto(url)
        # Asking the page would count as use, and one that is used is not loaded again.
        for _ in range(SETTLED // REST):
            if len(loads) > 1:
                break
            page.wait_for_timeout(REST)
        page.close()


def _check_page(visit: Visit, address: str) -> list[str]:
    """What the page falls short of, each as a sentence's end."""
    flow = FLOWS.get(visit.site.kind_of(visit.file))
    found: list[str] = []
    try:
        found += _open(visit, address)
        if flow:
            flow.ready(visit)
        found += find_violations(visit.page)
        if flow and not visit.file.is_alone:
            flow.use(visit)
            found += find_violations(visit.page)
            flow.reset(visit)
        visit.page.wait_for_timeout(REST)
    except (Shortfall, Error) as error:
        # What would come after it would fail for the same reason.
        found.append(str(error).splitlines()[0])
    return found


def _open(visit: Visit, address: str) -> list[str]:
    with visit.doing("opening the page"):
        response = visit.page.goto(address, wait_until="load")
        visit.page.wait_for_load_state("networkidle")
    if response and not response.ok:
        return [f"the server answers HTTP {response.status}"]
    if _is_isolated(visit.file) and not visit.page.evaluate("crossOriginIsolated"):
        return ["it is not cross-origin isolated, as the site's should be at a second visit"]
    return []


def _is_isolated(file: PageFile) -> bool:
    sources = [element.attributes.get("src", "") for element in file.elements]
    return any(ISOLATION in source for source in sources)
