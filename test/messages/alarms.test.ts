import { callFailedNotification } from '../../lib/messages/call-failed.ts';
import { connectNotification } from '../../lib/messages/connections.ts';
import { connectivityLostNotification, notCheckedNotification } from '../../lib/messages/connectivity.ts';
import { driftNotification } from '../../lib/messages/findings.ts';
import { togetherNotification } from '../../lib/messages/together.ts';
import type { Finding, FindingKind } from '../../lib/model/finding.ts';
import { OWN, REGION } from '../support/fixtures.ts';

/** Which alarm rings with a message, so that the page of that alarm is named below it. */

const PCX = 'pcx-11111111111111111';
const watched = { peeringId: PCX, peering: undefined, accountId: OWN, region: REGION };

const finding = (kind: FindingKind, parts: Partial<Finding> = {}): Finding => ({
  kind,
  region: REGION,
  detail: 'Something.',
  repairable: false,
  ...parts,
});
const drift = (...findings: readonly Finding[]) => driftNotification(findings, { accountId: OWN }).alarm;
const refused = callFailedNotification({
  region: REGION,
  accountId: OWN,
  call: 'CreateRoute',
  code: 'UnauthorizedOperation',
  message: 'no',
});

it.each<[string, string | undefined, readonly Finding[]]>([
  ['is being repaired', undefined, [finding('missing', { repairable: true })]],
  ['is left to a person', 'RouteDriftUnrepaired', [finding('conflict')]],
  ['is held back', 'RouteDriftUnrepaired', [finding('missing', { repairable: true, heldBy: 'repair-off' })]],
  [
    'is repaired in part',
    'RouteDriftUnrepaired',
    [finding('missing', { repairable: true }), finding('untagged')],
  ],
  ['rings no alarm', undefined, [finding('one-sided')]],
])('drift that %s: %s', (_what, alarm, findings) => {
  expect(drift(...findings)).toBe(alarm);
});

it('a call that AWS refuses', () => {
  expect(refused.alarm).toBe('PermanentFailures');
});

it('a peering that loses its pings, and one that is not checked', () => {
  expect(connectivityLostNotification({ ...watched, seen: [], before: [] }).alarm).toBe('ConnectivityLost');
  const blind = {
    vpcId: 'vpc-1',
    since: new Date(0),
    why: 'The source is stopped.',
    lastPings: 'answered',
  } as const;
  expect(notCheckedNotification([{ ...watched, ...blind }]).alarm).toBe('ProbesWithoutVerdict');
});

it('VPCs that cannot be connected', () => {
  const told = (problems: readonly { says: string }[]) =>
    connectNotification({ requested: [], leaving: [], deleted: [], problems }, { accountId: OWN }).alarm;
  expect([told([{ says: 'Their ranges overlap.' }]), told([])]).toEqual(['RouteDriftUnrepaired', undefined]);
});

it('several in one mail, where the same alarm rings for all of them', () => {
  const words = { of: 'message', where: 'here', rest: 'Look.' };
  expect(togetherNotification([refused, refused], words).alarm).toBe('PermanentFailures');
  expect(
    togetherNotification([refused, { severity: 'notice', subject: 'a', message: 'b' }], words).alarm,
  ).toBeUndefined();
});
