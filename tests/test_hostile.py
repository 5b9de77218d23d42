"""Whatever the bytes, a reader returns or says why not: soon, and in little memory."""

import gzip
import io
import json
import signal
import struct
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any
from zlib import crc32

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

from generator.models import checkpoint
from tests.fuzz.readers import FOUND, READERS

SECONDS = 20  # for one input, which takes milliseconds: this machine may be busy
EXAMPLES, FEW = 200, 10
NUMBERS = [
    b"\0\0\0\0",
    b"\xff\xff\xff\xff",
    b"\xff\xff\xff\x7f",
    b"\x80",
    b"9" * 30,
    b"-1",
    b"1e999",
]


@contextmanager
def in_time() -> Iterator[None]:
    def late(number: int, frame: FrameType | None) -> None:
        raise AssertionError(f"it takes more than {SECONDS} seconds")

    before = signal.signal(signal.SIGALRM, late)
    signal.alarm(SECONDS)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)


@st.composite
def mutated(draw: Any, seeds: list[bytes]) -> bytes:
    """A whole file with some bytes changed, put in, taken out, or repeated."""
    data = draw(st.sampled_from(seeds))
    for _ in range(draw(st.integers(0, 6))):
        start = draw(st.integers(0, len(data)))
        end = min(len(data), start + draw(st.integers(0, 16)))
        new = draw(
            st.one_of(
                st.binary(max_size=8),
                st.sampled_from(NUMBERS),
                st.integers(2, 40).map(lambda times, part=data[start:end]: part * times),
            )
        )
        data = data[:start] + new + data[end:]
    return data[: draw(st.integers(0, len(data)))] if draw(st.booleans()) else data


@pytest.mark.parametrize("name", READERS)
@pytest.mark.filterwarnings("ignore")  # libraries may warn of what is damaged
def test_a_reader_refuses_in_a_sentence_whatever_the_bytes(name: str) -> None:
    reader = READERS[name]
    seeds = reader.seeds()
    reader.ask(seeds[0])  # libraries that it loads late take longer than an input may

    @settings(
        derandomize=True,
        deadline=None,
        database=None,
        max_examples=FEW if reader.slow else EXAMPLES,
        suppress_health_check=list(HealthCheck),
    )
    @given(st.one_of(st.binary(max_size=300), mutated(seeds)))
    def check(data: bytes) -> None:
        with in_time():
            reader.ask(data)

    check()


@pytest.mark.parametrize("name", READERS)
def test_a_reader_reads_what_is_whole(name: str) -> None:
    """Else the test above would prove nothing. A site names files that are not there."""
    refused = [reader.ask(seed) for reader in [READERS[name]] for seed in reader.seeds()]
    assert not any(refused) or name == "site"


@pytest.mark.parametrize(
    "case", sorted(FOUND.glob("*/*")), ids=lambda file: f"{file.parent.name}-{file.name}"
)
@pytest.mark.filterwarnings("ignore")
def test_what_fuzzing_found_is_refused(case: Any) -> None:
    with in_time():
        assert READERS[case.parent.name].ask(case.read_bytes())


def test_a_small_file_that_becomes_a_large_one_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MLPAGES_CACHE_MB", "1")
    zeros = bytes(50_000_000)
    header = bytes([0, 0, 8, 3]) + b"".join(n.to_bytes(4, "big") for n in (50, 1000, 1000))
    assert "too large; expected at most 1 MB" in READERS["idx-packed"].ask(
        gzip.compress(header + zeros)
    )
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("x_train.npy", zeros)
    assert len(stream.getvalue()) < 100_000
    assert "too large; expected at most 1 MB" in READERS["npz"].ask(stream.getvalue())


