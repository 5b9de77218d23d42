"""Embedding a picture: the transfer page's way against the bare graph model.

Both run in one worker on the built site's EfficientNet-Lite0 (WASM SIMD, one thread), turn and turn
about. "bare" is the graph model on a float tensor that is there already, its output read back; the
page's way begins with 224 x 224 pixels as bytes and ends with all that is kept of a picture: scaled
input, grid averages, the last layer, small pixels for the baseline. Medians, milliseconds a
picture; the ratio is of the two medians of this run.
"""

import argparse
import json
import statistics
import tempfile
from pathlib import Path
from typing import Any

from measuring import ROOT, bundle, machine, require_browser

from generator.browser import open_browser
from generator.serve import serving


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rounds", type=int, default=30)
    options = parser.parse_args()
    exported = ROOT / "site/happy-sad/index.html"
    if not exported.is_file():
        raise SystemExit("There is no built site: run `make site` first.")
    print(machine())
    with tempfile.TemporaryDirectory() as name, open_browser(require_browser()) as browser:
        folder = Path(name)
        names = bundle(folder, "embedding/worker.js", "embedding/page.js")
        script = f'<!doctype html><script type="module" src="{names["page"]}"></script>'
        (folder / "index.html").write_text(script)
        (folder / "models").symlink_to(ROOT / "site/models")
        with serving(folder) as url:
            page = browser.new_page()
            page.goto(url)
            page.wait_for_function("() => typeof turn === 'function'")
            setting = {"wasm": url + names["wasm"], "backbone": backbone(exported, url)}
            page.evaluate("([worker, s]) => start(worker, s)", [url + names["worker"], setting])
            for part in ("first", "last"):
                for count in (1, 8):
                    compare(page, part, count, options.rounds)
    return 0


def backbone(page: Path, url: str) -> dict[str, Any]:
    """The first backbone in the page's data, its parts as absolute URLs."""
    text = page.read_text().partition('id="page-data">')[2].partition("</script>")[0]
    found: dict[str, Any] = json.loads(text)["transfer"]["backbones"][0]
    for part in found["parts"].values():
        part["url"] = url + part["url"].removeprefix("../")
    return found


def compare(page: Any, part: str, count: int, rounds: int) -> None:
    times: dict[str, list[float]] = {"bare": [], "embedder": []}
    for turn in range(rounds + 2):
        for who, found in times.items():
            milliseconds = page.evaluate("(all) => turn(...all)", [who, part, count])
            if turn >= 2:  # the first ones warm up
                found.append(milliseconds)
    bare, ours = (statistics.median(found) for found in times.values())
    end = "the middle tap" if part == "first" else "the last layer"
    print(
        f"to {end}, {count} at a time: bare {bare:.1f} ms, page {ours:.1f} ms, "
        f"ratio {ours / bare:.2f}"
    )


if __name__ == "__main__":
    raise SystemExit(main())
