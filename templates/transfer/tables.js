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
 *
 * Pure functions: Node runs their tests.
 *
 * @typedef {{labels: Map<string, string>, unmatched: string[]}} Labels labels: by the picture's
 *   path; unmatched: cells that name no picture
 */

const PICTURE = /\.(jpe?g|jfif|png|gif|webp|bmp|avif|heic|heif|tiff?|svg|ico|jxl)$/i;
const LABEL = /^(label|class|category|target)([ _-]?names?|s|es)?$/i;
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
  const width = Math.max(0, ...rows.map((row) => row.length));
  const columns = Array.from({ length: width }, (_, i) => rows.map((row) => row[i] ?? ""));
  const hits = columns.map((cells) => cells.filter((cell) => find(cell).length === 1).length);
  const fileColumn = hits.indexOf(Math.max(...hits));
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
  const counts = others.map((i) => new Set(body.map((row) => row[i]).filter(Boolean)).size);
  const fewest = Math.min(...counts.filter((count) => count > 1));
  return others[Math.max(0, counts.indexOf(fewest))];
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
    const end = path && endsOf(path).find((end) => byEnd.has(end));
    return (end && byEnd.get(end)) || [];
  };
}

/**
 * @param {string} path
 * @returns {string[]} a/b/c.jpg, b/c.jpg, c.jpg
 */
function endsOf(path) {
  const parts = path.split("/");
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
  const keys = [...new Set(objects.flatMap((item) => Object.keys(item)))];
  return [keys, ...objects.map((item) => keys.map((key) => cellOf(item[key])))];
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
