/**
 * Pictures that a visitor brings: chosen, dropped anywhere on the page, or pasted.
 *
 * @typedef {{take: (bitmap: ImageBitmap, name: string) => void, say: (words: string) => void}}
 *   Subject take: the bitmap is its to close
 */
import { openPicture } from "./bitmap.js";
import { byId } from "./page.js";

/**
 * @param {Subject} subject
 * @param {{file: string, open: string}} [ids] of the chooser and its button
 */
export function acceptPictures(subject, { file, open } = { file: "file", open: "open" }) {
  const chooser = byId(file, HTMLInputElement);
  let given = 0;
  /** @param {FileList | undefined} files */
  const accept = async (files) => {
    if (!files?.length) return;
    const [{ name }] = files;
    const turn = ++given;
    try {
      const bitmap = await openPicture(files[0], name);
      // A large picture may be there after a small one that was given later.
      if (turn === given) subject.take(bitmap, name);
      else bitmap.close();
    } catch (error) {
      if (turn === given) subject.say(error instanceof Error ? error.message : String(error));
    }
  };
  byId(open, HTMLButtonElement).addEventListener("click", () => chooser.click());
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
