"""What the browser keeps by itself: written once, offered again, never replaced unasked."""

from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.pages.test_transfer import SLOW, add, draw, draw_folder, open_page

# Counts what is written, by store; the page's own code knows nothing of it.
COUNT_WRITES = """
    window.writes = { pictures: 0, project: 0 };
    const put = IDBObjectStore.prototype.put;
    IDBObjectStore.prototype.put = function (value) {
      window.writes[this.name]++;
      return put.call(this, value);
    };
"""
NO_ROOM = """
    IDBObjectStore.prototype.put = () => {
      throw new DOMException("full", "QuotaExceededError");
    };
"""
NO_STORAGE = 'Object.defineProperty(window, "indexedDB", { value: undefined });'
RECORDS = """async (path) => {
    const request = indexedDB.open(`mlpages:${path}:v1:projects:own-classes`);
    await new Promise((resolve) => (request.onsuccess = resolve));
    const store = request.result.transaction("pictures").objectStore("pictures");
    const keys = store.getAllKeys();
    await new Promise((resolve) => (keys.onsuccess = resolve));
    request.result.close();
    return keys.result.length;
}"""


def fill(page: Page, site_url: str, folder: Path) -> None:
    """Six pictures, kept."""
    open_page(page, site_url)
    add(page, "train", draw_folder(folder / "a", 3))
    expect_kept(page, 6)


def expect_kept(page: Page, count: int) -> None:
    expect(page.locator("#keep-auto-hint")).to_contain_text(
        f"{count} pictures kept in this browser", timeout=SLOW
    )


def records(page: Page) -> int:
    found = page.evaluate(RECORDS, "/some/where/")
    assert isinstance(found, int)
    return found


def test_a_picture_is_written_once_and_goes_when_it_is_removed(
    site_url: str, page: Page, tmp_path: Path
) -> None:
    page.add_init_script(COUNT_WRITES)
    fill(page, site_url, tmp_path)
    expect(page.locator("#train-status")).to_contain_text("Ready")
    page.locator("#gallery .thumbs button").first.click()
    before = page.evaluate("writes")
    page.keyboard.press("Delete")
    page.keyboard.press("Escape")
    expect_kept(page, 5)
    after = page.evaluate("writes")
    assert after["project"] > before["project"]
    # The last layers may have come meanwhile: then embeddings are new, but no picture twice.
    assert after["pictures"] - before["pictures"] in (0, 5)
    assert records(page) == 5


def test_what_was_kept_is_not_replaced_before_the_visitor_says_so(
    site_url: str, page: Page, tmp_path: Path
) -> None:
    fill(page, site_url, tmp_path)
    open_page(page, site_url)
    expect(page.locator("#resume")).to_contain_text("You were working on 6 pictures")
    add(page, "train", draw(tmp_path, "red-1.png", "red", 77))
    expect(page.locator("#keep-auto-hint")).to_contain_text("until then nothing new is kept")
    assert records(page) == 6
    page.click("#resume-go")
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("in place of the 1 picture on this page now?")
    dialog.get_by_role("button", name="Cancel").click()
    expect(page.locator("#gallery .thumbs button")).to_have_count(1)
    page.click("#resume-go")
    dialog.get_by_role("button", name="Replace").click()
    expect(page.locator("#gallery .thumbs button")).to_have_count(6, timeout=SLOW)
    expect(page.locator("#resume")).to_be_hidden()
    expect(page.locator("#step-pictures h2")).to_be_focused()


def test_the_offer_can_be_turned_down(site_url: str, page: Page, tmp_path: Path) -> None:
    fill(page, site_url, tmp_path)
    open_page(page, site_url)
    page.click("#resume-forget")
    expect(page.locator("#keep-auto-hint")).to_have_text("Nothing is kept in this browser.")
    expect(page.locator("#resume")).to_be_hidden()
    expect(page.locator("#step-pictures h2")).to_be_focused()
    assert records(page) == 0


def test_everything_is_forgotten_and_the_focus_stays_in_the_step(
    site_url: str, page: Page, tmp_path: Path
) -> None:
    fill(page, site_url, tmp_path)
    page.click("#keep-forget")
    page.get_by_role("dialog").get_by_role("button", name="Forget everything").click()
    expect(page.locator("#keep-status")).to_have_text("Everything is forgotten.")
    expect(page.locator("#keep-open")).to_be_focused()
    assert records(page) == 0


def test_keeping_that_was_switched_off_stays_off(site_url: str, page: Page, tmp_path: Path) -> None:
    fill(page, site_url, tmp_path)
    page.locator("#keep-auto").uncheck()
    expect(page.locator("#keep-auto-hint")).to_have_text("Nothing is kept in this browser.")
    assert records(page) == 0
    open_page(page, site_url)
    expect(page.locator("#keep-auto")).not_to_be_checked()
    expect(page.locator("#resume")).to_be_hidden()


@pytest.mark.parametrize(
    ("fault", "words"),
    [(NO_ROOM, "no room left in this browser"), (NO_STORAGE, "does not let the page keep")],
)
def test_where_nothing_can_be_kept_the_page_goes_on(
    site_url: str, page: Page, tmp_path: Path, fault: str, words: str
) -> None:
    page.add_init_script(fault)
    open_page(page, site_url)
    add(page, "train", draw_folder(tmp_path / "a", 1))
    expect(page.locator("#keep-auto-hint")).to_contain_text(words, timeout=SLOW)
    expect(page.locator("#train")).to_be_enabled()
    expect(page.locator("#error")).to_be_hidden()


def test_a_project_stays_when_its_file_goes(site_url: str, page: Page, tmp_path: Path) -> None:
    fill(page, site_url, tmp_path)
    with page.expect_download() as download:
        page.click("#keep-project")
    file = tmp_path / "mine.mlpages-project"
    download.value.save_as(file)
    page.set_input_files("#keep-file", file)
    expect(page.locator("#keep-status")).to_contain_text("is open: 6 pictures", timeout=SLOW)
    file.unlink()
    with page.expect_download() as again:
        page.click("#keep-project")
    assert again.value.path().stat().st_size > 6_000
    expect(page.locator("#keep-status")).to_contain_text("Saved to mine.mlpages-project")


def test_another_tab_forgets_its_own_work_alone(site_url: str, page: Page, tmp_path: Path) -> None:
    fill(page, site_url, tmp_path)
    other = page.context.new_page()
    open_page(other, site_url)
    expect(other.locator("#keep-auto-hint")).to_contain_text("Another tab keeps")
    add(other, "train", draw(tmp_path, "red-1.png", "red", 90))
    other.click("#keep-forget")
    other.get_by_role("button", name="Forget everything").last.click()
    expect(other.locator("#keep-status")).to_have_text("Everything is forgotten.")
    other.close()
    open_page(page, site_url)
    page.click("#resume-go")
    expect(page.locator("#gallery .thumbs button")).to_have_count(6, timeout=SLOW)
