"""A site whose every text is an attack: it is shown as text, and nothing else comes of it.

The browser passes over the pages' policy here, which would stop a script that got in. What is
proved is that none gets in.
"""

import csv
import io
import json
import zipfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Browser, Page, expect

from generator.build import Options, build_site
from generator.config import load_config
from generator.progress import Reporter
from generator.serve import serving
from tests.pages.conftest import PATIENCE

IMAGE = "<img src=x onerror=window.ran=1>"
SCRIPT = "</script><script>window.ran=1</script>"
STYLE = "</style></title><svg onload=window.ran=1>"
TEMPLATE = "{{7*7}}{% raw %}${7*7}"
QUOTES = "\"'><b onmouseover=window.ran=1>&lt;"
REVERSED = "\u202egpj.exe"
PATH = "../../../etc/site.json"
FORMULA = '=HYPERLINK("https://elsewhere.example","x")'
CLASSES = [IMAGE, SCRIPT, "__proto__", "constructor"]
TAUGHT = ["toString", FORMULA]
DOCS = f"# {IMAGE}\n\n{SCRIPT} and {QUOTES}\n\n[a](<javascript:window.ran=1>)\n\n`{STYLE}`\n"
PAGES = ("", "about/", "docs/", "train/", "ask/", "teach/", "train.html", "ask.html", "teach.html")
# What an attack would leave behind: elements and attributes that no page of ours has.
TRACES = """() => {
  const all = [...document.querySelectorAll("*")];
  const handlers = all.filter((node) => node.getAttributeNames().some((n) => n.startsWith("on")));
  const foreign = document.querySelectorAll("img[src='x'], main svg[onload], main b[onmouseover]");
  const links = document.querySelectorAll("a[href^='javascript:' i]");
  const inline = document.querySelectorAll("script:not([src]):not([type^='application/'])");
  const scripts = [...inline].filter(({ textContent }) => textContent.length < 100);
  const found = [...handlers, ...foreign, ...links, ...scripts].map((node) => node.outerHTML);
  return [...found, ...(window.ran === undefined ? [] : ["it ran"])];
}"""


def site_text() -> str:
    site = {"title": IMAGE + QUOTES, "description": SCRIPT, "footer": STYLE, "language": QUOTES}
    signs = {"title": QUOTES, "licence": IMAGE, "credit": SCRIPT}
    demos = [
        {"kind": "trainer", "slug": "train", "title": SCRIPT, "data": "signs"},
        {"kind": "predictor", "slug": "ask", "title": TEMPLATE, "model": "signs"},
        {"kind": "transfer", "slug": "teach", "title": PATH, "description": REVERSED + IMAGE},
    ]
    tables = [
        ("[site]", {**site, "docs": "docs"}),
        ("[data.signs]", {"source": "npz", "path": "signs.npz", "classes": CLASSES, **signs}),
        ("[model.signs]", {"data": "signs", "architecture": "course", "epochs": 1}),
        *(("[[demo]]", demo) for demo in demos),
    ]
    lines = [
        line
        for header, values in tables
        for line in (header, *(f"{key} = {json.dumps(value)}" for key, value in values.items()))
    ]
    return "\n".join(lines).replace(
        'slug = "teach"', f'slug = "teach"\nclasses = {json.dumps(TAUGHT)}'
    )


