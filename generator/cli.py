"""The command line: parse, call one function, print."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click
from rich.console import Console
from rich.table import Table

from generator.errors import BuildError

if TYPE_CHECKING:
    from generator.build import Built

CONFIG = click.option(
    "--config",
    type=click.Path(path_type=Path, dir_okay=False),
    default=Path("site.toml"),
    show_default=True,
    help="The file that says what the site contains.",
)
OUT = click.option(
    "--out",
    type=click.Path(path_type=Path, file_okay=False),
    help="The folder of the site.  [default: site/ beside site.toml]",
)


class _Group(click.Group):
    """Prints what the user can put right as a sentence and exits with 1."""

    def invoke(self, context: click.Context) -> object:
        try:
            return super().invoke(context)
        except BuildError as error:
            click.echo(f"mlpages: {error}", err=True)
            context.exit(1)
        except KeyboardInterrupt:
            click.echo("mlpages: stopped. The site is as it was.", err=True)
            context.exit(130)


@click.group(cls=_Group)
@click.version_option(package_name="mlpages")
def main() -> None:
    """Machine-learning demos that train and run in the visitor's browser, as a static site."""


@main.command()
@CONFIG
@OUT
@click.option("--only", multiple=True, metavar="SLUG", help="Build these demos alone (repeatable).")
@click.option("--fresh", is_flag=True, help="Make everything anew, whatever the cache holds.")
@click.option("--offline", is_flag=True, help="Download nothing; fail where something is missing.")
def build(
    config: Path, out: Path | None, only: tuple[str, ...], fresh: bool, offline: bool
) -> None:
    """Build the site: data, models, browser code, pages, and the proof that they agree."""
    from generator.build import Options, build_site
    from generator.config import load_config
    from generator.progress import Reporter

    reporter = Reporter(Console(highlight=False, soft_wrap=True))
    options = Options(_out(config, out), only, fresh, offline)
    built = build_site(load_config(config), options, reporter)
    reporter.console.print(_summary(built, reporter.seconds))
    seconds = sum(reporter.seconds.values())
    for note in built.notes:
        reporter.say(note)
    reporter.say(f"Built {built.out}/ in {seconds:.1f} s. Look at it with: mlpages serve")


def _summary(built: "Built", seconds: dict[str, float]) -> Table:
    from generator.render import format_bytes

    table = Table(
        "Page", "To the first result", "In all", "Accuracy", "Parity", "Seconds", box=None
    )
    for demo in built.demos:
        accuracy = f"{100 * demo.accuracy:.2f}%" if demo.accuracy is not None else "-"
        first, everything = format_bytes(demo.first.gz), format_bytes(demo.all.gz)
        own = sum(seconds.get(stage, 0.0) for stage in built.stages[demo.slug])
        table.add_row(
            demo.slug, f"{first} gz", f"{everything} gz", accuracy, demo.parity, f"{own:.1f}"
        )
    return table


@main.command()
@CONFIG
@OUT
@click.option(
    "--port",
    type=click.IntRange(0, 65535),
    default=8000,
    show_default=True,
    help="The port to listen on; 0: any.",
)
@click.option("--prefix", default="/", show_default=True, help="Serve under this path.")
def serve(config: Path, out: Path | None, port: int, prefix: str) -> None:
    """Serve the built site on this machine, at http://127.0.0.1:8000."""
    from generator.serve import HOST, open_server

    folder = _out(config, out)
    if not (folder / "index.html").is_file():
        raise BuildError(
            what="there is no site yet",
            where=str(folder),
            expected="an index.html",
            fix="Run `mlpages build` first.",
        )
    prefix = f"/{prefix.strip('/')}/".replace("//", "/")
    with open_server(folder, port, prefix) as server:
        click.echo(f"Serving {folder}/ at http://{HOST}:{server.server_port}{prefix}")
        click.echo("Stop with Ctrl+C.")
        try:
            server.serve_forever()
        except KeyboardInterrupt:
            click.echo()


@main.command()
def doctor() -> None:
    """Say what is installed, what is missing, and what to do about it."""
    from generator.doctor import examine

    checks = examine()
    for check in checks:
        click.echo(f"{'ok     ' if check.ok else 'MISSING'} {check.name}: {check.found}")
        if not check.ok:
            click.echo(f"        {check.fix}")
    if not all(check.ok for check in checks):
        sys.exit(1)


def _out(config: Path, out: Path | None) -> Path:
    return out or config.parent / "site"
