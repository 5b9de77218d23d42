/**
 * Starts contenders, each in a worker, and lets the script that drives the browser ask for steps.
 *
 * @import { Remote } from "comlink"
 * @import { Contender, Setting } from "./worker.js"
 */
import { wrap } from "comlink";

/** @type {Map<string, Remote<Contender>>} */
const contenders = new Map();

/**
 * @param {string} name
 * @param {string} worker URL of the module
 * @param {Setting} setting
 * @returns {Promise<string>} what draws, for WebGL
 */
async function start(name, worker, setting) {
  /** @type {Remote<Contender>} */
  const contender = wrap(new Worker(worker, { type: "module", name }));
  contenders.set(name, contender);
  return contender.start(setting);
}

/** @param {string} name */
async function step(name) {
  const contender = contenders.get(name);
  if (!contender) throw new Error(`${name} has not been started.`);
  return contender.step();
}

Object.assign(globalThis, { start, step });
