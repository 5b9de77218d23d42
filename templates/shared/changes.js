/**
 * Answers that come many times a second, told as often as a listener can follow.
 */

/** Milliseconds between two answers that a screen reader is told. */
const TELL_EVERY = 2000;

/** Passes an answer on when it is another one, and not too soon after the last. */
export class Changes {
  told = "";
  last = -Infinity;

  /**
   * @param {(words: string) => void} tell
   * @param {() => number} [now] milliseconds
   */
  constructor(tell, now = () => performance.now()) {
    this.tell = tell;
    this.now = now;
  }

  /**
   * @param {string} name of the answer
   * @param {string} words for it
   */
  hear(name, words) {
    const now = this.now();
    if (name === this.told || now - this.last < TELL_EVERY) return;
    this.told = name;
    this.last = now;
    this.tell(words);
  }
}
