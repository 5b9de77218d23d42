"""The stamp of a verified site: when it is written, when it goes, and what asks for it."""

from pathlib import Path

import pytest

from generator.verification.stamp import (
    drop_stamp,
    hash_site,
    make_stamp,
    read_stamp,
    stamp_file,
    write_stamp,
)

FULL, FILES = {"Chromium": "156"}, {}


@pytest.fixture
def site(tmp_path: Path) -> Path:
    (tmp_path / "site/train").mkdir(parents=True)
    (tmp_path / "site/index.html").write_text("home")
    (tmp_path / "site/train/index.html").write_text("train")
    return tmp_path / "site"


def test_any_byte_and_any_name_changes_the_hash(site: Path) -> None:
    seen = {hash_site(site)}
    (site / "index.html").write_text("hom3")
    seen.add(hash_site(site))
    (site / "train").rename(site / "learn")
    seen.add(hash_site(site))
    (site / "CNAME").write_text("example.org")
    seen.add(hash_site(site))
    assert len(seen) == 4
    (site / "empty").mkdir()
    assert hash_site(site) in seen


def test_a_stamp_is_read_as_it_was_written_until_the_site_falls_short(site: Path) -> None:
    assert read_stamp(site.parent, site) is None
    stamp = make_stamp(hash_site(site), FULL, ("no Firefox here",))
    write_stamp(stamp, site.parent, site)
    assert read_stamp(site.parent, site) == stamp and stamp.is_full
    assert not list(site.rglob("*.json")), "it does not lie in the site"
    drop_stamp(site.parent, site)
    assert read_stamp(site.parent, site) is None


def test_a_look_at_the_files_alone_does_not_take_a_better_stamp_away(site: Path) -> None:
    full = make_stamp(hash_site(site), FULL, ())
    write_stamp(full, site.parent, site)
    write_stamp(make_stamp(hash_site(site), FILES, ("--no-browser",)), site.parent, site)
    assert read_stamp(site.parent, site) == full
    (site / "index.html").write_text("new")
    less = make_stamp(hash_site(site), FILES, ("--no-browser",))
    write_stamp(less, site.parent, site)
    assert read_stamp(site.parent, site) == less and not less.is_full


@pytest.mark.parametrize("content", ["", "{", "[]", "{}", '{"site": "1", "left_out": [], "x": 1}'])
def test_a_stamp_that_cannot_be_read_is_none(site: Path, content: str) -> None:
    stamp_file(site.parent, site).parent.mkdir(parents=True)
    stamp_file(site.parent, site).write_text(content)
    assert read_stamp(site.parent, site) is None
