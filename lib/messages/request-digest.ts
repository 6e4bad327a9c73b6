import type { ByHand } from '../assessment/types.ts';
import type { Notification } from '../model/notification.ts';
import type { Peering } from '../model/peering.ts';
import type { Decision } from '../policy/decision.ts';
import {
  answersHeldBy,
  type FailedCall,
  OUTCOMES,
  type Outcome,
  type RequestContext,
  ruleText,
} from './requests.ts';
import {
  count,
  knownCidrs,
  listed,
  type Names,
  named,
  namedPeering,
  notificationOf,
  peeringCommand,
  shown,
  utc,
} from './text.ts';

/** A request as one of many. */
export interface DigestedRequest {
  readonly peering: Peering;
  readonly decision: Decision;
  /** Whether a person may accept it; left out where that is not known. */
  readonly byHand?: ByHand;
}

export interface DigestContext extends Omit<RequestContext, 'sides' | 'askedBy' | 'byHand'> {
  readonly accountId: string;
}

/** What a person has to answer comes first, what is settled last. */
const ORDER = ['hold', 'reject', 'accept'] as const satisfies readonly Decision['decision'][];

/** More rows than this of one decision nobody reads in a mail. */
const MAX_ROWS = 100;
/** So many accounts or rules are counted by name. */
const MAX_COUNTED = 20;

function row(cells: readonly string[], widths: readonly number[]): string {
  return `  ${cells.map((cell, index) => cell.padEnd(widths[index] ?? 0)).join('  ')}`.trimEnd();
}

function tableOf(head: readonly string[], rows: readonly (readonly string[])[]): string[] {
  const widths = head.map((title, index) =>
    Math.max(title.length, ...rows.map((cells) => cells[index]?.length ?? 0)),
  );
  return [head, ...rows].map((cells) => row(cells, widths));
}

function cellsOf({ peering, decision }: DigestedRequest, names: Names, withExpiry: boolean): string[] {
  const { requester, accepter, expiresAt } = peering;
  const cidrs = knownCidrs(requester, names).slice(0, 3).map(shown).join(', ');
  return [
    namedPeering(peering),
    shown(requester.accountId),
    named(requester.vpcId, names),
    cidrs === '' ? 'not visible' : cidrs,
    named(accepter.vpcId, names),
    decision.rule === undefined ? '-' : shown(decision.rule),
    ...(withExpiry ? [expiresAt === undefined ? '-' : utc(expiresAt)] : []),
  ];
}

function requestTable(requests: readonly DigestedRequest[], names: Names, withExpiry: boolean): string[] {
  const more = requests.length - MAX_ROWS;
  return [
    ...tableOf(
      [
        'PEERING',
        'FROM ACCOUNT',
        'ITS VPC',
        'ITS CIDRS',
        'TO VPC',
        'RULE',
        ...(withExpiry ? ['EXPIRES'] : []),
      ],
      requests.slice(0, MAX_ROWS).map((request) => cellsOf(request, names, withExpiry)),
    ),
    ...(more > 0 ? [`  and ${more} more: run "peering requests" to see all.`] : []),
  ];
}

/** `222222222222: 400, 333333333333: 250`, the largest first. */
function countedBy(
  requests: readonly DigestedRequest[],
  textOf: (request: DigestedRequest) => string,
): string {
  const counts = new Map<string, number>();
  for (const request of requests) {
    const text = textOf(request);
    counts.set(text, (counts.get(text) ?? 0) + 1);
  }
  const sorted = [...counts].sort(([, a], [, b]) => b - a);
  const more = sorted.length - MAX_COUNTED;
  return [
    ...sorted.slice(0, MAX_COUNTED).map(([text, amount]) => `${text}: ${amount}`),
    ...(more > 0 ? [`and ${more} more`] : []),
  ].join(', ');
}

function countLines(requests: readonly DigestedRequest[]): string[] {
  return [
    `  By account: ${countedBy(requests, ({ peering }) => shown(peering.requester.accountId))}`,
    `  By rule:    ${countedBy(requests, ({ decision }) => ruleText(decision))}`,
  ];
}

function acceptSteps(open: readonly DigestedRequest[]): string[] {
  const refused = open.filter(({ byHand }) => byHand?.kind === 'refused').length;
  if (refused === open.length) {
    return ['As things stand peering accept refuses each of them: what its reasons name has to go first.'];
  }
  const but =
    refused === 0
      ? ''
      : `, and ${refused} of them peering accept refuses until what its reasons name is gone`;
  return [
    `To accept one, with its id in place of PEERING; one that no rule matches needs --as RULE${but}:`,
    '  peering accept PEERING',
  ];
}

