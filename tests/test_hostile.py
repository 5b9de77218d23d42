"""Whatever the bytes, a reader returns or says why not: soon, and in little memory."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

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
