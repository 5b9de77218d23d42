import assert from "node:assert/strict";
import { test } from "node:test";
import { cellAfter, shares } from "../../templates/shared/confusion.js";

const CELLS = [
  { row: 0, column: 3 },
  { row: 2, column: 1 },
  { row: 2, column: 4 },
  { row: 5, column: 0 },
];

test("right and left go through all cells in reading order and stop at the ends", () => {
  let at = CELLS[0];
  for (const expected of [CELLS[1], CELLS[2], CELLS[3], CELLS[3]]) {
    at = cellAfter(CELLS, at, "ArrowRight");
    assert.deepEqual(at, expected);
  }
  assert.deepEqual(cellAfter(CELLS, CELLS[0], "ArrowLeft"), CELLS[0]);
});

test("down and up go through all cells column by column", () => {
  let at = CELLS[3];
  for (const expected of [CELLS[1], CELLS[0], CELLS[2], CELLS[2]]) {
    at = cellAfter(CELLS, at, "ArrowDown");
    assert.deepEqual(at, expected);
  }
  assert.deepEqual(cellAfter(CELLS, CELLS[2], "ArrowUp"), CELLS[0]);
});

test("other keys lead nowhere", () => {
  assert.deepEqual(cellAfter(CELLS, CELLS[1], "Enter"), CELLS[1]);
});

test("counts become shares of their class, and a class without images has none", () => {
  assert.deepEqual(
    shares([
      [3, 1],
      [0, 0],
    ]),
    [
      [0.75, 0.25],
      [0, 0],
    ],
  );
});
