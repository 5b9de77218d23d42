/**
 * What is asked about where visitors draw: the ink on the pad, whether it was drawn there, comes
 * from a photo, or is a test image.
 *
 * @import { ImageShape } from "../shared/digit-view.js"
 * @import { ModelInput } from "../shared/manifest.js"
 */
import { DrawingPad } from "../shared/pad.js";
import { byId } from "../shared/page.js";
import { prepareInput } from "../shared/prepare.js";
import { SeenView } from "./seen.js";
import { connectTools } from "./tools.js";

export class DrawnSubject extends EventTarget {
  /** What to say while there is nothing to ask about. */
  nothing = byId("sentence", HTMLElement).dataset.blank ?? "";

  constructor() {
    super();
    this.pad = byId("pad", DrawingPad);
    this.note = byId("note", HTMLElement);
    this.title = byId("samples-title", HTMLElement);
    /** The picture that the note is about: the note goes when the picture does. */
    this.noted = this.pad.picture;
    connectTools(this.pad);
    this.pad.addEventListener("change", () => {
      if (this.pad.picture !== this.noted) this.say("");
      this.dispatchEvent(new Event("change"));
    });
  }

  /** @param {string} words about what is on the pad now, in the place of a title */
  say(words) {
    this.noted = this.pad.picture;
    this.note.textContent = words;
    this.title.classList.toggle("visually-hidden", words !== "");
  }

  /**
   * @param {ImageBitmap} bitmap is closed
   * @param {string} name
   */
  take(bitmap, name) {
    const isFound = this.pad.drawImage(bitmap);
    bitmap.close();
    const nothing = `No ink was found in "${name}": it needs dark on light, or light on dark.`;
    this.say(isFound ? `The ink in "${name}".` : nothing);
  }

  /**
   * @param {Uint8Array} pixels
   * @param {ImageShape} shape
   * @param {string} words
   */
  takeSample(pixels, { height, width, channels }, words) {
    // On the pad an image is grey, whatever its colours are.
    this.pad.drawInk({ pixels: pixels.filter((_, i) => i % channels === 0), width, height });
    this.say(words);
  }

  /** @param {ModelInput} input */
  use(input) {
    this.input = input;
    this.seen = new SeenView(input);
  }

  /**
   * What the model sees of what is on the pad now.
   *
   * @returns {Promise<Uint8Array | null>}
   */
  async look() {
    const ink = this.pad.isBlank ? null : this.pad.ink();
    const pixels = ink && this.input ? prepareInput(ink, this.input) : null;
    this.seen?.show(ink, pixels);
    return pixels;
  }

  /** @param {Uint8Array | null} pixels that the model sees of the webcam's frame */
  showFrame(pixels) {
    this.seen?.show(null, pixels);
  }
}
