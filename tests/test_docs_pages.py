"""Pages of text in a site: their order, their links, and what is refused."""

from pathlib import Path

import pytest
from PIL import Image

from generator.build import Options, build_site
from generator.config import load_config
from generator.docs import make_docs
from generator.errors import BuildError
from generator.progress import Reporter
from generator.render import Page

INDEX = """# Start

About us.

[Zoo](zoo.md), [a part](data.md#rows), [Home](../), [Train](../train/),
[Report](../about/#x), [elsewhere](https://example.org), [below](#more)

## More

![A *red* square](pictures/red%20one.png)
"""
SITE = """
[site]
url = "https://example.org/x"
docs = "text"
[data.shapes]
source = "shapes"
[[demo]]
kind = "trainer"
slug = "train"
data = "shapes"
[[demo]]
kind = "transfer"
slug = "teach"
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "text"
    (folder / "pictures").mkdir(parents=True)
    (tmp_path / "assets").mkdir()
    Image.new("RGB", (30, 20), "red").save(folder / "pictures/red one.png")
    (folder / "index.md").write_text(INDEX)
    (folder / "data.md").write_text("# Data\n\n## Rows\n\n[back](index.md#more) [zoo](./zoo.md)\n")
    (folder / "zoo.md").write_text("# Zoo\n\n[![small](pictures/red%20one.png)](data.md)\n")
    (folder / "notes.txt").write_text("no page")
    return folder


def pages(folder: Path) -> list[Page]:
    return make_docs(folder, ["train"], folder.parent / "assets", "assets/docs.css")


def test_pages_follow_the_first_one(folder: Path) -> None:
    found = pages(folder)
    assert [page.slug for page in found] == ["docs", "docs/zoo", "docs/data"]
    assert [page.title for page in found] == ["Start", "Zoo", "Data"]
    assert [page.description for page in found] == ["About us.", "small", "back zoo"]
    assert [page.root for page in found] == ["../", "../../", "../../"]
    assert found[1].values["before"]["title"] == "Start"
    assert found[1].values["after"]["slug"] == "docs/data"


def test_links_lead_to_pages(folder: Path) -> None:
    first, zoo, data = (str(page.values["content"]) for page in pages(folder))
    for href in ("docs/zoo/", "docs/data/#rows", "train/", "about/#x"):
        assert f'href="../{href}"' in first
    assert (
        'href="../"' in first and 'href="https://example.org"' in first and 'href="#more"' in first
    )
    assert 'href="../../docs/#more"' in data and 'href="../../docs/zoo/"' in data
    assert 'href="../../docs/data/"' in zoo


def test_pictures_are_copied_with_a_hash_and_have_their_size(folder: Path) -> None:
    content = str(pages(folder)[0].values["content"])
    (file,) = (folder.parent / "assets").iterdir()
    assert file.name.startswith("red-one-") and file.suffix == ".png"
    assert f'src="../assets/{file.name}"' in content
    assert 'width="30" height="20"' in content and 'alt="A red square"' in content


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ("[a](gone.md)", r"data\.md:4: a link leads nowhere: gone\.md; expected one of the pages"),
        ("[a](text/data.md)", r"data\.md:4: a link leads nowhere: text/data\.md"),
        ("[a](../gone/)", r"data\.md:4: a link leads nowhere: \.\./gone/"),
        ("[a](../site.toml)", r"data\.md:4: a link leads nowhere: \.\./site\.toml"),
        ("[a](zoo.md#lions)", r"data\.md:4: there is no heading for the link zoo\.md#lions"),
        ("[a](#row)", r"data\.md:4: there is no heading.*#rows in data\.md\. Did you mean #rows\?"),
        ("![a](gone.png)", r"data\.md:4: a link leads nowhere: gone\.png"),
        ("![a](https://x.org/a.png)", r"data\.md:4: the picture .* is on another host"),
        ("![a](notes.txt)", r"data\.md:4: the picture notes\.txt cannot be read; expected PNG"),
    ],
)
def test_what_leads_nowhere_is_named_with_its_line(folder: Path, words: str, message: str) -> None:
    (folder.parent / "site.toml").touch()
    (folder / "data.md").write_text(f"# Data\n\n## Rows\n{words}\n")
    with pytest.raises(BuildError, match=message):
        pages(folder)


def test_a_folder_without_a_first_page_is_refused(folder: Path) -> None:
    (folder / "index.md").rename(folder / "start.md")
    with pytest.raises(BuildError, match=r"first page is missing; expected index\.md.*start\.md"):
        pages(folder)


def test_a_name_that_is_no_address_is_refused(folder: Path) -> None:
    (folder / "zoo.md").rename(folder / "The Zoo.md")
    with pytest.raises(BuildError, match=r"The Zoo\.md: the file's name cannot be an address"):
        pages(folder)


def test_a_site_says_that_it_has_docs(folder: Path) -> None:
    home = folder.parent
    (home / "site.toml").write_text(SITE)
    config = load_config(home / "site.toml")
    build_site(config, Options(home / "site"), Reporter())
    for name in ("index.html", "train/index.html", "about/index.html"):
        assert '/docs/">Docs</a>' in (home / "site" / name).read_text()
    page = (home / "site/docs/data/index.html").read_text()
    assert '<link rel="canonical" href="https://example.org/x/docs/data/">' in page
    assert "<noscript>" not in page and "<script" not in page
    assert "<loc>https://example.org/x/docs/data/</loc>" in (home / "site/sitemap.xml").read_text()

    build_site(config, Options(home / "some", only=("teach",)), Reporter())
    assert not (home / "some/docs").exists()
    assert "Docs" not in (home / "some/index.html").read_text()


def test_what_is_wrong_is_told_before_anything_costly(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (folder.parent / "site.toml").write_text(SITE)
    (folder / "zoo.md").write_text("# Zoo\n\n[a](gone.md)\n")
    monkeypatch.setattr("generator.stages.put_sheets", lambda *_: pytest.fail("went on"))
    with pytest.raises(BuildError, match=r"zoo\.md:3: a link leads nowhere"):
        build_site(load_config(folder.parent / "site.toml"), Options(folder / "out"), Reporter())


def test_a_folder_that_is_not_there_is_named(tmp_path: Path) -> None:
    (tmp_path / "site.toml").write_text(SITE)
    with pytest.raises(BuildError, match=r"site\.toml:4: \[site\]: there is no folder '.*text'"):
        load_config(tmp_path / "site.toml")
