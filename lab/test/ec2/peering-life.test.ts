import fc from 'fast-check';
import {
  isVisible,
  type PeeringCode,
  type PeeringRecord,
  statusAt,
  visibleCidrs,
} from '../../ec2/peering-life.ts';

const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;
const timing = { initiatingMs: 5_000, provisioningMs: 10_000, deletingMs: 20_000 };

/** What may follow what; a state that is not here is final. */
const NEXT: Partial<Record<PeeringCode, readonly PeeringCode[]>> = {
  'initiating-request': ['pending-acceptance', 'failed'],
  'pending-acceptance': ['provisioning', 'rejected', 'expired', 'deleting', 'deleted', 'failed'],
  provisioning: ['active'],
  active: ['deleting', 'deleted'],
  deleting: ['deleted'],
};

const requester = { accountId: '111111111111', region: 'us-east-1', vpcId: 'vpc-a' };
const accepters = [
  { accountId: '111111111111', region: 'us-east-1', vpcId: 'vpc-b' },
  { accountId: '111111111111', region: 'eu-west-1', vpcId: 'vpc-b' },
  { accountId: '222222222222', region: 'eu-west-1', vpcId: 'vpc-b' },
];

/** Lives as the API allows them: every step after the one before has taken its time. */
const lives: fc.Arbitrary<PeeringRecord> = fc
  .record({
    accepter: fc.constantFrom(...accepters),
    end: fc.constantFrom('waits', 'fails', 'rejected', 'withdrawn', 'accepted', 'deleted'),
    answeredAfter: fc.integer({ min: timing.initiatingMs, max: 7 * DAY - 1 }),
    deletedAfter: fc.integer({ min: timing.provisioningMs, max: 30 * DAY }),
    byAccepter: fc.boolean(),
  })
  .map(({ accepter, end, answeredAfter, deletedAfter, byAccepter }) => {
    const options = { allowDnsResolutionFromRemoteVpc: false };
    const by = byAccepter ? accepter.accountId : requester.accountId;
    return {
      peeringId: 'pcx-1',
      requester,
      accepter,
      createdAt: 0,
      requesterOptions: options,
      accepterOptions: options,
      ...(end === 'fails' ? { failedAt: 0 } : {}),
      ...(end === 'rejected' ? { rejectedAt: answeredAfter } : {}),
      ...(end === 'withdrawn' ? { deleted: { at: answeredAfter, byAccountId: requester.accountId } } : {}),
      ...(end === 'accepted' || end === 'deleted' ? { acceptedAt: answeredAfter } : {}),
      ...(end === 'deleted' ? { deleted: { at: answeredAfter + deletedAfter, byAccountId: by } } : {}),
    };
  });

/** The record as it was at that time: nothing in it is of the future. */
function asOf(record: PeeringRecord, now: number): PeeringRecord {
  const { acceptedAt, rejectedAt, deleted, ...rest } = record;
  return {
    ...rest,
    ...(acceptedAt !== undefined && acceptedAt <= now ? { acceptedAt } : {}),
    ...(rejectedAt !== undefined && rejectedAt <= now ? { rejectedAt } : {}),
    ...(deleted !== undefined && deleted.at <= now ? { deleted } : {}),
  };
}

const moments = fc
  .array(fc.oneof(fc.integer({ min: 0, max: 60_000 }), fc.integer({ min: 0, max: 45 * DAY })), {
    maxLength: 30,
  })
  .map((times) => times.toSorted((a, b) => a - b));

function reachable(from: PeeringCode, to: PeeringCode): boolean {
  return from === to || (NEXT[from] ?? []).some((next) => reachable(next, to));
}

describe('the life of a peering, as time goes by', () => {
  it('goes only where EC2 lets it go, and never back', () => {
    fc.assert(
      fc.property(lives, moments, (record, times) => {
        let before: PeeringCode = 'initiating-request';
        for (const now of times) {
          const { code, since } = statusAt(asOf(record, now), now, timing);
          expect({ before, code, possible: reachable(before, code) }).toMatchObject({ possible: true });
          expect(since).toBeLessThanOrEqual(now);
          before = code;
        }
      }),
    );
  });

  it('is seen by its two sides only, and once out of sight stays so', () => {
    fc.assert(
      fc.property(lives, moments, (record, times) => {
        expect(isVisible(record, { accountId: '333333333333', region: 'us-east-1' }, 0, timing)).toBe(false);
        for (const side of [record.requester, record.accepter]) {
          const seen = times.map((now) => isVisible(asOf(record, now), side, now, timing));
          const firstGone = seen.indexOf(false);
          expect(firstGone === -1 || seen.slice(firstGone).every((visible) => !visible)).toBe(true);
          const codes = times.map((now) => statusAt(asOf(record, now), now, timing).code);
          for (const [index, code] of codes.entries()) {
            if (code === 'pending-acceptance' || code === 'provisioning' || code === 'active') {
              expect(seen[index]).toBe(true);
            }
          }
        }
      }),
    );
  });

  it.each<[PeeringCode, string]>([
    ['pending-acceptance', 'requester'],
    ['rejected', 'requester'],
    ['provisioning', 'both'],
    ['active', 'both'],
    ['deleting', 'none'],
    ['deleted', 'none'],
  ])('while %s shows the CIDRs of: %s', (code, expected) => {
    expect(visibleCidrs(code)).toBe(expected);
  });
});
