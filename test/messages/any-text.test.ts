import fc from 'fast-check';
import { acceptedByHandNotification } from '../../lib/messages/accepted-by-hand.ts';
import { callFailedNotification } from '../../lib/messages/call-failed.ts';
import { endedNotification, ownRequestEndedNotification } from '../../lib/messages/ended.ts';
import { driftNotification } from '../../lib/messages/findings.ts';
import { reminderNotification, requestNotification } from '../../lib/messages/requests.ts';
import { fromNow, notificationOf, utc } from '../../lib/messages/text.ts';
import { FINDING_KINDS, type Finding } from '../../lib/model/finding.ts';
import type { Notification } from '../../lib/model/notification.ts';
import {
  PEERING_STATUSES,
  type Peering,
  type PeeringSide,
  type PeeringStatus,
  type PeeringView,
} from '../../lib/model/peering.ts';
import { decide } from '../../lib/policy/decide.ts';
import type { Decision } from '../../lib/policy/decision.ts';
import { anyText } from '../support/any-text.ts';
import { policyOf } from '../support/fixtures.ts';
import { runs } from '../support/runs.ts';

const text = fc.oneof(
  fc.constantFrom(
    'x\r\n\nSubject: accepted',
    '\u001b[2J\u001b]0;owned\u0007',
    '\u202eevil\u2066',
    '\u0000\u009b31m\u200b\ufeff',
    '\ud800',
    'x'.repeat(3000),
    '\u{1f600}'.repeat(300),
    'vpc-1111',
    '111111111111',
    'toString',
    '',
  ),
  anyText({ maxLength: 40 }),
  fc.string({ unit: 'grapheme', maxLength: 40 }),
);
const maybe = fc.option(text, { nil: undefined });
const cidr = fc.oneof(fc.constantFrom('10.1.0.0/16', '10.2.0.0/16', '2001:db8::/56'), text);
const side: fc.Arbitrary<PeeringSide> = fc.record({
  accountId: text,
  region: text,
  vpcId: text,
  cidrs: fc.array(cidr, { maxLength: 3 }),
});
const status = fc.constantFrom<PeeringStatus>(...PEERING_STATUSES);
const date = fc.date({ noInvalidDate: false });
const peering: fc.Arbitrary<Peering> = fc.record({
  peeringId: text,
  status,
  statusMessage: text,
  requester: side,
  accepter: side,
  expiresAt: date,
  tags: fc.constant({}),
});
const policy = fc.constantFrom(
  policyOf({ rules: [] }),
  policyOf(),
  policyOf({ mode: 'observe' }),
  policyOf({ rules: [{ name: 'any', effect: 'hold' }] }),
  policyOf({ rules: [{ name: 'any', effect: 'accept', remote: { accountTags: { Team: 'net' } } }] }),
);
/** What decide never says, but a caller might hand on. */
const madeUp: fc.Arbitrary<Decision> = fc.record({
  decision: fc.constantFrom('accept', 'hold', 'reject'),
  rule: text,
  effect: fc.constantFrom('accept', 'hold', 'reject'),
  reasons: fc.array(text, { maxLength: 150 }),
  rules: fc.constant([]),
  routableCidrs: fc.array(cidr, { maxLength: 3 }),
  managed: fc.boolean(),
});

function viewOf(of: Peering): PeeringView {
  return {
    peering: of,
    region: of.accepter.region,
    direction: 'inbound',
    local: of.accepter,
    remote: of.requester,
  };
}

function expectSendable({ subject, message }: Notification): void {
  expect(subject).toMatch(/^[ -~]{1,100}$/);
  expect(message).not.toMatch(/[^\n\P{C}]/u);
  expect(Buffer.byteLength(message)).toBeLessThan(256 * 1024);
  expect(message.endsWith('\n')).toBe(true);
}

