/**
 * The picture that the model sees, and how it came about.
 *
 * @import { Ink } from "../shared/ink.js"
 * @import { ModelInput } from "../shared/manifest.js"
 */
import { drawDigit } from "../shared/digit-view.js";
import { byId } from "../shared/page.js";
import { digitBox, fitDigit } from "../shared/prepare.js";

export class SeenView {
  /** @param {ModelInput} input */
  constructor(input) {
    this.input = input;
    this.canvas = byId("seen", HTMLCanvasElement);
    this.story = byId("story", HTMLDetailsElement);
    this.stages = ["ink", "fit", "place"].map((id) => byId(`stage-${id}`, HTMLCanvasElement));
    /** @type {Ink | null} */
    this.ink = null;
    /** @type {Uint8Array | null} */
    this.pixels = null;
    this.story.addEventListener("toggle", () => this.tell());
  }

  /**
   * @param {Ink | null} ink
   * @param {Uint8Array | null} pixels what became of it
   */
  show(ink, pixels) {
    this.ink = ink;
    this.pixels = pixels;
    const { height, width } = this.input;
    drawDigit(this.canvas, pixels ?? new Uint8Array(0), this.input);
    const words = `The drawing as ${height} by ${width} pixels, white on black`;
    this.canvas.setAttribute("aria-label", pixels ? words : "Nothing yet");
    this.tell();
  }

  /** The stages in between; nobody pays for them while the story is folded. */
  tell() {
    if (!this.story.open) return;
    const nothing = new Uint8Array(0);
    const blank = { pixels: nothing, width: 1, height: 1 };
    const ink = this.ink ?? blank;
    const fitted = (this.ink && fitDigit(ink, digitBox(this.input.width))) ?? blank;
    const [inkCanvas, fitCanvas, placeCanvas] = this.stages;
    drawDigit(inkCanvas, ink.pixels, { ...ink, channels: 1 });
    drawDigit(fitCanvas, fitted.pixels, { ...fitted, channels: 1 });
    drawDigit(placeCanvas, this.pixels ?? nothing, this.input);
  }
}
