/**
 * One training run: choose what to look at, train the head, score it, and train the same head on
 * bare pixels to compare it with.
 *
 * @import { Embeddings } from "./embeddings.js"
 * @import { Choice } from "./choose.js"
 * @import { Matrix } from "./matrix.js"
 * @import { Epoch, TrainedHead } from "./project.js"
 * @import { HeadFile, Labelled, TrainEvent, TrainRequest, TrainResult } from "./session.js"
 */
import { PIXELS } from "./embedder.js";
import { chooseFeatures } from "./choose.js";
import { Head } from "./head.js";
import { linearToLayers } from "./layers-file.js";
import { predictLinear, trainLinear } from "./linear.js";
import { sideBySide } from "./matrix.js";
import { evaluate } from "./scores.js";
import { thresholdFor } from "./unsure.js";

/** Epochs of the baseline: enough for so simple a thing. */
const BASELINE_EPOCHS = 60;
/** Stopped while it chose: so many epochs, so that there is a head to look at. */
const HASTY_EPOCHS = 10;
/** Taps that a head may learn from, the one that comes with the page first. */
const TAPS = ["middle", "last"];

/**
 * @typedef {{
 *   kind: "linear" | "classic", size: number, file: HeadFile, mean: Float32Array,
 *   history: Epoch[], taps: string[], choice: Choice | null
 * }} Learned
 */

export class Training {
  signal = { stopped: false };

  /**
   * @param {Embeddings} embedded
   * @param {string} backbone
   * @param {TrainRequest} request
   * @param {(event: TrainEvent) => void} onEvent
   */
  constructor(embedded, backbone, request, onEvent) {
    this.embedded = embedded;
    this.backbone = backbone;
    const { validation } = request;
    this.request = { ...request, validation: validation?.ids.length ? validation : null };
    this.onEvent = onEvent;
  }

  stop() {
    this.signal.stopped = true;
  }

  /** @returns {Promise<{result: TrainResult, head: Head}>} */
  async run() {
    const start = performance.now();
    const { train, validation, settings, classes } = this.request;
    const learned = settings.kind === "classic" ? await this.classic() : await this.linear();
    const seconds = (performance.now() - start) / 1000;
    const { stopped } = this.signal;
    /** @type {TrainedHead} */
    const trained = {
      ...learned,
      backbone: this.backbone,
      classes,
      settings,
      counts: { train: count(train, classes), validation: count(validation, classes) },
      scores: { train: 0, validation: null, pixels: await this.baseline() },
      threshold: null,
    };
    const head = await Head.open(trained);
    const own = await head.predict(this.features(trained.taps, train.ids));
    const checks =
      validation && (await head.predict(this.features(trained.taps, validation.ids)));
    trained.scores.train = evaluate(own, train.labels, classes).accuracy;
    if (checks && validation) {
      trained.scores.validation = evaluate(checks, validation.labels, classes).accuracy;
    }
    trained.threshold = this.threshold(checks, learned.choice);
    return { result: { head: trained, stopped, seconds, train: own, validation: checks }, head };
  }

  /** @returns {Promise<Learned>} */
  async linear() {
    const { train, validation, classes, settings } = this.request;
    const choice = await this.choose();
    const taps = choice?.taps ?? /** @type {string[]} */ (settings.taps);
    const hasty = this.signal.stopped;
    const task = {
      features: this.features(taps, train.ids),
      labels: train.labels,
      classes: classes.length,
      regularisation: choice?.regularisation ?? Number(settings.regularisation),
      epochs: hasty ? HASTY_EPOCHS : settings.epochs,
      validation: this.examples(taps, validation),
    };
    const signal = hasty ? { stopped: false } : this.signal;
    const { head, history } = await trainLinear(task, (e) => this.epoch(e), signal);
    const { size, mean } = head;
    return { kind: "linear", size, mean, file: linearToLayers(head), history, taps, choice };
  }

  /** @param {Epoch & {epochs: number}} epoch */
  epoch(epoch) {
    this.onEvent({ type: "epoch", ...epoch });
  }

