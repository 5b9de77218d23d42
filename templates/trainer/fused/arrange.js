/**
 * Where everything of a planned network lies in the fused program's memory, and the records that
 * tell the program so: their words are those of `Layer` and `Network` in layer.zig and
 * network.zig, in that order.
 *
 * @import { Step } from "./plan.js"
 *
 * @typedef {{read: number, write: number, row: number, image: number, bytes: number}} Images
 *   offsets of the pixel that is read first, and of the one that is written first, in bytes;
 *   distances of rows and of images in floats
 * @typedef {{step: Step, pixel: number, channels: number, taps: number, paddedTaps: number,
 *   filters: number, weights: number, bias: number}} Sized pixel: floats of one of its input, and
 *   like filters padded to vectors; weights and bias: where they begin among the parameters
 */

const LANES = 4;
const FLOAT = 4;
/** As long as a cache line. What reads whole vectors may read this far beyond the end. */
const GAP = 64;
/** Images in one go: as many as keep a dense layer's weights busy ... */
const MOST_IMAGES = 32;
/** ... but no more floats than a processor's cache is likely to hold. */
const CACHED = 1 << 20;
/** Gradients that a filter's list holds, if one image has no more. */
const LISTED = 1024;

/** Where the random numbers of dropout begin: the same in every run. */
const SEEDS = [0x9e3779b9, 0x85ebca6b, 0xc2b2ae35, 0x27d4eb2f];

/** @param {number} value a float as a word */
const bitsOf = (value) => new Uint32Array(Float32Array.of(value).buffer)[0];

/** @param {number} count */
const padded = (count) => Math.ceil(count / LANES) * LANES;

/** Hands out memory, piece after piece. */
class Room {
  /** @param {number} start */
  constructor(start) {
    this.end = start;
  }

  /** @param {number} bytes */
  take(bytes) {
    const start = Math.ceil(this.end / GAP) * GAP;
    this.end = start + bytes + GAP;
    return start;
  }

  /** @param {number} count */
  floats(count) {
    return this.take(count * FLOAT);
  }
}

/**
 * @param {Step[]} steps
 * @param {number} start the first free byte
 */
export function arrange(steps, start) {
  const room = new Room(start);
  const sized = measure(steps);
  const last = sized[sized.length - 1];
  const count = last.bias + last.filters;
  const block = blockOf(sized);
  const [values, gradients, first, second] = [0, 1, 2, 3].map(() => room.floats(count));
  const images = viewsOf(sized, block, room);
  const back = viewsOf(sized, block, room);
  const words = sized.flatMap((layer, i) => {
    const { step } = layer;
    const isDense = step.kind === "dense";
    const [rows, columns] = step.output;
    const pixels = rows * columns;
    const group = Math.max(1, Math.min(4, Math.floor(LISTED / pixels)));
    const size = sizeOf(layer);
    return [
      ...[isDense ? 1 : 0, images[i].read, i ? back[i].read : 0, images[i].row, images[i].image],
      ...[images[i + 1].write, back[i + 1].write, images[i + 1].row, images[i + 1].image],
      ...[layer.channels, layer.taps, layer.paddedTaps, step.kernel[0], layer.filters],
      ...[rows, columns, step.pool, step.activation === "relu" ? 1 : 0, bitsOf(step.dropout)],
      ...[i ? 1 : 0, group],
      ...[values, gradients].map((place) => place + layer.weights * FLOAT),
      ...[values, gradients].map((place) => place + layer.bias * FLOAT),
      ...[room.floats(size), isDense && i ? room.floats(size) : 0],
      step.pool === 2 ? room.take(block * pixels * layer.filters) : 0,
      isDense ? 0 : room.floats(2 * group * pixels * layer.filters),
      isDense ? 0 : room.floats(layer.filters),
    ];
  });
  const [height, width, channels] = steps[0].input;
  const pixels = room.take(block * height * width * channels);
  const labels = room.take(block * 2);
  const layers = room.take(words.length * 4);
  const classes = last.step.output[2];
  const parameters = [values, gradients, first, second, count];
  const head = [layers, steps.length, ...parameters, pixels, labels, images[0].write];
  const isFlat = steps[0].kind === "dense";
  const shape = isFlat ? [1, height * width * channels] : [height, width * channels];
  const network = [...head, ...shape, classes, ...SEEDS];
  return {
    network: room.take(network.length * 4),
    words: { network, layers: words },
    sized,
    parameters: { values, gradients, first, second, count },
    block,
    pixels,
    labels,
    layers,
    images,
    back,
    output: images[steps.length].write,
    width: last.filters,
    end: room.end,
  };
}