/** Everything that is said about one peering. */
function allAbout(
  of: Peering,
  made: Decision,
  parts: readonly (string | undefined)[],
  now: Date,
  rules: ReturnType<typeof policyOf>,
) {
  const [accountId = '', region = '', call = '', code = '', message = '', actor, name] = parts;
  const named = { nameOf: () => name, ...(actor === undefined ? {} : { actor }) };
  const view = viewOf(of);
  const real = decide(view, rules, { accountId });
  const about = { accountId, region, ...named };
  const bare = { policy: rules, now, ...named };
  return [real, made].flatMap((decision) => {
    const side = { view, onceLive: decision, inTheWay: [message, code], waitsFor: [] };
    const context = { ...bare, sides: [side, side] };
    return [
      requestNotification(of, decision, bare),
      requestNotification(of, decision, { ...bare, sides: [side] }),
      requestNotification(of, decision, context),
      reminderNotification(of, decision, { ...context, failed: { call, code, message } }),
      reminderNotification(of, decision, context),
      acceptedByHandNotification({
        peering: of,
        sides: [
          {
            view,
            decision,
            wanted: parts.length,
            made: message.length,
            open: [{ kind: 'conflict', region, routeTableId: call, detail: message, repairable: false }],
            refused: [{ call, code, routeTableId: region }],
          },
        ],
        unseen: of.requester,
        notJudged: [message],
        policy: rules,
        ...about,
      }),
      endedNotification({
        peering: of,
        status: of.status,
        statusMessage: message,
        routesRemoved: 1,
        ...about,
      }),
      endedNotification({
        peering: of.peeringId,
        status: of.status,
        statusMessage: message,
        routesRemoved: 1,
        routesKept: [{ count: 1, heldBy: 'gap' }],
        routesRefused: [{ count: 2, call, code }],
        routesLeft: [{ kind: 'untagged', region, routeTableId: call, detail: message, repairable: false }],
        ...about,
      }),
      ownRequestEndedNotification(
        { peering: of, region, askedBy: 'ours' },
        { cidrsOf: () => [message, '10.1.0.0/16'], ...about },
      ),
      callFailedNotification({
        peeringId: of.peeringId,
        routeTableId: region,
        call,
        code,
        message,
        decision,
        ...about,
      }),
    ];
  });
}

describe('whatever stands in it', () => {
  it('a message about a peering can be sent, and holds nothing that moves or hides text', () => {
    fc.assert(
      fc.property(
        peering,
        madeUp,
        fc.array(maybe, { minLength: 7, maxLength: 7 }),
        date,
        policy,
        (of, made, parts, now, rules) => {
          for (const notification of allAbout(of, made, parts, now, rules)) {
            expectSendable(notification);
          }
        },
      ),
      { numRuns: runs(50) },
    );
  });

  it('a message about drift can be sent, and says of nothing held that it is being repaired', () => {
    const finding: fc.Arbitrary<Finding> = fc.record(
      {
        kind: fc.constantFrom(...FINDING_KINDS),
        region: text,
        routeTableId: text,
        destination: text,
        peeringId: text,
        detail: text,
        repairable: fc.boolean(),
        heldBy: fc.constantFrom(
          'observe',
          'repair-off',
          'contested',
          'acceptance',
          'rejection',
          'mass-delete',
          'gap',
        ),
      },
      { requiredKeys: ['kind', 'region', 'detail', 'repairable'] },
    );
    fc.assert(
      fc.property(fc.array(finding, { maxLength: 80 }), text, maybe, (findings, accountId, name) => {
        const notification = driftNotification(findings, {
          accountId,
          nameOf: () => name,
          vpcOf: () => name,
          changedBy: () => name,
          refused: ({ destination }) =>
            destination === undefined ? undefined : { call: destination, code: accountId },
        });
        expectSendable(notification);
        const repaired = findings.some(({ repairable, heldBy }) => repairable && heldBy === undefined);
        if (!repaired) {
          expect(notification.message).not.toContain('Being repaired');
        }
      }),
      { numRuns: runs(100) },
    );
  });

  it('a message is cut where SNS would refuse it, and says so', () => {
    const { message } = notificationOf(
      'Long',
      Array.from({ length: 1000 }, () => '\u{10000}'.repeat(1000)),
      { severity: 'notice' },
    );
    expect(Buffer.byteLength(message)).toBeLessThan(256 * 1024);
    expect(message).toContain('The rest is left out');
  });

  it.each([
    [-1, 'that has passed'],
    [0, 'that has passed'],
    [59, 'in less than a minute'],
    [60, 'in 1 minute'],
    [2 * 3600 - 1, 'in 119 minutes'],
    [2 * 3600, 'in 2 hours'],
    [48 * 3600 - 1, 'in 47 hours'],
    [48 * 3600, 'in 2 days'],
  ])('%d seconds from now is %s', (seconds, words) => {
    const now = new Date('2026-03-01T00:00:00Z');
    expect(fromNow(new Date(now.getTime() + seconds * 1000), now)).toBe(words);
  });

  it('times are in UTC, to the minute', () => {
    expect(utc(new Date('2026-03-08T12:00:59.999Z'))).toBe('2026-03-08 12:00 UTC');
  });
});
