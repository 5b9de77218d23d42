"""A plain server on the loopback interface, for looking at a site and for proving it."""

import errno
import functools
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Condition, Thread

from generator.errors import BuildError

HOST = "127.0.0.1"
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
BEAT = 15.0  # seconds between two signs of life: a closed page is noticed by the failing write
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

    def __init__(self, *args: object, prefix: str, directory: str) -> None:
        self.prefix = prefix
        super().__init__(*args, directory=directory)  # type: ignore[arg-type]

    def translate_path(self, path: str) -> str:
        if not path.startswith(self.prefix):
            return str(Path(self.directory) / ".outside")
        return super().translate_path("/" + path[len(self.prefix) :])

    def end_headers(self) -> None:
        # A page under development must not come from the browser's cache.
        self.send_header("Cache-Control", "no-cache")
        super().end_headers()

    def log_message(self, *args: object) -> None:
        """Say nothing: the terminal belongs to the build."""


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

    def __init__(self, *args: object, reloads: Reloads, prefix: str, directory: str) -> None:
        self.reloads = reloads
        super().__init__(*args, prefix=prefix, directory=directory)

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
            content = page.read_text(encoding="utf-8")
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


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: object, client_address: object) -> None:
        """A browser that closes a connection early is no error of ours."""


def open_server(
    folder: Path, port: int = 0, prefix: str = "/", reloads: Reloads | None = None
) -> ThreadingHTTPServer:
    """Listen on loopback for the files of `folder`, at `prefix`; port 0 takes a free one.

    With `reloads`, open pages reload whenever it announces a new build.
    """
    where = {"prefix": prefix, "directory": str(folder)}
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
    """Serve a folder in the background; give the URL of its root, which ends with a slash."""
    with running(open_server(folder, prefix=prefix)) as server:
        yield f"http://{HOST}:{server.server_port}{prefix}"


@contextmanager
def running(server: ThreadingHTTPServer) -> Iterator[ThreadingHTTPServer]:
    """Let a server answer in the background."""
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
