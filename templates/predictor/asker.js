/**
 * Ask a model while somebody draws: the latest question wins. Questions never queue up; one that
 * arrives while an answer is under way replaces the one that waited before it.
 *
 * @template Q, A
 */
export class Asker {
  /** @type {{question: Q} | null} */
  next = null;
  isBusy = false;

  /**
   * @param {(question: Q) => Promise<A>} ask
   * @param {(answer: A, question: Q) => void} show is not called for an answer that came too late:
   *   after `forget`
   */
  constructor(ask, show) {
    this.ask = ask;
    this.show = show;
    this.round = 0;
  }

  /**
   * @param {Q} question
   * @returns {Promise<void>} rejects when the model fails; resolves at once when it is busy
   */
  async put(question) {
    this.next = { question };
    if (this.isBusy) return;
    this.isBusy = true;
    try {
      while (this.next) {
        const { question } = this.next;
        this.next = null;
        const round = this.round;
        const answer = await this.ask(question);
        if (round === this.round) this.show(answer, question);
      }
    } finally {
      this.isBusy = false;
    }
  }

  /** The pad was cleared: what is on its way is no longer wanted. */
  forget() {
    this.next = null;
    this.round += 1;
  }
}
