/**
 * The floating-point operations of a training step, a multiplication and an addition each counted
 * as one.
 *
 * @import { FusedNetwork } from "../../templates/trainer/fused/fused-network.js"
 * @import { Step } from "../../templates/trainer/fused/plan.js"
 */

/** @param {Step} step what one output value takes */
const perValue = ({ kind, kernel: [height, width], input: [rows, columns, channels] }) =>
  2 * channels * (kind === "dense" ? rows * columns : height * width);

/** @param {Step} step output values of which pooling keeps the largest */
function values({ input, kernel, border, output, kind }) {
  if (kind === "dense") return output[2];
  const rows = input[0] + border.top + border.bottom - kernel[0] + 1;
  return rows * (input[1] + border.left + border.right - kernel[1] + 1) * output[2];
}

/**
 * Of one image, as the mathematics says: each layer's way forward, the gradient of its weights,
 * and but for the first the gradient of its input, are as many operations each.
 *
 * @param {Step[]} steps
 */
export function nominal(steps) {
  const counts = steps.map((step, i) => perValue(step) * values(step) * (i ? 3 : 2));
  return counts.reduce((sum, count) => sum + count, 0);
}

/**
 * Of a batch, as the fused program computes it: nothing for outputs that no window of a pooling
 * reads, and gradients of those values alone that have one. Zeros that fill up vectors do not
 * count. The network is as it was afterwards.
 *
 * @param {FusedNetwork} network
 * @param {{pixels: Uint8Array, labels: Uint16Array}} batch
 */
export function executed(network, { pixels, labels }) {
  const { place, instance } = network;
  const state = network.read();
  let count = 0;
  network.blocks(pixels, (first, images) => {
    const classes = new Uint16Array(instance.memory.buffer, place.labels);
    classes.set(labels.subarray(first, first + images));
    instance.functions.learn(place.network, images, labels.length);
    place.sized.forEach(({ step }, i) => {
      const [rows, columns, channels] = step.output;
      const forward = images * rows * columns * channels * step.pool ** 2;
      const gradients = step.kind === "dense" ? forward : slopes(network, i, images);
      count += perValue(step) * (forward + gradients * (i ? 2 : 1));
    });
  });
  instance.functions.update(place.network, 0, 1, 1); // forgets the gradients
  network.write(state);
  return count;
}

/**
 * How many outputs of a convolution have a gradient.
 *
 * @param {FusedNetwork} network
 * @param {number} layer
 * @param {number} images
 */
function slopes({ place, instance }, layer, images) {
  const { filters, step } = place.sized[layer];
  const [rows, columns] = step.output;
  const view = place.images[layer + 1];
  const back = place.back[layer + 1];
  const floats = new Float32Array(instance.memory.buffer);
  let count = 0;
  for (let image = 0; image < images; image++) {
    for (let y = 0; y < rows; y++) {
      const row = image * view.image + y * view.row;
      for (let i = row; i < row + columns * filters; i++) {
        const on = step.activation !== "relu" || floats[view.write / 4 + i] > 0;
        if (on && floats[back.write / 4 + i] !== 0) count += 1;
      }
    }
  }
  return count;
}
