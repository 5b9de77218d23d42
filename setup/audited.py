"""Say what an audit found: setup/audited.py python|browser REPORT. See setup/audit."""

import json
import sys
from pathlib import Path
from typing import Any

CLEAN, FOUND, UNKNOWN = 0, 1, 2


def python(report: dict[str, Any]) -> int:
    """pip-audit's JSON: what it could not look up, it says of each package."""
    packages = report["dependencies"]
    skipped = [package for package in packages if "skip_reason" in package]
    bad = [package for package in packages if package.get("vulns")]
    for package in bad:
        names = ", ".join(weakness["id"] for weakness in package["vulns"])
        print(f"{package['name']} {package['version']}: {names}")
    if skipped:
        some = ", ".join(package["name"] for package in skipped[:3])
        return unknown(f"{len(skipped)} of {len(packages)} packages were not found in it ({some})")
    return done(len(bad))


def browser(report: dict[str, Any]) -> int:
    """npm's JSON: without an answer of the registry it holds no list of weaknesses."""
    if "vulnerabilities" not in report:
        return unknown(str(report.get("message") or report.get("error") or "no answer"))
    for name, entry in report["vulnerabilities"].items():
        print(f"{name} {entry['range']}: {entry['severity']}")
    return done(len(report["vulnerabilities"]))


def unknown(why: str) -> int:
    print(f"The database of known weaknesses could not be asked: {why.splitlines()[0]}.")
    return UNKNOWN


def done(count: int) -> int:
    print(f"{count} packages with known weaknesses.")
    return FOUND if count else CLEAN


def main() -> int:
    kind, file = sys.argv[1:]
    try:
        report = json.loads(Path(file).read_text())
    except (OSError, ValueError):
        return unknown("the tool wrote no report")
    return {"python": python, "browser": browser}[kind](report)


if __name__ == "__main__":
    sys.exit(main())