  /** What to look at, found out unless the visitor has said it all. */
  async choose() {
    const { train, settings } = this.request;
    const { taps, regularisation } = settings;
    if (taps !== "auto" && regularisation !== "auto") return null;
    const embedded = TAPS.filter((tap) => this.embedded.missing(train.ids, [tap]).length === 0);
    const choice = await chooseFeatures(
      {
        ...this.trial(taps === "auto" ? embedded : taps),
        ...(taps === "auto" ? {} : { sets: [taps] }),
        ...(regularisation === "auto" ? {} : { regularisations: [regularisation] }),
      },
      (done, total) => this.onEvent({ type: "choosing", done, total }),
      this.signal,
    );
    this.onEvent({ type: "chosen", choice });
    return choice;
  }

  /** @param {string[]} taps to try on the training pictures */
  trial(taps) {
    const { train, classes, settings } = this.request;
    const matrices = taps.map((tap) => [tap, this.embedded.matrix(tap, train.ids)]);
    return {
      taps: /** @type {Record<string, Matrix>} */ (Object.fromEntries(matrices)),
      labels: train.labels,
      classes: classes.length,
      seed: settings.seed,
    };
  }

  /** @returns {Promise<Learned>} */
  async classic() {
    const { train, validation, classes, settings } = this.request;
    const { ClassicHead } = await import("./classic.js");
    const taps = ["classic"];
    const features = this.features(taps, train.ids);
    const head = ClassicHead.create(features.size, classes.length, settings.seed);
    try {
      const checks = this.examples(taps, validation);
      const task = { features, labels: train.labels, classes, settings, validation: checks };
      const history = await head.train(task, (e) => this.epoch(e), this.signal);
      const mean = new Float32Array(0);
      const file = await head.save();
      return { kind: "classic", size: features.size, mean, file, history, taps, choice: null };
    } finally {
      head.dispose();
    }
  }

  /**
   * What the same kind of head reaches on 32 × 32 pixels, without any backbone.
   *
   * @returns {Promise<number | null>} accuracy on the validation pictures; where there are none, on
   *   training pictures that were left out
   */
  async baseline() {
    const { train, validation, classes } = this.request;
    const ids = [...train.ids, ...(validation?.ids ?? [])];
    if (this.signal.stopped || this.embedded.missing(ids, [PIXELS]).length) return null;
    const trial = this.trial([PIXELS]);
    const { regularisation, heldOut } = await chooseFeatures(trial, undefined, this.signal);
    const checks = this.examples([PIXELS], validation);
    if (!checks) {
      return heldOut && evaluate(heldOut.probabilities, heldOut.labels, classes).accuracy;
    }
    const features = trial.taps[PIXELS];
    const { labels } = train;
    const many = { classes: classes.length, epochs: BASELINE_EPOCHS };
    const task = { features, labels, regularisation, ...many };
    const { head } = await trainLinear(task, undefined, this.signal);
    if (this.signal.stopped) return null;
    return evaluate(predictLinear(head, checks.features), checks.labels, classes).accuracy;
  }

  /**
   * The least probability that counts as an answer: from the validation pictures, else from those
   * that were left out while choosing; never from pictures that the head has learned from.
   *
   * @param {Float32Array | null} checks
   * @param {Choice | null} choice
   */
  threshold(checks, choice) {
    const { validation, classes } = this.request;
    const unseen = checks
      ? { probabilities: checks, labels: /** @type {Labelled} */ (validation).labels }
      : choice?.heldOut;
    return thresholdFor(unseen, classes);
  }

  /**
   * @param {string[]} taps
   * @param {Labelled | null} examples
   */
  examples(taps, examples) {
    if (!examples || examples.ids.length === 0) return null;
    return { features: this.features(taps, examples.ids), labels: examples.labels };
  }

  /**
   * @param {string[]} taps
   * @param {number[]} ids
   * @returns {Matrix}
   */
  features(taps, ids) {
    return sideBySide(taps.map((tap) => this.embedded.matrix(tap, ids)));
  }
}

/**
 * @param {Labelled | null} examples
 * @param {string[]} classes
 */
function count(examples, classes) {
  return classes.map((_, i) => examples?.labels.filter((label) => label === i).length ?? 0);
}
