import type * as Judged from '../assessment/types.ts';
import type { JudgedPair as Pair } from '../connect/types.ts';
import type { RefusedCall } from '../messages/refused.ts';
import type { Change } from '../model/change.ts';
import type { Finding } from '../model/finding.ts';
import type { RegionInventory } from '../model/inventory.ts';
import type { Policy } from '../policy/schema.ts';
import type { WantedOption } from '../routing/options.ts';
import { orderLines } from './orders.ts';
import { createRefusalOf, refusedFindings, refusedLine, refusedWork } from './refused-calls.ts';
import { type Selected, selectionOf } from './selection.ts';
import { type Unanswered, unansweredOf } from './unanswered.ts';

/** What one account's policy makes of it. */
export interface JudgedAccount {
  readonly accountId: string;
  readonly policy: Policy;
  /** All that was read of it, as it was judged. */
  readonly state: Judged.NetworkState;
  readonly memory: Judged.NetworkMemory;
  /** `none`: no stack was found that works there. Left out: there is one, or it is not known. */
  readonly stack?: 'none';
  /** Of the account as a whole, whatever is shown of it. */
  readonly whole: Judged.Assessment;
}

export type OfAccount<Item> = Item & { readonly accountId: string };

export type AssessedView = OfAccount<Judged.AssessedView> & {
  /** Of a request that this account answers: why the functions do not. */
  readonly unanswered?: Unanswered;
};
export type AssessedRequest = OfAccount<Judged.AssessedRequest>;
export type EndedPeering = OfAccount<Judged.EndedPeering>;
export type PeeringDeletion = OfAccount<Judged.PeeringDeletion>;
export type NotJudged = OfAccount<Judged.NotJudged>;

export type JudgedPair = OfAccount<Pair>;

/** An answer to a request that comes before a change. */
export interface AnswerBefore {
  readonly request: string;
  readonly answer: 'accepted' | 'rejected';
}

export type PlannedChange = OfAccount<Change> & {
  readonly after?: AnswerBefore;
  /** The call that makes it, where AWS has refused that lately. */
  readonly refused?: RefusedCall;
};

/** What is shown of an account, or of several. */
export interface Shown {
  readonly views: readonly AssessedView[];
  /** Requests that this account answers. */
  readonly requests: readonly AssessedRequest[];
  readonly ended: readonly EndedPeering[];
  readonly changes: readonly PlannedChange[];
  /** Peerings whose time is over and that the stack deletes. */
  readonly deletions: readonly PeeringDeletion[];
  /** Pairs of VPCs that the policy wants peered, or wanted so before. */
  readonly connections: readonly JudgedPair[];
  readonly findings: readonly OfAccount<Finding>[];
  /** Peering options that can be set now. */
  readonly options: readonly OfAccount<WantedOption>[];
  /** Those that could be, if nothing kept them from it. */
  readonly heldOptions: readonly OfAccount<WantedOption>[];
  readonly notJudged: readonly NotJudged[];
  readonly warnings: readonly string[];
}

/** Everything that is shown: of all accounts, as far as it was selected. */
export interface ShownAssessment extends Shown {
  readonly accounts: readonly JudgedAccount[];
  /** By id: the tag Name of the VPCs and peerings that were read. */
  readonly names: ReadonlyMap<string, string>;
}

/** Requests that this account would accept, or another one that is shown, too. */
function acceptedIn({ whole, state }: Pick<JudgedAccount, 'whole' | 'state'>): ReadonlySet<string> {
  const here = whole.requests.filter(({ decision }) => decision.decision === 'accept');
  return new Set([...here.map(({ peering }) => peering.peeringId), ...(state.acceptedElsewhere ?? [])]);
}

function withUnanswered(
  view: Judged.AssessedView,
  account: JudgedAccount,
  now: Date,
): Judged.AssessedView & Pick<AssessedView, 'unanswered'> {
  const { asked, decision } = view;
  const { peering } = view.view;
  const unanswered = asked === 'ours' ? unansweredOf({ peering, decision }, account, now) : undefined;
  return unanswered === undefined ? view : { ...view, unanswered };
}

/** Requests that this account would reject. */
function rejectedIn({ requests }: Judged.Assessment): ReadonlySet<string> {
  const rejected = requests.filter(({ decision }) => decision.decision === 'reject');
  return new Set(rejected.map(({ peering }) => peering.peeringId));
}

/** By the requests themselves, as what holds a change may be something else, such as the mode. */
function answerBefore(
  { peeringId, onlyIfDead }: Change,
  accepted: ReadonlySet<string>,
  rejected: ReadonlySet<string>,
): AnswerBefore | undefined {
  if (accepted.has(peeringId)) {
    return { request: peeringId, answer: 'accepted' };
  }
  return onlyIfDead !== undefined && rejected.has(onlyIfDead)
    ? { request: onlyIfDead, answer: 'rejected' }
    : undefined;
}

/**
 * What is selected of one account.
 *
 * @param now by which it is told what people ordered for a time.
 * @param orderLine how such a line names the account.
 */
