/**
 * The contract with the generator (its Python side is generator/manifest.py): the types of the
 * JSON that a page reads, and the checks that what arrived is what was meant.
 *
 * @import { TransferData } from "../transfer/session.js"
 *
 * @typedef {{file: string, count: number, bytes: number, sha256: string, columns?: number}} Sheet
 *   columns: tiles in a row, where the layout is "tiles"
 * @typedef {{file: string, bytes: number, sha256: string, dtype: "uint8" | "uint16"}} Labels
 * @typedef {{count: number, sheets: Sheet[], labels: Labels}} SplitFiles
 * @typedef {"train" | "validation" | "test"} SplitName
 * @typedef {{
 *   format: "mlpages-data", version: 1, name: string, title: string, licence: string,
 *   source: string, image: {height: number, width: number, channels: number},
 *   classes: string[], layout: "rows" | "tiles", drawn: boolean,
 *   splits: Record<SplitName, SplitFiles>
 * }} Manifest
 *
 * @typedef {{
 *   height: number, width: number, channels: number, scale: number, offset: number,
 *   colour: "grey" | "rgb", resize: "mnist" | "centre-crop"
 * }} ModelInput
 * @typedef {{
 *   format: "mlpages-model", version: 1, name: string, classes: string[], input: ModelInput,
 *   data: Record<string, string>,
 *   accuracy: {value: number, images: number, split: string} | null,
 *   training: Record<string, unknown>, converter: string, licence: string,
 *   weights: "float32" | "float16" | "uint8" | "mixed", parity?: Record<string, unknown>
 * }} Metadata
 *
 * @typedef {{name: string, title: string, about: string, topology: object}} ArchitectureData
 * @typedef {{
 *   trainImages: number, validationImages: number, testImages: number, batchSize: number,
 *   epochs: number, learningRate: number, seed: number
 * }} TrainDefaults
 * @typedef {{
 *   name: string, graph: string, layers: string | null, keras: string | null,
 *   accuracy: number | null, sizes: {graph: number, layers: number | null}
 * }} ModelLinks
 * @typedef {{
 *   inputs: ("pad" | "file" | "samples" | "webcam")[], top: number, unsure: number,
 *   ranked: boolean
 * }} AnswerSettings how a predictor asks and answers: ways to bring a picture, classes that an
 *   answer lists, the least probability that it is sure of (0 to 1), the likeliest class first?
 * @typedef {{
 *   site: {title: string, root: string}, slug: string, title: string,
 *   worker: string, wasm: string, fused?: {baseline: string, relaxed: string},
 *   data?: string | null, pixels?: string | null,
 *   architectures?: ArchitectureData[], defaults?: TrainDefaults, predictor?: string,
 *   model?: ModelLinks, answer?: AnswerSettings, preparer?: string, transfer?: TransferData,
 *   integrity?: Record<string, string>
 * }} PageData
 *
 * @typedef {{
 *   format: "mlpages-saved-model", version: 1, metadata: Metadata, topology: object,
 *   weights: {name: string, shape: number[], dtype: "float32"}[],
 *   weightData: ArrayBuffer, epochsTrained: number
 * }} ModelFile
 */

import { isCount, isListOf, isText, shown } from "./values.js";

const VERSION = 1;
/** @type {SplitName[]} */
const SPLITS = ["train", "validation", "test"];

/**
 * Fetch and check a data manifest.
 *
 * @param {string} url absolute URL
 * @param {Manifest["layout"]} layout that the caller can read
 * @returns {Promise<Manifest>}
 */
export async function fetchManifest(url, layout) {
  const response = await fetchOrExplain(url);
  /** @type {unknown} */
  const json = await response.json().catch(() => null);
  return checkManifest(json, url, layout);
}

/**
 * @param {unknown} json
 * @param {string} where the manifest's URL, named in errors
 * @param {Manifest["layout"]} layout
 * @returns {Manifest}
 */
export function checkManifest(json, where, layout) {
  const manifest = /** @type {Manifest | null} */ (json);
  if (manifest?.format !== "mlpages-data") {
    throw new Error(`${where} is not a data manifest of mlpages. Build the site again.`);
  }
  if (manifest.version !== VERSION) {
    throw new Error(
      `${where} has version ${shown(manifest.version)} and this page reads version ${VERSION}: ` +
        "page and data come from different builds. Reload the page.",
    );
  }
  if (manifest.layout !== layout) {
    throw new Error(
      `${where} lays its images out as ${shown(manifest.layout)} and this page reads ${layout}. ` +
        "Build the site again.",
    );
  }
  const problem = whatIsWrong(manifest);
  if (problem) {
    throw new Error(`${where} is damaged: ${problem} cannot be read. Build the site again.`);
  }
  return manifest;
}

/**
 * @param {Partial<Manifest>} manifest
 * @returns {string} what cannot be read; "" when all of it can
 */
function whatIsWrong({ name, title, licence, source, image, classes, splits }) {
  const { height, width, channels } = image ?? {};
  const sides = [height, width, channels];
  return (
    (![name, title, licence, source].every(isText) && "what it says of the data") ||
    (!sides.every((side) => isCount(side) && side) && "the size of its images") ||
    (!isListOf(classes, isText) && "the list of classes") ||
    (!SPLITS.every((split) => isSplit(splits?.[split])) && "the list of its files") ||
    ""
  );
}

/** @param {Partial<SplitFiles> | undefined} split */
function isSplit(split) {
  const { count, sheets, labels } = split ?? {};
  if (!isListOf(sheets, isSheet) || !isFile(labels)) return false;
  const isKnown = labels?.dtype === "uint8" || labels?.dtype === "uint16";
  return isKnown && sheets.reduce((sum, sheet) => sum + sheet.count, 0) === count;
}

/** @param {unknown} value */
function isSheet(value) {
  const { count, columns = 1 } = /** @type {Partial<Sheet>} */ (value ?? {});
  return isFile(value) && isCount(count) && isCount(columns) && columns > 0;
}

/** @param {unknown} value a file beside the manifest */
function isFile(value) {
  const { file, bytes, sha256 } = /** @type {Partial<Sheet>} */ (value ?? {});
  return isText(file) && /^[\w.-]+$/.test(String(file)) && isCount(bytes) && isText(sha256);
}

/**
 * Fetch a URL; throw a sentence that names it when that fails.
 *
 * @param {string} url
 * @returns {Promise<Response>}
 */
export async function fetchOrExplain(url) {
  let response;
  try {
    response = await fetch(url);
  } catch (cause) {
    if (cause instanceof Error && cause.name === "PromiseError") throw cause;
    throw new Error(`${url} could not be reached. Check the connection and reload the page.`, {
      cause,
    });
  }
  if (!response.ok) {
    throw new Error(
      `${url} could not be loaded (HTTP ${response.status}). ` +
        "The site may have been updated since this page was opened: reload the page.",
    );
  }
  return response;
}
