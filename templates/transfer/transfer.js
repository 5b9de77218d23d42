/**
 * The flow of the page: what leads from one step to the next, and which of them may be used.
 *
 * @import { Session } from "./session.js"
 */
import { showError } from "../shared/page.js";
import { LookView } from "./look.js";
import { PicturesView } from "./pictures.js";
import { TrainView } from "./train.js";
import { TryView } from "./try.js";

export class TransferPage {
  /** How much work is under way; 0 lets the visitor use everything. */
  working = 0;
  /** @type {Set<number>} pictures that were there at the last change */
  known = new Set();

  /** @param {Session} session */
  constructor(session) {
    this.session = session;
    const busy = (/** @type {() => Promise<void>} */ work) => this.busy(work);
    const onSamples = async () => {};
    this.pictures = new PicturesView(session, { onSamples, busy });
    this.train = new TrainView(session, {
      busy,
      onTrained: (result, request) => this.look.show(result, request),
    });
    this.look = new LookView(session, {
      onThreshold: () => this.attempt.rethink(),
      open: (pictures, position) => this.pictures.gallery.viewer.open(pictures, position),
    });
    this.attempt = new TryView(session, { threshold: () => this.look.threshold });
    session.project.addEventListener("change", () => this.follow());
    session.project.addEventListener("head", () => this.followHead());
  }

  start() {
    this.enable(true);
  }

  /** @param {boolean} idle */
  enable(idle) {
    this.pictures.enable(idle);
    this.train.enable(idle);
    this.attempt.enable(idle);
  }

  /**
   * Do work while the controls wait; what fails is told.
   *
   * @param {() => Promise<void>} work
   */
  async busy(work) {
    if (this.working++ === 0) this.enable(false);
    try {
      await work();
    } catch (error) {
      showError(error);
    } finally {
      if (--this.working === 0) this.enable(true);
    }
  }

  /** Pictures came or went: embeddings of those that went are forgotten, too. */
  follow() {
    const { project, compute, embedding } = this.session;
    const gone = [...this.known].filter((id) => !project.pictures.has(id));
    this.known = new Set(project.pictures.keys());
    if (gone.length) compute.forget(gone).catch(showError);
    if (project.pictures.size && embedding.wanted) embedding.fetchLast().catch(showError);
    if (project.head) this.look.markStale();
  }

  followHead() {
    if (!this.session.project.head) this.look.clear();
  }
}
