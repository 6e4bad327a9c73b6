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
