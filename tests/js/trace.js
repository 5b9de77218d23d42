/**
 * Strokes for a browser test: 28x28 greys one after the other on standard input, the strokes of
 * each as JSON on standard output.
 */
import { readFileSync } from "node:fs";
import { traceStrokes } from "./strokes.js";

const SIDE = 28;
const bytes = new Uint8Array(readFileSync(0));
const digits = Array.from({ length: bytes.length / SIDE ** 2 }, (_, i) =>
  traceStrokes(bytes.subarray(i * SIDE ** 2, (i + 1) * SIDE ** 2), SIDE, SIDE),
);
process.stdout.write(JSON.stringify(digits));
