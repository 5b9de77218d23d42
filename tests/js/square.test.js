import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import {
  centreCrop,
  centrePart,
  centreSquare,
  withAlpha,
  withoutAlpha,
} from "../../templates/shared/square.js";

/**
 * @type {{squares: {
 *   name: string, width: number, height: number, pixels: number[], size: number,
 *   expected: number[]
 * }[]}}
 */
const fixture = JSON.parse(readFileSync("tests/fixtures/resample.json", "utf-8"));

for (const { name, pixels, width, height, size, expected } of fixture.squares) {
  test(`the centre square is that of Python: ${name}`, () => {
    const picture = { pixels: Uint8ClampedArray.from(pixels), width, height };
    const square = centreCrop(picture, size, size);
    assert.equal(square.length, size * size * 3);
    for (const [i, value] of expected.entries()) {
      assert.ok(Math.abs(square[i] - value) <= 1, `value ${i}`);
    }
  });
}

test("what cannot be halved goes to the right and to the bottom", () => {
  assert.deepEqual(centreSquare(8, 13), { x: 0, y: 2, side: 8 });
  assert.deepEqual(centreSquare(20, 9), { x: 5, y: 0, side: 9 });
  assert.deepEqual(centreSquare(1, 1), { x: 0, y: 0, side: 1 });
});

test("the centre part has the aspect that is asked for, in whole pixels", () => {
  assert.deepEqual(centrePart(640, 480, 4 / 3), { x: 0, y: 0, width: 640, height: 480 });
  assert.deepEqual(centrePart(640, 480, 0.5), { x: 200, y: 0, width: 240, height: 480 });
  assert.deepEqual(centrePart(101, 480, 2), { x: 0, y: 214, width: 101, height: 51 });
  assert.deepEqual(centrePart(2, 900, 40), { x: 0, y: 449, width: 2, height: 1 });
});

test("what lies beside the centre part does not shine through, and the picture stays", () => {
  const pixels = new Uint8Array(300 * 100 * 4).fill(255);
  for (let i = 0; i < pixels.length; i += 4) {
    const x = (i / 4) % 300;
    if (x >= 50 && x < 250) pixels.fill(90, i, i + 4);
  }
  const before = pixels.slice();
  for (const [width, height] of [
    [64, 32],
    [400, 200],
  ]) {
    const part = centreCrop({ pixels, width: 300, height: 100 }, width, height);
    assert.equal(part.length, width * height * 3);
    assert.ok(part.every((value) => value === Math.round((90 * 90) / 255 + 165)));
  }
  assert.deepEqual(pixels, before);
});

test("alpha comes and goes", () => {
  const colours = Uint8Array.from([1, 2, 3, 4, 5, 6]);
  assert.deepEqual([...withAlpha(colours)], [1, 2, 3, 255, 4, 5, 6, 255]);
  assert.deepEqual(withoutAlpha(withAlpha(colours)), colours);
});
