/** A small picture from its JPEG; its URL is given back once it is drawn. */
import { element } from "../shared/dom.js";

/**
 * @param {Blob} jpeg
 * @param {string} alt
 * @param {number} size pixels a side on the page
 */
export function thumbnail(jpeg, alt, size) {
  const url = URL.createObjectURL(jpeg);
  const image = element("img", { alt, width: size, height: size, draggable: "false" });
  const revoke = () => URL.revokeObjectURL(url);
  image.addEventListener("load", revoke, { once: true });
  image.addEventListener("error", revoke, { once: true });
  image.src = url;
  return image;
}
