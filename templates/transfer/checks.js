/**
 * What is odd about the pictures, and what it means for what is learned from them.
 *
 * Pure functions: Node runs their tests.
 *
 * @import { Picture, Project, Role } from "./project.js"
 * @typedef {{
 *   kind: "leak" | "conflict" | "classes" | "missing" | "few" | "imbalance", text: string,
 *   ids?: number[]
 * }} Warning ids: pictures that it is about; those of a leak can be removed
 */
import { formatCount } from "../shared/page.js";

/** How many times as many pictures one class may have before it is said. */
const IMBALANCE = 3;
/** Names that a sentence lists. */
const LISTED = 3;

/**
 * @param {Pick<Project, "classes" | "pictures">} project
 * @returns {Warning[]} the worst first
 */
export function findWarnings({ classes, pictures }) {
  const all = [...pictures.values()];
  if (all.length === 0) return [];
  const counts = countByClass(classes, all);
  return [...leaks(all), ...conflicts(all), ...missing(counts), ...few(counts)];
}

/** @typedef {Record<Role, number> & {label: string}} Count */

/**
 * @param {string[]} classes
 * @param {Picture[]} pictures
 * @returns {Count[]}
 */
function countByClass(classes, pictures) {
  const counts = new Map(classes.map((label) => [label, { label, train: 0, validation: 0 }]));
  for (const { label, role } of pictures) {
    const count = counts.get(label);
    if (count) count[role]++;
  }
  return [...counts.values()];
}

/**
 * Pictures by their content, where it is there more than once.
 *
 * @param {Picture[]} pictures
 */
function repeated(pictures) {
  /** @type {Map<string, Picture[]>} */
  const byHash = new Map();
  for (const picture of pictures) {
    const same = byHash.get(picture.hash);
    if (same) same.push(picture);
    else byHash.set(picture.hash, [picture]);
  }
  return [...byHash.values()].filter((same) => same.length > 1);
}

/**
 * @param {Picture[]} pictures
 * @returns {Warning[]}
 */
function leaks(pictures) {
  const found = repeated(pictures).flatMap((same) =>
    same.some(({ role }) => role === "train")
      ? same.filter(({ role }) => role === "validation")
      : [],
  );
  if (found.length === 0) return [];
  const are = found.length === 1 ? "is a training picture" : "are training pictures";
  const text =
    `${nameSome(found)} among the validation pictures ${are} as well. The validation score ` +
    "counts as unseen what was learned by heart, so it comes out too good. Remove them from " +
    "validation.";
  return [{ kind: "leak", text, ids: found.map(({ id }) => id) }];
}

/**
 * @param {Picture[]} pictures
 * @returns {Warning[]}
 */
function conflicts(pictures) {
  const found = repeated(pictures).filter(
    (same) => new Set(same.map(({ label }) => label)).size > 1,
  );
  if (found.length === 0) return [];
  const labels = new Set(found[0].map(({ label }) => label));
  const where = found.length === 1 ? list([...labels]) : "more than one class";
  const are = found.length === 1 ? "is" : "are";
  const text =
    `${nameSome(found.map(([first]) => first))} ${are} in ${where}: the same picture ` +
    "with different answers teaches neither. Delete the wrong ones.";
  return [{ kind: "conflict", text, ids: found.flat().map(({ id }) => id) }];
}

/**
 * @param {Count[]} counts
 * @returns {Warning[]}
 */
function missing(counts) {
  /** @type {Warning[]} */
  const found = [];
  /**
   * @param {(count: Count) => boolean} isOdd
   * @param {string} what goes on after "dogs and cats have"
   */
  const check = (isOdd, what) => {
    const odd = counts.filter(isOdd).map(({ label }) => label);
    const have = odd.length === 1 ? "has" : "have";
    if (odd.length) found.push({ kind: "missing", text: `${list(odd)} ${have} ${what}` });
  };
  if (counts.filter(({ train }) => train > 0).length < 2) {
    const text =
      "Training needs pictures of two classes or more: a class is learned by what tells it from " +
      "the others.";
    found.push({ kind: "classes", text });
  }
  check(
    ({ train, validation }) => train + validation === 0,
    "no pictures yet. Add some, or remove the class.",
  );
  check(
    ({ train, validation }) => train === 0 && validation > 0,
    "validation pictures and none to learn from, so no answer to them can be right.",
  );
  if (!counts.some(({ validation }) => validation > 0)) return found;
  check(
    ({ train, validation }) => train > 0 && validation === 0,
    "no validation pictures: the validation score says nothing about that class.",
  );
  return found;
}

/**
 * @param {Count[]} counts
 * @returns {Warning[]}
 */
function few(counts) {
  /** @type {Warning[]} */
  const found = [];
  const learned = counts.filter(({ train }) => train > 0).toSorted((a, b) => a.train - b.train);
  const single = learned.filter(({ train }) => train === 1).map(({ label }) => label);
  if (single.length) {
    const have = single.length === 1 ? "has" : "have";
    const text =
      `${list(single)} ${have} one training picture: its background and its light count as much ` +
      "as what it shows. Five or more do better.";
    found.push({ kind: "few", text });
  }
  const [least, most] = [learned[0], learned[learned.length - 1]];
  if (learned.length > 1 && most.train > IMBALANCE * least.train) {
    const text =
      `${most.label} has ${most.train} training pictures, ${least.label} ${least.train}. ` +
      "Training weighs all classes the same, so the larger one does not win by its size; but what few " +
      "pictures show of a class is soon known by heart. More of the smaller ones help.";
    found.push({ kind: "imbalance", text });
  }
  return found;
}

/**
 * @param {Picture[]} pictures
 * @returns {string} one by its name, several by their number and the first one's name
 */
function nameSome(pictures) {
  const [{ name }] = pictures;
  return pictures.length === 1 ? name : `${formatCount(pictures.length)} pictures (${name} …)`;
}

/**
 * @param {string[]} labels
 * @returns {string} a, b and c; a, b, c and 4 more
 */
function list(labels) {
  const more = labels.length - LISTED;
  const named = more > 1 ? [...labels.slice(0, LISTED), `${formatCount(more)} more`] : labels;
  if (named.length === 1) return named[0];
  return `${named.slice(0, -1).join(", ")} and ${named[named.length - 1]}`;
}