function stepsFor(
  region: string,
  open: readonly DigestedRequest[],
  { policy }: Pick<DigestContext, 'policy'>,
): string[] {
  const peered = open.filter(({ decision }) => decision.peeredBy !== undefined);
  // A freeze is of the Region, and so of all of them.
  const heldBy = open
    .map(({ decision }) => answersHeldBy(decision, { policy }))
    .find((each) => each !== undefined);
  const byAws = (answer: 'accept' | 'reject') => peeringCommand(answer, 'PEERING', region);
  // Of VPCs that are peered already AWS accepts no second peering either.
  const acceptByAws = peered.length === open.length ? [] : [byAws('accept')];
  const steps: Readonly<Record<'observe' | 'frozen' | 'free', readonly string[]>> = {
    observe: [
      'The command answers none of them either while the policy says mode: observe. By AWS alone; nothing is routed meanwhile:',
      ...acceptByAws,
      byAws('reject'),
    ],
    frozen: [
      'The command answers none of them before the freeze ends:',
      `  peering thaw --region ${shown(region)}`,
      'By AWS alone; nothing is routed meanwhile:',
      ...acceptByAws,
      byAws('reject'),
    ],
    free: [
      ...acceptSteps(open),
      'To reject one:',
      '  peering reject PEERING',
      ...(acceptByAws.length === 0
        ? []
        : ['Or by AWS alone, where a rule that matches then routes what nothing stands in the way of:']),
      ...acceptByAws,
    ],
  };
  return [
    'What waits, with the reasons of each and what would be routed:',
    '  peering requests',
    ...steps[heldBy ?? 'free'],
    ...(peered.length === 0
      ? []
      : [
          `Reject ${peered.length} of them, whose VPCs are peered already: ${listed(peered.map(({ peering }) => peering.peeringId))}.`,
        ]),
    'To have requests like them decided for you, add or change a rule in peering-policy.yml and deploy.',
  ];
}

function section(
  which: Decision['decision'],
  requests: readonly DigestedRequest[],
  outcome: Outcome,
  context: DigestContext,
): string[] {
  const ofIt = requests.filter(({ decision }) => decision.decision === which);
  if (ofIt.length === 0) {
    return [];
  }
  const isOpen = which === 'hold' || outcome !== 'done';
  const word = OUTCOMES[which][outcome];
  return [
    '',
    `${word.charAt(0).toUpperCase()}${word.slice(1)}: ${ofIt.length}`,
    ...countLines(ofIt),
    ...requestTable(ofIt, context, isOpen),
  ];
}

/** One mail about requests that were decided together: counts and a table, those that somebody has to answer first. */
export function requestDigest(requests: readonly DigestedRequest[], context: DigestContext): Notification {
  const { policy, accountId } = context;
  const outcome: Outcome = policy.mode === 'observe' ? 'observed' : 'done';
  const counts = ORDER.flatMap((which) => {
    const amount = requests.filter(({ decision }) => decision.decision === which).length;
    return amount === 0 ? [] : [`${amount} ${OUTCOMES[which][outcome]}`];
  }).join(', ');
  const region = requests[0]?.peering.accepter.region ?? '';
  const open = requests.filter(({ decision }) => outcome === 'observed' || decision.decision === 'hold');
  const isOpen = open.length > 0;
  return notificationOf(
    `${count(requests.length, 'VPC peering request')} in ${shown(accountId)}: ${counts}`,
    [
      `${count(requests.length, 'VPC peering request')} to account ${shown(accountId)}, ${shown(region)}: ${counts}.`,
      ...(outcome === 'observed'
        ? ['The policy says mode: observe, so nothing was done. With mode: enforce it would be.']
        : []),
      ...ORDER.flatMap((which) => section(which, requests, outcome, context)),
      ...(isOpen ? ['', ...stepsFor(region, open, context)] : []),
    ],
    { severity: isOpen ? 'action' : 'notice' },
  );
}

/** One mail about requests that nobody has answered and that soon cannot be answered any more. */
export function reminderDigest(
  requests: readonly (DigestedRequest & { readonly failed?: FailedCall })[],
  context: DigestContext,
): Notification {
  const { accountId } = context;
  const region = requests[0]?.peering.accepter.region ?? '';
  const failed = requests.filter((request) => request.failed !== undefined);
  return notificationOf(
    `Expire soon: ${count(requests.length, 'VPC peering request')} in ${shown(accountId)} (${shown(region)})`,
    [
      `${requests.length} requests to account ${shown(accountId)} expire within a day. Then they can no longer be accepted, and have to be made again.`,
      ...(failed.length === 0
        ? []
        : [
            `${failed.length} of them the policy has decided, but AWS refuses the call (${countedBy(failed, ({ peering: { peeringId } }) => failed.find((each) => each.peering.peeringId === peeringId)?.failed?.code ?? '')}), as people were told.`,
          ]),
      '',
      ...countLines(requests),
      ...requestTable(requests, context, true),
      '',
      ...stepsFor(region, requests, context),
    ],
    { severity: 'action' },
  );
}
