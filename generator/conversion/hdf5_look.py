"""What is in an HDF5 file: a program of its own, run by hdf5.py and importing nothing of ours.

`python hdf5_look.py FILE MOST` prints JSON: {"config": text or null, "version": text}, attributes
that Keras writes, or {"refused": why, "elsewhere": where}. All that Keras will read is read here.
"""

import json
import sys
from typing import Any

PIECE = 1_000_000  # values that are read at a time


class Refused(Exception):
    """Says why, and where in the file if it shows what is in another one."""

    def __init__(self, why: str, elsewhere: str = "") -> None:
        super().__init__(why)
        self.elsewhere = elsewhere


def look(path: str, most: int) -> dict[str, str | None]:
    """Read all of a file; Refused when it shows what is in others, or is larger than `most`."""
    import h5py  # here: every build hashes the code of this module, few read such files

    links: list[tuple[str, Any]] = []
    with h5py.File(path, "r") as tree:
        # What is raised while it visits is lost: names first, then a look at each.
        tree.visititems_links(lambda name, link: links.append((name, link)))
        read(tree, "/", most)
        for name, link in links:
            if isinstance(link, h5py.ExternalLink):
                raise Refused("a link leads to another file", name)
            if not isinstance(link, h5py.SoftLink):
                read(tree[name], name, most)
        config, version = (tree.attrs.get(key) for key in ("model_config", "keras_version"))
    return {
        "config": None if config is None else text_of(config),
        "version": text_of(version or ""),
    }


def read(found: Any, name: str, most: int) -> None:
    """Read an object's attributes, and a data set's values."""
    from h5py import Dataset

    for key in found.attrs:
        found.attrs[key]
    if not isinstance(found, Dataset):
        return
    if found.external or found.is_virtual:
        raise Refused("its values are in another file", name)
    if found.nbytes > most:
        raise Refused(f"{name} would take {found.nbytes / 1e6:,.0f} MB")
    if found.shape:
        row = max(1, found.size // found.shape[0])
        step = max(1, PIECE // row)
        for start in range(0, found.shape[0], step):
            found[start : start + step]


def text_of(value: Any) -> str:
    return value.decode(errors="replace") if isinstance(value, bytes) else str(value)


def main() -> None:
    path, most = sys.argv[1:]
    try:
        answer: dict[str, str | None] = look(path, int(most))
    except Refused as error:
        answer = {"refused": str(error), "elsewhere": error.elsewhere}
    except Exception as error:  # a damaged file can raise anything out of the library
        answer = {"refused": str(error) or type(error).__name__}
    sys.stdout.write(json.dumps(answer))


if __name__ == "__main__":
    main()
