/**
 * Many pictures answered at once: a table that grows, with progress, and as a file.
 *
 * @import { FoundFile } from "./files.js"
 * @import { Session } from "./session.js"
 * @typedef {{path: string, jpeg: Blob, probabilities: Float32Array}} Answered
 * @typedef {{path: string, reason: string}} Failure
 */
import { element } from "../shared/dom.js";
import { download } from "../shared/download.js";
import { byId, formatCount } from "../shared/page.js";
import { formatShare } from "../shared/words.js";
import { toCsv } from "./csv.js";
import { answerTo } from "./predicted.js";
import { thumbnail } from "./thumbnail.js";

/** Rows that are shown at first, and how many more "Show more" shows. */
const PAGE = 50;
/** Milliseconds between two drawings while answers come in. */
const PAUSE = 200;

/**
 * How often each answer was given, such as "12 happy, 8 sad, 1 not sure".
 *
 * @param {{name: string}[]} answers
 */
export function countAnswers(answers) {
  /** @type {Map<string, number>} */
  const counts = new Map();
  for (const { name } of answers) counts.set(name, (counts.get(name) ?? 0) + 1);
  const sorted = [...counts].toSorted(([, a], [, b]) => b - a);
  return sorted.map(([name, count]) => `${formatCount(count)} ${name}`).join(", ");
}

export class FolderAnswers {
  /** @type {Answered[]} */
  answers = [];
  /** @type {Failure[]} */
  failures = [];
  /** @type {string[]} */
  classes = [];
  /** @type {AbortController | null} */
  running = null;
  /** Of so many pictures, when it was cancelled. */
  cancelled = 0;
  limit = PAGE;
  shown = 0;
  drawn = 0;

  /**
   * @param {Session} session
   * @param {{threshold: () => number | null, open: (answer: Answered) => void}} actions open: show
   *   one picture's answer in full
   */
  constructor(session, { threshold, open }) {
    this.session = session;
    this.threshold = threshold;
    this.open = open;
    this.panel = byId("try-folder-panel", HTMLElement);
    this.summary = byId("try-folder-summary", HTMLElement);
    this.progress = byId("try-folder-progress", HTMLProgressElement);
    this.cancel = byId("try-folder-cancel", HTMLButtonElement);
    this.save = byId("try-folder-save", HTMLButtonElement);
    this.body = byId("try-folder-table", HTMLTableElement).tBodies[0];
    this.more = byId("try-folder-more", HTMLButtonElement);
    this.failed = byId("try-folder-failures", HTMLDetailsElement);
    this.cancel.addEventListener("click", () => this.running?.abort());
    this.save.addEventListener("click", () => this.saveCsv());
    this.more.addEventListener("click", () => this.showMore());
  }

  /**
   * @param {FoundFile[]} files
   * @param {string[]} classes of the head or model that answers
   */
  async run(files, classes) {
    this.running?.abort();
    const running = new AbortController();
    this.begin(running, classes);
    const { preparer, answerer } = this.session;
    const prepare = (/** @type {number} */ i) =>
      preparer.prepare(files[i].file).catch((/** @type {Error} */ error) => error);
    // The next picture is decoded while the network looks at this one.
    let next = prepare(0);
    try {
      for (let i = 0; i < files.length && !running.signal.aborted; i++) {
        const prepared = await next;
        if (i + 1 < files.length) next = prepare(i + 1);
        const { path } = files[i];
        if (prepared instanceof Error) this.failures.push({ path, reason: prepared.message });
        else {
          const { probabilities } = await answerer.predict(prepared.pixels);
          if (this.running !== running) return;
          this.answers.push({ path, jpeg: prepared.jpeg, probabilities });
        }
        this.draw(i + 1, files.length);
      }
    } finally {
      if (this.running === running) this.end(files.length);
    }
  }

  /**
   * @param {AbortController} running
   * @param {string[]} classes
   */
  begin(running, classes) {
    this.running = running;
    this.classes = classes;
    this.answers = [];
    this.failures = [];
    this.limit = PAGE;
    this.shown = this.drawn = 0;
    this.body.replaceChildren();
    this.failed.hidden = this.more.hidden = true;
    this.panel.hidden = this.progress.hidden = this.cancel.hidden = false;
    this.progress.value = 0;
    this.save.disabled = true;
    this.summary.textContent = "Looking at the first picture …";
    this.panel.scrollIntoView({ block: "nearest" });
    this.cancel.focus({ preventScroll: true });
  }

