import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { inkBounds } from "../../templates/shared/ink.js";
import { inkStrokes, paintLine } from "../../templates/shared/pen.js";
import { pictureInput, prepareDigit, prepareInput } from "../../templates/shared/prepare.js";
import { resample } from "../../templates/shared/resample.js";

/**
 * @param {number} side
 * @param {number} [height]
 */
function blank(side, height = side) {
  return { pixels: new Uint8Array(side * height), width: side, height };
}

/**
 * A "7": a bar and a slanted line.
 *
 * @param {number} x
 * @param {number} y
 * @param {number} size
 */
const seven = (x, y, size) => [
  [
    { x, y },
    { x: x + size * 0.7, y },
    { x: x + size * 0.25, y: y + size },
  ],
];

/** @param {Uint8Array} pixels 28x28 */
function massCentre(pixels) {
  let [mass, x, y] = [0, 0, 0];
  pixels.forEach((value, i) => {
    mass += value;
    x += value * (i % 28);
    y += value * Math.floor(i / 28);
  });
  return { x: x / mass, y: y / mass };
}

/**
 * @param {Uint8Array | null} a
 * @param {Uint8Array | null} b
 */
function largestDifference(a, b) {
  assert.ok(a && b);
  return a.reduce((most, value, i) => Math.max(most, Math.abs(value - b[i])), 0);
}

test("a blank picture is no digit", () => {
  assert.equal(prepareDigit(blank(280)), null);
  assert.equal(inkBounds(blank(280)), null);
});

test("the longest side becomes 20 pixels and the aspect is kept", () => {
  for (const [width, height] of [
    [40, 120],
    [200, 100],
    [9, 9],
  ]) {
    const ink = blank(280);
    for (let y = 3; y < height + 3; y++) ink.pixels.fill(255, y * 280 + 5, y * 280 + 5 + width);
    const pixels = prepareDigit(ink);
    assert.ok(pixels);
    const bounds = inkBounds({ pixels, width: 28, height: 28 });
    assert.ok(bounds);
    const scale = 20 / Math.max(width, height);
    assert.equal(bounds.width, Math.round(width * scale));
    assert.equal(bounds.height, Math.round(height * scale));
  }
});

test("the centre of mass lands within half a pixel of (14, 14)", () => {
  for (const [x, y] of [
    [10, 10],
    [150, 30],
    [60, 120],
  ]) {
    const ink = blank(280);
    paintLine(ink, seven(x, y, 90)[0], 14);
    const pixels = prepareDigit(ink);
    assert.ok(pixels);
    const centre = massCentre(pixels);
    assert.ok(Math.abs(centre.x - 14) <= 0.5, `x ${centre.x}`);
    assert.ok(Math.abs(centre.y - 14) <= 0.5, `y ${centre.y}`);
  }
});

test("a heavy end does not push the digit out of the picture", () => {
  const ink = blank(100);
  for (let y = 0; y < 60; y++) ink.pixels.fill(255, y * 100, y * 100 + (y < 55 ? 2 : 60));
  const pixels = prepareDigit(ink);
  assert.ok(pixels);
  const bounds = inkBounds({ pixels, width: 28, height: 28 });
  assert.deepEqual([bounds?.width, bounds?.height], [20, 20]);
});

test("what is already prepared stays as it is", () => {
  const once = prepareDigit(inkStrokes(seven(20, 30, 100), 1));
  assert.ok(once);
  assert.deepEqual(prepareDigit({ pixels: once, width: 28, height: 28 }), once);
});

test("edges are grey, not jagged, and the strongest ink is full ink", () => {
  const ink = blank(280);
  paintLine(ink, seven(40, 40, 180)[0], 20);
  const pixels = prepareDigit(ink);
  assert.ok(pixels);
  assert.ok(pixels.filter((value) => value > 20 && value < 235).length > 20);
  assert.equal(Math.max(...pixels), 255);
});

test("the same strokes, tiny or huge, anywhere on the pad, give the same picture", () => {
  const large = prepareDigit(inkStrokes(seven(10, 10, 250), 1));
  for (const [x, y, size] of [
    [200, 200, 12],
    [3, 250, 25],
    [120, 60, 110],
  ]) {
    const other = prepareDigit(inkStrokes(seven(x, y, size), 1));
    assert.ok(largestDifference(large, other) <= 2);
  }
});

test("strokes are inked as wide as MNIST's", () => {
  const upright = [[{ x: 50, y: 10 }, { x: 50, y: 200 }]];
  const pixels = prepareDigit(inkStrokes(upright, 1));
  assert.ok(pixels);
  const ink = pixels.slice(14 * 28, 15 * 28).reduce((sum, value) => sum + value, 0) / 255;
  assert.ok(ink > 2 && ink < 3.5, `${ink} pixels of ink across the line`);
});

test("a speck is no drawing yet", () => {
  const tap = [[{ x: 50, y: 50 }]];
  assert.equal(prepareDigit(inkStrokes(tap, 8)), null);
  assert.equal(prepareDigit(inkStrokes([], 8)), null);
});

