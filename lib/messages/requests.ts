import type { ByHand, RequestSide } from '../assessment/types.ts';
import type { Notification } from '../model/notification.ts';
import type { Peering } from '../model/peering.ts';
import type { Decision } from '../policy/decision.ts';
import { areFrozen, withoutFreezes } from '../policy/guardrails.ts';
import { type KnownPeered, ONE_PEERING } from '../policy/peered-already.ts';
import type { Policy } from '../policy/schema.ts';
import { awsReason } from './call-failed.ts';
import { routingOf, routingText, suggestionLines } from './routing.ts';
import { sidesOfRequest } from './suggest-rule.ts';
import {
  fromNow,
  listed,
  type Names,
  named,
  namedPeering,
  notificationOf,
  peeringCommand,
  reasonLines,
  shown,
  sideLines,
  subjectAbout,
  utc,
} from './text.ts';

export interface RequestContext extends Names {
  readonly policy: Policy;
  readonly now: Date;
  /** Who made the request, as CloudTrail names them, where an event of this account said so. */
  readonly askedBy?: string;
  /** What each own side would get if a person accepted the request; left out where that is not known. */
  readonly sides?: readonly RequestSide[];
  /** Whether a person may accept it; left out where that is not known. */
  readonly byHand?: ByHand;
  /** A peering of the same two VPCs that was deleted, as long as EC2 shows it. */
  readonly before?: Peering;
  /** People were told that it is held by the same rule, and something else keeps it now. */
  readonly told?: 'for something else';
}

/** An AWS call that fails for good, as AWS says it. */
export interface FailedCall {
  readonly call: string;
  readonly code: string;
  readonly message: string;
}

/** `done`: it was carried out. `observed`: the mode forbids it. `failing`: AWS refuses the call. */
export type Outcome = 'done' | 'observed' | 'failing';

export const OUTCOMES: Readonly<Record<Decision['decision'], Readonly<Record<Outcome, string>>>> = {
  accept: { done: 'accepted', observed: 'would be accepted', failing: 'not accepted' },
  reject: { done: 'rejected', observed: 'would be rejected', failing: 'not rejected' },
  hold: { done: 'held', observed: 'would be held', failing: 'held' },
};

/** `rule partners`, or that there is none. */
export function ruleText({ rule }: Decision): string {
  return rule === undefined ? 'no rule of the policy matches' : `rule ${shown(rule)}`;
}

/** Where no rule matches, also why each does not. */
function reasonsOf({ reasons, rule, rules }: Decision): string[] {
  return reasonLines([
    ...reasons,
    ...(rule === undefined
      ? rules.flatMap(({ rule: name, mismatches }) =>
          mismatches.map((mismatch) => `rule ${name}: ${mismatch}`),
        )
      : []),
  ]);
}

function expiryLine({ expiresAt }: Peering, now: Date): string[] {
  if (expiresAt === undefined) {
    return [];
  }
  const distance = fromNow(expiresAt, now);
  return [`Expires:   ${utc(expiresAt)}${distance === undefined ? '' : `, ${distance}`}`];
}

const STAYS_UNROUTED =
  'What stands in the way, as named above, stays unrouted until it is out of the way: no route of somebody else is overwritten.';

/** What stands in the way of the routes of the sides that a rule routes. */
function obstacleLines(
  decision: Decision,
  sides: readonly RequestSide[],
  { policy, ...names }: RequestContext,
): string[] {
  const waiting =
    policy.guardrails.equalRoutes === 'wait'
      ? [
          'A route that has just one of these destinations keeps it until it is gone (guardrails.equalRoutes: wait).',
        ]
      : [];
  const routed = sides.filter(({ onceLive }) => routingOf(onceLive, policy).kind === 'routed');
  const unnamed = routed.flatMap(({ view, inTheWay }) =>
    inTheWay
      .filter((obstacle) => !decision.reasons.some((reason) => reason.endsWith(obstacle)))
      .map((obstacle) => `${named(view.local.vpcId, names)}: ${obstacle}`),
  );
  const isFree = routed.every(({ inTheWay }) => inTheWay.length === 0);
  return [
    ...(isFree ? [] : [STAYS_UNROUTED]),
    ...(unnamed.length === 0 ? [] : ['That is so, too, of:', ...reasonLines(unnamed)]),
    ...(routed.length === 0 ? [] : waiting),
  ];
}

