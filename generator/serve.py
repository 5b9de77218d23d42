"""A plain server on the loopback interface, for looking at a site and for proving it."""

import errno
import functools
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Condition, Thread
from typing import Any
from urllib.parse import urlsplit

from generator.errors import BuildError

HOST = "127.0.0.1"
# The names that a browser on this machine knows us by. A page of another site can let its own name
# lead here (DNS rebinding); what it sends then says so.
OURS = frozenset([HOST, "localhost", "::1"])
METHODS = frozenset(["GET", "HEAD"])
# Pages that are being worked on ask for this script, which reloads them after each build.
RELOAD = ".mlpages/reload.js"
EVENTS = ".mlpages/events"
SCRIPT = """
const events = new EventSource(new URL("events", import.meta.url));
let build;
events.onmessage = ({ data }) => {
  if (build !== undefined && data !== build) location.reload();
  build = data;
};
"""
POLICY = re.compile(r'http-equiv="Content-Security-Policy" content="[^"]*')
BEAT = 15.0  # seconds between two signs of life: a closed page is noticed by the failing write
POLL = 0.05  # seconds in which it notices that it shall stop
TYPES = {
    ".bin": "application/octet-stream",
    ".h5": "application/octet-stream",
    ".css": "text/css",
    ".html": "text/html",
    ".js": "text/javascript",
    ".json": "application/json",
    ".png": "image/png",
    ".svg": "image/svg+xml",
    ".txt": "text/plain",
    ".wasm": "application/wasm",
    ".webp": "image/webp",
    "": "application/octet-stream",
}


class _Handler(SimpleHTTPRequestHandler):
    """Serves a folder under a prefix, silently, with the types that modules and wasm need."""

    extensions_map = TYPES
    protocol_version = "HTTP/1.1"

    def __init__(self, *args: object, prefix: str, directory: str, links: bool) -> None:
        self.prefix, self.links = prefix, links
        super().__init__(*args, directory=directory)  # type: ignore[arg-type]

    def parse_request(self) -> bool:
        """Refuse what no visitor of a site on this machine asks for."""
        if not super().parse_request():
            return False
        if self.command not in METHODS:
            self.send_error(405, explain="A site is read: GET and HEAD are all there is.")
            return False
        if _host_of(self.headers.get("Host")) not in OURS:
            self.send_error(403, explain="This site is open to this machine alone, as localhost.")
            return False
        return True

    def translate_path(self, path: str) -> str:
        """The file that a path names; one that is not there for whatever is not in the folder."""
        nothing = str(Path(self.directory) / ".outside")
        if not path.startswith(self.prefix):
            return nothing
        file = super().translate_path("/" + path[len(self.prefix) :])
        # The standard library stumbles over a NUL and takes a backslash for a letter.
        if "\0" in file or "\\" in file or not (self.links or self.is_inside(file)):
            return nothing
        return file

    def is_inside(self, file: str) -> bool:
        """Is it in the folder, wherever links lead?"""
        return Path(file).resolve().is_relative_to(Path(self.directory).resolve())

    def end_headers(self) -> None:
        # A page under development must not come from the browser's cache.
        self.send_header("Cache-Control", "no-cache")
        super().end_headers()

    def log_message(self, *args: object) -> None:
        """Say nothing: the terminal belongs to the build."""


def _host_of(header: str | None) -> str | None:
    """The host that a request is meant for, without the port; None where none is named."""
    try:
        return urlsplit(f"//{header}").hostname if header else None
    except ValueError:  # such as an unclosed bracket
        return None


class Reloads:
    """Counts builds, and wakes the pages that wait for the next one."""

    def __init__(self) -> None:
        self.builds = 0
        self.changed = Condition()

    def announce(self) -> None:
        """There is a new site."""
        with self.changed:
            self.builds += 1
            self.changed.notify_all()

    def wait(self, seen: int | None) -> int:
        """Return the number of builds: at once if it is not `seen`, else soon."""
        with self.changed:
            self.changed.wait_for(lambda: self.builds != seen, timeout=BEAT)
            return self.builds


class _LiveHandler(_Handler):
    """Adds a script to each page, as it is sent, that reloads it when the site is built anew."""

    def __init__(self, *args: object, reloads: Reloads, **where: Any) -> None:
        self.reloads = reloads
        super().__init__(*args, **where)

    def do_GET(self) -> None:
        path = self.path.partition("?")[0]
        file = Path(self.translate_path(path))
        page = file / "index.html" if path.endswith("/") else file
        if path == self.prefix + RELOAD:
            self.send(SCRIPT.encode(), TYPES[".js"])
        elif path == self.prefix + EVENTS:
            self.send_events()
        elif page.suffix == ".html" and page.is_file():
            script = f'<script type="module" src="{self.prefix}{RELOAD}"></script>'
            content = allow_reload(page.read_text(encoding="utf-8"))
            self.send(content.replace("</body>", f"{script}</body>").encode(), TYPES[".html"])
        else:
            super().do_GET()

    def send(self, content: bytes, kind: str) -> None:
        self.send_response(200)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def send_events(self) -> None:
        """Server-sent events (HTML standard, 9.2): the number of the build, again and again."""
        self.close_connection = True
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.end_headers()
        seen = None
        while True:
            seen = self.reloads.wait(seen)
            self.wfile.write(f"data: {seen}\n\n".encode())
            self.wfile.flush()


def allow_reload(html: str) -> str:
    """Let a page's policy allow the script that reloads it, where it allows no script."""

    def more(found: re.Match[str]) -> str:
        missing = [name for name in ("script-src", "connect-src") if name not in found[0]]
        return found[0] + "".join(f"; {name} 'self'" for name in missing)

    return POLICY.sub(more, html, count=1)


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: object, client_address: object) -> None:
        """A browser that closes a connection early is no error of ours."""


def open_server(
    folder: Path,
    port: int = 0,
    prefix: str = "/",
    reloads: Reloads | None = None,
    links: bool = False,
) -> ThreadingHTTPServer:
    """Listen on loopback for the files of `folder`, at `prefix`; port 0 takes a free one.

    With `reloads`, open pages reload whenever it announces a new build. Links in the folder are
    followed inside of it alone, unless `links` is set.
    """
    where: dict[str, Any] = {"prefix": prefix, "directory": str(folder), "links": links}
    handler: Callable[..., SimpleHTTPRequestHandler]
    if reloads:
        handler = functools.partial(_LiveHandler, reloads=reloads, **where)
    else:
        handler = functools.partial(_Handler, **where)
    try:
        return _Server((HOST, port), handler)
    except OSError as error:
        refusals = {
            errno.EADDRINUSE: "the port is in use",
            errno.EACCES: "this port is for the system's administrator alone",
        }
        if error.errno not in refusals:
            raise
        raise BuildError(
            what=refusals[error.errno],
            where=f"{HOST}:{port}",
            fix="Choose another port with --port.",
        ) from error


@contextmanager
def serving(folder: Path, prefix: str = "/") -> Iterator[str]:
    """Serve a folder in the background; give the URL of its root, which ends with a slash.

    It is one that we made, to prove what is in it: its links may lead to our cache.
    """
    with running(open_server(folder, prefix=prefix, links=True)) as server:
        yield f"http://{HOST}:{server.server_port}{prefix}"


@contextmanager
def running(server: ThreadingHTTPServer) -> Iterator[ThreadingHTTPServer]:
    """Let a server answer in the background."""
    thread = Thread(target=server.serve_forever, args=(POLL,), daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
