"""How files tell their classes: the twin of templates/transfer/layouts.js, labels.js and tables.js.

The rules are told there; both are tested on `tests/fixtures/layouts.json`. One thing is finer here:
a page knows pictures to learn from and to check with, a data set has a third split, for the test.
"""

import csv
import io
import json
import re
import unicodedata
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any, Literal

from generator.data import SplitName

Layout = Literal["folders", "names", "table", "single"]
Labels = dict[str, str]  # by path
Finder = Callable[[str], list[str]]  # the pictures that a table's cell names

ROLES: dict[str, SplitName] = {
    "train": "train",
    "training": "train",
    "validation": "validation",
    "valid": "validation",
    "val": "validation",
    "test": "test",
    "testing": "test",
}
# A small table that means harm can ask for more memory and time than there is.
LONGEST_PATH, MOST_FOLDERS, MOST_KEYS = 4_096, 32, 100
CAMERA = r"img|dsc[nf]?|dcim|p|pxl|mvimg|wp|frame|webcam|scan|screenshot.*|screen shot.*"
SAVED = r"image|images|photo|picture|pic|bild|foto|file|download|unnamed|untitled|whatsapp.*"
NO_CLASS = re.compile(rf"({CAMERA}|{SAVED})", re.IGNORECASE)
# A letter, then anything but digits; separators; a digit.
NUMBERED = re.compile(r"([^\W\d_][^0-9]*?)[\s._()-]*[0-9]")
PICTURE = re.compile(
    r".*\.(jpe?g|jfif|png|gif|webp|bmp|avif|heic|heif|tiff?|svg|ico|jxl)", re.IGNORECASE | re.DOTALL
)
TABLE = re.compile(r".*\.(csv|tsv|json)", re.IGNORECASE | re.DOTALL)
LABEL = re.compile(r"(label|class|category|target)([ _-]?names?|s|es)?", re.IGNORECASE)


@dataclass(frozen=True)
class Tables:
    """What all tables among the files say together; the first to name a picture counts."""

    labels: Labels
    unmatched: tuple[str, ...]  # rows that name no file
    paths: tuple[str, ...]  # of the tables that name a class


@dataclass(frozen=True)
class Applied:
    """What a layout makes of files: class and split by path, and what it makes nothing of."""

    layout: Layout
    why: str
    labels: Labels
    roles: dict[str, SplitName] | None  # None where folders do not say what pictures are for
    unlabelled: tuple[str, ...]
    unmatched: tuple[str, ...]  # rows of a table that name no file

    @property
    def classes(self) -> tuple[str, ...]:
        """In the order in which people count: class 9 comes before class 10."""
        return tuple(sorted(set(self.labels.values()), key=natural))


def detect_layout(paths: list[str], read: Callable[[str], str]) -> Applied:
    """Tell which layout it is and what it makes of each file.

    `paths` are relative, with "/" between folders; `read` returns the text of a table.
    """
    pictures = likely([path for path in paths if not TABLE.fullmatch(path)])
    half = len(pictures) / 2
    tables = _read_tables(paths, read)
    if len(tables.labels) > half:
        return _apply("table", paths, tables)
    names = labels_of_names(pictures)
    in_folders = len(set(labels_of_folders(pictures).values()))
    in_names = len(set(names.values()))
    named = len(names) >= half and in_names > 0
    numbered = named and in_names > 1 and len(names) >= 2 * in_names
    if in_folders > 1 or (in_folders == 1 and not numbered):
        return _apply("folders", paths, tables)
    return _apply("names" if named else "single", paths, tables)


def apply_layout(
    layout: Layout, paths: list[str], read: Callable[[str], str], label: str = ""
) -> Applied:
    """Apply a layout; `label` is the class of a "single" one."""
    return _apply(layout, paths, _read_tables(paths, read), label)


def _apply(layout: Layout, paths: list[str], tables: Tables, label: str = "") -> Applied:
    pictures = [path for path in paths if not TABLE.fullmatch(path)]
    labels, why = _labels_by(layout, pictures, tables, label)
    roles = roles_of(pictures)
    return Applied(
        layout,
        why + (" The folders above say what each picture is for." if roles else ""),
        {path: _composed(labels[path]) for path in pictures if path in labels},
        roles,
        tuple(path for path in pictures if path not in labels),
        tables.unmatched if layout == "table" else (),
    )


