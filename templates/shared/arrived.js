/**
 * What has arrived of one split, and who waits for more of it.
 *
 * @typedef {{bytes: number, totalBytes: number, images: number, needed: number}} LoadProgress
 */
export class Arrived {
  /** Room for all that was asked for; the first `ready` images of it are there. */
  pixels = new Uint8Array(0);
  /** @type {Uint8Array | Uint16Array | null} */
  labels = null;
  ready = 0;
  /** Images that somebody asked for. */
  wanted = 0;
  /** Sheets that hold the images which are there. */
  sheets = 0;
  /** Is somebody fetching? */
  running = false;
  /** @type {Error | null} why the fetching ended too early */
  failure = null;
  /** @type {Set<(progress: LoadProgress) => void>} */
  listeners = new Set();
  /** @type {{count: number, resolve: () => void, reject: (error: Error) => void}[]} */
  waiting = [];

  /** @param {number} values that there must be room for */
  reserve(values) {
    if (this.pixels.length >= values) return;
    const larger = new Uint8Array(values);
    larger.set(this.pixels);
    this.pixels = larger;
  }

  /**
   * @param {number} count
   * @returns {Promise<void>}
   */
  waitFor(count) {
    if (this.has(count)) return Promise.resolve();
    if (this.failure) return Promise.reject(this.failure);
    return new Promise((resolve, reject) => this.waiting.push({ count, resolve, reject }));
  }

  /** Tell those whose images are there, and when it failed, everybody. */
  settle() {
    const { failure } = this;
    this.waiting = this.waiting.filter(({ count, resolve, reject }) => {
      if (this.has(count)) resolve();
      else if (failure) reject(failure);
      else return true;
      return false;
    });
  }

  /** @param {number} count */
  has(count) {
    return this.labels !== null && this.ready >= count;
  }
}
