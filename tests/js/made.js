/**
 * Made data and networks for the tests of training: small, seeded, no file and no fetch.
 *
 * @import { Manifest, Metadata, SplitName } from "../../templates/shared/manifest.js"
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { setFlagsFromString } from "node:v8";
import { setWasmPaths } from "@tensorflow/tfjs-backend-wasm";
import { ready, setBackend } from "@tensorflow/tfjs-core";
import { registerTrainingKernels } from "../../templates/shared/kernels/index.js";
import { seededRandom } from "../../templates/shared/random.js";
import { Sheets } from "../../templates/shared/sheets.js";
import { hasRelaxed, Program } from "../../templates/trainer/fused/program.js";

const SIDE = 28;
const CLASSES = 10;

/** Let WASM compute, with our kernels. */
export async function startWasm() {
  registerTrainingKernels();
  setWasmPaths("node_modules/@tensorflow/tfjs-backend-wasm/wasm-out/");
  if (!(await setBackend("wasm"))) throw new Error("WASM did not start.");
  await ready();
}

/**
 * The fused training step, as run.mjs had it compiled.
 *
 * @param {"baseline" | "relaxed"} build
 */
export async function fusedProgram(build) {
  // Node.js 20 knows relaxed SIMD, but keeps it behind a flag.
  if (!hasRelaxed()) setFlagsFromString("--experimental-wasm-relaxed-simd");
  const { FUSED_FOLDER = "", FUSED_BUILDS = "{}" } = process.env;
  const bytes = readFileSync(join(FUSED_FOLDER, JSON.parse(FUSED_BUILDS)[build]));
  return new Program(await WebAssembly.compile(bytes), build);
}

/**
 * The topology of a classic network, as the generator writes it into the trainer's page.
 *
 * @param {"codelab" | "course"} name
 * @returns {object}
 */
export function topology(name) {
  return JSON.parse(readFileSync(`tests/fixtures/${name}.json`, "utf8"));
}

/** @type {Metadata} */
export const METADATA = {
  format: "mlpages-model",
  version: 1,
  name: "made",
  classes: Array.from({ length: CLASSES }, (_, i) => String(i)),
  input: {
    height: SIDE,
    width: SIDE,
    channels: 1,
    scale: 1 / 255,
    offset: 0,
    colour: "grey",
    resize: "mnist",
  },
  data: { name: "made" },
  accuracy: null,
  training: {},
  converter: "none",
  licence: "none",
  weights: "float32",
};

/**
 * Sheets that hold made images: a noisy bar in a place of its own for each class. They arrive
 * when they are asked for, one sheet a turn of the event loop.
 */
export class MadeSheets extends Sheets {
  /** @type {{split: SplitName, sheet: number}[]} in the order in which they were asked for */
  fetched = [];
  /** Sheets of the training split that never arrive, from this one on. */
  missingFrom = Infinity;

  /**
   * @param {Partial<Record<SplitName, number>>} counts
   * @param {number} perSheet
   */
  constructor({ train = 0, validation = 0, test = 0 }, perSheet = 100) {
    super(makeManifest({ train, validation, test }, perSheet), "made://manifest.json");
    /** @type {Map<string, {split: SplitName, sheet: number, first: number, count: number}>} */
    this.files = new Map();
    for (const split of /** @type {SplitName[]} */ (Object.keys(this.manifest.splits))) {
      this.manifest.splits[split].sheets.forEach(({ file, count }, sheet) => {
        this.files.set(file, { split, sheet, first: sheet * perSheet, count });
      });
    }
  }

  /** @param {{file: string, bytes: number}} entry */
  async fetchChecked({ file, bytes }) {
    await new Promise((resolve) => setImmediate(resolve));
    const found = this.files.get(file);
    if (!found) return Uint8Array.from({ length: bytes }, (_, index) => index % CLASSES);
    this.fetched.push({ split: found.split, sheet: found.sheet });
    if (found.split === "train" && found.sheet >= this.missingFrom) {
      throw new Error(`${file} is not there.`);
    }
    return new TextEncoder().encode(file);
  }

  /**
   * @param {Parameters<Sheets["accept"]>[0]} state
   * @param {Parameters<Sheets["accept"]>[1]} sheet
   */
  async accept(state, sheet) {
    const found = this.files.get(sheet.file);
    if (!found) throw new Error(`${sheet.file} was never made.`);
    const { split, first, count } = found;
    state.reserve((first + count) * this.size);
    const random = seededRandom(first + split.length);
    for (let index = first; index < first + count; index++) {
      const image = state.pixels.subarray(index * this.size, (index + 1) * this.size);
      for (let i = 0; i < image.length; i++) image[i] = random() * 60;
      const top = 2 * (index % CLASSES) + 3;
      image.fill(200, top * SIDE + 6, top * SIDE + 22);
      image.fill(220, (top + 1) * SIDE + 6, (top + 1) * SIDE + 22);
    }
    state.ready += count;
    state.sheets += 1;
  }
}

/**
 * @param {Record<SplitName, number>} counts
 * @param {number} perSheet
 * @returns {Manifest}
 */
function makeManifest(counts, perSheet) {
  /** @param {SplitName} split */
  const files = (split) => ({
    count: counts[split],
    sheets: Array.from({ length: Math.ceil(counts[split] / perSheet) }, (_, sheet) => ({
      file: `${split}-${sheet}`,
      count: Math.min(perSheet, counts[split] - sheet * perSheet),
      bytes: 1,
      sha256: "",
    })),
    labels: {
      file: `${split}-labels`,
      bytes: counts[split],
      sha256: "",
      dtype: /** @type {const} */ ("uint8"),
    },
  });
  return {
    format: "mlpages-data",
    version: 1,
    name: "made",
    title: "Made",
    licence: "none",
    source: "none",
    image: { height: SIDE, width: SIDE, channels: 1 },
    classes: METADATA.classes,
    layout: "rows",
    drawn: true,
    splits: { train: files("train"), validation: files("validation"), test: files("test") },
  };
}
