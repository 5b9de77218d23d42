import io
import struct
import zlib
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from PIL import Image, ImageCms

from generator.datasets import picture_file
from generator.datasets.picture_file import Colour, Unreadable, read_picture
from generator.resample import centre_square

Pixels = npt.NDArray[np.uint8]

RED, GREEN, BLUE, WHITE = (255, 0, 0), (0, 255, 0), (0, 0, 255), (255, 255, 255)


def quarters(width: int = 8, height: int = 8) -> Image.Image:
    """Red and green above blue and white."""
    pixels = np.zeros((height, width, 3), np.uint8)
    top, left = height // 2, width // 2
    pixels[:top, :left], pixels[:top, left:] = RED, GREEN
    pixels[top:, :left], pixels[top:, left:] = BLUE, WHITE
    return Image.fromarray(pixels)


def saved(image: Image.Image, kind: str = "PNG", **options: Any) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, kind, **options)
    return buffer.getvalue()


def read(content: bytes, size: int = 2, colour: Colour = "rgb") -> Pixels:
    return read_picture(io.BytesIO(content), size, colour)


def seen(content: bytes) -> list[list[int]]:
    """The four pixels of a picture at 2 x 2."""
    return read(content).reshape(4, -1).tolist()


def test_the_centre_square_is_as_resample_cuts_it() -> None:
    pixels = np.random.default_rng(1).integers(0, 256, (37, 52, 3), dtype=np.uint8)
    assert np.array_equal(read(saved(Image.fromarray(pixels)), 16), centre_square(pixels, 16))


@pytest.mark.parametrize(
    ("orientation", "expected"),
    [
        (1, [RED, GREEN, BLUE, WHITE]),
        (2, [GREEN, RED, WHITE, BLUE]),
        (3, [WHITE, BLUE, GREEN, RED]),
        (4, [BLUE, WHITE, RED, GREEN]),
        (5, [RED, BLUE, GREEN, WHITE]),
        (6, [BLUE, RED, WHITE, GREEN]),
        (7, [WHITE, GREEN, BLUE, RED]),
        (8, [GREEN, WHITE, RED, BLUE]),
    ],
)
def test_exif_says_which_way_is_up(orientation: int, expected: list[tuple[int, ...]]) -> None:
    exif = Image.Exif()
    exif[0x0112] = orientation
    assert seen(saved(quarters(), exif=exif)) == [list(colour) for colour in expected]
    jpeg = read(saved(quarters(64, 64), "JPEG", quality=95, exif=exif)).reshape(4, 3)
    assert abs(jpeg.astype(int) - np.array(expected)).max() < 20


def test_damaged_exif_data_are_passed_over() -> None:
    exif = b"Exif\0\0MM\0*\0\0\0\x08\0\x20\x01\x12"
    with pytest.warns(UserWarning):
        assert read(saved(quarters(), "JPEG", exif=exif)).shape == (2, 2, 3)


def test_all_sorts_of_pixels_look_as_in_a_browser() -> None:
    grey = Image.fromarray(np.full((4, 4), 77, np.uint8))
    assert seen(saved(grey)) == [[77, 77, 77]] * 4
    assert seen(saved(Image.new("1", (4, 4), 1))) == [[255, 255, 255]] * 4
    deep = Image.fromarray(np.full((4, 4), 0x4DFF, np.uint16))
    assert seen(saved(deep)) == seen(saved(deep, "TIFF")) == [[0x4D] * 3] * 4
    assert seen(saved(quarters().quantize(4))) == seen(saved(quarters()))
    cmyk = Image.new("CMYK", (8, 8), (255, 0, 0, 51))
    assert abs(read(saved(cmyk, "JPEG")).astype(int) - [0, 204, 204]).max() <= 2
    assert seen(b"P5 2 2 65535\n" + bytes([9, 200] * 4)) == [[9, 9, 9]] * 4


def test_what_is_see_through_lies_on_white() -> None:
    assert seen(saved(Image.new("RGBA", (4, 4), (0, 0, 0, 0)))) == [[255, 255, 255]] * 4
    assert seen(saved(Image.new("RGBA", (4, 4), (200, 0, 0, 128)))) == [[227, 127, 127]] * 4
    assert seen(saved(Image.new("LA", (4, 4), (0, 51)))) == [[204, 204, 204]] * 4
    palette = quarters().quantize(4)
    red = palette.getpixel((0, 0))
    content = saved(palette, transparency=red)
    assert seen(content) == [list(WHITE), list(GREEN), list(BLUE), list(WHITE)]


