"""A streaming PNG writer: rows in, a file out, memory flat however many rows there are.

The format is the PNG specification, third edition (https://www.w3.org/TR/png-3/): 8-bit grey or
RGB, no interlace, and none of the chunks (gAMA, iCCP, alpha) that make browsers alter pixels.
"""

import struct
import zlib
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

import numpy as np
import numpy.typing as npt

Rows = npt.NDArray[np.uint8]

SIGNATURE = b"\x89PNG\r\n\x1a\n"
COLOUR_TYPE = {1: 0, 3: 2}
IDAT_BYTES = 1 << 16


def write_png(path: Path, batches: Iterable[Rows], width: int, height: int, channels: int) -> None:
    """Write uint8 batches of rows [n, width * channels] as one PNG of `height` rows.

    The filter (None, Sub, Up, Average or Paeth) is the one that compresses the first batch best;
    images laid one to a row are so unlike photographs that the usual heuristics pick badly.
    """
    stream = iter(batches)
    first = next(stream)
    choice = best_filter(first, channels)
    packer = zlib.compressobj(level=9, memLevel=9)
    with path.open("wb") as file:
        file.write(SIGNATURE)
        header = struct.pack(">IIBBBBB", width, height, 8, COLOUR_TYPE[channels], 0, 0, 0)
        _write_chunk(file.write, b"IHDR", header)
        pending = b""
        for filtered in _filtered(first, stream, choice, channels):
            pending += packer.compress(filtered)
            if len(pending) >= IDAT_BYTES:
                _write_chunk(file.write, b"IDAT", pending)
                pending = b""
        _write_chunk(file.write, b"IDAT", pending + packer.flush())
        _write_chunk(file.write, b"IEND", b"")


def _filtered(first: Rows, rest: Iterator[Rows], choice: int, channels: int) -> Iterator[bytes]:
    above = np.zeros(first.shape[1], dtype=np.uint8)
    batch: Rows | None = first
    while batch is not None:
        yield filter_rows(batch, above, choice, channels).tobytes()
        above = batch[-1]
        batch = next(rest, None)


def best_filter(rows: Rows, channels: int) -> int:
    """Return the number of the filter type that makes `rows` smallest (PNG 9.2)."""
    above = np.zeros(rows.shape[1], dtype=np.uint8)
    sizes = [
        len(zlib.compress(filter_rows(rows[:512], above, kind, channels).tobytes(), 6))
        for kind in range(5)
    ]
    return int(np.argmin(sizes))


def filter_rows(rows: Rows, above: Rows, kind: int, channels: int) -> Rows:
    """Apply PNG filter `kind` to uint8 rows [n, w]; return [n, 1 + w] with the type byte first.

    `above` is the row before the first one, uint8 [w], zeros at the top of a picture.
    """
    out = np.empty((len(rows), rows.shape[1] + 1), dtype=np.uint8)
    out[:, 0] = kind
    left = np.zeros_like(rows)
    left[:, channels:] = rows[:, :-channels]
    up = np.concatenate([above[None], rows[:-1]])
    # uint8 subtraction wraps round modulo 256, which is what the specification asks for.
    out[:, 1:] = rows - _prediction(left, up, kind, channels)
    return out


def _prediction(left: Rows, up: Rows, kind: int, channels: int) -> Rows:
    if kind == 0:
        return np.zeros_like(left)
    if kind == 1:
        return left
    if kind == 2:
        return up
    a, b = left.astype(np.int16), up.astype(np.int16)
    if kind == 3:
        return ((a + b) >> 1).astype(np.uint8)
    corner = np.zeros_like(b)
    corner[:, channels:] = b[:, :-channels]
    to_a, to_b, to_c = abs(b - corner), abs(a - corner), abs(a + b - 2 * corner)
    paeth = np.where((to_a <= to_b) & (to_a <= to_c), a, np.where(to_b <= to_c, b, corner))
    return paeth.astype(np.uint8)


def _write_chunk(write: Callable[[bytes], object], kind: bytes, data: bytes) -> None:
    if not data and kind == b"IDAT":
        return
    write(struct.pack(">I", len(data)) + kind + data)
    write(struct.pack(">I", zlib.crc32(kind + data)))
