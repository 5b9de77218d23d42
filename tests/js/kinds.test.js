import assert from "node:assert/strict";
import { test } from "node:test";
import { kindOf } from "../../templates/transfer/kinds.js";

/** @param {...(string | number[])} parts text one byte a character */
function file(...parts) {
  return Uint8Array.from(
    parts.flatMap((part) =>
      typeof part === "string" ? Array.from(part, (char) => char.charCodeAt(0)) : part,
    ),
  );
}

/** @param {Uint8Array<ArrayBuffer>} bytes */
function found(bytes) {
  const kind = kindOf(bytes);
  return kind && [kind.type.replace("image/", ""), kind.width, kind.height];
}

/** @param {number} count */
const zeros = (count) => new Array(count).fill(0);

test("a picture's kind and size are read from its first bytes", () => {
  const png = file("\x89PNG\r\n\x1a\n", zeros(4), "IHDR", [0, 0, 1, 44, 0, 0, 0, 200]);
  assert.deepEqual(found(png), ["png", 300, 200]);
  assert.deepEqual(found(file("GIF89a", [44, 1, 200, 0])), ["gif", 300, 200]);
  const bmp = file("BM", zeros(12), [40, 0, 0, 0, 44, 1, 0, 0]);
  assert.deepEqual(found(file([...bmp], [200, 0, 0, 0])), ["bmp", 300, 200]);
  assert.deepEqual(found(file([...bmp], [56, 255, 255, 255])), ["bmp", 300, 200], "top first");
});

test("a JPEG's size is found behind its other segments", () => {
  const exif = file([0xff, 0xe1, 1, 2], zeros(256));
  const frame = [0xff, 0xc2, 0, 17, 8, 0, 200, 1, 44, 3, 0, 0];
  assert.deepEqual(found(file([0xff, 0xd8], [...exif], frame)), ["jpeg", 300, 200]);
  assert.deepEqual(found(file([0xff, 0xd8], [...exif])), ["jpeg", undefined, undefined]);
});

test("all three forms of WebP tell their size", () => {
  const begins = ["RIFF", zeros(4), "WEBP"];
  const extended = file(...begins, "VP8X", zeros(8), [43, 1, 0, 199, 0, 0]);
  assert.deepEqual(found(extended), ["webp", 300, 200]);
  const lossless = file(...begins, "VP8L", zeros(4), [0x2f, 43, 0xc1, 0x31, 0]);
  assert.deepEqual(found(lossless), ["webp", 300, 200]);
  const lossy = file(...begins, "VP8 ", zeros(10), [44, 1, 200, 0]);
  assert.deepEqual(found(lossy), ["webp", 300, 200]);
});

test("AVIF and HEIC are told apart, and the largest of their sizes counts", () => {
  /** @param {string} brand */
  const container = (brand) => [
    ...file([0, 0, 0, 24], "ftyp", brand, zeros(4), "miafMiPr", zeros(20)),
  ];
  /** @param {number} side */
  const size = (side) => file("ispe", zeros(4), [0, 0, side, 0, 0, 0, side, 0]);
  const sizes = [...size(1), ...size(4), ...size(2)];
  assert.deepEqual(found(file(container("avif"), sizes)), ["avif", 1024, 1024]);
  assert.deepEqual(found(file(container("heic"), sizes)), ["heic", 1024, 1024]);
  assert.equal(found(file(container("qt  "), sizes)), null);
});

test("drawings and rare kinds are known by name", () => {
  assert.equal(kindOf(file('<?xml version="1.0"?>\n<svg width="1">'))?.title, "an SVG drawing");
  assert.equal(kindOf(file("\xef\xbb\xbf<svg>"))?.type, "image/svg+xml");
  assert.equal(kindOf(file("II*\0"))?.title, "a TIFF picture");
});

test("what is no picture is none", () => {
  for (const text of ["", "B", "label,file", "<html><body>", "%PDF-1.7", "PK\x03\x04", "BM text"]) {
    assert.equal(kindOf(file(text)), null, text);
  }
});
