"""A folder of pictures -> Dataset: found, labelled, decoded once into the cache, and split."""

import hashlib
import json
import unicodedata
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from generator.cache import Cache
from generator.data import SPLITS, Dataset, Split, SplitName, narrowed
from generator.datasets.folder_files import Found, find_files, forget_digests, read_digests
from generator.datasets.picture_file import Changed, Colour
from generator.datasets.shards import Progress, Shards, decode, rule
from generator.datasets.splitting import limited, stratified
from generator.errors import BuildError
from generator.layouts import TABLE, Applied, detect_layout, natural

SHARE = 0.1  # of the training pictures, for each split that no folder names
LEAST = 3  # pictures of a class: one in each split
LISTED = 10  # names in a note
LARGEST_TABLE = 200_000_000  # bytes: a line for each of a million pictures takes 50 MB
LAYOUTS = """Arrange them in one of these ways:
  a folder for each class: cat/1.jpg, cat/2.jpg, dog/1.jpg
  the same by what they are for: train/cat/1.jpg, validation/cat/2.jpg, test/cat/3.jpg
  the class in each name: cat-1.jpg, cat-2.jpg, dog-1.jpg
  a table beside them: labels.csv with the lines file,label and 1.jpg,cat and 2.jpg,dog"""


@dataclass(frozen=True)
class FolderData:
    """A data set from a folder, and what of the folder is not in it.

    `notes` are sentences for the terminal; `layout` is how the pictures tell their classes, `why`
    says so in words, and where the splits come from; `unreadable` names every file that gave no
    picture, with the reason.
    """

    dataset: Dataset
    notes: tuple[str, ...]
    layout: str
    why: str
    unreadable: tuple[tuple[str, str], ...]

    @property
    def unreadable_text(self) -> str:
        """All of `unreadable`, a line each, for a file."""
        return "".join(f"{path} {why}\n" for path, why in self.unreadable)


@dataclass(frozen=True)
class _Picture:
    """A labelled file: its path in the folder, its class, what it is for, its bytes' sha256."""

    path: str
    label: str
    role: SplitName
    digest: str


def load(
    folder: Path,
    *,
    name: str,
    size: int,
    colour: Colour,
    seed: int,
    limit: int | None,
    cache: Cache,
    progress: Progress | None = None,
    processes: int | None = None,
) -> FolderData:
    """Return the pictures of a folder as images uint8 [n, size, size, 3 (rgb) or 1 (grey)].

    Classes are told as on the transfer page (layouts.py), and sorted as people count. Splits are
    those that folders name; each one that they do not name gets a tenth of the training pictures,
    by a seeded and stratified choice. Every split is in a stratified order. How a picture becomes
    pixels: picture_file.py, `read_picture`. Left out and named in the notes: files that cannot be
    read, and those whose bytes are there before, be it in the same split (kept once), in an
    earlier one of train, validation and test (kept there), or in another class (kept in none).
    `limit` is the most pictures in all, of each class and split its share; they are chosen before
    they are decoded.

    Pictures are decoded by `processes` processes, one for each core by default, into the cache;
    memory stays flat, and a build that was stopped goes on where it was. `progress(done, total)`
    counts pictures. Raises BuildError when no classes can be told, or a class has fewer than three
    pictures that can be read, or too few to learn from.
    """
    found = find_files(folder)
    applied = detect_layout(list(found.files), lambda path: _read_text(folder / path))
    labels = {path: unicodedata.normalize("NFC", label) for path, label in applied.labels.items()}
    _check_layout(folder, found, applied)
    digests, failed = read_digests(folder, {path: found.files[path] for path in labels}, cache)
    roles = applied.roles or {}
    pictures = [
        _Picture(path, labels[path], roles.get(path, "train"), digest)
        for path, digest in digests.items()
    ]
    pictures, twins = _without_twins(pictures)
    _check_classes(folder, pictures, failed)
    pictures = _limited(name, pictures, limit, seed)
    shards = _decode(folder, pictures, size, colour, cache, progress, processes)
    failed |= {
        one.path: shards.errors[one.digest] for one in pictures if one.digest not in shards.places
    }
    pictures = [picture for picture in pictures if picture.digest in shards.places]
    _check_classes(folder, pictures, failed)
    splits, told = _split(pictures, seed)
    dataset = _dataset(folder, name, splits, shards, size, colour)
    unreadable = tuple(sorted(failed.items(), key=lambda item: natural(item[0])))
    notes = [*_notes_on(found, applied), *twins, *_gaps(splits)]
    if unreadable:
        words = [f"{path} {why}" for path, why in unreadable]
        notes.append(_note(f"{len(words):,} files are left out, for they give no picture", words))
    return FolderData(dataset, tuple(notes), applied.layout, f"{applied.why} {told}", unreadable)


