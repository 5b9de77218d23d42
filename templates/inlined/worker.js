/** What a worker of a page in one file does first: it takes the files that the page sends it. */
import { answerFetch } from "./files.js";

/** @param {MessageEvent<import("./files.js").Files>} event */
function takeFiles(event) {
  event.stopImmediatePropagation(); // the messages that follow are for the worker itself
  answerFetch(event.data);
  postMessage("mlpages:ready");
}

addEventListener("message", takeFiles, { once: true });
