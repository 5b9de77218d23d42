/**
 * The visitor's own drawing or picture, or a test image, read by the model that has just been
 * trained.
 *
 * @import { Manifest, ModelInput } from "../shared/manifest.js"
 * @typedef {(pixels: Uint8Array) => Promise<{probabilities: Float32Array}>} Predict
 */
import "../shared/bars.css";
import { readPicture } from "../shared/bitmap.js";
import { acceptPictures } from "../shared/brought.js";
import { drawDigit, showGallery } from "../shared/digit-view.js";
import { DrawingPad } from "../shared/pad.js";
import { byId, showError } from "../shared/page.js";
import { pictureInput, prepareInput } from "../shared/prepare.js";
import { formatPercent, ranked } from "../shared/words.js";

/** A screen reader hears the answer when the hand rests, not with every stroke. */
const QUIET_MILLISECONDS = 700;
/** Pixels a side of a picture that is shown. */
const WIDEST = 560;

export class TryView {
  /** @type {Uint8Array | null} what is asked about */
  pixels = null;
  /** @type {Uint8Array | null} a test image that was chosen instead of drawing */
  picked = null;
  /** @type {DrawingPad | null} where the data is drawn */
  pad = null;
  enabled = false;
  /** @type {string | undefined} what is said before training */
  untrained;
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
    this.input = input;
    this.predict = predict;
    this.seen = byId("seen", HTMLCanvasElement);
    this.heading = byId("answer", HTMLElement);
    this.list = byId("probabilities", HTMLOListElement);
    this.rows = [...this.list.children];
    this.samples = byId("test-samples", HTMLElement);
    if (manifest.drawn) this.connectPad(byId("pad", DrawingPad));
    else acceptPictures(this, { file: "file-picture", open: "open" });
    this.ask(null);
  }

  /** @param {DrawingPad} pad */
  connectPad(pad) {
    this.pad = pad;
    pad.addEventListener("change", () => {
      if (!pad.isBlank) this.picked = null;
      this.ask(pad.isBlank ? this.picked : prepareInput(pad.ink(), this.input));
    });
    byId("pad-undo", HTMLButtonElement).addEventListener("click", () => pad.undo());
    byId("pad-clear", HTMLButtonElement).addEventListener("click", () => this.pick(null));
  }

  /**
   * A picture that the visitor brings, where there is nothing to draw.
   *
   * @param {ImageBitmap} bitmap
   * @param {string} name
   */
  take(bitmap, name) {
    showPicture(byId("picture", HTMLCanvasElement), bitmap, name);
    const picture = readPicture(bitmap, this.input.resize, "choose a test image instead");
    const pixels = pictureInput(picture, this.input);
    bitmap.close();
    this.say(name);
    this.ask(pixels);
  }

  /** @param {string} words about the picture */
  say(words) {
    byId("note", HTMLElement).textContent = words;
  }

  /** @param {boolean} enabled there is a model to ask */
  enable(enabled) {
    this.enabled = enabled;
    const hint = byId("try-hint", HTMLElement);
    this.untrained ??= hint.textContent ?? "";
    const how = this.pad ? "Draw with a finger, a pen or the mouse" : "Bring a picture";
    const ready = `${how}, also while it trains. Nothing is uploaded.`;
    hint.textContent = enabled ? ready : this.untrained;
    this.refresh();
  }

  /**
   * @param {Uint8Array | null} pixels of a test image; null: an empty pad
   * @param {string} [words] about the image
   */
  pick(pixels, words = "") {
    this.picked = pixels;
    if (this.pad) this.pad.clear();
    else if (pixels) {
      const canvas = byId("picture", HTMLCanvasElement);
      drawDigit(canvas, pixels, this.manifest.image);
      canvas.classList.add("pixelated");
      canvas.ariaLabel = words;
      this.say(words);
    }
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
    const { classes } = this.manifest;
    const order = ranked(probabilities);
    const [best] = order;
    // All classes in their own order, or the likeliest of many.
    const shown = classes.length > this.rows.length ? order : classes.map((_, i) => i);
    this.rows.forEach((row, place) => {
      const i = shown[place];
      const name = /** @type {HTMLElement} */ (row.children[0]);
      name.textContent = name.title = classes[i];
      this.showRow(row, probabilities[i], formatPercent(probabilities[i]));
      row.classList.toggle("best", i === best);
    });
    const verb = this.pad ? "reads" : "sees";
    const words = `It ${verb} ${classes[best]} (${formatPercent(probabilities[best])})`;
    this.heading.textContent = words;
    clearTimeout(this.quiet);
    this.quiet = window.setTimeout(() => {
      byId("answer-announce", HTMLElement).textContent = words;
    }, QUIET_MILLISECONDS);
  }

  showNothing() {
    const wish = this.pad ? "Draw something" : "Bring a picture";
    this.heading.textContent = this.enabled ? wish : "Its answer";
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
   * @param {{pixels: Uint8Array, labels: number[]}} samples the first of the test split
   */
  offer({ pixels, labels }) {
    const { classes, image } = this.manifest;
    const size = image.height * image.width * image.channels;
    const images = Array.from({ length: pixels.length / size }, (_, i) =>
      pixels.subarray(i * size, (i + 1) * size),
    );
    showGallery(this.samples, images, image, {
      name: (i) => `Test image ${i}`,
      choose: (i) => this.pick(images[i], `Test image ${i}, labelled ${classes[labels[i]]}.`),
    });
  }
}

/**
 * A picture as a whole, as large as its canvas allows.
 *
 * @param {HTMLCanvasElement} canvas
 * @param {ImageBitmap} bitmap
 * @param {string} name
 */
function showPicture(canvas, bitmap, name) {
  const { width, height } = bitmap;
  const scale = Math.min(WIDEST / width, WIDEST / height);
  canvas.classList.remove("pixelated");
  canvas.width = Math.max(1, Math.round(width * scale));
  canvas.height = Math.max(1, Math.round(height * scale));
  canvas.setAttribute("aria-label", name);
  canvas.getContext("2d")?.drawImage(bitmap, 0, 0, canvas.width, canvas.height);
}