test("resampling averages areas and keeps the mean", () => {
  const chess = { pixels: Uint8Array.from([0, 200, 200, 0]), width: 2, height: 2 };
  const whole = { x: 0, y: 0, width: 2, height: 2 };
  assert.deepEqual([...resample(chess, whole, 1, 1).pixels], [100]);
  assert.deepEqual(resample(chess, whole, 2, 2).pixels, chess.pixels);
  assert.deepEqual([...resample(chess, whole, 4, 1).pixels], [100, 100, 100, 100]);
});

test("resampling grows in straight steps between pixels", () => {
  const ramp = { pixels: Uint8Array.from([0, 100]), width: 2, height: 1 };
  const grown = resample(ramp, { x: 0, y: 0, width: 2, height: 1 }, 4, 1);
  assert.deepEqual([...grown.pixels], [0, 25, 75, 100]);
});

test("what a model's metadata asks for is what it gets", () => {
  const ink = inkStrokes(seven(20, 30, 100), 1);
  const input = { height: 28, width: 28, channels: 1, scale: 1 / 255, offset: 0 };
  const grey = prepareInput(ink, { ...input, colour: "grey", resize: "mnist" });
  assert.deepEqual(grey, prepareDigit(ink));
  const rgb = prepareInput(ink, {
    ...input,
    height: 16,
    width: 32,
    channels: 3,
    colour: "rgb",
    resize: "centre-crop",
  });
  assert.equal(rgb?.length, 16 * 32 * 3);
  assert.ok(rgb?.every((value, i) => value === rgb[i - (i % 3)]));
  assert.equal(prepareInput(blank(28), { ...input, colour: "grey", resize: "centre-crop" }), null);
});

/** @import { ModelInput } from "../../templates/shared/manifest.js" */
/** @type {ModelInput} */
const INPUT = {
  height: 28,
  width: 28,
  channels: 3,
  scale: 1 / 255,
  offset: 0,
  colour: "rgb",
  resize: "centre-crop",
};
/**
 * @type {{squares: {
 *   name: string, width: number, height: number, pixels: number[], size: number,
 *   expected: number[]
 * }[]}}
 */
const fixture = JSON.parse(readFileSync("tests/fixtures/resample.json", "utf-8"));

/** @param {typeof fixture.squares[0]} square */
function pictureOf({ pixels, width, height }) {
  const channels = /** @type {const} */ (4);
  return { pixels: Uint8ClampedArray.from(pixels), width, height, channels };
}

for (const square of fixture.squares) {
  const input = { ...INPUT, height: square.size, width: square.size };

  test(`a model of colours gets the centre part as Python cuts it: ${square.name}`, () => {
    const got = pictureInput(pictureOf(square), input);
    assert.equal(got?.length, square.expected.length);
    assert.ok(largestDifference(got, Uint8Array.from(square.expected)) <= 1);
  });

  test(`a model of greys gets the luma of it: ${square.name}`, () => {
    const got = pictureInput(pictureOf(square), { ...input, channels: 1, colour: "grey" });
    const luma = Uint8Array.from({ length: square.size ** 2 }, (_, i) => {
      const [red, green, blue] = square.expected.slice(i * 3);
      return Math.round(0.299 * red + 0.587 * green + 0.114 * blue);
    });
    assert.equal(got?.length, luma.length);
    assert.ok(largestDifference(got, luma) <= 1);
  });
}

test("a grey picture has the same grey in each of a model's colours", () => {
  const pixels = Uint8ClampedArray.from([9, 40, 90, 160]);
  const picture = { pixels, width: 2, height: 2, channels: /** @type {const} */ (1) };
  const got = pictureInput(picture, { ...INPUT, height: 2, width: 2 });
  assert.deepEqual([...(got ?? [])], [...pixels].flatMap((grey) => [grey, grey, grey]));
  const grey = pictureInput(picture, { ...INPUT, height: 2, width: 2, channels: 1 });
  assert.deepEqual([...(grey ?? [])], [...pixels]);
});

test("dark and plain pictures are pictures, too: only strokes need ink", () => {
  const picture = { ...blank(50), pixels: new Uint8ClampedArray(2500) };
  const black = pictureInput({ ...picture, channels: 1 }, INPUT);
  assert.deepEqual(black, new Uint8Array(28 * 28 * 3));
  const strokes = { ...INPUT, channels: 1, resize: /** @type {const} */ ("mnist") };
  assert.equal(pictureInput({ ...picture, channels: 1 }, strokes), null);
});

test("of strokes on paper a model gets the ink, as MNIST has it", () => {
  const { pixels, ...size } = inkStrokes(seven(20, 30, 100), 1);
  const paper = Uint8ClampedArray.from(pixels, (ink) => 240 - ink * 0.8);
  const strokes = { ...INPUT, channels: 1, resize: /** @type {const} */ ("mnist") };
  const got = pictureInput({ pixels: paper, ...size, channels: 1 }, strokes);
  assert.ok(got);
  const centre = massCentre(got);
  assert.ok(Math.hypot(centre.x - 14, centre.y - 14) <= 0.75);
  assert.equal(Math.max(...got), 255);
});
