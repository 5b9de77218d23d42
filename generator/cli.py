"""The command line: parse, call one function, print."""

import functools
import logging
import shlex
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from threading import Event
from types import FrameType
from typing import TYPE_CHECKING

import click
from rich.console import Console
from rich.table import Table

from generator.errors import BuildError

if TYPE_CHECKING:
    from generator.build import Built, Options
    from generator.config import SiteConfig, Weights
    from generator.conversion.convert import Conversion
    from generator.distribute import Distribution
    from generator.serve import Reloads

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
        with _noting_ctrl_c() as pressed:
            try:
                return super().invoke(context)
            except (Exception, KeyboardInterrupt) as error:
                # The same key stops the browser, whose end may be told of first.
                if pressed or isinstance(error, KeyboardInterrupt):
                    # Its driver, too, which its library would tell at length.
                    logging.getLogger("asyncio").setLevel(logging.CRITICAL)
                    click.echo("mlpages: stopped. The site is as it was.", err=True)
                    context.exit(130)
                if not isinstance(error, BuildError):
                    raise
                click.echo(f"mlpages: {error}", err=True)
                context.exit(1)


@contextmanager
def _noting_ctrl_c() -> Iterator[list[int]]:
    """Raise KeyboardInterrupt as ever, and remember it: where Python runs a callback of its own,
    such an exception is lost. Where the key is ignored, as in the background, it stays so."""
    pressed: list[int] = []

    def press(number: int, frame: FrameType | None) -> None:
        pressed.append(number)
        signal.default_int_handler(number, frame)

    before = signal.getsignal(signal.SIGINT)
    if before is signal.default_int_handler:
        signal.signal(signal.SIGINT, press)
    try:
        yield pressed
    finally:
        signal.signal(signal.SIGINT, before)


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
@click.option(
    "--single-file",
    is_flag=True,
    help="Write each demo as one HTML file, too: it opens by double-click, without a server.",
)
def build(
    config: Path,
    out: Path | None,
    only: tuple[str, ...],
    fresh: bool,
    offline: bool,
    single_file: bool,
) -> None:
    """Build the site: data, models, browser code, pages, and the proof that they agree."""
    from generator.build import Options
    from generator.config import load_config
    from generator.distribute import read_distribution

    options = Options(_out(config, out), only, fresh, offline, single_file)
    loaded = load_config(config)
    distribution = read_distribution(loaded.strategy)
    if distribution and not distribution.is_chief:
        _help(loaded, distribution, options)
        return
    _build(loaded, options, summary=True)
    click.echo("Look at it with: mlpages serve")
    _tell_of_stamp(config.resolve().parent, options.out)


def _tell_of_stamp(home: Path, site: Path) -> None:
    """Say when the site that was verified last is no longer this one."""
    from generator.verification.stamp import hash_site, read_stamp

    stamp = read_stamp(home, site)
    if stamp and stamp.site != hash_site(site):
        click.echo("It is not the site that was verified: before you publish, run mlpages verify.")


def _help(config: "SiteConfig", distribution: "Distribution", options: "Options") -> None:
    """Train with the other workers, and say what came of it."""
    from generator.helper import help_training
    from generator.progress import Reporter

    reporter = Reporter(Console(highlight=False, soft_wrap=True))
    names = help_training(config, distribution, options, reporter)
    done = f"has trained {', '.join(names)} with the others" if names else "had nothing to train"
    reporter.say(f"This {distribution.worker} {done}. Worker 1, the chief, builds the site.")


