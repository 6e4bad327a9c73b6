import { writeFileSync } from 'node:fs';
import { planChecks } from '../../cli/doctor/address-plan.ts';
import type { AddressPlan } from '../../lib/model/address-plan.ts';
import {
  allocation,
  BY_POOL,
  BY_SCOPE,
  OTHER_POOL,
  POOL,
  poolPlan,
  SCOPE,
  scoped,
  scopePlan,
  unreadPlan,
} from '../support/address-plans.ts';
import { policyOf } from '../support/fixtures.ts';
import { commandOfFile } from './support/command.ts';

/** What the command says of an address plan without AWS: doctor's checks, and policy test. */

function checksOf(named: object, plan: AddressPlan): string[] {
  const { ipam } = policyOf({ guardrails: { ipam: named } }).guardrails;
  if (ipam === undefined) throw new Error('the policy names no plan');
  return planChecks(ipam, plan).map(({ result, region, says }) => `${result} ${region}: ${says}`);
}

describe('doctor', () => {
  it('passes what can be read, and counts it', () => {
    const plan = { ...poolPlan(allocation('10.64.0.0/16')), ...scopePlan(scoped('10.64.0.0/16', 'vpc-1')) };
    const both = { ...plan, pools: poolPlan(allocation('10.64.0.0/16')).pools };
    expect(checksOf({ ...BY_POOL, ...BY_SCOPE }, both)).toEqual([
      `pass eu-west-1: ${POOL} was read: 1 allocations.`,
      `pass eu-central-1: ${SCOPE} was read: 1 ranges of VPCs.`,
    ]);
  });

  it('warns of what these credentials may not read, and fails what is not there', () => {
    expect(checksOf(BY_POOL, unreadPlan())).toEqual([
      expect.stringMatching(`^warn eu-west-1: Pool ${POOL} was not read. Let this account read it`),
    ]);
    expect(checksOf(BY_POOL, unreadPlan({ kind: 'not-found' }))).toEqual([
      expect.stringMatching(`^fail eu-west-1: Pool ${POOL} was not read. Look whether guardrails.ipam names`),
    ]);
    const denied = { reason: 'denied', kind: 'denied', retry: false } as const;
    expect(checksOf(BY_SCOPE, { pools: new Map(), scope: { unread: denied } })).toEqual([
      expect.stringMatching(`^warn eu-central-1: Scope ${SCOPE} was not read. Only the account`),
    ]);
  });

  it('warns of a pool that gives nothing to a VPC or an account, and fails one with ranges that cannot be read', () => {
    const handsOn = allocation('10.0.0.0/9', { resourceType: 'ipam-pool', resourceId: OTHER_POOL });
    expect(checksOf(BY_POOL, poolPlan(handsOn))).toEqual([
      `warn eu-west-1: ${POOL} hands all that it has given on to other pools (1), and nothing to a VPC or an account.`,
    ]);
    expect(checksOf(BY_POOL, poolPlan(allocation('?')))).toEqual([
      `fail eu-west-1: Pool ${POOL} has ranges that cannot be read: ?.`,
    ]);
  });
});

describe('policy test', () => {
  const peering = commandOfFile();
  const RULE = '{ name: peers, effect: accept, remote: { accounts: ["222222222222"] } }';
  const CASES = `cases:
  - name: allocated to the account
    requester: &asking { account: "222222222222", vpc: vpc-0a1b2c3d, cidrs: [10.64.0.0/16] }
    accepter: { cidrs: [10.1.0.0/16] }
    allocations: [{ cidr: 10.64.0.0/12, account: "222222222222" }]
    expect: accept
  - name: allocated to the VPC
    requester: *asking
    accepter: {}
    allocations: [{ cidr: 10.64.0.0/16, account: "222222222222", vpc: vpc-0a1b2c3d }]
    expect: accept
  - name: not allocated
    requester: *asking
    accepter: {}
    allocations: []
    expect: hold
  - name: somebody else's
    requester: *asking
    accepter: {}
    allocations: [{ cidr: 10.64.0.0/16, account: self }]
    expect: hold
  - name: of which the case says nothing
    requester: *asking
    accepter: {}
    expect: accept
`;

  it.each([
    ['pools', `pools: [{ id: ${POOL}, region: eu-west-1 }]`],
    ['a scope', `scope: { id: ${SCOPE}, region: eu-west-1 }`],
  ])('decides by the allocations of a case, as %s would show them', async (_, plan) => {
    const policy = `version: 1\nguardrails: { ipam: { ${plan} } }\nrules: [${RULE}]\n`;
    writeFileSync(peering.inDirectory('peering-policy.yml'), policy);
    writeFileSync(peering.inDirectory('cases.yml'), CASES);
    const { code, stdout } = await peering.run(['policy', 'test', 'cases.yml']);
    expect([code, stdout]).toEqual([0, expect.stringContaining('5 passed, 0 failed')]);
  });
});
