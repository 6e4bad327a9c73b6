import type { HistoryEvent } from './history.ts';

/**
 * What the product remembers of one Region between passes: its registry of own routes, and all else that people must not
 * be told twice or that has to be counted. Pure code gets it as data; `ports/memory.ts` says how it is kept.
 */

/** A route that this product wrote, or found in place as the policy wants it and adopted. */
export interface OwnRoute {
  readonly peeringId: string;
  /** The rule that asked for it then. */
  readonly rule: string;
}

/** By route table, then by canonical destination. */
export type OwnRoutes = ReadonlyMap<string, ReadonlyMap<string, OwnRoute>>;

/** Something noted: that people were told of a finding, that a target did not answer, what the peer account says. */
export interface Note {
  readonly value: string;
  /** When it was noted, in seconds since the epoch. */
  readonly at: number;
  /** Seconds since the epoch after which it may go: only of what is written again together with others (`ping-notes.ts`). */
  readonly expiresAt?: number;
}

export interface RegionMemory {
  /**
   * `none`: there is no registry to ask (a snapshot without one, a stack that is not there). Then no route is known to be
   * the product's own, and nothing that is missing is drift.
   */
  readonly registry: 'known' | 'none';
  readonly routes: OwnRoutes;
  /** By `repairKey`: when a route was repaired, in seconds since the epoch, oldest first, the last few only. */
  readonly repairs: ReadonlyMap<string, readonly number[]>;
  readonly notes: ReadonlyMap<string, Note>;
  /** When it was read, where that is not now: of a snapshot that says so. */
  readonly readAt?: Date;
}

export const NOTHING_REMEMBERED: RegionMemory = {
  registry: 'known',
  routes: new Map(),
  repairs: new Map(),
  notes: new Map(),
};

/** For a network that is looked at without the product's memory. */
export const NO_MEMORY: RegionMemory = { ...NOTHING_REMEMBERED, registry: 'none' };

/**
 * The note that says that tags of versions without a registry count no longer: what they said of own routes is in the registry.
 * Otherwise a tag would speak again once the last own route of its peering is gone.
 */
export const MARKS_ADOPTED = 'marks-adopted';

/** One thing to remember or to forget. All are idempotent: the same update twice is the same as once. */
export type MemoryUpdate =
  | ({ readonly kind: 'own'; readonly routeTableId: string; readonly destination: string } & OwnRoute)
  | ({ readonly kind: 'not-own'; readonly routeTableId: string; readonly destination: string } & OwnRoute)
  | {
      readonly kind: 'repaired';
      readonly routeTableId: string;
      readonly destination: string;
      /** All times to keep, in seconds since the epoch; what is older than an hour may be dropped by itself. */
      readonly times: readonly number[];
    }
  | {
      readonly kind: 'note';
      readonly key: string;
      readonly value: string;
      /** Seconds since the epoch. */
      readonly at: number;
      /** Seconds since the epoch after which it may go. */
      readonly expiresAt?: number;
    }
  | { readonly kind: 'forget-note'; readonly key: string }
  /** Something that happened, for people to look up. No pass reads it. */
  | { readonly kind: 'event'; readonly event: HistoryEvent }
  /** Something that was about to happen, and did not. */
  | { readonly kind: 'forget-event'; readonly event: HistoryEvent };
