/**
 * What is asked about where visitors bring pictures: a file's picture, or a test image.
 *
 * @import { ImageShape } from "../shared/digit-view.js"
 * @import { ModelInput } from "../shared/manifest.js"
 * @typedef {{
 *   image: ImageBitmap | HTMLCanvasElement, words: string, name: string,
 *   pixels: Uint8Array | null
 * }} Brought pixels: what the model sees of it, once that is known
 */
import { drawDigit } from "../shared/digit-view.js";
import { element } from "../shared/dom.js";
import { byId } from "../shared/page.js";
import { centrePart } from "../shared/square.js";
import { drawWhole } from "./crop.js";
import { SeenPicture } from "./seen-picture.js";

export class PictureSubject extends EventTarget {
  /** What to say while there is nothing to ask about. */
  nothing = byId("sentence", HTMLElement).dataset.blank ?? "";
  /** @type {Brought | null} */
  brought = null;

  /** @param {(bitmap: ImageBitmap, input: ModelInput) => Promise<Uint8Array | null>} see */
  constructor(see) {
    super();
    this.see = see;
    this.zone = byId("zone", HTMLElement);
    this.canvas = byId("picture", HTMLCanvasElement);
    this.note = byId("note", HTMLElement);
    this.title = document.querySelector("#samples-title");
  }

  /** @param {string} words about the picture, in the place of a title */
  say(words) {
    this.note.textContent = words;
    this.title?.classList.toggle("visually-hidden", words !== "");
  }

  /**
   * @param {ImageBitmap} bitmap is closed when another picture comes
   * @param {string} name
   */
  take(bitmap, name) {
    this.bring({ image: bitmap, words: `"${name}"`, name, pixels: null });
  }

  /**
   * @param {Uint8Array} pixels
   * @param {ImageShape} shape
   * @param {string} words
   */
  takeSample(pixels, shape, words) {
    const image = element("canvas");
    drawDigit(image, pixels, shape);
    this.bring({ image, words, name: words, pixels });
  }

  /** @param {Brought} brought */
  bring(brought) {
    const before = this.brought?.image;
    this.seen?.forget();
    if (before instanceof ImageBitmap) before.close();
    this.brought = brought;
    this.say(brought.words);
    this.zone.classList.add("filled");
    this.canvas.setAttribute("aria-label", brought.words);
    this.draw();
    this.dispatchEvent(new Event("change"));
  }

  /** @param {ModelInput} input */
  use(input) {
    this.input = input;
    this.seen = new SeenPicture(input);
    this.draw();
  }

  draw() {
    const shown = this.brought && this.framed(this.brought.image);
    if (shown) drawWhole(this.canvas, shown);
  }

  /**
   * A picture with the part that the model sees; all of it where strokes are looked for, and while
   * there is no model.
   *
   * @param {ImageBitmap | HTMLCanvasElement} image
   */
  framed(image) {
    const { width, height } = image;
    const { input } = this;
    const crop =
      input?.resize === "centre-crop"
        ? centrePart(width, height, input.width / input.height)
        : { x: 0, y: 0, width, height };
    return { image, crop, isPixelated: width * 2 < this.canvas.width };
  }

  /**
   * What the model sees of the picture that is there now.
   *
   * @returns {Promise<Uint8Array | null>}
   */
  async look() {
    const { brought, input } = this;
    if (!brought || !input) {
      this.seen?.show(null, null);
      return null;
    }
    if (brought.image instanceof ImageBitmap) {
      brought.pixels ??= await this.see(brought.image, input);
    }
    if (brought !== this.brought) return null;
    if (!brought.pixels) this.say(`No ink was found in "${brought.name}".`);
    this.seen?.show(brought.pixels, this.framed(brought.image));
    return brought.pixels;
  }

  /**
   * @param {Uint8Array | null} pixels that the model sees of the webcam's frame
   * @param {ImageBitmap} frame
   */
  showFrame(pixels, frame) {
    this.seen?.show(pixels, this.framed(frame));
  }
}
