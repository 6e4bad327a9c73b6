import { driftMetrics } from '../assessment/metrics.ts';
import type { Finding, FindingKind } from '../model/finding.ts';
import type { Notification } from '../model/notification.ts';
import type { Peering, PeeringSide, PeeringView } from '../model/peering.ts';
import type { Decision } from '../policy/decision.ts';
import type { Policy } from '../policy/schema.ts';
import { type Places, placeOf } from './place.ts';
import type { RefusedCall } from './refused.ts';
import { remedyText } from './remedy.ts';
import { type Routing, routedText, routingOf, routingText, suggestionLines } from './routing.ts';
import {
  named,
  namedPeering,
  notificationOf,
  peeringCommand,
  peeringName,
  reasonLines,
  shown,
  sideLines,
  subjectAbout,
} from './text.ts';

/** A side that this account owns, and what becomes of its routes. */
export interface AcceptedSide {
  readonly view: PeeringView;
  /** Of the peering as it is now, seen from this side. */
  readonly decision: Decision;
  /** Routes that the policy wants in the tables of its VPC. */
  readonly wanted: number;
  /** Of these: in place, or being made. */
  readonly made: number;
  /** What was found of the peering at this side and is not being repaired. */
  readonly open: readonly Finding[];
  /** Tables in which its routes are tried, although AWS refused that lately. */
  readonly refused?: readonly (RefusedCall & { readonly routeTableId: string })[];
}

export interface AcceptedByHand extends Places {
  readonly peering: Peering;
  /** The accepter's first. */
  readonly sides: readonly [AcceptedSide, ...AcceptedSide[]];
  /** The requester's side, where this account owns it and it was not looked at. */
  readonly unseen?: PeeringSide;
  /** What could not be judged and may concern its routes, as sentences. */
  readonly notJudged: readonly string[];
  /** Who accepted it, as CloudTrail names them, where an event said so. */
  readonly actor?: string;
  readonly policy: Policy;
  readonly accountId: string;
}

/** One side, as it is told. */
interface Outlook {
  readonly side: AcceptedSide;
  readonly routing: Routing;
  /** How much of what the policy wants there is routed. */
  readonly extent: 'all' | 'part' | 'none';
}

/** Findings that say that addresses do not lead to the peering. */
const UNROUTED: ReadonlySet<FindingKind> = new Set([
  'missing',
  'wrong-target',
  'blackhole',
  'shadowed',
  'conflict',
  'over-limit',
  'untagged',
  'contested',
]);

function outlookOf(side: AcceptedSide, policy: Policy): Outlook {
  const { decision, wanted, made, open } = side;
  const routing = routingOf(decision, policy);
  if (routing.kind !== 'routed' || made === 0) {
    return { side, routing, extent: 'none' };
  }
  const whole =
    made >= wanted && (decision.leftOut ?? []).length === 0 && !open.some(({ kind }) => UNROUTED.has(kind));
  return { side, routing, extent: whole ? 'all' : 'part' };
}

/** What becomes of one side, as the second half of a sentence. */
function outlookText({ side, routing, extent }: Outlook, { policy }: AcceptedByHand): string {
  const { view, wanted, made } = side;
  if (routing.kind !== 'routed' || extent === 'all') {
    return routingText(routing, policy);
  }
  const rule = shown(routing.rule);
  if (wanted === 0) {
    return (
      `rule ${rule} matches it, but nothing is routed: no route table of ${shown(view.local.vpcId)} has the tag ` +
      `${shown(policy.tagPrefix)}:routes with * or the name of the rule.`
    );
  }
  const count = made < wanted ? ` (${made} of ${wanted} routes)` : '';
  return extent === 'none'
    ? `rule ${rule} matches it, but none of its routes is made: what stands in the way is named below.`
    : `rule ${rule} routes it in part${count}: ${routedText(routing, policy)}; what stands in the way is named below.`;
}

function followLines(outlooks: readonly Outlook[], accepted: AcceptedByHand): string[] {
  const [first, ...more] = outlooks.map((outlook) => ({
    vpc: named(outlook.side.view.local.vpcId, accepted),
    text: outlookText(outlook, accepted),
  }));
  if (first === undefined) {
    return [];
  }
  return more.length === 0
    ? [`What follows: ${first.text}`]
    : ['What follows:', ...[first, ...more].map(({ vpc, text }) => `  - ${vpc}: ${text}`)];
}

function findingLines(finding: Finding, accepted: AcceptedByHand): string[] {
  const place = placeOf(finding, accepted);
  return [
    place === '' ? `  - ${finding.kind}` : `  - ${finding.kind}: ${place}`,
    `    ${finding.detail}`,
    `    ${remedyText(finding)}`,
  ];
}

/** More of them than this nobody reads; the others are told by themselves. */
const MAX_OPEN = 20;

/** The findings that the message names: of these no other message is needed. */
export function findingsNamed(sides: AcceptedByHand['sides']): readonly Finding[] {
  return sides.flatMap(({ open }) => open).slice(0, MAX_OPEN);
}