def _read_text(file: Path) -> str:
    size = file.stat().st_size
    if size > LARGEST_TABLE:
        raise BuildError(
            what="the table is too large",
            where=str(file),
            expected=f"at most {LARGEST_TABLE / 1e6:,.0f} MB",
            found=f"{size / 1e6:,.0f} MB",
            fix="Take it out of the folder if it does not name classes.",
        )
    return file.read_text(encoding="utf-8", errors="replace")


def _check_layout(folder: Path, found: Found, applied: Applied) -> None:
    if len(applied.classes) > 1:
        return
    pictures = [path for path in found.files if not TABLE.fullmatch(path)]
    counted = f"{len(pictures):,} files that may be pictures"
    if applied.layout != "single" and applied.classes:
        counted += f", of one class ({applied.classes[0]})"
    tables = [path for path in found.files if TABLE.fullmatch(path)]
    if tables:
        counted += f", and {len(tables):,} tables ({_listed(tables, 3)})"
    raise BuildError(
        what="nothing tells two classes of pictures apart",
        where=str(folder),
        expected="pictures of two classes or more",
        found=f"{counted}: {_listed(pictures, 3)}" if pictures else counted,
        fix=LAYOUTS,
    )


def _without_twins(pictures: list[_Picture]) -> tuple[list[_Picture], list[str]]:
    """Keep the same bytes once, where they do least harm; tell what is left out."""
    by_digest: dict[str, list[_Picture]] = {}
    for picture in pictures:
        by_digest.setdefault(picture.digest, []).append(picture)
    kept: list[_Picture] = []
    torn: list[str] = []
    leaked: list[str] = []
    twice: list[str] = []
    for twins in by_digest.values():
        if len({twin.label for twin in twins}) > 1:
            torn += [twin.path for twin in twins]
            continue
        first, *others = sorted(twins, key=lambda twin: SPLITS.index(twin.role))
        kept.append(first)
        for other in others:
            (twice if other.role == first.role else leaked).append(other.path)
    told = {
        "the same bytes are in two classes, and left out of both": torn,
        "the same bytes are in an earlier split, too, and left out here, for what was learned "
        "from is no test": leaked,
        "the same bytes are there before, and kept once": twice,
    }
    notes = [_note(f"{len(paths):,} files: {what}", paths) for what, paths in told.items() if paths]
    return kept, notes


def _check_classes(folder: Path, pictures: list[_Picture], failed: dict[str, str]) -> None:
    """Refuse what cannot be split: a class needs a picture in train and in each split to make."""
    counts = Counter(picture.label for picture in pictures)
    learned = Counter(picture.label for picture in pictures if picture.role == "train")
    absent = _absent(pictures)
    small = [label for label in counts if counts[label] < LEAST or learned[label] < 1 + len(absent)]
    if len(counts) > 1 and not small:
        return
    shown = small or list(counts)
    numbers = [
        f"{label} with {counts[label]:,} ({learned[label]:,} for training)"
        for label in sorted(shown, key=natural)
    ]
    found = _listed(numbers, LISTED) or "none"
    if failed:
        paths = [f"{path} {why}" for path, why in failed.items()]
        found += f"; {len(failed):,} files give no picture: {_listed(paths, 3)}"
    taken = f", {1 + len(absent)} of them for training" if absent else ""
    raise BuildError(
        what="there are too few pictures to learn from",
        where=str(folder),
        expected=f"two classes or more with at least {LEAST} different pictures each{taken}",
        found=found,
        fix="Add pictures to these classes, or take them away.",
    )


def _absent(pictures: list[_Picture]) -> list[SplitName]:
    """The splits that no folder names."""
    return [split for split in SPLITS if split not in {picture.role for picture in pictures}]


