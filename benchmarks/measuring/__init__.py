"""What the benchmarks share: the machine's description, and browser code bundled for one of them.

It is a package, not a script, so that `make bench` does not run it.
"""

import json
import os
import platform
import subprocess
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser

from generator.browser import find_browser
from generator.bundle import FUSED, find_node
from generator.resources import TEMPLATES
from generator.zig import compile_builds

BENCHMARKS = Path(__file__).resolve().parents[1]
ROOT = BENCHMARKS.parent


def require_browser() -> Path:
    """Return the browser to measure in, or stop."""
    path = find_browser()
    if path is None:
        raise SystemExit("No Chrome or Chromium was found: `mlpages doctor` says what to do.")
    return path


def machine() -> str:
    """The processor by the name that it gives itself, its cores, and what else they do now."""
    info = Path("/proc/cpuinfo")
    lines = info.read_text().splitlines() if info.is_file() else []
    names = [line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")]
    name = names[0] if names else platform.processor() or platform.machine()
    load = f"{os.getloadavg()[0]:.1f}"
    return f"{name}, {os.cpu_count()} cores, {platform.system()}, load {load} before the start"


def bundle(folder: Path, worker: str, page: str) -> dict[str, str]:
    """Bundle a benchmark's worker and page into `folder`, as the pages of a site are.

    Both are paths relative to `benchmarks/`. Returns the names of the files: worker, page, wasm,
    and the fused training step's builds, baseline and relaxed.
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
        **compile_builds(TEMPLATES / FUSED, folder),
    }


def peak_memory(browser: Browser) -> float | None:
    """The most that a page's process had resident, in megabytes; None where it cannot be read."""
    return _resident(browser, "VmHWM")


def memory_now(browser: Browser) -> float | None:
    """What a page's process has resident now, in megabytes; None where it cannot be read."""
    return _resident(browser, "VmRSS")


def _resident(browser: Browser, line: str) -> float | None:
    """A line in Linux' status of the page's process; of several processes, the largest's."""
    session = browser.new_browser_cdp_session()
    processes: list[dict[str, Any]] = session.send("SystemInfo.getProcessInfo")["processInfo"]
    session.detach()
    found = []
    for process in processes:
        status = Path(f"/proc/{process['id']}/status")
        if process["type"] == "renderer" and status.is_file():
            lines = dict(text.split(":", 1) for text in status.read_text().splitlines())
            found.append(int(lines[line].split()[0]) / 1000)
    return max(found, default=None)
