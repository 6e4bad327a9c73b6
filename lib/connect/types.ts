import type { MemoryUpdate } from '../model/memory.ts';
import type { PairNote } from '../model/pair.ts';
import type { ConnectionSize } from './sizes.ts';

/** One of the two VPCs of a pair. */
export interface PairEnd {
  readonly vpcId: string;
  readonly accountId: string;
  readonly region: string;
  /** Its tag `Name`; undefined: it has none, or was not read. */
  readonly name?: string;
}

/**
 * `connected`: a live peering. `requested`: a request that waits for its answer. `to-request`: it is requested next. `waits`: it
 * is wanted, and `why` says for what. `impossible`: their ranges overlap, or are not known. `refused`: a request or peering
 * ended although it is wanted. `kept`, `leaving`, `to-delete`: the product requested it, and it is wanted no more.
 */
export type PairState =
  | 'connected'
  | 'requested'
  | 'to-request'
  | 'waits'
  | 'impossible'
  | 'refused'
  | 'kept'
  | 'leaving'
  | 'to-delete';

/**
 * What keeps the functions from requesting or deleting. `observe`: the policy says `mode: observe`. `frozen`: it says
 * `guardrails.freeze`, or a person froze the Region. `mass-request`: more would be requested at once than
 * `guardrails.maxRequests` lets through without a person's look.
 */
export type PairHeldBy = 'observe' | 'frozen' | 'mass-request';

/** Two VPCs that the policy wants peered, or wanted so before. */
export interface JudgedPair {
  /** The same from either side. */
  readonly key: string;
  /** Of the policy: the name in `connect`, or `mesh`. */
  readonly connection: string;
  /** Who requests it, or did. */
  readonly requester: PairEnd;
  readonly accepter: PairEnd;
  /** What the peering is called, or will be: `A-to-B`. */
  readonly name: string;
  readonly state: PairState;
  readonly peeringId?: string;
  /** One sentence. */
  readonly why: string;
  /** to-request, to-delete: what keeps the functions from it. */
  readonly heldBy?: PairHeldBy;
  /** waits: the VPC that has no room for one more peering. */
  readonly fullVpc?: string;
  /** waits: only for other requests to be answered. */
  readonly isNext?: true;
  /** waits: for EC2 to show what was requested or accepted a moment ago. */
  readonly isUnseen?: true;
  /** leaving: when it is deleted; refused: when it is requested again. */
  readonly until?: Date;
  /** Where it is remembered, and what is from now on. */
  readonly noteRegion: string;
  readonly note?: PairNote;
  /** leaving, to-delete, kept: by what it is wanted no more. `unit`: an account is in the organizational units no longer. */
  readonly lost?: 'tags' | 'unit';
  /** leaving: nobody was told yet, and the waiting time begins with that. */
  readonly isNews?: true;
}

/** What keeps VPCs from being connected until a person does something. Told once. */
export interface ConnectProblem {
  /** Names it among all problems. */
  readonly key: string;
  /** Where it is remembered, and which Region it is about. */
  readonly region: string;
  readonly connection: string;
  readonly vpcId?: string;
  readonly peeringId?: string;
  /** What it was told with: told again when this changes. */
  readonly signature: string;
  /** What is so and why, and what to do. */
  readonly says: string;
}

/** All that `connect` and `mesh` come to. */
export interface Connections {
  /** In the order in which they are requested. */
  readonly pairs: readonly JudgedPair[];
  readonly problems: readonly ConnectProblem[];
  /** Of each connection that has VPCs. */
  readonly sizes: readonly ConnectionSize[];
  /** Sentences about what is known, and may not be meant or soon end. */
  readonly remarks: readonly string[];
  /** By Region: what the registry has to learn although nothing is written in EC2. */
  readonly learned: ReadonlyMap<string, readonly MemoryUpdate[]>;
  /** Sentences about what was not read, and so is not known. */
  readonly unknown: readonly {
    readonly region: string;
    readonly resource: string;
    readonly reason: string;
  }[];
}

/** What is to be requested, now or once other requests are answered. */
export function isNew({ state, isNext }: Pick<JudgedPair, 'state' | 'isNext'>): boolean {
  return state === 'to-request' || isNext === true;
}