def _limited(name: str, pictures: list[_Picture], limit: int | None, seed: int) -> list[_Picture]:
    if limit is None or limit >= len(pictures):
        return pictures
    groups = np.unique(
        [json.dumps([picture.label, picture.role]) for picture in pictures], return_inverse=True
    )[1]
    try:
        rows = limited(groups, limit, LEAST, seed)
    except ValueError as error:
        classes = len({picture.label for picture in pictures})
        raise BuildError(
            what="the limit leaves too few pictures",
            where=f"[data.{name}] limit",
            expected=f"room for {LEAST} pictures of {classes} classes in each split of the folder",
            found=str(limit),
            fix="Raise the limit.",
        ) from error
    return [pictures[row] for row in rows]


def _decode(
    folder: Path,
    pictures: list[_Picture],
    size: int,
    colour: Colour,
    cache: Cache,
    progress: Progress | None,
    processes: int | None,
) -> Shards:
    files = {picture.digest: folder / picture.path for picture in pictures}
    try:
        return decode(files, size, colour, cache, progress, processes)
    except Changed as error:
        forget_digests(folder, cache)
        raise BuildError(
            what="the file was changed while it was being read",
            where=str(error),
            fix="Build again when nothing else writes into the folder.",
        ) from error


def _split(pictures: list[_Picture], seed: int) -> tuple[dict[SplitName, list[_Picture]], str]:
    """The pictures of each split in a stratified order, and how they were chosen."""
    absent = _absent(pictures)
    splits: dict[SplitName, list[_Picture]] = {}
    for role in SPLITS:
        own = [picture for picture in pictures if picture.role == role]
        if not own:
            continue
        shares = (1 - SHARE * len(absent), *(SHARE for _ in absent)) if role == "train" else (1.0,)
        parts = stratified(np.array([picture.label for picture in own]), shares, seed)
        names = (role, *absent) if role == "train" else (role,)
        splits |= {
            part: [own[row] for row in rows] for part, rows in zip(names, parts, strict=True)
        }
    if not absent:
        return splits, "Folders name all three splits."
    taken = " and ".join(f"{SHARE:.0%} for {split}" for split in absent)
    one_level = len(absent) == len(SPLITS) - 1
    of = "No folder says what pictures are for: of" if one_level else "Of the training pictures of"
    return splits, f"{of} each class, {taken} were set aside (seed {seed})."


def _dataset(
    folder: Path,
    name: str,
    splits: dict[SplitName, list[_Picture]],
    shards: Shards,
    size: int,
    colour: Colour,
) -> Dataset:
    found = {picture.label for pictures in splits.values() for picture in pictures}
    classes = tuple(sorted(found, key=natural))
    numbers = {label: number for number, label in enumerate(classes)}
    content = {
        split: [(picture.digest, numbers[picture.label]) for picture in splits[split]]
        for split in SPLITS
    }
    identity = json.dumps([content, classes, size, colour, rule()])
    return Dataset(
        name=name,
        title=_title(folder),
        licence="",
        source="",
        classes=classes,
        shape=(size, size, 1 if colour == "grey" else 3),
        splits={
            split: Split(
                shards.images([digest for digest, _ in rows]),
                narrowed(np.array([number for _, number in rows]), len(classes)),
            )
            for split, rows in content.items()
        },
        identity=hashlib.sha256(identity.encode()).hexdigest(),
    )


def _title(folder: Path) -> str:
    """The folder's name as a title: my_pets-2 is My pets 2."""
    words = " ".join(folder.resolve().name.replace("_", " ").replace("-", " ").split())
    return words[:1].upper() + words[1:]


def _notes_on(found: Found, applied: Applied) -> list[str]:
    told = {
        "files have no class, and are left out": applied.unlabelled,
        "rows of tables name no single file": applied.unmatched,
        "links lead out of the folder, nowhere or in a circle, and are not followed": found.links,
        "files have names that are not UTF-8, and are left out": found.unnamed,
    }
    return [_note(f"{len(names):,} {what}", names) for what, names in told.items() if names]


def _gaps(splits: dict[SplitName, list[_Picture]]) -> list[str]:
    """Classes that a split named by a folder has no picture of."""
    learned = {picture.label for picture in splits["train"]}
    notes = []
    for split in SPLITS[1:]:
        gaps = sorted(learned - {picture.label for picture in splits[split]}, key=natural)
        if gaps:
            notes.append(_note(f"{len(gaps):,} classes have no picture for {split}", gaps))
    return notes


def _note(what: str, names: Sequence[str]) -> str:
    return f"{what}: {_listed(names, LISTED)}."


def _listed(names: Sequence[str], most: int) -> str:
    more = f" and {len(names) - most:,} more" if len(names) > most else ""
    return ", ".join(names[:most]) + more
