"""Where another machine gets this mlpages from: pip's own record says it."""

import json
from importlib.metadata import PathDistribution
from pathlib import Path

import pytest

from generator.origin import Origin, find_origin


def installed(folder: Path, url: str = "") -> PathDistribution:
    """A package's metadata as pip leaves it behind; `url` is of PEP 610."""
    info = folder / "mlpages-1.2.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: mlpages\nVersion: 1.2\n")
    if url:
        (info / "direct_url.json").write_text(json.dumps({"url": url, "archive_info": {}}))
    return PathDistribution(info)


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder in which mlpages is installed, not checked out."""
    monkeypatch.setattr("generator.origin.INSTALLED", tmp_path)
    return tmp_path


def test_from_an_index_it_is_its_version(package: Path) -> None:
    assert find_origin(installed(package)) == Origin("mlpages==1.2")


def test_from_an_address_it_is_the_address(package: Path) -> None:
    url = "https://example.org/mlpages-1.2-py3-none-any.whl"
    assert find_origin(installed(package, url)) == Origin(f"mlpages @ {url}")


def test_from_a_wheel_it_is_the_wheel_while_that_is_there(package: Path) -> None:
    wheel = package / "my downloads" / "mlpages-1.2-py3-none-any.whl"
    record = installed(package, wheel.as_uri())
    assert find_origin(record) == Origin(f"./{wheel.name}")
    wheel.parent.mkdir()
    wheel.touch()
    assert find_origin(record) == Origin(f"./{wheel.name}", wheel)


def test_in_a_checkout_it_is_the_wheel_that_can_be_made_of_it(tmp_path: Path) -> None:
    assert find_origin(installed(tmp_path)) == Origin("./mlpages-1.2-py3-none-any.whl")