def _labels_by(
    layout: Layout, pictures: list[str], tables: Tables, label: str
) -> tuple[Labels, str]:
    if layout == "table":
        names = ", ".join(PurePosixPath(path).name for path in tables.paths[:3])
        more = f" and {len(tables.paths) - 3:,} more" if len(tables.paths) > 3 else ""
        counts = f"{len(tables.labels):,} of {len(pictures):,} pictures"
        why = f"{names}{more}: names the class of {counts}."
        return tables.labels, why if names else "No table among the files names a class."
    if layout == "folders":
        why = "Each picture is of the class that the folder it lies in is called."
        return labels_of_folders(pictures), why
    if layout == "names":
        why = "Each file's name begins with its class and has a number after it: dog-1.jpg."
        return labels_of_names(pictures), why
    return dict.fromkeys(pictures, label), "All pictures are of one class."


def _composed(text: str) -> str:
    """Letters that one system writes as one character and another as two are the same."""
    return unicodedata.normalize("NFC", text)


def likely(paths: list[str]) -> list[str]:
    """Those that look like pictures by their extension; all if none does."""
    return [path for path in paths if PICTURE.fullmatch(path)] or paths


def natural(name: str) -> tuple[list[tuple[int, int, str]], str]:
    """A key that sorts numbers in names by their value, and letters whatever their case."""
    parts = re.split(r"([0-9]+)", name.casefold())
    return [_by_value(part) for part in parts if part], name


def _by_value(part: str) -> tuple[int, int, str]:
    if not part.isdecimal():
        return 0, 0, part
    # Of two numbers the one with more digits is larger: Python makes no number of thousands.
    digits = part.lstrip("0")
    return 1, len(digits), digits


def labels_of_folders(pictures: list[str]) -> Labels:
    """The class is the folder a file lies in, unless that says what the picture is for."""
    root, roles = _root_of(likely(pictures)), roles_of(pictures)
    labels = {}
    for path in pictures:
        folders = path.split("/")[:-1]
        is_role = len(folders) <= len(root) + (1 if roles else 0)
        if folders and not (is_role and folders[-1].lower() in ROLES):
            labels[path] = folders[-1]
    return _without_strays(labels)


def labels_of_names(pictures: list[str]) -> Labels:
    """The class is what a file's name begins with, up to the first digit."""
    stems = {path: re.sub(r"\.[^.0-9][^.]*\Z", "", path.rpartition("/")[2]) for path in pictures}
    labels = {}
    for path, stem in stems.items():
        match = NUMBERED.match(stem)
        if match and not NO_CLASS.fullmatch(match[1]):
            labels[path] = match[1]
    known = set(labels.values())
    labels |= {path: stem for path, stem in stems.items() if stem in known}
    return _without_strays(labels)


def _without_strays(labels: Labels) -> Labels:
    """Without the classes that only other files than pictures have."""
    known = {labels[path] for path in likely(list(labels))}
    return {path: label for path, label in labels.items() if label in known}


def roles_of(pictures: list[str]) -> dict[str, SplitName] | None:
    """What each picture is for, by the folders below the common one; None if they do not say."""
    known = likely(pictures)
    depth = len(_root_of(known))
    found = {path: _role_at(path, depth) for path in pictures}
    kinds = {found[path] for path in known}
    if None in kinds or "train" not in kinds or len(kinds) < 2:
        return None
    return {path: role for path, role in found.items() if role}


def _role_at(path: str, depth: int) -> SplitName | None:
    folders = path.split("/")[:-1]
    return ROLES.get(folders[depth].lower()) if depth < len(folders) else None


def _root_of(paths: list[str]) -> list[str]:
    """The folders that all files lie in."""
    root = paths[0].split("/")[:-1] if paths else []
    for path in paths:
        folders = path.split("/")[:-1]
        same = 0
        while same < min(len(root), len(folders)) and root[same] == folders[same]:
            same += 1
        root = root[:same]
    return root


def _read_tables(paths: list[str], read: Callable[[str], str]) -> Tables:
    pictures = [path for path in paths if not TABLE.fullmatch(path)]
    # Some data sets have a table beside each picture: one finder does for those of a folder.
    finders: dict[str, Finder] = {}
    labels: Labels = {}
    unmatched: list[str] = []
    told = []
    for path in paths:
        if not TABLE.fullmatch(path):
            continue
        folder = path[: path.rfind("/") + 1]
        if folder not in finders:
            below = [picture for picture in pictures if picture.startswith(folder)]
            finders[folder] = _finder(below or pictures)
        found, others = read_labels(path, read(path), finders[folder])
        for picture, label in found.items():
            labels.setdefault(picture, label)
        unmatched += others
        if found:
            told.append(path)
    return Tables(labels, tuple(unmatched), tuple(told))


