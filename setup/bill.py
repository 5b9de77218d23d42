"""Check a bill of materials and put it in its place: setup/bill.py FROM TO. See setup/sbom."""

import json
import re
import sys
from pathlib import Path

from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator

ROOT = Path(__file__).resolve().parents[1]
# Where packages were fetched from is no part of what they are.
PLACES = re.compile(r"file:|/simple/|registry\.[\w.-]+|files\.pythonhosted\.org")


def main() -> None:
    source, target = map(Path, sys.argv[1:])
    bill = json.loads(source.read_text())
    bill["metadata"]["component"]["name"] = "mlpages"  # npm takes the folder's
    for component in bill["components"]:
        references = component.pop("externalReferences", [])
        kept = [one for one in references if one["type"] != "distribution"]
        component |= {"externalReferences": kept} if kept else {}
    # Same packages, same bytes.
    bill["metadata"].pop("timestamp", None)
    bill.pop("serialNumber", None)
    text = json.dumps(bill, indent=1) + "\n"
    version = SchemaVersion.from_version(bill["specVersion"])
    if problem := JsonStrictValidator(version).validate_str(text):
        sys.exit(f"{target} is no valid bill of materials: {problem}")
    if found := PLACES.search(text) or re.search(re.escape(str(ROOT)), text):
        sys.exit(f"{target} names a place: {text[found.start() - 60 : found.end() + 60]}")
    target.write_text(text)
    print(f"{target}: {len(bill['components'])} components, CycloneDX {bill['specVersion']}")


if __name__ == "__main__":
    main()
