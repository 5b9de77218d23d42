"""`mlpages verify`: a built site -> what falls short of it, and a stamp where nothing does."""

from dataclasses import dataclass
from pathlib import Path

from generator.browser import Engine, find_browser, find_firefox, open_browser
from generator.errors import BuildError
from generator.progress import Reporter
from generator.verification.findings import Outcome
from generator.verification.pages import check_pages
from generator.verification.site_files import SiteFiles, open_site
from generator.verification.stamp import Stamp, drop_stamp, hash_site, make_stamp, write_stamp
from generator.verification.static import check_statically

NO_BROWSER = "pages were not opened: --no-browser"
NO_FIREFOX = "no Firefox here: `playwright install firefox` gets one"


@dataclass(frozen=True)
class Verdict:
    """Every check that was made, and the stamp where all of them passed."""

    outcomes: list[Outcome]
    stamp: Stamp | None
    left_out: tuple[str, ...]


def verify_site(folder: Path, home: Path, use_browser: bool, reporter: Reporter) -> Verdict:
    """Check the site in `folder`; leave a stamp in `home`, where its site.toml is, if all is well.

    Raises BuildError when there is no site, or no browser and one is wanted.
    """
    site = open_site(folder)
    browsers = _find_browsers() if use_browser else {}
    digest = hash_site(folder)
    with reporter.stage("Files") as stage:
        outcomes = check_statically(site, stage)
    versions = {}
    for name, (engine, path) in browsers.items():
        made, versions[name] = _check_in(site, name, engine, path, reporter)
        outcomes += made
    left_out = () if "Firefox" in browsers else (NO_FIREFOX if use_browser else NO_BROWSER,)
    if not all(outcome.ok for outcome in outcomes):
        drop_stamp(home, folder)
        return Verdict(outcomes, None, left_out)
    stamp = make_stamp(digest, versions, left_out)
    write_stamp(stamp, home, folder)
    return Verdict(outcomes, stamp, left_out)


def _find_browsers() -> dict[str, tuple[Engine, Path]]:
    """By name; there has to be a Chromium."""
    chromium, firefox = find_browser(), find_firefox()
    if chromium is None:
        raise BuildError(
            what="no Chrome or Chromium was found",
            where="opening the pages",
            expected="one that MLPAGES_BROWSER, the PATH or Playwright knows",
            fix="Install one (`mlpages doctor`), or check the files alone with --no-browser.",
        )
    found: dict[str, tuple[Engine, Path]] = {"Chromium": ("chromium", chromium)}
    return found | ({"Firefox": ("firefox", firefox)} if firefox else {})


def _check_in(
    site: SiteFiles, name: str, engine: Engine, path: Path, reporter: Reporter
) -> tuple[list[Outcome], str]:
    with reporter.stage(f"Pages in {name}") as stage, open_browser(path, engine=engine) as browser:
        stage.result = browser.version
        return check_pages(site, browser, name, stage), browser.version
