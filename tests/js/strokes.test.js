import assert from "node:assert/strict";
import { test } from "node:test";
import { paintLine } from "../../templates/shared/pen.js";
import { thin, traceStrokes } from "./strokes.js";

/**
 * @param {{x: number, y: number}[][]} lines
 */
function painted(lines) {
  const ink = { pixels: new Uint8Array(28 * 28), width: 28, height: 28 };
  for (const line of lines) paintLine(ink, line, 3);
  return ink.pixels;
}

const upright = [
  { x: 14, y: 5 },
  { x: 14, y: 23 },
];

test("an upright line is one stroke down its middle", () => {
  const strokes = traceStrokes(painted([upright]), 28, 28);
  assert.equal(strokes.length, 1);
  for (const { x } of strokes[0]) assert.ok(Math.abs(x - 14) < 0.6, `${x}`);
  const ys = strokes[0].map(({ y }) => y);
  assert.ok(Math.max(...ys) - Math.min(...ys) > 15);
});

test("a ring is one stroke that closes", () => {
  const ring = Array.from({ length: 41 }, (_, i) => ({
    x: 14 + 7 * Math.cos((i / 20) * Math.PI),
    y: 14 + 7 * Math.sin((i / 20) * Math.PI),
  }));
  const strokes = traceStrokes(painted([ring]), 28, 28).filter((stroke) => stroke.length > 4);
  const length = strokes.flat().length / 3;
  assert.ok(length > 35 && length < 60, `${length} pixels of line`);
  for (const { x, y } of strokes.flat()) assert.ok(Math.abs(Math.hypot(x - 14, y - 14) - 7) < 1);
});

test("a cross keeps its four arms", () => {
  const across = [
    { x: 5, y: 14 },
    { x: 23, y: 14 },
  ];
  const strokes = traceStrokes(painted([upright, across]), 28, 28);
  const points = strokes.flat();
  assert.ok(Math.min(...points.map(({ x }) => x)) < 8);
  assert.ok(Math.max(...points.map(({ x }) => x)) > 20);
  assert.ok(Math.min(...points.map(({ y }) => y)) < 8);
  assert.ok(Math.max(...points.map(({ y }) => y)) > 20);
});

test("thinning leaves lines one pixel wide and breaks nothing", () => {
  const mask = painted([upright]).map((value) => (value > 127 ? 1 : 0));
  const thinned = thin(mask, 28, 28);
  for (let y = 8; y < 20; y++) {
    const row = thinned.slice(y * 28, (y + 1) * 28);
    assert.equal(row.reduce((sum, value) => sum + value, 0), 1, `row ${y}`);
  }
});

test("nothing drawn gives no strokes", () => {
  assert.deepEqual(traceStrokes(new Uint8Array(784), 28, 28), []);
});
