"""What a page and its workers complain of: errors, and requests that leave the machine."""

from collections.abc import Sequence
from urllib.parse import urlsplit

from playwright.sync_api import BrowserContext, ConsoleMessage, Request, Response

from generator.serve import HOST


class Complaints:
    """What pages complained of, but for what is expected: that may arrive late, or twice."""

    def __init__(self) -> None:
        self.all: list[str] = []
        self.forgiven: tuple[str, ...] = ()

    def forgive(self, *texts: str) -> None:
        """Expect complaints that hold one of these texts, whenever they come."""
        self.forgiven += texts

    @property
    def unexpected(self) -> list[str]:
        """What nobody expected, in its order."""
        return [text for text in self.all if not any(part in text for part in self.forgiven)]


def watch(
    context: BrowserContext, complaints: Complaints, levels: Sequence[str] = ("error",)
) -> None:
    """Note what goes wrong in any page or worker of a context, and what asks another host.

    Service workers are among them. `levels` are the console's, of which messages count.
    """

    def on_request(request: Request) -> None:
        if urlsplit(request.url).hostname not in (HOST, "", None):
            complaints.all.append(f"request to another host: {request.url}")

    def on_console(message: ConsoleMessage) -> None:
        if message.type in levels:
            complaints.all.append(f"console: {message.text}")

    context.on("request", on_request)
    context.on("console", on_console)
    context.on("weberror", lambda error: complaints.all.append(f"uncaught: {error.error}"))


def watch_answers(context: BrowserContext, complaints: Complaints) -> None:
    """Note requests that the server could not answer."""

    def on_response(response: Response) -> None:
        if response.status >= 400:
            complaints.all.append(f"HTTP {response.status}: {response.url}")

    context.on("response", on_response)