/**
 * @param {Step[]} steps
 * @returns {Sized[]}
 */
function measure(steps) {
  let taken = 0;
  return steps.map((step, i) => {
    const [height, width, channels] = step.input;
    const pixel = i ? padded(channels) : channels;
    const isDense = step.kind === "dense";
    const row = isDense ? padded(height * width * pixel) : step.kernel[1] * pixel;
    const sized = {
      step,
      pixel,
      channels: isDense ? row : pixel,
      taps: row,
      paddedTaps: padded(row),
      filters: padded(step.output[2]),
      weights: taken,
      bias: 0,
    };
    sized.bias = taken + sizeOf(sized);
    taken = sized.bias + sized.filters;
    return sized;
  });
}

/** @param {Sized} layer */
const sizeOf = ({ step, filters, paddedTaps }) => filters * step.kernel[0] * paddedTaps;

/**
 * Room for what lies between layers: the images, what each layer reads, the last one's answers.
 *
 * @param {Sized[]} sized
 * @param {number} block
 * @param {Room} room
 * @returns {Images[]}
 */
function viewsOf(sized, block, room) {
  const views = sized.map((layer) => viewOf(layer, block, room));
  const { filters } = sized[sized.length - 1];
  const start = room.floats(block * filters);
  return [...views, { read: start, write: start, row: filters, image: filters, bytes: 0 }];
}

/**
 * @param {Sized} layer that reads it
 * @param {number} block
 * @param {Room} room
 */
function viewOf(layer, block, room) {
  const { row, image } = extentOf(layer);
  const { border } = layer.step;
  const read = room.floats(block * image);
  const write = read + (border.top * row + border.left * layer.pixel) * FLOAT;
  return { read, write, row, image, bytes: block * image * FLOAT };
}

/** @param {Sized} layer */
function extentOf({ step, pixel, channels }) {
  const { input, border } = step;
  const row = (input[1] + border.left + border.right) * pixel;
  if (step.kind === "dense") return { row, image: channels };
  return { row, image: (input[0] + border.top + border.bottom) * row };
}

/** @param {Sized[]} sized */
function blockOf(sized) {
  const floats = sized.reduce((sum, layer) => sum + extentOf(layer).image, 0);
  return Math.max(LANES, Math.min(MOST_IMAGES, LANES * Math.floor(CACHED / floats / LANES)));
}

/**
 * Where each of a layer's weights, in TensorFlow's order, is among the padded ones.
 *
 * @param {Sized} layer
 * @returns {Uint32Array}
 */
export function weightPlaces(layer) {
  const { step, pixel, paddedTaps, filters } = layer;
  const isDense = step.kind === "dense";
  const [height, width] = isDense ? step.input : step.kernel;
  const [channels, outputs] = [step.input[2], step.output[2]];
  const places = new Uint32Array(height * width * channels * outputs);
  let i = 0;
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      for (let c = 0; c < channels; c++) {
        for (let o = 0; o < outputs; o++) {
          places[i++] = isDense
            ? ((y * width + x) * pixel + c) * filters + o
            : (o * height + y) * paddedTaps + x * pixel + c;
        }
      }
    }
  }
  return places;
}
