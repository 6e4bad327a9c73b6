import type { Connections } from '../connect/types.ts';
import type { Acceptance } from '../model/acceptance.ts';
import type { AddressPlan } from '../model/address-plan.ts';
import type { DeniedReads } from '../model/aws-error.ts';
import type { Change, DesiredRoute } from '../model/change.ts';
import type { Finding } from '../model/finding.ts';
import type { HeldBy } from '../model/held-by.ts';
import type { RegionInventory } from '../model/inventory.ts';
import type { MemoryUpdate, RegionMemory } from '../model/memory.ts';
import type { UnitAnswers } from '../model/organizational-unit.ts';
import type { Peering, PeeringView } from '../model/peering.ts';
import type { Blind, TargetWatch } from '../model/watch-notes.ts';
import type { Decision, DecisionFacts } from '../policy/decision.ts';
import type { FactsOptions } from '../policy/facts.ts';
import type { WantedOption } from '../routing/options.ts';
import type { LedAway } from '../routing/plan.ts';
import type { QuotaWarning } from '../routing/quota.ts';

/** All that was read of one account. */
export interface NetworkState {
  readonly accountId: string;
  /** Regions in which the product works. */
  readonly managedRegions: readonly string[];
  readonly regions: readonly RegionInventory[];
  /** Other accounts' Regions that were read as well; they only tell whether the other end of a peering is routed. */
  readonly others?: readonly RegionInventory[];
  readonly organization?: FactsOptions;
  /** What AWS Organizations says of the units in which `connect` looks for spokes. Left out: nobody asked. */
  readonly units?: UnitAnswers;
  /** Left out: IPAM was not asked. Then nothing counts as allocated, where the policy names an address plan. */
  readonly addressPlan?: AddressPlan;
  /** By peering: what a person is about to accept, judged as if it were so. Only a command that shows it has any. */
  readonly proposed?: ReadonlyMap<string, Acceptance>;
  /**
   * Requests of this account that the accounts which answer them are about to accept. Only a command that judges those beside this
   * one knows of any.
   */
  readonly acceptedElsewhere?: ReadonlySet<string>;
  /** What could not be read, and why. */
  readonly unread?: readonly NotJudged[];
  /** By Region of those: the reads that AWS denies, until a person does something about it. */
  readonly denied?: ReadonlyMap<string, Pick<DeniedReads, 'calls' | 'code'>>;
  /**
   * What `connect` and `mesh` come to, where every managed Region was read as a whole (`connectionsOf`). Left out: only some of
   * it was read, so nothing is said of them.
   */
  readonly connections?: Connections;
}

/** What is remembered, by Region. A Region without an entry has no memory (`NO_MEMORY`). */
export type NetworkMemory = ReadonlyMap<string, RegionMemory>;

/** Something about which nothing can be said. */
export interface NotJudged {
  readonly region: string;
  /** `us-east-1`, `rtb-…`, `pcx-…`, `pl-…`. */
  readonly resource: string;
  /** One sentence. */
  readonly reason: string;
}

/** How the routes of a view stand, by where addresses lead. */
export interface ViewRoutes {
  /** Destinations that the policy wants in the tables of the local VPC. */
  readonly desired: number;
  /** Of these: how many lead to the peering now. */
  readonly present: number;
}

/** One view of a peering that is not dead, with what the policy makes of it. */
export interface AssessedView {
  readonly view: PeeringView;
  readonly facts: DecisionFacts;
  /** Of a request: the answer to it, from both sides where both are known. */
  readonly decision: Decision;
  /** `ours`: this account answers the request. `theirs`: another account does. `none`: nothing is asked. */
  readonly asked: 'ours' | 'theirs' | 'none';
  readonly routes: ViewRoutes;
  /** Routes that lead a part of what is wanted elsewhere, and that the plan deletes: as long as they are there. */
  readonly ledAway: readonly LedAway[];
  /**
   * `managed`: its routes are the product's work. `expired`: its time is over, so that they are no more. `unmanaged`: live, but
   * no rule routes it. `request`: nobody accepted it yet. `undecidable`: something unknown leaves it open.
   */
  readonly management: 'managed' | 'expired' | 'unmanaged' | 'request' | 'undecidable';
  /** What the connectivity check says; undefined where it does not check, and where nothing is remembered. */
  readonly reachability: Reachability | undefined;
}

/** Whose probe was lost last, and of which TCP port: as far as it was noted. */
export type LostTarget = { readonly target: string } & Pick<TargetWatch, 'source' | 'port'>;

