/**
 * The flow of the page: what leads from one step to the next, and which of them may be used.
 *
 * @import { Role } from "./project.js"
 * @import { SavedProject } from "./project-file.js"
 * @import { Session } from "./session.js"
 */
import { transfer } from "comlink";
import { byId, hideError, showError } from "../shared/page.js";
import { AnswerView } from "./answer.js";
import { Intake } from "./intake.js";
import { KeepView } from "./keep.js";
import { LiveView } from "./live.js";
import { LookView } from "./look.js";
import { PicturesView } from "./pictures.js";
import { makeRequest } from "./requests.js";
import { Samples } from "./samples.js";
import { TrainView } from "./train.js";
import { obstacleOf } from "./train-words.js";
import { TryView } from "./try.js";
import { WebcamView, frameName } from "./webcam.js";

const CHANGED =
  "The pictures had changed since this head was trained, so nobody can tell any more what it had " +
  "seen: train again to look inside.";
const ALONE =
  "This head came without its pictures. Try it in step 4; what it mixes up can be seen after " +
  "training on the pictures above.";

export class TransferPage {
  /** How much work is under way; 0 lets the visitor use everything. */
  working = 0;
  /** @type {Element | null} what had the focus when it began */
  focused = null;
  /** @type {Set<number>} pictures that were there at the last change */
  known = new Set();

  /** @param {Session} session */
  constructor(session) {
    this.session = session;
    this.intake = new Intake(session);
    const busy = (/** @type {() => Promise<void>} */ work) => this.busy(work);
    const onSamples = () => this.useSamples();
    this.pictures = new PicturesView(session, { onSamples, busy });
    this.train = new TrainView(session, {
      busy,
      onTrained: (result, request) => {
        this.look.show(result, request);
        if (session.project.stale) this.look.markStale();
      },
    });
    this.look = new LookView(session, {
      onThreshold: () => this.attempt.rethink(),
      open: (pictures, position) => this.pictures.gallery.viewer.open(pictures, position),
    });
    const threshold = () => session.answerer.current?.threshold ?? null;
    this.attempt = new TryView(session, { threshold });
    this.webcam = new WebcamView(session, {
      addFrame: (bitmap, label, role) => this.addFrame(bitmap, label, role),
    });
    this.live = new LiveView(session, {
      answer: new AnswerView(byId("live-answer", HTMLElement), session.project.classes),
      threshold,
    });
    this.keep = new KeepView(session, {
      busy,
      onOpened: (saved) => this.showOpened(saved),
      onForgotten: () => this.forget(),
    });
    session.project.addEventListener("change", () => this.follow());
    session.project.addEventListener("head", () => this.followHead());
  }

  async start() {
    this.enable(true);
    await this.keep.start();
  }

  /** @param {boolean} idle */
  enable(idle) {
    this.pictures.enable(idle);
    this.train.enable(idle);
    this.attempt.enable(idle);
    this.webcam.enable(idle);
    this.live.enable(idle);
    this.keep.enable(idle);
  }

  /**
   * Do work while the controls wait; what fails is told.
   *
   * @param {() => Promise<void>} work
   */
  async busy(work) {
    if (this.working++ === 0) {
      this.focused = document.activeElement;
      this.enable(false);
    }
    hideError();
    try {
      await work();
    } catch (error) {
      showError(error);
    } finally {
      if (--this.working === 0) {
        this.enable(true);
        this.restoreFocus();
      }
    }
  }

  /** The control that began the work could not keep the focus: it was disabled meanwhile. */
  restoreFocus() {
    const { activeElement: at, body } = document;
    const isLost = !at || at === body || !at.checkVisibility() || at.matches(":disabled");
    if (isLost && this.focused instanceof HTMLElement) this.focused.focus({ preventScroll: true });
  }

  /** Pictures came or went: embeddings of those that went are forgotten, too. */
  follow() {
    const { project, compute, embedding } = this.session;
    const gone = [...this.known].filter((id) => !project.pictures.has(id));
    this.known = new Set(project.pictures.keys());
    if (gone.length) compute.forget(gone).catch(showError);
    const wanted = embedding.wanted && !embedding.failed;
    if (project.pictures.size && wanted) embedding.fetchLast().catch(showError);
    if (project.head) this.look.markStale();
  }

  followHead() {
    if (!this.session.project.head) this.look.clear();
  }

  /**
   * Show a head that was opened: its own figures, and its answers to the pictures that it came
   * with. Of other pictures nobody knows whether it has learned from them.
   *
   * @param {SavedProject} saved
   */
  async showOpened({ head, pictures, stale }) {
    this.look.clear();
    if (!head) return;
    this.train.settings.write(head.settings);
    this.train.showHead(head);
    if (pictures.length === 0 || stale) return this.look.clear(stale ? CHANGED : ALONE);
    const { project, compute, embedding } = this.session;
    const [train, validation] = /** @type {const} */ (["train", "validation"]).map((role) =>
      project.of(role).filter(({ label }) => head.classes.includes(label)),
    );
    await embedding.ensure([...train, ...validation], head.taps);
    const request = makeRequest(head.classes, train, validation, head.settings);
    const answers = await compute.predict(request.train.ids);
    const checks = request.validation && (await compute.predict(request.validation.ids));
    this.look.show({ head, train: answers, validation: checks }, request);
  }

  /** Nothing is left of what was done here. */
  forget() {
    this.pictures.outcome.hide();
    this.attempt.clear();
  }

  /**
   * A frame of the webcam is taken in like a file, one at a time.
   *
   * @param {ImageBitmap} bitmap
   * @param {string} label
   * @param {Role} role
   */
  async addFrame(bitmap, label, role) {
    const { project, preparer } = this.session;
    const path = frameName(project.pictures.values());
    const prepare = () => preparer.fromBitmap(transfer(bitmap, [bitmap]));
    const { failed } = await this.intake.take([{ path, label, role }], prepare, {
      source: "webcam",
    });
    if (failed.length) throw new Error(`The webcam's picture ${failed[0].reason}.`);
  }

  /** One click: drawn faces come, a head learns from them, and its answers are shown. */
  async useSamples() {
    const { embedding } = this.session;
    const samples = new Samples(this.session);
    // Both are needed anyway; with the last layers there, each picture is looked at once.
    const fetching = embedding.wanted ? embedding.fetchLast().catch(showError) : undefined;
    const [list] = await Promise.all([samples.list(), fetching]);
    const isWhole = await this.pictures.takeWith(
      list,
      (sample) => samples.prepare(sample),
      "samples",
    );
    samples.close();
    if (!isWhole || obstacleOf(this.session.project)) return;
    byId("step-train", HTMLElement).scrollIntoView({ block: "start" });
    await this.busy(() => this.train.train());
  }
}
