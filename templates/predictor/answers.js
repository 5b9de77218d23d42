/**
 * The answers on the page: probabilities of each model as bars with numbers, what they say
 * together, and how long each took.
 *
 * @import { AnswerSettings } from "../shared/manifest.js"
 */
import { Changes } from "../shared/changes.js";
import { byId } from "../shared/page.js";
import { AnswerRows } from "./answer-rows.js";
import { compare, formatDifference, formatMiddle, verdict } from "./verdict.js";

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
  /** Does the webcam ask, again and again? */
  isLive = false;

  /**
   * @param {string[]} classes
   * @param {AnswerSettings} settings
   */
  constructor(classes, settings) {
    this.classes = classes;
    this.settings = settings;
    this.table = byId("answers", HTMLTableElement);
    this.rows = new AnswerRows(this.table, classes);
    this.name = byId("verdict", HTMLElement);
    this.sentence = byId("sentence", HTMLElement);
    this.agreement = byId("agreement", HTMLElement);
    this.spoken = byId("spoken", HTMLElement);
    this.changes = new Changes((words) => (this.spoken.textContent = words));
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
    if (this.settings.ranked && which === this.leader) this.order(probabilities);
    else this.rows.fill(which, probabilities);
    this.showTime(which, milliseconds);
    this.time(which).dataset.question = String(question);
    this.showTogether(question);
    const detail = { which, question, probabilities };
    this.table.dispatchEvent(new CustomEvent("answer", { detail }));
  }

  /** The model whose answer the list goes by: the first that there is. */
  get leader() {
    const { graph, layers } = this.latest;
    return graph ? "graph" : layers ? "layers" : "own";
  }

  /**
   * Show the likeliest classes; the numbers of all models move with them.
   *
   * @param {Float32Array} probabilities
   */
  order(probabilities) {
    this.rows.order(probabilities);
    for (const which of this.answered) {
      const answer = this.latest[which];
      if (answer) this.rows.fill(which, answer.probabilities);
    }
  }

  /** The models that have answered. */
  get answered() {
    return /** @type {Which[]} */ (Object.keys(this.latest));
  }

  /** @param {string} sentence such as "Draw a digit" */
  showNothing(sentence) {
    for (const which of this.answered) this.rows.empty(which);
    this.latest = {};
    if (this.settings.ranked) this.rows.forget();
    this.showName("?", false);
    this.sentence.textContent = sentence;
    this.agreement.textContent = "";
    this.speak(sentence);
  }

  /**
   * @param {string} name
   * @param {boolean} isSure
   */
  showName(name, isSure) {
    this.name.textContent = name;
    this.name.title = name;
    this.name.classList.toggle("none", !isSure);
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
    this.rows.empty(which);
    this.times[which] = [];
    delete this.latest[which];
    this.time(which).textContent = "–";
    delete this.time(which).dataset.question;
  }

  /**
   * @param {Which} which
   * @param {number} milliseconds
   */
  showTime(which, milliseconds) {
    const times = this.times[which];
    times.push(milliseconds);
    if (times.length > TIMES) times.shift();
    this.time(which).textContent = formatMiddle(times);
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
    const { name, sentence, isSure } = verdict(first.probabilities, this.classes, this.settings);
    // A long name in large letters would be read as the answer, whatever the line says.
    const isNamed = isSure || !this.settings.ranked;
    this.showName(isNamed ? name : "?", isNamed);
    this.sentence.textContent = sentence;
    let together = "";
    if (graph?.question === question && layers?.question === question) {
      const { agree, difference } = compare(graph.probabilities, layers.probabilities);
      together = agree ? "Both models agree" : "The models disagree";
      const extent = `${agree ? "to" : "by"} ${formatDifference(difference)}`;
      this.agreement.textContent = `${together} ${extent}`;
    }
    this.tell(name, [isNamed ? name : "", sentence, together]);
  }

  /**
   * @param {string} name of the answer
   * @param {string[]} sentences of which some may be empty
   */
  tell(name, sentences) {
    const words = sentences.filter(Boolean).map((sentence) => `${sentence}.`);
    if (this.isLive) this.changes.hear(name, words.slice(0, 2).join(" "));
    else this.speak(words.join(" "));
  }

  /** @param {string} words */
  speak(words) {
    clearTimeout(this.quiet);
    this.quiet = window.setTimeout(() => {
      if (this.spoken.textContent !== words) this.spoken.textContent = words;
    }, QUIET_MILLISECONDS);
  }
}
