/**
 * The pixels that the model sees of a picture, and how they came about.
 *
 * @import { ModelInput } from "../shared/manifest.js"
 * @import { Shown } from "./crop.js"
 */
import { drawDigit } from "../shared/digit-view.js";
import { byId } from "../shared/page.js";
import { drawPart, drawWhole } from "./crop.js";

export class SeenPicture {
  /** @type {Uint8Array | null} */
  pixels = null;
  /** @type {Shown | null} */
  shown = null;

  /** @param {ModelInput} input */
  constructor(input) {
    this.input = input;
    this.canvas = byId("seen", HTMLCanvasElement);
    this.story = byId("story", HTMLDetailsElement);
    this.stages = this.story.querySelectorAll("canvas");
    this.story.addEventListener("toggle", () => this.tell());
  }

  /**
   * @param {Uint8Array | null} pixels
   * @param {Shown | null} shown what they were made of
   */
  show(pixels, shown) {
    this.pixels = pixels;
    this.shown = shown;
    const { height, width, channels } = this.input;
    if (pixels) drawDigit(this.canvas, pixels, this.input);
    else this.canvas.getContext("2d")?.clearRect(0, 0, width, height);
    const words = `The picture as ${width} by ${height} pixels${channels === 1 ? " of grey" : ""}`;
    this.canvas.setAttribute("aria-label", pixels ? words : "Nothing yet");
    this.tell();
  }

  /** What was shown is about to be closed. */
  forget() {
    this.shown = null;
  }

  /** The stages; nobody pays for them while the story is folded. */
  tell() {
    const { shown, pixels, stages } = this;
    if (!this.story.open || stages.length === 0 || !shown || !pixels) return;
    drawWhole(stages[0], shown);
    drawPart(stages[1], shown);
    drawDigit(stages[2], pixels, this.input);
  }
}
