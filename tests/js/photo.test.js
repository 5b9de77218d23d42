import assert from "node:assert/strict";
import { test } from "node:test";
import { lineWidth } from "../../templates/shared/blobs.js";
import { inkBounds } from "../../templates/shared/ink.js";
import { paintLine } from "../../templates/shared/pen.js";
import { prepareDigit } from "../../templates/shared/prepare.js";
import { normaliseInk } from "../../templates/shared/photo.js";
import { seededRandom } from "../../templates/shared/random.js";

const SIDE = 240;

/**
 * A "7" with its corner at (70, 60), 100 high.
 *
 * @param {number} width of its line
 */
function sevenInk(width) {
  const ink = { pixels: new Uint8Array(SIDE * SIDE), width: SIDE, height: SIDE };
  const corners = [
    { x: 70, y: 60 },
    { x: 140, y: 60 },
    { x: 95, y: 160 },
  ];
  paintLine(ink, corners, width);
  return ink;
}

/**
 * A picture of ink on paper.
 *
 * @param {(x: number, y: number) => number} paper grey of the paper there
 * @param {number} pen grey of full ink
 * @param {{width?: number, noise?: number}} [options]
 */
function onPaper(paper, pen, { width = 14, noise = 0 } = {}) {
  const random = seededRandom(1);
  const { pixels } = sevenInk(width);
  const picture = Uint8Array.from(pixels, (ink, i) => {
    const below = paper(i % SIDE, Math.floor(i / SIDE));
    const grey = below + ((pen - below) * ink) / 255 + (random() - 0.5) * 2 * noise;
    return Math.min(255, Math.max(0, Math.round(grey)));
  });
  return { pixels: picture, width: SIDE, height: SIDE, channels: /** @type {const} */ (1) };
}

const white = () => 255;
const wanted = prepareDigit(sevenInk(14));

/**
 * The share of grey by which a prepared picture differs from the digit as it was drawn.
 *
 * @param {ReturnType<typeof onPaper>} picture
 */
function offBy(picture) {
  const got = prepareDigit(normaliseInk(picture));
  assert.ok(got && wanted, "no digit found");
  const difference = got.reduce((sum, value, i) => sum + Math.abs(value - wanted[i]), 0);
  return difference / wanted.reduce((sum, value) => sum + value, 0);
}

test("dark on light and light on dark give the same digit", () => {
  assert.ok(offBy(onPaper(white, 0)) < 0.05);
  assert.ok(offBy(onPaper(() => 0, 255)) < 0.05);
  assert.ok(offBy(onPaper(() => 30, 110)) < 0.05);
});

test("light that falls off towards a corner is not ink", () => {
  const shaded = (/** @type {number} */ x, /** @type {number} */ y) => 230 - x / 3 - (y * y) / 900;
  assert.ok(offBy(onPaper(shaded, 20)) < 0.1);
});

test("grain of a photo is not ink", () => {
  assert.ok(offBy(onPaper(() => 200, 40, { noise: 12 })) < 0.15);
});

test("dust and a table's edge are not the drawing", () => {
  const picture = onPaper(white, 20);
  for (let y = 0; y < SIDE; y++) picture.pixels.fill(60, y * SIDE + SIDE - 15, (y + 1) * SIDE);
  picture.pixels[5 * SIDE + 5] = 0;
  assert.ok(offBy(picture) < 0.05);
});

test("a digit that touches the edge is kept when it is all there is", () => {
  const ink = normaliseInk({ ...sevenInk(14), channels: 1 });
  const cropped = { pixels: ink.pixels.slice(57 * SIDE), width: SIDE, height: SIDE - 57 };
  assert.ok(inkBounds(normaliseInk({ ...cropped, channels: 1 })));
});

test("empty paper has no ink, whatever its light and grain", () => {
  for (const picture of [
    onPaper(white, 255),
    onPaper(() => 90, 90, { noise: 10 }),
    onPaper((x) => 120 + x / 4, 200, { width: 0 }),
  ]) {
    const { pixels } = normaliseInk({ ...picture, pixels: withoutInk(picture) });
    assert.ok(pixels.every((value) => value === 0));
  }
});

/**
 * The same picture with its left 60 columns, where there is no ink, repeated.
 *
 * @param {ReturnType<typeof onPaper>} picture
 */
function withoutInk({ pixels }) {
  return pixels.map((_, i) => pixels[i - (i % SIDE) + (i % 60)] ?? 0);
}

test("a fine pen is widened to MNIST's line, a usual one is left alone", () => {
  const fine = normaliseInk(onPaper(white, 0, { width: 3 }));
  const usual = normaliseInk(onPaper(white, 0, { width: 14 }));
  const unit = 115 / 20;
  assert.ok(Math.abs(lineWidth(fine) / unit - 2.5) < 0.4, `${lineWidth(fine) / unit}`);
  assert.ok(Math.abs(lineWidth(usual) - 14) < 2, `${lineWidth(usual)}`);
});

test("a see-through picture shows on white or on black", () => {
  const { pixels, width, height } = sevenInk(14);
  for (const grey of [0, 255]) {
    const rgba = new Uint8ClampedArray(pixels.length * 4);
    pixels.forEach((value, i) => rgba.set([grey, grey, grey, value], i * 4));
    const got = prepareDigit(normaliseInk({ pixels: rgba, width, height, channels: 4 }));
    assert.ok(got && wanted?.every((value, i) => Math.abs(value - got[i]) <= 6));
  }
});