def test_of_an_animation_the_first_frame_counts() -> None:
    frames = [Image.new("RGB", (4, 4), colour) for colour in (GREEN, RED, BLUE)]
    for kind, options in (("GIF", {}), ("WEBP", {"lossless": True}), ("PNG", {})):
        content = saved(frames[0], kind, save_all=True, append_images=frames[1:], **options)
        assert seen(content) == [list(GREEN)] * 4, kind


def test_grey_is_luma_rounded() -> None:
    content = saved(quarters())
    assert read(content, colour="grey").reshape(4).tolist() == [76, 150, 29, 255]
    assert read(content, colour="grey").shape == (2, 2, 1)
    half = Image.new("RGB", (2, 2), (0, 0, 250))  # 28.5
    assert read(saved(half), colour="grey").reshape(4).tolist() == [29] * 4


def swapped_profile() -> bytes:
    """sRGB, but with the primaries of red and blue exchanged."""
    profile = bytearray(ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes())
    places = {bytes(profile[at : at + 4]): at for at in range(132, 132 + 12 * profile[131], 12)}
    red, blue = places[b"rXYZ"], places[b"bXYZ"]
    profile[red : red + 4], profile[blue : blue + 4] = b"bXYZ", b"rXYZ"
    return bytes(profile)


def test_a_colour_profile_is_heeded_and_a_damaged_one_passed_over() -> None:
    swapped = read(saved(quarters(), icc_profile=swapped_profile())).reshape(4, 3)
    assert abs(swapped.astype(int) - np.array([BLUE, GREEN, RED, WHITE])).max() <= 3
    assert seen(saved(quarters(), icc_profile=b"no profile")) == seen(saved(quarters()))


def test_a_very_large_picture_is_averaged_in_blocks() -> None:
    pixels = np.zeros((4_100, 4_300, 3), np.uint8)
    pixels[:2_050, 100:2_150], pixels[2_050:, 2_150:] = RED, WHITE
    result = read(saved(Image.fromarray(pixels), compress_level=1))
    assert result.reshape(4, 3).tolist() == [list(RED), [0, 0, 0], [0, 0, 0], list(WHITE)]
    coarse = read(saved(Image.fromarray(pixels), compress_level=1), 64).astype(int)
    assert abs(coarse - centre_square(pixels, 64)).max() <= 1


def png_of(width: int, height: int) -> bytes:
    """The beginning of a PNG file that says it is so large."""

    def chunk(kind: bytes, content: bytes) -> bytes:
        body = kind + content
        return struct.pack(">I", len(content)) + body + struct.pack(">I", zlib.crc32(body))

    header = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + header + chunk(b"IDAT", b"")


def test_what_gives_no_picture_is_told_in_words() -> None:
    noise = np.random.default_rng(1).integers(0, 256, (200, 200, 3), dtype=np.uint8)
    jpeg = saved(Image.fromarray(noise), "JPEG")
    cases = {
        b"a letter, not a picture": "is no picture that can be opened",
        jpeg[: len(jpeg) // 2]: r"damaged or breaks off \(image file is truncated",
        saved(quarters(64, 64))[:-40]: "damaged or breaks off",
        png_of(20_000, 20_000): "is too large: a picture may have 200 million pixels",
        b"\0\0\0\x18ftypheic\0\0\0\0mif1heic": "is a HEIC picture: convert it",
        b'<?xml version="1.0"?>\n<svg xmlns="http://www.w3.org/2000/svg"/>': "SVG: convert it",
        b"\0\0\0\x0cJXL \r\n\x87\n": "is a JPEG XL picture",
        b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n": "is no picture",
        saved(Image.new("F", (4, 4)), "TIFF"): "has pixels of 32 bits",
    }
    for content, words in cases.items():
        with pytest.raises(Unreadable, match=words):
            read(content)


def test_a_broken_stream_of_pixels_is_no_crash() -> None:
    rng = np.random.default_rng(5)
    whole = {kind: saved(quarters(32, 32), kind) for kind in ("PNG", "JPEG", "GIF", "WEBP", "BMP")}
    for kind, content in whole.items():
        for _ in range(40):
            damaged = bytearray(content)
            damaged[int(rng.integers(len(content)))] = int(rng.integers(256))
            try:
                assert read(bytes(damaged[: int(rng.integers(len(content)))])).shape == (2, 2, 3)
            except Unreadable as error:
                assert str(error).startswith("is "), kind


def test_every_format_is_one_that_pillow_knows() -> None:
    Image.init()
    assert set(picture_file.FORMATS) <= set(Image.OPEN)
