/**
 * Files that are dropped on an element or anywhere else on the page.
 */

/** @param {DragEvent} event */
function hasFiles({ dataTransfer }) {
  return dataTransfer?.types.includes("Files") ?? false;
}

/**
 * Take files that are dropped on a target; it has the class "dropping" while they hover over it.
 * Whoever wants the drop first says so by preventDefault(), the page itself comes last.
 *
 * @param {HTMLElement} target document.body stands for the whole page
 * @param {(data: DataTransfer) => void} accept must read it at once
 */
export function acceptDrops(target, accept) {
  const isPage = target === document.body;
  const listener = isPage ? window : target;
  const leave = () => target.classList.remove("dropping");
  /** @param {Event} event */
  const over = (event) => {
    if (!(event instanceof DragEvent) || !hasFiles(event)) return;
    event.preventDefault();
    target.classList.add("dropping");
  };
  listener.addEventListener("dragenter", over);
  listener.addEventListener("dragover", over);
  listener.addEventListener("dragleave", (event) => {
    const to = event instanceof DragEvent ? event.relatedTarget : null;
    if (!(to instanceof Node && target.contains(to))) leave();
  });
  listener.addEventListener("drop", (event) => {
    leave();
    if (!(event instanceof DragEvent) || event.defaultPrevented || !hasFiles(event)) return;
    event.preventDefault();
    if (event.dataTransfer) accept(event.dataTransfer);
  });
}
