/**
 * Images of a data set on the page: one picture, pixel by pixel, and a row of them to choose from.
 *
 * @typedef {{height: number, width: number, channels: number}} ImageShape
 */
import "./digit-view.css";
import { element } from "./dom.js";

/**
 * Draw one image at its own size; CSS enlarges the canvas and keeps the pixels sharp.
 *
 * @param {HTMLCanvasElement} canvas
 * @param {Uint8Array} pixels grey or RGB; nothing (all black) when empty
 * @param {ImageShape} shape
 */
export function drawDigit(canvas, pixels, { height, width, channels }) {
  if (canvas.width !== width) canvas.width = width;
  if (canvas.height !== height) canvas.height = height;
  const image = new ImageData(width, height);
  for (let i = 0; i < width * height; i++) {
    for (let c = 0; c < 3; c++) image.data[4 * i + c] = pixels[i * channels + (c % channels)] ?? 0;
    image.data[4 * i + 3] = 255;
  }
  canvas.getContext("2d")?.putImageData(image, 0, 0);
}

/**
 * Fill a toolbar with a button for each image. One of them is in the tab order; arrow keys, Home
 * and End go from one to the next.
 *
 * @param {HTMLElement} toolbar
 * @param {Uint8Array[]} images
 * @param {ImageShape} shape
 * @param {{name: (i: number) => string, choose: (i: number) => void}} each what a button is called,
 *   and what it does
 */
export function showGallery(toolbar, images, shape, { name, choose }) {
  const buttons = images.map((pixels, i) => {
    const canvas = element("canvas", { class: "pixelated", "aria-hidden": "true" });
    drawDigit(canvas, pixels, shape);
    const button = element("button", { type: "button", "aria-label": name(i) }, canvas);
    button.tabIndex = i === 0 ? 0 : -1;
    button.addEventListener("click", () => {
      move(buttons, i);
      choose(i);
    });
    button.addEventListener("keydown", (event) => {
      const count = images.length;
      const next = { ArrowLeft: i - 1, ArrowRight: i + 1, Home: 0, End: count - 1 }[event.key];
      if (next === undefined) return;
      event.preventDefault();
      move(buttons, (next + count) % count).focus();
    });
    return button;
  });
  toolbar.classList.add("gallery");
  toolbar.setAttribute("role", "toolbar");
  toolbar.replaceChildren(...buttons);
}

/**
 * @param {HTMLButtonElement[]} buttons
 * @param {number} to the one that the tab key reaches
 */
function move(buttons, to) {
  buttons.forEach((button, i) => {
    button.tabIndex = i === to ? 0 : -1;
  });
  return buttons[to];
}
