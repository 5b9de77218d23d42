/**
 * URLs in a page's data are relative to the page; a worker made from a blob has no page.
 *
 * @import { BackboneData } from "./session.js"
 */
import { absolute } from "../shared/page.js";

/**
 * @param {BackboneData} backbone
 * @returns {BackboneData}
 */
export function withAbsoluteUrls(backbone) {
  const { first, last, imagenet } = backbone.parts;
  /** @param {{url: string, bytes: number}} part */
  const absolutePart = ({ url, bytes }) => ({ url: absolute(url), bytes });
  const parts = {
    first: absolutePart(first),
    last: absolutePart(last),
    imagenet: absolutePart(imagenet),
  };
  return { ...backbone, parts };
}
