/**
 * @import { Remote } from "comlink"
 * @import { BackboneData } from "../../templates/transfer/session.js"
 * @import { Contest } from "./worker.js"
 */
import { wrap } from "comlink";

/** @type {Remote<Contest> | undefined} */
let contest;

/**
 * @param {string} worker URL of the module
 * @param {{wasm: string, backbone: BackboneData}} options
 */
async function start(worker, options) {
  contest = wrap(new Worker(worker, { type: "module" }));
  await contest.start(options);
}

/**
 * @param {"embedder" | "bare"} who
 * @param {"first" | "last"} part
 * @param {number} count
 */
async function turn(who, part, count) {
  return contest?.turn(who, part, count);
}

Object.assign(globalThis, { start, turn });
