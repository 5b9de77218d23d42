"""Publishing, to a bare repository on this machine in the place of GitHub's."""

import json
import subprocess
from pathlib import Path

import pytest

from generator.errors import BuildError
from generator.publish import Options, pages_address, publish
from generator.verification.stamp import hash_site, make_stamp, write_stamp

CHROMIUM = {"Chromium": "156"}


def git(folder: Path, *words: str) -> str:
    result = subprocess.run(["git", *words], cwd=folder, capture_output=True, text=True, check=True)
    return result.stdout


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A committed folder with a built site and a remote."""
    git(tmp_path, "init", "-q", "--bare", "remote.git")
    home = tmp_path / "home"
    home.mkdir()
    git(home, "init", "-q", "-b", "main")
    git(home, "config", "user.name", "Anna")
    git(home, "config", "user.email", "anna@example.org")
    (home / ".gitignore").write_text("/site/\n/.mlpages/\n")
    (home / "site.toml").write_text("")
    git(home, "add", ".")
    git(home, "commit", "-qm", "Begin")
    git(home, "remote", "add", "origin", str(tmp_path / "remote.git"))
    write_site(home, "1e-5")
    return home


def write_site(home: Path, parity: str) -> None:
    (home / "site/train").mkdir(parents=True, exist_ok=True)
    (home / "site/index.html").write_text("home")
    (home / "site/train/index.html").write_text("train")
    report = {"demos": [{"slug": "train", "parity": parity}]}
    (home / "site/report.json").write_text(json.dumps(report))


def stamp(home: Path, browsers: dict[str, str]) -> None:
    write_stamp(make_stamp(hash_site(home / "site"), browsers, ()), home, home / "site")


def published(home: Path) -> list[str]:
    return git(home.parent / "remote.git", "ls-tree", "-r", "--name-only", "gh-pages").split()


def test_the_branch_holds_the_site_and_nothing_before_it(home: Path) -> None:
    stamp(home, CHROMIUM)
    assert publish(home / "site", home, Options()) == ""
    assert published(home) == [".nojekyll", "index.html", "report.json", "train/index.html"]
    (home / "site/train/index.html").unlink()
    publish(home / "site", home, Options(unverified=True))
    assert published(home) == [".nojekyll", "index.html", "report.json"]
    assert git(home.parent / "remote.git", "rev-list", "--count", "gh-pages").strip() == "1"
    assert git(home, "status", "--porcelain") == ""


def test_what_is_not_fit_is_refused(home: Path) -> None:
    stamp(home, CHROMIUM)
    (home / "site.toml").write_text("# changed")
    with pytest.raises(BuildError, match=r"not committed.*found site\.toml.*--dirty"):
        publish(home / "site", home, Options())
    write_site(home, "not checked")
    with pytest.raises(BuildError, match=r"no browser has checked the models of train"):
        publish(home / "site", home, Options(dirty=True))
    publish(home / "site", home, Options(dirty=True, unchecked=True, unverified=True))
    assert "index.html" in published(home)
    with pytest.raises(BuildError, match=r"there is no site yet.*mlpages build"):
        publish(home / "nothing", home, Options())


def test_a_site_without_a_stamp_of_its_own_is_refused(home: Path) -> None:
    def refused(words: str) -> None:
        with pytest.raises(BuildError, match=f"whether the site is right.*{words}.*mlpages verify"):
            publish(home / "site", home, Options())

    refused("found no stamp of it")
    stamp(home, {})
    refused("for no browser has opened its pages")
    stamp(home, CHROMIUM)
    publish(home / "site", home, Options())
    (home / "site/index.html").write_text("changed")
    refused("of other files")
    publish(home / "site", home, Options(unverified=True))


def test_what_git_refuses_is_told(home: Path, tmp_path: Path) -> None:
    stamp(home, CHROMIUM)
    with pytest.raises(BuildError, match=r"git says:.*upstream.*git remote add"):
        publish(home / "site", home, Options(remote="upstream"))
    git(home, "remote", "set-url", "origin", str(tmp_path / "gone.git"))
    with pytest.raises(BuildError, match=r"gone\.git.*git could not push"):
        publish(home / "site", home, Options())


def test_a_file_that_github_refuses_is_named(home: Path) -> None:
    with (home / "site/large.bin").open("wb") as file:
        file.truncate(100_000_001)
    with pytest.raises(BuildError, match=r"too large for GitHub Pages.*found large\.bin"):
        publish(home / "site", home, Options())


@pytest.mark.parametrize(
    ("url", "address"),
    [
        ("git@github.com:Anna/pets.git", "https://anna.github.io/pets/"),
        ("https://github.com/anna/anna.github.io", "https://anna.github.io/"),
        ("ssh://git@github.com/anna/pets", "https://anna.github.io/pets/"),
        ("https://example.org/anna/pets.git", ""),
    ],
)
def test_the_address_is_told(url: str, address: str) -> None:
    assert pages_address(url) == address
