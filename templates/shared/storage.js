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

/**
 * @typedef {{database: string, store: string, key: string}} Place key: the property that tells
 *   entries apart
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
  return { database: databaseName(root), store: "models", key: "name" };
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
  await inStore(models(root), "readwrite", (store) => store.put(entry));
}

/**
 * What is kept here, newest first.
 *
 * @param {string} root
 * @returns {Promise<ModelEntry[]>}
 */
export async function listModels(root) {
  /** @type {StoredModel[]} */
  const stored = await inStore(models(root), "readonly", (store) => store.getAll());
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
  const entry = await inStore(models(root), "readonly", (store) => store.get(name));
  if (!entry) throw new Error(`This browser keeps no model named "${name}" any more.`);
  return entry.file;
}

/**
 * @param {string} root
 * @param {string} name
 * @returns {Promise<void>}
 */
export async function deleteModel(root, name) {
  await inStore(models(root), "readwrite", (store) => store.delete(name));
}

/**
 * Run one request in one transaction; resolve when the transaction is safely on the disk.
 *
 * @template T
 * @param {Place} place
 * @param {IDBTransactionMode} mode
 * @param {(store: IDBObjectStore) => IDBRequest} ask
 * @returns {Promise<T>}
 */
export async function inStore(place, mode, ask) {
  const database = await open(place);
  try {
    return await new Promise((resolve, reject) => {
      const transaction = database.transaction(place.store, mode);
      const request = ask(transaction.objectStore(place.store));
      transaction.oncomplete = () => resolve(request.result);
      transaction.onabort = () => reject(explain(transaction.error));
      transaction.onerror = () => reject(explain(transaction.error ?? request.error));
    });
  } catch (error) {
    throw explain(error);
  } finally {
    database.close();
  }
}

/**
 * @param {Place} place
 * @returns {Promise<IDBDatabase>}
 */
function open({ database, store, key }) {
  return new Promise((resolve, reject) => {
    if (!globalThis.indexedDB) return reject(explain(null));
    /** @type {IDBOpenDBRequest} */
    let request;
    try {
      request = indexedDB.open(database, SCHEMA);
    } catch (error) {
      return reject(explain(error)); // some browsers throw where storage is switched off
    }
    request.onupgradeneeded = () => request.result.createObjectStore(store, { keyPath: key });
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(explain(request.error));
    request.onblocked = () => reject(explain(new DOMException("", "BlockedError")));
  });
}

/** @type {Record<string, string>} */
const SENTENCES = {
  QuotaExceededError:
    "There is no room left in this browser for the model. Delete a kept model or save to a file.",
  BlockedError:
    "Another tab holds the kept models of an older version. Close it and try again.",
  VersionError:
    "The models kept in this browser come from a newer version of this site. Reload the page.",
};

/**
 * A sentence for what IndexedDB reports; ours are passed on.
 *
 * @param {unknown} error
 * @returns {Error}
 */
export function explain(error) {
  if (error instanceof Error && !(error instanceof DOMException)) return error;
  const name = error instanceof DOMException ? error.name : "";
  const sentence =
    SENTENCES[name] ??
    "This browser does not let the page keep models (in a private window, perhaps). " +
      "Save to a file instead.";
  return new Error(sentence, { cause: error });
}
