import { fromNow, peeringCommand, utc } from '../lib/messages/text.ts';
import { type KnownPeered, ONE_PEERING } from '../lib/policy/peered-already.ts';
import { type Output, shown } from './output.ts';
import type { WaitingRequest } from './waiting.ts';

/** Requests that wait, as text. */

/** As many CIDRs as fit a line. */
const MOST_CIDRS = 8;

function endText({ accountId, region, vpcId, name, cidrs }: WaitingRequest['requester']): string {
  const blocks = cidrs.length === 0 ? 'CIDRs not visible' : someOf(cidrs);
  return `${shown(vpcId)}${name === null ? '' : ` (${shown(name, 60)})`} of account ${shown(accountId)} in ${shown(region)}: ${blocks}`;
}

/** What one side would get, as the rest of a sentence. */
function routeText({
  vpcId,
  rule,
  isUndecided,
  destinations,
  inPlace,
  routeTables,
}: WaitingRequest['wouldRoute'][number]): string {
  if (isUndecided) {
    return `${vpcId}: not known yet, for the reasons above`;
  }
  if (rule === null) {
    return `${vpcId}: nothing, as no rule says which routes it gets`;
  }
  if (routeTables.length === 0) {
    return `${vpcId}: nothing yet, as no route table of it is tagged for rule ${rule}`;
  }
  const tables = routeTables.join(', ');
  const there =
    inPlace.length === 0
      ? undefined
      : `${someOf(inPlace)} ${inPlace.length === 1 ? 'is' : 'are'} there already`;
  if (destinations.length === 0) {
    return there === undefined
      ? `${vpcId}: nothing in ${tables}, as its tables stand now, although rule ${rule} matches`
      : `${vpcId}: nothing new in ${tables} by rule ${rule}: ${there}`;
  }
  return `${vpcId}: ${someOf(destinations)} in ${tables} by rule ${rule}${there === undefined ? '' : `; ${there}`}`;
}

function someOf(cidrs: readonly string[]): string {
  const more = cidrs.length > MOST_CIDRS ? ` and ${cidrs.length - MOST_CIDRS} more` : '';
  return `${cidrs.slice(0, MOST_CIDRS).join(', ')}${more}`;
}

/** `2026-12-01 00:00 UTC, in 2 days`. */
function expiryText(expiresAt: string | null, now: Date): string {
  if (expiresAt === null) {
    return 'not known';
  }
  const at = new Date(expiresAt);
  const distance = fromNow(at, now);
  return `${utc(at)}${distance === undefined ? '' : `, ${distance}`}`;
}

/** What to type where the product does not answer: it takes the credentials of whoever types it. */
function byAws(verb: 'accept' | 'reject' | 'delete', { peeringId, region }: WaitingRequest): string {
  return peeringCommand(verb, peeringId, region).trim();
}

/** What to do about a request that nobody can accept, as its VPCs have their one peering. */
function toDoOfPeered(request: WaitingRequest, { peeringId: other, how }: KnownPeered): string {
  const { answeredBy, isInReach, heldBy, peeringId } = request;
  const reject = isInReach && heldBy === null ? `peering reject ${peeringId}` : byAws('reject', request);
  const are = how === 'live' ? 'are' : 'are about to be';
  return (
    `${answeredBy === 'them' ? byAws('delete', request) : reject}: its VPCs ${are} peered by ${other}, and ${ONE_PEERING}. ` +
    `Or delete ${other} first, if this one shall take its place`
  );
}

function byAwsAlone(request: WaitingRequest): string {
  const { decision } = request;
  return decision === 'hold'
    ? `${byAws('reject', request)}, or ${byAws('accept', request)}, which heeds none of the reasons above`
    : byAws(decision, request);
}

/** What the stack does about it by itself, once nothing keeps it from answering. */
function thenText({ decision }: Pick<WaitingRequest, 'decision'>): string {
  return decision === 'hold' ? 'it is decided again' : `the functions ${decision} it`;
}

