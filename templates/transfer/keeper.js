/**
 * Gathering a project out of the page and its worker, and putting one back.
 *
 * @import { SavedProject, TapRows } from "./project-file.js"
 * @import { Session } from "./session.js"
 */

/** Taps whose embeddings are kept; that of the classic head is large, and made again. */
const KEPT = ["middle", "last", "pixels"];

/**
 * @param {Session} session
 * @returns {Promise<SavedProject>}
 */
export async function gatherProject({ project, compute, embedding }) {
  const pictures = [...project.pictures.values()];
  const ids = pictures.map(({ id }) => id);
  /** @type {TapRows[]} */
  const taps = [];
  for (const tap of ids.length ? KEPT : []) {
    if ((await compute.missing(ids, [tap])).length) continue;
    const values = await compute.embeddings(ids, tap);
    taps.push({ tap, size: values.length / ids.length, values });
  }
  const { classes, head } = project;
  return { backbone: embedding.backbone.name, classes, pictures, taps, head };
}

/**
 * @param {Session} session
 * @returns {SavedProject} the trained head alone
 */
export function gatherHead({ project, embedding }) {
  const { head } = project;
  if (!head) throw new Error("There is no head yet: train one first.");
  const { classes } = head;
  return { backbone: embedding.backbone.name, classes, pictures: [], taps: [], head };
}

/**
 * Go on with a saved project in place of what is there; a head alone leaves the pictures.
 *
 * @param {Session} session
 * @param {SavedProject} saved
 */
export async function useProject(session, saved) {
  const { project, compute, embedding, transfer } = session;
  const backbone = transfer.backbones.find(({ name }) => name === saved.backbone);
  if (!backbone) {
    const known = transfer.backbones.map(({ title }) => title).join(" and ");
    throw new Error(
      `This file was made with the backbone ${saved.backbone}, and this page has ${known}. ` +
        "Open it on the site that wrote it.",
    );
  }
  if (backbone !== embedding.backbone) await embedding.use(backbone);
  if (saved.head?.taps.some((tap) => tap !== "middle")) await embedding.fetchLast();
  await compute.useHead(saved.head); // refuses a head that cannot be used, before anything is lost
  const alone = saved.pictures.length === 0 && saved.head !== null;
  if (alone) return project.setHead(saved.head);
  const pictures = project.replace({ ...saved, head: null });
  const ids = pictures.map(({ id }) => id);
  for (const { tap, values } of saved.taps) await compute.restore(ids, tap, values);
  project.setHead(saved.head);
}
