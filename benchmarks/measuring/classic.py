"""The libraries of the classic pages, which are no dependencies of mlpages: from npm, pinned."""

import base64
import hashlib
import subprocess
import tarfile
import tempfile
from pathlib import Path

from generator.cache import Cache

from . import BENCHMARKS, ROOT
from .results import Skip

CLASSIC = BENCHMARKS / "classic"
# File: package, its sha512 as npm writes it, and where the file is inside.
SCRIPTS = {
    "tf.min.js": (
        "@tensorflow/tfjs@4.22.0",
        "0TrIrXs6/b7FLhLVNmfh8Sah6JgjBPH4mZ8JGb7NU6WW+cx00qK5BcAZxw7NCzxj6N8MRAIfHq+oNbPUNG5VAg==",
        "package/dist/tf.min.js",
    ),
    "tfjs-vis.umd.min.js": (
        "@tensorflow/tfjs-vis@1.5.1",
        "oNithKiR7VZaE+xUvz6Leww4TYEPhKi8j5xnEYvT3j7brK2Njdvril7UgFtZ8EYZBdeX6XNim5Eu3/23gTQ1dA==",
        "package/dist/tfjs-vis.umd.min.js",
    ),
    "tf-converter.min.js": (
        "@tensorflow/tfjs-converter@4.22.0",
        "PT43MGlnzIo+YfbsjM79Lxk9lOq6uUwZuCc8rrp0hfpLjF6Jv8jS84u2jFb+WpUeuF4K33ZDNx8CjiYrGQ2trQ==",
        "package/dist/tf-converter.min.js",
    ),
}


def classic_page(name: str, scripts: tuple[str, ...]) -> dict[str, Path]:
    """A classic page and its libraries, by the names under which the page finds them.

    The libraries are fetched once, into the cache. Raises Skip where they cannot be had.
    """
    parts = {script: _script(script) for script in scripts}
    return {"index.html": CLASSIC / f"{name}.html", **parts}


def _script(name: str) -> Path:
    package, sha512, member = SCRIPTS[name]
    inputs = {"package": package, "sha512": sha512, "member": member}
    return Cache().entry("classic", inputs, lambda out: _fetch(name, out)) / name


def _fetch(name: str, out: Path) -> None:
    package, sha512, member = SCRIPTS[name]
    with tempfile.TemporaryDirectory() as folder:
        command = [ROOT / "setup/node", "--npm", "pack", "--silent", "--pack-destination", folder]
        packed = subprocess.run([*command, package], capture_output=True, text=True)
        files = list(Path(folder).glob("*.tgz"))
        if packed.returncode or not files:
            raise Skip(f"npm cannot fetch {package}, a part of the classic page")
        content = files[0].read_bytes()
        if hashlib.sha512(content).digest() != base64.b64decode(sha512):
            raise SystemExit(f"{package} is not the package that was pinned: its hash differs.")
        with tarfile.open(files[0]) as archive:
            found = archive.extractfile(member)
            assert found, f"{package} holds no {member}"
            (out / name).write_bytes(found.read())
