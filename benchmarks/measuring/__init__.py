"""What the benchmarks share: the machine's description, and browser code bundled for one of them.

It is a package, not a script, so that `make bench` does not run it.
"""

import json
import platform
import subprocess
from pathlib import Path

from generator.browser import find_browser
from generator.bundle import find_node

BENCHMARKS = Path(__file__).resolve().parents[1]
ROOT = BENCHMARKS.parent


def require_browser() -> Path:
    """Return the browser to measure in, or stop."""
    path = find_browser()
    if path is None:
        raise SystemExit("No Chrome or Chromium was found: `mlpages doctor` says what to do.")
    return path


def machine() -> str:
    """The processor by the name that it gives itself, and its number of cores."""
    info = Path("/proc/cpuinfo")
    lines = info.read_text().splitlines() if info.is_file() else []
    names = [line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")]
    if not names:
        return f"{platform.processor() or platform.machine()}, {platform.system()}"
    return f"{names[0]}, {len(names)} cores, {platform.system()}"


def bundle(folder: Path, worker: str, page: str) -> dict[str, str]:
    """Bundle a benchmark's worker and page into `folder`, as the pages of a site are.

    Both are paths relative to `benchmarks/`. Returns the names of the files: worker, page, wasm.
    """
    plan = {
        "templates": str(BENCHMARKS),
        "out": str(folder),
        "workers": [worker],
        "pages": [page],
        "files": [],
    }
    command = [find_node(), str(ROOT / "generator/bundle.mjs"), json.dumps(plan)]
    found = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout
    names = json.loads(found)
    return {
        "worker": names["workers"][worker]["file"],
        "page": names["pages"][page]["file"],
        "wasm": names["wasm"],
    }
