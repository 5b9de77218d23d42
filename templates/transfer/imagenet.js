/**
 * What the backbone was made for: ImageNet's 1,000 classes. Its head is fetched when somebody asks
 * for it, and needs no training here.
 *
 * @import { Session } from "./session.js"
 */
import { fetchOrExplain } from "../shared/manifest.js";
import { absolute, byId, formatBytes, showError } from "../shared/page.js";
import { formatShare } from "../shared/words.js";
import { fillRow, makeRow } from "./answer.js";

const TOP = 5;

export class ImageNetView {
  /** @type {Uint8Array | null} */
  pixels = null;
  /** @type {Promise<string[]> | null} */
  names = null;
  /** @type {string} the backbone whose 1,000-class head is here */
  loaded = "";
  /** Is the list shown, so that the next picture is asked about, too? */
  open = false;
  question = 0;

  /** @param {Session} session */
  constructor(session) {
    this.session = session;
    this.button = byId("try-imagenet", HTMLButtonElement);
    this.size = byId("try-imagenet-size", HTMLElement);
    this.status = byId("try-imagenet-status", HTMLElement);
    this.list = byId("try-imagenet-list", HTMLOListElement);
    this.rows = Array.from({ length: TOP }, () => makeRow());
    this.list.replaceChildren(...this.rows);
    this.button.addEventListener("click", () => this.ask().catch((error) => this.fail(error)));
  }

  /** @param {Uint8Array | null} pixels of a prepared picture */
  use(pixels) {
    this.pixels = pixels;
    this.button.disabled = !pixels;
    this.showSize();
    if (pixels && this.open && this.isHere) this.ask().catch((error) => this.fail(error));
    else this.close();
  }

  get isHere() {
    return this.loaded === this.session.embedding.backbone.name;
  }

  /** Say what asking costs. */
  showSize() {
    const { backbone, complete } = this.session.embedding;
    const { last, imagenet } = backbone.parts;
    const bytes = imagenet.bytes + (complete ? 0 : last.bytes);
    this.size.textContent = this.isHere
      ? "Of 1,000 things it once learned from a million photographs."
      : `Of 1,000 things it once learned. Fetches ${formatBytes(bytes)}, once.`;
  }

  async ask() {
    const { pixels, session } = this;
    if (!pixels) return;
    const question = ++this.question;
    const { backbone } = session.embedding;
    if (!this.isHere) this.status.textContent = "Fetching the 1,000 classes …";
    this.names ??= this.fetchNames();
    const [names, top] = await Promise.all([this.names, session.compute.imagenet(pixels)]);
    this.loaded = backbone.name;
    this.showSize();
    if (question !== this.question) return; // another picture was asked about meanwhile
    this.open = true;
    this.list.hidden = false;
    this.status.textContent = "";
    top.forEach(({ index, probability }, i) => {
      fillRow(this.rows[i], shortName(names[index]), probability, formatShare(probability));
      this.rows[i].children[0].setAttribute("title", names[index]);
      this.rows[i].dataset.index = String(index);
      this.rows[i].classList.toggle("best", i === 0);
    });
    const [best] = top;
    session.announce(
      `ImageNet sees ${shortName(names[best.index])}, ${formatShare(best.probability)} sure.`,
    );
  }

  /** @returns {Promise<string[]>} */
  async fetchNames() {
    try {
      const response = await fetchOrExplain(absolute(this.session.transfer.imagenet));
      return await response.json();
    } catch (error) {
      this.names = null; // so that asking again tries again
      throw error;
    }
  }

  /** @param {unknown} error */
  fail(error) {
    this.status.textContent = "ImageNet’s classes could not be fetched.";
    showError(error);
  }

  close() {
    this.question++;
    this.list.hidden = true;
    this.status.textContent = "";
  }
}

/**
 * Of several names for a thing the first.
 *
 * @param {string} names such as "drum, membranophone, tympan"
 */
export function shortName(names) {
  return names.split(",")[0];
}
