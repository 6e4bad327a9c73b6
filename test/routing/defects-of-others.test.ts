/**
 * Defects that were found in comparable tools, as far as they concern routes and views: one test each, so that this
 * product does not have them.
 */

import type { PrefixList } from '../../lib/model/prefix-list.ts';
import { viewsOf } from '../../lib/model/views.ts';
import { applyPlan } from '../../lib/passes/apply-changes.ts';
import { createPace } from '../../lib/ports/pace.ts';
import {
  inventory,
  OWN,
  PEER,
  peering,
  policyOf,
  prefixList,
  REGION,
  route,
  SYNCED,
  table,
  vpc,
} from '../support/fixtures.ts';
import { createMemoryEc2 } from '../support/memory-ec2.ts';
import { planOf } from '../support/plan-of.ts';
import { createSimulatedClock } from '../support/simulated-clock.ts';

const local = vpc('vpc-a', ['10.1.0.0/16']);
const remote = vpc('vpc-r', ['10.64.0.0/16'], { accountId: PEER });
const other = vpc('vpc-s', ['10.65.0.0/16'], { accountId: PEER });
const policy = policyOf();

function judge(
  routes: Parameters<typeof table>[2],
  peerings = [peering('pcx-1', local, remote, { tags: SYNCED })],
  prefixLists: readonly PrefixList[] = [],
) {
  const tables = [table('rtb-1', local, routes, { optIn: '*' })];
  return planOf(inventory({ vpcs: [local], peerings, tables, prefixLists }), policy);
}

