/**
 * What the visitor sees while pictures are taken in, and what came of it afterwards.
 *
 * @import { Picture } from "./project.js"
 * @typedef {{path: string, reason: string}} Failure
 * @typedef {{added: Picture[], failed: Failure[], duplicates: number, cancelled: boolean}} Outcome
 */
import { element } from "../shared/dom.js";
import { byId, formatCount } from "../shared/page.js";
import { formatDuration } from "../shared/words.js";
import { countPictures } from "./gallery.js";

/** Failures that are listed at first. */
const FIRST = 20;
/** Pictures until the time left is more than a guess. */
const ENOUGH = 5;

/**
 * @param {number} done
 * @param {number} total
 * @param {number} seconds since the first was begun
 * @returns {string} such as "12 s left", "" while that is a guess
 */
export function timeLeft(done, total, seconds) {
  if (done < ENOUGH || done >= total) return "";
  return `${formatDuration(((total - done) * seconds) / done)} left`;
}

/**
 * What came of it, in sentences: "Added 40 pictures: 20 happy, 20 sad."
 *
 * @param {Outcome} outcome
 */
export function describeOutcome({ added, failed, duplicates, cancelled }) {
  /** @type {Map<string, number>} */
  const counts = new Map();
  for (const { label } of added) counts.set(label, (counts.get(label) ?? 0) + 1);
  const sorted = [...counts].toSorted(([a], [b]) => a.localeCompare(b));
  const classes = sorted.map(([label, count]) => `${formatCount(count)} ${label}`);
  const nothing = cancelled ? "Cancelled before anything was added" : "Nothing was added";
  const sentences = [added.length ? `Added ${countPictures(added.length)}` : nothing];
  if (classes.length > 8) sentences[0] += ` of ${classes.length} classes`;
  else if (classes.length) sentences[0] += `: ${classes.join(", ")}`;
  if (cancelled && added.length) sentences.push("Cancelled: what was added until then is kept");
  if (duplicates) {
    const were = duplicates === 1 ? "was there already and is" : "were there already and are";
    sentences.push(`${countPictures(duplicates)} ${were} left out`);
  }
  if (failed.length) sentences.push(`${countFiles(failed.length)} could not be used`);
  return `${sentences.join(". ")}.`;
}

/** @param {number} count */
export function countFiles(count) {
  return `${formatCount(count)} ${count === 1 ? "file" : "files"}`;
}

/**
 * An entry of a list of files and what is wrong with them.
 *
 * @param {Failure} failure
 */
export function nameFailure({ path, reason }) {
  return element("li", {}, element("b", {}, path), ` ${reason}`);
}

export class IntakeView {
  /** @type {Failure[]} */
  failed = [];
  started = 0;
  controller = new AbortController();

  constructor() {
    this.progress = byId("pictures-progress", HTMLElement);
    this.text = byId("pictures-progress-text", HTMLElement);
    this.name = byId("pictures-progress-name", HTMLElement);
    this.bar = byId("pictures-progress-bar", HTMLProgressElement);
    this.stop = byId("pictures-stop", HTMLButtonElement);
    this.outcome = byId("pictures-outcome", HTMLElement);
    this.summary = byId("pictures-outcome-text", HTMLElement);
    this.failures = byId("pictures-failures", HTMLDetailsElement);
    this.all = byId("pictures-failures-all", HTMLButtonElement);
    this.stop.addEventListener("click", () => this.controller.abort());
    this.all.addEventListener("click", () => this.list(this.failed));
    byId("pictures-outcome-close", HTMLButtonElement).addEventListener("click", () => {
      this.hide();
      byId("gallery-title", HTMLElement).focus({ preventScroll: true });
    });
    this.progress.addEventListener("keydown", ({ key }) => {
      if (key === "Escape") this.controller.abort();
    });
  }

  /**
   * Show that something has begun which can be cancelled.
   *
   * @param {string} text
   * @returns {AbortSignal}
   */
  begin(text) {
    this.controller = new AbortController();
    this.started = performance.now();
    this.text.textContent = text;
    this.name.textContent = "";
    this.bar.removeAttribute("value"); // moves, and promises nothing
    this.hide();
    this.progress.hidden = false;
    const { activeElement: at, body } = document;
    const isLost = !at || at === body || !at.checkVisibility() || at.matches(":disabled");
    if (isLost) this.progress.focus({ preventScroll: true });
    this.progress.scrollIntoView({ block: "nearest" });
    return this.controller.signal;
  }

  /**
   * @param {number} done
   * @param {number} total
   * @param {string} [name] of the file at hand
   */
  update(done, total, name = "") {
    const left = timeLeft(done, total, (performance.now() - this.started) / 1000);
    const count = `${formatCount(done)} of ${countPictures(total)}`;
    this.text.textContent = left ? `${count} · ${left}` : count;
    this.name.textContent = name;
    this.bar.max = Math.max(1, total);
    this.bar.value = done;
  }

  end() {
    const hadFocus = this.progress.contains(document.activeElement);
    this.progress.hidden = true;
    if (hadFocus && !this.outcome.hidden) this.outcome.focus({ preventScroll: true });
  }

  /** @param {string} text */
  say(text) {
    this.summary.textContent = text;
    this.failures.hidden = true;
    this.outcome.hidden = false;
  }

  /** @param {Outcome} outcome */
  show(outcome) {
    this.say(describeOutcome(outcome));
    this.failed = outcome.failed;
    this.failures.hidden = this.failed.length === 0;
    this.list(this.failed.slice(0, FIRST));
  }

  /** @param {Failure[]} shown */
  list(shown) {
    this.failures.querySelector("ul")?.replaceChildren(...shown.map(nameFailure));
    this.all.hidden = shown.length === this.failed.length;
    this.all.textContent = `Show all ${formatCount(this.failed.length)}`;
  }

  hide() {
    this.outcome.hidden = true;
  }
}
