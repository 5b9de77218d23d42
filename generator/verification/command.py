"""`mlpages verify`: a built site -> what falls short of it, and a stamp where nothing does."""

from dataclasses import dataclass
from pathlib import Path

from generator.browser import Engine, can_be_driven, find_browser, find_firefox, open_browser
from generator.errors import BuildError
from generator.progress import Reporter
from generator.verification.findings import Outcome
from generator.verification.pages import check_pages
from generator.verification.site_files import open_site
from generator.verification.stamp import Stamp, drop_stamp, hash_site, make_stamp, write_stamp
from generator.verification.static import check_statically

NO_BROWSER = "the pages, as --no-browser was said"
NO_FIREFOX = "the pages in Firefox, as none was found, or --no-firefox was said"
OLD_FIREFOX = "the pages in Firefox {}, which is too old for Playwright to open them"


@dataclass(frozen=True)
class Verdict:
    """Every check that was made, and the stamp where all of them passed."""

    outcomes: list[Outcome]
    stamp: Stamp | None
    left_out: tuple[str, ...]


def verify_site(
    folder: Path,
    home: Path,
    reporter: Reporter,
    use_browser: bool = True,
    use_firefox: bool = True,
) -> Verdict:
    """Check the site in `folder`; leave a stamp in `home`, where its site.toml is, if all is well.

    Chromium opens the pages, and Firefox where there is one. Raises BuildError when there is no
    site, or no Chromium and one is wanted.
    """
    site = open_site(folder)
    browsers = _find_browsers(use_firefox) if use_browser else {}
    digest = hash_site(folder)
    with reporter.stage("Files") as stage:
        outcomes = check_statically(site, stage)
    versions = {}
    left_out = () if "Firefox" in browsers else (NO_FIREFOX if use_browser else NO_BROWSER,)
    for name, (engine, path) in browsers.items():
        with (
            reporter.stage(f"Pages in {name}") as stage,
            open_browser(path, engine=engine) as browser,
        ):
            stage.result = browser.version
            if engine == "firefox" and not can_be_driven(browser):
                left_out = (OLD_FIREFOX.format(browser.version),)
                continue
            outcomes += check_pages(site, browser, name, stage)
            versions[name] = browser.version
    if not all(outcome.ok for outcome in outcomes):
        drop_stamp(home, folder)
        return Verdict(outcomes, None, left_out)
    stamp = make_stamp(digest, versions, left_out)
    write_stamp(stamp, home, folder)
    return Verdict(outcomes, stamp, left_out)


def _find_browsers(use_firefox: bool) -> dict[str, tuple[Engine, Path]]:
    """By name; there has to be a Chromium."""
    chromium, firefox = find_browser(), find_firefox() if use_firefox else None
    if chromium is None:
        raise BuildError(
            what="no Chrome or Chromium was found",
            where="opening the pages",
            expected="one that MLPAGES_BROWSER, the PATH or Playwright knows",
            fix="Install one (`mlpages doctor`), or check the files alone with --no-browser.",
        )
    found: dict[str, tuple[Engine, Path]] = {"Chromium": ("chromium", chromium)}
    return found | ({"Firefox": ("firefox", firefox)} if firefox else {})
