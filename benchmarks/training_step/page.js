/**
 * Starts contenders, each in a worker, and hands on what the script that drives the browser asks
 * of them.
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

/**
 * @param {string} name
 * @param {"step" | "flops" | "peak"} what
 * @param {string} argument
 */
async function ask(name, what, argument) {
  const contender = contenders.get(name);
  if (!contender) throw new Error(`${name} has not been started.`);
  return contender[what](argument);
}

Object.assign(globalThis, { start, ask });
