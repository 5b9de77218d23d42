/**
 * Bundle the browser code with esbuild: wasm first, then workers, then pages, whose data blocks
 * carry the hashed names of both. Called by bundle.py: a plan as JSON in the first argument, the
 * names of the files written as JSON on standard output.
 */
import { createHash } from "node:crypto";
import { copyFileSync, readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { basename, join, relative } from "node:path";
import { build } from "esbuild";

/**
 * @typedef {{
 *   templates: string, out: string, whole?: string, workers: string[], pages: string[],
 *   demos: string[], offline: string[], files: string[]
 * }} Plan workers, pages, demos (those of the pages that can be one file), offline (service
 *   workers) and files are paths relative to `templates`; whole: the folder for scripts that
 *   import nothing, which are made of workers, demos and offline if it is there
 */

const require = createRequire(import.meta.url);
/** @type {Plan} */
const plan = JSON.parse(process.argv[2]);

/** What the packages carry that a browser without threads never runs. */
const THREADS = /tfjs-backend-wasm-threaded-simd/;
const NODE = /^(fs|path|os|ws|util|crypto|perf_hooks|worker_threads|node-fetch|string_decoder)$/;

/** @type {import("esbuild").Plugin} */
const lean = {
  name: "lean",
  setup({ onResolve, onLoad, resolve }) {
    onResolve({ filter: THREADS }, () => ({ path: "threads", namespace: "empty" }));
    onResolve({ filter: NODE }, () => ({ path: "node", namespace: "empty" }));
    onLoad({ filter: /.*/, namespace: "empty" }, ({ path }) => ({
      contents:
        path === "threads"
          ? "export default undefined; export const wasmWorkerContents = '';"
          : "module.exports = {};",
    }));
    // Its package.json does not say that unused modules may be dropped; they may.
    onResolve({ filter: /^@tensorflow\/tfjs-converter/ }, async (args) => {
      if (args.pluginData === "resolved once") return undefined;
      const { importer, resolveDir, kind } = args;
      const found = await resolve(args.path, {
        importer,
        resolveDir,
        kind,
        pluginData: "resolved once",
      });
      return found.errors.length ? found : { ...found, sideEffects: false };
    });
  },
};

/** @satisfies {import("esbuild").BuildOptions} */
const OPTIONS = {
  absWorkingDir: plan.templates,
  outbase: plan.templates,
  assetNames: "[name]-[hash]",
  bundle: true,
  minify: true,
  target: ["chrome111", "firefox115", "safari16.4"],
  logLevel: "error",
  loader: { ".svg": "copy" },
  nodePaths: [join(import.meta.dirname ?? ".", "../node_modules")],
  plugins: [lean],
};

/** Folders of the packages whose code or files are in the bundle, below node_modules. */
const packages = new Set(["@tensorflow/tfjs-backend-wasm", "@tensorflow-models/mobilenet"]);
const PACKAGE = /node_modules\/((?:.*\/node_modules\/)?(?:@[^/]+\/)?[^/]+)/;

/** @param {import("esbuild").Metafile} metafile */
function notePackages({ outputs }) {
  for (const { inputs } of Object.values(outputs)) {
    for (const [file, { bytesInOutput }] of Object.entries(inputs)) {
      const found = PACKAGE.exec(file);
      if (found && bytesInOutput > 0) packages.add(found[1]);
    }
  }
}

/** @param {string[]} entries */
async function bundle(entries) {
  const { metafile } = await build({
    ...OPTIONS,
    entryPoints: entries,
    outdir: plan.out,
    entryNames: "[dir]-[name]-[hash]",
    chunkNames: "chunk-[hash]",
    splitting: true,
    format: "esm",
    metafile: true,
    legalComments: "linked",
  });
  notePackages(metafile);
  /** @type {Record<string, {file: string, css?: string, imports: string[], lazy: string[]}>} */
  const found = {};
  for (const [file, output] of Object.entries(metafile.outputs)) {
    if (!output.entryPoint) continue;
    found[output.entryPoint] = {
      file: name(file),
      css: output.cssBundle && name(output.cssBundle),
      imports: reached(metafile.outputs, file, ["import-statement"]).map(name),
      lazy: reached(metafile.outputs, file, ["import-statement", "dynamic-import"]).map(name),
    };
  }
  return found;
}

/**
 * Scripts that import nothing: those of pages in one file, which take their files from the page
 * first, and service workers.
 *
 * @param {string[]} entries
 * @param {string[]} first what runs before each of them
 */
async function bundleWhole(entries, first) {
  const { metafile } = await build({
    ...OPTIONS,
    entryPoints: entries,
    outdir: plan.whole,
    metafile: true,
    entryNames: "[dir]-[name]",
    format: "iife",
    loader: { ".css": "empty" }, // the page's own style sheet serves it, too
    inject: first.map((file) => join(plan.templates, file)),
    legalComments: "eof",
  });
  notePackages(metafile);
}

/** @param {string} file relative to the templates */
const name = (file) => relative(plan.out, join(plan.templates, file));

/**
 * The chunks that a file loads: at once (static imports), or later too.
 *
 * @param {import("esbuild").Metafile["outputs"]} outputs
 * @param {string} file
 * @param {string[]} kinds
 * @param {Set<string>} [seen]
 * @returns {string[]}
 */
function reached(outputs, file, kinds, seen = new Set()) {
  for (const { path, kind } of outputs[file]?.imports ?? []) {
    if (!kinds.includes(kind) || seen.has(path)) continue;
    seen.add(path);
    reached(outputs, path, kinds, seen);
  }
  return [...seen];
}

/**
 * @param {string} name
 * @param {string | Buffer} content
 */
function hashedName(name, content) {
  const hash = createHash("sha256").update(content).digest("hex").slice(0, 8);
  return name.replace(/\.(\w+)$/, `-${hash}.$1`);
}

/** @param {string} file */
function copyHashed(file) {
  const target = hashedName(basename(file), readFileSync(file));
  copyFileSync(file, join(plan.out, target));
  return target;
}

/** The names of ImageNet's classes, by index: the package has them as code, pages want JSON. */
function writeImageNetClasses() {
  /** @type {{IMAGENET_CLASSES: Record<number, string>}} */
  const { IMAGENET_CLASSES } = require(
    "@tensorflow-models/mobilenet/dist/imagenet_classes.js",
  );
  const json = JSON.stringify(Object.values(IMAGENET_CLASSES));
  const target = hashedName("imagenet-classes.json", json);
  writeFileSync(join(plan.out, target), json);
  return target;
}

if (plan.whole) {
  await bundleWhole(plan.workers, ["inlined/worker.js"]);
  await bundleWhole(plan.demos, ["inlined/page.js"]);
  await bundleWhole(plan.offline, []);
}

const wasm = require.resolve("@tensorflow/tfjs-backend-wasm/wasm-out/tfjs-backend-wasm-simd.wasm");
process.stdout.write(
  JSON.stringify({
    wasm: copyHashed(wasm),
    imagenet: writeImageNetClasses(),
    workers: await bundle(plan.workers),
    pages: await bundle(plan.pages),
    files: Object.fromEntries(
      plan.files.map((file) => [file, copyHashed(join(plan.templates, file))]),
    ),
    packages: [...packages].sort(),
  }),
);
