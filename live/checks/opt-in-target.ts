import { defineCheck } from '../check.ts';
import type { Judgement } from '../outcome.ts';
import { MAKES_TWO_BUSES, makeTwoBuses, PACE_MS } from '../scenes/two-buses.ts';
import { until, type World } from '../world.ts';

export interface Carried {
  readonly region: string;
  /** In which words PutTargets refuses the bus. */
  readonly refused?: string;
  readonly event?: 'arrives' | 'does not arrive';
}

async function look(world: World): Promise<Carried> {
  const { home, patience } = world;
  const away = world.optedInto();
  const { region } = away;
  const buses = await makeTwoBuses(world, home, away);
  await buses.allowOwnAccount();
  const refused = await buses.connect();
  if (refused !== undefined) {
    return { region, refused };
  }
  const event = await until(
    patience,
    patience.quiet,
    async () => {
      await buses.put('carried');
      return buses.arrived.find((body) => body.includes('carried'));
    },
    { pace: PACE_MS },
  );
  return { region, event: event === undefined ? 'does not arrive' : 'arrives' };
}

export function judgeOptInTarget({ region, refused, event }: Carried): Judgement {
  if (refused !== undefined) {
    return { verdict: 'differs', seen: `PutTargets refuses a bus in ${region}: ${refused}` };
  }
  return {
    verdict: event === 'arrives' ? 'agrees' : 'differs',
    seen: `PutTargets takes a bus in ${region}, and an event ${event}`,
  };
}

export const optInTarget = defineCheck({
  name: 'opt-in-target',
  question:
    'Does EventBridge take a bus in a Region that has to be opted into as the target of a rule in another Region?',
  expected: 'PutTargets takes it, and an event arrives',
  makes: [`${MAKES_TWO_BUSES}; one of them has to be opted into`],
  needs: ['opt-in-region'],
  takes: '3 minutes',
  look,
  judge: judgeOptInTarget,
});
