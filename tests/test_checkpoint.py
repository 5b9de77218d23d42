import os
import pickle
import re
import struct
from collections import OrderedDict
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from generator.errors import BuildError
from generator.models import checkpoint
from generator.models.checkpoint import parse_checkpoint, read_checkpoint
from generator.models.pretrained import LITE0_SHA256, find_lite0

FLOAT, LONG = b"ctorch\nFloatStorage\n", b"ctorch\nLongStorage\n"


def tensor(
    key: str,
    count: int,
    shape: tuple[int, ...],
    strides: tuple[int, ...],
    storage: bytes = FLOAT,
    offset: int = 0,
) -> bytes:
    """The opcodes of one tensor, written by hand: torch is not needed to make a file of its."""
    return (
        b"ctorch._utils\n_rebuild_tensor_v2\n("
        + b"(Vstorage\n" + storage + f"V{key}\nVcpu\nI{count}\nN".encode() + b"tQ"
        + f"I{offset}\n".encode()
        + b"(" + b"".join(b"I%d\n" % size for size in shape) + b"t"
        + b"(" + b"".join(b"I%d\n" % stride for stride in strides) + b"t"
        + b"I00\nccollections\nOrderedDict\n(tR" + b"tR"
    )  # fmt: skip


def state(**tensors: bytes) -> bytes:
    items = b"".join(f"V{name}\n".encode() + opcodes + b"s" for name, opcodes in tensors.items())
    return b"\x80\x02ccollections\nOrderedDict\n(tR" + items + b"."


def file_of(state: bytes, storages: dict[str, np.ndarray]) -> bytes:
    header = [checkpoint.MAGIC, checkpoint.PROTOCOL, {"little_endian": True}]
    parts = [pickle.dumps(value, 2) for value in header] + [state, pickle.dumps([*storages], 2)]
    for values in storages.values():
        parts += [struct.pack("<q", len(values)), values.tobytes()]
    return b"".join(parts)


VALUES = np.arange(24, dtype="<f4")


def test_tensors_come_out_in_the_order_of_their_axes() -> None:
    opcodes = state(
        plain=tensor("1", 24, (2, 3, 4), (12, 4, 1)),
        turned=tensor("1", 24, (4, 2, 3), (1, 12, 4)),
        count=tensor("2", 1, (), (), LONG),
    )
    found = parse_checkpoint(file_of(opcodes, {"1": VALUES, "2": np.array([7])}), "here")
    assert np.array_equal(found["plain"], VALUES.reshape(2, 3, 4))
    assert np.array_equal(found["turned"], VALUES.reshape(2, 3, 4).transpose(2, 0, 1))
    assert found["count"] == 7 and found["count"].dtype == np.int64


class Hostile:
    def __init__(self, call: Callable[..., Any], *arguments: object) -> None:
        self.call, self.arguments = call, arguments

    def __reduce__(self) -> tuple[Any, ...]:
        return self.call, self.arguments


@pytest.mark.parametrize("place", [0, 3, 4])
def test_a_hostile_pickle_is_refused_and_not_run(tmp_path: Path, place: int) -> None:
    witness = tmp_path / "it-ran"
    parts: list[Any] = [checkpoint.MAGIC, checkpoint.PROTOCOL, {}, OrderedDict(), []]
    parts[place] = Hostile(os.mkdir, str(witness))
    with pytest.raises(BuildError, match=r"a call of posix.mkdir, which could run code"):
        parse_checkpoint(b"".join(pickle.dumps(part, 2) for part in parts), "hostile.pth")
    assert not witness.exists()


@pytest.mark.parametrize(
    ("opcodes", "found"),
    [
        (tensor("1", 24, (5, 5), (5, 1)), "a of (5, 5), more than its storage holds"),
        (tensor("1", 24, (4, 6), (6, 1), offset=3), "a of (4, 6), more than its storage holds"),
        (tensor("1", 24, (4, 6), (1, 1)), "a tensor of (4, 6) with strides (1, 1)"),
        (tensor("1", 24, (4, 6), (-6, 1)), "a tensor of (4, 6) with strides (-6, 1)"),
        (tensor("1", 24, (4, 6), (600, 1)), "a tensor of (4, 6) with strides (600, 1)"),
        (tensor("1", 99, (4, 6), (6, 1)), "a storage 1 that is not 99 values long"),
        (tensor("9", 24, (4, 6), (6, 1)), "a list of storages that is not that of its tensors"),
        (tensor("1", 24, (4, 6), (6, 1), b"ctorch\nByteStorage\n"), "a call of torch.ByteStorage"),
        (b"I7\n", "int under the name 'a'"),
    ],
)
def test_sizes_that_do_not_fit_are_refused(opcodes: bytes, found: str) -> None:
    with pytest.raises(BuildError, match=re.escape(found)):
        parse_checkpoint(file_of(state(a=opcodes), {"1": VALUES}), "here")


def test_a_truncated_file_is_refused() -> None:
    whole = file_of(state(a=tensor("1", 24, (4, 6), (6, 1))), {"1": VALUES})
    for length in (0, 20, len(whole) // 2, len(whole) - 1):
        with pytest.raises(BuildError, match="not a checkpoint of plain tensors"):
            parse_checkpoint(whole[:length], "here")


def test_another_file_is_refused_by_its_hash(tmp_path: Path) -> None:
    (tmp_path / "weights.pth").write_bytes(b"something else")
    with pytest.raises(BuildError, match="expected sha256 579344"):
        read_checkpoint(tmp_path / "weights.pth", LITE0_SHA256)
    with pytest.raises(BuildError, match="is missing"):
        read_checkpoint(tmp_path / "none.pth", LITE0_SHA256)


def test_the_packaged_checkpoint_is_read_whole() -> None:
    weights = read_checkpoint(find_lite0(), LITE0_SHA256)
    assert len(weights) == 296
    assert weights["_fc.weight"].shape == (1000, 1280)
    assert all(np.isfinite(array).all() for array in weights.values())
