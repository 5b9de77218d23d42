"""How to install this mlpages on another machine: where it came from on this one."""

import json
from dataclasses import dataclass
from importlib.metadata import Distribution
from pathlib import Path
from urllib.parse import urlsplit
from urllib.request import url2pathname

from generator.resources import INSTALLED


@dataclass(frozen=True)
class Origin:
    """A line of requirements.txt, and the wheel that has to lie beside it, where there is one."""

    requirement: str
    wheel: Path | None = None


def find_origin(installed: Distribution) -> Origin:
    """Return what pip got an mlpages from, as pip has recorded it (PEP 610).

    That is an index, an address or a wheel. A checkout is none of them: what can be installed
    elsewhere is the wheel that `make wheel` makes of it.
    """
    if not INSTALLED.is_dir():
        return Origin(f"./mlpages-{installed.version}-py3-none-any.whl")
    record = installed.read_text("direct_url.json")
    if record is None:
        return Origin(f"mlpages=={installed.version}")
    url = json.loads(record)["url"]
    if not url.startswith("file:"):
        return Origin(f"mlpages @ {url}")
    wheel = Path(url2pathname(urlsplit(url).path))
    return Origin(f"./{wheel.name}", wheel if wheel.is_file() else None)
