/**
 * The network as a row of shapes and as a table of layers.
 *
 * @import { Manifest } from "../shared/manifest.js"
 * @typedef {{name: string, kind: string, outputShape: number[], parameters: number}} Layer
 * @typedef {{layers: Layer[], parameters: number}} Summary
 */
import { element } from "../shared/dom.js";
import { byId, formatCount } from "../shared/page.js";

/** @type {Record<string, string>} what a kind of layer does, in a word */
const WORDS = {
  Conv2D: "convolve",
  MaxPooling2D: "pool",
  Flatten: "flatten",
  Dense: "weigh",
  Dropout: "drop",
  Activation: "activate",
  Reshape: "reshape",
};

/**
 * @param {Summary} summary
 * @param {Manifest["image"]} image
 */
export function showSummary({ layers, parameters }, { height, width, channels }) {
  const working = layers.filter(({ kind }) => kind !== "InputLayer");
  byId("model-size", HTMLElement).textContent =
    `${working.length} layers, ${formatCount(parameters)} parameters`;
  byId("flow", HTMLElement).replaceChildren(
    chip("image", [height, width, channels]),
    ...working.map(({ kind, outputShape }) => chip(WORDS[kind] ?? kind, outputShape)),
  );
  const body = byId("layers", HTMLTableElement).tBodies[0];
  body.replaceChildren(
    ...working.map(({ name, kind, outputShape, parameters: count }) =>
      element(
        "tr",
        {},
        element("th", { scope: "row" }, name),
        ...[kind, formatShape(outputShape), formatCount(count)].map((text) =>
          element("td", {}, text),
        ),
      ),
    ),
  );
  byId("layers", HTMLTableElement).dataset.parameters = String(parameters);
}

/**
 * @param {string} word
 * @param {number[]} shape
 */
function chip(word, shape) {
  return element("li", {}, element("b", {}, formatShape(shape)), element("span", {}, word));
}

/** @param {number[]} shape */
function formatShape(shape) {
  return shape.join(" × ");
}
