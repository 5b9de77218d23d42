"""HDF5 files from anywhere, looked into before they are opened.

A damaged one can crash the library that reads them, or keep it busy for ever; one that means harm
can link to other files of this machine, whose content would be published as a model's weights. So a
process of its own looks first, for a limited time.
"""

import json
import subprocess
import sys
from pathlib import Path

from generator.errors import BuildError

LOOK = Path(__file__).with_name("hdf5_look.py")
SECONDS = 120  # to read two gigabytes, and much more than any model takes
MOST_BYTES = 2_000_000_000  # of a model's weights: more than a browser's memory holds


def look_into(file: Path, shown: Path, seconds: float = SECONDS) -> tuple[str | None, str]:
    """The attributes model_config (None where there is none) and keras_version of an HDF5 file.

    Raises BuildError, which calls it `shown`, when it is no such file, cannot be read in time, or
    shows what is in other files.
    """
    command = [sys.executable, "-I", str(LOOK), str(file), str(MOST_BYTES)]
    try:
        result = subprocess.run(command, capture_output=True, timeout=seconds)
    except subprocess.TimeoutExpired as error:
        raise _refusal(shown, f"reading it takes more than {seconds:g} seconds") from error
    if result.returncode:
        raise _refusal(shown, "reading it crashes the library that does")
    answer = json.loads(result.stdout)
    if answer.get("elsewhere"):
        raise BuildError(
            what=f"it shows what is in another file ({answer['elsewhere']})",
            where=str(shown),
            expected="a model that holds all of its weights",
            fix="Save the model again.",
        )
    if "refused" in answer:
        raise _refusal(shown, answer["refused"])
    return answer["config"], answer["version"]


def _refusal(file: Path, why: str) -> BuildError:
    return BuildError(
        what=f"it is not an HDF5 file that can be read ({why.splitlines()[0][:300]})",
        where=str(file),
        expected='a model, as model.save("x.h5") writes',
        fix="Save the model again.",
    )
