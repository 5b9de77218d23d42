"""Markdown -> HTML that fits the pages: CommonMark and tables, and HTML in it is shown, not obeyed.

A file is read first (`read_text`), so that other files' links to it can be checked, and rendered
then (`render_text`), when every link has a place to lead to.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from markdown_it import MarkdownIt
from markdown_it.common.utils import escapeHtml
from markdown_it.renderer import RendererHTML
from markdown_it.token import Token
from markdown_it.utils import EnvType, OptionsDict

from generator.errors import BuildError

CONTENTS = (2, 3)  # levels of headings that a page's contents list
HEADING = "heading_open"
# What the page around the text has anchors for already.
TAKEN = ("main", "error", "late", "on-this-page", "page-data")
ALIGNED = {"text-align:right": "right", "text-align:center": "centre"}
BREAKS = ("softbreak", "hardbreak")


@dataclass(frozen=True)
class Heading:
    """A heading below the title: its level, 2 to 6, its anchor, its words."""

    level: int
    anchor: str
    words: str


@dataclass(frozen=True)
class Target:
    """What a link or a picture names, and the line it stands in."""

    address: str
    line: int


@dataclass(frozen=True)
class Text:
    """A Markdown file: what it is called, what it says of itself, where its links lead."""

    file: Path
    title: str
    description: str
    headings: tuple[Heading, ...]
    links: tuple[Target, ...]
    tokens: Sequence[Token]

    @property
    def contents(self) -> list[Heading]:
        """What a list of the page's contents shows."""
        return [heading for heading in self.headings if heading.level in CONTENTS]


# From what the Markdown names to the attributes of the element, such as {"href": "../data/"}.
Place = Callable[[Target], dict[str, str | int | float]]


class _Renderer(RendererHTML):
    """What is too wide for a phone scrolls by itself, by keyboard too; headings can be linked."""

    def heading_open(
        self, tokens: Sequence[Token], index: int, options: OptionsDict, env: EnvType
    ) -> str:
        return f'<{tokens[index].tag} id="{tokens[index].meta["anchor"]}">'

    def heading_close(
        self, tokens: Sequence[Token], index: int, options: OptionsDict, env: EnvType
    ) -> str:
        opening = tokens[index - 2].meta
        label = escapeHtml(f"Link to: {opening['words']}")
        link = f'<a class="anchor" href="#{opening["anchor"]}" aria-label="{label}">#</a>'
        return f" {link}</{tokens[index].tag}>\n"

    def fence(self, tokens: Sequence[Token], index: int, options: OptionsDict, env: EnvType) -> str:
        """A block of code; what stands behind its language is the name of the file it is."""
        token = tokens[index]
        language, _, name = (escapeHtml(word) for word in token.info.strip().partition(" "))
        env["examples"] = number = env.get("examples", 0) + 1
        label = f"Example {number}{f': {name}' if name else ''}"
        caption = f"<figcaption>{name}</figcaption>" if name else ""
        code = f'<code class="language-{language or "text"}">{escapeHtml(token.content)}</code>'
        pre = f'<pre tabindex="0" role="region" aria-label="{label}">{code}</pre>'
        return f'<figure class="code">{caption}{pre}</figure>\n'

    def code_block(
        self, tokens: Sequence[Token], index: int, options: OptionsDict, env: EnvType
    ) -> str:
        return self.fence(tokens, index, options, env)

    def table_open(
        self, tokens: Sequence[Token], index: int, options: OptionsDict, env: EnvType
    ) -> str:
        env["tables"] = number = env.get("tables", 0) + 1
        label = f'aria-label="Table {number}"'
        return f'<div class="scroll" tabindex="0" role="region" {label}>\n<table>\n'

    def table_close(
        self, tokens: Sequence[Token], index: int, options: OptionsDict, env: EnvType
    ) -> str:
        return "</table>\n</div>\n"

    def th_open(
        self, tokens: Sequence[Token], index: int, options: OptionsDict, env: EnvType
    ) -> str:
        """A cell; its alignment is a class, because the pages' policy allows no style."""
        token = tokens[index]
        side = ALIGNED.get(str(token.attrGet("style")))
        return f'<{token.tag} class="{side}">' if side else f"<{token.tag}>"

    td_open = th_open


_MARKDOWN = MarkdownIt("commonmark", {"html": False}, renderer_cls=_Renderer).enable("table")


def read_text(file: Path) -> Text:
    """Read a Markdown file; raise BuildError unless it begins with its one title, `# …`."""
    try:
        tokens = _MARKDOWN.parse(file.read_text(encoding="utf-8-sig"))
    except UnicodeDecodeError as error:
        raise BuildError(
            what="the file is not UTF-8",
            where=str(file),
            expected="text in that encoding",
            fix="Save it again as UTF-8.",
        ) from error
    titles = [
        index for index, token in enumerate(tokens) if token.type == HEADING and token.tag == "h1"
    ]
    if titles != [0]:
        two = titles[:1] == [0]
        raise BuildError(
            what="the page has two titles" if two else "the page has no title",
            where=f"{file}:{_line(tokens[titles[1]]) if two else 1}",
            expected="one heading of the first level, `# Title`, at the beginning",
            fix="Headings below it begin with ## or more.",
        )
    title, body = _words(tokens[1]), tokens[3:]
    paragraphs = (
        tokens[index + 1] for index, token in enumerate(tokens) if token.type == "paragraph_open"
    )
    return Text(
        file=file,
        title=title,
        description=next(map(_words, paragraphs), title),
        headings=tuple(_anchored(body)),
        links=tuple(target for token, target in _targets(body) if token.type == "link_open"),
        tokens=body,
    )


def render_text(text: Text, link: Place, picture: Place) -> str:
    """Return the HTML of a text without its title; `link` and `picture` say what is where.

    Changes the text's tokens: a text is rendered once.
    """
    for token, target in _targets(text.tokens):
        token.attrs |= (link if token.type == "link_open" else picture)(target)
    return str(_MARKDOWN.renderer.render(text.tokens, _MARKDOWN.options, {}))


def _targets(tokens: Sequence[Token]) -> Iterator[tuple[Token, Target]]:
    """Links and pictures, in their order."""
    line = 1
    for token in tokens:
        line = _line(token) or line
        below = line
        for child in token.children or ():
            below += child.type in BREAKS
            if child.type in ("link_open", "image"):
                name = "href" if child.type == "link_open" else "src"
                yield child, Target(str(child.attrs[name]), below)


def _anchored(tokens: Sequence[Token]) -> Iterator[Heading]:
    """Give each heading its anchor: its words as GitHub writes them into addresses."""
    taken = dict.fromkeys(TAKEN, 0)
    for index, token in enumerate(tokens):
        if token.type != HEADING:
            continue
        words = _words(tokens[index + 1])
        anchor = re.sub(r"[^\w\- ]", "", words.lower()).replace(" ", "-") or "part"
        taken[anchor] = count = taken.get(anchor, -1) + 1
        anchor += f"-{count}" if count else ""
        token.meta = {"anchor": anchor, "words": words}
        yield Heading(int(token.tag[1]), anchor, words)


def _words(inline: Token) -> str:
    """The words of a paragraph or heading, without what makes them bold, links or code."""
    children = inline.children or ()
    return "".join(" " if child.type in BREAKS else child.content for child in children)


def _line(token: Token) -> int:
    return token.map[0] + 1 if token.map else 0
