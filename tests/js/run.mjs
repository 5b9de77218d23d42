/**
 * Run the browser code's tests in Node: bundles every *.test.js here with esbuild, since the
 * packages' ES modules do not load in Node as they are, and hands the results to `node --test`.
 * Names of tests to run may follow: `setup/node tests/js/run.mjs kernels png`. The fused training
 * step is compiled for them, as for a site.
 */
import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { build } from "esbuild";

const here = import.meta.dirname ?? new URL(".", import.meta.url).pathname;
const wanted = process.argv.slice(2);
const tests = readdirSync(here)
  .filter((name) => name.endsWith(".test.js"))
  .filter((name) => wanted.length === 0 || wanted.includes(name.replace(".test.js", "")));
const out = mkdtempSync(join(tmpdir(), "mlpages-tests-"));
const root = join(here, "../..");
try {
  const compile =
    "import json, sys; from pathlib import Path; from generator.bundle import FUSED; " +
    "from generator.resources import TEMPLATES; from generator.zig import compile_builds; " +
    "print(json.dumps(compile_builds(TEMPLATES / FUSED, Path(sys.argv[1]))))";
  const python = join(root, ".venv/bin/python");
  const builds = execFileSync(python, ["-c", compile, out], { cwd: root, encoding: "utf8" });
  await build({
    entryPoints: tests.map((name) => join(here, name)),
    outdir: out,
    outExtension: { ".js": ".mjs" },
    bundle: true,
    platform: "node",
    format: "esm",
    mainFields: ["module", "main"],
    conditions: ["import"],
    sourcemap: "inline",
    logLevel: "error",
    loader: { ".css": "empty" },
    // Emscripten's glue asks for CommonJS' names when it runs in Node.
    banner: {
      js:
        'import { createRequire } from "node:module"; const require = createRequire(' +
        'import.meta.url); const __dirname = import.meta.dirname ?? ".";',
    },
  });
  const files = tests.map((name) => join(out, name.replace(/\.js$/, ".mjs")));
  const { status } = spawnSync(process.execPath, ["--enable-source-maps", "--test", ...files], {
    stdio: "inherit",
    cwd: root,
    env: { ...process.env, FUSED_FOLDER: out, FUSED_BUILDS: builds },
  });
  process.exitCode = status ?? 1;
} finally {
  rmSync(out, { recursive: true, force: true });
}
