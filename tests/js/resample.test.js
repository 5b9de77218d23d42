import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { resample } from "../../templates/shared/resample.js";

/**
 * @type {{resample: {
 *   name: string, width: number, height: number, channels: number, pixels: number[],
 *   box: number[], to: number[], expected: number[]
 * }[]}}
 */
const fixture = JSON.parse(readFileSync("tests/fixtures/resample.json", "utf-8"));

for (const { name, pixels, box, to, expected, ...picture } of fixture.resample) {
  test(`pictures change size as in Python: ${name}`, () => {
    const [x, y, width, height] = box;
    const resized = resample(
      { ...picture, pixels: Uint8Array.from(pixels) },
      { x, y, width, height },
      to[0],
      to[1],
    );
    assert.deepEqual([resized.width, resized.height], to);
    assert.equal(resized.pixels.length, expected.length);
    for (const [i, value] of expected.entries()) {
      assert.ok(Math.abs(resized.pixels[i] - value) <= 1, `value ${i}`);
    }
  });
}

test("each channel is resized as a grey picture would be", () => {
  const [width, height, channels] = [23, 19, 4];
  const pixels = Uint8Array.from({ length: width * height * channels }, (_, i) => (i * 97) % 251);
  const box = { x: 1.5, y: 0, width: 20, height: 19 };
  const together = resample({ pixels, width, height, channels }, box, 7, 6).pixels;
  for (let channel = 0; channel < channels; channel++) {
    const grey = pixels.filter((_, i) => i % channels === channel);
    const alone = resample({ pixels: grey, width, height }, box, 7, 6).pixels;
    assert.deepEqual(
      together.filter((_, i) => i % channels === channel),
      alone,
    );
  }
});