def test_a_picture_that_says_it_is_huge_is_not_decoded() -> None:
    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", crc32(kind + data))

    size = struct.pack(">IIBBBBB", 60_000, 60_000, 8, 2, 0, 0, 0)
    data = zlib.compress(bytes(1_000_000))
    png = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", size) + chunk(b"IDAT", data) + chunk(b"IEND", b"")
    with in_time():
        assert "too large: a picture may have 200 million pixels" in READERS["picture"].ask(png)
    stream = io.BytesIO()
    Image.new("L", (8, 8)).save(stream, "JPEG")
    whole = stream.getvalue()
    start = whole.index(b"\xff\xc0") + 5
    jpeg = whole[:start] + struct.pack(">HH", 65_000, 65_000) + whole[start + 4 :]
    with in_time():
        assert "too large" in READERS["picture"].ask(jpeg)


@pytest.mark.parametrize(
    "table",
    [
        b"\x00file,label" + b",x" * 100_000 + b"\n" + b"a/1.jpg,cat\n" * 100_000,
        b"\x00file,label\n" + b"a/" * 60_000 + b"1.jpg,cat\n",
        b"\x02" + json.dumps([{f"key{i}": 1} for i in range(20_000)]).encode(),
        b"\x02" + b"[" * 100_000,
        b"\x00a/1.jpg," + b"9" * 10_000 + b"\na/2.jpg," + b"8" * 10_000 + b"\nb/1.jpg,7\n3.png,7\n",
    ],
    ids=["wide", "deep path", "many keys", "deep", "long numbers"],
)
def test_a_table_takes_time_and_memory_by_its_bytes(table: bytes) -> None:
    with in_time():
        assert READERS["table"].ask(table) == ""


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("a = " + "[" * 50_000, "not valid TOML"),
        ("a = " + "9" * 10_000, "not valid TOML"),
        ('[site]\nurl = "http://[::1"\n', "expected an address"),
        ('[site]\nurl = "http://a.b/\\u0000"\n', "expected an address"),
        ('[site]\npicture = "\\u0000.png"\n', "there is no file"),
        (f'[site]\ndocs = "{"x" * 5_000}"\n', "there is no folder"),
        ('[model.m]\npath = "m"\nclasses = "\\u0000"\n', "class names cannot be read"),
    ],
    ids=["deep", "number", "bracket", "control", "no path", "long path", "no name"],
)
def test_a_site_that_python_stumbles_over_is_refused(text: str, words: str) -> None:
    assert words in READERS["site"].ask(text.encode())


def test_a_checkpoint_changes_and_fills_nothing() -> None:
    """Python's own reader sets attributes of what it is given, and makes room for any number."""
    changed = b"\x80\x02ctorch._utils\n_rebuild_tensor_v2\n}X\x03\0\0\0evilK\x01sb."
    roomy = b"\x80\x02Kr\xff\xff\xff\x7f."
    doubled = b"\x80\x02)" + b"q\x00h\x00\x86" * 100 + b"0}h\x00K\x01s."
    whole = READERS["checkpoint"].seeds()[0]
    for pickled in (changed, roomy, doubled):
        with in_time():
            assert "not a checkpoint of plain tensors" in READERS["checkpoint"].ask(pickled + whole)
    assert not hasattr(checkpoint._describe, "evil")
    assert READERS["checkpoint"].ask(whole) == ""


def test_arrays_of_arrays_and_of_no_numbers_are_refused() -> None:
    def npy(array: object) -> bytes:
        stream = io.BytesIO()
        np.save(stream, array)  # type: ignore[arg-type]
        return b"x" + stream.getvalue()

    shape = (40, 4, 4)
    times = np.zeros(shape, "m8[s]")
    records = np.zeros(shape, [("a", "u1")])
    for array in (times, records, np.full(shape, "text"), np.zeros((0, 4, 4), "u1")):
        assert "holds no numbers" in READERS["npz-arrays"].ask(npy(array))
    huge = npy(np.zeros(shape, "u1")).replace(b"(40, 4, 4)", b"(40000000000, 4, 4)")
    assert "cannot be read" in READERS["npz-arrays"].ask(huge)
    stream = io.BytesIO()
    np.savez(stream, x=np.zeros(3))
    assert "cannot be read" in READERS["npz-arrays"].ask(b"x" + stream.getvalue())