def read_labels(path: str, text: str, find: Finder) -> tuple[Labels, list[str]]:
    """What one table says: classes by picture, and the cells that name no picture."""
    rows = _rows_of(path, text.removeprefix("\ufeff"))
    width = max((len(row) for row in rows), default=0)
    hits = [0] * width
    for row in rows:
        for column, cell in enumerate(row):
            hits[column] += len(find(cell)) == 1
    if width < 2 or not max(hits):
        return {}, []
    files = hits.index(max(hits))
    first = _at(rows[0], files)
    header = [] if find(first) or PICTURE.fullmatch(first) else rows[0]
    body = rows[1:] if header else rows
    column = _label_column(header, body, files, width)
    labels: Labels = {}
    unmatched = []
    for row in body:
        name, label = _at(row, files), _at(row, column)
        fits = find(name)
        if not fits:
            unmatched.append(name or ", ".join(row))
        elif len(fits) > 1:
            unmatched.append(f"{name} (fits {len(fits)} files)")
        elif label:
            labels.setdefault(fits[0], label)
    return labels, unmatched


def _at(row: list[str], column: int) -> str:
    """A cell; rows may be of different lengths, and filling them up could take all memory."""
    return row[column] if column < len(row) else ""


def _label_column(header: list[str], body: list[list[str]], files: int, width: int) -> int:
    others = [column for column in range(width) if column != files]
    for column in others:
        if header and LABEL.fullmatch(_at(header, column)):
            return column
    values: list[set[str]] = [set() for _ in range(width)]
    for row in body:
        for column, cell in enumerate(row):
            values[column].add(cell)
    counts = {column: len(values[column] - {""}) for column in others}
    several = {column: count for column, count in counts.items() if count > 1}
    return min(several, key=lambda column: several[column]) if several else others[0]


def _finder(pictures: list[str]) -> Finder:
    """Look pictures up by the end of their path."""
    by_end: dict[str, list[str]] = {}
    for picture in pictures:
        ends = [
            form
            for end in _ends(_composed(picture))
            for form in (end, re.sub(r"\.[^./]+\Z", "", end))
        ]
        for end in dict.fromkeys(ends):
            by_end.setdefault(end, []).append(picture)

    def find(cell: str) -> list[str]:
        path = re.sub(r"\A(\.?/)+", "", _composed(cell).replace("\\", "/"))
        if not path or len(path) > LONGEST_PATH:
            return []
        return next((by_end[end] for end in _ends(path) if end in by_end), [])

    return find


def _ends(path: str) -> list[str]:
    """a/b/c.jpg, b/c.jpg, c.jpg."""
    parts = path.split("/")[-MOST_FOLDERS:]
    return ["/".join(parts[i:]) for i in range(len(parts))]


def _rows_of(path: str, text: str) -> list[list[str]]:
    rows = _json_rows(text) if path.lower().endswith(".json") else _separated_rows(path, text)
    stripped = ([cell.strip() for cell in row] for row in rows)
    return [row for row in stripped if any(row)]


def _json_rows(text: str) -> list[list[str]]:
    try:
        content = json.loads(text)
    except (ValueError, RecursionError):
        return []
    if isinstance(content, dict):
        return [[key, _cell(value)] for key, value in content.items()]
    objects = [_as_object(item) for item in content] if isinstance(content, list) else []
    objects = [item for item in objects if item]
    keys = list(dict.fromkeys(key for item in objects for key in item))[:MOST_KEYS]
    return [keys, *([_cell(item.get(key)) for key in keys] for item in objects)]


def _as_object(item: Any) -> dict[str, Any]:
    if isinstance(item, list):
        return {str(i): value for i, value in enumerate(item)}
    return item if isinstance(item, dict) else {}


def _cell(value: Any) -> str:
    """As JavaScript writes it: 1.0 is 1, true is true."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return "" if value is None or isinstance(value, dict | list) else str(value)


def _separated_rows(path: str, text: str) -> Iterable[list[str]]:
    first = re.split(r"\r?\n", text, maxsplit=1)[0]
    separator = "\t" if path.lower().endswith(".tsv") else max(",;\t", key=first.count)
    try:
        return list(csv.reader(io.StringIO(text, newline=""), delimiter=separator))
    except csv.Error:
        return []
