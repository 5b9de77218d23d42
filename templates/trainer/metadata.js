/**
 * What a model is made from, and what it will say of itself: everything that is needed to use it
 * elsewhere.
 *
 * @import { Manifest, Metadata, ModelFile, PageData } from "../shared/manifest.js"
 * @import { Evaluation } from "./evaluation.js"
 * @import { Choices } from "./settings.js"
 */

/**
 * @param {Pick<PageData, "slug">} page
 * @param {Manifest} manifest
 * @param {Choices} choices
 * @returns {Metadata}
 */
export function metadataFor({ slug }, manifest, choices) {
  const { name, title, licence, classes, image, drawn } = manifest;
  return {
    format: "mlpages-model",
    version: 1,
    name: slug,
    classes,
    input: {
      ...image,
      scale: 1 / 255,
      offset: 0,
      colour: image.channels === 1 ? "grey" : "rgb",
      resize: drawn ? "mnist" : "centre-crop",
    },
    data: { name, title, licence },
    accuracy: null,
    training: { ...choices },
    converter: "trained in the browser",
    licence: "whoever trained it decides",
    weights: "float32",
  };
}

/**
 * A trained model under a name, with what it reached on the test images if that was measured.
 *
 * @param {ModelFile} file
 * @param {string} name
 * @param {Pick<Evaluation, "accuracy" | "images"> | null} evaluation
 * @returns {ModelFile}
 */
export function withResult(file, name, evaluation) {
  const { accuracy: value = 0, images = 0 } = evaluation ?? {};
  const accuracy = evaluation ? { value, images, split: "test" } : file.metadata.accuracy;
  return { ...file, metadata: { ...file.metadata, name, accuracy } };
}

/**
 * @param {Pick<PageData, "architectures">} page
 * @param {string} name
 */
export function findArchitecture({ architectures = [] }, name) {
  const found = architectures.find((architecture) => architecture.name === name);
  if (found) return found;
  const known = architectures.map((architecture) => architecture.name).join(", ");
  throw new Error(`This page has no network named "${name}" (it has ${known}). Reload the page.`);
}
