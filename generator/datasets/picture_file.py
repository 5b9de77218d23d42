"""One picture's file -> the pixels that a network sees; what a process of its own does."""

import hashlib
import io
import json
from pathlib import Path
from typing import BinaryIO, Literal

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageCms, ImageOps, UnidentifiedImageError

from generator.resample import centre_square

Colour = Literal["rgb", "grey"]
Pixels = npt.NDArray[np.uint8]

LARGEST = 200_000_000  # pixels of a picture; a larger one takes the memory of the machine
TOO_LARGE = f"is too large: a picture may have {LARGEST / 1e6:.0f} million pixels"
WHOLE = 4_096  # pixels a side from which a square is averaged in whole blocks first
# What browsers show, and what data sets are made of. Pillow knows more, some of them guesses
# (TGA has no signature) or other programs' work (EPS).
FORMATS = ("AVIF", "BMP", "GIF", "ICO", "JPEG", "JPEG2000", "PNG", "PPM", "TIFF", "WEBP")
# How a file begins, and what that says; the first bytes of an ISO media file are its length.
UNKNOWN = (
    (b"ftypheic", "is a HEIC picture: convert it to JPEG or PNG"),
    (b"ftypheix", "is a HEIC picture: convert it to JPEG or PNG"),
    (b"ftyphevc", "is a HEIC picture: convert it to JPEG or PNG"),
    (b"ftypmif1", "is a HEIF picture: convert it to JPEG or PNG"),
    (b"ftypmsf1", "is a HEIF picture: convert it to JPEG or PNG"),
    (b"<svg", "is a drawing in SVG: convert it to PNG"),
    (b"JXL \r\n\x87\n", "is a JPEG XL picture: convert it to JPEG or PNG"),
)
START = 1_000  # bytes that are looked at to tell a file's kind
LUMA = np.array((299, 587, 114))  # ITU-R BT.601, in thousandths


class Unreadable(Exception):
    """Says why a file gives no picture, in words that go on after the file's name."""


class Changed(Exception):
    """A file is no longer what it was when the build looked at it; says its path."""


def write_shard(files: list[tuple[str, str]], out: str, size: int, colour: Colour) -> None:
    """Decode (path, sha256) into `out`: pixels.npy, uint8 [n, size, size, channels], errors.json.

    A file that cannot be read leaves its row black; errors.json lists [row, reason]. Rows are
    written one by one, so memory does not grow with the shard. Raises Changed for a file whose
    content has another hash: what is kept under the old one must not be made of the new one.
    """
    shape = (len(files), size, size, 1 if colour == "grey" else 3)
    errors = []
    with (Path(out) / "pixels.npy").open("wb") as target:
        header = {"descr": "|u1", "fortran_order": False, "shape": shape}
        np.lib.format.write_array_header_1_0(target, header)  # type: ignore[no-untyped-call]
        for row, (file, digest) in enumerate(files):
            pixels = np.zeros(shape[1:], np.uint8)
            with Path(file).open("rb") as stream:
                if hashlib.file_digest(stream, "sha256").hexdigest() != digest:
                    raise Changed(file)
                try:
                    pixels = read_picture(stream, size, colour)
                except Unreadable as error:
                    errors.append((row, str(error)))
            target.write(pixels.tobytes())
    (Path(out) / "errors.json").write_text(json.dumps(errors), encoding="utf-8")


def read_picture(stream: BinaryIO, size: int, colour: Colour) -> Pixels:
    """Return a picture's centre square, uint8 [size, size, 3 (rgb) or 1 (grey)].

    As a page shows it: turned as its EXIF data says; the first frame of an animation; what is
    see-through laid on white; of 16 bits the upper 8; CMYK by its colour profile, or as inks that
    take away light. Colours of another profile are turned into sRGB once the picture is small.
    Squares of 4,096 pixels a side and more are first averaged in whole blocks, to at least 2,048.
    Grey is ITU-R BT.601's luma of what was made so, halves rounded up. Raises Unreadable.
    """
    picture, profile = _decode(stream)
    square = centre_square(picture, size)
    if profile:
        square = np.asarray(_to_srgb(Image.fromarray(square), profile))
    if colour == "rgb":
        return square
    grey: Pixels = ((square @ LUMA + 500) // 1000).astype(np.uint8)
    return grey[..., None]


def _decode(stream: BinaryIO) -> tuple[Pixels, bytes | None]:
    """Pixels [height, width, 3], or 4 with alpha, and their colour profile if it matters."""
    stream.seek(0)
    start = stream.read(START)
    try:
        with Image.open(stream, formats=FORMATS) as image:
            if image.width * image.height > LARGEST:
                raise Unreadable(TOO_LARGE)
            profile: bytes | None = image.info.get("icc_profile")
            whole = ImageOps.exif_transpose(_eight_bits(image))
            if image.mode == "CMYK" and profile:
                return np.asarray(_shrink(_to_srgb(whole, profile))), None
            kind = "RGBA" if whole.has_transparency_data else "RGB"
            coloured = image.mode in ("RGB", "RGBA", "P")
            return np.asarray(_shrink(whole.convert(kind))), profile if coloured else None
    except (Unreadable, MemoryError):
        raise
    except Image.DecompressionBombError as error:
        raise Unreadable(TOO_LARGE) from error
    except UnidentifiedImageError as error:
        found = (words for mark, words in UNKNOWN if mark in start)
        raise Unreadable(next(found, "is no picture that can be opened")) from error
    except Exception as error:
        # Pillow's readers stumble over damaged files in a dozen ways: struct.error, IndexError ...
        raise Unreadable(f"is a picture that is damaged or breaks off ({error})") from error


def _eight_bits(image: Image.Image) -> Image.Image:
    """Scanners and instruments write 16 bits a pixel: the upper 8 are what a screen shows."""
    if image.mode.startswith("I;16") or (image.mode == "I" and image.format in ("PNG", "PPM")):
        upper = Image.fromarray((np.asarray(image) >> 8).astype(np.uint8))
        upper.info = dict(image.info)
        upper.info.pop("transparency", None)  # a grey of 16 bits, which no pixel has any more
        return upper
    if image.mode in ("I", "F"):
        raise Unreadable("has pixels of 32 bits, whose range is not known: save it with 8 bits")
    return image


def _shrink(image: Image.Image) -> Image.Image:
    """Keep memory small: the centre square of a very large picture, averaged in whole blocks."""
    side = min(image.size)
    if side < WHOLE:
        return image
    factor = side // (WHOLE // 2)
    left, top = (image.width - side) // 2, (image.height - side) // 2
    whole = side - side % factor
    return image.reduce(factor, box=(left, top, left + whole, top + whole))


def _to_srgb(image: Image.Image, profile: bytes) -> Image.Image:
    """Return the picture in sRGB; a profile that cannot be used is passed over, as browsers do."""
    srgb = ImageCms.createProfile("sRGB")
    try:
        own = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        found = ImageCms.profileToProfile(image, own, srgb, outputMode="RGB")
    except (ImageCms.PyCMSError, OSError):
        return image.convert("RGB")
    assert found is not None, "only a conversion in place gives nothing"
    return found
