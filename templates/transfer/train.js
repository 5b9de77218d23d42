/**
 * Step 2, training: gather what is missing, let the worker choose and train, show how it goes.
 *
 * @import { Choice } from "./choose.js"
 * @import { Picture, TrainedHead } from "./project.js"
 * @import { Session, TrainEvent, TrainRequest, TrainResult, TrainSettings } from "./session.js"
 */
import { proxy } from "comlink";
import { byId, formatBytes, formatCount, showError } from "../shared/page.js";
import { formatPercent } from "../shared/words.js";
import { makeRequest, ofClasses, trainedClasses } from "./requests.js";
import { TrainCurves } from "./train-curves.js";
import { TrainSettingsView } from "./train-settings.js";
import { describeProject, describeHead, obstacleOf } from "./train-words.js";
import "./train.css";

export class TrainView {
  idle = false;
  /** @type {AbortController | null} */
  gathering = null;
  /** Events come by a channel of their own, and some after the result. */
  listening = false;
  /**
   * How the last attempt ended; it holds for the head that was there then, until pictures change.
   *
   * @type {{head: TrainedHead | null, text: string} | null}
   */
  ending = null;

  /**
   * @param {Session} session
   * @param {{busy: (work: () => Promise<void>) => Promise<void>,
   *   onTrained: (result: TrainResult, request: TrainRequest) => void}} actions
   */
  constructor(session, { busy, onTrained }) {
    this.session = session;
    this.onTrained = onTrained;
    this.button = byId("train", HTMLButtonElement);
    this.stopButton = byId("train-stop", HTMLButtonElement);
    this.status = byId("train-status", HTMLElement);
    this.progress = byId("train-progress", HTMLProgressElement);
    this.picked = byId("train-picked", HTMLElement);
    this.settings = new TrainSettingsView(session, busy);
    this.curves = new TrainCurves();
    this.button.addEventListener("click", () => busy(() => this.train()));
    this.stopButton.addEventListener("click", () => this.stop());
    session.project.addEventListener("change", () => {
      this.ending = null;
      this.refresh();
    });
    session.project.addEventListener("head", () => {
      if (!session.project.head) this.clear(1);
      this.refresh();
    });
  }

  /** @param {boolean} idle */
  enable(idle) {
    this.idle = idle;
    this.settings.enable(idle);
    this.refresh();
  }

  refresh() {
    const { project } = this.session;
    const obstacle = obstacleOf(project);
    this.button.disabled = !this.idle || obstacle !== "";
    if (!this.idle) return;
    const { head, stale } = project;
    const ending = this.ending?.head === head ? this.ending.text : "";
    if (head && !stale) this.say(ending || describeHead(head));
    else if (obstacle) this.say(obstacle);
    else if (!head) this.say(ending || `Ready: ${describeProject(project)}.`);
    else this.say("The pictures have changed since it was trained: train again.");
    this.button.textContent = head ? "Train again" : "Train";
  }

  async train() {
    const { project, compute } = this.session;
    const { version } = project;
    const classes = trainedClasses(project);
    const pictures = [...ofClasses(project, "train", classes)];
    const checks = [...ofClasses(project, "validation", classes)];
    const settings = this.settings.read();
    this.begin();
    try {
      if (!(await this.gather([...pictures, ...checks], settings))) return;
      this.clear(settings.epochs);
      const request = makeRequest(classes, pictures, checks, settings);
      this.listening = true;
      const result = await compute.train(
        request,
        proxy((event) => this.take(event)),
      );
      this.finish(result, version);
      await pause(); // figures and curves are painted before step 3 is made
      this.onTrained(result, request);
    } finally {
      this.listening = false;
      this.stopButton.hidden = true;
      this.button.hidden = false;
    }
  }

  begin() {
    this.ending = null;
    this.say("Training …");
    this.button.hidden = true;
    this.stopButton.hidden = false;
    this.stopButton.focus({ preventScroll: true });
  }

