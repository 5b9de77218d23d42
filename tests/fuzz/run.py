"""Ask each reader with inputs that coverage guides, by atheris: `make fuzz`.

What no reader may do ends in a file of the folder that is named at the end, and in exit code 1. A
finding is mended, and its file put into tests/fuzz/found/<reader>/, which the tests read.
"""

import argparse
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
# What is written in Python and stands between the bytes and our code; NumPy and TensorFlow are not.
GUIDED = ["generator", "zipfile", "tomllib", "csv", "json", "pickletools", "PIL"]
LONGEST = 20_000  # bytes of an input: what is larger is seldom needed, and slow


def main() -> int:
    arguments = _arguments()
    if arguments.one:
        _fuzz(arguments.one, arguments.seconds, Path(arguments.findings))
        return 0
    findings = Path(arguments.findings or tempfile.mkdtemp(prefix="mlpages-fuzz-"))
    findings.mkdir(parents=True, exist_ok=True)
    failed = []
    for name in arguments.reader or _names():
        print(f"== {name}, {arguments.seconds} seconds", flush=True)
        command = [sys.executable, __file__, "--one", name, "--seconds", str(arguments.seconds)]
        log = findings / f"{name}.log"
        with log.open("w") as output:
            result = subprocess.run(
                [*command, "--findings", str(findings)], cwd=ROOT, stdout=output, stderr=output
            )
        print(f"   {_last(log)}", flush=True)
        if result.returncode:
            failed.append(name)
            print(f"   FOUND something: {log}", flush=True)
    print(f"Findings and logs are in {findings}")
    print(f"Found something in: {', '.join(failed)}." if failed else "Nothing was found.")
    return 1 if failed else 0


def _last(log: Path) -> str:
    """How far it came, in libFuzzer's words: the line that counts runs and what they covered."""
    lines = [line for line in log.read_text(errors="replace").splitlines() if "cov:" in line]
    return lines[-1] if lines else "It ended before its first run."


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("reader", nargs="*", help="readers to ask; all of them by default")
    parser.add_argument("--seconds", type=int, default=300, help="for each reader")
    parser.add_argument("--findings", help="a folder for what is found; a new one by default")
    parser.add_argument("--one", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    # Readers that are imported here would not be instrumented.
    unknown = set() if arguments.one else set(arguments.reader) - set(_names())
    if unknown:
        parser.error(f"no reader is called {', '.join(unknown)}; there are {', '.join(_names())}")
    return arguments


def _names() -> list[str]:
    from tests.fuzz.readers import READERS

    return [*READERS]


def _fuzz(name: str, seconds: int, findings: Path) -> None:
    """Ask one reader until the time is over; libFuzzer ends the process."""
    import atheris

    with atheris.instrument_imports(include=GUIDED):
        from tests.fuzz.readers import FOUND, READERS
    reader = READERS[name]
    corpus = Path(tempfile.mkdtemp(prefix="mlpages-corpus-"))
    kept = [file.read_bytes() for file in sorted((FOUND / name).glob("*"))]
    for number, seed in enumerate([*reader.seeds(), *kept]):
        (corpus / str(number)).write_bytes(seed)
        reader.ask(seed)  # libraries that it loads late take longer than an input may
    options = {
        "max_total_time": seconds,
        "max_len": LONGEST,
        "timeout": 20,
        "rss_limit_mb": 6_000,
        "artifact_prefix": f"{findings}/{name}-",
    }
    atheris.Setup(
        [sys.argv[0], *(f"-{key}={value}" for key, value in options.items()), str(corpus)],
        reader.ask,
    )
    atheris.Fuzz()


if __name__ == "__main__":
    sys.path.insert(0, str(ROOT))
    sys.exit(main())
