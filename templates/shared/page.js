/**
 * What every page does first: read its data block, find its elements, show its failures.
 *
 * @import { PageData } from "./manifest.js"
 */
import { keepPromises } from "./promised.js";

/**
 * The JSON that the generator left in the page.
 *
 * @returns {PageData}
 */
export function readPageData() {
  const text = byId("page-data", HTMLScriptElement).textContent ?? "";
  /** @type {PageData} */
  const page = JSON.parse(text);
  if (page.integrity) keepPromises(promisesOf(page), showWaiting);
  return page;
}

/**
 * What the page's files have to be.
 *
 * @param {PageData} page
 * @returns {Record<string, string>} by absolute URL
 */
export function promisesOf({ integrity = {} }) {
  const entries = Object.entries(integrity);
  return Object.fromEntries(entries.map(([url, promise]) => [absolute(url), promise]));
}

/**
 * The element with an id, of the class it must have.
 *
 * @template {Element} T
 * @param {string} id
 * @param {new (...args: never[]) => T} kind
 * @returns {T}
 */
export function byId(id, kind) {
  const element = document.getElementById(id);
  if (element instanceof kind) return element;
  throw new Error(`The page has no ${kind.name} with the id "${id}".`);
}

/**
 * Show what went wrong, in words, in the banner on top of the page.
 *
 * @param {unknown} error
 */
export function showError(error) {
  const banner = byId("error", HTMLElement);
  const message = error instanceof Error ? inWords(error) : String(error);
  const text = document.createElement("p");
  text.textContent = message;
  const reload = /reload the page/i.test(message) ? [reloadButton()] : [];
  banner.replaceChildren(text, ...reload, closeButton(banner));
  banner.hidden = false;
  banner.scrollIntoView({ block: "nearest" });
}

// The menu scrolls on a phone: the page that one is on comes into view.
const here = globalThis.document?.querySelector(".site-header [aria-current]");
const menu = here?.parentElement;
if (menu && here instanceof HTMLElement) {
  menu.scrollLeft = here.offsetLeft - (menu.clientWidth - here.offsetWidth) / 2;
}

/** Take the last failure's words away: the visitor has begun something else. */
export function hideError() {
  byId("error", HTMLElement).hidden = true;
}

/**
 * A sentence with advice for what browsers say of themselves.
 *
 * @param {Error} error
 */
function inWords({ name, message }) {
  if (/reload the page/i.test(message)) return message; // one of our own
  const isScript = /dynamically imported|importing a module script failed/i.test(message);
  if (isScript || name === "SyntaxError") {
    return (
      `A part of the page’s program did not load (${message}). The site may have been updated ` +
      "since this page was opened: reload the page."
    );
  }
  if (/out of memory|allocation failed|could not allocate|out of bounds|aborted\(/i.test(message)) {
    return (
      `This device has too little memory for it (${message}). Save what you made, close other ` +
      "tabs and reload the page, or use less at a time: fewer pictures, smaller batches."
    );
  }
  return message;
}

/** @type {Set<string>} URLs of files that let wait */
const awaited = new Set();

/**
 * Say which file the page waits for, until it has come.
 *
 * @param {"waiting" | "arrived"} word
 * @param {string} url
 */
export function showWaiting(word, url) {
  if (word === "waiting") awaited.add(url);
  else awaited.delete(url);
  const note = byId("waiting", HTMLElement);
  const names = [...awaited].map((url) => url.split("/").at(-1)).join(", ");
  note.hidden = awaited.size === 0;
  const words = `Waiting for ${names} … The connection is slow, or the site does not answer.`;
  note.textContent = awaited.size ? words : "";
}

function reloadButton() {
  const button = document.createElement("button");
  button.type = "button";
  button.textContent = "Reload the page";
  button.addEventListener("click", () => location.reload());
  return button;
}

/** @param {HTMLElement} banner */
function closeButton(banner) {
  const button = document.createElement("button");
  button.type = "button";
  button.textContent = "Dismiss";
  button.addEventListener("click", () => {
    banner.hidden = true;
    const main = byId("main", HTMLElement);
    main.tabIndex = -1;
    main.focus({ preventScroll: true });
  });
  return button;
}

/**
 * Show failures that nobody caught, too. The page's script calls it first: it runs, so the words
 * that say it did not load go.
 */
export function showUncaughtErrors() {
  document.getElementById("late")?.remove();
  addEventListener("error", (event) => showError(event.error ?? event.message));
  addEventListener("unhandledrejection", (event) => {
    event.preventDefault();
    showError(event.reason);
  });
}

/**
 * @param {string} url relative to the page
 */
export function absolute(url) {
  return new URL(url, document.baseURI).href;
}

const UNITS = ["byte", "kilobyte", "megabyte"];

/**
 * @param {number} bytes
 * @returns {string} such as "412 kB"
 */
export function formatBytes(bytes) {
  const step = bytes < 1000 ? 0 : bytes < 1e6 ? 1 : 2;
  const value = bytes / 1000 ** step;
  return new Intl.NumberFormat("en", {
    style: "unit",
    unit: UNITS[step],
    maximumFractionDigits: value < 10 && step > 0 ? 1 : 0,
  }).format(value);
}

/**
 * @param {number} count
 * @returns {string} such as "55,000"
 */
export function formatCount(count) {
  return new Intl.NumberFormat("en").format(count);
}
