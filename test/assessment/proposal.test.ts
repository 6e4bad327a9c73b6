import { type Judging, propose } from '../../lib/assessment/proposal.ts';
import type { Peering, Vpc } from '../../lib/model/peering.ts';
import type { Route } from '../../lib/model/route-table.ts';
import { peering, route, STRANGER, table, vpc } from '../support/fixtures.ts';
import { judgingOf } from '../support/judging.ts';

/** What follows if a person accepts a request, and what they may not accept. */

const HERE = vpc('vpc-a', ['10.1.0.0/16']);
const THERE = vpc('vpc-s', ['10.9.0.0/16'], { accountId: STRANGER });
const BY = 'arn:aws:iam::111111111111:user/ann';
const PEERS = { name: 'peers', effect: 'accept', remote: { accounts: ['222222222222'] } };
const HELD = { name: 'held', effect: 'hold', remote: { accounts: [STRANGER] } };
const REJECTED = { name: 'never', effect: 'reject', remote: { accounts: [STRANGER] } };

interface Case {
  readonly rules?: readonly object[];
  readonly policy?: object;
  readonly from?: Vpc;
  readonly of?: Peering;
  readonly routes?: readonly Route[];
  readonly optIn?: string;
}

function judging({
  rules = [PEERS],
  policy = {},
  from = THERE,
  of,
  routes = [],
  optIn = '*',
}: Case): Judging {
  return judgingOf(
    {
      vpcs: [HERE],
      peerings: [of ?? peering('pcx-1', from, HERE, { status: 'pending-acceptance' })],
      tables: [table('rtb-a', HERE, routes, { optIn })],
    },
    { rules, ...policy },
  );
}

function proposed(of: Case, as?: string) {
  return propose(judging(of), { peeringId: 'pcx-1', by: BY, ...(as === undefined ? {} : { as }) });
}

function refusal(of: Case, as?: string): string {
  const answer = proposed(of, as);
  return answer.kind === 'refused' ? answer.why.join(' ') : 'possible';
}

it('shows the routes that follow from the rule that is named', () => {
  expect(proposed({}, 'peers')).toMatchObject({
    kind: 'possible',
    acceptance: { rule: 'peers', how: 'chosen', by: BY },
    changes: [{ action: 'create', routeTableId: 'rtb-a', destination: '10.9.0.0/16', rule: 'peers' }],
  });
});

it('shows no route where no table is tagged for that rule', () => {
  expect(proposed({ optIn: 'others' }, 'peers')).toMatchObject({ kind: 'possible', changes: [] });
});

it('takes the rule that holds it, without a name', () => {
  expect(proposed({ rules: [PEERS, HELD] })).toMatchObject({
    kind: 'possible',
    acceptance: { rule: 'held', how: 'matched' },
    changes: [{ rule: 'held' }],
  });
});

it.each<[string, Case, string | undefined, string]>([
  ['without a rule', {}, undefined, 'Name one with --as RULE: peers'],
  ['with a rule that the policy does not have', {}, 'peer', 'Did you mean peers?'],
  [
    'with a rule that rejects',
    { rules: [PEERS, { ...REJECTED, remote: { accounts: ['444444444444'] } }] },
    'never',
    'Rule never rejects',
  ],
  ['with another rule than the one that matches', { rules: [PEERS, HELD] }, 'peers', 'Rule held matches'],
  [
    'that a rule rejects',
    { rules: [PEERS, REJECTED] },
    'peers',
    'Rule never matches and has the effect reject',
  ],
  ['while the policy is frozen', { policy: { guardrails: { freeze: true } } }, 'peers', 'frozen'],
  ['while it only observes', { policy: { mode: 'observe' } }, 'peers', 'mode: observe'],
  [
    'of which a part overlaps the VPC',
    { from: vpc('vpc-s', ['10.9.0.0/16', '10.1.4.0/24'], { accountId: STRANGER }) },
    'peers',
    'overlaps 10.1.0.0/16',
  ],
  [
    'whose addresses lead elsewhere',
    { routes: [route('10.9.0.0/16', 'tgw-1')] },
    'peers',
    'already goes to tgw-1',
  ],
  [
    'that is outside the CIDRs of the rule',
    { rules: [{ ...PEERS, remote: { accounts: ['222222222222'], cidrs: ['10.64.0.0/10'] } }] },
    'peers',
    'outside remote.cidrs',
  ],
  ['whose CIDRs nobody can see', { from: vpc('vpc-s', [], { accountId: STRANGER }) }, 'peers', 'not visible'],
])('refuses a request %s', (_, of, as, why) => {
  expect(refusal(of, as)).toContain(why);
});

it.each([
  ['active', 'is active; only a request'],
  ['expired', 'is expired; only a request'],
] as const)('says of a peering that is %s that it is no request', (status, why) => {
  expect(proposed({ of: peering('pcx-1', THERE, HERE, { status }) })).toMatchObject({
    kind: 'refused',
    why: [expect.stringContaining(why)],
  });
});

it('says who answers a request of our own', () => {
  expect(proposed({ of: peering('pcx-1', HERE, THERE, { status: 'pending-acceptance' }) })).toMatchObject({
    why: [expect.stringContaining(`account ${STRANGER} answers it`)],
  });
});
