/**
 * A bias and its gradient: a row added to all rows of a tensor, and the sum of all rows. Rows are
 * read four values at once, where they lie, while the bias or the sums stay in registers.
 *
 * @import { BackendWasm } from "@tensorflow/tfjs-backend-wasm"
 * @import { KernelFunc, TensorInfo } from "@tensorflow/tfjs-core"
 * @import { Code } from "./assembler.js"
 * @import { Call } from "./backend.js"
 */
import { Add } from "@tensorflow/tfjs-core";
import { add, advance, assemble, get, load, repeat, set, store } from "./assembler.js";
import { heap, replaceKernel } from "./backend.js";

/** Bytes of a float, floats of a vector, vectors of a row that fit into registers. */
const FLOAT = 4;
const LANES = 4;
const VECTORS = 12;
/** Rows of which float32 sums lose next to no digits. */
const CHUNK = 256;

// The locals of the loops: parameters, vectors.
const [FROM, ROW, TO, ROWS, FIRST_VECTOR] = Array(5).keys();

/** @param {number} width */
export const rowsFit = (width) => width % LANES === 0 && width <= VECTORS * LANES;

export function registerAdd() {
  replaceKernel(Add, addRow);
}

/**
 * @param {Call} call
 * @param {KernelFunc} own
 * @returns {TensorInfo}
 */
function addRow(call, own) {
  const { backend, inputs } = call;
  const { a, b } = inputs;
  const width = b.shape.at(-1) ?? 0;
  const floats = a.dtype === "float32" && b.dtype === "float32";
  const isRow = b.shape.length === 1 && a.shape.length > 1 && a.shape.at(-1) === width;
  const values = a.shape.reduce((product, length) => product * length, 1);
  if (!floats || !isRow || !rowsFit(width) || values === 0) {
    return /** @type {TensorInfo} */ (own(/** @type {never} */ (call)));
  }
  const out = backend.makeOutput(a.shape, "float32");
  const vectors = width / LANES;
  const loop = assemble(backend, `add a row ${width}`, localsOf(vectors), () => writeAdd(vectors));
  const [from, row, to] = [a, b, out].map((tensor) => heap(backend, tensor).byteOffset);
  loop(from, row, to, values / width);
  return out;
}

/**
 * The sum of rows, [width].
 *
 * @param {BackendWasm} backend
 * @param {TensorInfo} x
 * @param {TensorInfo} out
 * @param {number} width
 */
export function sumRows(backend, x, out, width) {
  const vectors = width / LANES;
  const write = () => writeSum(vectors);
  const loop = assemble(backend, `sum of rows ${width}`, localsOf(vectors), write);
  const [values, sums] = [x, out].map((tensor) => heap(backend, tensor));
  const rows = values.length / width;
  const totals = new Float64Array(width);
  for (let row = 0; row < rows; row += CHUNK) {
    const from = values.byteOffset + row * width * FLOAT;
    sums.fill(0);
    loop(from, sums.byteOffset, sums.byteOffset, Math.min(CHUNK, rows - row));
    for (let i = 0; i < width; i++) totals[i] += sums[i];
  }
  sums.set(totals);
}

/** @param {number} vectors */
const localsOf = (vectors) => ({ parameters: 4, integers: 0, vectors });

/** @param {number} vectors */
const numbered = (vectors) => Array.from({ length: vectors }, (_, v) => v);

/** @param {number} v */
const place = (v) => v * LANES * FLOAT;

/** @param {number} vectors @returns {Code} */
function writeAdd(vectors) {
  const row = numbered(vectors);
  return [
    ...row.flatMap((v) => set(FIRST_VECTOR + v, load(ROW, place(v)))),
    ...repeat(ROWS, [
      ...row.flatMap((v) => store(TO, place(v), add(load(FROM, place(v)), get(FIRST_VECTOR + v)))),
      ...advance(FROM, place(vectors)),
      ...advance(TO, place(vectors)),
    ]),
  ];
}

/** @param {number} vectors @returns {Code} */
function writeSum(vectors) {
  const row = numbered(vectors);
  return [
    ...row.flatMap((v) => set(FIRST_VECTOR + v, load(ROW, place(v)))),
    ...repeat(ROWS, [
      ...row.flatMap((v) =>
        set(FIRST_VECTOR + v, add(get(FIRST_VECTOR + v), load(FROM, place(v)))),
      ),
      ...advance(FROM, place(vectors)),
    ]),
    ...row.flatMap((v) => store(TO, place(v), get(FIRST_VECTOR + v))),
  ];
}
