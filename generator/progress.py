"""What the terminal shows while a build runs: a line per stage, bars for long ones."""

import time
from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TextColumn,
    TimeRemainingColumn,
)

PLAIN_SECONDS = 10


class Reporter:
    """Prints stages with their seconds; bars on a terminal, a line now and then elsewhere."""

    def __init__(self, console: Console | None = None) -> None:
        self.console = console or Console(highlight=False)
        self.seconds: dict[str, float] = {}

    def say(self, text: str) -> None:
        """Print one line as it is (no markup)."""
        self.console.print(text, markup=False)

    @contextmanager
    def stage(self, name: str) -> Iterator["Stage"]:
        """Time a stage and print one line when it ends well."""
        start = time.monotonic()
        stage = Stage(self.console, name)
        try:
            yield stage
        finally:
            stage.close()
        seconds = time.monotonic() - start
        self.seconds[name] = self.seconds.get(name, 0.0) + seconds
        note = f" ({stage.result})" if stage.result else ""
        self.say(f"  {name}{note}  {seconds:.1f} s")


class Stage:
    """One stage under way: `update(done, total, note)` draws or prints how far it is."""

    def __init__(self, console: Console, name: str) -> None:
        self.console, self.name = console, name
        self.result = ""
        self.bar: Progress | None = None
        self.last = self.start = time.monotonic()

    def update(self, done: int, total: int, note: str = "") -> None:
        """Say that `done` of `total` steps are finished."""
        if not self.console.is_terminal:
            self._print(done, total, note)
            return
        if self.bar is None:
            self.bar = Progress(
                TextColumn("  {task.description}"),
                BarColumn(),
                MofNCompleteColumn(),
                TimeRemainingColumn(),
                TextColumn("{task.fields[note]}"),
                console=self.console,
                transient=True,
            )
            self.task = self.bar.add_task(self.name, total=total, note=note)
            self.bar.start()
        self.bar.update(self.task, completed=done, note=note)

    def _print(self, done: int, total: int, note: str) -> None:
        now = time.monotonic()
        if now - self.last < PLAIN_SECONDS or not done:
            return
        self.last = now
        left = (now - self.start) / done * (total - done)
        tail = f", {note}" if note else ""
        self.console.print(
            f"  {self.name}: {done:,} of {total:,}, about {left:.0f} s left{tail}", markup=False
        )

    def close(self) -> None:
        """Take the bar away."""
        if self.bar:
            self.bar.stop()
