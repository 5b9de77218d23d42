/**
 * A linear head as a TF.js layers model: one dense layer with softmax on raw features, which
 * `tf.loadLayersModel` opens anywhere.
 *
 * @import { LinearHead } from "./linear.js"
 * @import { HeadFile } from "./session.js"
 */

/**
 * @param {Omit<LinearHead, "mean">} head
 * @returns {HeadFile}
 */
export function linearToLayers({ size, classes, weights, bias }) {
  const config = {
    name: "head",
    trainable: true,
    batch_input_shape: [null, size],
    dtype: "float32",
    units: classes,
    activation: "softmax",
    use_bias: true,
  };
  const layers = [{ class_name: "Dense", config }];
  const weightData = new Float32Array(weights.length + bias.length);
  weightData.set(weights);
  weightData.set(bias, weights.length);
  return {
    topology: { class_name: "Sequential", config: { name: "linear_head", layers } },
    weights: [
      { name: "head/kernel", shape: [size, classes], dtype: "float32" },
      { name: "head/bias", shape: [classes], dtype: "float32" },
    ],
    weightData: weightData.buffer,
  };
}

/**
 * The weights of a linear head in such a file.
 *
 * @param {HeadFile} file
 */
export function layersToLinear({ weights: [kernel], weightData }) {
  const [size, classes] = kernel?.shape ?? [];
  if (!(size > 0 && classes > 0) || weightData.byteLength !== 4 * (size + 1) * classes) {
    throw new Error("This head is damaged: its weights do not have the size that it names.");
  }
  const values = new Float32Array(weightData);
  return {
    size,
    classes,
    weights: values.slice(0, size * classes),
    bias: values.slice(size * classes),
  };
}
