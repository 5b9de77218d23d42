"""Everything of ours that reads what others wrote, and whole files of each kind to begin with.

A reader may return or raise one of EXPECTED, whatever the bytes. tests/test_hostile.py asks each of
them some hundred times, `make fuzz` (tests/fuzz/run.py) for as long as wanted.
"""

import gzip
import io
import json
import tempfile
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image

from generator.cache import Cache
from generator.config import load_config, read_class_names
from generator.conversion.hdf5 import look_into
from generator.conversion.reaching import refuse_reaching
from generator.conversion.safety import parse_json, read_h5, read_keras_zip, refuse_code
from generator.conversion.saved_model import read_saved_model
from generator.conversion.tfjs_model import check_files, labels_of, unpacked
from generator.datasets import idx, npz
from generator.datasets.picture_file import FORMATS, Unreadable, read_picture
from generator.errors import BuildError
from generator.layouts import detect_layout
from generator.models.checkpoint import parse_checkpoint

EXPECTED = (BuildError, Unreadable)
ROOT = Path(__file__).resolve().parents[2]
FOUND = Path(__file__).with_name("found")
LABELS = np.arange(40) % 2


@dataclass(frozen=True)
class Reader:
    """`read` gets the bytes and an empty folder; `seeds` makes whole files.

    A `slow` one starts a process for each input.
    """

    read: Callable[[bytes, Path], object]
    seeds: Callable[[], list[bytes]]
    slow: bool = False

    def ask(self, data: bytes) -> str:
        """Read the bytes in a folder of their own; return what was refused, or nothing."""
        with tempfile.TemporaryDirectory() as folder:
            try:
                self.read(data, Path(folder))
            except EXPECTED as error:
                return str(error)
        return ""


def _file(data: bytes, folder: Path, name: str) -> Path:
    (folder / name).write_bytes(data)
    return folder / name


def _idx_bytes(shape: tuple[int, ...]) -> bytes:
    header = bytes([0, 0, 8, len(shape)]) + b"".join(n.to_bytes(4, "big") for n in shape)
    return header + (np.arange(np.prod(shape)) % 2).astype(np.uint8).tobytes()


def _read_idx(data: bytes, folder: Path) -> object:
    return int(idx.read_idx(_file(data, folder, "idx")).sum())


def _load_idx(data: bytes, folder: Path) -> object:
    _file(data, folder, "train-images-idx3-ubyte.gz")
    _file(_idx_bytes((40,)), folder, "train-labels-idx1-ubyte")
    dataset = idx.load(
        folder,
        name="x",
        classes=(),
        limit=None,
        seed=1,
        transposed=False,
        cache=Cache(folder / "cache"),
    )
    return dataset.splits["train"].images[0:9].shape


def _load_npz(data: bytes, folder: Path) -> object:
    file = _file(data, folder, "x.npz")
    dataset = npz.load(
        file, name="x", classes=(), limit=None, seed=1, cache=Cache(folder / "cache")
    )
    return dataset.splits["train"].images[0:9].shape


def _npy(array: object) -> bytes:
    stream = io.BytesIO()
    np.save(stream, array)  # type: ignore[arg-type]
    return stream.getvalue()


def _zip(**files: bytes) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name.replace("__", "."), content)
    return stream.getvalue()


def _load_arrays(data: bytes, folder: Path) -> object:
    """The arrays alone, so that no checksum of a zip stands before them: images, or labels."""
    images, labels = _npy(np.zeros((40, 4, 4), np.uint8)), _npy(LABELS)
    if data[:1] == b"y":
        return _load_npz(_zip(x_train__npy=images, y_train__npy=data[1:]), folder)
    return _load_npz(_zip(x_train__npy=data[1:], y_train__npy=labels), folder)


def _pictures() -> list[bytes]:
    image = Image.effect_mandelbrot((24, 20), (-2, -1, 1, 1), 9).convert("RGB")
    files = []
    for kind in FORMATS:
        stream = io.BytesIO()
        image.save(stream, kind)
        files.append(stream.getvalue())
    return files


def _read_picture(data: bytes, folder: Path) -> object:
    colour = "grey" if len(data) % 2 else "rgb"
    return read_picture(io.BytesIO(data), 16, colour).shape  # type: ignore[arg-type]


def _read_table(data: bytes, folder: Path) -> object:
    """The first byte says which kind of table it is."""
    ending = ("csv", "tsv", "json")[data[0] % 3] if data else "csv"
    paths = ["a/1.jpg", "a/2.jpg", "b/1.jpg", "3.png", f"labels.{ending}"]
    text = data[1:].decode("utf-8", "replace")
    return detect_layout(paths, lambda path: text).classes


def _read_checkpoint(data: bytes, folder: Path) -> object:
    return sum(array.size for array in parse_checkpoint(data, "x").values())


def _checkpoints() -> list[bytes]:
    from tests.test_checkpoint import VALUES, file_of, state, tensor

    opcodes = state(a=tensor("1", 24, (2, 12), (12, 1)), b=tensor("1", 24, (4, 2, 3), (1, 12, 4)))
    return [file_of(opcodes, {"1": VALUES})]


def _json(*values: object) -> list[bytes]:
    return [json.dumps(value).encode() for value in values]


def _keras_config() -> dict[str, object]:
    dense = {"name": "dense", "units": 1, "activation": {"class_name": "relu", "config": "relu"}}
    layer = {"module": "keras.layers", "class_name": "Dense", "config": dense}
    return {"class_name": "Sequential", "config": {"name": "net", "layers": [layer, layer]}}


def _refuse_code(data: bytes, folder: Path) -> None:
    try:
        config = parse_json(data)
    except ValueError:
        return  # what opens a file has refused it before
    refuse_code(config, folder)


