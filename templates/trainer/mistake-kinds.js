/**
 * The kinds of mistakes, the most frequent first: what a matrix of hundreds of classes cannot show
 * at a glance. Each opens its pictures, as the cells of the matrix do.
 *
 * @typedef {{label: number, predicted: number, count: number}} Kind
 */
import { element } from "../shared/dom.js";
import { byId, formatCount } from "../shared/page.js";

/** Kinds that are listed. */
const MOST = 20;

/**
 * @param {number[][]} confusion [true class][predicted class]
 * @returns {Kind[]}
 */
export function mistakeKinds(confusion) {
  const kinds = confusion.flatMap((counts, label) =>
    counts.flatMap((count, predicted) =>
      count > 0 && label !== predicted ? [{ label, predicted, count }] : [],
    ),
  );
  return kinds.sort((a, b) => b.count - a.count);
}

export class MistakeKinds {
  /**
   * @param {string[]} classes
   * @param {(kind: Kind) => void} onOpen
   */
  constructor(classes, onOpen) {
    this.classes = classes;
    this.onOpen = onOpen;
    this.title = byId("kinds-title", HTMLElement);
    this.list = byId("kinds", HTMLElement);
    this.untested = this.title.textContent;
  }

  /** @param {number[][]} confusion */
  show(confusion) {
    const kinds = mistakeKinds(confusion);
    const words = kinds.length === 1 ? "kind of mistake" : "kinds of mistakes";
    const which = kinds.length > MOST ? `the ${MOST} most frequent` : "the most frequent first";
    const count = `${formatCount(kinds.length)} ${words}`;
    this.title.textContent = kinds.length > 1 ? `${count}, ${which}` : count;
    this.list.replaceChildren(...kinds.slice(0, MOST).map((kind) => this.entry(kind)));
  }

  clear() {
    this.title.textContent = this.untested;
    this.list.replaceChildren();
  }

  /** @param {Kind} kind */
  entry(kind) {
    const [is, seen] = [this.classes[kind.label], this.classes[kind.predicted]];
    const images = kind.count === 1 ? "1 image" : `${formatCount(kind.count)} images`;
    const button = element(
      "button",
      { type: "button", "aria-label": `${is} read as ${seen}: ${images}` },
      element("span", {}, `${is} → ${seen}`),
      element("b", {}, formatCount(kind.count)),
    );
    button.addEventListener("click", () => this.onOpen(kind));
    return element("li", {}, button);
  }
}