@pytest.fixture(scope="module")
def folder(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The open browser keeps the build from proving the model in one of its own."""
    home = tmp_path_factory.mktemp("hostile")
    (home / "docs").mkdir()
    (home / "docs/index.md").write_text(DOCS)
    with np.load("tests/fixtures/signs.npz") as arrays:
        np.savez(home / "signs.npz", **arrays)
    (home / "site.toml").write_text(site_text())
    options = Options(home / "site", single_file=True)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("generator.build.find_browser", lambda: None)
        build_site(load_config(home / "site.toml"), options, Reporter())
    return home / "site"


@pytest.fixture(scope="module")
def url(folder: Path) -> Iterator[str]:
    with serving(folder, "/hostile/") as url:
        yield url


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    context = browser.new_context(bypass_csp=True)
    context.set_default_timeout(PATIENCE)
    yield context.new_page()
    context.close()


def assert_harmless(page: Page, *texts: str) -> None:
    """Nothing has come of the attacks, and these can be read."""
    shown = page.evaluate("document.body.innerText")
    for text in texts:
        assert text in shown, text
    assert page.evaluate(TRACES) == []


def test_an_attack_would_leave_traces(page: Page, url: str) -> None:
    """Without the policy, what gets into a page runs: else the tests here would prove nothing."""
    page.goto(url)
    page.evaluate("(html) => { document.body.innerHTML = html; }", IMAGE)
    page.wait_for_function("window.ran === 1")
    assert len(page.evaluate(TRACES)) >= 2


@pytest.mark.parametrize("path", PAGES)
def test_every_text_of_a_site_is_shown_as_text(page: Page, url: str, path: str) -> None:
    page.goto(url + path)
    page.wait_for_load_state("load")
    shown = [IMAGE + QUOTES, STYLE]
    if path in ("train/", "ask/", "teach/"):
        shown += [SCRIPT, TEMPLATE, PATH]  # titles, in the navigation
    if path == "":
        shown += [QUOTES, IMAGE, SCRIPT, TEMPLATE]
    assert_harmless(page, *shown)
    assert "49" not in page.title()
    assert page.get_attribute("html", "lang") == QUOTES


def test_a_trainer_shows_such_classes(page: Page, url: str) -> None:
    page.goto(f"{url}train/")
    expect(page.locator("#train")).to_be_enabled()
    page.locator("#run-settings").evaluate("(details) => { details.open = true; }")
    page.fill("#epochs", "1")
    page.locator("#epochs").blur()
    page.click("#train")
    expect(page.locator("#run-status")).to_contain_text("test images are right")
    for name in CLASSES:
        expect(page.locator("main")).to_contain_text(name)
    assert_harmless(page)


def test_a_predictor_answers_with_such_classes(page: Page, url: str) -> None:
    page.goto(f"{url}ask/")
    page.locator("#samples button").first.click()
    names = page.locator("#answers tbody .name")
    expect(names).to_have_count(len(CLASSES))
    expect(names.filter(has_text="\N{EN DASH}")).to_have_count(0)  # the answers are there
    assert set(names.all_inner_texts()) == set(CLASSES)
    assert_harmless(page)


def draw(folder: Path) -> Path:
    """Pictures of two classes whose names come from a table, and file names that are attacks."""
    rows = []
    for number in range(12):
        pixels = np.random.default_rng(number).integers(0, 60, (40, 40, 3), np.uint8)
        pixels[..., number % 2] += 190
        name = (f"=1+{number}.png", f"<img src=x onerror=window.ran=1> {number}.png")[number % 2]
        Image.fromarray(pixels).save(folder / name)
        rows.append((name, TAUGHT[number % 2]))
    with (folder / "labels.csv").open("w", newline="") as file:
        csv.writer(file).writerows([("file", "label"), *rows])
    return folder


def test_what_a_visitor_brings_and_takes_away_is_text(page: Page, url: str, tmp_path: Path) -> None:
    (tmp_path / "set").mkdir()
    page.goto(f"{url}teach/")
    expect(page.locator("#pictures-train-files-open")).to_be_enabled()
    page.set_input_files("#pictures-train-folder", draw(tmp_path / "set"))
    page.click("#pictures-add")
    expect(page.locator("#pictures-outcome")).to_be_visible()
    page.click("#train")
    expect(page.locator("#train-status")).to_contain_text("Trained in")
    for name in TAUGHT:
        expect(page.locator("#look-body")).to_contain_text(name)
    assert_harmless(page)

    with page.expect_download() as download:
        page.click("#look-save")
    text = download.value.path().read_text(encoding="utf-8-sig")
    cells = [cell for row in csv.reader(io.StringIO(text)) for cell in row]
    assert f"'{FORMULA}" in cells and any("=1+" in cell for cell in cells)
    assert not [cell for cell in cells if cell.startswith(("=", "+", "-", "@", "\t", "\r"))]

    with page.expect_download() as download:
        page.click("#keep-page")
    with zipfile.ZipFile(io.BytesIO(download.value.path().read_bytes())) as archive:
        for name in archive.namelist():
            assert not name.startswith("/") and ".." not in name.split("/")
        archive.extractall(tmp_path / "page")
    with serving(tmp_path / "page") as exported:
        page.goto(exported)
        expect(page.locator("#about")).to_contain_text("It tells apart")
        assert_harmless(page, FORMULA)
