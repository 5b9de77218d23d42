"""What holds for every page: words for search engines, a strict policy, room on a phone."""

import pytest
from playwright.sync_api import Page, expect

PAGES = ("", "mnist-trainer/", "shapes-trainer/", "digit-predictor/", "docs/", "about/")


@pytest.mark.parametrize("path", PAGES)
def test_a_page_describes_itself_and_forbids_inline_script(
    site_url: str, page: Page, path: str
) -> None:
    page.goto(site_url + path)
    assert page.title() and page.get_attribute('meta[name="description"]', "content")
    policy = page.get_attribute('meta[http-equiv="Content-Security-Policy"]', "content") or ""
    assert policy.startswith("default-src 'none'") and "unsafe-inline" not in policy
    assert "'unsafe-eval'" not in policy
    assert page.locator("h1").count() == 1


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("path", PAGES)
def test_nothing_scrolls_sideways_on_a_phone(
    site_url: str, page: Page, path: str, scheme: str
) -> None:
    page.emulate_media(color_scheme=scheme)
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto(site_url + path)
    page.wait_for_load_state("networkidle")
    assert page.evaluate("document.scrollingElement.scrollWidth <= innerWidth")


@pytest.mark.parametrize("path", PAGES)
def test_every_link_inside_the_site_leads_somewhere(site_url: str, page: Page, path: str) -> None:
    page.goto(site_url + path)
    links = page.locator("a[href]").evaluate_all("(all) => all.map((a) => a.href)")
    inside = sorted({link for link in links if link.startswith(site_url)})
    assert {link.split("#")[0] for link in inside} >= {site_url + name for name in PAGES}
    for link in inside:
        address, _, fragment = link.partition("#")
        response = page.request.get(address)
        assert response.status == 200, link
        assert not fragment or f'id="{fragment}"' in response.text(), link


def test_a_card_opens_its_demo_by_keyboard(site_url: str, page: Page) -> None:
    page.goto(site_url)
    card = page.locator(".card a").first
    for _ in range(20):
        page.keyboard.press("Tab")
        if card.evaluate("(a) => a === document.activeElement"):
            break
    expect(card).to_be_focused()
    page.keyboard.press("Enter")
    page.wait_for_url("**/mnist-trainer/")


def test_cards_show_bytes_and_accuracy_of_the_report(site_url: str, page: Page) -> None:
    page.goto(site_url)
    report = page.request.get(f"{site_url}report.json").json()
    predictor = next(demo for demo in report["demos"] if demo["kind"] == "predictor")
    card = page.locator(".card", has_text=predictor["title"]).last
    expect(card).to_contain_text(f"{100 * predictor['accuracy']:.2f}% right on test images")
    expect(card).to_contain_text(f"{predictor['first']['gz'] / 1e3:.0f} kB to the first answer")
    # Pictures that are there and not empty.
    page.wait_for_load_state("networkidle")
    assert page.locator(".card img").evaluate_all("(all) => all.every((i) => i.naturalWidth > 9)")
