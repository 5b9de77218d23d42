/**
 * Step 5, keeping: files to save and open, exports, and what stays in this browser.
 *
 * @import { SavedProject } from "./project-file.js"
 * @import { Session } from "./session.js"
 */
import { download, safeName } from "../shared/download.js";
import { byId, formatBytes, formatCount, showError } from "../shared/page.js";
import { ask } from "./ask.js";
import { Autosave } from "./autosave.js";
import { acceptDrops } from "./drops.js";
import { countPictures } from "./gallery.js";
import "./keep.css";
import { gatherHead, gatherProject, useProject } from "./keeper.js";
import { HEAD_ENDING, PROJECT_ENDING, readProject, writeProject } from "./project-file.js";

/** Milliseconds without a change before the project is kept. */
const PAUSE = 1500;
/** Writing more than this every few seconds would wear out disk and patience. */
const MOST_PICTURES = 2_000;
const BUTTONS = ["project", "head", "open", "page", "layers", "forget"];

export class KeepView {
  idle = false;
  /** Is nothing kept until the visitor has said what becomes of what was kept before? */
  undecided = true;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  waiting;

  /**
   * @param {Session} session
   * @param {{busy: (work: () => Promise<void>) => Promise<void>, onOpened: () => Promise<void>}}
   *   actions onOpened: show the scores of what was opened
   */
  constructor(session, { busy, onOpened }) {
    this.session = session;
    this.busy = busy;
    this.onOpened = onOpened;
    this.autosave = new Autosave(session.page.site.root, session.page.slug);
    this.name = byId("keep-name", HTMLInputElement);
    this.status = byId("keep-status", HTMLElement);
    this.auto = byId("keep-auto", HTMLInputElement);
    this.resume = byId("resume", HTMLElement);
    this.connect();
    for (const type of ["change", "head"]) {
      session.project.addEventListener(type, () => this.schedule());
    }
  }

  connect() {
    const file = byId("keep-file", HTMLInputElement);
    this.onPress("keep-open", async () => file.click());
    file.addEventListener("change", () => {
      const [chosen] = file.files ?? [];
      file.value = ""; // the same file can be chosen again
      if (chosen) this.busy(() => this.open(chosen));
    });
    acceptDrops(byId("step-keep", HTMLElement), ({ files: [dropped] }) => {
      if (dropped && this.idle) this.busy(() => this.open(dropped));
    });
    this.onPress("keep-project", async () => {
      await this.save(await gatherProject(this.session), PROJECT_ENDING);
    });
    this.onPress("keep-head", () => this.save(gatherHead(this.session), HEAD_ENDING));
    this.onPress("keep-layers", () => this.export("layers"));
    this.onPress("keep-page", () => this.export("page"));
    this.onPress("keep-forget", () => this.forget());
    this.onPress("resume-go", () => this.busy(() => this.goOn()));
    this.onPress("resume-forget", async () => {
      await this.autosave.forget();
      this.decide();
    });
    this.auto.addEventListener("change", () => this.changeAuto().catch(showError));
  }

  /**
   * @param {string} id
   * @param {() => Promise<void>} work
   */
  onPress(id, work) {
    byId(id, HTMLButtonElement).addEventListener("click", () => work().catch(showError));
  }

  /** @param {boolean} idle */
  enable(idle) {
    this.idle = idle;
    this.refresh();
    if (idle) this.schedule();
  }

  refresh() {
    const { head, pictures } = this.session.project;
    for (const name of BUTTONS) {
      const needed = { project: head || pictures.size, open: true, forget: head || pictures.size };
      const ready = needed[/** @type {"open"} */ (name)] ?? head;
      byId(`keep-${name}`, HTMLButtonElement).disabled = !this.idle || !ready;
    }
  }

  /** Offer what was kept here the last time. */
  async start() {
    if (!(await this.autosave.mine)) {
      this.auto.checked = false;
      this.auto.disabled = true;
      return this.hint(
        "Another tab keeps this page’s project already. What you do in this one is not kept by " +
          "itself: save it to a file.",
      );
    }
    const kept = await this.autosave.read().catch((error) => {
      this.hint(error.message);
      return undefined;
    });
    if (!kept) return this.decide();
    const when = new Date(kept.savedAt).toLocaleString([], { dateStyle: "medium", timeStyle: "short" });
    byId("resume-text", HTMLElement).textContent =
      `You were working on ${countPictures(kept.pictures)} here (${when}). They are still in this browser.`;
    this.resume.hidden = false;
  }

  decide() {
    this.undecided = false;
    this.resume.hidden = true;
    this.schedule();
  }

  async goOn() {
    const kept = await this.autosave.read();
    if (kept) await this.use(await readProject(kept.file));
    this.decide();
  }

  /** Keep the project in this browser, a moment after the last change. */
  schedule() {
    this.refresh();
    clearTimeout(this.waiting);
    this.waiting = setTimeout(() => this.keep(), PAUSE);
  }

  async keep() {
    const { pictures, head } = this.session.project;
    if (this.undecided || !this.idle || !this.auto.checked) return;
    if (pictures.size === 0 && !head) return;
    if (pictures.size > MOST_PICTURES) {
      return this.hint(
        `More than ${formatCount(MOST_PICTURES)} pictures are not kept by themselves: save the ` +
          "project to a file.",
      );
    }
    try {
      const file = await writeProject(await gatherProject(this.session));
      await this.autosave.write(file, pictures.size);
      this.hint(`${countPictures(pictures.size)} kept in this browser, ${formatBytes(file.size)}.`);
    } catch (error) {
      this.hint(error instanceof Error ? error.message : String(error));
    }
  }

  async changeAuto() {
    if (this.auto.checked) return this.schedule();
    await this.autosave.forget();
    this.hint("Nothing is kept in this browser.");
  }

  /** @param {string} text */
  hint(text) {
    byId("keep-auto-hint", HTMLElement).textContent = text;
  }

  /**
   * @param {SavedProject} saved
   * @param {string} ending
   */
  async save(saved, ending) {
    const blob = await writeProject(saved);
    this.hand(blob, ending);
  }

  /**
   * @param {Blob} blob
   * @param {string} ending
   */
  hand(blob, ending) {
    const name = safeName(this.name.value, "project") + ending;
    download(blob, name);
    this.status.textContent = `Saved to ${name}, ${formatBytes(blob.size)}.`;
  }

  /** @param {"layers" | "page"} kind */
  async export(kind) {
    const { exportLayers, exportPage } = await import("./export.js");
    const zip = await (kind === "layers" ? exportLayers : exportPage)(this.session, this.name.value);
    this.hand(zip, `-${kind}.zip`);
  }

  /** @param {File} file read whole before anything of the present work is given up */
  async open(file) {
    const saved = await readProject(file);
    await this.use(saved);
    this.name.value = file.name.replace(/\.mlpages-\w+$/, "");
    const what = saved.pictures.length ? countPictures(saved.pictures.length) : "its head";
    this.status.textContent = `${file.name} is open: ${what}, ${saved.classes.join(", ")}.`;
    this.decide();
  }

  /** @param {SavedProject} saved */
  async use(saved) {
    await useProject(this.session, saved);
    await this.onOpened();
  }

  async forget() {
    const question =
      "Forget all pictures, the head, and what this browser keeps of this page? Files that you " +
      "saved stay.";
    if (!(await ask(question, "Forget everything"))) return;
    const { project, compute, transfer } = this.session;
    await compute.useHead(null);
    project.clear(transfer.classes);
    await this.autosave.forget();
    this.status.textContent = "Everything is forgotten.";
    this.hint("Nothing is kept in this browser.");
  }
}
