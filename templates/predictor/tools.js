/**
 * The buttons of the pad.
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
