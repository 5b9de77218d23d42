/**
 * Takes pictures of a class at a rate, for as long as something is held. Each waits for the one
 * before: when pictures take longer than the rate allows, fewer are taken; none queue up.
 */

/** What tells the time; tests bring another. */
const CLOCK = {
  now: () => performance.now(),
  /** @param {number} milliseconds */
  sleep: (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds)),
};

export class Recorder {
  /** Pictures a second. */
  rate = 5;
  /** @type {string | null} the class that is being recorded */
  label = null;
  /** @type {string | null} a press that has not had its picture yet: even the shortest gets one */
  pressed = null;
  /** @type {Promise<void> | null} */
  running = null;
  wake = () => {};

  /**
   * @param {(label: string) => Promise<void>} take
   * @param {(error: unknown) => void} onError taking has stopped
   * @param {{now: () => number, sleep: (milliseconds: number) => Promise<unknown>}} [clock]
   */
  constructor(take, onError, clock = CLOCK) {
    this.take = take;
    this.onError = onError;
    this.clock = clock;
  }

  /** @param {string} label */
  start(label) {
    this.label = label;
    this.pressed = label;
    this.wake();
    this.running ??= this.run();
  }

  stop() {
    this.label = null;
    this.wake();
  }

  /** Stop, and forget a press that waits for its picture. */
  cancel() {
    this.pressed = null;
    this.stop();
  }

  async run() {
    try {
      for (let label = this.next(); label !== null; label = this.next()) {
        const due = this.clock.now() + 1000 / this.rate;
        await this.take(label);
        await this.pause(due - this.clock.now());
      }
    } catch (error) {
      this.cancel();
      this.onError(error);
    } finally {
      this.running = null;
    }
  }

  next() {
    const label = this.pressed ?? this.label;
    this.pressed = null;
    return label;
  }

  /** @param {number} milliseconds until the next picture, unless a press or a release ends it */
  async pause(milliseconds) {
    if (this.pressed !== null || this.label === null || milliseconds <= 0) return;
    const woken = new Promise((resolve) => {
      this.wake = () => resolve(undefined);
    });
    await Promise.race([woken, this.clock.sleep(milliseconds)]);
  }
}
