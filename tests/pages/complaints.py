"""What a page may not do, unless a test is about it."""

from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import Browser, Page

from generator.verification.watching import Complaints, watch

MISSING = "Failed to load resource"  # the browser's own note of a request that failed


@contextmanager
def strict_page(browser: Browser, complaints: Complaints, patience: int) -> Iterator[Page]:
    """A page in a fresh context that waits `patience` milliseconds for what must come.

    At the end of the block, console errors and requests to other hosts fail the test.
    """
    context = browser.new_context(viewport={"width": 1280, "height": 720})
    watch(context, complaints)
    context.set_default_timeout(patience)
    yield context.new_page()
    context.unroute_all(behavior="ignoreErrors")  # what is under way comes to nothing
    context.close()
    assert complaints.unexpected == [], complaints.unexpected
