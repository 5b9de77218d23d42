/**
 * The training loop, batch by batch: shuffled without repeats, validated after each epoch, able
 * to pause and stop between any two batches, starting while its data still arrives.
 *
 * @import { LoadProgress } from "../shared/arrived.js"
 * @import { Sheets } from "../shared/sheets.js"
 * @import { Network } from "./network.js"
 * @import { TrainEvent } from "./run.js"
 *
 * @typedef {{trainImages: number, validationImages: number, batchSize: number, epochs: number,
 *   seed: number}} FitSettings
 * @typedef {{stopped: boolean, epochs: number, seconds: number, imagesPerSecond: number}} FitResult
 */
import { SheetData } from "../shared/data.js";
import { score } from "./evaluate.js";

/** Milliseconds that the other images wait at most for the first batch to be trained. */
const HOLD = 300;

export class Fit {
  stopped = false;
  /** Called when the first batch has been trained. */
  begin = () => {};
  /** @type {Promise<void>} */
  begun = new Promise((resolve) => (this.begin = resolve));
  /** @type {Promise<void> | null} settled when the run goes on */
  paused = null;
  resume = () => {};
  /** Milliseconds spent on computing: not on waiting for data or the visitor. */
  busy = 0;
  /** Images trained on so far in this run. */
  seen = 0;

  /**
   * @param {Network} network
   * @param {Sheets} sheets
   * @param {FitSettings} settings
   * @param {(event: TrainEvent) => void} onEvent
   */
  constructor(network, sheets, settings, onEvent) {
    this.network = network;
    this.sheets = sheets;
    this.onEvent = onEvent;
    const { train, validation } = sheets.manifest.splits;
    this.settings = {
      ...settings,
      trainImages: Math.min(settings.trainImages, train.count),
      validationImages: Math.min(settings.validationImages, validation.count),
    };
    // More epochs on the same model go on with another order than the first ones had.
    const seed = settings.seed + 7919 * network.epochsTrained;
    this.data = new SheetData(sheets, { train: this.settings.trainImages, seed });
  }

  pause() {
    if (this.paused) return;
    this.paused = new Promise((resolve) => {
      this.resume = () => {
        this.paused = null;
        resolve();
      };
    });
  }

  stop() {
    this.stopped = true;
    this.resume();
  }

  /** @returns {Promise<FitResult>} */
  async run() {
    const validation = this.fetchData();
    validation.catch(() => {}); // reported when the first epoch needs it
    const { epochs } = this.settings;
    let done = 0;
    for (; done < epochs && !this.stopped; done++) {
      const start = performance.now();
      const trained = await this.trainEpoch(done);
      if (!trained) break;
      await validation;
      const { loss, accuracy } = await this.validate();
      this.network.epochsTrained += 1;
      this.onEvent({
        type: "epoch",
        epoch: this.network.epochsTrained,
        ...trained,
        valLoss: loss,
        valAcc: accuracy,
        seconds: (performance.now() - start) / 1000,
      });
    }
    const seconds = this.busy / 1000;
    return {
      stopped: this.stopped,
      epochs: done,
      seconds,
      imagesPerSecond: seconds ? this.seen / seconds : 0,
    };
  }

  /**
   * Ask for the images of the first batch, then for the others, then for those of the validation;
   * no more than the run needs. The others are unpacked on the thread that trains: they wait for
   * the first batch, unless that takes long.
   */
  async fetchData() {
    const { trainImages, validationImages, batchSize } = this.settings;
    /** @param {LoadProgress} progress */
    const report = (progress) => this.onEvent({ type: "data", ...progress });
    await this.data.loadNext("train", Math.min(batchSize, trainImages));
    await Promise.race([this.begun, new Promise((resolve) => setTimeout(resolve, HOLD))]);
    await this.sheets.load("train", trainImages, report);
    await this.sheets.load("validation", validationImages);
  }

  /**
   * @param {number} epoch of this run, from 0
   * @returns {Promise<{loss: number, acc: number} | null>} null when stopped half-way
   */
  async trainEpoch(epoch) {
    const { trainImages, batchSize } = this.settings;
    const batches = Math.ceil(trainImages / batchSize);
    let [loss, acc] = [0, 0];
    for (let batch = 0; batch < batches; batch++) {
      await nextTask(); // messages such as "stop" are read here
      if (this.paused) await this.paused;
      if (this.stopped) return null;
      const size = Math.min(batchSize, trainImages - batch * batchSize);
      await this.data.available("train", size);
      const result = await this.trainBatch(size);
      loss += (result.loss * size) / trainImages;
      acc += (result.acc * size) / trainImages;
      this.report(epoch, batch, batches, result);
    }
    return { loss, acc };
  }

  /** @param {number} size */
  async trainBatch(size) {
    const start = performance.now();
    try {
      return await this.network.step(this.data.next("train", size));
    } finally {
      this.busy += performance.now() - start;
      this.seen += size;
      this.begin();
    }
  }

  /**
   * @param {number} epoch
   * @param {number} batch
   * @param {number} batches
   * @param {{loss: number, acc: number}} result
   */
  report(epoch, batch, batches, { loss, acc }) {
    if (!Number.isFinite(loss)) {
      throw new Error(
        "The loss is no number any more: training has diverged. Start again with a smaller " +
          "learning rate.",
      );
    }
    const { trainImages, epochs } = this.settings;
    const imagesPerSecond = this.seen / (this.busy / 1000);
    this.onEvent({
      type: "batch",
      epoch: this.network.epochsTrained + 1,
      batch: batch + 1,
      batches,
      loss,
      acc,
      imagesPerSecond,
      secondsLeft: (trainImages * epochs - this.seen) / imagesPerSecond,
    });
  }

  validate() {
    const count = this.settings.validationImages;
    return score(this.network, this.data, "validation", count, nextTask);
  }
}

/**
 * Let the worker read its messages: resolves in a task of its own, without a timer's delay. Each
 * call has its own channel, so any number of callers may wait.
 */
export function nextTask() {
  return /** @type {Promise<void>} */ (
    new Promise((resolve) => {
      const { port1, port2 } = new MessageChannel();
      port1.onmessage = () => {
        port1.close();
        resolve();
      };
      port2.postMessage(null);
    })
  );
}
