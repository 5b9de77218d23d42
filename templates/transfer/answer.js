/**
 * An answer, large: the class or "Not sure", and the probabilities as bars. The webcam draws into
 * one as well.
 */
import "../shared/bars.css";
import { element } from "../shared/dom.js";
import { formatShare, ranked } from "../shared/words.js";
import { answerTo } from "./predicted.js";

/** Up to so many classes all have a bar, in their order; of more the likeliest. */
const MOST_BARS = 12;

export class AnswerView {
  /** @type {HTMLLIElement[]} */
  rows = [];
  /** @type {string[]} */
  classes = [];

  /**
   * @param {HTMLElement} container an empty element
   * @param {string[]} classes
   */
  constructor(container, classes) {
    this.name = element("p", { class: "answer-name" });
    this.sentence = element("p", { class: "answer-sentence" });
    this.bars = element("ol", { class: "bars", "aria-label": "Probability of each class" });
    this.others = element("p", { class: "hint" });
    container.replaceChildren(this.name, this.sentence, this.bars, this.others);
    this.use(classes);
  }

  /** @param {string[]} classes of another head */
  use(classes) {
    this.classes = [...classes];
    this.rows = classes.slice(0, MOST_BARS).map(() => makeRow());
    this.bars.replaceChildren(...this.rows);
    const left = classes.length - this.rows.length;
    this.others.textContent = left > 0 ? `and ${left} classes that are less likely` : "";
    this.clear();
  }

  /**
   * @param {ArrayLike<number>} probabilities of one picture
   * @param {number | null} threshold the least probability that counts as an answer
   * @returns {string} what a screen reader should hear
   */
  show(probabilities, threshold) {
    const { best, sure, name, sentence } = answerTo(
      probabilities,
      this.classes,
      threshold,
      formatShare,
    );
    this.name.textContent = name;
    this.name.classList.toggle("unsure", !sure);
    this.sentence.textContent = sentence;
    const all = this.classes.length <= MOST_BARS;
    const shown = all ? this.classes.map((_, i) => i) : ranked(probabilities);
    this.rows.forEach((row, place) => {
      const i = shown[place];
      fillRow(row, this.classes[i], probabilities[i], formatShare(probabilities[i]));
      row.classList.toggle("best", i === best);
    });
    return `${name}. ${sentence}`;
  }

  /** @param {string} [sentence] what to do for an answer */
  clear(sentence = "") {
    this.name.textContent = "–";
    this.name.classList.add("unsure");
    this.sentence.textContent = sentence;
    this.rows.forEach((row, i) => {
      fillRow(row, this.classes[i], 0, "–");
      row.classList.remove("best");
    });
  }
}

export function makeRow() {
  const bar = element("span", { class: "bar" });
  return element("li", {}, element("span"), bar, element("b"));
}

/**
 * @param {HTMLLIElement} row
 * @param {string} name
 * @param {number} share
 * @param {string} text
 */
export function fillRow(row, name, share, text) {
  const [label, bar, number] = row.children;
  if (label.textContent !== name) label.textContent = name;
  label.setAttribute("title", name);
  /** @type {HTMLElement} */ (bar).style.setProperty("--share", share.toFixed(4));
  number.textContent = text;
}
