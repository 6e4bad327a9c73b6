import {
  accessesOf,
  conditionKeysFor,
  contextFor,
  decide,
  type Policy,
  type ResourceFacts,
} from 'local-aws-peering/iam';
import { acceptedAccounts } from '../../lib/policy/accepted-accounts.ts';
import { statementsOf } from '../../resources/roles.ts';
import { policyOf } from '../support/fixtures.ts';
import { IAM_ACCOUNT, IAM_REGION, resolvedStatement, type TemplateStatement } from '../support/iam.ts';

/** Whose requests the role of accept-requests may accept, whatever its code decides. */

const PEER = '222222222222';
const STRANGER = '333333333333';

const accept = (name: string, remote: Readonly<Record<string, unknown>>) => ({
  name,
  effect: 'accept',
  remote,
});

function roleFor(rules: readonly unknown[]): readonly Policy[] {
  const statements = statementsOf('accept-requests', { policy: policyOf({ rules }), stage: 'prod' });
  return [
    {
      name: 'accept-requests',
      statements: statements.map((each) => resolvedStatement(each as unknown as TemplateStatement)),
    },
  ];
}

const vpc = (account: string, id: string) => `arn:aws:ec2:${IAM_REGION}:${account}:vpc/${id}`;

/** The accounts among these whose request the role may accept. */
async function acceptedOf(
  rules: readonly unknown[],
  requesters = [IAM_ACCOUNT, PEER, STRANGER],
): Promise<readonly string[]> {
  const policies = roleFor(rules);
  const allowed = await Promise.all(
    requesters.map(async (requester) => {
      const facts: ResourceFacts = {
        ec2Tags: async () => ({}),
        peeringVpcs: async () => ({
          requester: vpc(requester, 'vpc-theirs'),
          accepter: vpc(IAM_ACCOUNT, 'vpc-1'),
        }),
        organizationOf: async () => undefined,
        templateOf: async () => undefined,
      };
      const call = {
        action: 'ec2:AcceptVpcPeeringConnection',
        input: { VpcPeeringConnectionId: 'pcx-1' },
        accountId: IAM_ACCOUNT,
        region: IAM_REGION,
      };
      const accesses = await accessesOf(call, 'role', facts);
      const decisions = await Promise.all(
        accesses.map(async (each) => {
          const context = await contextFor(each, conditionKeysFor(policies, each));
          return decide(policies, { ...each, context }).outcome;
        }),
      );
      return decisions.every((outcome) => outcome === 'allowed');
    }),
  );
  return requesters.filter((_, index) => allowed[index]);
}

it('are those that the accept rules name, all rules together', async () => {
  expect(await acceptedOf([accept('a', { accounts: [PEER] })])).toEqual([PEER]);
  expect(await acceptedOf([accept('a', { accounts: ['self'] })])).toEqual([IAM_ACCOUNT]);
  expect(
    await acceptedOf([accept('a', { accounts: [PEER] }), accept('b', { accounts: ['self', PEER] })]),
  ).toEqual([IAM_ACCOUNT, PEER]);
});

it('are no others because of rules that hold or reject, whomever they name', async () => {
  const others = [
    { name: 'b', effect: 'hold', remote: { accounts: ['*'] } },
    { name: 'c', effect: 'reject', remote: { accounts: [STRANGER] } },
  ];
  expect(await acceptedOf([accept('a', { accounts: [PEER] }), ...others])).toEqual([PEER]);
  expect(await acceptedOf(others)).toEqual([]);
});

it.each([
  ['a pattern', { accounts: ['2222*'] }],
  ['anybody', { accounts: ['*'] }],
  ['an organizational unit alone', { organizationalUnits: ['ou-ab12-cdef3456'] }],
  ['account tags alone', { accountTags: { team: 'net' } }],
])('are the code to tell where one accept rule says %s', async (_what, remote) => {
  const everybody = [IAM_ACCOUNT, PEER, STRANGER];
  expect(await acceptedOf([accept('a', { accounts: [PEER] }), accept('b', remote)])).toEqual(everybody);
});

it('stay within those named where a rule names accounts and a unit', async () => {
  const both = { accounts: [PEER], organizationalUnits: ['ou-ab12-cdef3456'] };
  expect(await acceptedOf([accept('a', both)])).toEqual([PEER]);
});

describe('many accounts', () => {
  const accounts = (first: number, count: number) =>
    Array.from({ length: count }, (_, index) => String(400_000_000_000 + first + index));
  const LONG = { stage: 'a-stage-with-quite-a-long-name', organization: 'o-a1b2c3d4e5' };
  const lengthOf = (named: readonly string[], trusted: readonly string[]) => {
    const policy = policyOf({
      rules: [accept('a', { accounts: named })],
      trust: { accounts: trusted, organization: LONG.organization },
    });
    const statements = statementsOf('accept-requests', { policy, stage: LONG.stage });
    return JSON.stringify(
      statements.map((each) => resolvedStatement(each as unknown as TemplateStatement)),
    ).replaceAll('arn:aws:', 'arn:aws-us-gov:').length;
  };

  it.each([
    [133, 0],
    [66, 30],
    [0, 60],
  ])('are held by IAM as long as they fit: %i beside %i that are told', (most, trusted) => {
    const told = accounts(1000, trusted);
    const found = (count: number) =>
      acceptedAccounts(
        policyOf({ rules: [accept('a', { accounts: accounts(0, count) })], trust: { accounts: told } }),
      );
    expect(found(most + 1)).toEqual({ kind: 'many', most });
    if (most > 0) {
      expect(found(most)).toEqual({ kind: 'named', accounts: accounts(0, most) });
      expect(lengthOf(accounts(0, most), told)).toBeLessThan(10_240);
    }
    expect(lengthOf(accounts(0, most + 1), told)).toBeLessThan(10_240);
  });

  it('are the code to tell beyond that', async () => {
    const rules = [accept('a', { accounts: accounts(0, 134) })];
    expect(await acceptedOf(rules)).toEqual([IAM_ACCOUNT, PEER, STRANGER]);
  });
});
