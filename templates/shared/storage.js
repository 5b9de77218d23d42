/**
 * Models that the visitor kept in this browser: an IndexedDB store per site.
 *
 * Many sites share one origin (user.github.io/a/, user.github.io/b/), so the name of the database
 * carries the path of the site's root and the version of what is stored. No other is touched.
 *
 * @import { ModelFile } from "./manifest.js"
 *
 * @typedef {{name: string, savedAt: number, file: ModelFile}} StoredModel
 * @typedef {{
 *   name: string, savedAt: number, bytes: number, epochsTrained: number,
 *   metadata: ModelFile["metadata"]
 * }} ModelEntry
 */

const SCHEMA = 1;
const OPEN_MILLISECONDS = 10_000;

/**
 * @typedef {{database: string, stores: Record<string, string>, what: string}} Place stores: by
 *   name, the property that tells entries apart; what: is kept there, in words
 * @typedef {(name: string) => IDBObjectStore} Stores
 */

/**
 * @param {string} root URL of the site's root, relative to the page
 * @param {string} [page] URL of the page
 * @returns {string} such as "mlpages:/demos/:v1"
 */
export function databaseName(root, page = location.href) {
  return `mlpages:${new URL(root, page).pathname}:v${SCHEMA}`;
}

/**
 * @param {string} root
 * @returns {Place}
 */
function models(root) {
  return { database: databaseName(root), stores: { models: "name" }, what: "models" };
}

/**
 * Keep a model under a name; one of the same name is replaced.
 *
 * @param {string} root
 * @param {string} name
 * @param {ModelFile} file
 * @returns {Promise<void>}
 */
export async function saveModel(root, name, file) {
  /** @type {StoredModel} */
  const entry = { name, savedAt: Date.now(), file };
  await transact(models(root), "readwrite", (store) => store("models").put(entry));
}

/**
 * What is kept here, newest first.
 *
 * @param {string} root
 * @returns {Promise<ModelEntry[]>}
 */
export async function listModels(root) {
  /** @type {StoredModel[]} */
  const stored = await transact(models(root), "readonly", (store) => store("models").getAll());
  return stored
    .map(({ name, savedAt, file }) => ({
      name,
      savedAt,
      bytes: file.weightData.byteLength,
      epochsTrained: file.epochsTrained,
      metadata: file.metadata,
    }))
    .sort((a, b) => b.savedAt - a.savedAt);
}

/**
 * @param {string} root
 * @param {string} name
 * @returns {Promise<ModelFile>}
 */
export async function loadModel(root, name) {
  /** @type {StoredModel | undefined} */
  const entry = await transact(models(root), "readonly", (store) => {
    return store("models").get(name);
  });
  if (!entry) throw new Error(`This browser keeps no model named "${name}" any more.`);
  return entry.file;
}

/**
 * @param {string} root
 * @param {string} name
 * @returns {Promise<void>}
 */
export async function deleteModel(root, name) {
  await transact(models(root), "readwrite", (store) => store("models").delete(name));
}

/**
 * Ask for something in one transaction; resolve when it is safely on the disk.
 *
 * @template T
 * @param {Place} place
 * @param {IDBTransactionMode} mode
 * @param {(store: Stores) => IDBRequest | IDBRequest[] | void} ask may write as much as it likes;
 *   what its requests found is the result
 * @returns {Promise<T>}
 */
export async function transact(place, mode, ask) {
  /** @type {IDBDatabase | undefined} */
  let database;
  try {
    const opened = (database = await open(place));
    return await new Promise((resolve, reject) => {
      const transaction = opened.transaction(Object.keys(place.stores), mode);
      const asked = ask((name) => transaction.objectStore(name));
      transaction.oncomplete = () => {
        const results = Array.isArray(asked) ? asked.map(({ result }) => result) : asked?.result;
        resolve(/** @type {T} */ (results));
      };
      transaction.onabort = transaction.onerror = () => reject(transaction.error);
    });
  } catch (error) {
    throw explain(error, place.what);
  } finally {
    database?.close();
  }
}

/**
 * @param {Place} place
 * @returns {Promise<IDBDatabase>}
 */
function open({ database, stores }) {
  return new Promise((resolve, reject) => {
    if (!globalThis.indexedDB) return reject(null);
    /** @type {IDBOpenDBRequest} */
    let request;
    try {
      request = indexedDB.open(database, SCHEMA);
    } catch (error) {
      return reject(error); // some browsers throw where storage is switched off
    }
    request.onupgradeneeded = () => {
      for (const [name, keyPath] of Object.entries(stores)) {
        request.result.createObjectStore(name, { keyPath });
      }
    };
    const block = () => {
      clearTimeout(timer);
      reject(new DOMException("", "BlockedError"));
      request.onsuccess = () => request.result.close();
    };
    // Where another tab is deleting the database, no event tells so.
    const timer = setTimeout(block, OPEN_MILLISECONDS);
    request.onblocked = block;
    request.onsuccess = () => {
      clearTimeout(timer);
      resolve(request.result);
    };
    request.onerror = () => {
      clearTimeout(timer);
      reject(request.error);
    };
  });
}

/** @type {Record<string, (what: string) => string>} */
const SENTENCES = {
  QuotaExceededError: (what) =>
    `There is no room left in this browser for the ${what}. Delete some of what it keeps, or ` +
    "save to a file.",
  BlockedError: (what) =>
    `Another tab holds the kept ${what} of an older version. Close it and try again.`,
  VersionError: (what) =>
    `The ${what} kept in this browser come from a newer version of this site. Reload the page.`,
};

/**
 * A sentence for what IndexedDB reports; ours are passed on.
 *
 * @param {unknown} error
 * @param {string} [what] could not be kept
 * @returns {Error}
 */
export function explain(error, what = "models") {
  if (error instanceof Error && !(error instanceof DOMException)) return error;
  const sentence =
    SENTENCES[error instanceof DOMException ? error.name : ""]?.(what) ??
    `This browser does not let the page keep ${what} (in a private window, perhaps). ` +
      "Save to a file instead.";
  return new Error(sentence, { cause: error });
}
