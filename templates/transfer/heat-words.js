/**
 * A heat map in words and in colours. Pure functions: Node runs their tests.
 *
 * @import { Heat } from "./heat.js"
 */

const ROWS = ["top", "middle", "bottom"];
const COLUMNS = ["left", "middle", "right"];
/** Orange and blue: told apart whatever colours an eye cannot. */
const FOR = [240, 120, 0];
const AGAINST = [20, 90, 230];
/** How much of the picture the strongest cell covers. */
const STRONGEST = 0.78;

/**
 * The cells that say most for and against.
 *
 * @param {Heat} heat
 * @returns {{most: number, least: number}} indices of cells
 */
export function extremes({ values }) {
  let most = 0;
  let least = 0;
  values.forEach((value, i) => {
    if (value > values[most]) most = i;
    if (value < values[least]) least = i;
  });
  return { most, least };
}

/**
 * Where a cell is.
 *
 * @param {number} cell
 * @param {{rows: number, columns: number}} grid
 * @returns {string} such as "at the top left", "in the middle"
 */
export function placeOf(cell, { rows, columns }) {
  const third = (/** @type {number} */ at, /** @type {number} */ of) =>
    Math.min(2, Math.floor(((at + 0.5) / of) * 3));
  const row = ROWS[third(Math.floor(cell / columns), rows)];
  const column = COLUMNS[third(cell % columns, columns)];
  if (row === "middle") return column === "middle" ? "in the middle" : `on the ${column}`;
  return column === "middle" ? `at the ${row}` : `at the ${row} ${column}`;
}

/**
 * @param {Heat} heat
 * @param {string} name of the class
 */
export function describeHeat(heat, name) {
  const { most, least } = extremes(heat);
  const position = (/** @type {number} */ cell) =>
    `${placeOf(cell, heat)} (row ${Math.floor(cell / heat.columns) + 1}, ` +
    `column ${(cell % heat.columns) + 1} of ${heat.rows} × ${heat.columns})`;
  const spoke =
    heat.values[most] > 0
      ? `What spoke most for ${name} is ${position(most)}.`
      : `Nothing in the picture spoke for ${name}.`;
  const against = heat.values[least] < 0 ? ` Most against it: ${position(least)}.` : "";
  return `${spoke}${against}`;
}

/**
 * One colour a cell: orange for, blue against, the clearer the more it says.
 *
 * @param {Heat} heat
 * @returns {Uint8ClampedArray<ArrayBuffer>} red, green, blue, alpha
 */
export function heatColours({ values }) {
  const most = values.reduce((high, value) => Math.max(high, Math.abs(value)), 0) || 1;
  const colours = new Uint8ClampedArray(values.length * 4);
  values.forEach((value, i) => {
    colours.set(value > 0 ? FOR : AGAINST, i * 4);
    colours[i * 4 + 3] = (255 * STRONGEST * Math.abs(value)) / most;
  });
  return colours;
}
