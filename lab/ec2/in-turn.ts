/** Runs pieces of work one after the other: between a check and the write that it allows nothing else gets in. */
export function createTurns(): <T>(key: string, work: () => Promise<T>) => Promise<T> {
  const last = new Map<string, Promise<unknown>>();
  return (key, work) => {
    const before = last.get(key) ?? Promise.resolve();
    // The next piece runs whether the one before it failed or not; the failure goes to its own caller.
    const mine = before.then(work, work);
    last.set(key, mine);
    const forget = () => {
      if (last.get(key) === mine) {
        last.delete(key);
      }
    };
    mine.then(forget, forget);
    return mine;
  };
}
