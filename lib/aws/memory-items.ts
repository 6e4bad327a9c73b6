import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import type { Note, OwnRoute, RegionMemory } from '../model/memory.ts';
import { unpacked } from '../model/ping-notes.ts';

/**
 * How the items of the table look. Partition key `region`, sort key `item`:
 *
 * | item | attributes |
 * |---|---|
 * | `route#<route table>#<peering>#<rule>` | `destinations`: set of CIDRs; `at`: when one was last added, in milliseconds |
 * | `repair#<route table>#<destination>` | `times`: seconds since the epoch, oldest first; `expires` |
 * | `note#<key>` | `value`; `at`: seconds since the epoch; `expires`, if it ends |
 * | `note#pings <number>` | the same, of many notes together: `model/ping-notes.ts` |
 *
 * `expires` is DynamoDB's time to live, in seconds since the epoch. DynamoDB deletes some days later, so it is looked at here
 * too.
 */
export type Item = Readonly<Record<string, AttributeValue>>;

export function routeItem(routeTableId: string, { peeringId, rule }: OwnRoute): string {
  return `route#${routeTableId}#${peeringId}#${rule}`;
}

export function repairItem(routeTableId: string, destination: string): string {
  return `repair#${routeTableId}#${destination}`;
}

export function noteItem(key: string): string {
  return `note#${key}`;
}

/** Nobody's repair counts for longer: an hour after the last one, repairing starts anew. */
export const REPAIR_KEPT_SECONDS = 60 * 60;

function numberIn(value: AttributeValue | undefined): number | undefined {
  const number = value?.N === undefined ? Number.NaN : Number(value.N);
  return Number.isFinite(number) ? number : undefined;
}

function isOver({ expires }: Item, nowSeconds: number): boolean {
  const end = numberIn(expires);
  return end !== undefined && end <= nowSeconds;
}

/** @returns undefined for an item that is over, or none of ours. */
export function noteFrom(item: Item, nowSeconds: number): Note | undefined {
  const value = item.value?.S;
  const at = numberIn(item.at);
  return value === undefined || at === undefined || isOver(item, nowSeconds) ? undefined : { value, at };
}

function timesIn(item: Item): readonly number[] {
  return (item.times?.L ?? []).flatMap((each) => numberIn(each) ?? []);
}

/**
 * Collects what a Region's items say, page by page. Whatever is not written as above is left out: another version may have
 * written it.
 */
export function createItemReader(nowSeconds: number) {
  const routes = new Map<string, Map<string, OwnRoute>>();
  const repairs = new Map<string, readonly number[]>();
  const notes = new Map<string, Note>();
  /** When the item that an own route came from was last added to. One object for each item, however many destinations. */
  const addedAt = new Map<OwnRoute, number>();

  /** A destination of which two peerings are noted (a move whose second half failed) is that of the later one. */
  function addRoutes(name: string, item: Item): void {
    const [routeTableId, peeringId, rule, ...rest] = name.split('#');
    const destinations = item.destinations?.SS;
    if (!routeTableId || !peeringId || !rule || rest.length > 0 || destinations === undefined) {
      return;
    }
    const own: OwnRoute = { peeringId, rule };
    const at = numberIn(item.at) ?? 0;
    addedAt.set(own, at);
    const table = routes.get(routeTableId) ?? new Map<string, OwnRoute>();
    routes.set(routeTableId, table);
    for (const destination of destinations) {
      const other = table.get(destination);
      if (other === undefined || (addedAt.get(other) ?? 0) <= at) {
        table.set(destination, own);
      }
    }
  }

  function addRepairs(name: string, item: Item): void {
    const [routeTableId, destination, ...rest] = name.split('#');
    const times = timesIn(item);
    if (routeTableId && destination && rest.length === 0 && times.length > 0 && !isOver(item, nowSeconds)) {
      // As `repairKey` names a route.
      repairs.set(`${routeTableId}=${destination}`, times);
    }
  }

  return {
    add(item: Item): void {
      const name = item.item?.S ?? '';
      const end = name.indexOf('#');
      const rest = name.slice(end + 1);
      switch (name.slice(0, end)) {
        case 'route':
          addRoutes(rest, item);
          break;
        case 'repair':
          addRepairs(rest, item);
          break;
        case 'note': {
          const note = noteFrom(item, nowSeconds);
          if (note !== undefined) {
            notes.set(rest, note);
          }
        }
      }
    },
    read: (): RegionMemory => ({ registry: 'known', routes, repairs, notes: unpacked(notes, nowSeconds) }),
  };
}
