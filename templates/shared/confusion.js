/**
 * The confusion matrix: a row for what a picture is, a column for what was predicted. Cells that
 * open pictures are buttons. One stop for the Tab key; arrows lead from button to button.
 */
import "./confusion.css";
import { element } from "./dom.js";
import { formatCount } from "./page.js";

/**
 * @typedef {{row: number, column: number}} Cell
 * @typedef {{one: string, many: string, read: string, opens: "wrong" | "all"}} MatrixOptions one,
 *   many: what is counted; read: how an answer is spoken of; opens: which cells are buttons
 */

/** @type {MatrixOptions} */
const IMAGES = { one: "image", many: "images", read: "read as", opens: "wrong" };

/**
 * The cell that an arrow key leads to: the next one in reading order (left, right) or down the
 * columns (up, down), so that every cell can be reached however few there are.
 *
 * @param {Cell[]} cells
 * @param {Cell} from one of them
 * @param {string} key
 * @returns {Cell}
 */
export function cellAfter(cells, from, key) {
  const sideways = key === "ArrowLeft" || key === "ArrowRight";
  if (!sideways && key !== "ArrowUp" && key !== "ArrowDown") return from;
  const sorted = cells.toSorted((a, b) =>
    sideways ? a.row - b.row || a.column - b.column : a.column - b.column || a.row - b.row,
  );
  const at = sorted.findIndex(({ row, column }) => row === from.row && column === from.column);
  const step = key === "ArrowRight" || key === "ArrowDown" ? 1 : -1;
  return sorted[Math.min(Math.max(at + step, 0), sorted.length - 1)];
}

/**
 * Counts as shares of their row.
 *
 * @param {number[][]} confusion
 */
export function shares(confusion) {
  return confusion.map((counts) => {
    const total = counts.reduce((sum, count) => sum + count, 0);
    return counts.map((count) => (total ? count / total : 0));
  });
}

/**
 * The classes that a matrix of limited size shows: those with most mistakes, in their own order.
 *
 * @param {number[][]} confusion [true class][predicted class]
 * @param {number} limit
 * @returns {number[]} indices of classes
 */
export function mostConfused(confusion, limit) {
  const mistakes = confusion.map((counts, i) => {
    const missed = counts.reduce((sum, count, j) => sum + (i === j ? 0 : count), 0);
    const taken = confusion.reduce((sum, other, j) => sum + (i === j ? 0 : other[i]), 0);
    return { i, mistakes: missed + taken };
  });
  const worst = mistakes.toSorted((a, b) => b.mistakes - a.mistakes || a.i - b.i).slice(0, limit);
  return worst.map(({ i }) => i).sort((a, b) => a - b);
}

/**
 * An empty table for a matrix, where the classes are not known when the page is made.
 *
 * @param {string[]} classes
 * @param {Record<string, string>} attributes
 */
export function makeConfusionTable(classes, attributes) {
  const heads = classes.map((name) => element("th", { scope: "col", title: name }, name));
  const rows = classes.map((name) => {
    const cells = classes.map(() => element("td", { class: "none" }, "·"));
    return element("tr", {}, element("th", { scope: "row", title: name }, name), ...cells);
  });
  return element(
    "table",
    { class: "confusion", ...attributes },
    element("thead", {}, element("tr", {}, element("td"), ...heads)),
    element("tbody", {}, ...rows),
  );
}

export class ConfusionMatrix {
  /** @type {(Cell & {button: HTMLButtonElement})[]} */
  cells = [];

  /**
   * @param {HTMLTableElement} table with the names of the classes in its heads
   * @param {string[]} classes
   * @param {(cell: Cell) => void} onOpen
   * @param {MatrixOptions} [options]
   */
  constructor(table, classes, onOpen, options = IMAGES) {
    this.body = table.tBodies[0];
    this.classes = classes;
    this.onOpen = onOpen;
    this.options = options;
    table.addEventListener("keydown", (event) => this.move(event));
  }

  /** @param {number[][]} confusion */
  show(confusion) {
    this.cells = [];
    const worst = Math.max(...shares(confusion).flatMap((row, i) => row.toSpliced(i, 1)), 0) || 1;
    shares(confusion).forEach((share, row) => {
      const counts = confusion[row];
      counts.forEach((count, column) => {
        const cell = this.body.rows[row].cells[column + 1];
        cell.dataset.count = String(count);
        cell.className = count === 0 ? "none" : row === column ? "right" : "wrong";
        const strength = row === column ? share[column] : share[column] / worst;
        cell.style.setProperty("--share", strength.toFixed(3));
        const opens = count > 0 && (this.options.opens === "all" || row !== column);
        cell.replaceChildren(opens ? this.makeButton(row, column, count) : formatCount(count));
      });
    });
    if (this.cells[0]) this.cells[0].button.tabIndex = 0;
  }

  clear() {
    this.cells = [];
    for (const row of this.body.rows) {
      for (const cell of [...row.cells].slice(1)) {
        cell.className = "none";
        delete cell.dataset.count;
        cell.replaceChildren("·");
      }
    }
  }

  /**
   * @param {number} row
   * @param {number} column
   * @param {number} count
   */
  makeButton(row, column, count) {
    const pictures = `${formatCount(count)} ${count === 1 ? this.options.one : this.options.many}`;
    const label = `${this.classes[row]} ${this.options.read} ${this.classes[column]}: ${pictures}`;
    const states = { tabindex: -1, "aria-pressed": "false" };
    const attributes = { type: "button", "aria-label": label, ...states };
    const button = element("button", attributes, formatCount(count));
    const cell = { row, column, button };
    button.addEventListener("click", () => this.open(cell));
    this.cells.push(cell);
    return button;
  }

  /** @param {ConfusionMatrix["cells"][0]} cell */
  open(cell) {
    for (const { button } of this.cells) {
      button.setAttribute("aria-pressed", String(button === cell.button));
    }
    this.focusOn(cell);
    this.onOpen(cell);
  }

  /** @param {KeyboardEvent} event */
  move(event) {
    const from = this.cells.find(({ button }) => button === event.target);
    if (!from || !event.key.startsWith("Arrow")) return;
    event.preventDefault();
    const { row, column } = cellAfter(this.cells, from, event.key);
    const to = this.cells.find((cell) => cell.row === row && cell.column === column);
    if (to) this.focusOn(to);
  }

  /** @param {ConfusionMatrix["cells"][0]} cell */
  focusOn(cell) {
    for (const { button } of this.cells) button.tabIndex = button === cell.button ? 0 : -1;
    cell.button.focus();
  }
}
