import socket
import urllib.error
import urllib.request
from pathlib import Path
from threading import Event, Thread

import pytest

from generator.config import load_config
from generator.errors import BuildError
from generator.serve import Reloads, open_server, running, serving
from generator.watch import rebuild_on_change, sources

SITE = """
[site]
title = "Mine"

[data.shapes]
source = "shapes"

[[demo]]
kind = "trainer"
slug = "train"
data = "shapes"
"""


def get(url: str) -> tuple[int, str, bytes]:
    try:
        with urllib.request.urlopen(url) as response:
            return response.status, response.headers["Content-Type"], response.read()
    except urllib.error.HTTPError as error:
        return error.code, "", b""


def raw(port: int, line: str, host: str | None = "127.0.0.1") -> bytes:
    """What the server answers first to a request as it stands: no client puts it right."""
    headers = "" if host is None else f"Host: {host}\r\n"
    with socket.create_connection(("127.0.0.1", port), timeout=30) as connection:
        connection.sendall(f"{line}\r\n{headers}Connection: close\r\n\r\n".encode())
        answer = b""
        # Events never end: what comes with the first of them will do.
        while (some := connection.recv(65_536)) and b"data:" not in (answer := answer + some):
            pass
        return answer


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("a.js", "text/javascript"),
        ("a.wasm", "application/wasm"),
        ("model.json", "application/json"),
        ("w.bin", "application/octet-stream"),
        ("labels_uint8", "application/octet-stream"),
        ("s.png", "image/png"),
    ],
)
def test_types_are_those_that_modules_and_wasm_need(tmp_path: Path, name: str, kind: str) -> None:
    (tmp_path / name).write_text("x")
    with serving(tmp_path) as url:
        assert get(url + name) == (200, kind, b"x")


def test_a_sub_path_is_all_there_is(tmp_path: Path) -> None:
    (tmp_path / "index.html").write_text("home")
    with serving(tmp_path, "/repo/") as url:
        assert url.endswith("/repo/") and get(url)[2] == b"home"
        assert get(url.removesuffix("repo/"))[0] == 404


OUTSIDE = (
    "/p/../secret",
    "/p/%2e%2e/secret",
    "/p/..%2fsecret",
    "/p/%2e%2e%2fsecret",
    "/p/..%5csecret",
    "/p/..\\secret",
    "/p/%252e%252e/secret",
    "/p/a/../../secret",
    "/p//../secret",
    "/p/linked",
    "/p/folder/secret",
    "/p/index.html%00",
    "/p/%00",
    "/p/" + "x" * 5_000,
    "/secret",
    "/",
    "http://elsewhere.example/p/index.html",
    "//elsewhere.example/",
)


@pytest.mark.parametrize("reloads", [None, Reloads()], ids=["plain", "live"])
def test_nothing_outside_the_folder_is_served(tmp_path: Path, reloads: Reloads | None) -> None:
    (tmp_path / "secret").write_text("s3cret")
    site = tmp_path / "site"
    site.mkdir()
    (site / "index.html").write_text("<body>home</body>")
    (site / "linked").symlink_to(tmp_path / "secret")
    (site / "folder").symlink_to(tmp_path)
    with running(open_server(site, prefix="/p/", reloads=reloads)) as server:
        assert raw(server.server_port, "GET /p/ HTTP/1.1").startswith(b"HTTP/1.1 200")
        for path in OUTSIDE:
            answer = raw(server.server_port, f"GET {path} HTTP/1.1")
            assert answer.startswith(b"HTTP/1.1 404") and b"s3cret" not in answer, path


def test_a_link_inside_the_folder_is_followed(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("a")
    (tmp_path / "b.txt").symlink_to(tmp_path / "a.txt")
    with running(open_server(tmp_path)) as server:
        assert get(f"http://127.0.0.1:{server.server_port}/b.txt")[2] == b"a"


def test_links_of_a_folder_to_prove_lead_into_the_cache(tmp_path: Path) -> None:
    (tmp_path / "proof").mkdir()
    (tmp_path / "kept.txt").write_text("kept")
    (tmp_path / "proof/link.txt").symlink_to(tmp_path / "kept.txt")
    with serving(tmp_path / "proof") as url:
        assert get(url + "link.txt")[2] == b"kept"


@pytest.mark.parametrize("path", ["/", "/.mlpages/events", "/.mlpages/reload.js"])
@pytest.mark.parametrize(
    ("host", "status"),
    [
        ("127.0.0.1:8000", 200),
        ("localhost:8000", 200),
        ("LOCALHOST", 200),
        ("[::1]:8000", 200),
        ("elsewhere.example", 403),
        ("elsewhere.example:8000", 403),
        ("127.0.0.1.elsewhere.example", 403),
        ("localhost@elsewhere.example", 403),
        ("localhost.", 403),
        ("[::1", 403),
        ("", 403),
        (None, 403),
    ],
)
def test_only_this_machine_is_answered(
    tmp_path: Path, path: str, host: str | None, status: int
) -> None:
    (tmp_path / "index.html").write_text("<body>home</body>")
    with running(open_server(tmp_path, reloads=Reloads())) as server:
        answer = raw(server.server_port, f"GET {path} HTTP/1.1", host)
        assert answer.startswith(f"HTTP/1.1 {status}".encode())
        assert (b"open to this machine alone" in answer) == (status == 403)


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "OPTIONS", "CONNECT", "TRACE", "X"])
def test_a_site_is_only_read(tmp_path: Path, method: str) -> None:
    (tmp_path / "index.html").write_text("home")
    with running(open_server(tmp_path)) as server:
        answer = raw(server.server_port, f"{method} / HTTP/1.1")
        assert answer.startswith(b"HTTP/1.1 405") and b"GET and HEAD" in answer
        assert raw(server.server_port, "HEAD / HTTP/1.1").endswith(b"\r\n\r\n")


