"""A local server that sends files as a static host does, over a line of a given speed.

It is one and the same for both sides of a comparison: text and WebAssembly travel gzipped, other
files as they are; the line is shared by all connections, so it holds for workers as for pages; and
every byte is noted with its time, so that nothing depends on what a browser reports.
"""

import gzip
import os
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from generator.serve import HOST, TYPES, running

COMPRESSED = {".css", ".html", ".js", ".json", ".svg", ".wasm"}
LEVEL = 6  # what hosts compress with while they answer
PIECE = 16_384  # bytes that a connection sends before others have their turn


@dataclass(frozen=True)
class Line:
    """A connection to the internet: bits a second (None: as fast as it goes), seconds to answer."""

    name: str
    bits: float | None = None
    delay: float = 0.0


FULL = Line("full speed")
SLOW = Line("10 Mbit/s", bits=10e6, delay=0.04)


@dataclass
class Sent:
    """What went over the line: each piece's time (seconds since 1970), path and bytes."""

    line: Line
    pieces: list[tuple[float, str, int]] = field(default_factory=list)
    free: float = 0.0
    lock: threading.Lock = field(default_factory=threading.Lock)

    def wait_for_turn(self, count: int) -> None:
        """Return when the line has carried so many bytes more."""
        if self.line.bits is None:
            return
        with self.lock:
            self.free = max(self.free, time.time()) + 8 * count / self.line.bits
            until = self.free
        time.sleep(max(0.0, until - time.time()))

    def until(self, moment: float) -> int:
        """Bytes of all bodies, up to a moment (seconds since 1970)."""
        return sum(count for at, _, count in self.pieces if at <= moment)


class _Handler(SimpleHTTPRequestHandler):
    extensions_map = TYPES
    protocol_version = "HTTP/1.1"

    def __init__(self, *args: object, sent: Sent, packed: dict[Path, bytes], folder: str) -> None:
        self.sent = sent
        self.packed = packed
        super().__init__(*args, directory=folder)  # type: ignore[arg-type]

    def do_GET(self) -> None:
        time.sleep(self.sent.line.delay)
        path = self.path.partition("?")[0]
        file = Path(self.translate_path(path))
        file = file / "index.html" if path.endswith("/") else file
        if not file.is_file():
            self.send_error(404)
            return
        body = self.packed.get(file) or file.read_bytes()
        self.send_response(200)
        self.send_header("Content-Type", TYPES.get(file.suffix, TYPES[""]))
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Cache-Control", "max-age=600")
        if file in self.packed:
            self.send_header("Content-Encoding", "gzip")
        self.end_headers()
        for start in range(0, len(body), PIECE):
            piece = body[start : start + PIECE]
            self.sent.wait_for_turn(len(piece))
            self.sent.pieces.append((time.time(), path, len(piece)))
            self.wfile.write(piece)

    def log_message(self, *args: object) -> None:
        """Say nothing: the terminal belongs to the benchmark."""


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: object, client_address: object) -> None:
        """A browser that is closed closes its connections, too."""


@contextmanager
def hosting(folder: Path, line: Line = FULL) -> Iterator[tuple[str, Sent]]:
    """Serve a folder; give the URL of its root, which ends with a slash, and what is sent."""
    sent = Sent(line)
    handler = partial(_Handler, sent=sent, packed=_pack(folder), folder=str(folder))
    with running(_Server((HOST, 0), handler)) as server:
        yield f"http://{HOST}:{server.server_port}/", sent


def _pack(folder: Path) -> dict[Path, bytes]:
    """Compress beforehand what a host keeps compressed: its time is nobody's waiting."""
    files = [
        Path(parent, name)
        for parent, _, names in os.walk(folder, followlinks=True)
        for name in names
        if Path(name).suffix in COMPRESSED
    ]
    return {file: gzip.compress(file.read_bytes(), LEVEL) for file in files}


def assemble(folder: Path, parts: dict[str, Path]) -> Path:
    """Link files and folders into `folder` under the names they have in the site that is served."""
    for name, target in parts.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).symlink_to(target.resolve())
    return folder
