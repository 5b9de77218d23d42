/**
 * The pictures that the network misread: the surest mistakes first, or those of one cell of the
 * confusion matrix.
 *
 * @import { ImageShape } from "../shared/digit-view.js"
 * @typedef {{index: number, label: number, predicted: number, probability: number}} Mistake
 * @typedef {(indices: number[]) => Promise<Uint8Array>} LoadPixels
 */
import { element } from "../shared/dom.js";
import { byId, formatCount, showError } from "../shared/page.js";
import { formatPercent } from "../shared/words.js";
import { pictures } from "./pictures.js";

/** Pictures that are added at a time. */
const PAGE = 20;

export class MisreadImages {
  /** @type {Mistake[]} */
  mistakes = [];
  shown = 0;

  /**
   * @param {string[]} classes
   * @param {ImageShape} shape
   * @param {LoadPixels} loadPixels of test images
   */
  constructor(classes, shape, loadPixels) {
    this.classes = classes;
    this.shape = shape;
    this.loadPixels = loadPixels;
    this.title = byId("misread-title", HTMLElement);
    this.hint = byId("misread-hint", HTMLElement);
    this.list = byId("misread", HTMLElement);
    this.more = byId("misread-more", HTMLButtonElement);
    this.emptyHint = this.hint.textContent;
    this.more.addEventListener("click", () => this.showMore().catch(showError));
  }

  /**
   * @param {string} title
   * @param {Mistake[]} mistakes
   */
  async show(title, mistakes) {
    this.mistakes = mistakes.toSorted((a, b) => b.probability - a.probability);
    this.title.textContent = title;
    this.hint.textContent = mistakes.length
      ? "True class → prediction, and how sure the network was."
      : "Not one image was misread.";
    this.list.replaceChildren();
    this.shown = 0;
    await this.showMore();
  }

  clear() {
    this.mistakes = [];
    this.title.textContent = "Misread images";
    this.hint.textContent = this.emptyHint;
    this.list.replaceChildren();
    this.more.hidden = true;
  }

  async showMore() {
    const { mistakes } = this;
    const added = mistakes.slice(this.shown, this.shown + PAGE);
    this.shown += added.length;
    const left = mistakes.length - this.shown;
    this.more.hidden = left === 0;
    this.more.textContent = `Show more (${formatCount(left)} left)`;
    if (added.length === 0) return;
    const pixels = await this.loadPixels(added.map(({ index }) => index));
    if (mistakes !== this.mistakes) return; // others were asked for meanwhile
    const drawn = pictures(pixels, this.shape, (i) => this.describe(added[i]));
    this.list.append(...added.map((mistake, i) => this.entry(mistake, drawn[i])));
  }

  /** @param {Mistake} mistake */
  describe({ index, label, predicted, probability }) {
    const { [label]: is, [predicted]: seen } = this.classes;
    return `Test image ${index}: ${is}, read as ${seen} with ${formatPercent(probability)}`;
  }

  /**
   * @param {Mistake} mistake
   * @param {HTMLCanvasElement} canvas
   */
  entry({ index, label, predicted, probability }, canvas) {
    const words = element(
      "span",
      { "aria-hidden": "true" },
      element("b", {}, `${this.classes[label]} → ${this.classes[predicted]}`),
      ` ${Math.round(probability * 100)}%`,
    );
    const data = { "data-index": index, "data-label": label, "data-predicted": predicted };
    return element("li", { ...data, title: canvas.ariaLabel ?? "" }, canvas, words);
  }
}
