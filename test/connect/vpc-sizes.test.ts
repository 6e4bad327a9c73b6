import { vpcSizes } from '../../lib/connect/vpc-sizes.ts';
import type { UnitAnswers } from '../../lib/model/organizational-unit.ts';
import type { Peering, Vpc } from '../../lib/model/peering.ts';
import { OWN, PEER, peering, policyOf, REGION, vpc } from '../support/fixtures.ts';

const idOf = (at: number) => `vpc-${(0xa0000000 + at).toString(16)}`;
const UNIT = 'ou-ab12-cdef3456';

function meshed(at: number, parts: Partial<Vpc> = {}): Vpc {
  return vpc(idOf(at), [`10.0.${at}.0/24`], { tags: { Mesh: 'core' }, ...parts });
}

const meshOf = (count: number) => Array.from({ length: count }, (_, at) => meshed(at));

function stateOf(vpcs: readonly Vpc[], peerings: readonly Peering[] = [], units?: UnitAnswers) {
  const inventory = {
    accountId: OWN,
    region: REGION,
    peerings,
    vpcs: new Map(vpcs.map((each) => [each.vpcId, each])),
    tables: [],
  };
  return {
    accountId: OWN,
    managedRegions: [REGION],
    regions: [inventory],
    ...(units === undefined ? {} : { units }),
  };
}

const MESH = policyOf({ mesh: { tags: { Mesh: 'core' } } });

describe('the connections of a VPC', () => {
  it('are those that select it, with their size; what fits is no news', () => {
    const other = vpc(idOf(99), ['10.9.0.0/16'], { tags: { Role: 'hub' } });
    const policy = policyOf({
      mesh: { tags: { Mesh: 'core' } },
      connect: [{ name: 'shared', hub: { tags: { Role: 'hub' } }, spokes: { tags: { Mesh: 'core' } } }],
    });
    const ofMember = vpcSizes(stateOf([...meshOf(10), other]), policy, [idOf(1)]);
    expect(ofMember.connections).toEqual([
      { connection: 'shared', shape: 'hub', hubs: 1, spokes: 10, peerings: 10, perVpc: 10, fit: 'fits' },
      { connection: 'mesh', shape: 'mesh', hubs: 10, spokes: 10, peerings: 45, perVpc: 9, fit: 'fits' },
    ]);
    expect(ofMember.says).toEqual([]);
    const ofHub = vpcSizes(stateOf([...meshOf(10), other]), policy, [idOf(99)]);
    expect(ofHub.connections.map(({ connection }) => connection)).toEqual(['shared']);
  });

  it.each([
    [47, 'outgrown', 'That has outgrown peering'],
    [40, 'near', 'It has nearly outgrown peering'],
  ])(
    'of %i VPCs in a mesh is %s, which is said with the numbers, once for both ends',
    (count, fit, words) => {
      const { connections, says } = vpcSizes(stateOf(meshOf(count)), MESH, [idOf(0), idOf(1)]);
      expect(connections).toMatchObject([{ fit, perVpc: count - 1 }]);
      expect(says).toEqual([expect.stringContaining(words)]);
      expect(says[0]).toContain(`The mesh has ${count} VPCs`);
    },
  );

  it('are not sized where a Region or an account with VPCs of them was not read, and that is said', () => {
    const half = { ...stateOf(meshOf(47)), managedRegions: [REGION, 'eu-west-1'] };
    expect(vpcSizes(half, MESH, [idOf(0)])).toMatchObject({
      connections: [],
      says: ['eu-west-1 was not read, so how large the mesh is is not known.'],
    });
    const policy = policyOf({
      connect: [
        {
          name: 'shared',
          hub: { tags: { Mesh: 'core' } },
          spokes: { tags: { Mesh: 'core' }, organizationalUnits: [UNIT] },
        },
      ],
    });
    const units: UnitAnswers = new Map([
      [UNIT, { accounts: [OWN, PEER].map((accountId) => ({ accountId, state: 'ACTIVE' })) }],
    ]);
    expect(vpcSizes(stateOf(meshOf(5), [], units), policy, [idOf(0)])).toMatchObject({
      connections: [],
      says: [expect.stringContaining(`The VPCs of account ${PEER} were not read`)],
    });
  });

  it('are none where the policy connects nothing, or not this VPC', () => {
    expect(vpcSizes(stateOf(meshOf(47)), policyOf(), [idOf(0)]).connections).toEqual([]);
    expect(vpcSizes(stateOf(meshOf(47)), MESH, ['vpc-ffffffff'])).toEqual({
      vpcs: [],
      connections: [],
      says: [],
    });
  });
});

describe('the room of a VPC', () => {
  const full = policyOf({ guardrails: { peeringsPerVpc: 5, quotaHeadroom: 2 } });
  const [hub, ...others] = meshOf(5) as [Vpc, ...Vpc[]];
  const peered = (count: number) =>
    others
      .slice(0, count)
      .map((to, at) =>
        peering(`pcx-0000000${at}`, hub, to, { status: at === 0 ? 'pending-acceptance' : 'active' }),
      );

  it('is what the policy leaves of its quota, requests counted; nothing is said as long as there is some', () => {
    expect(vpcSizes(stateOf([hub, ...others], peered(2)), full, [hub.vpcId])).toEqual({
      vpcs: [{ vpcId: hub.vpcId, peerings: 2, room: 3 }],
      connections: [],
      says: [],
    });
  });

  it('that is used up is said with the numbers and what to do', () => {
    const { says } = vpcSizes(stateOf([hub, ...others], peered(3)), full, [hub.vpcId]);
    expect(says).toEqual([
      expect.stringMatching(
        /^vpc-a0000000 has or is getting 3 peerings of 5 \(guardrails.peeringsPerVpc\), of which 2 stay free.*It has no room left\. Have the quota .* raised \(125 at most\)/,
      ),
    ]);
  });

  it('of a VPC of another account is not known, and not said', () => {
    const foreign = meshed(0, { accountId: PEER });
    expect(vpcSizes(stateOf([foreign, ...others], peered(3)), full, [foreign.vpcId]).vpcs).toEqual([]);
  });
});
