/**
 * Classes and roles in paths: folders and file names. The rules are told in layouts.js.
 *
 * Pure functions: Node runs their tests.
 *
 * @import { Role } from "./project.js"
 * @typedef {Map<string, string>} LabelOf by path
 */
import { isPicture } from "./tables.js";

/** @type {Record<string, Role>} */
const ROLES = {
  train: "train",
  training: "train",
  validation: "validation",
  valid: "validation",
  val: "validation",
  test: "validation",
  testing: "validation",
};
const CAMERA = "img|dsc[nf]?|dcim|p|pxl|mvimg|wp|frame|webcam|scan|screenshot.*|screen shot.*";
const SAVED = "image|images|photo|picture|pic|bild|foto|file|download|unnamed|untitled|whatsapp.*";
const NO_CLASS = new RegExp(`^(${CAMERA}|${SAVED})$`, "i");

/**
 * Those that look like pictures by their extension; all if none does.
 *
 * @param {string[]} paths
 */
export function likely(paths) {
  const found = paths.filter(isPicture);
  return found.length ? found : paths;
}

/**
 * Without the labels that only other files than pictures have.
 *
 * @param {LabelOf} labels
 */
function withoutStrays(labels) {
  const paths = [...labels.keys()];
  const known = new Set(likely(paths).map((path) => labels.get(path)));
  return new Map([...labels].filter(([, label]) => known.has(label)));
}

/**
 * @param {string[]} pictures
 * @returns {LabelOf}
 */
export function labelsOfFolders(pictures) {
  const root = rootOf(likely(pictures));
  const roles = rolesOf(likely(pictures));
  /** @type {LabelOf} */
  const labels = new Map();
  for (const path of pictures) {
    const folders = path.split("/").slice(0, -1);
    const isRole = roles ? folders.length <= root.length + 1 : folders.length <= root.length;
    const label = folders.at(-1);
    if (label && !(isRole && roleOf(label))) labels.set(path, label);
  }
  return withoutStrays(labels);
}

/**
 * @param {string[]} pictures
 * @returns {LabelOf}
 */
export function labelsOfNames(pictures) {
  const stems = pictures.map((path) => {
    const name = path.slice(path.lastIndexOf("/") + 1);
    return { path, stem: name.replace(/\.[^.\d][^.]*$/, "") };
  });
  /** @type {LabelOf} */
  const labels = new Map();
  for (const { path, stem } of stems) {
    const label = /^(\p{L}\D*?)[\s._()-]*\d/u.exec(stem)?.[1];
    if (label && !NO_CLASS.test(label)) labels.set(path, label);
  }
  const known = new Set(labels.values());
  for (const { path, stem } of stems) if (known.has(stem)) labels.set(path, stem);
  return withoutStrays(labels);
}

/**
 * @param {string[]} pictures
 * @returns {Map<string, Role> | null} null when folders do not say it
 */
export function rolesOf(pictures) {
  const depth = rootOf(pictures).length;
  /** @type {Map<string, Role>} */
  const roles = new Map();
  for (const path of pictures) {
    const parts = path.split("/");
    const role = depth < parts.length - 1 ? roleOf(parts[depth]) : undefined;
    if (!role) return null;
    roles.set(path, role);
  }
  return new Set(roles.values()).size > 1 ? roles : null;
}

/** @param {string} folder */
function roleOf(folder) {
  const name = folder.toLowerCase();
  return Object.hasOwn(ROLES, name) ? ROLES[name] : undefined;
}

/**
 * @param {string[]} paths
 * @returns {string[]} the folders that all of them lie in
 */
function rootOf(paths) {
  let root = paths[0]?.split("/").slice(0, -1) ?? [];
  for (const path of paths) {
    const parts = path.split("/");
    const same = root.findIndex((folder, i) => i >= parts.length - 1 || folder !== parts[i]);
    if (same >= 0) root = root.slice(0, same);
  }
  return root;
}
