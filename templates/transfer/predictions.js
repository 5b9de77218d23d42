/**
 * The answer to every picture: its class, what was answered, how sure. Some at a time.
 *
 * @import { Cell } from "../shared/confusion.js"
 * @import { Order, Predicted, Which } from "./predicted.js"
 * @import { Picture } from "./project.js"
 * @typedef {{
 *   title: string, pictures: (Picture | undefined)[], answers: Predicted[], classes: string[],
 *   confusion: number[][]
 * }} AnsweredSet pictures: undefined where one is gone since
 */
import "../shared/bars.css";
import { element } from "../shared/dom.js";
import { download } from "../shared/download.js";
import { byId, formatCount } from "../shared/page.js";
import { formatShare, ranked } from "../shared/words.js";
import { fillRow, makeRow } from "./answer.js";
import { toCsv } from "./csv.js";
import { filtered, isRight, sorted } from "./predicted.js";
import { thumbnail } from "./thumbnail.js";

/** Pictures that are shown at first (few, so that the page stays quick), and added at a time. */
const [FIRST, PAGE] = [12, 30];
/** Bars of a picture: the likeliest classes. */
const BARS = 3;

export class PredictionsView {
  /** @type {AnsweredSet} */
  set = { title: "", pictures: [], answers: [], classes: [], confusion: [] };
  /** @type {Cell | null} of the confusion matrix */
  cell = null;
  /** @type {number | null} */
  threshold = null;
  /** @type {Predicted[]} those that are listed, in their order */
  listed = [];
  shown = 0;

  /**
   * @param {{
   *   slug: string, onAllCells: () => void, announce: (text: string) => void,
   *   open?: (pictures: Picture[], position: number) => void
   * }} options onAllCells: no cell is chosen any longer; open: show a picture larger
   */
  constructor({ slug, onAllCells, announce, open }) {
    this.slug = slug;
    this.announce = announce;
    this.open = open;
    this.title = byId("look-predictions-title", HTMLElement);
    this.which = byId("look-which", HTMLSelectElement);
    this.order = byId("look-order", HTMLSelectElement);
    this.close = byId("look-cell-close", HTMLButtonElement);
    this.count = byId("look-count", HTMLElement);
    this.list = byId("look-predictions", HTMLUListElement);
    this.more = byId("look-more", HTMLButtonElement);
    for (const select of [this.which, this.order]) {
      select.addEventListener("change", () => {
        this.draw();
        this.announce(this.count.textContent);
      });
    }
    this.close.addEventListener("click", () => {
      onAllCells();
      this.pick(null);
      this.title.focus({ preventScroll: true });
    });
    this.more.addEventListener("click", () => this.showMore(true));
    byId("look-save", HTMLButtonElement).addEventListener("click", () => this.save());
  }

  /**
   * @param {AnsweredSet} set
   * @param {number | null} threshold
   */
  show(set, threshold) {
    this.set = set;
    this.threshold = threshold;
    this.cell = null;
    this.which.value = "all";
    this.draw();
  }

  /** @param {Cell | null} cell of the confusion matrix whose pictures are shown; null: of all */
  pick(cell) {
    this.cell = cell;
    if (cell) this.which.value = "all";
    this.draw();
    this.announce(this.count.textContent);
  }

  /** @param {number | null} threshold */
  rethink(threshold) {
    this.threshold = threshold;
    if (this.which.value === "unsure") return this.draw();
    for (const item of this.list.children) {
      const sure = Number(/** @type {HTMLElement} */ (item).dataset.probability);
      item.classList.toggle("unsure", sure < (threshold ?? 0));
    }
  }

  draw() {
    const { cell, set, threshold } = this;
    const which = /** @type {Which} */ (this.which.value);
    const order = /** @type {Order} */ (this.order.value);
    const found = filtered(set.answers, { which, cell, threshold });
    this.listed = sorted(found, order, ({ index }) => set.pictures[index]?.name ?? "");
    this.close.hidden = cell === null;
    const { classes } = set;
    const what = cell ? `: ${classes[cell.row]}, answered ${classes[cell.column]}` : "";
    this.title.textContent = `Picture by picture${what}`;
    const wrong = found.filter((answer) => !isRight(answer)).length;
    this.count.textContent = found.length
      ? `${formatCount(found.length)} of ${formatCount(set.answers.length)} ${set.title}, ` +
        `${formatCount(wrong)} of them wrong.`
      : "There is none.";
    this.list.replaceChildren();
    this.shown = 0;
    this.showMore(false);
  }

  /** @param {boolean} isAsked by the visitor, who goes on at the first one that is added */
  showMore(isAsked) {
    const added = this.listed.slice(this.shown, this.shown + (this.shown ? PAGE : FIRST));
    const items = added.map((answer, i) => this.item(answer, this.shown + i));
    this.list.append(...items);
    this.shown += added.length;
    const left = this.listed.length - this.shown;
    this.more.hidden = left === 0;
    this.more.textContent = `Show more (${formatCount(left)} left)`;
    if (isAsked) items[0]?.querySelector("button")?.focus();
  }

  /**
   * @param {Predicted} answer
   * @param {number} place in the list
   */
  item(answer, place) {
    const { classes, pictures } = this.set;
    const { label, predicted, probability, row } = answer;
    const picture = pictures[answer.index];
    const name = picture?.name ?? "deleted since";
    const right = isRight(answer);
    const answered = right ? "" : `, answered ${classes[predicted]}`;
    const words = ` ${classes[label]}${answered}`;
    const mark = element("b", { class: right ? "good" : "bad" }, right ? "right:" : "wrong:");
    const bars = ranked(row)
      .slice(0, BARS)
      .map((i) => {
        const bar = makeRow();
        fillRow(bar, classes[i], row[i], formatShare(row[i]));
        bar.classList.toggle("best", i === label);
        return bar;
      });
    const isUnsure = probability < (this.threshold ?? 0);
    return element(
      "li",
      { class: isUnsure ? "unsure" : "", "data-probability": probability, "data-right": right },
      this.button(picture, name, place),
      element(
        "div",
        {},
        element("p", { class: "answered-name", title: name }, name),
        element("p", { class: "answered-words" }, mark, words),
        element("ol", { class: "bars" }, ...bars),
      ),
    );
  }

  /**
   * @param {Picture | undefined} picture
   * @param {string} name
   * @param {number} place
   */
  button(picture, name, place) {
    const label = `Look at ${name}`;
    const button = element("button", { type: "button", "aria-label": label, title: label });
    if (picture) button.append(thumbnail(picture.jpeg, 72));
    button.disabled = !picture || !this.open;
    button.addEventListener("click", () => this.openAt(place));
    return button;
  }

  /** @param {number} place in the list */
  openAt(place) {
    const { pictures } = this.set;
    const wanted = pictures[this.listed[place].index];
    const known = this.listed.flatMap(({ index }) => pictures[index] ?? []);
    if (wanted) this.open?.(known, known.indexOf(wanted));
  }

  save() {
    const { answers, classes, pictures } = this.set;
    const head = ["picture", "class", "answer", "right", "probability", ...classes];
    const rows = sorted(answers, "wrong", () => "").map((answer) => {
      const { index, label, predicted, row } = answer;
      const shares = Array.from(row, (p) => Number(p.toFixed(6)));
      const name = pictures[index]?.name ?? "";
      const right = isRight(answer) ? "yes" : "no";
      return [name, classes[label], classes[predicted], right, shares[predicted], ...shares];
    });
    const csv = new Blob([toCsv([head, ...rows])], { type: "text/csv" });
    download(csv, `${this.slug}-predictions.csv`);
  }
}