function openLines(outlooks: readonly Outlook[], accepted: AcceptedByHand): string[] {
  const { unseen, notJudged } = accepted;
  const findings = outlooks.flatMap(({ side }) => side.open);
  const more = findings.length - MAX_OPEN;
  const unexplained = outlooks.some(
    ({ side: { wanted, made, open, refused = [] } }) =>
      made < wanted && refused.length === 0 && !open.some(({ kind }) => UNROUTED.has(kind)),
  );
  const refused = outlooks.flatMap(({ side }) => side.refused ?? []);
  return [
    ...findingsNamed(accepted.sides).flatMap((finding) => findingLines(finding, accepted)),
    ...(more > 0 ? [`  - and ${more} more: run "peering drift" to see all.`] : []),
    ...refused.map(
      ({ call, code, routeTableId }) =>
        `  - ${placeOf({ routeTableId }, accepted)}: AWS has refused ${shown(call)} there within the last day (${shown(code)}), as people were told.`,
    ),
    ...(unexplained ? ['  - "peering plan" says what keeps the other routes from being made.'] : []),
    ...notJudged.map((reason) => `  - not judged: ${reason}`),
    ...(unseen === undefined
      ? []
      : [
          `  - not looked at: ${named(unseen.vpcId, accepted)} in ${shown(unseen.region)}, the other side, which this account owns as well. ` +
            'If the product works in that Region, what stands in the way there is told from there.',
        ]),
  ];
}

/** Whether all is routed and nothing is open: then there is nothing to do, unless the peering should not be there. */
function isSettled(outlooks: readonly Outlook[], open: readonly string[]): boolean {
  return open.length === 0 && outlooks.every(({ extent }) => extent === 'all');
}

function whatToDo(outlooks: readonly Outlook[], open: readonly string[], accepted: AcceptedByHand): string[] {
  const { peering, policy } = accepted;
  const command = peeringCommand('delete', peering.peeringId, peering.accepter.region);
  const end = ['', 'If it should not be there, end it:', command];
  if (outlooks.some(({ routing }) => routing.kind === 'rejected')) {
    return [
      'The product ends no peering. Delete it, or change the rule that rejects it and deploy:',
      command,
    ];
  }
  const isWhole = outlooks.every(({ extent }) => extent === 'all');
  if (isWhole) {
    return [
      isSettled(outlooks, open) ? 'Nothing to do.' : 'What is open is named above, with what to do about it.',
      ...end,
    ];
  }
  const withoutRule = outlooks.find(({ routing }) => routing.kind === 'no-rule');
  if (withoutRule === undefined) {
    return ['What stands in the way is named above. When that is settled, its routes follow.', ...end];
  }
  const suggestion = suggestionLines(withoutRule.routing, withoutRule.side.view, policy);
  return [
    ...(suggestion.length > 0
      ? suggestion
      : ['To have it routed, add a rule for it to peering-policy.yml and deploy.']),
    ...end,
  ];
}

function routedSubject(outlooks: readonly Outlook[], { unseen, sides: [first] }: AcceptedByHand): string {
  if (outlooks.every(({ extent }) => extent === 'none')) {
    return 'not routed';
  }
  if (outlooks.some(({ extent }) => extent !== 'all')) {
    return 'routed in part';
  }
  return unseen === undefined ? 'routed' : `routed from ${shown(first.view.local.vpcId)}`;
}

function whyLines({ sides }: AcceptedByHand): string[] {
  return reasonLines(
    sides.flatMap(({ view, decision }) =>
      decision.reasons.map((reason) => (sides.length === 1 ? reason : `${view.local.vpcId}: ${reason}`)),
    ),
  );
}

/**
 * A person accepted a request that the policy did not accept: who, what of it is routed on each side that the account owns,
 * what stands in the way, and which rule would route it.
 */
export function acceptedByHandNotification(accepted: AcceptedByHand): Notification {
  const { peering, sides, actor, policy, accountId } = accepted;
  const outlooks = sides.map((side) => outlookOf(side, policy));
  const open = openLines(outlooks, accepted);
  const who = actor === undefined ? 'by hand' : `by ${shown(actor)}`;
  return notificationOf(
    subjectAbout(
      peering,
      (name) =>
        `VPC peering ${name} accepted by hand in ${shown(accountId)}: ${routedSubject(outlooks, accepted)}`,
    ),
    [
      `${peeringName(peering, accepted)} was accepted ${who}, not by the product.`,
      ...followLines(outlooks, accepted),
      '',
      `Peering:   ${namedPeering(peering)}`,
      ...sideLines(peering, accepted, peering.accepter.region),
      '',
      ...(open.length === 0 ? [] : ['What is open about it:', ...open, '']),
      'Why:',
      ...whyLines(accepted),
      '',
      ...whatToDo(outlooks, open, accepted),
    ],
    {
      severity: isSettled(outlooks, open) ? 'notice' : 'action',
      ...(driftMetrics(findingsNamed(sides)).RouteDriftUnrepaired > 0
        ? { alarm: 'RouteDriftUnrepaired' }
        : {}),
    },
  );
}
