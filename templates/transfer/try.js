/**
 * Step 4, trying: one new picture looked at closely, or many answered in a table.
 *
 * @import { FoundFile } from "./files.js"
 * @import { Answered } from "./folder-answers.js"
 * @import { Session } from "./session.js"
 */
import { byId, formatCount, showError } from "../shared/page.js";
import { withAlpha } from "../shared/square.js";
import { AnswerView } from "./answer.js";
import { acceptDrops } from "./drops.js";
import { filesOfDrop, filesOfInput, filesOfPaste } from "./files.js";
import { FolderAnswers } from "./folder-answers.js";
import { HeatView } from "./heat-view.js";
import { ImageNetView } from "./imagenet.js";
import { OpenedNotice } from "./opened-notice.js";
import "./try.css";

const SIDE = 224;
const UNTRAINED =
  "Train first, and it answers with your classes. What ImageNet sees needs no training.";
const TRAINED = "None of these are kept or learned from. Nothing leaves this device.";

export class TryView {
  /** @type {Uint8Array | null} the picture that is asked about */
  pixels = null;
  title = "";
  /** Counts the pictures that were given: the last one is looked at. */
  given = 0;
  /** Counts the questions to who answers: the last one is answered. */
  question = 0;
  idle = false;

  /**
   * @param {Session} session
   * @param {{threshold: () => number | null}} actions threshold: the least probability that counts
   *   as an answer
   */
  constructor(session, { threshold }) {
    this.session = session;
    this.threshold = threshold;
    this.hint = byId("try-hint", HTMLElement);
    this.note = byId("try-note", HTMLElement);
    this.panel = byId("try-panel", HTMLElement);
    this.seen = byId("try-seen", HTMLCanvasElement);
    this.time = byId("try-time", HTMLElement);
    this.answer = new AnswerView(byId("try-answer", HTMLElement), session.project.classes);
    this.heat = new HeatView(session);
    this.imagenet = new ImageNetView(session);
    this.notice = new OpenedNotice(session);
    this.folder = new FolderAnswers(session, {
      threshold,
      open: (answered) => this.openAnswered(answered).catch(showError),
    });
    /** @type {HTMLButtonElement[]} */
    this.buttons = [];
    this.connect();
    session.answerer.addEventListener("change", () => this.renew());
    this.renew();
  }

  connect() {
    for (const kind of ["file", "folder"]) {
      const input = byId(`try-${kind}`, HTMLInputElement);
      const button = byId(`try-${kind}-open`, HTMLButtonElement);
      button.hidden = kind === "folder" && !("webkitdirectory" in input);
      button.addEventListener("click", () => input.click());
      input.addEventListener("change", () => {
        const files = input.files ? filesOfInput(input.files) : [];
        input.value = ""; // the same files can be chosen again
        this.take(files).catch(showError);
      });
      this.buttons.push(button);
    }
    const section = byId("step-try", HTMLElement);
    const zone = byId("try-zone", HTMLElement);
    for (const target of [zone, section]) acceptDrops(target, (data) => this.drop(data));
    section.addEventListener("paste", (event) => this.paste(event));
  }

  /** @param {boolean} idle */
  enable(idle) {
    this.idle = idle;
    for (const button of this.buttons) button.disabled = !idle;
  }

  /** @param {DataTransfer} data */
  drop(data) {
    if (!this.isFree()) return;
    filesOfDrop(data)
      .then((files) => this.take(files))
      .catch(showError);
  }

  /**
   * What is pasted while the focus is in this step is tried, not learned from.
   *
   * @param {ClipboardEvent} event
   */
  paste(event) {
    const files = event.clipboardData ? filesOfPaste(event.clipboardData) : [];
    if (files.length === 0) return;
    event.preventDefault();
    event.stopPropagation();
    if (this.isFree()) this.take(files).catch(showError);
  }

  isFree() {
    if (!this.idle) this.say("The page is busy. Try pictures when it has finished.");
    return this.idle;
  }

  /** @param {FoundFile[]} files */
  async take(files) {
    const { current } = this.session.answerer;
    this.say("");
    if (files.length === 0) this.say("No picture was found there.");
    else if (files.length === 1) await this.ask(files[0]);
    else if (current) await this.folder.run(files, current.classes);
    else this.say(`${formatCount(files.length)} pictures want your classes: train first.`);
  }

  /** @param {FoundFile} found */
  async ask({ path, file }) {
    const given = ++this.given;
    let prepared;
    try {
      prepared = await this.session.preparer.prepare(file);
    } catch (error) {
      return this.say(`${path} ${error instanceof Error ? error.message : error}.`);
    }
    if (given === this.given) await this.show(path, prepared.pixels);
  }

  /** @param {Answered} answered */
  async openAnswered({ path, jpeg }) {
    const given = ++this.given;
    const pixels = await this.session.preparer.pixels(jpeg);
    if (given !== this.given) return;
    await this.show(path, pixels);
    this.panel.focus({ preventScroll: true });
    this.panel.scrollIntoView({ block: "nearest" });
  }

  /**
   * @param {string} title
   * @param {Uint8Array} pixels of a prepared picture
   */
  async show(title, pixels) {
    this.pixels = pixels;
    this.title = title;
    byId("try-title", HTMLElement).textContent = title;
    this.seen.getContext("2d")?.putImageData(new ImageData(withAlpha(pixels), SIDE, SIDE), 0, 0);
    this.seen.setAttribute("aria-label", `${title}, as the network sees it`);
    this.panel.hidden = false;
    this.panel.scrollIntoView({ block: "nearest" });
    this.imagenet.use(pixels);
    await this.refresh();
  }

  /** Ask the head, or the opened model, about the picture that is shown. */
  async refresh() {
    const { pixels, session } = this;
    const { current, model } = session.answerer;
    const question = ++this.question;
    if (!pixels) return;
    if (!current) {
      this.heat.clear();
      this.time.textContent = "";
      return this.answer.clear("There is no head yet: train one in step 2.");
    }
    const { probabilities, milliseconds } = await session.answerer.predict(pixels);
    if (question !== this.question) return; // another picture was asked about meanwhile
    this.probabilities = probabilities;
    const words = this.answer.show(probabilities, this.threshold());
    this.time.textContent = `Looked at and answered in ${Math.round(milliseconds)} ms.`;
    session.announce(`${this.title}: ${words}`);
    if (model) return this.heat.clear(); // what it goes by is hidden in its layers
    this.heat.show(pixels, current.classes, probabilities.indexOf(Math.max(...probabilities)));
  }

  /** The threshold has moved. */
  rethink() {
    const { current } = this.session.answerer;
    if (current && this.probabilities) this.answer.show(this.probabilities, this.threshold());
    this.folder.refresh();
  }

  /** Another head or model answers, or none. */
  renew() {
    const { answerer, project } = this.session;
    this.hint.textContent = answerer.current ? TRAINED : UNTRAINED;
    this.probabilities = undefined;
    this.answer.use(answerer.current?.classes ?? project.classes);
    this.folder.clear();
    this.refresh().catch(showError);
  }

  /** Put the picture away. */
  clear() {
    this.given++;
    this.pixels = null;
    this.panel.hidden = true;
    this.say("");
  }

  /** @param {string} text */
  say(text) {
    this.note.textContent = text;
  }
}
