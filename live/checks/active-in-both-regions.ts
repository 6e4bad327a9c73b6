import { SETTLING_WAITS_MS } from '../../lib/passes/settled-state.ts';
import { defineCheck } from '../check.ts';
import type { Judgement } from '../outcome.ts';
import { acceptPair, MAKES_PAIR, makePendingPair, untilActive } from '../scenes/peering.ts';
import type { World } from '../world.ts';

/** @returns seconds */
async function look(world: World): Promise<number> {
  const { home } = world;
  const other = world.other();
  const pair = await makePendingPair(world, other);
  await acceptPair(pair);
  const accepted = Date.now();
  await untilActive(world, pair, [home, other]);
  return (Date.now() - accepted) / 1000;
}

/** As long as the functions look again before they leave it to the next sweep. */
export const LOOKED_FOR_SECONDS = SETTLING_WAITS_MS.reduce((sum, wait) => sum + wait, 0) / 1000;

/** @param seconds from the answer to Accept */
export function judgeWithinSettling(seconds: number): Judgement {
  return {
    verdict: seconds <= LOOKED_FOR_SECONDS ? 'agrees' : 'differs',
    seen: `after ${seconds.toFixed(1)} s`,
  };
}

export const activeInBothRegions = defineCheck({
  name: 'active-in-both-regions',
  question: 'How long after an accept do both Regions show a peering as active?',
  expected: `within ${LOOKED_FOR_SECONDS} s`,
  makes: [`${MAKES_PAIR} (one VPC in each Region)`],
  needs: ['other-region'],
  takes: 'a minute',
  look,
  judge: judgeWithinSettling,
});
