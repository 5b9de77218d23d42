/**
 * Tables that say which class a picture is of: CSV, TSV or JSON.
 *
 * The rules, so that a twin in another language can follow them:
 * - A BOM goes. CSV is separated by whichever of , ; and tab is most frequent in the first line,
 *   TSV by tabs; a cell in double quotes may hold separators, line ends and doubled quotes. JSON is
 *   an object {file: class} or a list of objects, whose keys make up a first row.
 * - The column of files is the one that names most pictures. The first row is a header unless its
 *   cell in that column names a picture or ends as a picture's file does.
 * - The column of classes is the first one whose header is label, class, category, target (or one
 *   of those with _name or s behind); else, of the others, the one with the fewest different
 *   values, but at least two; else the first other one.
 * - A cell names a picture when one of the two is the end of the other's path, whole folders at a
 *   time, with or without extension: the longest end that fits counts, and it must fit one picture
 *   alone. Pictures below the table's own folder come first; if there are none, all do.
 * - What is longer than any table of classes is cut: paths have 4,096 letters and 32 folders, JSON
 *   has 100 different keys.
 *
 * Pure functions: Node runs their tests.
 *
 * @typedef {{labels: Map<string, string>, unmatched: string[]}} Labels labels: by the picture's
 *   path; unmatched: cells that name no picture
 */

const PICTURE = /\.(jpe?g|jfif|png|gif|webp|bmp|avif|heic|heif|tiff?|svg|ico|jxl)$/i;
const LABEL = /^(label|class|category|target)([ _-]?names?|s|es)?$/i;
/** A small table that means harm can ask for more memory and time than there is. */
const MOST = { path: 4096, folders: 32, keys: 100 };
const TABLE = /\.(csv|tsv|json)$/i;

/** @param {string} path */
export function isPicture(path) {
  return PICTURE.test(path);
}

/** @param {string} path */
export function isTable(path) {
  return TABLE.test(path);
}

/**
 * @param {string} path of the table
 * @param {string} text
 * @param {string[]} pictures their paths
 * @returns {Labels}
 */
export function readLabels(path, text, pictures) {
  const folder = path.slice(0, path.lastIndexOf("/") + 1);
  const below = pictures.filter((picture) => picture.startsWith(folder));
  const find = finder(below.length ? below : pictures);
  const rows = rowsOf(path, text.replace(/^\ufeff/, ""));
  const width = largest(rows.map((row) => row.length));
  const hits = new Uint32Array(width);
  for (const row of rows) row.forEach((cell, i) => (hits[i] += Number(find(cell).length === 1)));
  const fileColumn = hits.indexOf(largest(hits));
  if (width < 2 || !hits[fileColumn]) return { labels: new Map(), unmatched: [] };
  const first = rows[0][fileColumn] ?? "";
  const header = find(first).length || isPicture(first) ? [] : rows[0];
  const body = header.length ? rows.slice(1) : rows;
  const labelColumn = findLabelColumn(header, body, fileColumn, width);
  /** @type {Labels} */
  const found = { labels: new Map(), unmatched: [] };
  for (const row of body) {
    const [name, label] = [row[fileColumn] ?? "", row[labelColumn] ?? ""];
    const fits = find(name);
    if (fits.length === 0) found.unmatched.push(name || row.join(", "));
    else if (fits.length > 1) found.unmatched.push(`${name} (fits ${fits.length} files)`);
    else if (label && !found.labels.has(fits[0])) found.labels.set(fits[0], label);
  }
  return found;
}

/**
 * @param {string[]} header empty if there is none
 * @param {string[][]} body
 * @param {number} fileColumn
 * @param {number} width
 */
function findLabelColumn(header, body, fileColumn, width) {
  const others = Array.from({ length: width }, (_, i) => i).filter((i) => i !== fileColumn);
  const named = others.find((i) => LABEL.test(header[i] ?? ""));
  if (named !== undefined) return named;
  /** @type {Set<string>[]} */
  const values = Array.from({ length: width }, () => new Set());
  for (const row of body) row.forEach((cell, i) => cell && values[i].add(cell));
  const several = others.filter((i) => values[i].size > 1);
  if (several.length === 0) return others[0];
  return several.reduce((best, i) => (values[i].size < values[best].size ? i : best));
}