/** What becomes of the routes of each own side if a person accepts the request. */
function outlookLines(decision: Decision, peering: Peering, context: RequestContext): string[] {
  const { policy, sides = [], byHand } = context;
  const accepted = byHand?.kind === 'refused' ? 'If it is accepted by AWS alone' : 'If you accept it by hand';
  const [first, ...more] = sides.map(({ view, onceLive }) => ({
    vpc: named(view.local.vpcId, context),
    text: routingText(routingOf(onceLive, policy), policy),
  }));
  if (first === undefined) {
    return [
      `${accepted}, ${routingText(routingOf(decision, policy), policy)}`,
      ...(decision.guardrails === undefined ? [] : [STAYS_UNROUTED]),
    ];
  }
  const { requester, accepter } = peering;
  return [
    ...(more.length === 0
      ? [`${accepted}, ${first.text}`]
      : [`${accepted}:`, ...[first, ...more].map(({ vpc, text }) => `  - ${vpc}: ${text}`)]),
    ...obstacleLines(decision, sides, context),
    ...(more.length === 0 && requester.accountId === accepter.accountId
      ? [
          `Nothing is routed for ${named(requester.vpcId, context)}, which this account owns as well: the product does not look at ${shown(requester.region)}.`,
        ]
      : []),
  ];
}

/** What `peering accept` makes of it: advised only where it does not refuse. */
function acceptLines(decision: Decision, { peeringId }: Peering, { byHand }: RequestContext): string[] {
  const command = `  peering accept ${shown(peeringId)}`;
  switch (byHand?.kind) {
    case 'refused': {
      const unnamed = byHand.why.filter((why) => !decision.reasons.some((reason) => reason.endsWith(why)));
      return [
        'As things stand peering accept refuses it. What is named under Why has to go first: the route, the guardrail or the',
        'setting. Then the next sweep decides it again.',
        ...(unnamed.length === 0 ? [] : ['It is refused, too, because:', ...reasonLines(unnamed)]),
      ];
    }
    case 'choose':
      return [
        `To accept it and have it routed, RULE being one of ${listed(byHand.rules)}:`,
        `${command} --as RULE`,
      ];
    default:
      return [
        'To accept it and have it routed:',
        `${command}${byHand === undefined && decision.rule === undefined ? ' --as RULE' : ''}`,
      ];
  }
}

/** Why `peering reject` answers nothing now: then neither do the functions. */
export function answersHeldBy(
  { guardrails = [] }: Decision,
  { policy }: Pick<RequestContext, 'policy'>,
): 'observe' | 'frozen' | undefined {
  if (policy.mode === 'observe') {
    return 'observe';
  }
  return areFrozen(guardrails) ? 'frozen' : undefined;
}

function rejectLines(
  decision: Decision,
  { peeringId, accepter }: Peering,
  context: RequestContext,
): string[] {
  const command = `  peering reject ${shown(peeringId)}`;
  switch (answersHeldBy(decision, context)) {
    case 'observe':
      return [
        'To reject it by AWS alone, as peering reject refuses it too while the policy says mode: observe:',
        peeringCommand('reject', peeringId, accepter.region),
      ];
    case 'frozen':
      return [
        'To reject it, end the freeze first, as peering reject refuses it too until then:',
        `  peering thaw --region ${shown(accepter.region)}`,
        command,
      ];
    default:
      return ['To reject it:', command];
  }
}

/** What AWS accepts past the product, and what follows from it. */
function acceptByAwsLines(decision: Decision, peering: Peering, context: RequestContext): string[] {
  const { peeringId, accepter } = peering;
  return [...acceptedByAws(decision, context), peeringCommand('accept', peeringId, accepter.region)];
}

