"""`mlpages publish`: the built site as the only commit of a branch, pushed to its host."""

import contextlib
import io
import json
import re
import subprocess
from dataclasses import dataclass
from pathlib import Path

import ghp_import

from generator.errors import BuildError
from generator.report import NOT_CHECKED
from generator.verification.stamp import hash_site, read_stamp

LARGEST_FILE = 100_000_000  # bytes; GitHub refuses a push with a larger one
LARGEST_SITE = 1_000_000_000  # bytes of a site that GitHub Pages serves
# git@github.com:user/repository.git, https://github.com/user/repository
GITHUB = re.compile(
    r"(?:git@|https://|ssh://git@)github\.com[:/](?P<user>[^/]+)/(?P<name>.+?)(\.git)?/?"
)


@dataclass(frozen=True)
class Options:
    """Where to, and what is allowed: changes that are not committed, models that no browser has
    checked, a site that `mlpages verify` has not passed as it is."""

    remote: str = "origin"
    branch: str = "gh-pages"
    dirty: bool = False
    unchecked: bool = False
    unverified: bool = False


def publish(site: Path, home: Path, options: Options) -> str:
    """Push `site` to a branch of the repository that `home` lies in; return the site's address.

    The branch holds one commit, which replaces what was there: models and data are large, and a
    history of them would be fetched by everyone. The address is "" where the remote is not
    GitHub's. Raises BuildError when there is nothing fit to publish, or git refuses.
    """
    _check_site(site, options)
    if not options.unverified:
        _refuse_unverified(site, home)
    url = _git(home, "remote", "get-url", options.remote).strip()
    changes = _git(home, "status", "--porcelain", "--untracked-files=no").splitlines()
    if changes and not options.dirty:
        raise BuildError(
            what="there are changes that are not committed",
            where=str(home),
            expected="a site that can be built again from what is committed",
            found=", ".join(line[3:] for line in changes[:5]),
            fix="Commit them, or publish as it is with --dirty.",
        )
    printed = io.StringIO()
    try:
        with contextlib.chdir(home), contextlib.redirect_stdout(printed):
            ghp_import.ghp_import(
                str(site.resolve()),
                remote=options.remote,
                branch=options.branch,
                mesg="Publish the site",
                push=True,
                no_history=True,
                nojekyll=True,
            )
    except (ghp_import.GhpError, subprocess.CalledProcessError, OSError) as error:
        raise BuildError(
            what=f"git could not push ({error})",
            where=f"{options.remote} ({url}), branch {options.branch}",
            fix="See what git says above; try `git push` by hand.",
        ) from error
    return pages_address(url)


def pages_address(url: str) -> str:
    """Where GitHub Pages serves the repository of this remote; "" for other hosts."""
    match = GITHUB.fullmatch(url)
    if not match:
        return ""
    user, name = match["user"].lower(), match["name"]
    own = name.lower() == f"{user}.github.io"
    return f"https://{user}.github.io/{'' if own else f'{name}/'}"


def _check_site(site: Path, options: Options) -> None:
    report = site / "report.json"
    if not report.is_file():
        raise BuildError(
            what="there is no site yet",
            where=str(site),
            expected="a report.json, which every build writes",
            fix="Run `mlpages build` first.",
        )
    demos = json.loads(report.read_text(encoding="utf-8"))["demos"]
    unproved = [demo["slug"] for demo in demos if demo["parity"] == NOT_CHECKED]
    if unproved and not options.unchecked:
        raise BuildError(
            what=f"no browser has checked the models of {', '.join(unproved)}",
            where=str(site),
            expected="a site built where there is a Chrome or Chromium",
            fix="Install one and build again (`mlpages doctor`), or publish with --unchecked.",
        )
    sizes = {file: file.stat().st_size for file in site.rglob("*") if file.is_file()}
    large = [f"{file.relative_to(site)}" for file, size in sizes.items() if size > LARGEST_FILE]
    if large or sum(sizes.values()) > LARGEST_SITE:
        raise BuildError(
            what="the site is too large for GitHub Pages",
            where=str(site),
            expected="files of up to 100 MB, 1 GB in all",
            found=", ".join(large) or f"{sum(sizes.values()) / 1e6:,.0f} MB in all",
            fix="Use fewer images (limit = ...), or upload site/ to another host.",
        )


def _refuse_unverified(site: Path, home: Path) -> None:
    stamp = read_stamp(home, site)
    if stamp is None:
        found = "no stamp of it"
    elif stamp.site != hash_site(site):
        found = f"a stamp of {stamp.date}, of other files"
    elif not stamp.is_full:
        found = "a stamp of its files alone, for no browser has opened its pages"
    else:
        return
    raise BuildError(
        what="nobody knows whether the site is right",
        where=str(site),
        expected="the stamp that `mlpages verify` leaves",
        found=found,
        fix="Run `mlpages verify`, or publish with --unverified.",
    )


def _git(home: Path, *words: str) -> str:
    result = subprocess.run(["git", *words], cwd=home, capture_output=True, text=True)
    if result.returncode:
        raise BuildError(
            what=f"git says: {result.stderr.strip().removeprefix('fatal: ')}",
            where=str(home),
            expected="a git repository with a remote",
            fix="Run `git init`, commit, and `git remote add origin ADDRESS`.",
        )
    return result.stdout
