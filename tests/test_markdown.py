from pathlib import Path

import pytest

from generator.errors import BuildError
from generator.markdown import Heading, Target, read_text, render_text

BEGIN = "# Title\n\nWhat it *is*,\nin `short`.\n\n"


def text(folder: Path, body: str) -> Path:
    file = folder / "page.md"
    file.write_text(BEGIN + body, encoding="utf-8")
    return file


def html(folder: Path, body: str) -> str:
    read = read_text(text(folder, body))
    return render_text(read, lambda link: {"href": f"to:{link.address}"}, lambda _: {"src": "p"})


def test_a_text_says_what_it_is(tmp_path: Path) -> None:
    read = read_text(text(tmp_path, "## Ä b, *c*!\n\n### `d`\n\n## D\n\n#### Deep\n\n## Main\n"))
    assert (read.title, read.description) == ("Title", "What it is, in short.")
    assert [heading.anchor for heading in read.headings] == ["ä-b-c", "d", "d-1", "deep", "main-1"]
    assert read.contents[0] == Heading(2, "ä-b-c", "Ä b, c!") and len(read.contents) == 4


def test_links_know_their_lines(tmp_path: Path) -> None:
    body = "one\n[two](a.md)\n[three][x]\n\n| a |\n|---|\n| [b](b.md#c) |\n\n[x]: d.md\n"
    links = read_text(text(tmp_path, body)).links
    assert links == (Target("a.md", 7), Target("d.md", 8), Target("b.md#c", 12))


@pytest.mark.parametrize(
    ("content", "line", "words"),
    [
        ("No title\n", 1, "no title"),
        ("", 1, "no title"),
        ("## Low\n", 1, "no title"),
        ("Hello\n\n# Late\n", 1, "no title"),
        ("# One\n\nwords\n\n# Two\n", 5, "two titles"),
    ],
)
def test_a_text_without_its_one_title_is_refused(
    tmp_path: Path, content: str, line: int, words: str
) -> None:
    (tmp_path / "page.md").write_text(content)
    with pytest.raises(BuildError, match=rf"page\.md:{line}: the page has {words}; expected one"):
        read_text(tmp_path / "page.md")


def test_another_encoding_is_refused(tmp_path: Path) -> None:
    (tmp_path / "page.md").write_bytes("# Käse\n".encode("latin-1"))
    with pytest.raises(BuildError, match=r"page\.md: the file is not UTF-8"):
        read_text(tmp_path / "page.md")


def test_html_is_shown_and_not_obeyed(tmp_path: Path) -> None:
    found = html(tmp_path, "<script>alert(1)</script>\n\na <b onclick=x>b</b> [c](javascript:d)\n")
    assert "<script" not in found and "<b" not in found and 'href="' not in found
    assert "&lt;script&gt;" in found


def test_code_scrolls_by_keyboard_and_names_its_file(tmp_path: Path) -> None:
    found = html(tmp_path, "```toml site.toml\na = '<'\n```\n\n    indented\n")
    assert "<figcaption>site.toml</figcaption>" in found
    assert '<pre tabindex="0" role="region" aria-label="Example 1: site.toml">' in found
    assert "<code class=\"language-toml\">a = '&lt;'" in found
    assert '<pre tabindex="0" role="region" aria-label="Example 2">' in found


def test_columns_are_aligned_without_a_style(tmp_path: Path) -> None:
    found = html(tmp_path, "| a | b | c |\n|---|--:|:-:|\n| 1 | 2 | 3 |\n")
    assert "<th>a</th>" in found and '<th class="right">b</th>' in found
    assert '<td class="right">2</td>' in found and '<td class="centre">3</td>' in found
    assert "style" not in found


def test_tables_scroll_by_keyboard(tmp_path: Path) -> None:
    found = html(tmp_path, "| a |\n|---|\n| b |\n")
    assert '<div class="scroll" tabindex="0" role="region" aria-label="Table 1">\n<table>' in found


def test_headings_can_be_linked_and_links_lead_where_they_are_told(tmp_path: Path) -> None:
    found = html(tmp_path, '## A "b"\n\n[c](d.md) ![e](f.png)\n')
    assert '<h2 id="a-b">A &quot;b&quot; <a class="anchor" href="#a-b"' in found
    assert 'aria-label="Link to: A &quot;b&quot;">#</a></h2>' in found
    assert '<a href="to:d.md">c</a> <img src="p" alt="e" />' in found
