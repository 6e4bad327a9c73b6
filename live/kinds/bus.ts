import {
  CreateEventBusCommand,
  DeleteEventBusCommand,
  EventBridgeClient,
  ListEventBusesCommand,
  ListTagsForResourceCommand,
} from '@aws-sdk/client-eventbridge';
import type { Place } from '../account.ts';
import { type Kind, NAME_PREFIX, TAG_KEY, unlessGone } from '../ledger.ts';
import type { World } from '../world.ts';

export const BUS: Kind = {
  name: 'event bus',
  async remove(place, id) {
    await place.of(EventBridgeClient).send(new DeleteEventBusCommand({ Name: id }));
  },
  async tagged(place) {
    const events = place.of(EventBridgeClient);
    const { EventBuses = [] } = await events.send(new ListEventBusesCommand({ NamePrefix: NAME_PREFIX }));
    const found: { id: string; run: string }[] = [];
    for (const { Name = '', Arn } of EventBuses) {
      const tags = await unlessGone(() => events.send(new ListTagsForResourceCommand({ ResourceARN: Arn })));
      const run = tags?.Tags?.find(({ Key }) => Key === TAG_KEY)?.Value;
      if (run !== undefined) found.push({ id: Name, run });
    }
    return found;
  },
  byHand: ({ cliOptions }, id) => `aws events delete-event-bus${cliOptions} --name ${id}`,
};

export interface Bus {
  readonly name: string;
  readonly arn: string;
}

export async function makeBus({ ledger }: World, place: Place, what: string): Promise<Bus> {
  const name = ledger.nameFor(what);
  await ledger.makeNamed(BUS, place, name, () =>
    place.of(EventBridgeClient).send(new CreateEventBusCommand({ Name: name, Tags: [ledger.tag] })),
  );
  return {
    name,
    arn: `arn:${place.partition}:events:${place.region}:${place.accountId}:event-bus/${name}`,
  };
}
