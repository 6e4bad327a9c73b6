import { statementsOf } from '../../resources/roles.ts';
import { policyOf } from '../support/fixtures.ts';

/** What roles of the stack may do to look up accounts in AWS Organizations. */

const ROLE = 'arn:aws:iam::999999999999:role/peering-autopilot-organization-reader';
const DECIDING = ['accept-requests', 'sync-routes', 'check-connectivity'] as const;
const OTHERS = ['record-connectivity', 'sweep'] as const;

const byUnit = { organizationalUnits: ['ou-ab12-cdef3456'] };
const byTag = { accountTags: { Team: 'net' } };

function granted(name: Parameters<typeof statementsOf>[0], policy: Record<string, unknown>) {
  return statementsOf(name, { policy: policyOf(policy), stage: 'prod' })
    .filter(({ Action }) => Action.some((action) => /^(sts|organizations):/.test(action)))
    .map(({ Action, Resource }) => ({ Action, Resource }));
}

function selecting(remote: Record<string, unknown>, organization: Record<string, unknown> = {}) {
  return { organization, rules: [{ name: 'members', effect: 'accept', remote }] };
}

describe.each(DECIDING)('the role of %s', (name) => {
  it('may assume exactly the role that the policy names', () => {
    expect(granted(name, selecting(byUnit, { role: ROLE }))).toEqual([
      { Action: ['sts:AssumeRole'], Resource: ROLE },
    ]);
  });

  it('may make only the calls that the rules need when no role is named', () => {
    const calls = (remote: Record<string, unknown>) =>
      granted(name, selecting(remote)).flatMap(({ Action }) => Action);
    expect(calls(byUnit)).toEqual(['organizations:ListParents']);
    expect(calls(byTag)).toEqual(['organizations:ListTagsForResource']);
  });

  it('may neither when no rule selects by organization', () => {
    expect(granted(name, { organization: { role: ROLE } })).toEqual([]);
  });
});

describe.each(OTHERS)('the role of %s', (name) => {
  it('may look up nothing', () => {
    expect(granted(name, selecting({ ...byUnit, ...byTag }, { role: ROLE }))).toEqual([]);
  });
});

describe('the role of request-peerings', () => {
  const spokes = (parts: Record<string, unknown>, organization: Record<string, unknown> = {}) => ({
    organization,
    connect: [
      { name: 'shared', hub: { tags: { Role: 'hub' } }, spokes: { tags: { Role: 'spoke' }, ...parts } },
    ],
  });
  const actions = (policy: Record<string, unknown>) =>
    granted('request-peerings', policy).flatMap(({ Action }) => Action);
  const reader = (account: string) =>
    `arn:\${AWS::Partition}:iam::${account}:role/vpc-peering-autopilot/prod/vpc-peering-autopilot-prod-fleet-reader`;

  it('may ask Organizations for the accounts of units only where spokes are looked for in some', () => {
    expect(actions(spokes({ accounts: ['self'] }, { role: ROLE }))).toEqual([]);
    expect(actions(spokes({ accounts: ['self'], ...byUnit }))).toEqual([
      'organizations:ListAccountsForParent',
      'organizations:ListOrganizationalUnitsForParent',
    ]);
    expect(granted('request-peerings', spokes({ accounts: ['self'], ...byUnit }, { role: ROLE }))).toEqual([
      { Action: ['sts:AssumeRole'], Resource: ROLE },
    ]);
  });

  it("may assume the reader's role of the accounts that are named, and of any only where none is", () => {
    const roles = (parts: Record<string, unknown>) =>
      granted('request-peerings', spokes({ ...parts, ...byUnit })).filter(({ Action }) =>
        Action.includes('sts:AssumeRole'),
      );
    expect(roles({ accounts: ['self', '222222222222'] })).toEqual([
      { Action: ['sts:AssumeRole'], Resource: [{ 'Fn::Sub': reader('222222222222') }] },
    ]);
    expect(roles({})).toEqual([{ Action: ['sts:AssumeRole'], Resource: [{ 'Fn::Sub': reader('*') }] }]);
  });
});

it('nothing but request-peerings may ask for the accounts of units', () => {
  const policy = {
    organization: {},
    connect: [
      { name: 'shared', hub: { tags: { Role: 'hub' } }, spokes: { tags: { Role: 'spoke' }, ...byUnit } },
    ],
  };
  for (const name of [...DECIDING, ...OTHERS]) expect(granted(name, policy)).toEqual([]);
});