/**
 * Math.max takes its numbers as arguments, and no more of them than the stack holds.
 *
 * @param {ArrayLike<number>} numbers
 */
function largest(numbers) {
  let most = 0;
  for (let i = 0; i < numbers.length; i++) most = Math.max(most, numbers[i]);
  return most;
}

/**
 * Look pictures up by the end of their path.
 *
 * @param {string[]} pictures
 * @returns {(cell: string) => string[]} the pictures that a cell names
 */
function finder(pictures) {
  /** @type {Map<string, string[]>} */
  const byEnd = new Map();
  for (const picture of pictures) {
    const ends = endsOf(picture.normalize()).flatMap((end) => [end, end.replace(/\.[^./]+$/, "")]);
    for (const end of new Set(ends)) {
      const fits = byEnd.get(end);
      if (fits) fits.push(picture);
      else byEnd.set(end, [picture]);
    }
  }
  return (cell) => {
    const path = cell.normalize().replaceAll("\\", "/").replace(/^(\.?\/)+/, "");
    if (path.length > MOST.path) return [];
    const end = path && endsOf(path).find((end) => byEnd.has(end));
    return (end && byEnd.get(end)) || [];
  };
}

/**
 * @param {string} path
 * @returns {string[]} a/b/c.jpg, b/c.jpg, c.jpg
 */
function endsOf(path) {
  const parts = path.split("/").slice(-MOST.folders);
  return parts.map((_, i) => parts.slice(i).join("/"));
}

/**
 * @param {string} path
 * @param {string} text
 * @returns {string[][]} none of them empty
 */
function rowsOf(path, text) {
  const rows = /\.json$/i.test(path) ? jsonRows(text) : separatedRows(path, text);
  return rows.map((row) => row.map((cell) => cell.trim())).filter((row) => row.some(Boolean));
}

/** @param {string} text */
function jsonRows(text) {
  /** @type {unknown} */
  let content;
  try {
    content = JSON.parse(text);
  } catch {
    return [];
  }
  if (!content || typeof content !== "object") return [];
  if (!Array.isArray(content)) return Object.entries(content).map((row) => row.map(cellOf));
  const objects = content.filter((item) => item && typeof item === "object");
  /** @type {Set<string>} */
  const all = new Set();
  for (const item of objects) for (const key of Object.keys(item)) all.add(key);
  const keys = [...all].slice(0, MOST.keys);
  /** @param {Record<string, unknown>} item */
  const row = (item) => keys.map((key) => (Object.hasOwn(item, key) ? cellOf(item[key]) : ""));
  return [keys, ...objects.map(row)];
}

/** @param {unknown} value */
function cellOf(value) {
  return typeof value === "object" || value === undefined ? "" : String(value);
}

/**
 * @param {string} path
 * @param {string} text
 */
function separatedRows(path, text) {
  const separator = /\.tsv$/i.test(path) ? "\t" : commonest(text.split(/\r?\n/, 1)[0]);
  /** @type {string[][]} */
  const rows = [[]];
  const quoted = '"((?:[^"]|"")*)" *';
  // A cell and what ends it: a separator, a line end or the end of the text.
  const plain = `([^${separator}\\r\\n]*)`;
  const cell = new RegExp(`(?:${quoted}|${plain})(${separator}|\\r?\\n|\\r|$)`, "y");
  while (cell.lastIndex < text.length) {
    const match = cell.exec(text);
    if (!match) break;
    rows[rows.length - 1].push(match[1]?.replaceAll('""', '"') ?? match[2]);
    if (/[\r\n]/.test(match[3])) rows.push([]);
  }
  return rows;
}

/** @param {string} line */
function commonest(line) {
  const counts = [",", ";", "\t"].map((separator) => line.split(separator).length);
  return [",", ";", "\t"][counts.indexOf(Math.max(...counts))];
}
