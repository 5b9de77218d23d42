/**
 * The kernels that let TensorFlow.js train convolutional networks on WASM: those that the fused
 * training step (templates/trainer/fused) does not cover, and the transfer page's dense head.
 *
 * Call it once, after the backend's module is loaded and before the backend is started (the
 * backend's own kernels set themselves up when it starts).
 */
import { registerConv2dGradients } from "./conv2d.js";
import { registerMatMul } from "./mat-mul.js";
import { registerMaxPoolGradient } from "./max-pool.js";
import { registerPasses } from "./pass.js";
import { registerSum } from "./sum.js";

export function registerTrainingKernels() {
  registerConv2dGradients();
  registerMaxPoolGradient();
  registerSum();
  registerMatMul();
  registerPasses();
}
