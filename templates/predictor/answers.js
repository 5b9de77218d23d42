/**
 * The answers on the page: ten probabilities of each model as bars with numbers, what they say
 * together, and how long each took.
 */
import { byId } from "../shared/page.js";
import { formatShare } from "../shared/words.js";
import { compare, formatDifference, median, verdict } from "./verdict.js";

/**
 * @typedef {"graph" | "layers" | "own"} Which
 * @typedef {{probabilities: Float32Array, milliseconds: number}} Answer
 */

/** So many answers count for the time of one. */
const TIMES = 25;
/** A screen reader hears the answer when the hand rests, not with every stroke. */
const QUIET_MILLISECONDS = 900;

export class AnswersView {
  /** @type {Partial<Record<Which, {probabilities: Float32Array, question: number}>>} */
  latest = {};
  /** @type {Record<Which, number[]>} */
  times = { graph: [], layers: [], own: [] };
  quiet = 0;

  /** @param {string[]} classes */
  constructor(classes) {
    this.classes = classes;
    this.table = byId("answers", HTMLTableElement);
    this.rows = [...this.table.tBodies[0].rows];
    this.name = byId("verdict", HTMLElement);
    this.sentence = byId("sentence", HTMLElement);
    this.agreement = byId("agreement", HTMLElement);
    this.spoken = byId("spoken", HTMLElement);
  }

  /**
   * Questions are numbered; the page keeps the number of the latest one, and that of the one that
   * each model has answered.
   *
   * @param {number} question that is open now
   */
  expect(question) {
    this.table.dataset.question = String(question);
  }

  /**
   * @param {Which} which
   * @param {Answer} answer
   * @param {number} question the answers to one and the same question are compared
   */
  show(which, { probabilities, milliseconds }, question) {
    this.latest[which] = { probabilities, question };
    const { best } = verdict(probabilities, this.classes);
    this.rows.forEach((row, i) => {
      const cell = cellOf(row, which);
      cell.classList.toggle("best", i === best);
      fillCell(cell, probabilities[i], formatShare(probabilities[i]));
    });
    this.showTime(which, milliseconds);
    this.time(which).dataset.question = String(question);
    this.showTogether(question);
    const detail = { which, question, probabilities };
    this.table.dispatchEvent(new CustomEvent("answer", { detail }));
  }

  /** @param {string} sentence such as "Draw a digit" */
  showNothing(sentence) {
    for (const which of /** @type {Which[]} */ (Object.keys(this.latest))) this.empty(which);
    this.latest = {};
    this.name.textContent = "?";
    this.name.classList.add("none");
    this.sentence.textContent = sentence;
    this.agreement.textContent = "";
    this.speak(sentence);
  }

  /**
   * Show or hide a model's column.
   *
   * @param {Which} which
   * @param {boolean} isShown
   */
  toggle(which, isShown) {
    for (const cell of this.table.querySelectorAll(`[data-model="${which}"]`)) {
      /** @type {HTMLElement} */ (cell).hidden = !isShown;
    }
    this.empty(which);
    this.times[which] = [];
    delete this.latest[which];
    this.time(which).textContent = "–";
    delete this.time(which).dataset.question;
  }

  /** @param {Which} which */
  empty(which) {
    for (const row of this.rows) {
      cellOf(row, which).classList.remove("best");
      fillCell(cellOf(row, which), 0, "–");
    }
  }

  /**
   * @param {Which} which
   * @param {number} milliseconds
   */
  showTime(which, milliseconds) {
    const times = this.times[which];
    times.push(milliseconds);
    if (times.length > TIMES) times.shift();
    this.time(which).textContent = `${median(times).toFixed(1)} ms`;
  }

  /** @param {Which} which */
  time(which) {
    return byId(`time-${which}`, HTMLElement);
  }

  /** @param {number} question */
  showTogether(question) {
    const { graph, layers } = this.latest;
    const first = graph?.question === question ? graph : layers;
    if (!first || first.question !== question) return;
    const { name, sentence } = verdict(first.probabilities, this.classes);
    this.name.textContent = name;
    this.name.classList.remove("none");
    this.sentence.textContent = sentence;
    let together = "";
    if (graph?.question === question && layers?.question === question) {
      const { agree, difference } = compare(graph.probabilities, layers.probabilities);
      together = agree ? "Both models agree" : "The models disagree";
      const extent = `${agree ? "to" : "by"} ${formatDifference(difference)}`;
      this.agreement.textContent = `${together} ${extent}`;
    }
    this.speak(`${name}. ${sentence}. ${together}.`);
  }

  /** @param {string} words */
  speak(words) {
    clearTimeout(this.quiet);
    this.quiet = window.setTimeout(() => {
      if (this.spoken.textContent !== words) this.spoken.textContent = words;
    }, QUIET_MILLISECONDS);
  }
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
