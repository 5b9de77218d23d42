import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { centreSquare, toSquare, withAlpha, withoutAlpha } from "../../templates/shared/square.js";

/**
 * @type {{squares: {
 *   name: string, width: number, height: number, pixels: number[], size: number,
 *   expected: number[]
 * }[]}}
 */
const fixture = JSON.parse(readFileSync("tests/fixtures/resample.json", "utf-8"));

for (const { name, pixels, width, height, size, expected } of fixture.squares) {
  test(`the centre square is that of Python: ${name}`, () => {
    const square = toSquare({ pixels: Uint8ClampedArray.from(pixels), width, height }, size);
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

test("a network's side is 224 unless one says so, and the picture stays as it was", () => {
  const pixels = new Uint8Array(300 * 260 * 4).fill(90);
  const square = toSquare({ pixels, width: 300, height: 260 });
  assert.equal(square.length, 224 * 224 * 3);
  assert.ok(square.every((value) => value === Math.round((90 * 90) / 255 + 165)));
  assert.ok(pixels.every((value) => value === 90));
});

test("alpha comes and goes", () => {
  const colours = Uint8Array.from([1, 2, 3, 4, 5, 6]);
  assert.deepEqual([...withAlpha(colours)], [1, 2, 3, 255, 4, 5, 6, 255]);
  assert.deepEqual(withoutAlpha(withAlpha(colours)), colours);
});
