import { defineCheck } from '../check.ts';
import { NotTried } from '../not-tried.ts';
import type { Judgement } from '../outcome.ts';
import { MAKES_TWO_BUSES, makeTwoBuses, PACE_MS } from '../scenes/two-buses.ts';
import { awaited, until, type World } from '../world.ts';

async function look(world: World): Promise<'needed' | 'not needed'> {
  const { home, patience } = world;
  const buses = await makeTwoBuses(world, world.other(), home);
  const refusal = await buses.connect();
  if (refusal !== undefined) {
    throw new NotTried(
      `EventBridge takes no bus of another Region as a target here. ${refusal}`,
      'Nothing is to be done; please send this.',
    );
  }
  const arrives = (marker: string) => async () => {
    // Again and again: a new role takes a while to be known.
    await buses.put(marker);
    return buses.arrived.find((body) => body.includes(marker));
  };
  const without = await until(patience, patience.quiet, arrives('without a statement'), { pace: PACE_MS });
  if (without !== undefined) {
    return 'not needed';
  }
  await buses.allowOwnAccount();
  await awaited(patience, 'An event from the other Region', arrives('with a statement'), { pace: PACE_MS });
  return 'needed';
}

export function judgeOwnBusStatement(seen: 'needed' | 'not needed'): Judgement {
  return { verdict: seen === 'needed' ? 'agrees' : 'differs', seen: `a statement is ${seen}` };
}

export const ownBusStatement = defineCheck({
  name: 'own-bus-statement',
  question: 'Does a bus ask its policy about rules of its own account in another Region?',
  expected: 'a statement is needed',
  makes: [MAKES_TWO_BUSES],
  needs: ['other-region'],
  takes: '3 minutes',
  look,
  judge: judgeOwnBusStatement,
});
