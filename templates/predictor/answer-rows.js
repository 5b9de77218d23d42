/**
 * The rows of the answers' table. They stay where they are: where more classes are known than
 * shown, or the likeliest comes first, each row changes what it is about.
 *
 * @import { Which } from "./answers.js"
 */
import { formatShare } from "../shared/words.js";
import { argmax, rank } from "./verdict.js";

const UNKNOWN = "–";

export class AnswerRows {
  /**
   * @param {HTMLTableElement} table
   * @param {string[]} classes
   */
  constructor(table, classes) {
    this.classes = classes;
    this.rows = [...table.tBodies[0].rows];
    /** What the classes that have no row share. */
    this.more = table.querySelector("#more");
    /** The class that each row is about. */
    this.shown = classes.map((_, i) => i).slice(0, this.rows.length);
  }

  /**
   * The likeliest classes get the rows; their numbers have to be filled in anew.
   *
   * @param {Float32Array} probabilities
   */
  order(probabilities) {
    this.shown = rank(probabilities).slice(0, this.rows.length);
    this.rows.forEach((row, i) => nameRow(row, this.classes[this.shown[i]]));
  }

  /** No row is about any class until the next `order`. */
  forget() {
    for (const row of this.rows) nameRow(row, UNKNOWN);
  }

  /**
   * @param {Which} which
   * @param {Float32Array} probabilities
   */
  fill(which, probabilities) {
    const best = argmax(probabilities);
    let rest = 1;
    this.rows.forEach((row, i) => {
      const share = probabilities[this.shown[i]];
      const cell = cellOf(row, which);
      cell.classList.toggle("best", this.shown[i] === best);
      fillCell(cell, share, formatShare(share));
      rest -= share;
    });
    this.showRest(which, formatShare(Math.max(0, rest)));
  }

  /** @param {Which} which */
  empty(which) {
    for (const row of this.rows) {
      cellOf(row, which).classList.remove("best");
      fillCell(cellOf(row, which), 0, UNKNOWN);
    }
    this.showRest(which, UNKNOWN);
  }

  /**
   * @param {Which} which
   * @param {string} text
   */
  showRest(which, text) {
    const number = this.more?.querySelector(`[data-model="${which}"] .number`);
    if (number) number.textContent = text;
  }
}

/**
 * @param {HTMLTableRowElement} row
 * @param {string} name a long one is cut on the screen
 */
function nameRow(row, name) {
  const label = /** @type {HTMLElement} */ (row.querySelector(".name"));
  label.textContent = name;
  label.title = name;
}

/**
 * @param {HTMLTableRowElement} row
 * @param {Which} which
 */
function cellOf(row, which) {
  return /** @type {HTMLElement} */ (row.querySelector(`[data-model="${which}"]`));
}

/**
 * @param {HTMLElement} cell
 * @param {number} share
 * @param {string} text
 */
function fillCell(cell, share, text) {
  const [bar, number] = cell.children;
  /** @type {HTMLElement} */ (bar).style.setProperty("--share", share.toFixed(4));
  number.textContent = text;
}
