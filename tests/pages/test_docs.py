"""The docs as pages: found from every page, readable on a phone, by keyboard, light and dark."""

from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

NAMES = sorted(file.stem for file in Path("docs").glob("*.md"))
PATHS = ["docs/" if name == "index" else f"docs/{name}/" for name in NAMES]


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("path", PATHS)
def test_a_page_fits_a_phone_and_what_is_wide_scrolls_by_itself(
    site_url: str, page: Page, path: str, scheme: str
) -> None:
    page.emulate_media(color_scheme=scheme)
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto(site_url + path)
    page.wait_for_load_state("networkidle")
    assert page.evaluate("document.scrollingElement.scrollWidth <= innerWidth")
    wide = page.locator("pre, .scroll")
    assert wide.evaluate_all("(all) => all.every((one) => one.tabIndex === 0)")
    labels = wide.evaluate_all("(all) => all.map((one) => one.getAttribute('aria-label'))")
    assert all(labels) and len(set(labels)) == len(labels)
    ids = page.locator("[id]").evaluate_all("(all) => all.map((one) => one.id)")
    assert len(set(ids)) == len(ids)


@pytest.mark.parametrize("path", PATHS)
def test_links_and_pictures_of_a_page_are_there(site_url: str, page: Page, path: str) -> None:
    page.goto(site_url + path)
    links = page.locator("a[href]").evaluate_all("(all) => all.map((a) => a.href)")
    for link in {link for link in links if link.startswith(site_url)}:
        address, _, fragment = link.partition("#")
        response = page.request.get(address)
        assert response.status == 200, link
        assert not fragment or f'id="{fragment}"' in response.text(), link
    for picture in page.locator("article img").all():
        picture.scroll_into_view_if_needed()
        expect(picture).to_have_js_property("complete", True)
        assert picture.evaluate("(image) => image.naturalWidth > 9")
        assert picture.get_attribute("alt")


def test_the_way_leads_through_all_pages(site_url: str, page: Page) -> None:
    page.goto(site_url)
    page.click("nav >> text=Docs")
    expect(page.locator(".site-header [aria-current]")).to_have_text("Docs")
    titles = page.locator(".pages a").all_inner_texts()
    assert len(titles) == len(NAMES)
    for title in titles[1:]:
        page.click("[rel=next]")
        expect(page.locator("h1")).to_have_text(title)
        expect(page.locator(".pages [aria-current=page]")).to_have_text(title)
    expect(page.locator("[rel=next]")).to_have_count(0)


def test_the_contents_lead_to_their_headings(site_url: str, page: Page) -> None:
    page.goto(f"{site_url}docs/your-data/")
    page.click(".contents >> text=NumPy arrays")
    page.wait_for_url("**/docs/your-data/#numpy-arrays")
    expect(page.locator("#numpy-arrays")).to_be_in_viewport()


def test_on_a_phone_the_page_that_is_open_is_in_sight(site_url: str, page: Page) -> None:
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto(f"{site_url}docs/troubleshooting/")
    expect(page.locator(".pages [aria-current]")).to_be_in_viewport()
