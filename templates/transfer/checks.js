/**
 * What is odd about a collection of pictures, and what it means for the training.
 *
 * @import { Picture, Project, Role } from "./project.js"
 * @typedef {"few-classes" | "empty" | "single" | "unchecked" | "unknown" | "leak" | "ambiguous" |
 *   "imbalance"} Kind
 * @typedef {{kind: Kind, text: string, ids?: number[]}} Warning ids: pictures that would have to go
 */
import { formatCount } from "../shared/page.js";

/** The largest class may have so many times the pictures of the smallest without a word. */
const IMBALANCE = 3;

/**
 * @param {Pick<Project, "classes" | "of">} project
 * @returns {Warning[]} the gravest first
 */
export function findWarnings(project) {
  const train = project.of("train");
  const validation = project.of("validation");
  if (train.length + validation.length === 0) return [];
  return [
    ...findLeaks(train, validation),
    ...findAmbiguous([...train, ...validation]),
    ...findLonely(project.classes, train, validation),
    ...findImbalance(project.classes, train),
  ];
}

/**
 * @param {Picture[]} train
 * @param {Picture[]} validation
 * @returns {Warning[]}
 */
function findLeaks(train, validation) {
  const learned = new Set(train.map(({ hash }) => hash));
  const ids = validation.filter(({ hash }) => learned.has(hash)).map(({ id }) => id);
  if (ids.length === 0) return [];
  const text =
    `${pictures(ids.length)} in validation ${ids.length === 1 ? "is" : "are"} among the training ` +
    "pictures, too: the network knows the answer by heart there, so the score would flatter.";
  return [{ kind: "leak", text, ids }];
}

/**
 * @param {Picture[]} all
 * @returns {Warning[]}
 */
function findAmbiguous(all) {
  /** @type {Map<string, Picture>} */
  const seen = new Map();
  /** @type {Warning[]} */
  const found = [];
  for (const picture of all) {
    const other = seen.get(picture.hash);
    if (other && other.label !== picture.label) {
      const text =
        `${picture.name} is there as ${other.label} and as ${picture.label}: one of the two ` +
        "teaches something wrong. Delete it or move it.";
      found.push({ kind: "ambiguous", text, ids: [other.id, picture.id] });
    }
    seen.set(picture.hash, picture);
  }
  return found.slice(0, 5);
}

/**
 * Classes without pictures where some are wanted.
 *
 * @param {string[]} classes
 * @param {Picture[]} train
 * @param {Picture[]} validation
 * @returns {Warning[]}
 */
function findLonely(classes, train, validation) {
  const counts = countLabels(train);
  const checks = countLabels(validation);
  const known = classes.filter((name) => counts.has(name));
  const single = known.filter((name) => counts.get(name) === 1);
  const unchecked = validation.length ? known.filter((name) => !checks.has(name)) : [];
  const unknown = [...checks.keys()].filter((name) => !counts.has(name));
  /** @type {Warning[]} */
  const found = [];
  if (known.length === 1) {
    const text = `Only ${known[0]} has training pictures: it takes two classes to tell apart.`;
    found.push({ kind: "few-classes", text });
  }
  if (unknown.length) {
    const text =
      `${list(unknown)} ${has(unknown)} validation pictures and no training pictures: the network ` +
      "cannot know them, so they are left out of the score.";
    found.push({ kind: "unknown", text });
  }
  if (unchecked.length) {
    const text =
      `${list(unchecked)} ${has(unchecked)} no validation pictures: the score says nothing about ` +
      `${unchecked.length === 1 ? "this class" : "these classes"}.`;
    found.push({ kind: "unchecked", text });
  }
  if (single.length && known.length > 1) {
    const text =
      `${list(single)} ${has(single)} a single training picture: the network learns that one ` +
      "picture rather than what is common to many. Five or more help a lot.";
    found.push({ kind: "single", text });
  }
  return found;
}

/**
 * @param {string[]} classes
 * @param {Picture[]} train
 * @returns {Warning[]}
 */
function findImbalance(classes, train) {
  const counts = countLabels(train);
  const known = classes.filter((name) => counts.has(name));
  const sorted = known.toSorted((a, b) => (counts.get(b) ?? 0) - (counts.get(a) ?? 0));
  const [most, least] = [sorted[0], sorted[sorted.length - 1]];
  const [many, few] = [counts.get(most) ?? 0, counts.get(least) ?? 0];
  if (known.length < 2 || many <= IMBALANCE * few) return [];
  const text =
    `${most} has ${pictures(many)} and ${least} ${formatCount(few)}. Training counts each class ` +
    `the same, so ${most} does not win by numbers; still, more of ${least} would teach more.`;
  return [{ kind: "imbalance", text }];
}

/** @param {Picture[]} pictures */
function countLabels(pictures) {
  /** @type {Map<string, number>} */
  const counts = new Map();
  for (const { label } of pictures) counts.set(label, (counts.get(label) ?? 0) + 1);
  return counts;
}

/** @param {number} count */
function pictures(count) {
  return `${formatCount(count)} ${count === 1 ? "picture" : "pictures"}`;
}

/** @param {string[]} names */
function list(names) {
  const shown = names.length > 4 ? [...names.slice(0, 3), `${names.length - 3} others`] : names;
  return shown.length === 1 ? shown[0] : `${shown.slice(0, -1).join(", ")} and ${shown.at(-1)}`;
}

/** @param {string[]} names */
function has(names) {
  return names.length === 1 ? "has" : "have";
}
