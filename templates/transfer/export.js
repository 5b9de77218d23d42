/**
 * A trained head for use elsewhere: as a TF.js layers model, or as a page of its own.
 *
 * @import { TrainedHead } from "./project.js"
 * @import { BackboneData, Session } from "./session.js"
 */
import { strToU8, zipSync } from "fflate";
import { fetchOrExplain } from "../shared/manifest.js";
import { absolute } from "../shared/page.js";
import { gatherHead } from "./keeper.js";
import { writeProject } from "./project-file.js";

/** @typedef {{index: string, files: Record<string, string>, parts: Record<string, string[]>}} Exported
 *   index: the page; files: URLs by their path in the zip; parts: paths that belong to one part of
 *   one backbone, by "backbone part" */

/**
 * The head as `tf.loadLayersModel` opens it, on the backbone's features.
 *
 * @param {Session} session
 * @param {string} name
 * @returns {Promise<Blob>} a zip file
 */
export async function exportLayers({ project, embedding }, name) {
  const head = trainedHead(project.head);
  const { topology, weights, weightData } = head.file;
  const model = {
    format: "layers-model",
    generatedBy: "mlpages",
    convertedBy: null,
    modelTopology: topology,
    userDefinedMetadata: describe(head, embedding.backbone, name),
    weightsManifest: [{ paths: ["weights.bin"], weights }],
  };
  return zip({
    "model.json": strToU8(JSON.stringify(model)),
    "weights.bin": new Uint8Array(weightData),
    "README.txt": strToU8(readme(head, embedding.backbone, name)),
  });
}

/**
 * A page that answers with this head: put its files on any static host.
 *
 * @param {Session} session
 * @param {string} name
 * @returns {Promise<Blob>} a zip file
 */
export async function exportPage(session, name) {
  const head = trainedHead(session.project.head);
  const list = absolute(session.transfer.exported);
  /** @type {Exported} */
  const { index, files, parts } = await (await fetchOrExplain(list)).json();
  const needed = head.taps.some((tap) => tap !== "middle") ? ["first", "last"] : ["first"];
  const own = needed.flatMap((part) => parts[`${head.backbone} ${part}`]);
  const others = new Set(Object.values(parts).flat());
  const paths = Object.keys(files).filter((path) => !others.has(path) || own.includes(path));
  const fetched = await Promise.all(
    paths.map(async (path) => {
      const response = await fetchOrExplain(new URL(files[path], list).href);
      return [path, new Uint8Array(await response.arrayBuffer())];
    }),
  );
  const saved = await writeProject(gatherHead(session));
  return zip({
    ...Object.fromEntries(fetched),
    "index.html": strToU8(index.replaceAll("{{name}}", escapeHtml(name))),
    "head.mlpages-head": new Uint8Array(await saved.arrayBuffer()),
    ".nojekyll": new Uint8Array(),
  });
}

/** @param {TrainedHead | null} head */
function trainedHead(head) {
  if (!head) throw new Error("There is no head yet: train one first.");
  return head;
}

/**
 * What someone needs to know to feed the head: travels in the model's metadata.
 *
 * @param {TrainedHead} head
 * @param {BackboneData} backbone
 * @param {string} name
 */
function describe(head, { name: backbone, size, scale, offset, taps }, name) {
  const { validation, train } = head.scores;
  const counted = validation === null ? head.counts.train : head.counts.validation;
  return {
    format: "mlpages-head",
    version: 1,
    name,
    classes: head.classes,
    backbone,
    taps: head.taps.map((tap) => ({ name: tap, ...taps[tap] })),
    input: {
      height: size,
      width: size,
      channels: 3,
      scale,
      offset,
      colour: "rgb",
      resize: "centre-crop",
    },
    threshold: head.threshold,
    accuracy: {
      value: validation ?? train,
      images: counted.reduce((sum, count) => sum + count, 0),
      split: validation === null ? "train" : "validation",
    },
  };
}

/**
 * @param {TrainedHead} head
 * @param {BackboneData} backbone
 * @param {string} name
 */
function readme(head, { title, taps }, name) {
  const rows = head.taps.map((tap) => {
    const { shape, grid } = taps[tap];
    const how = grid ? `, averaged onto ${grid} x ${grid} cells` : "";
    return `- ${tap}: ${shape.join(" x ")}${how}`;
  });
  return [
    `${name}: a head for ${title}, classes ${head.classes.join(", ")}.`,
    "",
    'Open it with tf.loadLayersModel("model.json"). It takes rows of features of these layers of',
    "the backbone, side by side, and gives a probability for each class:",
    ...rows,
    "",
    "Preprocessing, threshold and accuracy are in model.json under userDefinedMetadata.",
    "",
  ].join("\n");
}

/**
 * @param {Record<string, Uint8Array>} files
 * @returns {Blob}
 */
function zip(files) {
  // Weights and wasm do not get much smaller; a fixed date makes equal files equal.
  const packed = zipSync(files, { level: 1, mtime: new Date(2020, 0, 1) });
  return new Blob([new Uint8Array(packed)], { type: "application/zip" });
}

/** @param {string} text */
function escapeHtml(text) {
  /** @type {Record<string, string>} */
  const entities = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#39;" };
  return text.replace(/[&<>"']/g, (character) => entities[character]);
}
