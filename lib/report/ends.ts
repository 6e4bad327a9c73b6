import { type ComingEnd, comingEnds } from '../assessment/coming-ends.ts';
import { renewCommand, whatFollows, whatGoes } from '../messages/expiry.ts';
import { endText } from '../policy/expiry-date.ts';
import { peeringCell } from './cells.ts';
import { HELD_WORDS } from './held.ts';
import type { HtmlCell, HtmlTable } from './html.ts';
import type { JudgedAccount, ShownAssessment } from './shown-assessment.ts';

/** Peerings that end soon, or that have ended with something still to come: when, why, what follows, and how they are renewed. */

export interface ShownEnd {
  readonly accountId: string;
  readonly region: string;
  readonly peeringId: string;
  /** The VPCs of this account's sides that end. */
  readonly localVpcs: readonly string[];
  readonly remoteVpc: string;
  readonly remoteAccount: string;
  readonly rule: string;
  /** When it ends at the earliest; of one that has ended, when that was. */
  readonly at: Date;
  readonly state: ComingEnd['end']['state'];
  readonly by: ComingEnd['end']['by'];
  readonly onExpiry: ComingEnd['end']['onExpiry'];
  /** One sentence. */
  readonly why: string;
  /** What is done, and what keeps it from being done: sentences. */
  readonly follows: readonly string[];
  /** The command that gives it more time. */
  readonly renew: string;
}

/** `mode: observe`, or a freeze, of the Region as a whole. */
function heldText(heldBy: NonNullable<ComingEnd['heldBy']>): string {
  return `None of it is done as long as it is held: ${HELD_WORDS[heldBy]}.`;
}

function deletionText({ waitsFor }: NonNullable<ComingEnd['deletion']>): string {
  return waitsFor === undefined
    ? 'The next sweep of the stack deletes the peering. A deleted peering cannot be brought back.'
    : `The peering is to be deleted. ${waitsFor}`;
}

function followsOf({ end, routes, deletion, heldBy }: ComingEnd): string[] {
  const staying = routes.kept.reduce((sum, { count }) => sum + count, 0);
  const going = Math.max(0, routes.own - staying);
  const gone = whatGoes(end, { ...routes, own: going });
  return [
    ...(end.state === 'over' ? gone.slice(going === 0 ? 1 : 0) : whatFollows(end, routes)),
    ...(deletion === undefined ? [] : [deletionText(deletion)]),
    ...(heldBy === undefined ? [] : [heldText(heldBy)]),
  ];
}

function shownEnd(coming: ComingEnd, { accountId, policy }: JudgedAccount): ShownEnd {
  const { region, sides, end, at } = coming;
  const { view } = sides[0];
  const { peeringId } = view.peering;
  return {
    accountId,
    region,
    peeringId,
    localVpcs: sides.map((side) => side.view.local.vpcId),
    remoteVpc: view.remote.vpcId,
    remoteAccount: view.remote.accountId,
    rule: end.rule,
    at: new Date(at * 1000),
    state: end.state,
    by: end.by,
    onExpiry: end.onExpiry,
    why: end.why,
    follows: followsOf(coming),
    renew: renewCommand(peeringId, policy.rules.find(({ name }) => name === end.rule) ?? {}),
  };
}

/** Of all accounts that are shown, as far as they are selected; the soonest first. */
export function endsOf(
  { accounts, ...shown }: Pick<ShownAssessment, 'accounts' | 'views' | 'changes' | 'deletions'>,
  now: Date,
): ShownEnd[] {
  return accounts
    .flatMap((account) => {
      const { accountId, state, policy, memory } = account;
      const isOwn = (each: { readonly accountId: string }) => each.accountId === accountId;
      const assessment = {
        views: shown.views.filter(isOwn),
        changes: shown.changes.filter(isOwn),
        deletions: shown.deletions.filter(isOwn),
      };
      return comingEnds({ assessment, state, policy, memory, now }).map((each) => shownEnd(each, account));
    })
    .sort((a, b) => a.at.getTime() - b.at.getTime());
}

const STATE_WORDS: Readonly<Record<ShownEnd['state'], string>> = {
  running: 'ends',
  due: 'ends',
  over: 'ended',
};

/** `ends 2027-03-01 00:00 UTC`. */
export function endWords({ state, at }: Pick<ShownEnd, 'state' | 'at'>): string {
  return `${STATE_WORDS[state]} ${endText(Math.floor(at.getTime() / 1000))}`;
}

/** A section of the page, only where there is any. */
export function endsTable(assessment: ShownAssessment, now: Date): HtmlTable[] {
  const rows = endsOf(assessment, now).map((end): HtmlCell[] => [
    { text: endWords(end), sort: end.at.toISOString(), tone: 'warn' },
    peeringCell(assessment, end.peeringId),
    { text: end.accountId, under: end.region },
    { text: end.localVpcs.join(', '), under: `rule ${end.rule}` },
    { text: end.why, wrap: 'long' },
    { text: end.follows.join(' '), wrap: 'long' },
    { text: end.renew, as: 'command' },
  ]);
  return rows.length === 0
    ? []
    : [
        {
          id: 'ends',
          title: 'Ends within a week',
          head: ['When', 'Peering', 'Account', 'Local VPC', 'Why', 'What follows', 'Still needed'],
          rows,
          empty: '',
        },
      ];
}
