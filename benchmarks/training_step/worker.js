/**
 * One contender: a network and a backend in a worker of its own, as in the trainer page. The
 * network class is the trainer's; a plain backend is one without our kernels.
 *
 * @import { Metadata } from "../../templates/shared/manifest.js"
 *
 * @typedef {{backend: string, ours: boolean, wasm: string, topology: object, batch: number}}
 *   Setting
 */
import "@tensorflow/tfjs-backend-cpu";
import "@tensorflow/tfjs-backend-wasm";
import "@tensorflow/tfjs-backend-webgl";
import { ready, setBackend, tensor2d } from "@tensorflow/tfjs-core";
import { expose } from "comlink";
import { registerTrainingKernels } from "../../templates/shared/kernels/index.js";
import { seededRandom } from "../../templates/shared/random.js";
import { startWasm } from "../../templates/shared/wasm.js";
import { Network } from "../../templates/trainer/network.js";

const SIDE = 28;
const CLASSES = 10;

export class Contender {
  /** @type {Network | null} */
  network = null;
  pixels = new Float32Array(0);
  oneHot = new Float32Array(0);

  /** @param {Setting} setting */
  async start({ backend, ours, wasm, topology, batch }) {
    if (ours) registerTrainingKernels();
    if (backend === "wasm") await startWasm(wasm);
    else if (!(await setBackend(backend))) throw new Error(`${backend} does not start.`);
    await ready();
    const input = { height: SIDE, width: SIDE, channels: 1, scale: 1 / 255, offset: 0 };
    const metadata = /** @type {Metadata} */ (/** @type {unknown} */ ({ input }));
    this.network = await Network.create(topology, 1, metadata, 0.001);
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
    this.pixels = Float32Array.from({ length: batch * size }, () => Math.max(0, random() - 0.5));
    this.oneHot = new Float32Array(batch * CLASSES);
    for (let i = 0; i < batch; i++) {
      const label = Math.floor(random() * CLASSES);
      const start = i * size + (2 * label + 4) * SIDE;
      this.pixels.fill(0.9, start + 6, start + 22);
      this.oneHot[i * CLASSES + label] = 1;
    }
  }

  /** One step of gradient descent, from the batch's arrays to its loss. */
  async step() {
    if (!this.network) throw new Error("The contender has not been started.");
    const start = performance.now();
    const xs = tensor2d(this.pixels, [this.oneHot.length / CLASSES, SIDE * SIDE]);
    const labels = tensor2d(this.oneHot, [this.oneHot.length / CLASSES, CLASSES]);
    const { loss } = await this.network.step(xs, labels);
    xs.dispose();
    labels.dispose();
    return { milliseconds: performance.now() - start, loss };
  }
}

function rendererName() {
  const gl = new OffscreenCanvas(1, 1).getContext("webgl2");
  const unmasked = gl?.getExtension("WEBGL_debug_renderer_info")?.UNMASKED_RENDERER_WEBGL;
  return String(gl?.getParameter(unmasked ?? gl.RENDERER));
}

expose(new Contender());
