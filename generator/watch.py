"""`mlpages serve`: rebuild what a change touched, and let the open pages reload."""

from collections.abc import Callable, Iterator
from pathlib import Path

from watchfiles import Change, DefaultFilter, watch
from watchfiles.main import FileChange

from generator.config import SiteConfig, load_config
from generator.errors import BuildError
from generator.resources import TEMPLATES


class _Sources(DefaultFilter):
    """Everything but what builds write, and what editors and version control leave behind."""

    def __init__(self, out: Path) -> None:
        super().__init__(ignore_dirs=(*DefaultFilter.ignore_dirs, ".mlpages"))
        self.out = out.resolve()

    def __call__(self, change: Change, path: str) -> bool:
        return not Path(path).is_relative_to(self.out) and super().__call__(change, path)


def sources(config: SiteConfig) -> list[Path]:
    """What a site is made from: its folder, our templates, and what lies elsewhere."""
    folder = config.path.resolve().parent
    others = [TEMPLATES, *(entry.path for entry in config.data.values() if entry.path)]
    if config.docs:
        others.append(config.docs)
    resolved = [other.resolve() for other in others]
    return [folder, *(other for other in resolved if not other.is_relative_to(folder))]


def rebuild_on_change(
    path: Path, out: Path, build: Callable[[], None], say: Callable[[str], None]
) -> Iterator[bool]:
    """Wait for changes and build; yield, after each, whether the site is a new one.

    A build that fails is told by `say`; the site stays as it was, and the next change is waited
    for.
    """
    watched = sources(load_config(path))
    while changes := _next_changes(watched, out):
        say(f"Changed: {', '.join(sorted({Path(file).name for _, file in changes}))}")
        try:
            watched = sources(load_config(path))
            build()
        except BuildError as error:
            say(f"mlpages: {error}")
            yield False
        else:
            yield True


def _next_changes(watched: list[Path], out: Path) -> set[FileChange]:
    """Changes that came close together; none when Ctrl+C ended the waiting."""
    found = watch(*watched, watch_filter=_Sources(out), debounce=200, step=20)
    return next(iter(found), set())
