/**
 * Answers to what the webcam sees, again and again: each frame waits for the answers to the one
 * before. Nothing of it is kept.
 *
 * @import { ModelInput } from "../shared/manifest.js"
 * @import { AnswersView } from "./answers.js"
 * @import { Models } from "./models.js"
 * @import { Subject } from "./page.js"
 * @typedef {(bitmap: ImageBitmap, input: ModelInput) => Promise<Uint8Array | null>} See
 */
import { CameraPanel } from "../shared/camera-panel.js";
import { byId, showError } from "../shared/page.js";

/** Milliseconds between two looks at the clock. */
const RATE_EVERY = 500;
const NOTHING = "No strokes are in sight";

export class LiveView {
  running = false;
  answered = 0;
  since = 0;
  /** @type {ImageBitmap | null} the frame that is shown */
  frame = null;

  /**
   * @param {ModelInput} input
   * @param {{see: See, subject: Subject, models: Models, answers: AnswersView}} parts
   * @param {() => void} onOff what was asked about before is asked about again
   */
  constructor(input, parts, onOff) {
    this.input = input;
    this.parts = parts;
    this.panel = new CameraPanel("live");
    this.rate = byId("live-rate", HTMLElement);
    this.panel.view.style.setProperty("--aspect", String(aspectOf(input)));
    this.panel.addEventListener("on", () => this.begin());
    this.panel.addEventListener("off", () => {
      this.rate.textContent = "";
      parts.answers.isLive = false;
      onOff();
    });
    this.panel.opener.disabled = false;
  }

  close() {
    this.panel.close();
  }

  begin() {
    const { answers } = this.parts;
    answers.isLive = true;
    answers.changes.told = "";
    this.answered = 0;
    this.since = performance.now();
    if (this.running) return;
    this.running = true;
    this.run()
      .catch((error) => {
        this.close();
        showError(error);
      })
      .finally(() => {
        this.running = false;
      });
  }

  async run() {
    const { panel } = this;
    while (panel.isOn) {
      // The page paints between two answers, and a hidden page asks nothing.
      await new Promise((resolve) => requestAnimationFrame(resolve));
      const frame = panel.isOn ? await panel.camera.frame() : null;
      if (frame) await this.ask(frame);
    }
  }

  /** @param {ImageBitmap} frame */
  async ask(frame) {
    const { see, subject, models, answers } = this.parts;
    const pixels = await see(frame, this.input);
    if (!this.panel.isOn) return frame.close();
    subject.showFrame(pixels, frame);
    this.frame?.close();
    this.frame = frame;
    const answered = models.ask(pixels);
    if (!pixels) answers.showNothing(NOTHING);
    await answered;
    this.count();
  }

  count() {
    this.answered++;
    const now = performance.now();
    if (now - this.since < RATE_EVERY || !this.panel.isOn) return;
    const rate = (this.answered * 1000) / (now - this.since);
    this.rate.textContent = `${rate.toFixed(rate < 10 ? 1 : 0)} pictures a second`;
    this.answered = 0;
    this.since = now;
  }
}

/**
 * The shape that the camera's picture is cut to; ink is looked for in all of it.
 *
 * @param {ModelInput} input
 */
function aspectOf({ width, height, resize }) {
  return resize === "centre-crop" ? width / height : 4 / 3;
}
