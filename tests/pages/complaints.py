"""What a page may not do, unless a test is about it."""

from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit

from playwright.sync_api import Browser, Page

MISSING = "Failed to load resource"  # the browser's own note of a request that failed


class Complaints:
    """What pages complained of, but for what a test expects: that may arrive late, or twice."""

    def __init__(self) -> None:
        self.all: list[str] = []
        self.forgiven: tuple[str, ...] = ()

    def forgive(self, *texts: str) -> None:
        """Expect complaints that hold one of these texts, whenever they come."""
        self.forgiven += texts

    @property
    def unexpected(self) -> list[str]:
        return [text for text in self.all if not any(part in text for part in self.forgiven)]


@contextmanager
def strict_page(browser: Browser, complaints: Complaints, patience: int) -> Iterator[Page]:
    """A page in a fresh context that waits `patience` milliseconds for what must come.

    At the end of the block, console errors and requests to other hosts fail the test.
    """
    context = browser.new_context(viewport={"width": 1280, "height": 720})
    context.on(
        "request",
        lambda request: (
            None
            if urlsplit(request.url).hostname in ("127.0.0.1", "", None)
            else complaints.all.append(f"request to another host: {request.url}")
        ),
    )
    context.set_default_timeout(patience)
    page = context.new_page()
    page.on("pageerror", lambda error: complaints.all.append(f"uncaught: {error}"))
    page.on(
        "console",
        lambda message: (
            complaints.all.append(f"console: {message.text}") if message.type == "error" else None
        ),
    )
    yield page
    context.close()
    assert complaints.unexpected == []
