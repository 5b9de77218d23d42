/**
 * The buttons of the pad, and the line below it that says what is on the pad.
 *
 * @import { DrawingPad } from "../shared/pad.js"
 */
import { byId } from "../shared/page.js";

/** @param {DrawingPad} pad */
export function connectTools(pad) {
  const undo = byId("undo", HTMLButtonElement);
  const clear = byId("clear", HTMLButtonElement);
  undo.addEventListener("click", () => pad.undo());
  clear.addEventListener("click", () => pad.clear());
  byId("pens", HTMLFieldSetElement).addEventListener("change", (event) => {
    pad.penWidth = Number(/** @type {HTMLInputElement} */ (event.target).value);
  });
  pad.addEventListener("change", () => {
    undo.disabled = !pad.canUndo;
    clear.disabled = pad.strokes.length === 0 && !pad.picture;
  });
  addEventListener("keydown", (event) => {
    const isUndo = event.key.toLowerCase() === "z" && (event.ctrlKey || event.metaKey);
    if (!isUndo || event.defaultPrevented || !pad.canUndo) return;
    event.preventDefault();
    pad.undo();
  });
}

/** A line about the picture on the pad, in the place of a title; it goes when the picture does. */
export class Note {
  /** @param {DrawingPad} pad */
  constructor(pad) {
    this.pad = pad;
    this.line = byId("note", HTMLElement);
    this.title = byId("samples-title", HTMLElement);
    /** @type {DrawingPad["picture"]} */
    this.picture = null;
    pad.addEventListener("change", () => {
      if (pad.picture !== this.picture) this.say("");
    });
  }

  /** @param {string} words about what is on the pad now */
  say(words) {
    this.picture = this.pad.picture;
    this.line.textContent = words;
    this.title.classList.toggle("visually-hidden", words !== "");
  }
}
