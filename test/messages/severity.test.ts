import { acceptedByHandNotification } from '../../lib/messages/accepted-by-hand.ts';
import { callFailedNotification } from '../../lib/messages/call-failed.ts';
import {
  checkedAgainNotification,
  connectivityLostNotification,
  connectivityRestoredNotification,
  lossOverNotification,
  notCheckedNotification,
} from '../../lib/messages/connectivity.ts';
import { endedNotification, ownRequestEndedNotification } from '../../lib/messages/ended.ts';
import { driftNotification } from '../../lib/messages/findings.ts';
import { frozenNotification, thawedNotification } from '../../lib/messages/freeze.ts';
import { pathNotification } from '../../lib/messages/path.ts';
import { requestDigest } from '../../lib/messages/request-digest.ts';
import { reminderNotification, requestNotification } from '../../lib/messages/requests.ts';
import { togetherNotification } from '../../lib/messages/together.ts';
import type { Finding } from '../../lib/model/finding.ts';
import type { Notification } from '../../lib/model/notification.ts';
import { decide } from '../../lib/policy/decide.ts';
import type { Policy } from '../../lib/policy/schema.ts';
import { OWN, peering, policyOf, REGION } from '../support/fixtures.ts';
import { local, remote, rule, viewOf } from './with-another-account.ts';

/** Which messages ask a person to act. docs/policy.md has the same list in words. */

const PCX = 'pcx-11112222';
const now = new Date('2026-03-02T11:00:00Z');
const watched = { peeringId: PCX, peering: undefined, accountId: OWN, region: REGION };
const blind = {
  ...watched,
  vpcId: 'vpc-1',
  since: now,
  why: 'The source is stopped.',
  lastPings: 'answered',
} as const;
const request = peering(PCX, remote, local, { status: 'pending-acceptance' });
const live = peering(PCX, remote, local);
const accepting = policyOf({ rules: [rule('accept')] });
const holding = policyOf({ rules: [rule('hold')] });
const rejecting = policyOf({ rules: [rule('reject')] });
const observing = policyOf({ mode: 'observe', rules: [rule('accept')] });

function decisionOf(policy: Policy, of = request) {
  const facts = { accountId: OWN, activePeerings: 0, localCidrs: local.cidrs, obstacles: () => [] };
  return decide(viewOf(of), policy, facts);
}

const decided = (policy: Policy) => requestNotification(request, decisionOf(policy), { policy, now });
const digest = (...policies: readonly Policy[]) =>
  requestDigest(
    policies.map((policy) => ({ peering: request, decision: decisionOf(policy) })),
    { policy: holding, accountId: OWN, now },
  );
const accepted = (policy: Policy) =>
  acceptedByHandNotification({
    peering: live,
    sides: [{ view: viewOf(live), decision: decisionOf(policy, live), wanted: 1, made: 1, open: [] }],
    notJudged: [],
    policy,
    accountId: OWN,
  });
const finding = (parts: Partial<Finding>): Finding => ({
  kind: 'missing',
  region: REGION,
  detail: 'Something.',
  repairable: true,
  ...parts,
});
const drift = (...findings: readonly Finding[]) => driftNotification(findings, { accountId: OWN });
const ended = (parts: object) =>
  endedNotification({
    peering: PCX,
    status: 'deleted',
    statusMessage: '',
    routesRemoved: 1,
    accountId: OWN,
    region: REGION,
    ...parts,
  });
const expired = peering(PCX, local, remote, { status: 'expired' });
const refused = callFailedNotification({
  region: REGION,
  accountId: OWN,
  call: 'CreateRoute',
  code: 'UnauthorizedOperation',
  message: 'no',
});
const frozen = { accountId: OWN, regions: [REGION] };

it.each<[string, Notification]>([
  ['a request that is held', decided(holding)],
  ['requests of which one is held', digest(accepting, holding)],
  ['a request that only a person can answer, because the mode is observe', decided(observing)],
  [
    'a request that expires soon',
    reminderNotification(request, decisionOf(holding), { policy: holding, now }),
  ],
  ['a call that AWS refuses', refused],
  ['drift that is left to a person', drift(finding({ repairable: false }))],
  ['drift that something keeps from being repaired', drift(finding({ heldBy: 'repair-off' }))],
  ['drift that is repaired in part', drift(finding({}), finding({ kind: 'conflict', repairable: false }))],
  ['a peering that was accepted by hand, and that a rule rejects', accepted(rejecting)],
  ['a peering that ended, some of whose routes stay', ended({ routesLeft: [finding({ kind: 'stale' })] })],
  [
    'an own request that came to nothing',
    ownRequestEndedNotification(
      { peering: expired, region: REGION, askedBy: 'ours' },
      { accountId: OWN, cidrsOf: () => undefined },
    ),
  ],
  ['pings that are lost', connectivityLostNotification({ ...watched, seen: [], before: [] })],
  ['a peering that is not checked any more', notCheckedNotification([blind])],
  [
    'large packets that do not pass',
    pathNotification(watched, { results: [] }, { kind: 'mtu', state: 'hindered' }),
  ],
])('%s: action', (_what, { severity }) => {
  expect(severity).toBe('action');
});

it.each<[string, Notification]>([
  ['a request that was accepted', decided(accepting)],
  ['a request that was rejected', decided(rejecting)],
  ['requests that were answered', digest(accepting, rejecting)],
  ['drift that is being repaired', drift(finding({}))],
  ['a peering that was accepted by hand, and is routed', accepted(holding)],
  ['a peering that ended, with its routes', ended({})],
  ['pings that are answered again', connectivityRestoredNotification({ ...watched, seen: [] })],
  ['a loss that nobody asks about any more', lossOverNotification(watched)],
  ['a peering that is checked again', checkedAgainNotification([blind])],
  [
    'large packets that pass again',
    pathNotification(watched, { results: [] }, { kind: 'mtu', state: 'fine' }),
  ],
  ['a freeze', frozenNotification({ since: 0, by: 'ann', because: 'a change', until: 1 }, frozen)],
  ['the end of a freeze', thawedNotification('Frozen.', undefined, frozen)],
])('%s: notice', (_what, { severity }) => {
  expect(severity).toBe('notice');
});

it('several in one message ask for what one of them asks', () => {
  const words = { of: 'VPC peering', where: 'here', rest: 'Run "peering status".' };
  const notice = ended({});
  expect(togetherNotification([notice, notice], words).severity).toBe('notice');
  expect(togetherNotification([notice, refused], words).severity).toBe('action');
});
