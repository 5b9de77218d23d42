"""Zig -> WebAssembly, by the compiler that the Python package ziglang brings."""

import hashlib
import subprocess
import sys
import tempfile
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from pathlib import Path

from generator.errors import BuildError

SIMD = "generic+simd128+bulk_memory"
# What each build of a program may ask of a processor.
PROCESSORS = {"baseline": SIMD, "relaxed": f"{SIMD}+relaxed_simd"}
# Its only import is its memory: no libc, no operating system; the stack is small, and first.
OPTIONS = (
    "-target wasm32-freestanding -O ReleaseFast -fstrip -fno-entry -rdynamic "
    "--import-memory --stack 16384 --export=__heap_base"
).split()


def zig_version() -> str | None:
    """Return the version of the compiler in this Python's environment; None if there is none."""
    try:
        return version("ziglang") if find_spec("ziglang") else None
    except PackageNotFoundError:
        return None


def compile_builds(source: Path, out: Path) -> dict[str, str]:
    """Compile a program into the folder `out`, a build for each of PROCESSORS.

    Returns the builds' file names, which carry their hashes, `fused-relaxed-1a2b3c4d.wasm` for a
    source in a folder named `fused`. Raises BuildError when there is no compiler or it refuses the
    source.
    """
    if zig_version() is None:
        raise BuildError(
            what="the Zig compiler is not installed",
            where=f"compiling {source}",
            expected="the Python package ziglang, in the version that requirements.lock names",
            fix="Run `make setup`.",
        )
    with tempfile.TemporaryDirectory() as folder:
        return {
            build: _write_hashed(
                _compile(source, processor, Path(folder)), f"{source.parent.name}-{build}", out
            )
            for build, processor in PROCESSORS.items()
        }


def _compile(source: Path, processor: str, work: Path) -> bytes:
    program = work / "program.wasm"
    caches = ["--cache-dir", str(work / "local"), "--global-cache-dir", str(work / "global")]
    command = [sys.executable, "-m", "ziglang", "build-exe", source.name, f"-mcpu={processor}"]
    command += [*OPTIONS, f"-femit-bin={program}", *caches]
    # From the source's folder: paths of this machine would end up in the program.
    result = subprocess.run(command, capture_output=True, text=True, cwd=source.parent)
    if result.returncode:
        raise BuildError(
            what=f"zig refused it:\n{result.stderr.strip()}",
            where=str(source),
            fix="Mend the line that it names.",
        )
    return program.read_bytes()


def _write_hashed(program: bytes, name: str, out: Path) -> str:
    file = f"{name}-{hashlib.sha256(program).hexdigest()[:8]}.wasm"
    (out / file).write_bytes(program)
    return file
