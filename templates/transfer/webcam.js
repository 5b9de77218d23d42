/**
 * Recording classes with the webcam: hold a class's button, or its key, and pictures are taken.
 *
 * @import { Picture, Role } from "./project.js"
 * @import { Session } from "./session.js"
 */
import { CameraPanel } from "../shared/camera-panel.js";
import { byId, showError } from "../shared/page.js";
import { byClass, countPictures } from "./gallery.js";
import { RecordButtons } from "./record-buttons.js";
import { Recorder } from "./recorder.js";
import "./webcam.css";

/** Milliseconds between two counts that a screen reader is told. */
const TELL_EVERY = 3000;
const KEYS =
  "A press takes one picture, holding takes more: with the mouse, with Space or Enter, or with " +
  "the class's number key while the focus is in here.";
const ADVICE = {
  train:
    "Move, turn, come closer, change the background: pictures that look alike teach it little. " +
    "Some 20 varied ones of each class go a long way.",
  validation:
    "Record these anew: in another light, in another place, best of another person. Pictures of " +
    "one take look alike, and in both roles they make the score look better than it is.",
};

/**
 * A name for the next picture: "webcam-0001" and so on, after the highest there is.
 *
 * @param {Iterable<Picture>} pictures
 */
export function frameName(pictures) {
  let last = 0;
  for (const { name } of pictures) {
    last = Math.max(last, Number(/^webcam-(\d+)$/.exec(name)?.[1] ?? 0));
  }
  return `webcam-${String(last + 1).padStart(4, "0")}`;
}

export class WebcamView {
  /** What holds the recording on: a pointer, a key, or "toggle". */
  holder = "";
  /** Pictures since the press that began them. */
  run = { label: "", taken: 0 };
  told = 0;
  idle = true;

  /**
   * @param {Session} session
   * @param {{addFrame: (bitmap: ImageBitmap, label: string, role: Role) => Promise<void>}} actions
   *   addFrame: takes a picture in; the bitmap is its to close or to hand on
   */
  constructor(session, { addFrame }) {
    this.session = session;
    this.addFrame = addFrame;
    this.panel = new CameraPanel("webcam");
    this.recorder = new Recorder(
      (label) => this.take(label),
      (error) => this.fail(error),
    );
    this.badge = byId("webcam-badge", HTMLElement);
    this.roles = byId("webcam-role", HTMLSelectElement);
    this.rate = byId("webcam-rate", HTMLSelectElement);
    this.toggle = byId("webcam-toggle", HTMLInputElement);
    this.buttons = new RecordButtons(byId("webcam-records", HTMLElement), this.panel.panel, {
      press: (label, holder) => this.press(label, holder),
      release: (holder) => this.release(holder),
      toggle: (label) => this.switch(label),
      toggles: () => this.toggle.checked,
    });
    byId("webcam-keys", HTMLElement).textContent = KEYS;
    this.connect();
    this.renew();
    this.advise();
  }

  connect() {
    for (const event of ["on", "off"]) {
      this.panel.addEventListener(event, () => this.refresh());
    }
    this.session.project.addEventListener("change", () => this.renew());
    this.roles.addEventListener("change", () => this.advise());
    this.rate.addEventListener("change", () => {
      this.recorder.rate = Number(this.rate.value);
    });
    this.toggle.addEventListener("change", () => {
      this.release(this.holder);
      this.refresh();
    });
    // A key or a button that is let go in another window is not heard of here.
    addEventListener("blur", () => {
      if (this.holder !== "toggle") this.release(this.holder);
    });
  }

  /** @returns {Role} */
  get role() {
    return this.roles.value === "validation" ? "validation" : "train";
  }

  /** @param {boolean} idle can pictures be added now? */
  enable(idle) {
    this.idle = idle;
    this.refresh();
  }

  /** The classes or their pictures have changed. */
  renew() {
    this.buttons.use(this.session.project.classes);
    this.refresh();
  }

  refresh() {
    const { project } = this.session;
    const ready = this.panel.isOn && this.idle;
    const { label } = this.recorder;
    if (label !== null && (!ready || !project.classes.includes(label))) this.recorder.cancel();
    const recording = this.recorder.label;
    const groups = byClass(project);
    const count = (/** @type {string} */ name) => groups.get(name)?.[this.role].length ?? 0;
    this.buttons.show({ ready, recording, count });
    this.panel.view.classList.toggle("recording", recording !== null);
    this.badge.hidden = recording === null;
    this.badge.textContent = `${this.run.label} ${this.run.taken}`;
  }

  advise() {
    byId("webcam-advice", HTMLElement).textContent = ADVICE[this.role];
    this.refresh();
  }

  /**
   * @param {string} label
   * @param {string} holder
   */
  press(label, holder) {
    this.run = { label, taken: 0 };
    this.told = performance.now();
    this.holder = holder;
    this.recorder.start(label);
    this.refresh();
  }

  /** @param {string} holder another one's release changes nothing */
  release(holder) {
    if (this.recorder.label === null || holder !== this.holder) return;
    const { run } = this;
    this.recorder.stop();
    this.refresh();
    // The last picture may still be under way.
    this.recorder.running?.then(() => {
      if (run === this.run) this.tell();
    });
  }

  /** @param {string} label */
  switch(label) {
    if (this.recorder.label === label) this.release(this.holder);
    else this.press(label, "toggle");
  }

  /** @param {string} label */
  async take(label) {
    const { run } = this;
    const frame = await this.panel.camera.frame();
    if (!frame) return;
    await this.addFrame(frame, label, this.role);
    run.taken++;
    this.refresh();
    if (performance.now() - this.told > TELL_EVERY) this.tell();
  }

  tell() {
    const { label, taken } = this.run;
    if (taken === 0) return;
    this.told = performance.now();
    this.session.announce(`${label}: ${countPictures(taken)} recorded.`);
  }

  /** @param {unknown} error a picture could not be taken in */
  fail(error) {
    this.refresh();
    showError(error);
  }
}