describe('defects of comparable tools', () => {
  it('deleting checks that the route goes to this peering, not just to some peering', async () => {
    const dead = peering('pcx-dead', local, other, { status: 'deleted' });
    const start = {
      accountId: OWN,
      region: REGION,
      vpcs: [local],
      peerings: [peering('pcx-1', local, remote), dead, peering('pcx-2', local, other)],
      tables: [table('rtb-1', local, [route('10.65.0.0/16', 'pcx-dead')], { optIn: 'unrelated' })],
    };
    const ec2 = createMemoryEc2(start);
    const withUnrelated = policyOf({
      rules: [
        { name: 'peers', effect: 'accept', remote: { accounts: [PEER] } },
        { name: 'unrelated', effect: 'accept', remote: { accounts: ['444444444444'] } },
      ],
    });
    const { changes } = planOf(ec2.inventory(), withUnrelated);
    expect(changes.map(({ action, peeringId }) => `${action} ${peeringId}`)).toEqual(['delete pcx-dead']);
    // Before the delete is made, somebody points the route to the peering that lives.
    ec2.edit('rtb-1', (routes) =>
      routes.map((each) => (each.destination === '10.65.0.0/16' ? route('10.65.0.0/16', 'pcx-2') : each)),
    );
    const clock = createSimulatedClock();
    const { outcomes } = await applyPlan(changes, { ec2, clock, pace: createPace(clock), mode: 'enforce' });
    expect(outcomes.map(({ outcome }) => outcome)).toEqual(['skipped']);
    expect(ec2.writes).toEqual([]);
  });

  it('prefix-list routes are recognised: reported, and never taken for ours', () => {
    const { changes, findings, notJudged } = judge(
      [
        route('10.64.0.0/16', 'pcx-1'),
        route('pl-0123456789abcdef0', 'pcx-1'),
        route('pl-0123456789abcdef1', 'pcx-1'),
        route('pl-0123456789abcdef2', 'pcx-1'),
        route('pl-0fedcba9876543210', 'pcx-dead', { state: 'blackhole' }),
        route('pl-63a5400a', 'vpce-1'),
      ],
      undefined,
      [
        prefixList('pl-0123456789abcdef0', ['10.99.0.0/16']),
        prefixList('pl-0123456789abcdef1', ['10.64.3.0/24']),
        prefixList('pl-0123456789abcdef2', undefined),
      ],
    );
    expect(changes).toEqual([]);
    expect(notJudged.map(({ resource }) => resource)).toEqual(['pl-0123456789abcdef2']);
    expect(
      findings.map(({ kind, destination, repairable }) => `${kind} ${destination} ${repairable}`),
    ).toEqual(['unexpected pl-0123456789abcdef0 false', 'stale pl-0fedcba9876543210 false']);
  });

  it('a peering is looked up with its state: a deleted one between the same VPCs gets no routes', () => {
    const { changes, desired } = judge(
      [route('10.64.0.0/16', 'pcx-old', { state: 'blackhole' })],
      [
        peering('pcx-old', local, remote, { status: 'deleted', tags: SYNCED }),
        peering('pcx-new', local, remote, { tags: SYNCED }),
        peering('pcx-rejected', local, remote, { status: 'rejected' }),
      ],
    );
    expect(desired.map(({ peeringId }) => peeringId)).toEqual(['pcx-new']);
    expect(changes.map(({ action, peeringId }) => `${action} ${peeringId}`)).toEqual(['replace pcx-new']);
  });

  it('accepting is decided in the Region of the accepter, not of the requester', () => {
    const accepter = vpc('vpc-b', ['10.2.0.0/16'], { region: 'eu-west-1' });
    const request = peering('pcx-1', local, accepter, { status: 'pending-acceptance' });
    const both = policyOf({ regions: [REGION, 'eu-west-1'] });
    const inRequesterRegion = inventory({
      vpcs: [local],
      peerings: [request],
      tables: [table('rtb-a', local, [], { optIn: '*' })],
    });
    const inAccepterRegion = {
      ...inventory({
        vpcs: [accepter],
        peerings: [request],
        tables: [table('rtb-b', accepter, [], { optIn: '*' })],
      }),
      region: 'eu-west-1',
    };
    const directions = (read: typeof inRequesterRegion) =>
      viewsOf(read, both.regions).map(({ direction }) => direction);
    expect(directions(inRequesterRegion)).toEqual(['outbound']);
    expect(directions(inAccepterRegion)).toEqual(['inbound']);
    const requestsIn = (read: typeof inRequesterRegion) =>
      planOf(read, both, { others: [inRequesterRegion, inAccepterRegion] }).requests.map(
        ({ decision }) => decision.decision,
      );
    expect(requestsIn(inRequesterRegion)).toEqual([]);
    expect(requestsIn(inAccepterRegion)).toEqual(['accept']);
  });

  it('every CIDR of the other VPC is routed, not only the primary one', () => {
    const several = vpc('vpc-r', ['10.64.0.0/16', '10.66.0.0/16', '2001:db8:64::/56'], { accountId: PEER });
    const { changes } = judge([], [peering('pcx-1', local, several)]);
    expect(changes.map(({ destination }) => destination)).toEqual([
      '10.64.0.0/16',
      '10.66.0.0/16',
      '2001:db8:64::/56',
    ]);
  });

  it('a route counts as present only with its destination, and as working only if it is no blackhole', () => {
    const elsewhere = judge([route('10.99.0.0/16', 'pcx-1')]);
    expect(elsewhere.findings.map(({ kind, destination }) => `${kind} ${destination}`)).toEqual([
      'missing 10.64.0.0/16',
      'unexpected 10.99.0.0/16',
    ]);
    const blackhole = judge([route('10.64.0.0/16', 'pcx-1', { state: 'blackhole' })]);
    expect(blackhole.findings.map(({ kind }) => kind)).toEqual(['blackhole']);
  });

  it('the verdict does not stop at the first peering', () => {
    const { findings } = judge(
      [],
      [peering('pcx-1', local, remote, { tags: SYNCED }), peering('pcx-2', local, other, { tags: SYNCED })],
    );
    expect(findings.map(({ peeringId }) => peeringId)).toEqual(['pcx-1', 'pcx-2']);
  });
});