def _build(config: "SiteConfig", options: "Options", summary: bool = False) -> None:
    """Build, and print what came of it."""
    from generator.build import build_site
    from generator.progress import Reporter

    reporter = Reporter(Console(highlight=False, soft_wrap=True))
    built = build_site(config, options, reporter)
    if summary:
        reporter.console.print(_summary(built, reporter.seconds))
    for note in built.notes:
        reporter.say(note)
    reporter.say(f"Built {built.out}/ in {sum(reporter.seconds.values()):.1f} s.")


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
@click.option("--no-build", is_flag=True, help="Serve the site as it is, and watch nothing.")
def serve(config: Path, out: Path | None, port: int, prefix: str, no_build: bool) -> None:
    """Build, serve at http://127.0.0.1:8000, and on each change rebuild and reload the pages."""
    from generator.serve import HOST, Reloads, open_server, running

    folder = _out(config, out)
    if no_build and not (folder / "index.html").is_file():
        raise BuildError(
            what="there is no site yet",
            where=str(folder),
            expected="an index.html",
            fix="Run `mlpages build` first.",
        )
    prefix = f"/{prefix.strip('/')}/".replace("//", "/")
    reloads = None if no_build else Reloads()
    with open_server(folder, port, prefix, reloads) as server:
        rebuild = functools.partial(_rebuild, config, folder)
        if reloads:
            rebuild()
        with running(server):
            click.echo(f"Serving {folder}/ at http://{HOST}:{server.server_port}{prefix}")
            click.echo("Stop with Ctrl+C.")
            with suppress(KeyboardInterrupt):
                if reloads:
                    _follow_changes(config, folder, rebuild, reloads)
                else:
                    Event().wait()
            click.echo()


def _rebuild(path: Path, out: Path) -> None:
    from generator.build import Options
    from generator.config import load_config
    from generator.distribute import MULTI_WORKER

    config = load_config(path)
    if config.strategy == MULTI_WORKER:
        raise BuildError(
            what="several workers train for one build, not for each change of a file",
            where=f"{path}, [train]",
            fix="Run `mlpages build` on each worker, then `mlpages serve --no-build` on the first.",
        )
    _build(config, Options(out))


def _follow_changes(path: Path, out: Path, rebuild: Callable[[], None], reloads: "Reloads") -> None:
    from generator.watch import rebuild_on_change

    for is_new in rebuild_on_change(path, out, rebuild, click.echo):
        if is_new:
            reloads.announce()


@main.command()
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False))
@click.option("--title", default="In-browser ML demos", show_default=True, help="The site's title.")
@click.option(
    "--data",
    type=click.Path(path_type=Path),
    help="What it is about: a folder of pictures, a folder of IDX files, or an .npz file.",
)
@click.option(
    "--model",
    type=click.Path(path_type=Path),
    help="A model that it is about instead: .keras, .h5, a SavedModel, a Teachable Machine export.",
)
@click.option("--classes", metavar="NAMES", help="The model's classes, in their order: cat,dog")
def new(
    folder: Path, title: str, data: Path | None, model: Path | None, classes: str | None
) -> None:
    """Make FOLDER a site of your own, ready to build."""
    from generator.new import create_site

    if data and model:
        raise click.UsageError("Say --data or --model: a site begins with one of them.")
    names = tuple(name.strip() for name in (classes or "").split(",") if name.strip())
    for file in create_site(folder, title, data, model, names):
        click.echo(f"wrote {file}")
    click.echo(f"Now: cd {shlex.quote(str(folder))} && mlpages build && mlpages serve")


@main.command()
@click.argument("model", type=click.Path(path_type=Path))
@click.argument("out", type=click.Path(path_type=Path, file_okay=False))
@click.option(
    "--weights",
    type=click.Choice(["float32", "float16", "uint8", "mixed"]),
    default="float16",
    show_default=True,
    help="How weights are stored: 4, 2, 1 bytes each; mixed: 1 where networks bear it, else 2.",
)
@click.option(
    "--classes",
    metavar="NAMES",
    help="For a classifier: its classes, as cat,dog or a text file with one on each line. "
    "Its answers become probabilities, and the models carry the names.",
)
@click.option(
    "--pixels",
    type=click.Choice(["0..1", "-1..1", "0..255"]),
    help="The range of pixels that the model was trained on.  [default: what is usual]",
)
@click.option("--trust", is_flag=True, help="Run Python code that is in the file (Lambda layers).")
def convert(
    model: Path, out: Path, weights: "Weights", classes: str | None, pixels: str | None, trust: bool
) -> None:
    """Convert MODEL for TensorFlow.js into OUT, and compare it with the original in a browser.

    MODEL is a .keras or .h5 file (Keras 2 or 3), a SavedModel folder, or a layers model of
    TensorFlow.js, such as a Teachable Machine export (.zip or folder). OUT gets model_graph/ (runs
    fastest), model_layers/ (can be looked into and trained; where TensorFlow.js knows the layers)
    and conversion.json.
    """
    from generator.config import PIXELS
    from generator.conversion.command import Request, convert_file
    from generator.progress import Reporter

    reporter = Reporter(Console(highlight=False, soft_wrap=True))
    made = convert_file(Request(model, out, weights, classes, pixels, trust), reporter)
    reporter.console.print(_forms(made))
    for kind, form in (("graph", made.graph), ("layers", made.layers)):
        if form.refused:
            reporter.say(f"There is no {kind} model: {form.refused}.")
        elif form.missing:
            reporter.say(
                f"The {kind} model runs in plain JavaScript alone, slowly: WebAssembly has no "
                f"{form.missing}."
            )
    click.echo(f"Wrote {out}/.")
    if made.pixels in PIXELS and not pixels:
        click.echo(
            f"It is asked with pixels of {made.pixels}, which is usual for such a model; if it was "
            "trained on others, say --pixels."
        )