  /**
   * @param {number} done
   * @param {number} total
   */
  draw(done, total) {
    if (performance.now() - this.drawn < PAUSE && done < total) return;
    this.drawn = performance.now();
    this.progress.value = done / total;
    this.summary.textContent = `${formatCount(done)} of ${formatCount(total)} pictures`;
    this.showRows();
  }

  /** @param {number} total */
  end(total) {
    const { failures, running } = this;
    this.running = null;
    const hadFocus = document.activeElement === this.cancel;
    this.progress.hidden = this.cancel.hidden = true;
    this.save.disabled = this.answers.length === 0;
    if (hadFocus) this.save.focus({ preventScroll: true });
    this.failed.hidden = failures.length === 0;
    const items = failures.map(({ path, reason }) =>
      element("li", {}, element("b", {}, path), ` ${reason}`),
    );
    this.failed.querySelector("ul")?.replaceChildren(...items);
    this.showRows();
    this.cancelled = running?.signal.aborted ? total : 0;
    this.summarise();
    this.session.announce(this.summary.textContent);
  }

  summarise() {
    const { answers, cancelled, failures } = this;
    const named = answers.map((answer) => ({ name: this.answerOf(answer).name.toLowerCase() }));
    const counts = answers.length ? `: ${countAnswers(named)}` : "";
    const parts = [`${formatCount(answers.length)} answered${counts}.`];
    if (failures.length) parts.push(`${formatCount(failures.length)} could not be used.`);
    if (cancelled) parts.unshift(`Cancelled; there were ${formatCount(cancelled)}.`);
    this.summary.textContent = parts.join(" ");
  }

  /** @param {Answered} answered */
  answerOf({ probabilities }) {
    return answerTo(probabilities, this.classes, this.threshold(), formatShare);
  }

  showRows() {
    const added = this.answers.slice(this.shown, this.limit);
    this.body.append(...added.map((answer) => this.rowOf(answer)));
    this.shown += added.length;
    const left = this.answers.length - this.shown;
    this.more.hidden = left === 0;
    this.more.textContent = `Show more (${formatCount(left)} left)`;
  }

  /** @param {Answered} answered */
  rowOf(answered) {
    const { path, jpeg, probabilities } = answered;
    const { best, sure, name } = this.answerOf(answered);
    const label = `Look at ${path} closely`;
    const button = element("button", { type: "button", "aria-label": label, title: label });
    button.append(thumbnail(jpeg, 40));
    button.addEventListener("click", () => this.open(answered));
    const word = sure ? name : `not sure: ${this.classes[best]}?`;
    return element(
      "tr",
      { "data-answer": sure ? name : "" },
      element("td", {}, button),
      element("th", { scope: "row", title: path }, path),
      element("td", {}, sure ? element("b", {}, word) : word),
      element("td", {}, formatShare(probabilities[best])),
    );
  }

  showMore() {
    const first = this.shown;
    this.limit += PAGE;
    this.showRows();
    this.body.rows[first]?.querySelector("button")?.focus();
  }

  /** The threshold has moved: some answers are answers no longer, or again. */
  refresh() {
    if (this.panel.hidden) return;
    this.body.replaceChildren();
    this.shown = 0;
    this.showRows();
    if (!this.running) this.summarise();
  }

  clear() {
    this.running?.abort();
    this.running = null;
    this.answers = [];
    this.body.replaceChildren();
    this.panel.hidden = true;
  }

  saveCsv() {
    const head = ["file", "answer", "likeliest", "probability", ...this.classes, "problem"];
    const rows = this.answers.map((answered) => {
      const { best, name } = this.answerOf(answered);
      const shares = Array.from(answered.probabilities, (p) => Number(p.toFixed(6)));
      return [answered.path, name, this.classes[best], shares[best], ...shares, ""];
    });
    const nothing = ["", "", "", ...this.classes.map(() => "")];
    const failed = this.failures.map(({ path, reason }) => [path, ...nothing, reason]);
    const csv = new Blob([toCsv([head, ...rows, ...failed])], { type: "text/csv" });
    download(csv, `${this.session.page.slug}-answers.csv`);
  }
}
