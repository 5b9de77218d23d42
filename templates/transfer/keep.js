/**
 * Step 5, keeping: files to save and open, exports, and what stays in this browser.
 *
 * @import { FoundFile } from "./files.js"
 * @import { SavedProject } from "./project-file.js"
 * @import { Session } from "./session.js"
 */
import { download, safeName } from "../shared/download.js";
import { byId, formatBytes, hideError, showError } from "../shared/page.js";
import { ask } from "./ask.js";
import { acceptDrops } from "./drops.js";
import { filesOfInput, packedFilesOfDrop } from "./files.js";
import { countPictures } from "./gallery.js";
import "./keep.css";
import { gatherHead, gatherProject, useProject } from "./keeper.js";
import { KeptView } from "./kept-view.js";
import { HEAD_ENDING, PROJECT_ENDING, readProject, writeProject } from "./project-file.js";

const FORGET =
  "Forget all pictures, the head, and what this browser keeps of this page? Files that you saved " +
  "stay.";
const FORGET_HERE =
  "Forget all pictures and the head on this page? Files that you saved stay, and what another tab " +
  "of this page keeps.";

/**
 * What was saved here, if any of the files was; other files are those of a model.
 *
 * @param {FoundFile[]} files one or more
 * @returns {File | null}
 */
function savedAmong(files) {
  const isSaved = (/** @type {string} */ path) =>
    path.endsWith(PROJECT_ENDING) || path.endsWith(HEAD_ENDING);
  const saved = files.find(({ path }) => isSaved(path));
  const [{ path, file }] = files;
  const isModel = files.length > 1 || /\.(zip|json|bin)$/i.test(path);
  return saved?.file ?? (isModel ? null : file);
}

export class KeepView {
  idle = false;
  /** Is a file being put together? */
  packing = false;

  /**
   * @param {Session} session
   * @param {{
   *   busy: (work: () => Promise<void>) => Promise<void>,
   *   onOpened: (saved: SavedProject) => Promise<void>, onForgotten: () => void
   * }} actions onOpened: show what was opened
   */
  constructor(session, { busy, onOpened, onForgotten }) {
    this.session = session;
    this.busy = busy;
    this.onOpened = onOpened;
    this.onForgotten = onForgotten;
    this.kept = new KeptView(session, { busy, use: (saved) => this.use(saved) });
    this.name = byId("keep-name", HTMLInputElement);
    this.status = byId("keep-status", HTMLElement);
    this.connectFiles();
    this.onPress("keep-project", () => this.pack(PROJECT_ENDING, () => this.project()));
    this.onPress("keep-head", () => this.pack(HEAD_ENDING, () => this.head()));
    for (const kind of /** @type {const} */ (["layers", "page"])) {
      this.onPress(`keep-${kind}`, () => this.pack(`-${kind}.zip`, () => this.export(kind)));
    }
    this.onPress("keep-forget", () => this.forget());
    for (const type of ["change", "head"]) {
      session.project.addEventListener(type, () => this.refresh());
    }
    // Fetched while there is a connection, so that exports need none.
    session.project.addEventListener("head", () => void import("./export.js").catch(() => {}));
  }

  connectFiles() {
    const file = byId("keep-file", HTMLInputElement);
    this.onPress("keep-open", async () => file.click());
    file.addEventListener("change", () => {
      const chosen = file.files ? filesOfInput(file.files) : [];
      file.value = ""; // the same files can be chosen again
      if (chosen.length) this.busy(() => this.open(chosen));
    });
    acceptDrops(byId("step-keep", HTMLElement), (data) => {
      if (!this.idle) return this.say("The page is busy. Open files when it has finished.");
      const dropped = packedFilesOfDrop(data);
      this.busy(async () => this.open(await dropped));
    });
  }

  /**
   * @param {string} id
   * @param {() => Promise<void>} work
   */
  onPress(id, work) {
    byId(id, HTMLButtonElement).addEventListener("click", () => work().catch(showError));
  }

  /** Offer what was kept here the last time. */
  start() {
    return this.kept.start();
  }

  /** @param {boolean} idle */
  enable(idle) {
    this.idle = idle;
    this.refresh();
    this.kept.enable(idle);
  }

  refresh() {
    const { head, pictures } = this.session.project;
    const something = head !== null || pictures.size > 0;
    const ready = { project: something, forget: something, open: true };
    const learned = { head: head !== null, page: head !== null, layers: head !== null };
    for (const [name, isReady] of Object.entries({ ...ready, ...learned })) {
      byId(`keep-${name}`, HTMLButtonElement).disabled = !this.idle || !isReady;
    }
  }

  /** @param {string} text */
  say(text) {
    this.status.textContent = text;
  }

  /**
   * Put a file together and hand it over.
   *
   * @param {string} ending
   * @param {() => Promise<Blob>} make
   */
  async pack(ending, make) {
    if (this.packing) return;
    this.packing = true;
    hideError();
    this.say("Packing …");
    try {
      const blob = await make();
      const name = safeName(this.name.value, "project") + ending;
      download(blob, name);
      this.say(`Saved to ${name}, ${formatBytes(blob.size)}.`);
    } catch (error) {
      this.say("It could not be saved. The message on top of the page says why.");
      throw error;
    } finally {
      this.packing = false;
    }
  }

  async project() {
    return writeProject(await gatherProject(this.session));
  }

  async head() {
    return writeProject(gatherHead(this.session));
  }

  /** @param {"layers" | "page"} kind */
  async export(kind) {
    const { exportLayers, exportPage } = await import("./export.js");
    const make = kind === "layers" ? exportLayers : exportPage;
    return make(this.session, this.name.value.trim() || this.name.defaultValue);
  }

  /** @param {FoundFile[]} files read whole before anything of the present work is given up */
  async open(files) {
    if (files.length === 0) return this.say("No file was found there.");
    const saved = savedAmong(files);
    const model = files.find(({ path }) => path.endsWith("model.json")) ?? files[0];
    const name = saved?.name ?? model.path;
    this.say(`Opening ${name} …`);
    try {
      const found = saved ? await this.openSaved(saved) : await this.openModel(files);
      this.say(`${name} is open: ${found}.`);
    } catch (error) {
      this.say(`${name} was not opened. Your work is as it was.`);
      throw error;
    }
  }

  /** @param {File} file */
  async openSaved(file) {
    const saved = await readProject(file);
    await this.use(saved);
    this.name.value = file.name.replace(/\.mlpages-\w+$/, "");
    const { pictures, classes } = saved;
    const what = pictures.length ? countPictures(pictures.length) : "a head alone";
    return `${what}, ${classes.join(", ")}`;
  }

  /** @param {FoundFile[]} files */
  async openModel(files) {
    const { readTeachable } = await import("./teachable.js");
    const model = await readTeachable(files);
    await this.session.answerer.open(model);
    return `a model that tells ${model.classes.join(", ")}; try it in step 4`;
  }

  /** @param {SavedProject} saved */
  async use(saved) {
    await useProject(this.session, saved);
    await this.onOpened(saved).catch(showError); // it is open all the same
  }

  async forget() {
    const question = this.kept.isOwner ? FORGET : FORGET_HERE;
    if (!(await ask(question, "Forget everything"))) return;
    const { answerer, project, compute, transfer } = this.session;
    await answerer.close();
    project.clear(transfer.classes);
    await compute.useHead(null);
    await compute.clear();
    await this.kept.drop();
    this.onForgotten();
    this.say("Everything is forgotten.");
    byId("keep-open", HTMLButtonElement).focus({ preventScroll: true });
  }
}
