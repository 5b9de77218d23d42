import assert from "node:assert/strict";
import { test } from "node:test";
import { zipSync } from "fflate/browser";
import { filesOfDrop, filesOfInput, filesOfPaste } from "../../templates/transfer/files.js";

/** @typedef {{[name: string]: Tree | string}} Tree folders and files with their text */

/** The browser's own answer: at most so many entries at a time. */
const AT_A_TIME = 100;

/**
 * @param {string} name
 * @param {Tree | string | File} content
 * @returns {FileSystemEntry}
 */
function entry(name, content) {
  const isFile = typeof content === "string" || content instanceof File;
  const whole = { name, isFile, isDirectory: !isFile };
  if (isFile) {
    const file = content instanceof File ? content : new File([content], name);
    /** @param {(file: File) => void} resolve */
    const give = (resolve) => setTimeout(() => resolve(file));
    return /** @type {FileSystemEntry} */ (/** @type {unknown} */ ({ ...whole, file: give }));
  }
  const createReader = () => {
    const left = Object.entries(content).map(([inside, value]) => entry(inside, value));
    /** @param {(entries: FileSystemEntry[]) => void} resolve */
    const readEntries = (resolve) => setTimeout(() => resolve(left.splice(0, AT_A_TIME)));
    return { readEntries };
  };
  return /** @type {FileSystemEntry} */ (/** @type {unknown} */ ({ ...whole, createReader }));
}

/**
 * A drop whose items are gone once its event has been handled, as in browsers.
 *
 * @param {Record<string, Tree | string | File>} dropped
 */
function drop(dropped) {
  let over = false;
  queueMicrotask(() => (over = true));
  const items = Object.entries(dropped).map(([name, content]) => ({
    kind: "file",
    webkitGetAsEntry: () => (over ? null : entry(name, content)),
    getAsFile: () => null,
  }));
  const data = { items: [{ kind: "string" }, ...items] };
  return /** @type {DataTransfer} */ (/** @type {unknown} */ (data));
}

/** @param {{path: string}[]} found */
const paths = (found) => found.map(({ path }) => path);

test("every file of nested folders is found, sorted as people do", async () => {
  const found = await filesOfDrop(
    drop({ val: { dog: { "10.jpg": "j", "9.jpg": "n", old: { "1.jpg": "o" } } }, "a.jpg": "a" }),
  );
  assert.deepEqual(paths(found), ["a.jpg", "val/dog/9.jpg", "val/dog/10.jpg", "val/dog/old/1.jpg"]);
  assert.equal(await found[1].file.text(), "n");
});

test("a folder of 5,000 files is read to its end", async () => {
  const files = Object.fromEntries(Array.from({ length: 5000 }, (_, i) => [`${i}.jpg`, "x"]));
  const found = await filesOfDrop(drop({ many: files }));
  assert.equal(found.length, 5000);
  assert.equal(found[4999].path, "many/4999.jpg");
});

test("what systems leave in folders is passed over", async () => {
  const litter = { ".DS_Store": "", "Thumbs.db": "", "desktop.ini": "", "._1.jpg": "" };
  const found = await filesOfDrop(
    drop({ a: { ...litter, "1.jpg": "x", ".git": { "2.jpg": "x" } }, __MACOSX: { "3.jpg": "x" } }),
  );
  assert.deepEqual(paths(found), ["a/1.jpg"]);
});

test("a cancelled drop keeps what was found", async () => {
  const found = await filesOfDrop(drop({ a: { "1.jpg": "x" } }), AbortSignal.abort());
  assert.deepEqual(found, []);
});

test("a folder that cannot be read is named", async () => {
  const broken = {
    ...entry("secret", {}),
    createReader: () => ({
      readEntries: (/** @type {unknown} */ _, /** @type {(error: Error) => void} */ reject) =>
        reject(new Error("denied")),
    }),
  };
  const items = [{ kind: "file", webkitGetAsEntry: () => broken }];
  const data = /** @type {DataTransfer} */ (/** @type {unknown} */ ({ items }));
  await assert.rejects(filesOfDrop(data), /The folder secret cannot be read \(denied\)/);
});

/**
 * @param {string} name
 * @param {Record<string, string>} content
 * @param {0 | 9} level
 */
function zip(name, content, level = 9) {
  const encoder = new TextEncoder();
  const bytes = Object.entries(content).map(([path, text]) => [path, encoder.encode(text)]);
  return new File([new Uint8Array(zipSync(Object.fromEntries(bytes), { level }))], name);
}

test("a zip file is a folder, packed or not", async () => {
  const content = {
    "train/happy/1.png": "x".repeat(1000),
    "train/sad/é.png": "sad",
    "__MACOSX/train/._1.png": "",
    "empty.txt": "",
  };
  for (const level of /** @type {const} */ ([0, 9])) {
    const packed = zip("happy-sad.zip", content, level);
    const found = await filesOfDrop(drop({ "happy-sad.zip": packed }));
    assert.deepEqual(paths(found), [
      "happy-sad/empty.txt",
      "happy-sad/train/happy/1.png",
      "happy-sad/train/sad/é.png",
    ]);
    assert.deepEqual(await Promise.all(found.map(({ file }) => file.text())), [
      "",
      "x".repeat(1000),
      "sad",
    ]);
  }
});

test("a broken zip file is named, with what to do", async () => {
  const whole = zip("a.zip", { "1.png": "abc".repeat(500) });
  const bytes = new Uint8Array(await whole.arrayBuffer());
  const damaged = bytes.slice();
  damaged.fill(255, 35, 45);
  const promising = bytes.slice();
  const directory = bytes.length - 22 - 46 - "1.png".length;
  promising[directory + 24] = promising[directory + 25] = 1; // the size that is promised
  for (const [content, message] of /** @type {const} */ ([
    [new Uint8Array(), /a\.zip is no zip file, or breaks off\. Unpack it/],
    [bytes.slice(0, -30), /a\.zip is no zip file, or breaks off/],
    [bytes.slice(20), /a\.zip is damaged/],
    [damaged, /a\.zip is damaged at 1\.png/],
    [promising, /a\.zip is damaged at 1\.png/],
  ])) {
    await assert.rejects(filesOfDrop(drop({ "a.zip": new File([content], "a.zip") })), message);
  }
});

test("chosen files have paths when a folder was chosen", () => {
  const inFolder = Object.assign(new File([], "1.jpg"), { webkitRelativePath: "dog/1.jpg" });
  const files = [inFolder, new File([], "b.jpg"), new File([], ".hidden")];
  const list = /** @type {FileList} */ (/** @type {unknown} */ (files));
  assert.deepEqual(paths(filesOfInput(list)), ["b.jpg", "dog/1.jpg"]);
});

test("pasted pictures of one name are told apart", () => {
  const item = () => ({ getAsFile: () => new File([], "image.png") });
  const text = { getAsFile: () => null };
  /** @param {object[]} items */
  const clipboard = (items) => /** @type {DataTransfer} */ (/** @type {unknown} */ ({ items }));
  assert.deepEqual(paths(filesOfPaste(clipboard([text, item()]))), ["image.png"]);
  assert.deepEqual(paths(filesOfPaste(clipboard([item(), item()]))), [
    "1-image.png",
    "2-image.png",
  ]);
});
