"""Scripts, workers' above all: no program made of text, nothing fetched from another host.

Scripts are searched, not run: a name that is put together at run time is not found here. Such code
would still be bound by the page's policy, which forbids both and reaches into workers.
"""

import re
from base64 import b64decode
from collections.abc import Iterator

from generator.serve import TYPES
from generator.single_file import ORIGIN
from generator.verification.findings import Finding
from generator.verification.site_files import DATA_BLOCKS, PageFile, SiteFiles

# Ways to run text as a program: names that are not part of a longer name, and not a property.
FORBIDDEN = {
    "eval": re.compile(r"(?<![\w$.])eval(?![\w$])"),
    "Function(…)": re.compile(r"(?<![\w$.])Function\s*\("),
    "importScripts(…)": re.compile(r"(?<![\w$])importScripts\s*\("),
    "a timer of text": re.compile(r"(?<![\w$])set(?:Timeout|Interval)\(\s*[\"'`]"),
}
ADDRESS = re.compile(r"(?:https?|wss?)://[^\s\"'`<>\\)]*")
# Licences that esbuild puts at the end of a script.
LEGAL = re.compile(r"(?:/\*(?:(?!\*/).)*\*/\s*)+\Z", re.DOTALL)
# Addresses that scripts hold and never fetch, and why they are there.
ONLY_SAID = {
    "https://arxiv.org/": "TensorFlow.js: where a constant of its shaders comes from",
    "https://developer.mozilla.org/": "TensorFlow.js: words of an error, about fetch",
    "https://github.com/tensorflow/": "TensorFlow.js: words of errors and warnings",
    "https://www.shadertoy.com/": "TensorFlow.js: a comment in a shader",
    "http://localhost:8000": "the transfer page: how to look at an exported page",
    "http://www.w3.org/": "names of XML namespaces",
    ORIGIN: "pages in one file: the host of their own files, which no network has",
}


def check_scripts(site: SiteFiles) -> Iterator[Finding]:
    """Search every script of the site, those in pages too."""
    for name in site.ending(".js"):
        yield from _search(name, site.text(name))
    for page in site.pages:
        for script in _scripts_in(page):
            yield from _search(page.name, script)


def _scripts_in(page: PageFile) -> Iterator[str]:
    """The page's own and, in one file, those of its workers, which lie in it as base64."""
    for element in page.elements:
        values = element.attributes
        if element.tag == "script" and values.get("type") not in DATA_BLOCKS:
            yield element.text
        elif values.get("data-type") == TYPES[".js"]:
            yield b64decode(element.text).decode(errors="replace")


def _search(name: str, text: str) -> Iterator[Finding]:
    for what, pattern in FORBIDDEN.items():
        if match := pattern.search(text):
            around = text[max(0, match.start() - 20) : match.end() + 20]
            yield Finding(name, f"it has {what}: … {' '.join(around.split())} …")
    for match in ADDRESS.finditer(LEGAL.sub("", text)):
        if not match[0].startswith(tuple(ONLY_SAID)):
            yield Finding(name, f"it holds the address {match[0]}")
