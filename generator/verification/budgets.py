"""How much of our code a first visit may fetch: pages that grow unseen stay small."""

import posixpath
import re
from collections.abc import Iterator
from dataclasses import dataclass

from generator.report import weigh
from generator.verification.findings import Finding
from generator.verification.site_files import PageFile, SiteFiles


@dataclass(frozen=True)
class Budget:
    """Bytes as a host that compresses sends them.

    `shell`: page, styles and the page's script; `all`: its workers and the engine, too. Data and
    models come on top: they are the site's own choice, as are its extra.css and extra.js.
    """

    shell: int
    all: int


# Aimed at: 60 kB of shell, 270 kB (predictor) or 300 kB (trainer, transfer) in all. What holds
# today is more, since pages do more than was planned; a little above it, these keep it there.
BUDGETS = {
    "trainer": Budget(shell=68_000, all=420_000),
    "predictor": Budget(shell=40_000, all=340_000),
    "transfer": Budget(shell=98_000, all=420_000),
    "": Budget(shell=60_000, all=60_000),
}
# What the first import statements of a module name; import(…) comes later.
IMPORT = re.compile(r"""(?:\bfrom|\bimport)\s*["'](?P<file>\./[^"']+)["']""")
OWN = re.compile(r"assets/(extra|theme)-")


def check_budgets(site: SiteFiles) -> Iterator[Finding]:
    """Every page keeps to the budget of its kind."""
    for page in site.pages:
        if page.is_alone:
            continue  # it holds its data, too
        budget = BUDGETS[site.kind_of(page)]
        shell = _shell(site, page)
        program = shell | _engine(site, page)
        for names, most, what in ((shell, budget.shell, "shell"), (program, budget.all, "program")):
            sent = weigh([site.folder / name for name in sorted(names)]).gz
            if sent > most:
                yield Finding(
                    page.name, f"its {what} is {sent:,} bytes, compressed; {most:,} is the most"
                )


def _shell(site: SiteFiles, page: PageFile) -> set[str]:
    """The page, and what it names in its head and as scripts."""
    names = {page.name}
    for element in page.elements:
        values = element.attributes
        if element.tag == "script" and "src" in values:
            names |= _with_imports(site, _path(page, values["src"]))
        elif element.tag == "link" and {"stylesheet", "icon"} & set(values.get("rel", "").split()):
            names.add(_path(page, values.get("href", "")))
    return {name for name in names if name in site.names and not OWN.match(name)}


def _engine(site: SiteFiles, page: PageFile) -> set[str]:
    """The workers that the page starts, and the engine's binary."""
    links = [page.data[key] for key in ("worker", "preparer", "wasm") if key in page.data]
    names: set[str] = set()
    for link in links:
        names |= _with_imports(site, _path(page, link))
    return names & set(site.names)


def _with_imports(site: SiteFiles, name: str) -> set[str]:
    """A script and all that it imports at once."""
    found: set[str] = set()
    waiting = [name]
    while waiting:
        name = waiting.pop()
        if name in found or name not in site.names:
            continue
        found.add(name)
        if name.endswith(".js"):
            for match in IMPORT.finditer(site.text(name)):
                waiting.append(posixpath.normpath(f"{posixpath.dirname(name)}/{match['file']}"))
    return found


def _path(page: PageFile, link: str) -> str:
    return posixpath.normpath(posixpath.join(posixpath.dirname(page.name), link))
