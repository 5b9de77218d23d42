/**
 * The models that answer: each is asked on its own, so that a slow one holds nobody up.
 *
 * @import { AnswersView, Answer, Which } from "./answers.js"
 *
 * @typedef {{pixels: Uint8Array, number: number}} Question numbered, so that answers to one and
 *   the same can be compared
 */
import { Asker } from "./asker.js";

export class Models {
  /** @type {Map<Which, Asker<Question, Answer>>} */
  askers = new Map();
  /** @type {Question | null} */
  question = null;
  asked = 0;

  /**
   * @param {(which: Which, pixels: Uint8Array) => Promise<Answer>} predict
   * @param {AnswersView} answers
   * @param {(error: unknown) => void} onError
   */
  constructor(predict, answers, onError) {
    this.predict = predict;
    this.answers = answers;
    this.onError = onError;
  }

  /**
   * A model is loaded: it answers the present question, and all that follow.
   *
   * @param {Which} which
   */
  join(which) {
    const asker = new Asker(
      (/** @type {Question} */ { pixels }) => this.predict(which, pixels),
      (answer, { number }) => this.answers.show(which, answer, number),
    );
    this.askers.set(which, asker);
    this.answers.toggle(which, true);
    if (this.question) this.put(which, this.question);
  }

  /** @param {Which} which */
  leave(which) {
    this.askers.get(which)?.forget();
    this.askers.delete(which);
    this.answers.toggle(which, false);
  }

  /**
   * @param {Uint8Array | null} pixels null: there is nothing to ask about, no answer is wanted
   * @returns {Promise<void>} resolves when all that were free have answered
   */
  async ask(pixels) {
    this.asked += 1;
    this.answers.expect(this.asked);
    const question = pixels && { pixels, number: this.asked };
    this.question = question;
    if (question) {
      await Promise.all([...this.askers.keys()].map((which) => this.put(which, question)));
    } else {
      for (const asker of this.askers.values()) asker.forget();
    }
  }

  /**
   * @param {Which} which
   * @param {Question} question
   */
  async put(which, question) {
    try {
      await this.askers.get(which)?.put(question);
    } catch (error) {
      this.leave(which);
      this.onError(error);
    }
  }
}
