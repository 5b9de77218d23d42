/** A stream that ends in an error when more comes than was promised: packed data may be a bomb. */

/**
 * @param {number} size bytes that were promised
 * @returns {TransformStream<Uint8Array<ArrayBuffer>, Uint8Array<ArrayBuffer>>}
 */
export function atMost(size) {
  let seen = 0;
  return new TransformStream({
    transform(chunk, controller) {
      seen += chunk.length;
      if (seen > size) controller.error(new Error("more than was promised"));
      else controller.enqueue(chunk);
    },
  });
}
