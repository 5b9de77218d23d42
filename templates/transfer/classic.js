/**
 * The head of the classic tutorials: all positions of the last feature map, a hidden layer of 100
 * units, a softmax without bias. A chunk of its own: it needs TF.js' layers, the linear head does
 * not.
 *
 * @import { Tensor } from "@tensorflow/tfjs-core"
 * @import { LayersModel } from "@tensorflow/tfjs-layers"
 * @import { Matrix } from "./matrix.js"
 * @import { Epoch } from "./project.js"
 * @import { HeadFile, TrainSettings } from "./session.js"
 * @import { Examples } from "./linear.js"
 */
import { tensor2d, tidy } from "@tensorflow/tfjs-core";
import { initializers, layers, sequential } from "@tensorflow/tfjs-layers";
import { registerTrainingKernels } from "../shared/kernels/index.js";
import { adam, openLayersModel, saveLayersModel } from "../shared/layers-model.js";
import { balancedBatches, pickRows } from "./batches.js";
import { listening } from "./listening.js";
import { evaluate } from "./scores.js";

const HIDDEN = 100;
/** More pictures in one step would fill the memory and teach no more. */
const LARGEST_BATCH = 512;
/** Pictures asked for at a time. */
const ASKED = 128;
// Products with a transposed factor, which gradients are made of, take a tenth with ours.
registerTrainingKernels();

export class ClassicHead {
  /** @param {LayersModel} model */
  constructor(model) {
    this.model = model;
  }

  /**
   * @param {number} size
   * @param {number} classes
   * @param {number} seed
   */
  static create(size, classes, seed) {
    const spread = (/** @type {number} */ nth) =>
      initializers.varianceScaling({
        scale: 1,
        mode: "fanIn",
        distribution: "normal",
        seed: seed * 1000 + nth,
      });
    const model = sequential({
      layers: [
        layers.dense({
          inputShape: [size],
          units: HIDDEN,
          activation: "relu",
          kernelInitializer: spread(0),
          name: "hidden",
        }),
        layers.dense({
          units: classes,
          activation: "softmax",
          useBias: false,
          kernelInitializer: spread(1),
          name: "classes",
        }),
      ],
    });
    return new ClassicHead(model);
  }

  /** @param {HeadFile} file */
  static async open(file) {
    return new ClassicHead(await openLayersModel(file));
  }

  /**
   * @param {{features: Matrix, labels: number[], classes: string[], settings: TrainSettings,
   *   validation: Examples | null}} task
   * @param {(epoch: Epoch & {epochs: number}) => void | Promise<void>} onEpoch
   * @param {{stopped: boolean}} signal
   * @returns {Promise<Epoch[]>}
   */
  async train({ features, labels, classes, settings, validation }, onEpoch, signal) {
    const { epochs, learningRate, batchShare, seed } = settings;
    const optimizer = adam(learningRate);
    this.model.compile({ optimizer, loss: "categoricalCrossentropy" });
    const wanted = Math.max(1, Math.ceil(labels.length * batchShare));
    const batchSize = Math.min(wanted, LARGEST_BATCH);
    const listen = listening();
    /** @type {Epoch[]} */
    const history = [];
    try {
      while (history.length < epochs && !signal.stopped) {
        const epoch = history.length + 1;
        for (const rows of balancedBatches(labels, batchSize, seed * 7919 + epoch)) {
          await this.step(pickRows(features, rows), rows, labels, classes.length);
          await listen();
          if (signal.stopped) break;
        }
        const own = evaluate(await this.predict(features), labels, classes);
        /** @type {Epoch} */
        const row = { epoch, loss: own.loss, acc: own.accuracy };
        if (validation) {
          const answers = await this.predict(validation.features);
          const checks = evaluate(answers, validation.labels, classes);
          Object.assign(row, { valLoss: checks.loss, valAcc: checks.accuracy });
        }
        history.push(row);
        await onEpoch({ ...row, epochs });
      }
    } finally {
      optimizer.dispose();
    }
    return history;
  }

  /**
   * One step of gradient descent.
   *
   * @param {Matrix} features of the batch
   * @param {number[]} rows which pictures these are
   * @param {number[]} labels of all pictures
   * @param {number} classes
   */
  async step({ values, count, size }, rows, labels, classes) {
    const wanted = new Float32Array(count * classes);
    rows.forEach((row, i) => (wanted[i * classes + labels[row]] = 1));
    const xs = tensor2d(values, [count, size]);
    const ys = tensor2d(wanted, [count, classes]);
    await this.model.trainOnBatch(xs, ys);
    xs.dispose();
    ys.dispose();
  }

  /**
   * @param {Matrix} features
   * @returns {Promise<Float32Array>} probabilities, one row a picture
   */
  async predict({ values, count, size }) {
    const classes = /** @type {number} */ (this.model.outputs[0].shape[1]);
    const answers = new Float32Array(count * classes);
    const listen = listening();
    for (let from = 0; from < count; from += ASKED) {
      await listen();
      const asked = Math.min(ASKED, count - from);
      const rows = values.subarray(from * size, (from + asked) * size);
      tidy(() => {
        const output = this.model.predict(tensor2d(rows, [asked, size]), { batchSize: asked });
        answers.set(/** @type {Tensor} */ (output).dataSync(), from * classes);
      });
    }
    return answers;
  }

  /** @returns {Promise<HeadFile>} */
  async save() {
    return /** @type {HeadFile} */ (await saveLayersModel(this.model));
  }

  dispose() {
    this.model.dispose();
  }
}