  /**
   * Nothing is trained yet.
   *
   * @param {number} epochs that the curves will have
   */
  clear(epochs) {
    this.picked.hidden = true;
    for (const id of ["validation", "accuracy", "epochs", "seconds"]) this.figure(id, "–");
    this.curves.clear(epochs);
    this.progress.value = 0;
  }

  /**
   * Embed what is not embedded yet.
   *
   * @param {Picture[]} pictures
   * @param {TrainSettings} settings
   * @returns {Promise<boolean>} false when it was stopped
   */
  async gather(pictures, settings) {
    const { embedding } = this.session;
    const taps = new Set(embedding.taps);
    if (this.settings.needsLast(settings)) {
      const { bytes } = embedding.backbone.parts.last;
      if (!embedding.complete) this.say(`Fetching the last layers, ${formatBytes(bytes)} …`);
      // Without them the middle layer still does; only who insists on them has to wait for them.
      const insists = settings.taps !== "auto";
      await embedding.fetchLast().catch((error) => {
        if (insists) throw error;
        showError(error);
      });
      if (embedding.complete) taps.add("last");
    }
    if (settings.kind === "classic") taps.add("classic");
    this.gathering = new AbortController();
    await embedding.ensure(
      pictures,
      [...taps],
      (done, total) => {
        if (total) this.say(`Looking at picture ${formatCount(done)} of ${formatCount(total)} …`);
        if (total) this.progress.value = done / total;
      },
      this.gathering.signal,
    );
    const { aborted } = this.gathering.signal;
    this.gathering = null;
    const { head } = this.session.project;
    if (aborted) this.ending = { head, text: "Stopped before training began." };
    if (aborted) this.session.announce("Stopped before training began.");
    return !aborted;
  }

  stop() {
    this.gathering?.abort();
    this.session.compute.stop();
  }

  /** @param {TrainEvent} event */
  take(event) {
    if (!this.listening) return;
    if (event.type === "choosing") {
      this.say(`Trying what to look at: ${event.done} of ${event.total} …`);
      this.progress.value = event.done / event.total;
    } else if (event.type === "chosen") {
      this.showChoice(event.choice);
    } else {
      this.progress.value = event.epoch / event.epochs;
      this.figure("epochs", formatCount(event.epoch));
      this.figure("accuracy", formatPercent(event.acc));
      if (event.valAcc !== undefined) this.figure("validation", formatPercent(event.valAcc));
      this.status.textContent = `Epoch ${event.epoch} of ${event.epochs} …`;
      this.curves.add(event);
    }
  }

  /**
   * @param {TrainResult} result
   * @param {number} version of the project when it began
   */
  finish(result, version) {
    const { head, seconds, stopped } = result;
    const { project } = this.session;
    this.listening = false;
    const begun = `${stopped ? "Stopped" : "Trained"} in ${seconds.toFixed(1)} s.`;
    this.ending = { head, text: `${begun} ${describeHead(head)}` };
    project.setHead(head, { stale: version !== project.version });
    this.showHead(head);
    this.figure("seconds", `${seconds.toFixed(1)} s`);
    this.say(this.ending.text);
    this.session.announce(this.ending.text);
  }

  /**
   * The figures and curves of a head that has been trained, now or before.
   *
   * @param {TrainedHead} head
   */
  showHead({ choice, history, scores: { train, validation } }) {
    this.progress.value = 1;
    this.figure("epochs", formatCount(history.length));
    this.figure("accuracy", formatPercent(train));
    this.figure("validation", validation === null ? "–" : formatPercent(validation));
    this.showChoice(choice);
    this.curves.clear(history.length);
    this.curves.finish(history);
  }

  /** @param {Choice | null} choice */
  showChoice(choice) {
    this.picked.hidden = choice === null;
    this.picked.textContent = choice?.why ?? "";
  }

  /**
   * @param {string} id
   * @param {string} text
   */
  figure(id, text) {
    byId(`train-${id}`, HTMLElement).textContent = text;
  }

  /** @param {string} text */
  say(text) {
    if (this.status.textContent !== text) this.status.textContent = text;
  }
}

function pause() {
  return new Promise((resolve) => setTimeout(resolve));
}
