import urllib.error
import urllib.request
from pathlib import Path

import pytest

from generator.errors import BuildError
from generator.serve import open_server, serving


def get(url: str) -> tuple[int, str, bytes]:
    try:
        with urllib.request.urlopen(url) as response:
            return response.status, response.headers["Content-Type"], response.read()
    except urllib.error.HTTPError as error:
        return error.code, "", b""


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


def test_nothing_outside_the_folder_is_served(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("s")
    (tmp_path / "site").mkdir()
    with serving(tmp_path / "site", "/p/") as url:
        for path in ("../secret", "%2e%2e/secret", "..%2fsecret"):
            assert get(url + path)[0] == 404


def test_a_port_in_use_is_named(tmp_path: Path) -> None:
    with open_server(tmp_path) as server:
        port = server.server_port
        with pytest.raises(BuildError, match=rf"127.0.0.1:{port}: the port is in use.*--port"):
            open_server(tmp_path, port)
