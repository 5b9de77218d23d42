"""What `mlpages verify` prints: a table of all checks, then what falls short, one line each."""

from rich.console import Console
from rich.table import Table
from rich.text import Text

from generator.verification.command import Verdict


def print_verdict(verdict: Verdict, console: Console) -> None:
    """Print the table, and a sentence for each finding."""
    table = Table("Check", "", "Seen", box=None)
    for outcome in verdict.outcomes:
        count = len(outcome.findings)
        mark = Text("ok", "green") if outcome.ok else Text(f"{count} fell short", "bold red")
        table.add_row(outcome.check, mark, outcome.seen)
    console.print(table)
    for text in verdict.left_out:
        console.print(f"Not looked at: {text}.", markup=False)
    for outcome in verdict.outcomes:
        for finding in outcome.findings:
            console.print(str(finding), markup=False)
