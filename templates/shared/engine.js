/**
 * Which backend computes. WASM is the floor and the default: it trains everywhere alike. WebGL
 * is offered where there is real graphics hardware behind it, plain JavaScript for comparison;
 * both are chunks that load when they are chosen.
 */
import { backend, engine, ready, setBackend } from "@tensorflow/tfjs-core";
import { registerTrainingKernels } from "./kernels/index.js";
import { startWasm } from "./wasm.js";

/** @typedef {"wasm" | "webgl" | "cpu"} BackendName */
/** @typedef {{name: BackendName, available: boolean, why: string}} BackendChoice */

/** Renderers that look like graphics hardware and are programs, 20 times slower than WASM. */
const SOFTWARE = /swiftshader|llvmpipe|softpipe|software|basic render/i;

/**
 * Start WASM with what it takes to train on it.
 *
 * @param {string} wasm absolute URL of the SIMD binary
 */
export async function startEngine(wasm) {
  registerTrainingKernels();
  await startWasm(wasm);
}

/** @returns {BackendChoice[]} */
export function backendChoices() {
  const renderer = findRenderer();
  const hardware = renderer !== "" && !SOFTWARE.test(renderer);
  const why = renderer ? `${renderer} is a program, slower than WebAssembly.` : "not on offer here.";
  return [
    { name: "wasm", available: true, why: "" },
    { name: "webgl", available: hardware, why: hardware ? renderer : why },
    { name: "cpu", available: true, why: "" },
  ];
}

/** The name of the graphics hardware behind WebGL, or "" where there is none. */
function findRenderer() {
  const gl = globalThis.OffscreenCanvas ? new OffscreenCanvas(1, 1).getContext("webgl2") : null;
  if (!gl) return "";
  const unmasked = gl.getExtension("WEBGL_debug_renderer_info")?.UNMASKED_RENDERER_WEBGL;
  const name = String(gl.getParameter(unmasked ?? gl.RENDERER));
  gl.getExtension("WEBGL_lose_context")?.loseContext();
  return name;
}

/**
 * Let another backend compute; tensors move to it when they are used next.
 *
 * @param {BackendName} name
 */
export async function useBackend(name) {
  const choice = backendChoices().find((choice) => choice.name === name);
  if (!choice?.available) throw new Error(`The backend ${name} cannot be used: ${choice?.why}`);
  if (name === "webgl") await import("@tensorflow/tfjs-backend-webgl");
  if (name === "cpu") await import("@tensorflow/tfjs-backend-cpu");
  if (!(await setBackend(name))) throw new Error(`The backend ${name} could not be started.`);
  await ready();
  if (name === "webgl") watchGraphics();
}

/**
 * A graphics card that goes (to sleep, to another program, with its driver) takes what was on it:
 * every number that it gives from then on would be wrong. So the worker ends.
 */
function watchGraphics() {
  const { gl } = /** @type {{gpgpu: {gl: WebGL2RenderingContext}}} */ (
    /** @type {unknown} */ (backend())
  ).gpgpu;
  gl.canvas.addEventListener("webglcontextlost", () => {
    throw new Error("the graphics card was lost; WebAssembly needs none");
  });
}

/** @returns {string} */
export function currentBackend() {
  return engine().backendName;
}

/**
 * Of the backends that can be used, the one on which `step` takes least time: graphics hardware
 * wins on some models and loses on small ones, so it is measured on the page's own.
 *
 * @param {() => Promise<unknown>} step some work, first run once to warm up
 * @returns {Promise<BackendName>} it is the one in use, then
 */
export async function useFastest(step) {
  const names = backendChoices().filter(({ name, available }) => available && name !== "cpu");
  if (names.length === 1) return names[0].name;
  let best = { name: names[0].name, milliseconds: Infinity };
  for (const { name } of names) {
    await useBackend(name);
    await step();
    const start = performance.now();
    await step();
    const milliseconds = performance.now() - start;
    if (milliseconds < best.milliseconds) best = { name, milliseconds };
  }
  await useBackend(best.name);
  return best.name;
}
