"""A data set as folders in a zip file, to be unpacked and dropped on the transfer page."""

import io
import re
import zipfile
from itertools import chain, count
from pathlib import Path

from PIL import Image

from generator.data import Dataset, SplitName

QUALITY = 88
DATE = (1980, 1, 1, 0, 0, 0)  # the earliest that the format knows: same pictures, same bytes
LONGEST = 60  # characters of a name
UNSAFE = re.compile(r'[\x00-\x1f\x7f\\/:*?"<>|#%]')  # on some system, or in an address
ROLES: tuple[SplitName, ...] = ("train", "validation")


def zip_name(classes: tuple[str, ...]) -> str:
    """The file's name, by its classes where they are few: happy-sad.zip."""
    name = "-".join(_folders(classes).values())
    return f"{name if len(name) <= LONGEST else 'samples'}.zip"


def _folders(classes: tuple[str, ...]) -> dict[str, str]:
    """By class, a folder's name that every system takes, and no other class has.

    A class can be called anything: tables name some "cat/dog", or "..".
    """
    folders: dict[str, str] = {}
    for name in classes:
        safe = UNSAFE.sub("-", name)[:LONGEST].strip(" .") or "class"
        taken = {folder.casefold() for folder in folders.values()}
        numbered = (f"{safe}-{number}" for number in count(2))
        folders[name] = next(
            folder for folder in chain([safe], numbered) if folder.casefold() not in taken
        )
    return folders


def write_sample_zip(dataset: Dataset, file: Path) -> None:
    """Write training and validation pictures as JPEG files: train/<class>/<class>-001.jpg.

    One picture at a time, so memory stays flat. LICENCE.txt says what they are and whose.
    """
    with zipfile.ZipFile(file, "w") as archive:
        licence = f"{dataset.title}, {dataset.source}. Licence: {dataset.licence}.\n"
        _add(archive, "LICENCE.txt", licence.encode())
        folders = _folders(dataset.classes)
        for role in ROLES:
            split = dataset.splits[role]
            counts = dict.fromkeys(dataset.classes, 0)
            for index, label in enumerate(split.labels):
                name = dataset.classes[int(label)]
                counts[name] += 1
                pixels = split.images[index : index + 1][0]
                folder = folders[name]
                path = f"{role}/{folder}/{folder}-{counts[name]:03d}.jpg"
                _add(archive, path, _jpeg(Image.fromarray(pixels.squeeze())))


def _jpeg(picture: Image.Image) -> bytes:
    buffer = io.BytesIO()
    picture.save(buffer, "JPEG", quality=QUALITY)
    return buffer.getvalue()


def _add(archive: zipfile.ZipFile, path: str, content: bytes) -> None:
    """Stored, since JPEG files do not get smaller; a Unix file that everybody may read."""
    entry = zipfile.ZipInfo(path, DATE)
    entry.create_system, entry.external_attr = 3, 0o644 << 16
    archive.writestr(entry, content)
