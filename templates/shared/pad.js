/**
 * `<ml-pad>`: a square to draw on, with mouse, finger or pen.
 *
 * The pad keeps strokes, not pixels: it draws them for the eye in the page's colours, and hands
 * them to a model as MNIST's pen would have written them. Its own units are `SIDE` a side,
 * whatever its size on the screen, so that a drawing survives a turned phone.
 *
 * Fires `change` at most once a frame, whenever there is something else to recognise.
 *
 * @import { Ink } from "./ink.js"
 * @import { Drawing } from "./drawing.js"
 * @import { Point, Stroke } from "./pen.js"
 */
import { readPicture } from "./bitmap.js";
import { element } from "./dom.js";
import { inkOf, isBlank, paintDrawing, SIDE } from "./drawing.js";
import { inkBounds } from "./ink.js";
import "./pad.css";
import { normaliseInk } from "./photo.js";

/** Points nearer to each other than this only carry the hand's tremble. */
const STEP = 0.75;
/** A hand that holds a pen touches the screen too: its touches do not count for so long. */
const PALM_MILLISECONDS = 600;
const UNDO_STEPS = 200;
/** @type {Drawing} */
const EMPTY = { strokes: [], picture: null };

export class DrawingPad extends HTMLElement {
  /** What is on the pad. A change replaces it (only the last stroke grows): undo keeps the old. */
  state = EMPTY;
  /** @type {Drawing[]} */
  history = [];
  /** @type {{id: number, kind: string, stroke: Stroke} | null} the stroke that is being drawn */
  drawing = null;
  penSeen = -Infinity;
  frame = 0;
  canvas = element("canvas");
  /** Width of the line on the screen; what a model sees does not depend on it. */
  #penWidth = 22;

