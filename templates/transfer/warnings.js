/**
 * What is odd about the pictures, what it means, and a button where the page can mend it.
 *
 * @import { Warning } from "./checks.js"
 * @import { Session } from "./session.js"
 */
import { element } from "../shared/dom.js";
import { byId } from "../shared/page.js";
import { findWarnings } from "./checks.js";
import { countPictures } from "./gallery.js";

/** Milliseconds without a change before the pictures are checked. */
const PAUSE = 200;

export class WarningsView {
  idle = false;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  waiting;

  /** @param {Session} session */
  constructor({ project, announce }) {
    this.project = project;
    this.announce = announce;
    this.list = byId("gallery-warnings", HTMLElement);
    project.addEventListener("change", () => {
      clearTimeout(this.waiting);
      this.waiting = setTimeout(() => this.draw(), PAUSE);
    });
  }

  /** @param {boolean} idle can pictures be changed now? */
  enable(idle) {
    this.idle = idle;
    for (const button of this.list.querySelectorAll("button")) button.disabled = !idle;
  }

  draw() {
    this.list.replaceChildren(...findWarnings(this.project).map((found) => this.entry(found)));
  }

  /** @param {Warning} warning */
  entry({ kind, text, ids = [] }) {
    const entry = element("li", { "data-kind": kind }, element("span", {}, text));
    if (kind === "leak" && ids.length) entry.append(this.removal(ids));
    return entry;
  }

  /** @param {number[]} ids */
  removal(ids) {
    const what = countPictures(ids.length);
    const button = element("button", { type: "button", class: "small" }, `Remove ${what}`);
    button.disabled = !this.idle;
    button.addEventListener("click", () => {
      this.project.remove(ids);
      this.announce(`${what} are removed.`);
      byId("gallery-title", HTMLElement).focus({ preventScroll: true });
    });
    return button;
  }
}
