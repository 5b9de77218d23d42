/** Milliseconds that a long computation may take before its worker listens again. */
const PATIENCE = 40;

/**
 * A pause now and then, in which a worker hears that it shall stop: await it often, most of the
 * time it returns at once.
 *
 * @returns {() => Promise<void>}
 */
export function listening() {
  let last = performance.now();
  return async () => {
    if (performance.now() - last < PATIENCE) return;
    await new Promise((resolve) => setTimeout(resolve));
    last = performance.now();
  };
}
