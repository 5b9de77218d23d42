/**
 * The run as it is seen: its buttons, how far it is, its figures, both charts, and what is
 * announced to a screen reader (each epoch, not each batch).
 *
 * Events arrive as fast as batches are computed; the page is written five times a second at most.
 *
 * @import { Choices } from "./settings.js"
 * @typedef {{type: "data", bytes: number, totalBytes: number, images: number, needed: number}}
 *   DataEvent
 * @typedef {{type: "batch", epoch: number, batch: number, batches: number, loss: number,
 *   acc: number, imagesPerSecond: number, secondsLeft: number}} BatchEvent
 * @typedef {{type: "epoch", epoch: number, loss: number, acc: number, valLoss: number,
 *   valAcc: number, seconds: number}} EpochEvent
 * @typedef {DataEvent | BatchEvent | EpochEvent} TrainEvent
 * @typedef {"starting" | "failed" | "ready" | "training" | "paused" | "busy" | "trained"} State
 */
import { byId, formatBytes, formatCount } from "../shared/page.js";
import { formatDuration, formatLoss, formatPercent } from "../shared/words.js";
import { Curves } from "./curves.js";
import { History } from "./history.js";

/** The states in which a button is there; `busy` keeps those of the state before, switched off. */
const BUTTONS = {
  train: ["starting", "failed", "ready"],
  pause: ["training"],
  resume: ["paused"],
  stop: ["training", "paused"],
  more: ["trained"],
  again: ["trained"],
};
/** Five pictures a second look live, and leave the processor to the training. */
const REDRAW_MILLISECONDS = 200;
/** On a busy device events may be late; they are not lost. */
const PATIENCE_MILLISECONDS = 20_000;
const WHY = "The message on top of the page says why.";
const OFF = ["starting", "failed", "busy"];

export class RunView {
  history = new History();
  /** @type {State} */
  state = "starting";
  /** How often it changed: who waits for a state can tell the next one from the present. */
  changes = 0;
  /** @type {State} that follows `busy` */
  resting = "ready";
  /** Epochs that the model will have seen when the run ends. */
  goal = 1;
  timer = 0;
  /** Was the keyboard's focus on one of the buttons? */
  focused = false;
  /** How the last run ended. */
  summary = "";
  /** @type {BatchEvent | null} */
  latest = null;

  constructor() {
    this.section = byId("step-train", HTMLElement);
    this.status = byId("run-status", HTMLElement);
    this.progress = byId("progress", HTMLProgressElement);
    this.curves = new Curves();
  }

  /** @param {State} state */
  show(state) {
    this.focused ||= document.activeElement?.closest("#controls") !== null;
    this.state = state;
    if (state === "ready") this.resting = state;
    if (state === "training" || state === "trained") this.resting = "trained";
    const shown = state === "busy" ? this.resting : state;
    this.section.dataset.state = state;
    this.section.dataset.changes = String(++this.changes);
    for (const [id, states] of Object.entries(BUTTONS)) {
      const button = byId(id, HTMLButtonElement);
      button.hidden = !states.includes(shown);
      button.disabled = OFF.includes(state);
    }
    if (this.focused) this.handOverFocus();
  }

  /** A button that goes takes the keyboard's focus with it: give it to the one in its place. */
  handOverFocus() {
    const buttons = Object.keys(BUTTONS).map((id) => byId(id, HTMLButtonElement));
    const next = buttons.find((button) => !button.hidden && !button.disabled);
    if (!next) return; // while the engine is busy; then the next state has one
    this.focused = false;
    const at = document.activeElement;
    const isLost = !at || at === document.body || (at instanceof HTMLElement && at.hidden);
    if (isLost) next.focus({ preventScroll: true });
  }

  /**
   * A run begins.
   *
   * @param {Choices} choices
   * @param {boolean} fresh new weights: forget what was measured
   */
  begin({ epochs }, fresh) {
    this.summary = "";
    if (fresh) this.clear(new History());
    else this.history.dropUnfinished();
    this.goal = this.history.trained + epochs;
    this.latest = null;
    this.say("Fetching the first images …");
    if (this.curves.isBelow) this.section.scrollIntoView({ block: "start" });
    this.schedule();
  }

  /** @param {History} history of the model that is there now */
  clear(history) {
    this.history = history;
    this.latest = null;
    this.goal = Math.max(history.trained, 1);
    for (const id of ["accuracy", "loss", "speed", "left"]) this.figure(id, "–");
    this.curves.clear(this.goal);
    this.progress.value = 0;
    byId("csv", HTMLButtonElement).disabled = true;
    delete this.section.dataset.epochs;
    delete this.section.dataset.batches;
  }