  connectedCallback() {
    if (!this.canvas.isConnected) this.#build();
    this.resized = new ResizeObserver(() => this.#paint());
    this.resized.observe(this);
    this.scheme = matchMedia("(prefers-color-scheme: dark)");
    this.scheme.addEventListener("change", this.#paint);
  }

  disconnectedCallback() {
    this.resized?.disconnect();
    this.scheme?.removeEventListener("change", this.#paint);
    cancelAnimationFrame(this.frame);
    this.frame = 0;
  }

  #build() {
    this.tabIndex = 0;
    this.setAttribute("role", "group");
    if (!this.hasAttribute("aria-label")) this.setAttribute("aria-label", "Drawing pad");
    const words = this.getAttribute("placeholder") ?? "Draw here";
    this.replaceChildren(this.canvas, element("span", { "aria-hidden": "true" }, words));
    this.toggleAttribute("blank", true);
    this.addEventListener("pointerdown", (event) => this.#press(event));
    this.addEventListener("pointermove", (event) => this.#move(event));
    for (const type of /** @type {const} */ (["pointerup", "pointercancel"])) {
      this.addEventListener(type, (event) => this.#release(event));
    }
    this.addEventListener("keydown", (event) => this.#key(event));
  }

  /** Where the pen went, in units of the pad. */
  get strokes() {
    return this.state.strokes;
  }

  /** The picture under the strokes, if there is one. */
  get picture() {
    return this.state.picture;
  }

  /** Is there nothing that a model could be asked about? */
  get isBlank() {
    return isBlank(this.state);
  }

  get canUndo() {
    return this.history.length > 0;
  }

  get penWidth() {
    return this.#penWidth;
  }

  set penWidth(width) {
    this.#penWidth = width;
    this.#schedule();
  }

  undo() {
    const before = this.history.pop();
    if (before) this.#become(before);
  }

  clear() {
    if (this.state !== EMPTY) this.#change(EMPTY);
  }

  /**
   * Show ink that is ready for a model, such as an image of the data.
   *
   * @param {Ink} picture
   */
  drawInk(picture) {
    this.#change({ strokes: [], picture });
  }

  /**
   * Show the ink of a picture: a scan, a screenshot, a photo of handwriting.
   *
   * @param {ImageBitmap | HTMLCanvasElement} bitmap
   * @returns {boolean} was any ink found in it? If not, the pad stays as it is.
   */
  drawImage(bitmap) {
    const ink = normaliseInk(readPicture(bitmap));
    if (!inkBounds(ink)) return false;
    this.drawInk(ink);
    return true;
  }

  /**
   * What is on the pad, white on black, to be prepared for a model.
   *
   * @returns {Ink}
   */
  ink() {
    return inkOf(this.state, this.penWidth);
  }

  /** @param {PointerEvent} event */
  #press(event) {
    if (event.pointerType === "pen") this.penSeen = event.timeStamp;
    const isPalm = event.pointerType === "touch" && this.#palmTime(event);
    if (event.button !== 0 || isPalm) return;
    if (this.drawing) {
      // A pen that comes down after the palm takes over; a second finger does not.
      if (event.pointerType !== "pen" || this.drawing.kind === "pen") return;
      this.undo();
    }
    if (event.isTrusted) this.setPointerCapture(event.pointerId);
    const stroke = [this.#place(event)];
    this.#change({ ...this.state, strokes: [...this.state.strokes, stroke] });
    this.drawing = { id: event.pointerId, kind: event.pointerType, stroke };
  }

  /** @param {PointerEvent} event */
  #move(event) {
    if (event.pointerType === "pen") this.penSeen = event.timeStamp;
    if (this.drawing?.id !== event.pointerId) return;
    // Browsers bundle the moves of one frame; the curve needs all of them.
    const moves = event.getCoalescedEvents?.() ?? [];
    for (const move of moves.length ? moves : [event]) this.#extend(this.#place(move), STEP);
    this.#schedule();
  }

  /** @param {PointerEvent} event */
  #release(event) {
    if (this.drawing?.id !== event.pointerId) return;
    if (event.type === "pointerup") this.#extend(this.#place(event), Number.EPSILON);
    this.drawing = null;
    this.#show(); // not with the next frame: somebody waits for the answer
  }

  /** @param {PointerEvent} event */
  #palmTime(event) {
    return event.timeStamp - this.penSeen < PALM_MILLISECONDS;
  }

  /**
   * @param {Point} point
   * @param {number} least distance from the last one
   */
  #extend(point, least) {
    const stroke = this.drawing?.stroke ?? [];
    const last = stroke[stroke.length - 1];
    if (Math.hypot(point.x - last.x, point.y - last.y) >= least) stroke.push(point);
  }

  /**
   * @param {PointerEvent} event
   * @returns {Point} on the pad, also for a pen that has left it
   */
  #place(event) {
    const { left, top, width, height } = this.canvas.getBoundingClientRect();
    const clamp = (/** @type {number} */ value) => Math.min(SIDE, Math.max(0, value));
    return {
      x: clamp(((event.clientX - left) / width) * SIDE),
      y: clamp(((event.clientY - top) / height) * SIDE),
    };
  }

  /** @param {KeyboardEvent} event */
  #key(event) {
    const isUndo = event.key.toLowerCase() === "z" && (event.ctrlKey || event.metaKey);
    if (isUndo) this.undo();
    else if (["Delete", "Backspace", "Escape"].includes(event.key)) this.clear();
    else return;
    event.preventDefault();
  }

  /** @param {Drawing} state */
  #change(state) {
    this.history.push(this.state);
    if (this.history.length > UNDO_STEPS) this.history.shift();
    this.#become(state);
  }

  /** @param {Drawing} state */
  #become(state) {
    this.state = state;
    this.drawing = null;
    this.#schedule();
  }

  #schedule() {
    this.frame ||= requestAnimationFrame(() => this.#show());
  }

  #show() {
    cancelAnimationFrame(this.frame);
    this.frame = 0;
    this.#paint();
    this.dispatchEvent(new CustomEvent("change"));
  }

  #paint = () => {
    const { strokes, picture } = this.state;
    this.toggleAttribute("blank", strokes.length === 0 && !picture);
    const pixels = Math.round(this.clientWidth * devicePixelRatio);
    if (this.canvas.width !== pixels) this.canvas.width = this.canvas.height = pixels;
    paintDrawing(this.canvas, this.state, this.penWidth, getComputedStyle(this).color);
  };
}

customElements.define("ml-pad", DrawingPad);
