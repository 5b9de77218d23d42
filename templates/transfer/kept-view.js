/**
 * What this browser keeps of the project by itself, and the offer to go on with it when the page
 * is opened again.
 *
 * @import { KeptProject } from "./autosave.js"
 * @import { SavedProject } from "./project-file.js"
 * @import { Session } from "./session.js"
 */
import { byId, showError } from "../shared/page.js";
import { ask } from "./ask.js";
import { Autosave } from "./autosave.js";
import { countPictures } from "./gallery.js";

/** Milliseconds without a change before the project is kept. */
const PAUSE = 500;
/** Milliseconds that a change waits at most while others follow: pictures come by the thousand. */
const LONGEST = 4000;
const FORGET =
  "Keep nothing here, and forget what was kept the last time? Files that you saved stay.";
const OTHER_TAB =
  "Another tab keeps this page’s project already. What you do in this one is not kept by " +
  "itself: save it to a file.";
const UNDECIDED =
  "What you did the last time is still kept. Choose at the top of the page whether to continue " +
  "or to forget it; until then nothing new is kept.";
const NOTHING = "Nothing is kept in this browser.";

export class KeptView {
  /** Is this the tab that keeps? Another one may have been first. */
  isOwner = false;
  /** When the first change came that is not kept yet; 0: there is none. */
  since = 0;
  /** Is nothing kept until the visitor has said what becomes of what was kept before? */
  undecided = true;
  /** Is there something to forget? */
  kept = false;
  /** How often the project has changed. */
  changes = 0;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  waiting;

  /**
   * @param {Session} session
   * @param {{busy: (work: () => Promise<void>) => Promise<void>,
   *   use: (saved: SavedProject) => Promise<void>}} actions use: go on with it
   */
  constructor(session, { busy, use }) {
    this.session = session;
    this.busy = busy;
    this.use = use;
    this.autosave = new Autosave(session.page.site.root, session.page.slug);
    this.box = byId("keep-auto", HTMLInputElement);
    this.offer = byId("resume", HTMLElement);
    this.box.addEventListener("change", () => this.turn().catch((error) => this.sayError(error)));
    for (const [id, answer] of /** @type {const} */ ([
      ["resume-go", () => this.goOn()],
      ["resume-forget", () => this.drop()],
    ])) {
      byId(id, HTMLButtonElement).addEventListener("click", () => answer().catch(showError));
    }
    for (const type of ["change", "head", "threshold"]) {
      session.project.addEventListener(type, () => this.schedule());
    }
    addEventListener("visibilitychange", () => {
      if (document.hidden && this.waiting) this.keep(); // it may be the last moment
    });
  }

  /** Offer what was kept here the last time. */
  async start() {
    this.isOwner = await this.autosave.claim();
    if (!this.isOwner) {
      this.box.checked = false;
      this.box.disabled = true;
      return this.say(OTHER_TAB);
    }
    try {
      const { project, off } = await this.autosave.look();
      this.box.checked = !off;
      if (project) this.show(project);
      else this.decide();
    } catch (error) {
      this.undecided = false;
      this.sayError(error);
    }
  }

  /** @param {KeptProject} project */
  show({ savedAt, pictures }) {
    const format = /** @type {const} */ ({ dateStyle: "medium", timeStyle: "short" });
    const when = new Date(savedAt).toLocaleString([], format);
    const what = pictures.length ? countPictures(pictures.length) : "a head without pictures";
    const text = `You were working on ${what} here (${when}). It is still in this browser.`;
    byId("resume-text", HTMLElement).textContent = text;
    this.offer.hidden = false;
    this.kept = true;
    this.session.announce(`${text} Continue, or forget it?`);
  }

  /** From now on the present project is the one that is kept. */
  decide() {
    this.undecided = false;
    this.offer.hidden = true;
    this.schedule();
  }

  async goOn() {
    const { pictures, head } = this.session.project;
    const here = pictures.size ? countPictures(pictures.size) : "head";
    const question = `Put what was kept in place of the ${here} on this page now?`;
    if ((pictures.size || head) && !(await ask(question, "Replace"))) return;
    await this.busy(async () => {
      const saved = await this.autosave.read();
      if (saved) await this.use(saved);
      this.decide();
      focusHeading();
      const { length } = saved?.pictures ?? [];
      this.session.announce(`${countPictures(length)} from the last time are here again.`);
    });
  }

  /** Forget what is kept; what another tab keeps is not this one's to forget. */
  async drop() {
    if (!this.isOwner) return;
    await this.autosave.forget();
    this.kept = false;
    this.say(NOTHING);
    if (this.offer.contains(document.activeElement)) focusHeading();
    this.decide();
  }

  /** @param {boolean} idle */
  enable(idle) {
    byId("resume-go", HTMLButtonElement).disabled = !idle;
  }

  /** Keep the project a moment after the last change, and now and then while they go on. */
  schedule() {
    this.changes++;
    clearTimeout(this.waiting);
    const now = performance.now();
    this.since ||= now;
    const wait = Math.min(PAUSE, Math.max(0, this.since + LONGEST - now));
    this.waiting = setTimeout(() => this.keep(), wait);
  }

  async keep() {
    const { project, compute, embedding } = this.session;
    const { head, stale } = project;
    const pictures = [...project.pictures.values()];
    const isEmpty = pictures.length === 0 && !head;
    if (!this.offer.hidden && !isEmpty) this.say(UNDECIDED);
    if (this.undecided || !this.box.checked) return;
    clearTimeout(this.waiting);
    this.waiting = undefined;
    this.since = 0;
    const { changes } = this;
    try {
      if (isEmpty) return await this.forget();
      const classes = [...project.classes];
      const backbone = embedding.backbone.name;
      const now = { backbone, classes, pictures, head, stale };
      if (!(await this.autosave.write(now, compute))) return;
      this.kept = true;
      this.say(`${describe(pictures.length, head !== null)} It stays on this device.`);
    } catch (error) {
      // What changed while it was written is written again in a moment.
      if (changes === this.changes) this.sayError(error);
    }
  }

  /** The checkbox has been changed. */
  async turn() {
    const off = !this.box.checked;
    if (off && !this.offer.hidden && !(await ask(FORGET, "Forget it"))) {
      this.box.checked = true;
      return;
    }
    await this.autosave.turn(off);
    if (off) await this.forget();
    if (off || !this.offer.hidden) this.decide();
    else this.schedule();
  }

  /** Forget what is kept, also what is being written. */
  async forget() {
    if (this.kept || this.waiting) await this.autosave.forget();
    this.kept = false;
    this.say(NOTHING);
  }

  /** @param {string} text */
  say(text) {
    byId("keep-auto-hint", HTMLElement).textContent = text;
  }

  /** @param {unknown} error */
  sayError(error) {
    this.say(error instanceof Error ? error.message : String(error));
  }
}

/** Where the offer was there is nothing any more; go on with the first step. */
function focusHeading() {
  const heading = document.querySelector("#step-pictures h2");
  if (!(heading instanceof HTMLElement)) return;
  heading.tabIndex = -1;
  heading.focus({ preventScroll: true });
}

/**
 * @param {number} pictures
 * @param {boolean} withHead
 */
function describe(pictures, withHead) {
  if (pictures === 0) return "The head is kept in this browser.";
  return `${countPictures(pictures)} kept in this browser${withHead ? ", with the head" : ""}.`;
}
