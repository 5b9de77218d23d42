"""A built site as the checks read it: its files, its pages as elements, its report."""

import functools
import json
from collections.abc import Iterator
from dataclasses import dataclass
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

from generator.errors import BuildError

REPORT = "report.json"
DATA_BLOCKS = ("application/json", "application/octet-stream")


@dataclass
class Element:
    """A start tag, and the text of a script or style."""

    tag: str
    attributes: dict[str, str]
    text: str = ""


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.elements: list[Element] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append(Element(tag, {key: value or "" for key, value in attrs}))

    def handle_data(self, data: str) -> None:
        if self.cdata_elem:  # inside of a script or style
            self.elements[-1].text += data


def read_elements(html: str) -> list[Element]:
    """Return the elements of a page in their order."""
    reader = _Reader()
    reader.feed(html)
    reader.close()
    return reader.elements


@dataclass(frozen=True)
class PageFile:
    """An HTML file of the site: its path from the root, and its elements."""

    name: str
    elements: tuple[Element, ...]

    @property
    def data(self) -> dict[str, Any]:
        """What the generator left in the page for its script; {} where there is none."""
        for element in self.elements:
            if element.attributes.get("id") == "page-data":
                data: dict[str, Any] = json.loads(element.text)
                return data
        return {}

    @property
    def address(self) -> str:
        """Where it is, from the site's root: "" or "train/", or "train.html" of a single file."""
        return self.name.removesuffix("index.html")

    @property
    def is_alone(self) -> bool:
        """Is it a demo in one file?"""
        return not self.name.endswith("index.html")


@dataclass(frozen=True)
class SiteFiles:
    """The folder of a built site."""

    folder: Path

    @functools.cached_property
    def names(self) -> tuple[str, ...]:
        """All files, as paths from the root with slashes."""
        files = (file for file in self.folder.rglob("*") if file.is_file())
        return tuple(sorted(file.relative_to(self.folder).as_posix() for file in files))

    @functools.cached_property
    def pages(self) -> tuple[PageFile, ...]:
        """The pages that a build writes, demos in one file too; other HTML is its owner's."""
        alone = {f"{slug}.html" for slug in self.kinds}
        return tuple(
            PageFile(name, tuple(read_elements(self.text(name))))
            for name in self.names
            if name in alone or Path(name).name == "index.html"
        )

    @functools.cached_property
    def report(self) -> dict[str, Any]:
        """What the build wrote about itself."""
        report: dict[str, Any] = json.loads(self.text(REPORT))
        return report

    @functools.cached_property
    def kinds(self) -> dict[str, str]:
        """The kind of each demo, by slug."""
        return {demo["slug"]: demo["kind"] for demo in self.report["demos"]}

    def kind_of(self, page: PageFile) -> str:
        """The kind of demo that a page is, or "" of home, report and text."""
        return self.kinds.get(page.name.removesuffix("/index.html").removesuffix(".html"), "")

    def ending(self, *endings: str) -> Iterator[str]:
        """The names that end in one of these."""
        return (name for name in self.names if name.endswith(endings))

    def text(self, name: str) -> str:
        """A file's text."""
        return (self.folder / name).read_text(encoding="utf-8", errors="replace")

    def size(self, name: str) -> int:
        """A file's bytes."""
        return (self.folder / name).stat().st_size


def open_site(folder: Path) -> SiteFiles:
    """Return the site in a folder; raise BuildError where no build has written one."""
    site = SiteFiles(folder)
    try:
        known = site.report["format"] == "mlpages-report" and site.kinds is not None
    except (OSError, ValueError, KeyError, TypeError):
        known = False
    if not known:
        raise BuildError(
            what="there is no site to verify",
            where=str(folder),
            expected=f"a {REPORT}, which every build writes",
            fix="Run `mlpages build` first, or name the folder of a site.",
        )
    return site
