/**
 * The accuracy of each class. A handful keep their own order; of many, the worst come first, as
 * nobody looks through hundreds.
 *
 * @typedef {{name: string, right: number, total: number}} ClassScore
 */
import { element } from "../shared/dom.js";
import { byId, formatCount } from "../shared/page.js";
import { formatPercent } from "../shared/words.js";

/** More classes than this cannot be taken in at a glance. */
export const MANY = 10;

/**
 * Classes from the worst to the best; those of which no image was tested come last.
 *
 * @param {ClassScore[]} scores
 * @returns {number[]} indices of classes
 */
export function worstFirst(scores) {
  const share = scores.map(({ right, total }) => (total ? right / total : Infinity));
  const order = scores.map((_, i) => i);
  return order.sort((a, b) => {
    if (share[a] !== share[b]) return share[a] - share[b];
    return scores[b].total - scores[a].total || a - b;
  });
}

export class ClassScores {
  constructor() {
    this.body = byId("per-class", HTMLTableElement).tBodies[0];
    /** One for each class, in the order of the classes. */
    this.rows = [...this.body.rows];
  }

  /** @param {ClassScore[]} scores */
  show(scores) {
    scores.forEach(({ right, total }, i) => {
      const share = total ? right / total : 0;
      const counts = `${formatCount(right)} of ${formatCount(total)}`;
      fill(this.rows[i], counts, share, total ? formatPercent(share) : "–");
    });
    if (scores.length > MANY) this.body.append(...worstFirst(scores).map((i) => this.rows[i]));
  }

  clear() {
    for (const row of this.rows) fill(row, "–", 0, "–");
    this.body.append(...this.rows);
  }
}

/**
 * @param {HTMLTableRowElement} row
 * @param {string} counts
 * @param {number} share
 * @param {string} words
 */
function fill(row, counts, share, words) {
  const bar = element("span", { class: "bar" });
  bar.style.setProperty("--share", String(share));
  row.cells[1].textContent = counts;
  row.cells[2].replaceChildren(bar, element("b", {}, words));
}