function acceptedByAws(decision: Decision, context: RequestContext): string[] {
  const { guardrails = [] } = decision;
  const { byHand, sides = [] } = context;
  const heldBy = answersHeldBy(decision, context);
  const isKeptBack =
    withoutFreezes(guardrails).length > 0 || sides.some(({ inTheWay }) => inTheWay.length > 0);
  if (heldBy === undefined && byHand?.kind === 'refused' && isKeptBack) {
    return [
      'AWS alone accepts it all the same, and heeds nothing of what is named under Why: what that keeps from being routed stays',
      'unrouted, and is told as drift until it is settled. So settle it first, if you can:',
    ];
  }
  switch (heldBy) {
    case 'observe':
      return ['Or by AWS alone; nothing is routed while the policy says mode: observe:'];
    case 'frozen':
      return ['Or by AWS alone; nothing is routed until the freeze ends:'];
    default:
      return ['Or by AWS alone, where a rule that matches then routes it:'];
  }
}

/** The same for a request that nobody can accept, as its VPCs have their one peering. */
function peeredSteps(
  decision: Decision,
  peering: Peering,
  { peeringId: other, how }: KnownPeered,
  context: RequestContext,
): string[] {
  const is = how === 'live' ? 'is' : 'is about to be';
  return [
    `Nobody can accept it while ${shown(other)} ${is} there: ${ONE_PEERING}.`,
    ...rejectLines(decision, peering, context),
    'If it shall take the place of that peering, delete that one first. The next sweep then decides this one again:',
    peeringCommand('delete', other, peering.accepter.region),
  ];
}

/** What a person can do while the request is open. Acceptance is always made in the accepter VPC's Region. */
function openSteps(decision: Decision, peering: Peering, context: RequestContext): string[] {
  const { policy, sides, byHand } = context;
  const routing = routingOf(sides?.[0]?.onceLive ?? decision, policy);
  const suggestion = suggestionLines(routing, sidesOfRequest(peering), policy);
  return [
    ...outlookLines(decision, peering, context),
    '',
    ...(suggestion.length > 0 ? [...suggestion, ''] : []),
    'What waits, and what would be routed:',
    '  peering requests',
    ...acceptLines(decision, peering, context),
    // What is advised against comes last.
    ...(byHand?.kind === 'refused'
      ? [...rejectLines(decision, peering, context), ...acceptByAwsLines(decision, peering, context)]
      : [...acceptByAwsLines(decision, peering, context), ...rejectLines(decision, peering, context)]),
    ...(suggestion.length > 0 || decision.decision !== 'hold'
      ? []
      : ['To have requests like it decided for you, add or change a rule in peering-policy.yml and deploy.']),
  ];
}

function nextSteps(
  decision: Decision,
  peering: Peering,
  context: RequestContext,
  outcome: Outcome,
): string[] {
  if (decision.peeredBy !== undefined && decision.decision === 'hold') {
    return peeredSteps(decision, peering, decision.peeredBy, context);
  }
  if (outcome === 'failing' || decision.decision === 'hold') {
    return openSteps(decision, peering, context);
  }
  if (decision.decision === 'reject') {
    return outcome === 'observed'
      ? ['To reject it by hand:', peeringCommand('reject', peering.peeringId, peering.accepter.region)]
      : [
          'A rejected request cannot be taken up again. If it should have been accepted, change the policy, deploy it,',
          'and have it requested once more.',
        ];
  }
  return outcome === 'observed'
    ? [
        'To accept it by hand; nothing is routed while the policy says mode: observe:',
        peeringCommand('accept', peering.peeringId, peering.accepter.region),
      ]
    : ['To end the peering:', peeringCommand('delete', peering.peeringId, peering.accepter.region)];
}

