"""The worker that prepares pictures, alone in a browser, fed with files of every kind."""

import base64
import io
import subprocess
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from PIL import Image, ImageOps
from playwright.sync_api import Page

from generator.bundle import find_node
from generator.resample import centre_square
from generator.resources import ROOT, TEMPLATES
from generator.serve import serving

BUNDLE = """
import { dirname } from "node:path";
import { build } from "esbuild";
const [worker, outdir] = process.argv.slice(1);
const host = `import { wrap } from "comlink";
  import { openFile } from "./opened.js";
  window.openFile = openFile;
  window.preparer = wrap(new Worker("preparer.js", { type: "module" }));`;
const options = { bundle: true, format: "esm", outdir };
await build({ ...options, entryPoints: [worker] });
await build({ ...options, stdin: { contents: host, resolveDir: dirname(worker) } });
"""
HTML = """<!doctype html><link rel="icon" href="data:,">
<script type="module" src="stdin.js"></script>"""
PREPARE = """
async ({ data, type }) => {
  const toText = async (blob) => {
    const reader = new FileReader();
    await new Promise((resolve) => { reader.onload = resolve; reader.readAsDataURL(blob); });
    return reader.result.split(",")[1];
  };
  const bytes = Uint8Array.from(atob(data), (char) => char.charCodeAt(0));
  try {
    const file = new Blob([bytes], { type });
    const { pixels, jpeg, ...rest } = await preparer.prepare(file);
    const { pixels: exact } = await openFile(file);
    const again = await preparer.pixels(jpeg);
    return {
      ...rest, type: jpeg.type, jpeg: await toText(jpeg), pixels: await toText(new Blob([pixels])),
      exact: await toText(new Blob([exact])), again: await toText(new Blob([again])),
    };
  } catch (error) {
    return { error: error.message };
  }
}
"""


