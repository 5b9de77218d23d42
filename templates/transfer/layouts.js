/**
 * How a visitor's files tell their classes: which of four layouts it is, and what it makes of each
 * file.
 *
 * The rules, so that a twin in another language can follow them (tests/fixtures/layouts.json):
 * - Tables (*.csv, *.tsv, *.json) are no pictures. All other files may be, as only reading them
 *   tells; but as long as some have a picture's extension, the others found no classes: they have
 *   one only if those have it, too, and do not count below.
 * - Roles. The root is the longest folder that all pictures share. When the folders right below it
 *   all have names of roles (train, training; validation, valid, val, test, testing; in whatever
 *   case), both roles are among them and no picture lies beside them, they say what each picture
 *   is for. Otherwise all pictures are for what they were dropped on.
 * - "folders": the class is the folder that the file lies in, unless that says the role, or is a
 *   root called like a role.
 * - "names": the class is what the file's name begins with, up to the first digit, without
 *   separators (space . _ - parentheses) at its end: dog-1, dog_01, dog (3), dog.1, dog1. Names
 *   that cameras and downloads give (IMG, DSC, photo …) are no class. A name without any digit
 *   has a class if it is the class of another file.
 * - "table": see tables.js.
 * - "single": all pictures are of one class, which the visitor names.
 * - Detection, the first that fits: tables that name more than half of the pictures; two or more
 *   folders with pictures; one folder, unless half of the names have classes, two or more, and
 *   twice as many pictures as classes (then names); names, if half of them have a class; single.
 *
 * @import { FoundFile } from "./files.js"
 * @import { LabelOf } from "./labels.js"
 * @import { Role } from "./project.js"
 * @typedef {"folders" | "names" | "table" | "single"} Layout
 * @typedef {FoundFile & {label: string, role: Role}} Entry
 * @typedef {{
 *   layout: Layout, why: string, entries: Entry[], unlabelled: string[], unmatched: string[],
 *   classes: [string, number][]
 * }} Applied unlabelled: paths of files without a class; unmatched: rows of a table that name no
 *   file; classes: with their numbers of pictures, sorted
 */
import { labelsOfFolders, labelsOfNames, likely, rolesOf } from "./labels.js";
import { isTable, readLabels } from "./tables.js";

const SPLIT = "The folders above say which are for training and which for validation.";
const order = new Intl.Collator("en", { numeric: true });

/**
 * @param {FoundFile[]} files
 * @param {Role} role of files whose folders do not say so
 * @returns {Promise<Applied>}
 */
export async function detectLayout(files, role) {
  const pictures = likely(pathsOf(files));
  const half = pictures.length / 2;
  const table = await labelsOfTables(files);
  if (table.labels.size > half) return applyLayout("table", files, role);
  const names = labelsOfNames(pictures);
  const inFolders = new Set(labelsOfFolders(pictures).values()).size;
  const inNames = new Set(names.values()).size;
  const named = names.size >= half && inNames > 0;
  const sorted = named && inNames > 1 && names.size >= 2 * inNames;
  if (inFolders > 1 || (inFolders === 1 && !sorted)) return applyLayout("folders", files, role);
  return applyLayout(named ? "names" : "single", files, role);
}

/**
 * @param {Layout} layout
 * @param {FoundFile[]} files
 * @param {Role} role of files whose folders do not say so
 * @param {string} [label] the class of a "single" layout
 * @returns {Promise<Applied>}
 */
export async function applyLayout(layout, files, role, label = "") {
  const pictures = files.filter(({ path }) => !isTable(path));
  const paths = pictures.map(({ path }) => path);
  const { labels, unmatched, why } = await labelsBy(layout, files, paths, label);
  const roles = rolesOf(likely(paths));
  /** @type {Entry[]} */
  const entries = [];
  /** @type {string[]} */
  const unlabelled = [];
  for (const { path, file } of pictures) {
    const found = labels.get(path);
    if (found === undefined) unlabelled.push(path);
    else entries.push({ path, file, label: found.normalize(), role: roles?.get(path) ?? role });
  }
  /** @type {Map<string, number>} */
  const counts = new Map();
  for (const entry of entries) counts.set(entry.label, (counts.get(entry.label) ?? 0) + 1);
  const classes = [...counts].sort(([a], [b]) => order.compare(a, b));
  const split = roles ? ` ${SPLIT}` : "";
  return { layout, why: why + split, entries, unlabelled, unmatched, classes };
}

/**
 * @param {Layout} layout
 * @param {FoundFile[]} files
 * @param {string[]} pictures
 * @param {string} label
 * @returns {Promise<{labels: LabelOf, unmatched: string[], why: string}>}
 */
async function labelsBy(layout, files, pictures, label) {
  if (layout === "table") {
    const { labels, unmatched, tables } = await labelsOfTables(files);
    const names = tables.map((path) => path.slice(path.lastIndexOf("/") + 1)).join(", ");
    const why = names
      ? `${names}: names the class of ${labels.size} of ${pictures.length} pictures.`
      : "No table among the files names a class: it needs a column of files and one of classes.";
    return { labels, unmatched, why };
  }
  if (layout === "folders") {
    const why = "Each picture is of the class that the folder it lies in is called.";
    return { labels: labelsOfFolders(pictures), unmatched: [], why };
  }
  if (layout === "names") {
    const why = "Each file’s name begins with its class and has a number after it: dog-1.jpg.";
    return { labels: labelsOfNames(pictures), unmatched: [], why };
  }
  const why = "All pictures are of one class. Folders, names or a table could tell several apart.";
  return { labels: new Map(pictures.map((path) => [path, label])), unmatched: [], why };
}

/**
 * What all tables among the files say together; the first one to name a picture counts.
 *
 * @param {FoundFile[]} files
 */
async function labelsOfTables(files) {
  const pictures = pathsOf(files);
  const tables = [];
  /** @type {LabelOf} */
  const labels = new Map();
  /** @type {string[]} */
  const unmatched = [];
  for (const { path, file } of files) {
    if (!isTable(path)) continue;
    const found = readLabels(path, await file.text(), pictures);
    for (const [picture, label] of found.labels) {
      if (!labels.has(picture)) labels.set(picture, label);
    }
    for (const cell of found.unmatched) unmatched.push(cell);
    if (found.labels.size) tables.push(path);
  }
  return { labels, unmatched, tables };
}

/** @param {FoundFile[]} files */
function pathsOf(files) {
  return files.filter(({ path }) => !isTable(path)).map(({ path }) => path);
}
