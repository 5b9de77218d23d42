/**
 * What stands in the README of an export.
 *
 * @import { TrainedHead } from "./project.js"
 * @import { BackboneData } from "./session.js"
 */
import { formatPercent } from "../shared/words.js";

/**
 * @param {TrainedHead} head
 * @param {BackboneData} backbone
 * @param {string} name
 */
export function modelReadme(head, { title, taps, licence, size, scale, offset, parts }, name) {
  const rows = head.taps.map((tap) => {
    const { shape, grid, part } = taps[tap];
    const cells = `averaged onto ${grid} x ${grid} cells, row by row`;
    return `- "${tap}" of its ${part} part, ${shape.join(" x ")}${grid ? `, ${cells}` : ""}`;
  });
  return lines(
    `${name}: tells apart ${head.classes.join(", ")}.`,
    "",
    "model.json and weights.bin are a TensorFlow.js layers model:",
    "",
    '  const head = await tf.loadLayersModel("model.json");',
    "",
    `It is a head: it does not see pictures but what ${title} made of them, rows of ${head.size}`,
    "values, and gives a probability for each class. The values are those of these layers, side by",
    "side, each flattened:",
    ...rows,
    "",
    `The pictures: centre square, ${size} x ${size}, averaged when they shrink; red, green and`,
    `blue from 0 to 255, times ${scale}, plus ${offset}.`,
    "",
    score(head),
    "",
    "All of this is in model.json, too, under userDefinedMetadata, with the hashes of the",
    `backbone's files (${Object.keys(parts).join(", ")}: graph models of the site that made this).`,
    `The backbone's licence: ${licence}.`,
  );
}

/**
 * @param {TrainedHead} head
 * @param {BackboneData} backbone
 * @param {string} name
 */
export function pageReadme(head, { title, licence }, name) {
  return lines(
    `${name}: a page that tells apart ${head.classes.join(", ")}.`,
    "",
    "Put these files on any web host, in any folder: GitHub Pages, a school's server, anything",
    "that serves files. It needs nothing else and uploads nothing. Opening index.html from a",
    "folder does not work, because browsers load no programs that way; to look at it here, run",
    "this in the folder and open http://localhost:8000 :",
    "",
    "  python3 -m http.server",
    "",
    score(head),
    "",
    `It looks at pictures with ${title} (licence: ${licence}) and runs on TensorFlow.js (licence:`,
    "Apache-2.0). The licences of all programs are in assets/, in files ending in .LEGAL.txt.",
    "head.mlpages-head is the head; the site that made this page opens it, too.",
  );
}

/** @param {TrainedHead} head */
function score({ scores: { train, validation }, counts, threshold }) {
  const sum = (/** @type {number[]} */ all) => all.reduce((total, count) => total + count, 0);
  const learned = `It learned from ${sum(counts.train)} pictures`;
  const right =
    validation === null
      ? `${learned}; ${formatPercent(train)} of these are right, new ones were not tried.`
      : `${learned}; ${formatPercent(validation)} of ${sum(counts.validation)} others are right.`;
  return threshold
    ? `${right}\nBelow ${formatPercent(threshold)} its answer counts as "not sure".`
    : right;
}

/** @param {string[]} all */
function lines(...all) {
  return `${all.join("\n")}\n`;
}
