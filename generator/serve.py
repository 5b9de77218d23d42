"""A plain server on the loopback interface, for looking at a site and for proving it."""

import errno
import functools
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

from generator.errors import BuildError

HOST = "127.0.0.1"
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


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: object, client_address: object) -> None:
        """A browser that closes a connection early is no error of ours."""


def open_server(folder: Path, port: int = 0, prefix: str = "/") -> ThreadingHTTPServer:
    """Listen on loopback for the files of `folder`, at `prefix`; port 0 takes a free one."""
    handler = functools.partial(_Handler, prefix=prefix, directory=str(folder))
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
    server = open_server(folder, prefix=prefix)
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://{HOST}:{server.server_port}{prefix}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
