import { DescribeEventBusCommand, EventBridgeClient } from '@aws-sdk/client-eventbridge';
import { ifPresent } from '../../../lib/aws/if-present.ts';
import { fieldsOf, jsonIn } from '../../../lib/model/json.ts';
import { shellWord } from '../../../lib/model/shell-word.ts';
import { shown } from '../../output.ts';
import { MADE_ANEW } from '../made-anew.ts';
import { type Judged, type Look, type Part, type PartsPlace, trouble } from './part.ts';
import type { Resolved } from './resolved.ts';
import { policyTroubles } from './resource-policy.ts';

/** The own bus of the stack, and who may put events on it. */

/** @param isThere whether EventBridge has a bus of this name. */
export function busTroubles(part: Part, isThere: boolean): Judged {
  return isThere
    ? []
    : [
        trouble(
          'fail',
          // PutEvents on a bus that is not there succeeds, and the event is dropped.
          `The event bus ${shown(part.physicalId ?? '', 140)} is gone, and what the functions tell each other is lost without an alarm: no sweep reaches a function, and only what an API call tells of is looked at.`,
          MADE_ANEW,
        ),
      ];
}

async function readBus({ region, clients }: PartsPlace, name: string) {
  const events = clients.of(EventBridgeClient, region);
  return ifPresent('DescribeEventBus', region, name, () =>
    events.send(new DescribeEventBusCommand({ Name: name })),
  );
}

export const lookAtBus: Look = async (part, place) =>
  busTroubles(part, (await readBus(place, part.physicalId ?? '')) !== undefined);

const WITHOUT: Readonly<Record<string, string>> = {
  OwnForwarder: 'events of other managed Regions may be refused here',
};

/** A statement of the template as the bus has it. */
function statementOf({ properties = {} }: Part): Resolved {
  return {
    Sid: properties.StatementId ?? null,
    ...(fieldsOf(properties.Statement) as { readonly [key: string]: Resolved }),
  };
}

/** @param policy as EventBridge gives it; undefined: none. @param all statements that the template wants of this bus. */
export function busPolicyTroubles(
  region: string,
  part: Part,
  { bus, policy, all }: { readonly bus: string; readonly policy?: string; readonly all: readonly Resolved[] },
): Judged {
  const { StatementId } = part.properties ?? {};
  return policyTroubles({
    whose: `The policy of the event bus ${shown(bus, 140)}`,
    without: WITHOUT[String(StatementId)] ?? 'what trusted accounts tell is refused here',
    wanted: [statementOf(part)],
    seen: policy === undefined ? undefined : jsonIn(policy),
    setBy: () =>
      `aws events put-permission --region ${region} --event-bus-name ${shellWord(bus)} --policy ${shellWord(JSON.stringify({ Version: '2012-10-17', Statement: all }))}`,
  });
}

export const lookAtBusPolicy: Look = async (part, place) => {
  const bus = part.properties?.EventBusName;
  if (typeof bus !== 'string') {
    return 'not judged';
  }
  const found = await readBus(place, bus);
  return found === undefined
    ? []
    : busPolicyTroubles(place.region, part, {
        bus,
        all: place.stackParts.filter(({ type }) => type === part.type).map(statementOf),
        ...(found.Policy === undefined ? {} : { policy: found.Policy }),
      });
};
