"""A data set as folders in a zip file, to be unpacked and dropped on the transfer page."""

import io
import zipfile
from pathlib import Path

from PIL import Image

from generator.data import Dataset, SplitName

QUALITY = 88
DATE = (1980, 1, 1, 0, 0, 0)  # the earliest that the format knows: same pictures, same bytes
ROLES: tuple[SplitName, ...] = ("train", "validation")


def zip_name(classes: tuple[str, ...]) -> str:
    """The file's name, by its classes: happy-sad.zip."""
    return f"{'-'.join(classes)}.zip"


def write_sample_zip(dataset: Dataset, file: Path) -> None:
    """Write training and validation pictures as JPEG files: train/<class>/<class>-001.jpg.

    One picture at a time, so memory stays flat. LICENCE.txt says what they are and whose.
    """
    with zipfile.ZipFile(file, "w") as archive:
        licence = f"{dataset.title}, {dataset.source}. Licence: {dataset.licence}.\n"
        _add(archive, "LICENCE.txt", licence.encode())
        for role in ROLES:
            split = dataset.splits[role]
            counts = dict.fromkeys(dataset.classes, 0)
            for index, label in enumerate(split.labels):
                name = dataset.classes[int(label)]
                counts[name] += 1
                pixels = split.images[index : index + 1][0]
                path = f"{role}/{name}/{name}-{counts[name]:03d}.jpg"
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