def _forms(made: "Conversion") -> Table:
    from generator.render import format_bytes

    table = Table("Model", "Size", "Differs by, as float32", "As stored", box=None)
    for name, form in (("model_graph", made.graph), ("model_layers", made.layers)):
        if not form.refused:
            found = [
                f"{value:.1e}" if value is not None else "not checked"
                for value in (form.exact, form.difference)
            ]
            table.add_row(name, format_bytes(form.bytes), *found)
    return table


@main.command()
@click.argument("site", required=False, type=click.Path(path_type=Path, file_okay=False))
@CONFIG
@click.option("--no-browser", is_flag=True, help="Check the files alone; open no page.")
@click.option("--no-firefox", is_flag=True, help="Open pages in Chromium alone.")
def verify(site: Path | None, config: Path, no_browser: bool, no_firefox: bool) -> None:
    """Check every file of SITE, open and use every page in Chromium, and in Firefox where there is
    one, and stamp what is right.

    SITE is the folder of a built site.  [default: site/ beside site.toml]
    """
    from generator.progress import Reporter
    from generator.verification.command import verify_site
    from generator.verification.report import print_verdict

    folder = _out(config, site)
    home = config.resolve().parent if config.is_file() else folder.resolve().parent
    reporter = Reporter(Console(highlight=False, soft_wrap=True))
    verdict = verify_site(folder, home, reporter, not no_browser, not no_firefox)
    print_verdict(verdict, reporter.console)
    if verdict.stamp is None:
        raise BuildError(
            what="the site falls short, as told above",
            where=str(folder),
            fix="Mend it, build again, and verify again.",
        )
    click.echo(f"Verified {folder}/.")


@main.command()
@CONFIG
@OUT
@click.option("--remote", default="origin", show_default=True, help="The remote to push to.")
@click.option("--branch", default="gh-pages", show_default=True, help="The branch to replace.")
@click.option("--dirty", is_flag=True, help="Publish although changes are not committed.")
@click.option("--unchecked", is_flag=True, help="Publish models that no browser has checked.")
@click.option("--unverified", is_flag=True, help="Publish what `mlpages verify` has not passed.")
def publish(
    config: Path,
    out: Path | None,
    remote: str,
    branch: str,
    dirty: bool,
    unchecked: bool,
    unverified: bool,
) -> None:
    """Push the built site to the branch that GitHub Pages serves."""
    from generator.publish import Options
    from generator.publish import publish as push

    home = config.resolve().parent
    address = push(_out(config, out), home, Options(remote, branch, dirty, unchecked, unverified))
    click.echo(f"Published to the branch {branch} of {remote}.")
    if address:
        click.echo(f"In a minute it is at {address}")
        click.echo(f"(once the repository's settings serve Pages from the branch {branch}).")


@main.command()
@CONFIG
@OUT
@click.option("--cache", "everything", is_flag=True, help="Empty the cache of all sites, too.")
def clean(config: Path, out: Path | None, everything: bool) -> None:
    """Remove what builds have written: the site, and what is kept beside it."""
    from generator.build import state_folder
    from generator.cache import Cache
    from generator.config import load_config
    from generator.install import remove_site

    folder = _out(config, out)
    remove_site(folder, state_folder(load_config(config), folder))
    click.echo(f"Removed what was built in {folder}/.")
    if everything:
        click.echo(f"Emptied the cache: {Cache().clear() / 1e6:,.0f} MB.")


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