/** Neither the functions nor peering accept and peering reject answer it: what has to go first, and what answers it all the same. */
function heldText(request: WaitingRequest, heldBy: NonNullable<WaitingRequest['heldBy']>): string {
  const { region } = request;
  switch (heldBy) {
    case 'observe':
      return `Write mode: enforce into the policy and deploy; then ${thenText(request)}. Or answer it by AWS's own means, as peering accept and peering reject refuse until then, and nothing is routed either: ${byAwsAlone(request)}`;
    case 'frozen':
      return `peering thaw --region ${shown(region)} ends the freeze; with the next sweep after that ${thenText(request)}. Until then peering accept and peering reject refuse it.`;
    case 'no-stack':
      return `peering deploy; then ${thenText(request)}. No stack was found, so nothing answers it, and peering accept and peering reject refuse it. Or by AWS's own means: ${byAwsAlone(request)}`;
  }
}

function whatToDo(request: WaitingRequest): string {
  const { answeredBy, accepter, decision, peeringId, byHand, isInReach, heldBy, refused, peeredBy } = request;
  if (peeredBy !== null && decision === 'hold') {
    return toDoOfPeered(request, peeredBy);
  }
  if (answeredBy === 'them') {
    return `Account ${shown(accepter.accountId)} answers it.`;
  }
  if (!isInReach) {
    return `${byAws('accept', request)}, or ${byAws('reject', request)}. Or add ${shown(request.region)} to the regions of the policy, and deploy.`;
  }
  if (heldBy !== null) {
    return heldText(request, heldBy);
  }
  const reject = `peering reject ${peeringId}`;
  if (decision !== 'hold') {
    return refused === null
      ? `Nothing, where the stack runs this policy: its functions ${decision} it.`
      : `AWS has refused ${shown(refused.call)} to the functions within the last day (${shown(refused.code)}), as people were told: settle that, or answer it with your own credentials: ${decision === 'accept' ? `peering accept ${peeringId}` : reject}`;
  }
  switch (byHand?.kind) {
    case 'possible':
      return `peering accept ${peeringId}, or ${reject}`;
    case 'choose':
      return `peering accept ${peeringId} --as RULE (${byHand.rules.join(', ')}), or ${reject}`;
    default:
      return `What keeps it from being accepted has to go first: until then peering accept refuses it. Or ${reject}`;
  }
}

export function writeRequest(request: WaitingRequest, now: Date, output: Output): void {
  const {
    peeringId,
    peeringName,
    answeredBy,
    decision,
    rule,
    requester,
    accepter,
    reasons,
    inTheWay,
    byHand,
  } = request;
  const state = answeredBy === 'them' ? 'asked by us' : decision === 'hold' ? 'held' : `to ${decision}`;
  const label = (text: string) => output.paint(text.padEnd(11), 'dim');
  output.line(
    `${output.paint(peeringId, 'bold')}${peeringName === null ? '' : ` (${shown(peeringName, 80)})`}  ${output.paint(state, decision === 'reject' ? 'red' : 'yellow')}  ${rule === null ? '(no rule)' : `by rule ${rule}`}`,
  );
  output.line(`  ${label('From')}${endText(requester)}`);
  output.line(`  ${label('To')}${endText(accepter)}`);
  output.line(`  ${label('Expires')}${expiryText(request.expiresAt, now)}`);
  for (const reason of reasons) {
    output.line(`  ${label('Why')}${shown(reason)}`);
  }
  // Of the requester's side a reason says from where it is seen.
  const unnamed = inTheWay.filter((each) => !reasons.some((reason) => reason.endsWith(each)));
  for (const reason of unnamed) {
    output.line(`  ${label('In the way')}${shown(reason)}`);
  }
  for (const why of byHand?.why.filter((each) => ![...reasons, ...inTheWay].includes(each)) ?? []) {
    output.line(`  ${label('Refused')}${shown(why)}`);
  }
  for (const side of request.wouldRoute) {
    output.line(`  ${label('Routes')}${shown(routeText(side))}`);
  }
  output.line(`  ${label('To do')}${whatToDo(request)}`);
  output.line();
}
