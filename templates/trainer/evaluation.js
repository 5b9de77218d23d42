/**
 * The examination after training: accuracy of each class, confusion matrix and misread images, all
 * of one and the same test sample.
 *
 * @import { Manifest } from "../shared/manifest.js"
 * @import { LoadPixels, Mistake } from "./misread.js"
 * @typedef {{
 *   images: number, accuracy: number, loss: number,
 *   perClass: {name: string, right: number, total: number}[],
 *   confusion: number[][], misread: Mistake[]
 * }} Evaluation
 */
import { ConfusionMatrix, makeConfusionTable, mostConfused } from "../shared/confusion.js";
import { element } from "../shared/dom.js";
import { byId, formatCount, showError } from "../shared/page.js";
import { formatPercent } from "../shared/words.js";
import { MisreadImages } from "./misread.js";

/** Classes of a matrix that can still be read. */
const MOST_CLASSES = 30;

export class EvaluationView {
  /** @type {Mistake[]} */
  mistakes = [];

  /**
   * @param {Manifest} manifest
   * @param {LoadPixels} loadPixels of test images
   */
  constructor({ classes, image }, loadPixels) {
    this.classes = classes;
    this.section = byId("step-look", HTMLElement);
    this.figure = byId("figure-test", HTMLElement);
    this.label = byId("figure-test-label", HTMLElement);
    this.rows = byId("per-class", HTMLTableElement).tBodies[0].rows;
    this.misread = new MisreadImages(classes, image, loadPixels);
    this.matrix = this.makeMatrix(classes.slice(0, MOST_CLASSES).map((_, i) => i));
  }

  /** @param {number[]} shown the classes that the matrix has, in their order */
  makeMatrix(shown) {
    const { classes } = this;
    const names = shown.map((i) => classes[i]);
    const table = makeConfusionTable(names, {
      id: "confusion",
      "aria-labelledby": "confusion-title",
      "aria-describedby": "confusion-hint",
    });
    byId("confusion-place", HTMLElement).replaceChildren(table);
    const some = shown.length < classes.length;
    byId("confusion-some", HTMLElement).textContent = some
      ? ` These are the ${shown.length} most confused of ${classes.length} classes.`
      : "";
    return new ConfusionMatrix(table, names, (cell) => {
      const [row, column] = [shown[cell.row], shown[cell.column]];
      const found = this.mistakes.filter((m) => m.label === row && m.predicted === column);
      const title = `${classes[row]} read as ${classes[column]}: ${formatCount(found.length)}`;
      this.misread.show(title, found).catch(showError);
    });
  }

  /** @param {Evaluation} result */
  async show({ images, accuracy, perClass, confusion, misread }) {
    this.mistakes = misread;
    this.section.dataset.images = String(images);
    this.section.dataset.accuracy = String(accuracy);
    this.figure.textContent = formatPercent(accuracy);
    this.label.textContent = `of ${formatCount(images)} test images right`;
    perClass.forEach((entry, i) => this.showClass(this.rows[i], entry));
    const shown = mostConfused(confusion, MOST_CLASSES);
    if (shown.length < confusion.length) this.matrix = this.makeMatrix(shown);
    this.matrix.show(shown.map((i) => shown.map((j) => confusion[i][j])));
    await this.misread.show(`Surest of ${formatCount(misread.length)} mistakes`, misread);
  }

  /**
   * @param {HTMLTableRowElement} row
   * @param {Evaluation["perClass"][0]} entry
   */
  showClass(row, { right, total }) {
    const share = total ? right / total : 0;
    const bar = element("span", { class: "bar" });
    bar.style.setProperty("--share", String(share));
    row.cells[1].textContent = `${formatCount(right)} of ${formatCount(total)}`;
    row.cells[2].replaceChildren(bar, element("b", {}, total ? formatPercent(share) : "–"));
  }

  clear() {
    this.mistakes = [];
    delete this.section.dataset.images;
    delete this.section.dataset.accuracy;
    this.figure.textContent = "–";
    for (const row of this.rows) {
      row.cells[1].textContent = "–";
      row.cells[2].replaceChildren(element("span", { class: "bar" }), element("b", {}, "–"));
    }
    this.matrix.clear();
    this.misread.clear();
  }
}
