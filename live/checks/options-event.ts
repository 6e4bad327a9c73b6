import { defineCheck } from '../check.ts';
import { NotTried } from '../not-tried.ts';
import type { Judgement } from '../outcome.ts';
import { CALLS_PACE_MS, isCall, listenForCalls } from '../scenes/inbox.ts';
import { MAKES_PAIR } from '../scenes/peering.ts';
import { until, type World } from '../world.ts';
import { makeAcceptedPair, setOptions } from './options-after-accept.ts';

const CALL = 'ModifyVpcPeeringConnectionOptions';

/** @returns `requestParameters` of the event */
async function look(world: World): Promise<unknown> {
  const { home, patience } = world;
  const inbox = await listenForCalls(world, home, [CALL]);
  const pair = await makeAcceptedPair(world);
  const event = await until(
    patience,
    patience.longest,
    async () => {
      // Again and again: a new rule takes a while to work.
      await setOptions(world, pair);
      return inbox.find(isCall(CALL, pair.peeringId));
    },
    { pace: CALLS_PACE_MS },
  );
  if (event === undefined) {
    throw new NotTried(
      `No event of CloudTrail came within ${patience.longest / 1000} s.`,
      'The account needs a trail with management events. Or give it longer with --longest SECONDS.',
    );
  }
  const { detail } = JSON.parse(event) as { readonly detail?: { readonly requestParameters?: unknown } };
  return detail?.requestParameters;
}

function keysOf(value: unknown): readonly string[] {
  return typeof value === 'object' && value !== null ? Object.keys(value) : [];
}

/** @param parameters as CloudTrail recorded them */
export function judgeOptionsEvent(parameters: unknown): Judgement {
  const names = keysOf(parameters);
  if (names.includes('vpcPeeringConnectionId')) {
    return { verdict: 'agrees', seen: 'flat' };
  }
  const [around] = names;
  return {
    verdict: 'differs',
    seen: around === undefined ? 'no parameters' : `one level down, in ${around}`,
  };
}

export const optionsEvent = defineCheck({
  name: 'options-event',
  question: `Does CloudTrail record the parameters of ${CALL} flat, or one level down?`,
  expected: 'flat',
  makes: [MAKES_PAIR, 'a rule and a queue'],
  needs: [],
  takes: '2 to 15 minutes',
  look,
  judge: judgeOptionsEvent,
});
