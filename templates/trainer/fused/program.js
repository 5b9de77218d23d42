/**
 * The fused training step's program: compiled once, and instances of it, each with a memory of
 * its own.
 *
 * @typedef {{pack(network: number): void, predict(network: number, count: number): void,
 *   learn(network: number, count: number, total: number): void,
 *   update(network: number, rate: number, correction1: number, correction2: number): void}}
 *   Functions their meaning: network.zig
 * @typedef {{baseline: string, relaxed: string}} Builds absolute URLs of the two builds
 * @typedef {{memory: WebAssembly.Memory, functions: Functions, start: number}} Instance start: the
 *   first byte that is free
 */
import { fetchOrExplain } from "../../shared/manifest.js";

const PAGE = 65536;
/** Memory that a program needs before there is a network. */
const FIRST_PAGES = 2;
/** A program of one relaxed multiply-add, which is valid where the browser knows relaxed SIMD. */
const RELAXED = Uint8Array.of(
  ...[0, 0x61, 0x73, 0x6d, 1, 0, 0, 0], // "\0asm", version 1
  ...[1, 5, 1, 0x60, 0, 1, 0x7b], // a type: nothing -> v128
  ...[3, 2, 1, 0], // a function of it
  ...[10, 19, 1, 17, 0], // its code, without locals
  ...[0x41, 0, 0xfd, 0x0f, 0x41, 0, 0xfd, 0x0f, 0x41, 0, 0xfd, 0x0f], // three vectors of zeros
  ...[0xfd, 0x85, 0x02, 0x0b], // f32x4.relaxed_madd
);

export const hasRelaxed = () => WebAssembly.validate(RELAXED);

export class Program {
  /** @type {Instance[]} that no network uses now: memory is taken once and used again */
  free = [];

  /**
   * @param {WebAssembly.Module} module
   * @param {"baseline" | "relaxed"} build
   */
  constructor(module, build) {
    this.module = module;
    this.build = build;
  }

  /**
   * The faster build that this browser can run.
   *
   * @param {Builds} builds
   */
  static async fetch(builds) {
    const build = hasRelaxed() ? "relaxed" : "baseline";
    const url = builds[build];
    const bytes = await (await fetchOrExplain(url)).arrayBuffer();
    if (!WebAssembly.validate(bytes)) {
      throw new Error(
        `${url} is damaged, or this browser knows no WebAssembly SIMD. Reload the page.`,
      );
    }
    return new Program(await WebAssembly.compile(bytes), build);
  }

  /** @returns {Instance} give it back with `release` */
  take() {
    return this.free.pop() ?? this.instantiate();
  }

  /** @param {Instance} instance */
  release(instance) {
    this.free.push(instance);
  }

  /** @returns {Instance} */
  instantiate() {
    const memory = new WebAssembly.Memory({ initial: FIRST_PAGES });
    const { exports } = new WebAssembly.Instance(this.module, { env: { memory } });
    const { __heap_base: start, ...functions } = exports;
    return {
      memory,
      functions: /** @type {Functions} */ (/** @type {unknown} */ (functions)),
      start: /** @type {WebAssembly.Global} */ (start).value,
    };
  }
}

/**
 * @param {Instance} instance
 * @param {number} end the byte behind the last one that is needed
 */
export function reserve({ memory }, end) {
  const missing = end - memory.buffer.byteLength;
  if (missing <= 0) return;
  try {
    memory.grow(Math.ceil(missing / PAGE));
  } catch (cause) {
    const words = `This network takes ${Math.round(end / 1e6)} MB, more than this browser gives. `;
    throw new Error(`${words}Choose a smaller one, or another engine.`, { cause });
  }
}
