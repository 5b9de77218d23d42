/**
 * The files that a visitor drops, chooses or pastes: every one of a folder and the folders in it,
 * in the order a person would sort them; zip files count as folders.
 *
 * @typedef {{path: string, file: File}} FoundFile path: from the folder that was dropped on
 */
import { unzip } from "./zip.js";

/** What systems leave in folders, and what they hide. */
const LITTER = /(^|\/)(\.[^/]*|__MACOSX|Thumbs\.db|desktop\.ini|ehthumbs\.db)(\/|$)/i;
const order = new Intl.Collator("en", { numeric: true });

/**
 * Everything that was dropped, zip files unpacked. The drop's data is gone as soon as its event has
 * been handled, so this must be called at once.
 *
 * @param {DataTransfer} data
 * @param {AbortSignal} [signal] what was found until then is kept
 * @returns {Promise<FoundFile[]>}
 */
export async function filesOfDrop(data, signal) {
  return finish(await withUnpacked(await packedFilesOfDrop(data, signal), signal));
}

/**
 * The same with zip files as they are.
 *
 * @param {DataTransfer} data
 * @param {AbortSignal} [signal]
 * @returns {Promise<FoundFile[]>}
 */
export async function packedFilesOfDrop(data, signal) {
  const items = [...data.items].filter(({ kind }) => kind === "file");
  const dropped = items.map((item) => item.webkitGetAsEntry() ?? item.getAsFile());
  /** @type {FoundFile[]} */
  const found = [];
  for (const entry of dropped) {
    if (entry instanceof File) found.push({ path: entry.name, file: entry });
    else if (entry) await collect(entry, "", found, signal);
  }
  return finish(found);
}

/**
 * @param {FileList} files of an input; with webkitdirectory they have paths
 * @returns {FoundFile[]} without what systems leave in folders
 */
export function filesOfInput(files) {
  return finish([...files].map((file) => ({ path: file.webkitRelativePath || file.name, file })));
}

/**
 * @param {DataTransfer} data of the clipboard
 * @returns {FoundFile[]}
 */
export function filesOfPaste(data) {
  const files = [...data.items].flatMap((item) => item.getAsFile() ?? []);
  const names = new Set(files.map(({ name }) => name));
  // Browsers call every picture from the clipboard image.png.
  return files.map((file, i) => ({
    path: names.size === files.length ? file.name : `${i + 1}-${file.name}`,
    file,
  }));
}

/**
 * Put what is in zip files in their place, in a folder of their name.
 *
 * @param {FoundFile[]} files
 * @param {AbortSignal} [signal]
 * @returns {Promise<FoundFile[]>}
 */
async function withUnpacked(files, signal) {
  /** @type {FoundFile[]} */
  const all = [];
  for (const { path, file } of files) {
    if (!/\.zip$/i.test(path)) {
      all.push({ path, file });
      continue;
    }
    const inside = await unzip(file, (name) => !LITTER.test(name), signal).catch((cause) => {
      const why = cause instanceof Error ? cause.message : cause;
      throw new Error(`${path} ${why}. Unpack it and drop the folder instead.`, { cause });
    });
    const folder = path.slice(0, -".zip".length);
    for (const file of inside) all.push({ path: `${folder}/${file.name}`, file });
  }
  return all;
}

/** @param {FoundFile[]} files */
function finish(files) {
  return files
    .filter(({ path }) => !LITTER.test(path))
    .sort((a, b) => order.compare(a.path, b.path));
}

/**
 * @param {FileSystemEntry} entry
 * @param {string} folder that it lies in, with a slash at its end
 * @param {FoundFile[]} found grows
 * @param {AbortSignal} [signal]
 */
async function collect(entry, folder, found, signal) {
  const path = folder + entry.name;
  if (signal?.aborted || LITTER.test(path)) return;
  if (entry.isFile) found.push({ path, file: await fileOf(entry, path) });
  else {
    const inside = await entriesOf(entry);
    await Promise.all(inside.map((one) => collect(one, `${path}/`, found, signal)));
  }
}

/**
 * @param {FileSystemEntry} entry
 * @param {string} path
 * @returns {Promise<File>}
 */
function fileOf(entry, path) {
  return new Promise((resolve, reject) => {
    /** @type {FileSystemFileEntry} */ (entry).file(resolve, (cause) => {
      reject(new Error(`${path} cannot be opened (${cause.message}). Drop it again.`, { cause }));
    });
  });
}

/**
 * A reader gives at most 100 entries at a time, and none when it has given all.
 *
 * @param {FileSystemEntry} folder
 */
async function entriesOf(folder) {
  const reader = /** @type {FileSystemDirectoryEntry} */ (folder).createReader();
  /** @type {FileSystemEntry[]} */
  const all = [];
  for (;;) {
    /** @type {FileSystemEntry[]} */
    const some = await new Promise((resolve, reject) => {
      reader.readEntries(resolve, (cause) => {
        const what = `The folder ${folder.name} cannot be read (${cause.message}).`;
        reject(new Error(`${what} Drop it again.`, { cause }));
      });
    });
    if (some.length === 0) return all;
    for (const entry of some) all.push(entry);
  }
}
