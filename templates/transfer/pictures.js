/**
 * Step 1, pictures: every way in, a preview of what was found, the intake itself, and the gallery
 * of what there is.
 *
 * @import { FoundFile } from "./files.js"
 * @import { Entry } from "./layouts.js"
 * @import { Prepared } from "./preparer.js"
 * @import { Role, Source } from "./project.js"
 * @import { Session } from "./session.js"
 */
import { byId, formatCount, showError } from "../shared/page.js";
import { acceptDrops } from "./drops.js";
import { filesOfDrop, filesOfInput, filesOfPaste } from "./files.js";
import { GalleryView } from "./gallery.js";
import { Intake } from "./intake.js";
import { IntakeView, describeOutcome } from "./intake-view.js";
import "./pictures.css";
import { PreviewView } from "./preview.js";
import { WarningsView } from "./warnings.js";

/** @type {Role[]} */
const ROLES = ["train", "validation"];

export class PicturesView {
  idle = false;

  /**
   * @param {Session} session
   * @param {{onSamples: () => Promise<void>, busy: (work: () => Promise<void>) => Promise<void>}}
   *   actions busy: does work while the page's other controls wait
   */
  constructor(session, { onSamples, busy }) {
    this.session = session;
    this.busy = busy;
    this.intake = new Intake(session);
    this.gallery = new GalleryView(session, (data, label) => this.drop(data, "train", label));
    this.warnings = new WarningsView(session);
    this.preview = new PreviewView(session.project);
    this.outcome = new IntakeView();
    /** @type {HTMLButtonElement[]} */
    this.buttons = [byId("webcam-open", HTMLButtonElement)];
    for (const role of ROLES) this.connectZone(role);
    acceptDrops(document.body, (data) => this.drop(data, "train"));
    addEventListener("paste", (event) => this.paste(event));
    if (session.transfer.samples) this.connectSamples(onSamples);
  }

  /** @param {() => Promise<void>} onSamples */
  connectSamples(onSamples) {
    const button = byId("use-samples", HTMLButtonElement);
    button.addEventListener("click", () => onSamples().catch(showError));
    this.buttons.push(button);
  }

  /** @param {Role} role */
  connectZone(role) {
    const zone = byId(`pictures-${role}`, HTMLElement);
    acceptDrops(zone, (data) => this.drop(data, role));
    for (const kind of /** @type {const} */ (["folder", "files"])) {
      const input = byId(`pictures-${role}-${kind}`, HTMLInputElement);
      const button = byId(`pictures-${role}-${kind}-open`, HTMLButtonElement);
      button.hidden = kind === "folder" && !("webkitdirectory" in input);
      button.addEventListener("click", () => input.click());
      input.addEventListener("change", () => {
        const files = input.files ? filesOfInput(input.files) : [];
        input.value = ""; // the same files can be chosen again
        this.add(files, role, kind).catch(showError);
      });
      this.buttons.push(button);
    }
  }

  /** @param {boolean} idle can pictures be added and changed now? */
  enable(idle) {
    this.idle = idle;
    for (const button of this.buttons) button.disabled = !idle;
    this.gallery.enable(idle);
    this.warnings.enable(idle);
    this.preview.enable(idle);
  }

  /**
   * Read what was dropped: a folder of thousands takes a moment, and can be cancelled.
   *
   * @param {DataTransfer} data
   * @param {Role} role
   * @param {string} [label] the class that it was dropped on
   */
  drop(data, role, label) {
    if (!this.isFree()) return;
    const signal = this.outcome.begin("Looking through what was dropped …");
    filesOfDrop(data, signal)
      .finally(() => this.outcome.end())
      .then((files) => (signal.aborted ? undefined : this.add(files, role, "folder", label)))
      .catch((error) => {
        if (!signal.aborted) showError(error);
      });
  }

  /** @param {ClipboardEvent} event */
  paste({ clipboardData, defaultPrevented }) {
    const files = clipboardData && !defaultPrevented ? filesOfPaste(clipboardData) : [];
    if (files.length && this.isFree()) this.add(files, "train", "paste").catch(showError);
  }

  /** Say so when other work has to end first. */
  isFree() {
    if (!this.idle) this.outcome.say("The page is busy. Add pictures when it has finished.");
    return this.idle;
  }

  /**
   * Show what was found, and take it in if the visitor agrees.
   *
   * @param {FoundFile[]} files
   * @param {Role} role of files whose folders do not say so themselves
   * @param {Source} source
   * @param {string} [label] the class of pictures that name none
   */
  async add(files, role, source, label) {
    this.outcome.hide();
    if (files.length === 0) return this.outcome.say("No picture was found there.");
    const entries = await this.preview.ask(files, role, label);
    if (entries) await this.take(entries, source);
  }

  /**
   * Take labelled pictures in, without asking.
   *
   * @param {Entry[]} entries
   * @param {Source} source
   */
  take(entries, source) {
    const { preparer } = this.session;
    return this.takeWith(entries, ({ file }) => preparer.prepare(file), source);
  }

  /**
   * Take pictures in that are no files.
   *
   * @template {Omit<Entry, "file">} T
   * @param {T[]} entries
   * @param {(entry: T) => Promise<Prepared>} prepare
   * @param {Source} source
   * @returns {Promise<boolean>} false when it was cancelled, or failed
   */
  async takeWith(entries, prepare, source) {
    let isWhole = false;
    await this.busy(async () => {
      const signal = this.outcome.begin(`0 of ${formatCount(entries.length)} pictures`);
      try {
        const outcome = await this.intake.take(entries, prepare, {
          source,
          signal,
          onProgress: (done, total, name) => this.outcome.update(done, total, name),
        });
        this.outcome.show(outcome);
        isWhole = !outcome.cancelled;
        this.session.announce(describeOutcome(outcome));
      } finally {
        this.outcome.end();
      }
    });
    return isWhole;
  }
}