def _keras_files() -> list[bytes]:
    config, metadata = _json(_keras_config(), {"keras_version": "3.9.0"})
    weights = _h5_files()[0]
    return [_zip(config__json=config, metadata__json=metadata, model__weights__h5=weights)]


def _h5_files() -> list[bytes]:
    import h5py

    stream = io.BytesIO()
    with h5py.File(stream, "w") as file:
        file.attrs["model_config"] = json.dumps(_keras_config())
        file.attrs["keras_version"] = "2.9.0"
        file["model_weights/dense/kernel"] = np.ones((2, 1), np.float32)
    return [stream.getvalue()]


def _read_h5(data: bytes, folder: Path) -> object:
    file = _file(data, folder, "x.h5")
    look_into(file, file, seconds=10)
    return read_h5(file)


def _tfjs() -> dict[str, object]:
    group = {"paths": ["weights.bin"], "weights": [{"name": "a", "shape": [2], "dtype": "float32"}]}
    return {"modelTopology": {"model_config": _keras_config()}, "weightsManifest": [group]}


def _read_tfjs(data: bytes, folder: Path) -> object:
    _file(b"12345678", folder, "weights.bin")
    topology = check_files(_file(data, folder, "model.json"))
    return refuse_code(topology, folder)


def _read_teachable(data: bytes, folder: Path) -> object:
    with unpacked(_file(data, folder, "x.zip")) as files:
        outside = [file for file in folder.rglob("*") if file.name != "x.zip"]
        assert not outside, f"it has written {outside}"
        return labels_of(files / "metadata.json")


def _read_saved(data: bytes, folder: Path) -> None:
    _file(data, folder, "saved_model.pb")
    refuse_reaching(read_saved_model(folder), folder)


def _saved_models() -> list[bytes]:
    from tensorflow.core.protobuf.saved_model_pb2 import SavedModel

    saved = SavedModel()
    graph = saved.meta_graphs.add()
    graph.graph_def.node.add(name="x", op="Placeholder")
    graph.graph_def.node.add(name="y", op="Call", input=["x:0", "^y"])
    function = graph.graph_def.library.function.add()
    function.signature.name = "Call"
    function.node_def.add(name="read", op="Relu").attr["f"].func.name = "Call"
    graph.signature_def["serving_default"].outputs["y"].name = "y:0"
    graph.saver_def.restore_op_name = "y"
    first = saved.SerializeToString()
    graph.object_graph_def.concrete_functions["Call"].SetInParent()
    return [first, saved.SerializeToString()]


def _sites() -> list[bytes]:
    every = """
[site]
title = "T"
url = "https://a.b/c"
accent = "#123456"
picture = "p.png"
docs = "docs"
[data.d]
source = "folder"
path = "pictures"
size = 64
classes = ["a", "b"]
[data.n]
source = "npz"
path = "x.npz"
limit = 100
[model.m]
path = "m.keras"
classes = "names.txt"
[model.k]
data = "d"
architecture = "codelab"
learning_rate = 0.1
[[demo]]
kind = "transfer"
slug = "s"
classes = ["a", "b"]
[[demo]]
kind = "predictor"
slug = "p"
model = "k"
inputs = ["file"]
"""
    return [every.encode(), (ROOT / "site.toml").read_bytes()]


def _fixture(*names: str) -> Callable[[], list[bytes]]:
    return lambda: [(ROOT / "tests/fixtures" / name).read_bytes() for name in names]


READERS = {
    "idx": Reader(_read_idx, lambda: [_idx_bytes((40, 4, 4)), _idx_bytes((40,))]),
    "idx-packed": Reader(_load_idx, lambda: [gzip.compress(_idx_bytes((40, 4, 4)), mtime=0)]),
    "npz": Reader(
        _load_npz,
        lambda: [
            _zip(x_train__npy=_npy(np.zeros((40, 4, 4), np.uint8)), y_train__npy=_npy(LABELS))
        ],
    ),
    "npz-arrays": Reader(
        _load_arrays,
        lambda: [
            b"x" + _npy(np.zeros((40, 4, 4, 3), np.uint8)),
            b"x" + _npy(np.zeros((40, 4, 4), ">i8")),
            b"y" + _npy(LABELS),
            b"y" + _npy(np.eye(2)[LABELS]),
        ],
    ),
    "picture": Reader(_read_picture, _pictures),
    "table": Reader(
        _read_table,
        lambda: [
            b'\x00file,label\r\na/1.jpg,cat\r\n"2.jpg","dog, 2"\r\n3.png,dog\r\n',
            b"\x01name\tclass\na/1.jpg\tcat\nb/1.jpg\tdog\n",
            b'\x02{"a/1.jpg": "cat", "3.png": "dog"}',
            b'\x02[{"file": "a/1.jpg", "label": "cat"}, {"file": "3.png", "label": 2.0}]',
        ],
    ),
    "site": Reader(lambda data, folder: load_config(_file(data, folder, "site.toml")), _sites),
    "class-names": Reader(
        lambda data, folder: read_class_names(_file(data, folder, "names.txt")),
        lambda: ["cat\ndog\n".encode("utf-8-sig"), b"a\r\nb\r\n"],
    ),
    "checkpoint": Reader(_read_checkpoint, _checkpoints),
    "keras-config": Reader(_refuse_code, lambda: _json(_keras_config(), [1, "a", None])),
    "keras": Reader(
        lambda data, folder: read_keras_zip(_file(data, folder, "x.keras")), _keras_files, slow=True
    ),
    "h5": Reader(_read_h5, _h5_files, slow=True),
    "tfjs": Reader(_read_tfjs, lambda: _json(_tfjs())),
    "teachable": Reader(_read_teachable, _fixture("teachable.zip")),
    "saved-model": Reader(_read_saved, _saved_models),
}
