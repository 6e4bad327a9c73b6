import { reminderDigest, requestDigest } from '../messages/request-digest.ts';
import { type FailedCall, reminderNotification, requestNotification } from '../messages/requests.ts';
import type { Names } from '../messages/text.ts';
import type { MemoryUpdate, RegionMemory } from '../model/memory.ts';
import type { Notification } from '../model/notification.ts';
import type { Peering } from '../model/peering.ts';
import { isHeldByRule } from '../policy/decision.ts';
import type { RequestToCarryOut } from './request-calls.ts';
import { isHeldAnew } from './request-notes.ts';
import type { TellDependencies } from './tell-dependencies.ts';

/** A request that soon expires, of which people have to be told. */
export interface ExpiringRequest {
  readonly request: RequestToCarryOut;
  /** What to remember once they were. */
  readonly updates: readonly MemoryUpdate[];
  /** The call by which it cannot be answered. */
  readonly failed?: FailedCall;
}

/** When mails about requests were sent lately, in seconds since the epoch, separated by blanks. */
export const REQUEST_MAILS_KEY = 'request-mails';
/** In so many seconds at most so many mails about requests: what comes after that waits for a later look, and comes together. */
const WINDOW_SECONDS = 10 * 60;
const MAX_IN_WINDOW = 10;

function sentLately({ notes }: Pick<RegionMemory, 'notes'>, at: number): number[] {
  return (notes.get(REQUEST_MAILS_KEY)?.value ?? '')
    .split(' ')
    .map(Number)
    .filter((time) => Number.isSafeInteger(time) && time > at - WINDOW_SECONDS && time <= at);
}

/** Whether people got so many mails about requests of a Region lately that the next one waits, to hold more. */
export function mailsCanWait(remembered: Pick<RegionMemory, 'notes'>, now: Date): boolean {
  return sentLately(remembered, Math.floor(now.getTime() / 1000)).length >= MAX_IN_WINDOW;
}

/** Counts a mail that was sent now. */
export function mailSent(remembered: Pick<RegionMemory, 'notes'>, now: Date): MemoryUpdate {
  const at = Math.floor(now.getTime() / 1000);
  const value = [...sentLately(remembered, at), at].slice(-MAX_IN_WINDOW).join(' ');
  return { kind: 'note', key: REQUEST_MAILS_KEY, value, at, expiresAt: at + WINDOW_SECONDS };
}

export interface MailContext extends Pick<TellDependencies, 'accountId' | 'policy' | 'now'>, Names {
  /** All that was read. */
  readonly peerings?: readonly Peering[];
}

/** The peering of the same two VPCs that somebody deleted before, as long as EC2 shows it: of several one. */
function deletedBefore({ requester, accepter }: Peering, all: readonly Peering[] = []): Peering | undefined {
  const ends = [requester.vpcId, accepter.vpcId];
  return all.find(
    (each) =>
      (each.status === 'deleted' || each.status === 'deleting') &&
      ends.includes(each.requester.vpcId) &&
      ends.includes(each.accepter.vpcId),
  );
}

/** Of one that is answered already, whether a person may accept it is not known any more. */
type Decided = Pick<RequestToCarryOut, 'peering' | 'decision' | 'sides' | 'askedBy'> &
  Partial<Pick<RequestToCarryOut, 'byHand' | 'remembered'>>;

/** A message about one request that a hold rule holds, and nothing else, can be answered where it is shown. */
function answerableOf({
  peering: {
    peeringId,
    accepter: { region },
  },
  decision,
  byHand,
}: Pick<Decided, 'peering' | 'decision' | 'byHand'>): Pick<Notification, 'answerable'> {
  return isHeldByRule(decision) && byHand?.().kind === 'possible'
    ? { answerable: { peeringId, region } }
    : {};
}

function digested({ byHand, ...request }: Decided) {
  return { ...request, ...(byHand === undefined ? {} : { byHand: byHand() }) };
}

/** Of one request all that is known; of several a table. */
export function decidedMail(
  decided: readonly [Decided, ...Decided[]],
  { accountId, policy, now, peerings, ...names }: MailContext,
): Notification {
  const [first, ...others] = decided;
  const { peering, decision, sides, byHand, askedBy, remembered } = first;
  const isAgain =
    remembered !== undefined && isHeldAnew(remembered, policy.tagPrefix, peering, decision, now());
  const before = deletedBefore(peering, peerings);
  return others.length === 0
    ? {
        ...requestNotification(peering, decision, {
          policy,
          now: now(),
          sides,
          ...(byHand === undefined ? {} : { byHand: byHand() }),
          ...names,
          ...(askedBy === undefined ? {} : { askedBy }),
          ...(before === undefined ? {} : { before }),
          ...(isAgain ? { told: 'for something else' as const } : {}),
        }),
        ...answerableOf(first),
      }
    : requestDigest(decided.map(digested), { accountId, policy, now: now(), ...names });
}

/** The same of requests that soon expire. */
export function expiringMail(
  expiring: readonly [ExpiringRequest, ...ExpiringRequest[]],
  { accountId, policy, now, ...names }: MailContext,
): Notification {
  const [{ request, failed }, ...others] = expiring;
  const { peering, decision, sides, byHand } = request;
  return others.length === 0
    ? {
        ...reminderNotification(peering, decision, {
          policy,
          now: now(),
          sides,
          byHand: byHand(),
          ...names,
          ...(failed === undefined ? {} : { failed }),
        }),
        ...answerableOf(request),
      }
    : reminderDigest(
        expiring.map(({ request: { peering: of, decision: said, byHand: can }, failed: call }) => ({
          peering: of,
          decision: said,
          byHand: can(),
          ...(call === undefined ? {} : { failed: call }),
        })),
        { accountId, policy, now: now(), ...names },
      );
}
