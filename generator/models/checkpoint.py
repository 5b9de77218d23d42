"""Weights out of a legacy PyTorch checkpoint, without PyTorch and without running its pickles.

The format, as `torch.save` wrote it before version 1.6: five pickles (a magic number, the
protocol, facts about the machine, the state, the list of storage keys), then for each storage, in
the order of that list, its length as a little-endian int64 and its values.

A pickle can run any code when it is read. These are read by plain_pickle.py, which knows four names
and no others: what comes out are descriptions of tensors, whose sizes and strides are checked
before a byte is used.
"""

import hashlib
import io
import math
import struct
from collections import OrderedDict
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from generator.errors import BuildError
from generator.models.plain_pickle import Call, PlainUnpickler, Refused

MAGIC = 0x1950A86A20F9469CFC6C
PROTOCOL = 1001
MOST_VALUES = 2**40  # of a storage
MOST_AXES = 8
Weights = dict[str, npt.NDArray[np.float32] | npt.NDArray[np.int64]]


@dataclass(frozen=True)
class _StorageType:
    """A class of PyTorch's that a checkpoint names and nobody calls."""

    dtype: np.dtype[Any]

    def __call__(self) -> None:
        raise Refused("a storage outside of its place")


_FLOAT, _LONG = _StorageType(np.dtype("<f4")), _StorageType(np.dtype("<i8"))


@dataclass(frozen=True)
class _Storage:
    key: str
    dtype: np.dtype[Any]
    count: int


@dataclass(frozen=True)
class _Tensor:
    storage: _Storage
    offset: int
    shape: tuple[int, ...]
    strides: tuple[int, ...]  # in values; kernels may lie in another order than their axes have


def read_checkpoint(file: Path, sha256: str) -> Weights:
    """Return the checkpoint's tensors by name: float32 or int64 arrays in C order.

    Raises BuildError when the file is missing or not the one with this sha256, when its pickles
    ask for anything but tensors, or when sizes do not fit together.
    """
    try:
        data = file.read_bytes()
    except FileNotFoundError as error:
        raise BuildError(
            what="the checkpoint is missing",
            where=str(file),
            expected="the file that the package brings",
            fix="Install the packages again: `make setup`.",
        ) from error
    found = hashlib.sha256(data).hexdigest()
    if found != sha256:
        raise BuildError(
            what="the checkpoint is not the one that this version knows",
            where=str(file),
            expected=f"sha256 {sha256}",
            found=found,
            fix="Install the packages again: `make setup`.",
        )
    return parse_checkpoint(data, str(file))


def parse_checkpoint(data: bytes, where: str) -> Weights:
    """Return the tensors of a checkpoint's bytes; `where` names it in errors (BuildError)."""
    stream = io.BytesIO(data)
    try:
        magic, protocol, machine, state, keys = (_unpickler().load(stream) for _ in range(5))
    except Refused as error:
        raise _refusal(where, str(error)) from error
    plain = isinstance(machine, dict) and machine.get("little_endian") is True
    if magic != MAGIC or protocol != PROTOCOL or not plain:
        raise _refusal(where, "another format")
    if not isinstance(state, OrderedDict) or not isinstance(keys, list):
        raise _refusal(where, f"a {type(state).__name__} in place of tensors by name")
    for name, tensor in state.items():
        if not isinstance(tensor, _Tensor):
            raise _refusal(where, f"{type(tensor).__name__} under the name {name!r}")
    storages = _read_storages(stream, state, keys, where)
    return {name: _array(tensor, storages, name, where) for name, tensor in state.items()}


def _unpickler() -> PlainUnpickler:
    calls: dict[str, Call] = {
        "collections OrderedDict": lambda: OrderedDict(),
        "torch._utils _rebuild_tensor_v2": _describe,
        "torch FloatStorage": _FLOAT,
        "torch LongStorage": _LONG,
    }
    return PlainUnpickler(calls, _stored)


def _stored(description: Any) -> _Storage:
    """What `torch.save` keeps behind the pickles, by its description in them."""
    match description:
        case ("storage", _StorageType() as kind, str() as key, str(), int() as count, None):
            if 0 <= count <= MOST_VALUES:
                return _Storage(key, kind.dtype, count)
    raise Refused("a storage that is not described as torch.save does")


def _describe(
    storage: Any, offset: Any, shape: Any, strides: Any, requires_grad: Any, hooks: Any
) -> _Tensor:
    """What the checkpoint calls `_rebuild_tensor_v2`."""
    numbers = all(map(_are_numbers, ((offset,), shape, strides)))
    if not isinstance(storage, _Storage) or not numbers:
        raise Refused("a tensor whose storage, place, shape or strides are none")
    if min((offset, *shape, *strides)) < 0 or 0 in shape or not _fills(shape, strides):
        raise Refused(f"a tensor of {shape} with strides {strides}")
    return _Tensor(storage, offset, shape, strides)


def _are_numbers(values: Any) -> bool:
    """Is it a tuple of few whole numbers, none of them too large to count with?"""
    return (
        isinstance(values, tuple)
        and len(values) <= MOST_AXES
        and all(type(value) is int and abs(value) <= MOST_VALUES for value in values)
    )


def _fills(shape: tuple[int, ...], strides: tuple[int, ...]) -> bool:
    """Do these strides, in some order of the axes, visit `prod(shape)` values without a gap?"""
    if len(shape) != len(strides):
        return False
    expected = 1
    for stride, size in sorted(
        (stride, size) for stride, size in zip(strides, shape, strict=True) if size > 1
    ):
        if stride != expected:
            return False
        expected *= size
    return True


def _read_storages(
    stream: io.BytesIO, state: dict[str, _Tensor], keys: list[Any], where: str
) -> dict[str, npt.NDArray[Any]]:
    wanted = {tensor.storage.key: tensor.storage for tensor in state.values()}
    if any(tensor.storage != wanted[tensor.storage.key] for tensor in state.values()):
        raise _refusal(where, "one storage described in two ways")
    if not all(isinstance(key, str) for key in keys) or sorted(wanted) != sorted(keys):
        raise _refusal(where, "a list of storages that is not that of its tensors")
    storages = {}
    for key in keys:
        storage = wanted[key]
        header = stream.read(8)
        if len(header) < 8 or struct.unpack("<q", header)[0] != storage.count:
            raise _refusal(where, f"a storage {key} that is not {storage.count} values long")
        values = stream.read(storage.count * storage.dtype.itemsize)
        if len(values) != storage.count * storage.dtype.itemsize:
            raise _refusal(where, "an early end: it is truncated")
        storages[key] = np.frombuffer(values, storage.dtype)
    return storages


def _array(
    tensor: _Tensor, storages: dict[str, npt.NDArray[Any]], name: str, where: str
) -> npt.NDArray[Any]:
    values = storages[tensor.storage.key]
    count = math.prod(tensor.shape)
    if tensor.offset + count > len(values):
        raise _refusal(where, f"{name} of {tensor.shape}, more than its storage holds")
    strides = tuple(stride * values.itemsize for stride in tensor.strides)
    view = np.lib.stride_tricks.as_strided(
        values[tensor.offset :], tensor.shape, strides, writeable=False
    )
    return np.ascontiguousarray(view)


def _refusal(where: str, found: str) -> BuildError:
    return BuildError(
        what="it is not a checkpoint of plain tensors",
        where=where,
        expected="float32 and int64 tensors by name, as torch.save wrote them before version 1.6",
        found=found,
        fix="Use the file that the package brings.",
    )
