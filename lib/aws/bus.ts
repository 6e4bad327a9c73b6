import { EventBridgeClient, PutEventsCommand } from '@aws-sdk/client-eventbridge';
import type { BusEvent } from '../model/events.ts';
import { EVENT_SOURCE } from '../model/names.ts';
import type { Bus, PeerBuses } from '../ports/outbox.ts';
import { type Clients, createClients } from './clients.ts';

/** PutEvents takes at most 10 entries a call (EventBridge API reference). */
const ENTRIES_PER_CALL = 10;

/** Has the code of an entry, so that one that was throttled is tried again like a call that was. */
class EventsRefused extends Error {
  override readonly name = 'EventsRefused';
  readonly code: string;

  constructor(code: string, message: string) {
    super(message);
    this.code = code;
  }
}

async function put(
  events: EventBridgeClient,
  eventBusName: string,
  entries: readonly BusEvent[],
): Promise<void> {
  for (let start = 0; start < entries.length; start += ENTRIES_PER_CALL) {
    const answer = await events.send(
      new PutEventsCommand({
        Entries: entries.slice(start, start + ENTRIES_PER_CALL).map(({ type, detail }) => ({
          EventBusName: eventBusName,
          Source: EVENT_SOURCE,
          DetailType: type,
          Detail: JSON.stringify(detail),
        })),
      }),
    );
    // PutEvents answers 200 even when it refused some of the entries.
    const refused = (answer.Entries ?? []).find((entry) => entry.ErrorCode !== undefined);
    if ((answer.FailedEntryCount ?? 0) > 0) {
      throw new EventsRefused(
        refused?.ErrorCode ?? 'Unknown',
        `EventBridge did not take ${answer.FailedEntryCount} of ${entries.length} events for bus ${eventBusName}: ${refused?.ErrorCode ?? 'no code'} ${refused?.ErrorMessage ?? ''}`.trim(),
      );
    }
  }
}

/** The product's own bus, in the Region of deployment. */
export function createBus(eventBusName: string, clients: Clients = createClients()): Bus {
  return { publish: (entries) => put(clients.of(EventBridgeClient), eventBusName, entries) };
}

/**
 * Buses of the same name in other accounts, in this stack's own Region: accounts that trust each other deploy the
 * product with the same stage and home Region, as a StackSet does.
 */
export function createPeerBuses(ownBusArn: string, clients: Clients = createClients()): PeerBuses {
  return {
    publishTo(accountId, event) {
      const arnFields = ownBusArn.split(':');
      arnFields[4] = accountId;
      return put(clients.of(EventBridgeClient), arnFields.join(':'), [event]);
    },
  };
}
