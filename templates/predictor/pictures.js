/**
 * Pictures that a visitor brings: chosen, dropped anywhere on the page, or pasted.
 *
 * @import { DrawingPad } from "../shared/pad.js"
 * @import { Note } from "./tools.js"
 */
import { openPicture } from "../shared/bitmap.js";
import { byId } from "../shared/page.js";

/**
 * @param {DrawingPad} pad
 * @param {Note} note
 */
export function acceptPictures(pad, note) {
  const chooser = byId("file", HTMLInputElement);
  /** @param {FileList | undefined} files */
  const accept = (files) => {
    if (files?.length) showPicture(pad, note, files[0]).catch((error) => note.say(error.message));
  };
  byId("open", HTMLButtonElement).addEventListener("click", () => chooser.click());
  chooser.addEventListener("change", () => {
    accept(chooser.files ?? undefined);
    chooser.value = ""; // the same file can be chosen again
  });
  addEventListener("paste", (event) => accept(event.clipboardData?.files));
  acceptDrops(accept);
}

/** @param {(files: FileList) => void} accept is called with what is no model file */
function acceptDrops(accept) {
  const { classList } = document.body;
  addEventListener("dragover", (event) => {
    if (!event.dataTransfer?.types.includes("Files")) return;
    event.preventDefault();
    classList.add("dropping");
  });
  addEventListener("dragleave", (event) => {
    if (!event.relatedTarget) classList.remove("dropping");
  });
  addEventListener("drop", (event) => {
    classList.remove("dropping");
    if (event.defaultPrevented || !event.dataTransfer?.files.length) return;
    event.preventDefault();
    accept(event.dataTransfer.files);
  });
}

/**
 * @param {DrawingPad} pad
 * @param {Note} note
 * @param {File} file
 */
async function showPicture(pad, note, file) {
  const bitmap = await openPicture(file, file.name);
  const isFound = pad.drawImage(bitmap);
  bitmap.close();
  const nothing = `No ink was found in "${file.name}": it needs dark on light, or light on dark.`;
  note.say(isFound ? `The ink in "${file.name}".` : nothing);
}