/** What the connectivity check remembers of a managed view of an active peering. */
export interface Reachability {
  /** Some check of it once gave a verdict, and is remembered. */
  readonly wasChecked: boolean;
  /** Targets that did not answer as many checks as make it news (`connectivity.periods`). */
  readonly lost: readonly LostTarget[];
  /** It was checked, and has not been for as many checks as make it news. */
  readonly notChecked: Blind | undefined;
  /** `notChecked` because the check itself does not run, or nothing reads its results. */
  readonly isCheckStopped: boolean;
}

/** A request or peering that has ended and that EC2 still shows. */
export interface EndedPeering {
  readonly peering: Peering;
  readonly region: string;
  /** `ours`: this account had asked. */
  readonly askedBy: 'ours' | 'theirs';
}

/** A side of a request that this account owns, as it would be if a person accepted the request. */
export interface RequestSide {
  readonly view: PeeringView;
  /** What the policy says of the live peering, seen from this side. */
  readonly onceLive: Decision;
  /** Of a request that is held: what keeps routes of this side from being made, as sentences. */
  readonly inTheWay: readonly string[];
  /** Of a request with nothing in its way: what its routes wait for once it is accepted (`guardrails.equalRoutes: wait`), as sentences. */
  readonly waitsFor: readonly string[];
}

/** A live peering that is to be deleted, because its time is over and its rule says `onExpiry: delete`. */
export interface PeeringDeletion {
  /** Of this account's side that is over; where both are in Regions that were read, each has one. */
  readonly region: string;
  readonly peeringId: string;
  readonly rule: string;
  /** One sentence. */
  readonly why: string;
  readonly heldBy?: Extract<HeldBy, 'observe' | 'frozen'>;
  /** What has to come first, as a sentence: it is deleted by a later look. */
  readonly waitsFor?: string;
  /** Managed Regions of this account's other side that were not read, so that nothing is said of it. */
  readonly unread: readonly string[];
}

/** A pending request that this account answers. In the order of deciding: each knows what those before it take up. */
export interface AssessedRequest {
  readonly peering: Peering;
  readonly decision: Decision;
  /** The accepter's first. A side in a Region that is not managed is not among them. */
  readonly sides: readonly RequestSide[];
  /** Judged when it is first asked for: it takes a look by each rule that could be named, and most looks tell nobody. */
  readonly byHand: () => ByHand;
}

/**
 * Whether a person may accept a request, as things stand. `possible`: as it is, by the rule that matches. `choose`: no rule
 * matches, and one of these can be named (`--as`). `refused`: nobody may, and these sentences say why.
 */
export type ByHand =
  | { readonly kind: 'possible'; readonly rule: string }
  | { readonly kind: 'choose'; readonly rules: readonly string[] }
  | { readonly kind: 'refused'; readonly why: readonly string[] };

export interface Assessment {
  readonly accountId: string;
  readonly views: readonly AssessedView[];
  readonly requests: readonly AssessedRequest[];
  readonly ended: readonly EndedPeering[];
  /** Every route that the policy wants in a Region, in place or not. Made when first asked for: there may be a hundred thousand. */
  readonly desiredIn: (region: string) => readonly DesiredRoute[];
  /** Those of them whose addresses lead to their peering, or do so as soon as it is active, by whatever routes. Made when first asked for. */
  readonly inPlaceIn: (region: string) => readonly DesiredRoute[];
  /** Routes that the policy wants and that wait, as a prefix list of their table could not be read: none of `desiredIn`. */
  readonly undecided: readonly DesiredRoute[];
  /** Those of `changes` whose route was never written before: work to do, not drift. */
  readonly pending: readonly Change[];
  /** What `connect` and `mesh` come to; nothing, where only some of the account was read. */
  readonly connections: Connections;
  /** In the order in which they have to be made, also those that something keeps back (`heldBy`). */
  readonly changes: readonly Change[];
  readonly deletions: readonly PeeringDeletion[];
  readonly findings: readonly Finding[];
  /** Peering options that the policy wants on, also those that something keeps back (`heldBy`). */
  readonly options: readonly WantedOption[];
  readonly quotas: readonly QuotaWarning[];
  /** Sentences about what is left out, and why. */
  readonly warnings: readonly string[];
  readonly notJudged: readonly NotJudged[];
  /** By peering of a Region: the fingerprint of the desired routes, for the tag that says that all are in place. */
  readonly fingerprintsIn: (region: string) => ReadonlyMap<string, string>;
  /** By Region: what the registry has to learn although nothing is written in EC2 (routes that are adopted or gone). */
  readonly learned: ReadonlyMap<string, readonly MemoryUpdate[]>;
}