  /** @param {TrainEvent} event what the worker reports */
  take(event) {
    if (event.type === "data") this.data(event);
    else if (event.type === "batch") this.batch(event);
    else this.epoch(event);
  }

  pause() {
    this.show("paused");
    this.figure("left", "paused");
    this.say("Paused.");
  }

  resume() {
    this.show("training");
    this.schedule();
  }

  /**
   * Events travel on a channel of their own: the last may arrive after the run's result.
   *
   * @param {number} epochs that will have been recorded then
   */
  async caughtUp(epochs) {
    const patience = performance.now() + PATIENCE_MILLISECONDS;
    while (this.history.epochs.length < epochs && performance.now() < patience) {
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  }

  /** @param {{stopped: boolean, seconds: number, imagesPerSecond: number}} result */
  end({ stopped, seconds, imagesPerSecond }) {
    const { trained } = this.history;
    const epochs = trained === 1 ? "1 epoch" : `${trained} epochs`;
    this.summary = stopped
      ? `Stopped; the model has seen ${epochs}.`
      : `Trained for ${epochs}, the last run took ${formatDuration(seconds)}.`;
    this.say(`${this.summary} Testing …`);
    this.latest = null;
    this.figure("left", "–");
    if (imagesPerSecond > 0) this.figure("speed", formatCount(Math.round(imagesPerSecond)));
    if (!stopped) this.progress.value = 1;
  }

  /** @param {{accuracy: number, images: number}} result of the test */
  tested({ accuracy, images }) {
    const words = `${formatPercent(accuracy)} of ${formatCount(images)} test images are right.`;
    this.say(`${this.summary} ${words}`);
    this.announce(`${this.summary} ${words}`);
  }

  /** @param {string} words */
  fail(words) {
    this.show("failed");
    this.say(`${words} ${WHY}`);
  }

  /** A run broke off: what was learned until then is still there. */
  breakOff() {
    this.latest = null;
    this.figure("left", "–");
    this.say(`The run broke off. ${WHY}`);
  }

  /** @param {DataEvent} event */
  data({ bytes, totalBytes }) {
    const of = bytes < totalBytes ? `of ${formatBytes(totalBytes)} fetched` : "of images fetched";
    this.figure("bytes", formatBytes(bytes));
    this.figure("bytes-label", of);
  }

  /** @param {BatchEvent} event */
  batch(event) {
    this.history.addBatch(event);
    const isFirst = this.latest === null;
    this.latest = event;
    if (isFirst) this.redraw(); // somebody waits for it
    else this.schedule();
  }

  /** @param {EpochEvent} event */
  epoch(event) {
    const row = this.history.addEpoch(event);
    const { epoch, valAcc } = row;
    this.curves.add(row);
    this.figure("accuracy", formatPercent(valAcc));
    this.section.dataset.epochs = String(epoch);
    byId("csv", HTMLButtonElement).disabled = false;
    this.announce(`Epoch ${epoch} of ${this.goal}: validation accuracy ${formatPercent(valAcc)}.`);
    this.schedule();
  }

  schedule() {
    this.timer ||= window.setTimeout(() => {
      this.timer = 0;
      this.redraw();
    }, REDRAW_MILLISECONDS);
  }

  redraw() {
    const { history, latest, goal } = this;
    this.curves.draw(history, goal);
    this.section.dataset.batches = String(history.batches.length);
    if (!latest || this.state !== "training") return;
    this.figure("loss", formatLoss(latest.loss));
    this.figure("speed", formatCount(Math.round(latest.imagesPerSecond)));
    this.figure("left", formatDuration(latest.secondsLeft));
    const done = history.points.at(-1)?.x ?? history.trained;
    this.progress.value = done / goal;
    const epoch = Math.min(history.trained + 1, goal);
    this.say(`Epoch ${epoch} of ${goal}, batch ${latest.batch} of ${latest.batches}`);
  }

  /** @param {string} text */
  say(text) {
    if (this.status.textContent !== text) this.status.textContent = text;
  }

  /** @param {string} text */
  announce(text) {
    byId("announce", HTMLElement).textContent = text;
  }

  /**
   * @param {string} name
   * @param {string} text
   */
  figure(name, text) {
    byId(`figure-${name}`, HTMLElement).textContent = text;
  }
}
