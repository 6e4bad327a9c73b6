import type { CheckFacts, Judgement } from './outcome.ts';
import type { World } from './world.ts';

/** A question to AWS that no source settles, and how an account answers it. */

export interface LiveCheck extends CheckFacts {
  /** @throws {NotTried} when the question could not be asked. @throws AWS errors */
  run(world: World): Promise<Judgement>;
}

/** Asking and judging stay apart: `judge` is pure, and calls nothing. */
export function defineCheck<Seen>(
  check: CheckFacts & {
    readonly look: (world: World) => Promise<Seen>;
    readonly judge: (seen: Seen) => Judgement;
  },
): LiveCheck {
  const { look, judge, ...facts } = check;
  return { ...facts, run: async (world) => judge(await look(world)) };
}
