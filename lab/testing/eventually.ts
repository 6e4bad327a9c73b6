/** Longer than anything takes, so that only what never happens fails. */
const PATIENCE_MS = 90_000;

/**
 * Looks ten times a second until there is something to see.
 * @throws {Error} that names `what` when there is nothing for a minute and a half.
 */
export async function eventually<T>(what: string, look: () => Promise<T | undefined>): Promise<T> {
  const deadline = Date.now() + PATIENCE_MS;
  for (;;) {
    const seen = await look();
    if (seen !== undefined) return seen;
    if (Date.now() > deadline) throw new Error(`${what} did not happen within ${PATIENCE_MS / 1000} s`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}
