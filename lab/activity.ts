/** Counts the work that is under way, so that a test can wait until the lab is quiet. */
export interface Activity {
  /** Counts the work until it ends; hands its result through. */
  track<T>(work: () => Promise<T>): Promise<T>;
  /** True once nothing has been under way for a moment; false when that took longer than `timeoutMs`. */
  idle(timeoutMs: number): Promise<boolean>;
}

/** Work that follows other work starts within this time. */
const SETTLE_MS = 30;

export function createActivity(): Activity {
  let underWay = 0;
  let lastChange = 0;
  return {
    async track(work) {
      underWay += 1;
      try {
        return await work();
      } finally {
        underWay -= 1;
        lastChange = performance.now();
      }
    },
    async idle(timeoutMs) {
      const deadline = performance.now() + timeoutMs;
      while (underWay > 0 || performance.now() - lastChange < SETTLE_MS) {
        if (performance.now() > deadline) {
          return false;
        }
        await new Promise((resolve) => setTimeout(resolve, 10));
      }
      return true;
    },
  };
}
