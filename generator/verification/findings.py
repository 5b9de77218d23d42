"""What checks find, and what the terminal shows of it."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Finding:
    """One thing that falls short: where (a page or file of the site), and a sentence's end."""

    where: str
    what: str

    def __str__(self) -> str:
        return f"{self.where}: {self.what}."


@dataclass(frozen=True)
class Outcome:
    """One check: figures that it saw, and what fell short."""

    check: str
    seen: str = ""
    findings: tuple[Finding, ...] = ()

    @property
    def ok(self) -> bool:
        """Nothing fell short."""
        return not self.findings
