"""A folder of Markdown files -> pages of the site, below docs/."""

import difflib
import re
from collections.abc import Collection
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from urllib.parse import unquote, urlsplit

from markupsafe import Markup
from PIL import Image, UnidentifiedImageError

from generator.config import SLUG
from generator.errors import BuildError
from generator.markdown import Target, Text, read_text, render_text
from generator.render import Page, root_of

ADDRESS = "docs"  # of the first page, in the site
FIRST = "index"
ELSEWHERE = ("http", "https", "mailto")
DRAWINGS = (".svg",)


@dataclass(frozen=True)
class _Docs:
    """All pages by their files' names, what else of the site they may link to, and their files.

    `pages` are addresses in the site, "" for the home page.
    """

    folder: Path
    texts: dict[str, Text]
    pages: frozenset[str]
    assets: Path


def make_docs(folder: Path, demos: Collection[str], assets: Path, style: str) -> list[Page]:
    """Return a page for each Markdown file of `folder`; copy what they show into `assets`.

    `index.md` comes first, then what it links to, in that order, then the others by name. Links
    are those that work in the folder itself: `data.md#labels` for another file, `../train/` for
    the demo of that slug (`demos`), `images/a.png` for a file. `style` is the style sheet in the
    site. Raises BuildError that names file and line for a link or picture that leads nowhere.
    """
    docs = _Docs(
        folder, _read(folder), frozenset({"", "about/", *map("{}/".format, demos)}), assets
    )
    listed = [{"slug": _slug(name), "title": text.title} for name, text in docs.texts.items()]
    return [
        Page(
            "docs",
            _slug(name),
            text.title,
            text.description,
            style=style,
            values={
                "docs": listed,
                "contents": text.contents,
                "content": Markup(_render(docs, name)),
                "before": listed[at - 1] if at else None,
                "after": listed[at + 1] if at + 1 < len(listed) else None,
            },
        )
        for at, (name, text) in enumerate(docs.texts.items())
    ]


def _slug(name: str) -> str:
    return ADDRESS if name == FIRST else f"{ADDRESS}/{name}"


def _read(folder: Path) -> dict[str, Text]:
    """The texts by name, in the order in which the first one names them."""
    texts = {}
    for file in sorted(folder.glob("*.md")):
        if not SLUG.fullmatch(file.stem):
            raise BuildError(
                what="the file's name cannot be an address",
                where=str(file),
                expected="words of a-z, 0-9 and '-', such as your-data.md",
                fix="Rename it.",
            )
        texts[file.stem] = read_text(file)
    if FIRST not in texts:
        raise BuildError(
            what="the first page is missing",
            where=str(folder),
            expected=f"{FIRST}.md, which the others follow in the order in which it names them",
            found=", ".join(f"{name}.md" for name in texts) or "no Markdown file",
        )
    named = [link.address.removesuffix(".md") for link in texts[FIRST].links]
    order = dict.fromkeys((FIRST, *(name for name in named if name in texts), *texts))
    return {name: texts[name] for name in order}


def _render(docs: _Docs, name: str) -> str:
    text, root = docs.texts[name], root_of(_slug(name))
    return render_text(
        text,
        link=lambda target: {"href": _href(docs, text, target, root)},
        picture=lambda target: _picture(docs, text, target, root),
    )


def _href(docs: _Docs, text: Text, target: Target, root: str) -> str:
    """Where a link leads, from the page that it stands on."""
    parts = urlsplit(target.address)
    path = unquote(parts.path).removeprefix("./")
    anchor = f"#{parts.fragment}" if parts.fragment else ""
    if parts.scheme in ELSEWHERE:
        return target.address
    if not path or path.endswith(".md"):
        other = docs.texts.get(path.removesuffix(".md")) if path else text
        if other is None:
            raise _nowhere(docs, text, target)
        _check_anchor(text, other, target, unquote(parts.fragment))
        return f"{root}{_slug(other.file.stem)}/{anchor}" if path else anchor
    if path.startswith("../") and path.removeprefix("../") in docs.pages:
        return f"{root}{path.removeprefix('../')}{anchor}"
    return f"{root}{_copy(docs, text, target)}"


def _check_anchor(text: Text, other: Text, target: Target, anchor: str) -> None:
    anchors = [heading.anchor for heading in other.headings]
    if not anchor or anchor in anchors:
        return
    near = difflib.get_close_matches(anchor, anchors, n=1)
    raise BuildError(
        what=f"there is no heading for the link {target.address}",
        where=f"{text.file}:{target.line}",
        expected=f"one of {', '.join(f'#{name}' for name in anchors)} in {other.file.name}",
        fix=f"Did you mean #{near[0]}?" if near else "",
    )


def _picture(docs: _Docs, text: Text, target: Target, root: str) -> dict[str, str | int | float]:
    """Where a picture is, and its size, so that nothing moves when it arrives."""
    attributes: dict[str, str | int | float] = {"loading": "lazy"}
    if urlsplit(target.address).scheme or target.address.startswith("//"):
        raise BuildError(
            what=f"the picture {target.address} is on another host",
            where=f"{text.file}:{target.line}",
            expected="a file in the folder of the docs: pages fetch nothing from elsewhere",
            fix="Save it into that folder.",
        )
    attributes["src"] = f"{root}{_copy(docs, text, target)}"
    file = _file(docs, target)
    if file.suffix.lower() in DRAWINGS:
        return attributes
    try:
        with Image.open(file) as image:
            return {**attributes, "width": image.width, "height": image.height}
    except (UnidentifiedImageError, Image.DecompressionBombError, OSError) as error:
        raise BuildError(
            what=f"the picture {target.address} cannot be read",
            where=f"{text.file}:{target.line}",
            expected="PNG, JPEG, WebP, GIF, AVIF or SVG",
        ) from error


def _copy(docs: _Docs, text: Text, target: Target) -> str:
    """Put a file of the folder into the site's assets, its hash in its name; return its place."""
    file = _file(docs, target)
    if not file.is_file() or not file.is_relative_to(docs.folder.resolve()):
        raise _nowhere(docs, text, target)
    content = file.read_bytes()
    stem = re.sub(r"[^\w-]", "-", file.stem, flags=re.ASCII)
    name = f"{stem}-{sha256(content).hexdigest()[:8]}{file.suffix.lower()}"
    (docs.assets / name).write_bytes(content)
    return f"assets/{name}"


def _file(docs: _Docs, target: Target) -> Path:
    return (docs.folder / unquote(urlsplit(target.address).path)).resolve()


def _nowhere(docs: _Docs, text: Text, target: Target) -> BuildError:
    pages = ", ".join(f"{name}.md" for name in docs.texts)
    return BuildError(
        what=f"a link leads nowhere: {target.address}",
        where=f"{text.file}:{target.line}",
        expected=f"one of the pages {pages}, a file in that folder, or a page of the site, "
        f"such as ../about/",
    )
