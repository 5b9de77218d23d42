/**
 * The answer to what the webcam sees, again and again: each frame waits for the answer to
 * the one before. Nothing of it is kept.
 *
 * @import { AnswerView } from "./answer.js"
 * @import { Session } from "./session.js"
 */
import { transfer } from "comlink";
import { CameraPanel } from "../shared/camera-panel.js";
import { Changes } from "../shared/changes.js";
import { byId, showError } from "../shared/page.js";
import { formatShare } from "../shared/words.js";
import { answerTo } from "./predicted.js";

/** Milliseconds between two looks at the clock. */
const RATE_EVERY = 500;

export class LiveView {
  idle = true;
  paused = false;
  running = false;
  answers = 0;
  since = 0;

  /**
   * @param {Session} session
   * @param {{answer: AnswerView, threshold: () => number | null}} parts threshold: the least
   *   probability that counts as an answer
   */
  constructor(session, { answer, threshold }) {
    this.session = session;
    this.answer = answer;
    this.threshold = threshold;
    this.panel = new CameraPanel("live");
    this.rate = byId("live-rate", HTMLElement);
    this.changes = new Changes(session.announce);
    this.panel.addEventListener("on", () => this.begin());
    this.panel.addEventListener("off", () => this.clear());
    session.answerer.addEventListener("change", () => this.renew());
    this.renew();
  }

  /** @param {boolean} idle can the camera be opened now? */
  enable(idle) {
    this.idle = idle;
    this.panel.opener.disabled = !idle || !this.session.answerer.current;
  }

  /** Leave the engine to other work; the preview goes on. */
  pause() {
    this.paused = true;
    this.rate.textContent = "It answers again when the other work is done.";
  }

  resume() {
    this.paused = false;
    this.begin();
  }

  /** Another head or model answers, or none: then there is nothing to ask. */
  renew() {
    const { current } = this.session.answerer;
    if (!current) this.panel.close();
    else this.answer.use(current.classes);
    this.enable(this.idle);
    this.begin();
  }

  clear() {
    this.rate.textContent = "";
    this.answer.clear();
  }

  get isAsking() {
    return this.panel.isOn && !this.paused && this.session.answerer.current !== null;
  }

  begin() {
    if (!this.isAsking || this.running) return;
    this.rate.textContent = "";
    this.answers = 0;
    this.since = performance.now();
    this.changes.told = "";
    this.running = true;
    this.run()
      .catch((error) => {
        this.panel.close();
        showError(error);
      })
      .finally(() => {
        this.running = false;
      });
  }

  async run() {
    while (this.isAsking) {
      // The page paints between two answers, and a hidden page asks nothing.
      await new Promise((resolve) => requestAnimationFrame(resolve));
      const frame = this.isAsking ? await this.panel.camera.frame() : null;
      if (frame) await this.ask(frame);
    }
  }

  /** @param {ImageBitmap} frame */
  async ask(frame) {
    const { answerer, preparer } = this.session;
    const { pixels } = await preparer.fromBitmap(transfer(frame, [frame]));
    const { current } = answerer;
    if (!this.isAsking || !current) return;
    const { probabilities } = await answerer.predict(transfer(pixels, [pixels.buffer]));
    // Training, another head or the closing of the camera may have come between.
    if (this.isAsking && current === answerer.current) this.show(probabilities, current.classes);
  }

  /**
   * @param {Float32Array} probabilities
   * @param {string[]} classes
   */
  show(probabilities, classes) {
    const threshold = this.threshold();
    const words = this.answer.show(probabilities, threshold);
    this.changes.hear(answerTo(probabilities, classes, threshold, formatShare).name, words);
    this.answers++;
    const now = performance.now();
    if (now - this.since < RATE_EVERY) return;
    const rate = (this.answers * 1000) / (now - this.since);
    this.rate.textContent = `${rate.toFixed(rate < 10 ? 1 : 0)} pictures a second`;
    this.answers = 0;
    this.since = now;
  }
}
