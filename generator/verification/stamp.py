"""The stamp of a site that was verified: which bytes, when, with what, and what was left out."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path

from generator.cache import file_hash
from generator.install import explained_errors, state_beside

FILE = "verified.json"


@dataclass(frozen=True)
class Stamp:
    """Every check passed for the site whose files have this hash.

    `browsers` are versions by name, of those that opened its pages; `left_out` says what was not
    looked at, and why. Without a browser it vouches for files alone.
    """

    site: str
    date: str
    browsers: Mapping[str, str]
    left_out: tuple[str, ...] = ()

    @property
    def is_full(self) -> bool:
        """Has a browser used the pages?"""
        return bool(self.browsers)


def hash_site(site: Path) -> str:
    """The sha256 of all files of a site, names and contents; a second for a gigabyte."""
    whole = sha256()
    for name in sorted(file.relative_to(site).as_posix() for file in site.rglob("*")):
        file = site / name
        if file.is_file():
            whole.update(f"{file_hash(file)} {name}\n".encode())
    return whole.hexdigest()


def make_stamp(digest: str, browsers: Mapping[str, str], left_out: tuple[str, ...]) -> Stamp:
    """A stamp of this moment."""
    now = datetime.now(UTC).replace(microsecond=0)
    return Stamp(digest, now.isoformat(), dict(browsers), left_out)


def write_stamp(stamp: Stamp, home: Path, site: Path) -> Path:
    """Write a stamp beside site.toml, in `home`; return its file.

    A stamp that vouches for more of the very same site stays.
    """
    file = stamp_file(home, site)
    earlier = read_stamp(home, site)
    if earlier and earlier.site == stamp.site and earlier.is_full and not stamp.is_full:
        return file
    with explained_errors(file.parent):
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(json.dumps(asdict(stamp), indent=1) + "\n", encoding="utf-8")
    return file


def drop_stamp(home: Path, site: Path) -> None:
    """A site that fell short has no stamp, whatever was found earlier."""
    stamp_file(home, site).unlink(missing_ok=True)


def read_stamp(home: Path, site: Path) -> Stamp | None:
    """The stamp of the last `mlpages verify` that found nothing, if there is one that can be read;
    whether it is of the site as it is, its hash tells."""
    try:
        table = json.loads(stamp_file(home, site).read_text(encoding="utf-8"))
        return Stamp(**{**table, "left_out": tuple(table["left_out"])})
    except (OSError, ValueError, KeyError, TypeError):
        return None


def stamp_file(home: Path, site: Path) -> Path:
    """Where the stamp of a site lies, whose site.toml is in `home`."""
    return state_beside(home, site) / FILE
