import type { HistoryEvent } from '../../lib/model/history.ts';
import type { MemoryUpdate, Note, OwnRoute, RegionMemory } from '../../lib/model/memory.ts';
import { unpacked } from '../../lib/model/ping-notes.ts';
import type { Memory } from '../../lib/ports/memory.ts';
import { repairKey } from '../../lib/routing/contested.ts';

export type MemoryCall = 'read' | 'readNote' | 'update';

export interface MemoryStoreOptions {
  /** `observe`: nothing is written. Default: `enforce`. */
  readonly mode?: 'enforce' | 'observe';
  /**
   * Thrown instead of the call, while it answers with an error. Asked for `update` once for each update, so that some of
   * several fail; the others are done.
   */
  readonly fail?: (call: MemoryCall, update?: MemoryUpdate) => Error | undefined;
  /** What notes and repairs end by, in seconds since the epoch. Default: nothing ends. */
  readonly now?: () => number;
  /** One whose copy this is in the beginning. Default: a new one. */
  readonly like?: { contents(): Contents };
}

/** Destinations that one peering and rule have in one table. */
interface Claim extends OwnRoute {
  readonly routeTableId: string;
  readonly destinations: Set<string>;
  /** The number of the update that last added one. */
  addedAt: number;
}

interface Kept {
  readonly claims: Map<string, Claim>;
  readonly repairs: Map<string, readonly number[]>;
  readonly notes: Map<string, Note & { readonly expiresAt?: number }>;
}

/** All that a store holds. */
interface Contents {
  readonly regions: Map<string, Kept>;
  readonly calls: string[];
  readonly events: HistoryEvent[];
  updates: number;
}

function copyOf({ regions, calls, events, updates }: Contents): Contents {
  return {
    regions: new Map(
      [...regions].map(([region, { claims, repairs, notes }]) => {
        const copied = [...claims].map(
          ([key, claim]) => [key, { ...claim, destinations: new Set(claim.destinations) }] as const,
        );
        return [region, { claims: new Map(copied), repairs: new Map(repairs), notes: new Map(notes) }];
      }),
    ),
    calls: [...calls],
    // An event is known by its identity.
    events: [...events],
    updates,
  };
}

/**
 * The memory of the product, in memory. Like the real one it keeps own routes by table, peering and rule: a destination that
 * is noted for two of them is that of the one to which something was added last, until `not-own` is said of it.
 */
export function createMemoryStore({ mode = 'enforce', fail, now, like }: MemoryStoreOptions = {}) {
  const contents: Contents = like?.contents() ?? { regions: new Map(), calls: [], events: [], updates: 0 };
  /** Calls: `read us-east-1`, `note us-east-1 told abc`, `own us-east-1 rtb-1 10.2.0.0/16 pcx-1 rule`: in order, also those that failed. */
  const { regions, calls, events } = contents;

  function keptOf(region: string): Kept {
    const kept = regions.get(region) ?? { claims: new Map(), repairs: new Map(), notes: new Map() };
    regions.set(region, kept);
    return kept;
  }

  function failing(call: MemoryCall, update?: MemoryUpdate): void {
    const error = fail?.(call, update);
    if (error !== undefined) {
      throw error;
    }
  }

  function change({ claims, repairs, notes }: Kept, update: MemoryUpdate): void {
    switch (update.kind) {
      case 'own':
      case 'not-own': {
        const { routeTableId, destination, peeringId, rule } = update;
        const key = `${routeTableId}#${peeringId}#${rule}`;
        const known = claims.get(key);
        if (update.kind === 'not-own') {
          known?.destinations.delete(destination);
          break;
        }
        const claim = known ?? { routeTableId, peeringId, rule, destinations: new Set(), addedAt: 0 };
        claim.destinations.add(destination);
        claim.addedAt = contents.updates;
        claims.set(key, claim);
        break;
      }
      case 'repaired':
        if (update.times.length === 0) {
          repairs.delete(repairKey(update));
        } else {
          repairs.set(repairKey(update), update.times);
        }
        break;
      case 'note': {
        const { key, value, at, expiresAt } = update;
        notes.set(key, { value, at, ...(expiresAt === undefined ? {} : { expiresAt }) });
        break;
      }
      case 'forget-note':
        notes.delete(update.key);
        break;
      case 'event':
        events.push(update.event);
        break;
      case 'forget-event':
        events.splice(events.indexOf(update.event), 1);
    }
  }

  function isOver({ expiresAt }: { readonly expiresAt?: number }): boolean {
    return expiresAt !== undefined && expiresAt <= (now?.() ?? 0);
  }

  function snapshot(region: string): RegionMemory {
    const kept = keptOf(region);
    const routes = new Map<string, Map<string, OwnRoute>>();
    const inOrder = [...kept.claims].sort(
      ([aKey, a], [bKey, b]) => a.addedAt - b.addedAt || (aKey < bKey ? -1 : 1),
    );
    for (const [, { routeTableId, peeringId, rule, destinations }] of inOrder) {
      for (const destination of destinations) {
        const table = routes.get(routeTableId) ?? new Map<string, OwnRoute>();
        routes.set(routeTableId, table.set(destination, { peeringId, rule }));
      }
    }
    const time = now?.() ?? 0;
    return {
      registry: 'known',
      routes,
      repairs: new Map([...kept.repairs].filter(([, times]) => time - (times.at(-1) ?? 0) < 3600)),
      notes: unpacked(
        new Map(
          [...kept.notes].flatMap(([key, note]) =>
            isOver(note) ? [] : [[key, { value: note.value, at: note.at }] as const],
          ),
        ),
        time,
      ),
    };
  }

  const memory: Memory = {
    async read(region) {
      calls.push(`read ${region}`);
      failing('read');
      return snapshot(region);
    },
    async readNote(region, key) {
      calls.push(`readNote ${region} ${key}`);
      failing('readNote');
      const note = keptOf(region).notes.get(key);
      return note === undefined || isOver(note) ? undefined : { value: note.value, at: note.at };
    },
    async update(region, given) {
      if (mode === 'observe') {
        return;
      }
      contents.updates += 1;
      const errors: unknown[] = [];
      for (const update of given) {
        // For people to look up: no pass depends on it, so it is not among what is written for the next one.
        if (update.kind !== 'event' && update.kind !== 'forget-event') calls.push(textOf(region, update));
        try {
          failing('update', update);
          change(keptOf(region), update);
        } catch (error) {
          errors.push(error);
        }
      }
      if (errors.length > 0) {
        throw errors[0];
      }
    },
  };
  return {
    ...memory,
    calls,
    /** The history, in order. */
    events,
    snapshot,
    /** A copy of all that it holds. */
    contents: (): Contents => copyOf(contents),
    /** What was to be written, in order. */
    writes: () => calls.filter((call) => !/^read(Note)? /.test(call)),
  };
}

function textOf(region: string, update: MemoryUpdate): string {
  switch (update.kind) {
    case 'own':
    case 'not-own':
      return [
        update.kind,
        region,
        update.routeTableId,
        update.destination,
        update.peeringId,
        update.rule,
      ].join(' ');
    case 'repaired':
      return `repaired ${region} ${update.routeTableId} ${update.destination} ${update.times.length}`;
    case 'event':
    case 'forget-event':
      return `${update.kind} ${region} ${update.event.what}`;
    default:
      return `${update.kind} ${region} ${update.key}`;
  }
}

export type MemoryStore = ReturnType<typeof createMemoryStore>;
