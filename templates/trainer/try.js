/**
 * The visitor's own drawing, or a test image, read by the model that has just been trained.
 *
 * @import { Manifest, ModelInput } from "../shared/manifest.js"
 * @typedef {(pixels: Uint8Array) => Promise<{probabilities: Float32Array}>} Predict
 */
import "../shared/bars.css";
import { drawDigit, showGallery } from "../shared/digit-view.js";
import { DrawingPad } from "../shared/pad.js";
import { byId, showError } from "../shared/page.js";
import { prepareInput } from "../shared/prepare.js";
import { formatPercent } from "../shared/words.js";

/** A screen reader hears the answer when the hand rests, not with every stroke. */
const QUIET_MILLISECONDS = 700;

export class TryView {
  /** @type {Uint8Array | null} what is asked about */
  pixels = null;
  /** @type {Uint8Array | null} a test image that was chosen instead of drawing */
  picked = null;
  enabled = false;
  running = false;
  again = false;
  quiet = 0;

  /**
   * @param {Manifest} manifest
   * @param {ModelInput} input
   * @param {Predict} predict
   */
  constructor(manifest, input, predict) {
    this.manifest = manifest;
    this.predict = predict;
    this.pad = byId("pad", DrawingPad);
    this.seen = byId("seen", HTMLCanvasElement);
    this.heading = byId("answer", HTMLElement);
    this.list = byId("probabilities", HTMLOListElement);
    this.rows = [...this.list.children];
    this.samples = byId("test-samples", HTMLElement);
    this.pad.addEventListener("change", () => {
      if (!this.pad.isBlank) this.picked = null;
      this.ask(this.pad.isBlank ? this.picked : prepareInput(this.pad.ink(), input));
    });
    byId("pad-undo", HTMLButtonElement).addEventListener("click", () => this.pad.undo());
    byId("pad-clear", HTMLButtonElement).addEventListener("click", () => this.pick(null));
    this.ask(null);
  }

  /** @param {boolean} enabled there is a model to ask */
  enable(enabled) {
    this.enabled = enabled;
    byId("try-hint", HTMLElement).textContent = enabled
      ? "Draw with a finger, a pen or the mouse, also while it trains. Nothing is uploaded."
      : "Start training, and the network reads what you draw.";
    this.refresh();
  }

  /** @param {Uint8Array | null} pixels of a test image; null: an empty pad */
  pick(pixels) {
    this.picked = pixels;
    this.pad.clear();
    this.ask(pixels);
  }

  /** @param {Uint8Array | null} pixels of one image; null: nothing is drawn */
  ask(pixels) {
    this.pixels = pixels;
    drawDigit(this.seen, pixels ?? new Uint8Array(), this.manifest.image);
    this.refresh();
  }

  /** Ask again; while an answer is under way, only the latest question is kept. */
  refresh() {
    if (!this.pixels || !this.enabled) return this.showNothing();
    this.again = true;
    this.list.ariaBusy = "true";
    if (!this.running) this.answer().catch(showError);
  }

  async answer() {
    this.running = true;
    try {
      while (this.again) {
        this.again = false;
        const { pixels } = this;
        if (!pixels || !this.enabled) break;
        const { probabilities } = await this.predict(pixels.slice());
        if (this.pixels && this.enabled) this.show(probabilities);
      }
    } finally {
      this.running = false;
      this.list.ariaBusy = "false";
    }
  }

  /** @param {Float32Array} probabilities */
  show(probabilities) {
    const best = probabilities.indexOf(Math.max(...probabilities));
    this.rows.forEach((row, i) => {
      this.showRow(row, probabilities[i], formatPercent(probabilities[i]));
      row.classList.toggle("best", i === best);
    });
    const words = `${this.manifest.classes[best]} (${formatPercent(probabilities[best])})`;
    this.heading.textContent = `It reads ${words}`;
    clearTimeout(this.quiet);
    this.quiet = window.setTimeout(() => {
      byId("answer-announce", HTMLElement).textContent = `It reads ${words}`;
    }, QUIET_MILLISECONDS);
  }

  showNothing() {
    this.heading.textContent = this.enabled ? "Draw something" : "Its answer";
    for (const row of this.rows) {
      this.showRow(row, 0, "–");
      row.classList.remove("best");
      row.removeAttribute("data-value");
    }
  }

  /**
   * @param {Element} row
   * @param {number} value
   * @param {string} text
   */
  showRow(row, value, text) {
    row.setAttribute("data-value", String(value));
    const [, bar, number] = row.children;
    /** @type {HTMLElement} */ (bar).style.setProperty("--share", String(value));
    number.textContent = text;
  }

  /**
   * Offer test images: for those who cannot draw, and as a comparison.
   *
   * @param {Uint8Array} pixels
   */
  offer(pixels) {
    const { image } = this.manifest;
    const size = image.height * image.width * image.channels;
    const images = Array.from({ length: pixels.length / size }, (_, i) =>
      pixels.subarray(i * size, (i + 1) * size),
    );
    showGallery(this.samples, images, image, {
      name: (i) => `Test image ${i}`,
      choose: (i) => this.pick(images[i]),
    });
  }
}
