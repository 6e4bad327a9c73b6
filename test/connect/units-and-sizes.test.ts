import { connectionsOf } from '../../lib/connect/connect.ts';
import { largestSizes } from '../../lib/connect/sizes.ts';
import { NOTHING_REMEMBERED } from '../../lib/model/memory.ts';
import type { UnitAnswers } from '../../lib/model/organizational-unit.ts';
import { OWN, PEER, policyOf, REGION, STRANGER, vpc } from '../support/fixtures.ts';

const UNIT = 'ou-ab12-cdef3456';
const NOW = new Date('2026-03-01T12:00:00Z');

function judged(policy: Record<string, unknown>, vpcs: number, units?: UnitAnswers) {
  const all = Array.from({ length: vpcs }, (_, at) =>
    vpc(`vpc-${(0xa0000000 + at).toString(16)}`, [`10.0.${at}.0/24`], {
      tags: { Mesh: 'core', Role: at === 0 ? 'hub' : 'spoke' },
    }),
  );
  const inventory = {
    accountId: OWN,
    region: REGION,
    peerings: [],
    vpcs: new Map(all.map((each) => [each.vpcId, each])),
    tables: [],
  };
  return connectionsOf(
    {
      accountId: OWN,
      managedRegions: [REGION],
      regions: [inventory],
      ...(units === undefined ? {} : { units }),
    },
    policyOf(policy),
    new Map([[REGION, NOTHING_REMEMBERED]]),
    NOW,
  );
}

const connect = (spokes: Record<string, unknown>) => ({
  connect: [
    { name: 'shared', hub: { tags: { Role: 'hub' } }, spokes: { tags: { Role: 'spoke' }, ...spokes } },
  ],
});
const unit = (...ids: string[]): UnitAnswers =>
  new Map([[UNIT, { accounts: ids.map((accountId) => ({ accountId, state: 'ACTIVE' })) }]]);

describe('units in which spokes are looked for', () => {
  it('select nothing in an account outside, and that is said', () => {
    const { pairs, remarks } = judged(
      connect({ accounts: ['self', PEER], organizationalUnits: [UNIT] }),
      3,
      unit(STRANGER),
    );
    expect(pairs).toEqual([]);
    expect(remarks).toEqual([
      `Connection shared: accounts ${OWN}, ${PEER} are in none of its organizational units (${UNIT}), so no VPC there is a spoke.`,
    ]);
  });

  it('without an account select nothing, and that is said', () => {
    const { pairs, remarks, unknown } = judged(connect({ organizationalUnits: [UNIT] }), 3, unit());
    expect(pairs).toEqual([]);
    expect(unknown).toEqual([]);
    expect(remarks).toEqual([
      `Connection shared: there is no account in its organizational units (${UNIT}), so it has no spoke.`,
    ]);
  });

  it('that were not asked for, or are unknown to Organizations, say nothing, and that is said', () => {
    const asked = connect({ organizationalUnits: [UNIT] });
    expect(judged(asked, 3)).toMatchObject({
      pairs: [],
      remarks: [],
      unknown: [{ resource: UNIT, reason: expect.stringContaining('AWS Organizations was not asked') }],
    });
    const unread: UnitAnswers = new Map([[UNIT, { unread: { reason: 'no such unit', retry: false } }]]);
    expect(judged(asked, 3, unread).unknown).toMatchObject([
      { resource: UNIT, reason: expect.stringContaining('is not known: no such unit') },
    ]);
  });

  it('whose accounts were not read are said in one sentence', () => {
    const { unknown } = judged(connect({ organizationalUnits: [UNIT] }), 3, unit(OWN, PEER, STRANGER));
    expect(unknown).toMatchObject([
      { resource: UNIT, reason: expect.stringContaining(`accounts ${PEER}, ${STRANGER} were not read`) },
    ]);
  });
});

describe('how large a connection is', () => {
  const mesh = { mesh: { tags: { Mesh: 'core' } }, guardrails: { maxRequests: 5000 } };

  it('is said with the numbers and the remedy once it nears what a VPC has room for, and not before', () => {
    expect(judged(mesh, 37)).toMatchObject({
      sizes: [{ connection: 'mesh', hubs: 37, peerings: 666, perVpc: 36 }],
      remarks: [],
    });
    const [near] = judged(mesh, 38).remarks;
    expect(near).toMatch(/38 VPCs: 703 peerings, 37 of each VPC.*50 peerings.*125 at most.*500 routes/);
    expect(near).toContain(
      'nearly outgrown peering: before it grows on, connect so many VPCs by a transit gateway',
    );
  });

  it('that has outgrown peering is the same in the remark and in what people are told', () => {
    const { remarks, problems } = judged(mesh, 47);
    for (const says of [remarks[0], problems[0]?.says]) {
      expect(says).toMatch(/47 VPCs: 1,081 peerings, 46 of each VPC.*That has outgrown peering/);
    }
  });

  it('is said of hubs too', () => {
    const { sizes, remarks } = judged({ ...connect({}), guardrails: { maxRequests: 5000 } }, 50);
    expect(sizes).toMatchObject([{ connection: 'shared', hubs: 1, spokes: 49, peerings: 49, perVpc: 49 }]);
    expect(remarks[0]).toMatch(/1 hub and 49 spokes: 49 peerings, 49 of each hub.*transit gateway/);
  });

  it('can get is known without a VPC', () => {
    expect(largestSizes(policyOf({ ...mesh, ...connect({}) }))).toEqual([
      'connection shared: a hub has room for 45 spokes, and a spoke for as many hubs; beyond that, connect so many VPCs by a transit gateway, or tag fewer',
      'mesh: up to 46 VPCs, which takes 1,035 peerings, 45 of each VPC; beyond that, connect so many VPCs by a transit gateway, or tag fewer',
    ]);
    expect(largestSizes(policyOf())).toEqual([]);
  });
});