def test_it_listens_on_loopback_alone(tmp_path: Path) -> None:
    with open_server(tmp_path) as server:
        assert server.socket.getsockname()[0] == "127.0.0.1"


def test_a_port_in_use_is_named(tmp_path: Path) -> None:
    with open_server(tmp_path) as server:
        port = server.server_port
        with pytest.raises(BuildError, match=rf"127.0.0.1:{port}: the port is in use.*--port"):
            open_server(tmp_path, port)


def test_a_page_that_is_worked_on_reloads_itself(tmp_path: Path) -> None:
    (tmp_path / "index.html").write_text("<body>home</body>")
    reloads = Reloads()
    with running(open_server(tmp_path, prefix="/repo/", reloads=reloads)) as server:
        url = f"http://127.0.0.1:{server.server_port}/repo/"
        script = b'<script type="module" src="/repo/.mlpages/reload.js"></script></body>'
        assert get(url)[2] == b"<body>home" + script
        assert get(f"{url}index.html")[2] == get(url)[2]
        assert b"location.reload()" in get(f"{url}.mlpages/reload.js")[2]
        with urllib.request.urlopen(f"{url}.mlpages/events", timeout=60) as events:
            assert [events.readline(), events.readline()] == [b"data: 0\n", b"\n"]
            reloads.announce()
            assert events.readline() == b"data: 1\n"
    assert (tmp_path / "index.html").read_text() == "<body>home</body>"


def test_docs_that_lie_elsewhere_are_watched(tmp_path: Path) -> None:
    for name in ("text", "home/text"):
        (tmp_path / name).mkdir(parents=True)
    file = tmp_path / "home/site.toml"
    file.write_text(SITE.replace("[site]", '[site]\ndocs = "text"'))
    inside = sources(load_config(file))
    file.write_text(SITE.replace("[site]", '[site]\ndocs = "../text"'))
    assert sources(load_config(file)) == [*inside, tmp_path / "text"]


def test_changes_are_built_and_failures_told(tmp_path: Path) -> None:
    file = tmp_path / "site.toml"
    file.write_text(SITE)
    (tmp_path / "site").mkdir()
    built, said = [], []

    def build() -> None:
        built.append(load_config(file).title)

    rebuilt = rebuild_on_change(file, tmp_path / "site", build, said.append)

    def change(text: str) -> bool:
        """Write until it is noticed: the watch may not have begun yet."""
        done = Event()

        def write() -> None:
            while not done.wait(0.3):
                (tmp_path / "site/index.html").write_text("what builds write is no change")
                file.write_text(text)

        writer = Thread(target=write)
        writer.start()
        try:
            return next(rebuilt)
        finally:
            done.set()
            writer.join()

    assert change(SITE.replace("Mine", "Yours")) and built[-1] == "Yours"
    assert not change(SITE.replace('kind = "trainer"', 'kind = "trainr"'))
    assert "kind is 'trainr'" in said[-1]
    while not change(SITE):  # what was written of the last text may be built once more
        pass
    assert built[-1] == "Mine"
    assert {line for line in said if line.startswith("Changed")} == {"Changed: site.toml"}


def test_the_policy_of_a_page_of_text_lets_it_reload(tmp_path: Path) -> None:
    meta = '<meta http-equiv="Content-Security-Policy" content="{}"><body>x</body>'
    (tmp_path / "index.html").write_text(meta.format("default-src &#39;none&#39;"))
    strict = "script-src &#39;self&#39; &#39;wasm-unsafe-eval&#39;; connect-src &#39;self&#39;"
    (tmp_path / "demo.html").write_text(meta.format(strict))
    with running(open_server(tmp_path, reloads=Reloads())) as server:
        url = f"http://127.0.0.1:{server.server_port}/"
        plain = b"default-src &#39;none&#39;; script-src 'self'; connect-src 'self'\"><body>"
        assert plain in get(url)[2]
        assert f'content="{strict}"><body>'.encode() in get(url + "demo.html")[2]
