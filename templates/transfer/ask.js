/** Ask before something is done that cannot be undone. */
import { element } from "../shared/dom.js";

/**
 * A dialog with a question; Escape is a no.
 *
 * @param {string} question
 * @param {string} action what the button that says yes is called
 * @returns {Promise<boolean>}
 */
export function ask(question, action) {
  const yes = element("button", { type: "button", class: "primary" }, action);
  const no = element("button", { type: "button", autofocus: true }, "Cancel");
  const text = element("p", { id: "ask-text" }, question);
  const row = element("div", { class: "row" }, yes, no);
  const dialog = element("dialog", { "aria-labelledby": "ask-text" }, text, row);
  document.body.append(dialog);
  dialog.showModal();
  return new Promise((resolve) => {
    yes.addEventListener("click", () => dialog.close("yes"));
    no.addEventListener("click", () => dialog.close());
    dialog.addEventListener("close", () => {
      dialog.remove();
      resolve(dialog.returnValue === "yes");
    });
  });
}
