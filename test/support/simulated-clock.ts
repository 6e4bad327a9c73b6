import type { Clock } from '../../lib/ports/pace.ts';

export interface SimulatedClock extends Clock {
  /** Runs until the work is done, jumping to the next sleeper's time whenever everything waits. */
  run<Result>(work: Promise<Result>): Promise<Result>;
}

/** Time that passes only while everything sleeps, so that hours of pacing take no time. */
export function createSimulatedClock(start = 0): SimulatedClock {
  let now = start;
  const sleepers: { readonly at: number; readonly wake: () => void }[] = [];
  return {
    now: () => now,
    sleep: (milliseconds) =>
      new Promise((wake) => {
        sleepers.push({ at: now + milliseconds, wake });
      }),
    async run(work) {
      let done = false;
      const finish = () => {
        done = true;
      };
      work.then(finish, finish);
      while (!done) {
        // A macrotask lets every microtask that is ready run first.
        await new Promise((resolve) => setImmediate(resolve));
        if (done || sleepers.length === 0) continue;
        now = Math.min(...sleepers.map(({ at }) => at));
        const due = sleepers.filter(({ at }) => at <= now);
        sleepers.splice(0, sleepers.length, ...sleepers.filter(({ at }) => at > now));
        for (const { wake } of due) wake();
      }
      return work;
    },
  };
}
