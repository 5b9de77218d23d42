"""The Content-Security-Policy of each page, and that nothing in the page needs a looser one."""

import re
from base64 import b64encode
from collections.abc import Iterator
from hashlib import sha256

from generator.verification.findings import Finding
from generator.verification.site_files import DATA_BLOCKS, Element, PageFile, SiteFiles

# Everything that a policy of ours may allow; what it does not name, 'none' of default-src forbids.
ALLOWED = {
    "default-src": {"'none'"},
    "script-src": {"'self'", "'wasm-unsafe-eval'"},
    "style-src": {"'self'"},
    "img-src": {"'self'", "data:", "blob:"},
    "connect-src": {"'self'"},
    "worker-src": {"'self'", "blob:"},
    "base-uri": {"'none'"},
    "form-action": {"'none'"},
}
# default-src says nothing about these.
REQUIRED = ("default-src", "base-uri", "form-action")
HASH = re.compile(r"'sha256-[A-Za-z0-9+/=]{44}'")
# What a policy in a <meta> does not bind: elements before it.
BOUND = {"script", "style", "link", "img", "iframe", "object", "embed"}


def check_policies(site: SiteFiles) -> Iterator[Finding]:
    """Each page has one policy, before all that loads, and it is the strict one."""
    for page in site.pages:
        places = [i for i, element in enumerate(page.elements) if _is_policy(element)]
        if len(places) != 1:
            yield Finding(page.name, f"it has {len(places)} Content-Security-Policies, not one")
            continue
        if any(element.tag in BOUND for element in page.elements[: places[0]]):
            yield Finding(page.name, "something loads before its Content-Security-Policy")
        for problem in find_loose(page.elements[places[0]].attributes.get("content", "")):
            yield Finding(page.name, f"its Content-Security-Policy {problem}")


def find_loose(policy: str) -> Iterator[str]:
    """What a policy lacks or allows beyond the strict one."""
    directives = read_policy(policy)
    for name in REQUIRED:
        if name not in directives:
            yield f"lacks {name}"
    for name, sources in directives.items():
        if name not in ALLOWED:
            yield f"has {name}, which no page needs"
            continue
        hashed = name in ("script-src", "style-src")
        for source in sources:
            if source not in ALLOWED[name] and not (hashed and HASH.fullmatch(source)):
                yield f"allows {source} in {name}"


def read_policy(policy: str) -> dict[str, list[str]]:
    """The sources of each directive; of two of one name the first counts (CSP 3, 2.2.1)."""
    directives: dict[str, list[str]] = {}
    for part in policy.split(";"):
        if words := part.split():
            directives.setdefault(words[0].lower(), words[1:])
    return directives


def check_inline(site: SiteFiles) -> Iterator[Finding]:
    """No script, style or handler is written into a page, but those whose hash its policy names."""
    for page in site.pages:
        allowed = _hashes(page)
        for element in page.elements:
            yield from _check_element(page.name, element, allowed)


def _check_element(name: str, element: Element, allowed: set[str]) -> Iterator[Finding]:
    values = element.attributes
    if element.tag in ("script", "style") and not values.get("src"):
        digest = b64encode(sha256(element.text.encode()).digest()).decode()
        is_data = element.tag == "script" and values.get("type") in DATA_BLOCKS
        if not is_data and f"'sha256-{digest}'" not in allowed:
            yield Finding(name, f"a <{element.tag}> is written into it, unknown to its policy")
    for key, value in values.items():
        if key == "style" or key.startswith("on"):
            yield Finding(name, f"<{element.tag}> has the attribute {key}, which no policy allows")
        if value.strip().lower().startswith("javascript:"):
            yield Finding(name, f"<{element.tag}> runs a script by the attribute {key}")


def _is_policy(element: Element) -> bool:
    name = element.attributes.get("http-equiv", "").lower()
    return element.tag == "meta" and name == "content-security-policy"


def _hashes(page: PageFile) -> set[str]:
    policy = next(filter(_is_policy, page.elements), None)
    directives = read_policy(policy.attributes.get("content", "")) if policy else {}
    return {*directives.get("script-src", ()), *directives.get("style-src", ())}
