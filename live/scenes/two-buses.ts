import { EventBridgeClient, PutEventsCommand, PutPermissionCommand } from '@aws-sdk/client-eventbridge';
import { classifyAwsError } from '../../lib/model/aws-error.ts';
import type { Place } from '../account.ts';
import { type Bus, makeBus } from '../kinds/bus.ts';
import { makeRole } from '../kinds/role.ts';
import { makeRule, setTarget } from '../kinds/rule.ts';
import { until, type World } from '../world.ts';
import { type Inbox, makeInbox } from './inbox.ts';

/** A rule in one Region whose target is a bus in another Region of the same account. */
export interface TwoBuses {
  /**
   * Makes the last bus the target of the rule; again and again, because a new role takes a while to be known.
   * @returns in which words EventBridge refuses it; undefined: it takes it
   */
  connect(): Promise<string | undefined>;
  /** Gives the bus at the end a statement for the whole account. */
  allowOwnAccount(): Promise<void>;
  /** Puts an event on the bus at the beginning. */
  put(marker: string): Promise<void>;
  readonly arrived: Inbox;
}

export const MAKES_TWO_BUSES = 'an event bus, a rule and a queue in each of two Regions, and a role';

/** Puts and looks are this far apart. */
export const PACE_MS = 2000;

const SOURCE = 'peering-autopilot.live-check';

export async function makeTwoBuses(world: World, from: Place, to: Place): Promise<TwoBuses> {
  const first: Bus = await makeBus(world, from, 'from');
  const last: Bus = await makeBus(world, to, 'to');
  const arrived = await makeInbox(world, to, ['events.amazonaws.com']);
  const pattern = { source: [SOURCE] };
  const arrival = await makeRule(world, to, { what: 'arrival', bus: last.name, pattern });
  await setTarget(arrival, { Arn: arrived.queue.arn });
  const RoleArn = await makeRole(world, from, {
    what: 'carrier',
    trusts: { Service: 'events.amazonaws.com' },
    may: [{ Action: 'events:PutEvents', Resource: last.arn }],
  });
  const departure = await makeRule(world, from, { what: 'departure', bus: first.name, pattern });
  return {
    arrived,
    async connect() {
      let refusal: string | undefined;
      const taken = await until(
        world.patience,
        world.patience.quiet,
        async () => {
          try {
            await setTarget(departure, { Arn: last.arn, RoleArn });
            return 'taken';
          } catch (error) {
            const { kind, code, message } = classifyAwsError(error);
            if (kind === 'denied' || kind === 'throttled' || kind === 'transient') throw error;
            refusal = `${code}: ${message}`;
            return undefined;
          }
        },
        { pace: PACE_MS },
      );
      return taken === undefined ? refusal : undefined;
    },
    async allowOwnAccount() {
      await to.of(EventBridgeClient).send(
        new PutPermissionCommand({
          EventBusName: last.name,
          Policy: JSON.stringify({
            Version: '2012-10-17',
            Statement: [
              {
                Sid: 'own-account',
                Effect: 'Allow',
                Principal: { AWS: `arn:${to.partition}:iam::${to.accountId}:root` },
                Action: 'events:PutEvents',
                Resource: last.arn,
              },
            ],
          }),
        }),
      );
    },
    async put(marker) {
      await from.of(EventBridgeClient).send(
        new PutEventsCommand({
          Entries: [
            {
              EventBusName: first.name,
              Source: SOURCE,
              DetailType: 'Live Check',
              Detail: JSON.stringify({ marker }),
            },
          ],
        }),
      );
    },
  };
}
