import { CloudTrailClient, LookupEventsCommand } from '@aws-sdk/client-cloudtrail';
import { AwsCallError } from '../../lib/aws/call-error.ts';
import { createClient } from '../../lib/aws/clients.ts';
import { fieldsOf } from '../../lib/model/json.ts';
import type { PeeringEnd } from '../../lib/model/network.ts';

/** Pages of 50 events, the newest first: LookupEvents allows two calls a second. */
const PAGES = 4;

/** Who called, as the messages of the stack name them. */
function actorIn(identity: unknown): string | undefined {
  const { arn, invokedBy, type } = fieldsOf(identity);
  return [arn, invokedBy, type].find((each) => typeof each === 'string');
}

function endIn(record: string | undefined): { readonly peeringId: string; readonly by?: string } | undefined {
  const event = fieldsOf(JSON.parse(record ?? '{}'));
  const { vpcPeeringConnectionId } = fieldsOf(event.requestParameters);
  const by = actorIn(event.userIdentity);
  return typeof vpcPeeringConnectionId !== 'string' || event.errorCode !== undefined
    ? undefined
    : { peeringId: vpcPeeringConnectionId, ...(by === undefined ? {} : { by }) };
}

/**
 * Who deleted these peerings, and when, as CloudTrail keeps it for 90 days without any trail ("Event history"). A peering that
 * the other account deleted is not in the own history.
 */
export async function readPeeringEnds(
  region: string,
  peeringIds: ReadonlySet<string>,
): Promise<Map<string, PeeringEnd>> {
  const cloudtrail = createClient(CloudTrailClient, { region });
  const ends = new Map<string, PeeringEnd>();
  let NextToken: string | undefined;
  try {
    for (let page = 0; page < PAGES && ends.size < peeringIds.size; page += 1) {
      const answer = await cloudtrail.send(
        new LookupEventsCommand({
          LookupAttributes: [{ AttributeKey: 'EventName', AttributeValue: 'DeleteVpcPeeringConnection' }],
          MaxResults: 50,
          NextToken,
        }),
      );
      for (const { EventTime, CloudTrailEvent } of answer.Events ?? []) {
        const end = endIn(CloudTrailEvent);
        if (EventTime !== undefined && end !== undefined && peeringIds.has(end.peeringId)) {
          ends.set(end.peeringId, { at: EventTime, ...(end.by === undefined ? {} : { by: end.by }) });
        }
      }
      NextToken = answer.NextToken;
      if (NextToken === undefined) break;
    }
  } catch (error) {
    throw new AwsCallError('LookupEvents', region, 'DeleteVpcPeeringConnection', error);
  }
  return ends;
}
