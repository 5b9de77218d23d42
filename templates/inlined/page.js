/**
 * What a page in one file does before anything else: it takes the files out of itself.
 *
 * A worker cannot import a module there (from a disk, nothing may be imported), so it is a classic
 * script; `worker.js` beside this one takes the files that the page sends it first.
 *
 * @import { Files } from "./files.js"
 */
import { launcher, startBlob } from "../shared/compute.js";
import { answerFetch, decodeBase64 } from "./files.js";

/** @returns {Files} */
function takeFiles() {
  const files = new Map();
  for (const block of document.querySelectorAll("script[data-file]")) {
    const type = block.getAttribute("data-type") ?? "";
    const content = decodeBase64(block.textContent ?? "");
    files.set(block.getAttribute("data-file"), new Blob([content], { type }));
    block.remove(); // as text it takes more memory than as bytes
  }
  return files;
}

const files = takeFiles();
answerFetch(files);
launcher.start = (url, name) => {
  const script = files.get(url);
  if (!script) throw new Error(`This page does not hold ${url}. Build it again.`);
  const worker = startBlob(script, { name });
  worker.postMessage(files);
  return worker;
};