function outcomeLine(
  peering: Peering,
  decision: Decision,
  context: RequestContext,
  outcome: Outcome,
): string {
  const { requester, accepter } = peering;
  const verb = outcome === 'observed' ? '' : outcome === 'failing' ? 'is ' : 'was ';
  return (
    `Account ${shown(requester.accountId)} asked to peer with ${named(accepter.vpcId, context)}. ` +
    `The request ${verb}${OUTCOMES[decision.decision][outcome]} (${ruleText(decision)}).`
  );
}

/** What was accepted or rejected expires no more. */
function isAnswered({ decision }: Decision, outcome: Outcome): boolean {
  return outcome === 'done' && decision !== 'hold';
}

function requestLines(
  peering: Peering,
  decision: Decision,
  context: RequestContext,
  outcome: Outcome,
): string[] {
  return [
    outcomeLine(peering, decision, context, outcome),
    '',
    `Peering:   ${namedPeering(peering)}`,
    ...(context.askedBy === undefined ? [] : [`Asked by:  ${shown(context.askedBy)}`]),
    ...(context.before === undefined
      ? []
      : [`Before:    ${namedPeering(context.before)}, between the same VPCs, was deleted`]),
    ...sideLines(peering, context, peering.accepter.region),
    ...(isAnswered(decision, outcome) ? [] : expiryLine(peering, context.now)),
    '',
    'Why:',
    ...reasonsOf(decision),
    '',
    ...(outcome === 'observed'
      ? ['The policy says mode: observe, so nothing was done. With mode: enforce it would be.', '']
      : []),
    ...nextSteps(decision, peering, context, outcome),
  ];
}

function requestSubject(peering: Peering, what: string, before = ''): string {
  const { requester, accepter } = peering;
  return subjectAbout(
    peering,
    (name) =>
      `${before}VPC peering ${name} ${what}: ${shown(requester.accountId)} -> ${shown(accepter.vpcId)}`,
  );
}

/** The message about one decided request: who asked, which VPCs and CIDRs, what was decided and why, what to type. */
export function requestNotification(
  peering: Peering,
  decision: Decision,
  context: RequestContext,
): Notification {
  const outcome = context.policy.mode === 'observe' ? 'observed' : 'done';
  return notificationOf(
    requestSubject(peering, OUTCOMES[decision.decision][outcome]),
    [
      ...(context.told === undefined ? [] : ['It was held before. What keeps it has changed since.', '']),
      ...requestLines(peering, decision, context, outcome),
    ],
    { severity: isAnswered(decision, outcome) ? 'notice' : 'action' },
  );
}

/** Of a request that is still open nothing was done yet, except that it is held. */
function openOutcome({ decision }: Decision, { policy }: RequestContext): Outcome {
  if (policy.mode === 'observe') {
    return 'observed';
  }
  return decision === 'hold' ? 'done' : 'failing';
}

function whyOpen({ decision }: Decision, failed: FailedCall | undefined): string[] {
  if (failed !== undefined) {
    return [
      `The policy says ${decision}, but AWS refuses ${shown(failed.call)} with ${shown(failed.code)}: ${awsReason(failed.message)}`,
      'The product tries again at each sweep.',
    ];
  }
  return decision === 'hold' ? ['It is still held: somebody has to decide.'] : ['It is still open.'];
}

/** A request that nobody has answered and that soon cannot be answered any more. */
export function reminderNotification(
  peering: Peering,
  decision: Decision,
  context: RequestContext & { readonly failed?: FailedCall },
): Notification {
  const outcome = openOutcome(decision, context);
  const distance = peering.expiresAt === undefined ? undefined : fromNow(peering.expiresAt, context.now);
  const lines = [
    `This request expires ${distance ?? 'within a day'}. Then it can no longer be accepted, and account ${shown(peering.requester.accountId)} has to ask again.`,
    ...whyOpen(decision, context.failed),
    '',
    ...requestLines(peering, decision, context, outcome),
  ];
  return notificationOf(
    requestSubject(peering, OUTCOMES[decision.decision][outcome], 'Expires soon: '),
    lines,
    { severity: 'action' },
  );
}
