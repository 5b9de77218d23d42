/**
 * The trainer's compute worker: data, network, training and evaluation, off the page's thread.
 *
 * @import { Manifest, Metadata, ModelFile, SplitName } from "../shared/manifest.js"
 * @import { BackendName } from "../shared/engine.js"
 * @import { FitResult, FitSettings } from "./fit.js"
 * @import { Builds } from "./fused/program.js"
 * @import { TrainEvent } from "./run.js"
 */
import { expose, transfer } from "comlink";
import { SheetData } from "../shared/data.js";
import {
  backendChoices,
  currentBackend,
  startEngine,
  useBackend,
  useFastest,
} from "../shared/engine.js";
import { Sheets } from "../shared/sheets.js";
import { evaluate } from "./evaluate.js";
import { Program } from "./fused/program.js";
import { Fit, nextTask } from "./fit.js";
import { heldMemory, Network } from "./network.js";

/** Images of the batch on which backends are compared. */
const PROBE = 64;

export class TrainerCompute {
  /** @type {Sheets | null} */
  sheets = null;
  /** @type {Network | null} */
  network = null;
  /** @type {Program | null} the fused training step */
  program = null;
  /** @type {Fit | null} the run under way */
  fitting = null;
  /** @type {Promise<unknown>} settled when no run is under way */
  running = Promise.resolve();
  /** A visitor's choice of backend is not questioned. */
  chosen = false;
  learningRate = 0.001;

  /**
   * @param {{wasm: string, fused: Builds}} options absolute URLs of TensorFlow.js' SIMD binary and
   *   of ours
   */
  async start({ wasm, fused }) {
    const start = performance.now();
    [this.program] = await Promise.all([Program.fetch(fused), startEngine(wasm)]);
    return this.engineState(start);
  }

  /**
   * Let the visitor's choice compute from now on; the network stays as it is.
   *
   * @param {string} name
   */
  async setBackend(name) {
    const start = performance.now();
    await useBackend(/** @type {BackendName} */ (name));
    this.chosen = true;
    if (this.network) await this.settle(this.network);
    return this.engineState(start);
  }

  /**
   * Where WASM computes, our program does, if it covers the network.
   *
   * @param {Network} network
   */
  async settle(network) {
    await network.computeWith(currentBackend() === "wasm" ? this.program : null);
  }

  /** @param {number} start */
  engineState(start) {
    const seconds = (performance.now() - start) / 1000;
    return { backend: currentBackend(), backends: backendChoices(), seconds };
  }

  /**
   * @param {string} url absolute URL of a data manifest
   * @returns {Promise<Manifest>}
   */
  async openData(url) {
    this.sheets = await Sheets.open(url);
    return this.sheets.manifest;
  }

  /**
   * Some images and their labels; fetches the sheets that hold them.
   *
   * @param {SplitName} split
   * @param {number[]} indices
   */
  async samples(split, indices) {
    const { sheets } = this.opened();
    await sheets.load(split, Math.max(-1, ...indices) + 1);
    const pixels = sheets.images(split, indices);
    const labels = indices.map((index) => sheets.labels(split)[index]);
    return transfer({ pixels, labels }, [pixels.buffer]);
  }

  /**
   * A fresh network.
   *
   * @param {{topology: object, learningRate: number, seed: number, metadata: Metadata}} options
   */
  async create({ topology, learningRate, seed, metadata }) {
    await this.reset();
    this.learningRate = learningRate;
    this.network = await Network.create(topology, seed, metadata, learningRate);
    await this.settle(this.network);
    return this.network.summary();
  }

  /**
   * Train; again on the same network, it goes on where it was.
   *
   * @param {FitSettings} settings
   * @param {(event: TrainEvent) => void} onEvent a proxy of the page's function
   * @returns {Promise<FitResult>}
   */
  async fit(settings, onEvent) {
    const { sheets, network } = this.opened();
    if (!network) throw new Error("There is no network to train yet.");
    if (this.fitting) throw new Error("A run is under way: stop it first.");
    const fit = new Fit(network, sheets, settings, onEvent);
    this.fitting = fit;
    const result = this.run(fit, network);
    this.running = result.catch(() => {}); // the page is told by the result
    return result;
  }

  /**
   * @param {Fit} fit
   * @param {Network} network
   */
  async run(fit, network) {
    try {
      if (!this.chosen) await this.chooseBackend(network);
      return await fit.run();
    } finally {
      this.fitting = null;
    }
  }

  /**
   * Compare backends on a prediction of this network, unless there is but one.
   *
   * @param {Network} network
   */
  async chooseBackend(network) {
    const size = network.imageShape().reduce((a, b) => a * b);
    await useFastest(async () => {
      await this.settle(network);
      await network.predict(new Uint8Array(PROBE * size));
    });
    await this.settle(network);
    this.chosen = true;
  }

  pause() {
    this.fitting?.pause();
  }

  resume() {
    this.fitting?.resume();
  }

  stop() {
    this.fitting?.stop();
  }

  /**
   * @param {{images: number, split: "test"}} options
   */
  async evaluate({ images }) {
    const { sheets, network } = this.opened();
    if (!network) throw new Error("There is no network to examine yet.");
    const count = Math.min(images, sheets.manifest.splits.test.count);
    await sheets.load("test", count);
    const data = new SheetData(sheets, { train: 0, test: count, seed: 0 });
    return evaluate(network, data, count, nextTask);
  }

  /**
   * @param {Uint8Array} pixels n * height * width * channels values in 0..255
   */
  async predict(pixels) {
    const { network } = this.opened();
    if (!network) throw new Error("There is no network to ask yet.");
    const start = performance.now();
    const probabilities = await network.predict(pixels);
    return { probabilities, milliseconds: performance.now() - start };
  }

  async save() {
    const { network } = this.opened();
    if (!network) throw new Error("There is no network to save yet.");
    return { artifacts: await network.save() };
  }

  /** @param {ModelFile} file */
  async open(file) {
    const opened = await Network.open(file, this.learningRate);
    await this.reset();
    this.network = opened;
    await this.settle(opened);
    return { ...opened.summary(), metadata: opened.metadata };
  }

  /** What the engine holds, and what trains the network that is there. */
  memory() {
    const { network } = this;
    const bytes = network?.fused ? network.fused.bytes : 0;
    const { tensors, bytes: inTensors } = heldMemory();
    return { tensors, bytes: inTensors + bytes, computing: network ? network.computing() : null };
  }

  /** Give every tensor back. */
  async reset() {
    this.stop();
    await this.running;
    this.network?.dispose();
    this.network = null;
  }

  opened() {
    if (!this.sheets) throw new Error("The data has not been opened yet.");
    return { sheets: this.sheets, network: this.network };
  }
}

expose(new TrainerCompute());