@pytest.fixture(scope="module")
def worker_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A page that has nothing but the worker."""
    folder = tmp_path_factory.mktemp("preparer")
    (folder / "index.html").write_text(HTML)
    worker = str(TEMPLATES / "transfer/preparer.js")
    command = [find_node(), "--input-type=module", "-e", BUNDLE, worker, str(folder)]
    subprocess.run(command, check=True, cwd=ROOT)
    with serving(folder, "/some/where/") as url:
        yield url


@pytest.fixture
def prepared(page: Page, worker_url: str) -> Page:
    page.goto(worker_url)
    return page


def prepare(page: Page, data: bytes, kind: str = "") -> dict[str, Any]:
    file = {"data": base64.b64encode(data).decode(), "type": kind}
    found: dict[str, Any] = page.evaluate(PREPARE, file)
    return found


def pixels_of(found: dict[str, Any], key: str = "exact") -> np.ndarray:
    assert "error" not in found, found
    return np.frombuffer(base64.b64decode(found[key]), np.uint8).reshape(224, 224, 3)


def photograph(width: int, height: int, mode: str = "RGB") -> Image.Image:
    """Waves, a different one in each channel: no two places look the same."""
    y, x = np.mgrid[:height, :width].astype(np.float32)
    waves = [np.sin(x / a + y / b) for a, b in ((37, 91), (53, -29), (-17, 71), (211, 97))]
    picture = np.stack([(wave * 0.5 + 0.5) * 255 for wave in waves], -1).astype(np.uint8)
    return Image.fromarray(picture[..., : len(mode)], mode)


def encoded(picture: Image.Image, kind: str, **options: Any) -> bytes:
    file = io.BytesIO()
    picture.save(file, kind, **options)
    return file.getvalue()


def difference(found: dict[str, Any], picture: Image.Image) -> int:
    mode = "RGBA" if picture.mode == "RGBA" else "RGB"
    wanted = centre_square(np.asarray(picture.convert(mode)), 224)
    return int(np.abs(pixels_of(found).astype(int) - wanted).max())


@pytest.mark.parametrize("size", [(640, 480), (301, 517), (224, 224), (100, 160), (3, 2), (1, 1)])
def test_a_picture_is_prepared_as_in_python(prepared: Page, size: tuple[int, int]) -> None:
    picture = photograph(*size)
    found = prepare(prepared, encoded(picture, "PNG"))
    assert difference(found, picture) <= 1
    assert (found["width"], found["height"]) == size
    assert len(found["hash"]) == 64


def test_a_large_picture_is_read_in_bands(prepared: Page) -> None:
    picture = photograph(4000, 3001)
    assert difference(prepare(prepared, encoded(picture, "PNG", compress_level=1)), picture) <= 1


def test_what_is_see_through_lies_on_white(prepared: Page) -> None:
    picture = photograph(320, 240, "RGBA")
    # Browsers hold colours multiplied by alpha, in whole numbers.
    assert difference(prepare(prepared, encoded(picture, "PNG")), picture) <= 2
    nothing = Image.new("RGBA", (50, 50), (0, 0, 0, 0))
    assert pixels_of(prepare(prepared, encoded(nothing, "PNG"))).min() == 255


@pytest.mark.parametrize("kind", ["WEBP", "GIF", "BMP", "AVIF", "JPEG"])
def test_every_common_kind_is_read(prepared: Page, kind: str) -> None:
    picture = photograph(300, 260)
    options = {"lossless": True} if kind == "WEBP" else {}
    data = encoded(picture, kind, **options)
    with Image.open(io.BytesIO(data)) as decoded:
        wanted = decoded.convert("RGB")
    # Decoders of JPEG and AVIF may round otherwise.
    assert difference(prepare(prepared, data), wanted) <= (8 if kind in ("JPEG", "AVIF") else 1)


@pytest.mark.parametrize("orientation", range(1, 9))
def test_a_photograph_is_turned_as_its_exif_data_says(prepared: Page, orientation: int) -> None:
    exif = Image.Exif()
    exif[0x0112] = orientation
    data = encoded(photograph(320, 240), "JPEG", exif=exif, quality=95)
    with Image.open(io.BytesIO(data)) as picture:
        wanted = ImageOps.exif_transpose(picture).convert("RGB")
    found = prepare(prepared, data)
    assert difference(found, wanted) <= 8
    assert (found["width"], found["height"]) == wanted.size


def test_the_first_frame_of_an_animation_counts(prepared: Page) -> None:
    frames = [Image.new("RGB", (64, 64), colour) for colour in ("red", "blue")]
    data = encoded(frames[0], "GIF", save_all=True, append_images=frames[1:], duration=20)
    assert pixels_of(prepare(prepared, data))[112, 112].tolist() == [255, 0, 0]


def test_the_small_jpeg_looks_the_same(prepared: Page) -> None:
    found = prepare(prepared, encoded(photograph(640, 480), "PNG"))
    assert found["type"] == "image/jpeg"
    with Image.open(io.BytesIO(base64.b64decode(found["jpeg"]))) as small:
        assert small.size == (224, 224)
    again = pixels_of(found, "again")
    assert np.abs(again.astype(int) - pixels_of(found)).mean() < 3
    # Whether a picture is looked at now or, from what is kept of it, later: it is the same picture.
    assert np.array_equal(pixels_of(found, "pixels"), again)


def test_the_kind_is_told_by_the_content(prepared: Page) -> None:
    picture = photograph(90, 90)
    assert difference(prepare(prepared, encoded(picture, "PNG"), "image/jpeg"), picture) <= 1


PNG = encoded(photograph(200, 150), "PNG")
JPEG = encoded(photograph(200, 150), "JPEG")
SVG = b'<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><path d="M0 0h9v9z"/></svg>'
HEIC = b"\0\0\0\x18ftypheic\0\0\0\0mif1heic" + bytes(64)
HUGE = PNG[:16] + (20_000).to_bytes(4) + (10_000).to_bytes(4) + PNG[24:]


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "is empty"),
        (b"label,file\n", "is not a picture"),
        (b"%PDF-1.7 " + bytes(400), "is not a picture"),
        (PNG[: len(PNG) // 2], "is a PNG picture that is damaged or breaks off"),
        (PNG[:30], "is a PNG picture that is damaged or breaks off"),
        (JPEG[:100], "is a JPEG picture that is damaged or breaks off"),
        (SVG, "is an SVG drawing that this browser cannot read: convert it to JPEG or PNG"),
        (HEIC, "is a HEIC picture that this browser cannot read: convert it to JPEG or PNG"),
        (
            HUGE,
            "is too large (200 megapixels): a picture may have 100",
        ),
    ],
    ids=["empty", "text", "pdf", "half", "head", "broken", "svg", "heic", "huge"],
)
def test_what_cannot_be_read_is_told_why(prepared: Page, data: bytes, message: str) -> None:
    assert prepare(prepared, data) == {"error": message}
    assert "pixels" in prepare(prepared, PNG)  # the worker goes on


def test_a_file_beyond_reason_is_not_opened(prepared: Page) -> None:
    found = prepared.evaluate(
        """async () => {
          const part = new Uint8Array(1 << 20);
          const file = new Blob(Array.from({ length: 200 }, () => part));
          return preparer.prepare(file).catch((error) => error.message);
        }"""
    )
    assert found == "is too large (210 MB): a picture may have 200 MB"


def test_a_frame_of_the_webcam_is_prepared_too(prepared: Page) -> None:
    found = prepared.evaluate(
        """async () => {
          const canvas = new OffscreenCanvas(320, 240);
          const context = canvas.getContext("2d");
          context.fillStyle = "rgb(10 200 30)";
          context.fillRect(0, 0, 320, 240);
          const { pixels, hash } = await preparer.fromBitmap(canvas.transferToImageBitmap());
          return [...pixels.slice(0, 3), hash.length];
        }"""
    )
    assert found == [10, 200, 30, 64]
