import { EventBridgeClient, PutEventsCommand } from '@aws-sdk/client-eventbridge';
import { classifyAwsError } from '../../lib/model/aws-error.ts';
import { defineCheck } from '../check.ts';
import type { Judgement } from '../outcome.ts';
import type { World } from '../world.ts';

export interface Answer {
  /** `call`: the whole call is refused. `entry`: it succeeds, and says that the entry failed. */
  readonly refuses: 'call' | 'entry' | 'nothing';
  readonly code?: string;
}

async function look(world: World): Promise<Answer> {
  const { accountId, region, partition } = world.peer();
  try {
    const { Entries = [] } = await world.home.of(EventBridgeClient).send(
      new PutEventsCommand({
        Entries: [
          {
            EventBusName: `arn:${partition}:events:${region}:${accountId}:event-bus/${world.ledger.nameFor('nowhere')}`,
            Source: 'peering-autopilot.live-check',
            DetailType: 'Live Check',
            Detail: '{}',
          },
        ],
      }),
    );
    const code = Entries[0]?.ErrorCode;
    return code === undefined ? { refuses: 'nothing' } : { refuses: 'entry', code };
  } catch (error) {
    const { kind, code } = classifyAwsError(error);
    if (kind === 'throttled' || kind === 'transient' || code === 'Unknown') throw error;
    return { refuses: 'call', code };
  }
}

export function judgeBusNotThere({ refuses, code }: Answer): Judgement {
  if (refuses === 'nothing') {
    return { verdict: 'differs', seen: 'succeeds' };
  }
  const seen = refuses === 'entry' ? `fails the entry with ${code}` : `refuses the call with ${code}`;
  return { verdict: seen === EXPECTED ? 'agrees' : 'differs', seen };
}

const EXPECTED = 'fails the entry with AccessDeniedException';

export const busNotThere = defineCheck({
  name: 'bus-not-there',
  question: 'How does PutEvents answer for a bus in another account that is not there?',
  expected: EXPECTED,
  makes: ['one event, for a bus of the second account that is not there'],
  needs: ['peer'],
  takes: 'seconds',
  look,
  judge: judgeBusNotThere,
});
