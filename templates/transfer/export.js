/**
 * A trained head for use elsewhere: as a TF.js layers model, or as a page of its own.
 *
 * @import { TrainedHead } from "./project.js"
 * @import { BackboneData, Session } from "./session.js"
 */
import { strToU8, zipSync } from "fflate/browser";
import { fetchOrExplain } from "../shared/manifest.js";
import { absolute } from "../shared/page.js";
import { modelReadme, pageReadme } from "./export-words.js";
import { gatherHead } from "./keeper.js";
import { HEAD_ENDING, writeProject } from "./project-file.js";

/**
 * @typedef {{
 *   index: string, files: Record<string, {url: string, sha256: string}>,
 *   parts: Record<string, string[]>
 * }} Exported index: the page, its name yet to be filled in; files: by their path in the zip;
 *   parts: paths that belong to one part of one backbone, by "backbone part"
 */

/** The place of the name in the page. */
const NAME = "{{name}}";

/**
 * The head as `tf.loadLayersModel` opens it, on the backbone's features.
 *
 * @param {Session} session
 * @param {string} name
 * @returns {Promise<Blob>} a zip file
 */
export async function exportLayers(session, name) {
  const { project, embedding, transfer } = session;
  const head = trainedHead(project.head);
  const { topology, weights, weightData } = head.file;
  // The list is not on the page: without a connection the model goes without hashes.
  const exported = await fetchList(transfer.exported).catch(() => null);
  const metadata = describe(head, embedding.backbone, name, exported);
  const model = {
    format: "layers-model",
    generatedBy: "mlpages",
    convertedBy: null,
    modelTopology: topology,
    userDefinedMetadata: metadata,
    weightsManifest: [{ paths: ["weights.bin"], weights }],
  };
  return zip({
    "model.json": strToU8(JSON.stringify(model)),
    "weights.bin": new Uint8Array(weightData),
    "README.txt": strToU8(modelReadme(head, embedding.backbone, name)),
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
  const { project, embedding, transfer } = session;
  const head = trainedHead(project.head);
  const exported = await fetchList(transfer.exported);
  const { index, files, parts } = exported;
  const ofBackbones = new Set(Object.values(parts).flat());
  const others = Object.keys(files).filter((path) => !ofBackbones.has(path));
  const fetched = await Promise.all(
    [...others, ...backboneFiles(head, exported)].map(async (path) => {
      const url = new URL(files[path].url, absolute(transfer.exported)).href;
      return [path, new Uint8Array(await (await fetchOrExplain(url)).arrayBuffer())];
    }),
  );
  const saved = await writeProject(gatherHead(session));
  return zip({
    ...Object.fromEntries(fetched),
    "index.html": strToU8(index.replaceAll(NAME, () => escapeHtml(name))),
    [`head${HEAD_ENDING}`]: new Uint8Array(await saved.arrayBuffer()),
    "README.txt": strToU8(pageReadme(head, embedding.backbone, name)),
    ".nojekyll": new Uint8Array(),
  });
}

/**
 * @param {string} url
 * @returns {Promise<Exported>}
 */
async function fetchList(url) {
  return (await fetchOrExplain(absolute(url))).json();
}

/** @param {TrainedHead | null} head */
function trainedHead(head) {
  if (!head) throw new Error("There is no head yet: train one first.");
  return head;
}

/**
 * The files of the backbone's parts that a head asks for.
 *
 * @param {TrainedHead} head
 * @param {Exported} exported
 */
function backboneFiles({ taps, backbone }, { parts }) {
  const needed = taps.some((tap) => tap !== "middle") ? ["first", "last"] : ["first"];
  return needed.flatMap((part) => parts[`${backbone} ${part}`]);
}

/**
 * What someone needs to know to feed the head: travels in the model's metadata.
 *
 * @param {TrainedHead} head
 * @param {BackboneData} backbone
 * @param {string} name
 * @param {Exported | null} exported
 */
function describe(head, { name: backbone, licence, size, scale, offset, taps }, name, exported) {
  const { validation, train } = head.scores;
  const counted = validation === null ? head.counts.train : head.counts.validation;
  const used = exported ? backboneFiles(head, exported) : [];
  const hashes = used.map((path) => [path, exported?.files[path].sha256]);
  return {
    format: "mlpages-head",
    version: 1,
    name,
    classes: head.classes,
    backbone: { name: backbone, licence, files: Object.fromEntries(hashes) },
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
 * @param {Record<string, Uint8Array>} files
 * @returns {Blob}
 */
function zip(files) {
  // Stored: weights hardly shrink, and packing megabytes would hold up the page. A fixed date
  // makes equal files equal.
  const packed = zipSync(files, { level: 0, mtime: new Date(2020, 0, 1) });
  return new Blob([new Uint8Array(packed)], { type: "application/zip" });
}

/** @param {string} text */
function escapeHtml(text) {
  /** @type {Record<string, string>} */
  const entities = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#39;" };
  return text.replace(/[&<>"']/g, (character) => entities[character]);
}