export function shownOf(
  account: JudgedAccount,
  selected: Selected,
  now: Date,
  orderLine: (line: string) => string = (line) => line,
): Shown {
  const { accountId, whole, state, memory } = account;
  const selection = selectionOf(selected, state.regions);
  const shownMemories = new Map([...memory].filter(([region]) => selection.region(region)));
  const own = <Item extends object>(item: Item): OfAccount<Item> => ({ ...item, accountId });
  const accepted = acceptedIn(account);
  const rejected = rejectedIn(whole);
  const refusalOf = createRefusalOf(memory, now);
  const settable = whole.options
    .filter(
      (option) =>
        option.settable && option.refusedBefore !== true && selection.vpc(option.region, option.vpcId),
    )
    .map(own);
  return {
    views: whole.views
      .filter(({ view }) => selection.vpc(view.region, view.local.vpcId))
      .map((view) => own(withUnanswered(view, account, now))),
    requests: whole.requests
      .filter(({ peering: { peeringId, accepter } }) =>
        selection.about({ region: accepter.region, peeringId }),
      )
      .map(own),
    ended: whole.ended
      .filter(({ region, peering: { peeringId } }) => selection.about({ region, peeringId }))
      .map(own),
    changes: whole.changes
      .filter((change) => selection.about(change))
      .map((change) => {
        const after = answerBefore(change, accepted, rejected);
        const refused = refusalOf(change);
        return own({
          ...change,
          ...(after === undefined ? {} : { after }),
          ...(refused === undefined ? {} : { refused }),
        });
      }),
    deletions: whole.deletions.filter((deletion) => selection.about(deletion)).map(own),
    connections: whole.connections.pairs
      .filter(({ requester, accepter }) =>
        [requester, accepter].some(({ region, vpcId }) => selection.vpc(region, vpcId)),
      )
      .map(own),
    findings: [...whole.findings, ...refusedFindings(account, refusalOf, now)]
      .filter((finding) => selection.about(finding))
      .map(own),
    options: settable.filter(({ heldBy }) => heldBy === undefined),
    heldOptions: settable.filter(({ heldBy }) => heldBy !== undefined),
    notJudged: whole.notJudged
      .filter(({ region, resource }) =>
        selection.about({ region, routeTableId: resource, peeringId: resource }),
      )
      .map(own),
    warnings: [
      ...orderLines(shownMemories, now, orderNames(state.regions)).map(orderLine),
      ...refusedWork(account, now)
        .filter(({ region, resourceId }) =>
          selection.about({ region, routeTableId: resourceId, peeringId: resourceId }),
        )
        .map(refusedLine),
      ...(state.regions.some(({ region }) => selection.region(region)) ? whole.warnings : []),
    ],
  };
}

/** What people call all that can be silenced. */
export function orderNames(inventories: readonly RegionInventory[]): ReadonlyMap<string, string> {
  const tables = inventories.flatMap((inventory) =>
    inventory.tables.flatMap(({ routeTableId, tags }) =>
      tags.Name === undefined ? [] : [[routeTableId, tags.Name] as const],
    ),
  );
  return new Map([...tables, ...namesOf(inventories)]);
}

/** What people call VPCs and peerings. Each side of a peering has tags of its own: the first one read that has a name gives it. */
export function namesOf(inventories: readonly RegionInventory[]): ReadonlyMap<string, string> {
  const names = new Map<string, string>();
  for (const inventory of inventories) {
    const peerings = inventory.peerings.map(({ peeringId, tags }) => [peeringId, { tags }] as const);
    for (const [id, { tags }] of [...inventory.vpcs, ...peerings]) {
      if (tags.Name !== undefined && tags.Name !== '' && !names.has(id)) {
        names.set(id, tags.Name);
      }
    }
  }
  return names;
}

/** Of accounts that rules ask the organization about, and that it did not tell of. */
export function organizationWarnings(unread: ReadonlyMap<string, { readonly reason: string }>): string[] {
  return [...unread].map(
    ([accountId, { reason }]) =>
      `Account ${accountId} could not be looked up in AWS Organizations: ${reason}`,
  );
}

/** Of pools and scopes that the policy names as the address plan, and that IPAM did not tell of. */
export function addressPlanWarnings(unread: ReadonlyMap<string, { readonly reason: string }>): string[] {
  return [...unread].map(([id, { reason }]) => `${id} of the address plan could not be read: ${reason}`);
}

/** Requests that this account would answer with yes or no, and does not leave open. */
export function answeredRequests({ views }: Pick<ShownAssessment, 'views'>): readonly AssessedView[] {
  return views.filter(
    ({ asked, view, decision }) =>
      asked === 'ours' && view.direction === 'inbound' && decision.decision !== 'hold',
  );
}

/** Whether a request that this account answers waits for a person: it is held, or the functions do not answer it. */
export function needsPerson({
  asked,
  decision,
  unanswered,
}: Pick<AssessedView, 'asked' | 'decision' | 'unanswered'>): boolean {
  return asked === 'ours' && (decision.decision === 'hold' || unanswered !== undefined);
}

/**
 * Requests that this account answers and that wait for a person, one view of each: the accepter's, else (its Region is not
 * managed or was not read) the requester's.
 */
export function waitingForPerson({ views }: Pick<ShownAssessment, 'views'>): readonly AssessedView[] {
  const waiting = new Map<string, AssessedView>();
  for (const each of views) {
    const { view, accountId } = each;
    const key = `${accountId} ${view.peering.peeringId}`;
    if (needsPerson(each) && (view.direction === 'inbound' || !waiting.has(key))) {
      waiting.set(key, each);
    }
  }
  return [...waiting.values()];
}
