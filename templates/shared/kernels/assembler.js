/**
 * Just enough of an assembler to write inner loops in WebAssembly SIMD, unrolled for one layer's
 * shape, which work on the memory of TensorFlow.js' backend.
 *
 * A piece of code is an array of bytes; each function here returns one. The numbers are the
 * opcodes of the WebAssembly core specification.
 *
 * @import { BackendWasm } from "@tensorflow/tfjs-backend-wasm"
 * @typedef {number[]} Code
 */

const I32 = 0x7f;
const V128 = 0x7b;
const NOTHING = 0x40;

/** @param {number} value an unsigned LEB128 */
function unsigned(value) {
  const bytes = [];
  do {
    bytes.push((value & 0x7f) | (value > 0x7f ? 0x80 : 0));
    value >>>= 7;
  } while (value > 0);
  return bytes;
}

/** @param {number} value a signed LEB128 */
function signed(value) {
  const bytes = [];
  while (value < -64 || value > 63) {
    bytes.push((value & 0x7f) | 0x80);
    value >>= 7;
  }
  return [...bytes, value & 0x7f];
}

/** @param {number} local @returns {Code} */
export const get = (local) => [0x20, ...unsigned(local)];

/** @param {number} local @param {Code} value @returns {Code} */
export const set = (local, value) => [...value, 0x21, ...unsigned(local)];

/** @param {number} value @returns {Code} */
export const constant = (value) => [0x41, ...signed(value)];

/** Add a constant to an i32 local. @param {number} local @param {number} bytes @returns {Code} */
export const advance = (local, bytes) =>
  set(local, [...get(local), ...constant(bytes), 0x6a]);

/** Add one i32 local to another. @param {number} local @param {number} other @returns {Code} */
export const advanceBy = (local, other) => set(local, [...get(local), ...get(other), 0x6a]);

/**
 * Run the body as often as a local says, which counts down to 0; once at least.
 *
 * @param {number} counter
 * @param {Code} body
 * @returns {Code}
 */
export const repeat = (counter, body) => [
  ...[0x03, NOTHING, ...body],
  ...[...advance(counter, -1), ...get(counter), 0x0d, 0, 0x0b],
];

/** @param {number} opcode of the SIMD instructions */
const simd = (opcode) => [0xfd, ...unsigned(opcode)];
/** Alignment 4 bytes, offset. @param {number} offset */
const at = (offset) => [2, ...unsigned(offset)];

/** Four floats. @param {number} pointer a local @param {number} offset @returns {Code} */
export const load = (pointer, offset) => [...get(pointer), ...simd(0x00), ...at(offset)];

/** One float, four times. @param {number} pointer @param {number} offset @returns {Code} */
export const loadSplat = (pointer, offset) => [...get(pointer), ...simd(0x09), ...at(offset)];

/** @param {number} pointer @param {number} offset @param {Code} value @returns {Code} */
export const store = (pointer, offset, value) => [
  ...get(pointer),
  ...value,
  ...simd(0x0b),
  ...at(offset),
];

/** @param {number} opcode @returns {(a: Code, b: Code) => Code} */
const binary = (opcode) => (a, b) => [...a, ...b, ...simd(opcode)];

export const equal = binary(0x41);
export const and = binary(0x4e);
/** What is in a and not in b. */
export const andNot = binary(0x4f);
export const or = binary(0x50);
export const add = binary(0xe4);
export const multiply = binary(0xe6);
/** The larger of both, a when they are equal. */
export const largest = binary(0xeb);

/** @typedef {(...parameters: number[]) => void} Loop */
/** @type {WeakMap<BackendWasm, Map<string, Loop>>} */
const assembled = new WeakMap();

/**
 * A function that takes i32s (pointers into the backend's memory, counts) and returns nothing;
 * compiled when it is asked for first.
 *
 * @param {BackendWasm} backend
 * @param {string} key that tells this loop from all others
 * @param {{parameters: number, integers: number, vectors: number}} locals how many of each, in
 *   this order: the locals are numbered through
 * @param {() => Code} write the body
 * @returns {Loop}
 */
export function assemble(backend, key, locals, write) {
  const loops = assembled.get(backend) ?? new Map();
  assembled.set(backend, loops);
  const loop = loops.get(key) ?? compile(backend, locals, write());
  loops.set(key, loop);
  return loop;
}

/**
 * @param {BackendWasm} backend
 * @param {{parameters: number, integers: number, vectors: number}} locals
 * @param {Code} body
 * @returns {Loop}
 */
function compile(backend, { parameters, integers, vectors }, body) {
  const code = [2, ...unsigned(integers), I32, ...unsigned(vectors), V128, ...body, 0x0b];
  const module = new WebAssembly.Module(
    Uint8Array.from([
      ...[0, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
      ...section(1, [1, 0x60, ...unsigned(parameters), ...Array(parameters).fill(I32), 0]),
      ...section(2, [1, ...text("js"), ...text("memory"), 2, 0, 0]),
      ...section(3, [1, 0]),
      ...section(7, [1, ...text("run"), 0, 0]),
      ...section(10, [1, ...unsigned(code.length), ...code]),
    ]),
  );
  const { exports } = new WebAssembly.Instance(module, { js: { memory: memoryOf(backend) } });
  return /** @type {Loop} */ (exports.run);
}

/** @param {number} id @param {number[]} content */
const section = (id, content) => [id, ...unsigned(content.length), ...content];
/** @param {string} name */
const text = (name) => [name.length, ...new TextEncoder().encode(name)];

/**
 * The backend's memory; its Emscripten module shows all that the binary exports.
 *
 * @param {BackendWasm} backend
 */
function memoryOf(backend) {
  const { asm } = /** @type {{asm: {memory: WebAssembly.Memory}}} */ (
    /** @type {unknown} */ (backend.wasm)
  );
  return asm.memory;
}
