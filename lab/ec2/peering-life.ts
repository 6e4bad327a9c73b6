import type { Place } from '../types.ts';
import type { Ec2Settings } from './settings.ts';

/** The life of a peering, from what happened to it and what time it is. Pure. */

export interface PeeringEnd extends Place {
  readonly vpcId: string;
}

export interface PeeringOptions {
  readonly allowDnsResolutionFromRemoteVpc: boolean;
}

export interface PeeringRecord {
  readonly peeringId: string;
  readonly requester: PeeringEnd;
  readonly accepter: PeeringEnd;
  /** Times are milliseconds of the lab's clock. */
  readonly createdAt: number;
  /** Set: the request failed. */
  readonly failedAt?: number;
  readonly acceptedAt?: number;
  readonly rejectedAt?: number;
  readonly deleted?: { readonly at: number; readonly byAccountId: string };
  readonly requesterOptions: PeeringOptions;
  readonly accepterOptions: PeeringOptions;
}

export type PeeringCode =
  | 'initiating-request'
  | 'pending-acceptance'
  | 'failed'
  | 'expired'
  | 'rejected'
  | 'provisioning'
  | 'active'
  | 'deleting'
  | 'deleted';

export interface PeeringStatus {
  readonly code: PeeringCode;
  readonly message: string;
  /** When it came to this. */
  readonly since: number;
}

type Timing = Pick<Ec2Settings, 'initiatingMs' | 'provisioningMs' | 'deletingMs'>;

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
export const REQUEST_LIFETIME_MS = 7 * DAY_MS;

export function samePlace(a: Place, b: Place): boolean {
  return a.accountId === b.accountId && a.region === b.region;
}

export function statusAt(record: PeeringRecord, now: number, timing: Timing): PeeringStatus {
  const { requester, accepter, createdAt, failedAt, acceptedAt, rejectedAt, deleted } = record;
  if (deleted !== undefined) {
    const gone = deleted.at + (requester.region === accepter.region ? 0 : timing.deletingMs);
    return now < gone
      ? { code: 'deleting', message: `Deleting by ${deleted.byAccountId}`, since: deleted.at }
      : { code: 'deleted', message: `Deleted by ${deleted.byAccountId}`, since: gone };
  }
  if (rejectedAt !== undefined) {
    return { code: 'rejected', message: 'Inactive', since: rejectedAt };
  }
  if (acceptedAt !== undefined) {
    const ready = acceptedAt + timing.provisioningMs;
    return now < ready
      ? { code: 'provisioning', message: 'Provisioning', since: acceptedAt }
      : { code: 'active', message: 'Active', since: ready };
  }
  const initiated = createdAt + timing.initiatingMs;
  if (now < initiated) {
    return {
      code: 'initiating-request',
      message: `Initiating Request to ${accepter.accountId}`,
      since: createdAt,
    };
  }
  if (failedAt !== undefined) {
    return {
      code: 'failed',
      message: 'Failed due to incorrect VPC-ID, Account ID, or overlapping CIDR range',
      since: Math.max(failedAt, initiated),
    };
  }
  const expires = createdAt + REQUEST_LIFETIME_MS;
  return now >= expires
    ? { code: 'expired', message: 'Expired', since: expires }
    : {
        code: 'pending-acceptance',
        message: `Pending Acceptance by ${accepter.accountId}`,
        since: initiated,
      };
}

/** How long an ended peering is still shown to an account, in milliseconds. */
function lingering(record: PeeringRecord, code: PeeringCode, accountId: string): number {
  const { requester, accepter } = record;
  const oneAccount = requester.accountId === accepter.accountId;
  switch (code) {
    case 'failed':
      return accountId === requester.accountId ? 2 * HOUR_MS : 0;
    case 'expired':
      return 2 * DAY_MS;
    case 'rejected':
      return oneAccount || accountId === accepter.accountId ? 2 * HOUR_MS : 2 * DAY_MS;
    case 'deleted':
      return oneAccount || accountId === record.deleted?.byAccountId ? 2 * HOUR_MS : 2 * DAY_MS;
    default:
      return Number.POSITIVE_INFINITY;
  }
}

/** Whether Describe shows the peering to that account in that Region. */
export function isVisible(record: PeeringRecord, place: Place, now: number, timing: Timing): boolean {
  if (!samePlace(record.requester, place) && !samePlace(record.accepter, place)) {
    return false;
  }
  const { code, since } = statusAt(record, now, timing);
  return now < since + lingering(record, code, place.accountId);
}

/** Which sides' CIDRs Describe shows. */
export function visibleCidrs(code: PeeringCode): 'both' | 'requester' | 'none' {
  switch (code) {
    case 'provisioning':
    case 'active':
      return 'both';
    case 'deleting':
    case 'deleted':
      return 'none';
    default:
      return 'requester';
  }
}
