/**
 * Gathering a project out of the page and its worker, and putting one back.
 *
 * @import { SavedProject, TapRows } from "./project-file.js"
 * @import { BackboneData, Session } from "./session.js"
 */
import { SMALL } from "./grid.js";

/** The tap of the baseline. */
const PIXELS = "pixels";
/** Taps whose embeddings are kept; that of the classic head is large, and made again. */
export const KEPT = ["middle", "last", PIXELS];
/** Pictures whose embeddings travel at a time: the page stays quick. */
const PIECE = 128;
const FLOAT = 4;

/**
 * @param {Session} session
 * @returns {Promise<SavedProject>}
 */
export async function gatherProject({ project, compute, embedding }) {
  const pictures = [...project.pictures.values()];
  const ids = pictures.map(({ id }) => id);
  const { classes, head, stale } = project;
  const backbone = embedding.backbone.name;
  // A worker that is lost gives none: who opens the project embeds its pictures again.
  const taps = await gatherTaps(compute, ids).catch(() => []);
  return { backbone, classes: [...classes], pictures, taps, head, stale };
}

/**
 * @param {Pick<Session["compute"], "missing" | "embeddings">} compute
 * @param {number[]} ids
 */
async function gatherTaps(compute, ids) {
  /** @type {TapRows[]} */
  const taps = [];
  for (const tap of ids.length ? KEPT : []) {
    if ((await compute.missing(ids, [tap])).length) continue;
    const pieces = [];
    for (let at = 0; at < ids.length; at += PIECE) {
      const values = await compute.embeddings(ids.slice(at, at + PIECE), tap);
      pieces.push(new Uint8Array(values.slice().buffer));
    }
    const rows = new Blob(pieces);
    taps.push({ tap, size: rows.size / FLOAT / ids.length, rows });
  }
  return taps;
}

/**
 * @param {Session} session
 * @returns {SavedProject} the trained head alone
 */
export function gatherHead({ project: { head } }) {
  if (!head) throw new Error("There is no head yet: train one first.");
  const { classes, backbone } = head;
  return { backbone, classes, pictures: [], taps: [], head, stale: false };
}

/**
 * Go on with a saved project in place of what is there; a head alone leaves the pictures. What is
 * there is given up when all else has succeeded: also what the head looks at has to be there.
 *
 * @param {Session} session
 * @param {SavedProject} saved
 */
export async function useProject(session, saved) {
  const { project, compute, embedding } = session;
  const { head } = saved;
  const backbone = backboneOf(session, saved);
  const before = { head: project.head, backbone: embedding.backbone };
  try {
    await openHead(session, saved);
    if (backbone !== embedding.backbone) {
      await embedding.use(backbone); // its worker forgets the head
      await openHead(session, saved);
    }
    if (head?.taps.some((tap) => backbone.taps[tap]?.part === "last")) await embedding.fetchLast();
  } catch (error) {
    if (before.backbone !== embedding.backbone) await embedding.use(before.backbone);
    await compute.useHead(before.head);
    throw error;
  }
  if (head && saved.pictures.length === 0) {
    if (project.pictures.size === 0) project.replace({ ...saved, head: null });
    return project.setHead(head);
  }
  const pictures = project.replace({ ...saved, head: null });
  await restore(session, pictures.map(({ id }) => id), saved.taps);
  project.setHead(head, saved);
}

/**
 * The worker opens the head before anything is lost: what cannot be used is refused.
 *
 * @param {Session} session
 * @param {SavedProject} saved
 */
async function openHead({ compute }, { head }) {
  await compute.useHead(head).catch((cause) => {
    throw new Error(`The head in this file cannot be used: ${cause.message}`, { cause });
  });
}

/**
 * The page's backbone that a saved project was made with, if its features are the same.
 *
 * @param {Session} session
 * @param {SavedProject} saved
 */
function backboneOf({ transfer }, { backbone: wanted, taps, head }) {
  const backbone = transfer.backbones.find(({ name }) => name === wanted);
  if (!backbone) {
    const known = transfer.backbones.map(({ title }) => title).join(" and ");
    throw new Error(
      `This file was made with the backbone ${wanted}, and this page has ${known}. ` +
        "Open it on the site that wrote it.",
    );
  }
  const size = head?.taps.reduce((sum, tap) => sum + sizeOf(backbone, tap), 0);
  const fits = taps.every((entry) => entry.size === sizeOf(backbone, entry.tap));
  if (!fits || size !== head?.size) {
    throw new Error(
      `This file was made with another ${backbone.title}: its features have other sizes. ` +
        "Open it on the site that wrote it.",
    );
  }
  return backbone;
}

/**
 * Values that a picture has at a tap; NaN where the backbone has no such tap.
 *
 * @param {BackboneData} backbone
 * @param {string} tap
 */
function sizeOf({ taps }, tap) {
  if (tap === PIXELS) return SMALL * SMALL * 3;
  const { shape, grid } = Object.hasOwn(taps, tap) ? taps[tap] : { shape: [NaN], grid: 0 };
  if (grid) return grid * grid * shape[shape.length - 1];
  return shape.reduce((product, side) => product * side, 1);
}

/**
 * @param {Session} session
 * @param {number[]} ids
 * @param {SavedProject["taps"]} taps
 */
async function restore({ compute }, ids, taps) {
  for (const { tap, size, rows } of taps) {
    for (let at = 0; at < ids.length; at += PIECE) {
      const some = ids.slice(at, at + PIECE);
      const from = at * size * FLOAT;
      const bytes = rows.slice(from, from + some.length * size * FLOAT);
      await compute.restore(some, tap, new Float32Array(await bytes.arrayBuffer()));
    }
  }
}
