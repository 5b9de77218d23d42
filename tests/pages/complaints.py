"""What a page may not do, unless a test is about it."""

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
