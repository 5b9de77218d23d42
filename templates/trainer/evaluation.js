/**
 * The examination after training: accuracy of each class, confusion matrix and misread images, all
 * of one and the same test sample.
 *
 * @import { Manifest } from "../shared/manifest.js"
 * @import { ClassScore } from "./class-scores.js"
 * @import { LoadPixels, Mistake } from "./misread.js"
 * @typedef {{
 *   images: number, accuracy: number, loss: number, perClass: ClassScore[],
 *   confusion: number[][], misread: Mistake[]
 * }} Evaluation
 */
import { ConfusionMatrix, makeConfusionTable, mostConfused } from "../shared/confusion.js";
import { byId, formatCount, showError } from "../shared/page.js";
import { formatPercent } from "../shared/words.js";
import { ClassScores, MANY } from "./class-scores.js";
import { MisreadImages } from "./misread.js";
import { MistakeKinds } from "./mistake-kinds.js";

/** Classes of a matrix that can still be read. */
const MOST_CLASSES = 50;
/** Pixels that a column's head has, and those of a letter: names that do not fit stand upright. */
const [HEADS, LETTER] = [600, 8];

export class EvaluationView {
  /** @type {Mistake[]} */
  mistakes = [];
  /** @type {MistakeKinds | null} where a matrix is too large to show them */
  kinds = null;

  /**
   * @param {Manifest} manifest
   * @param {LoadPixels} loadPixels of test images
   */
  constructor({ classes, image }, loadPixels) {
    this.classes = classes;
    this.section = byId("step-look", HTMLElement);
    this.figure = byId("figure-test", HTMLElement);
    this.label = byId("figure-test-label", HTMLElement);
    this.scores = new ClassScores();
    this.misread = new MisreadImages(classes, image, loadPixels);
    if (classes.length > MANY) {
      this.kinds = new MistakeKinds(classes, ({ label, predicted }) => {
        this.open(label, predicted);
        // The matrix lies in between.
        byId("misread-title", HTMLElement).scrollIntoView({ block: "center" });
      });
    }
    this.matrix = this.makeMatrix(classes.slice(0, MOST_CLASSES).map((_, i) => i));
  }

  /** @param {number[]} shown the classes that the matrix has, in their order */
  makeMatrix(shown) {
    const { classes } = this;
    const names = shown.map((i) => classes[i]);
    const longest = Math.max(...names.map((name) => name.length));
    const table = makeConfusionTable(names, {
      id: "confusion",
      "aria-labelledby": "confusion-title",
      "aria-describedby": "confusion-hint",
    });
    table.classList.toggle("upright", longest * LETTER * (names.length + 1) > HEADS);
    table.style.setProperty("--classes", String(names.length));
    byId("confusion-place", HTMLElement).replaceChildren(table);
    const some = shown.length < classes.length;
    byId("confusion-some", HTMLElement).textContent = some
      ? ` These are the ${shown.length} most confused of ${classes.length} classes.`
      : "";
    return new ConfusionMatrix(table, names, ({ row, column }) =>
      this.open(shown[row], shown[column]),
    );
  }

  /**
   * Show the images of one kind of mistake.
   *
   * @param {number} label
   * @param {number} predicted
   */
  open(label, predicted) {
    const { classes } = this;
    const found = this.mistakes.filter((m) => m.label === label && m.predicted === predicted);
    const title = `${classes[label]} read as ${classes[predicted]}: ${formatCount(found.length)}`;
    this.misread.show(title, found).catch(showError);
  }

  /** @param {Evaluation} result */
  async show({ images, accuracy, perClass, confusion, misread }) {
    this.mistakes = misread;
    this.section.dataset.images = String(images);
    this.section.dataset.accuracy = String(accuracy);
    this.figure.textContent = formatPercent(accuracy);
    this.label.textContent = `of ${formatCount(images)} test images right`;
    this.scores.show(perClass);
    this.kinds?.show(confusion);
    const shown = mostConfused(confusion, MOST_CLASSES);
    if (shown.length < confusion.length) this.matrix = this.makeMatrix(shown);
    this.matrix.show(shown.map((i) => shown.map((j) => confusion[i][j])));
    await this.misread.show(`Surest of ${formatCount(misread.length)} mistakes`, misread);
  }

  clear() {
    this.mistakes = [];
    delete this.section.dataset.images;
    delete this.section.dataset.accuracy;
    this.figure.textContent = "–";
    this.scores.clear();
    this.kinds?.clear();
    this.matrix.clear();
    this.misread.clear();
  }
}
