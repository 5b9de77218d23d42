/**
 * One contender: a network and what computes it, in a worker of its own, as in the trainer page.
 * The network class is the trainer's; a plain backend is one without our kernels.
 *
 * @import { Metadata } from "../../templates/shared/manifest.js"
 *
 * @typedef {{backend: string, ours: boolean, fused: string | null, wasm: string,
 *   topology: object, batch: number}} Setting ours: our kernels for TensorFlow.js; fused: URL of a
 *   build of the fused training step
 */
import "@tensorflow/tfjs-backend-cpu";
import "@tensorflow/tfjs-backend-wasm";
import "@tensorflow/tfjs-backend-webgl";
import { ready, setBackend } from "@tensorflow/tfjs-core";
import { expose } from "comlink";
import { registerTrainingKernels } from "../../templates/shared/kernels/index.js";
import { seededRandom } from "../../templates/shared/random.js";
import { startWasm } from "../../templates/shared/wasm.js";
import { Program } from "../../templates/trainer/fused/program.js";
import { Network } from "../../templates/trainer/network.js";
import { executed, nominal } from "./flops.js";

const SIDE = 28;
const CLASSES = 10;
/** About five milliseconds' worth of the peak's chains. */
const ROUNDS = 500_000;

export class Contender {
  /** @type {Network | null} */
  network = null;
  pixels = new Uint8Array(0);
  labels = new Uint16Array(0);

  /** @param {Setting} setting */
  async start({ backend, ours, fused, wasm, topology, batch }) {
    if (ours) registerTrainingKernels();
    if (backend === "wasm") await startWasm(wasm);
    else if (!(await setBackend(backend))) throw new Error(`${backend} does not start.`);
    await ready();
    const input = { height: SIDE, width: SIDE, channels: 1, scale: 1 / 255, offset: 0 };
    const classes = Array.from({ length: CLASSES }, (_, i) => String(i));
    const metadata = /** @type {Metadata} */ (/** @type {unknown} */ ({ input, classes }));
    this.network = await Network.create(topology, 1, metadata, 0.001);
    if (fused) {
      const module = await WebAssembly.compileStreaming(fetch(fused));
      await this.network.computeWith(new Program(module, "baseline"));
    }
    this.draw(batch);
    return backend === "webgl" ? rendererName() : "";
  }

  /**
   * Noise on black, as most of a digit is black, and for each class a bar in a place of its own:
   * something that can be learned, so that the losses that are compared fall.
   *
   * @param {number} batch
   */
  draw(batch) {
    const size = SIDE * SIDE;
    const random = seededRandom(1);
    const noise = () => Math.max(0, 255 * (random() - 0.5));
    this.pixels = Uint8Array.from({ length: batch * size }, noise);
    this.labels = new Uint16Array(batch);
    for (let i = 0; i < batch; i++) {
      const label = Math.floor(random() * CLASSES);
      const start = i * size + (2 * label + 4) * SIDE;
      this.pixels.fill(230, start + 6, start + 22);
      this.labels[i] = label;
    }
  }

  /** One step of gradient descent, from the batch's bytes to its loss. */
  async step() {
    const { pixels, labels } = this;
    const start = performance.now();
    const { loss } = await this.started().step({ pixels, labels });
    return { milliseconds: performance.now() - start, loss };
  }

  /** Operations of a step: as the mathematics says, and as the fused program computes it. */
  flops() {
    const { fused, plan } = this.started();
    if (!fused || !plan.steps) throw new Error("This contender is not the fused program.");
    const { pixels, labels } = this;
    return {
      nominal: labels.length * nominal(plan.steps),
      executed: executed(fused, { pixels, labels }),
    };
  }

  /**
   * Floating-point operations a second of a program that does nothing else.
   *
   * @param {string} url of a build of peak.zig
   */
  async peak(url) {
    const memory = new WebAssembly.Memory({ initial: 2 });
    const { instance } = await WebAssembly.instantiateStreaming(fetch(url), { env: { memory } });
    const { run, __heap_base: base } = instance.exports;
    const compute = /** @type {(rounds: number, floats: number) => number} */ (run);
    const place = /** @type {WebAssembly.Global} */ (base).value;
    compute(ROUNDS, place); // compiles
    const start = performance.now();
    return compute(ROUNDS, place) / ((performance.now() - start) / 1000);
  }

  started() {
    if (!this.network) throw new Error("The contender has not been started.");
    return this.network;
  }
}

function rendererName() {
  const gl = new OffscreenCanvas(1, 1).getContext("webgl2");
  const unmasked = gl?.getExtension("WEBGL_debug_renderer_info")?.UNMASKED_RENDERER_WEBGL;
  return String(gl?.getParameter(unmasked ?? gl.RENDERER));
}

expose(new Contender());
