import { stringify } from 'yaml';

/** The files of a first installation, as text. Pure. */

export interface FirstPolicy {
  /** Left out: nobody said it. */
  readonly accountId?: string;
  /** The first one is where the stack is; at least one. */
  readonly regions: readonly string[];
  /** Left out: nobody is told by mail. */
  readonly email?: string;
}

/** Where the installed package keeps the schemas, seen from the files. */
const SCHEMAS = 'node_modules/vpc-peering-autopilot/docs';

function schemaLine(name: string): string {
  return `# yaml-language-server: $schema=${SCHEMAS}/${name}.schema.json`;
}

/** A scalar as YAML writes it: what a person typed must not become something else. */
function scalar(value: string): string {
  return stringify(value).trim();
}

function listed(values: readonly string[]): string {
  return `[${values.map(scalar).join(', ')}]`;
}

export function policyFile({ regions, email }: FirstPolicy): string {
  return `${schemaLine('peering-policy')}
# Which VPC peering requests are accepted, and what is routed. Deny by default: what no rule matches is held for a person.
# Every key: node_modules/vpc-peering-autopilot/docs/policy.md.
version: 1

# observe decides and tells, and its roles hold no right to change the network. Write enforce once
# peering plan shows what you want.
mode: observe

# The Regions to work in.
regions: ${listed(regions)}

notify:
  # Each address has to confirm a mail of AWS Notifications.
  emails: ${email === undefined ? '[]' : listed([email])}

rules:
  # Requests between VPCs of this account, of private addresses.
  - name: own
    effect: accept
    remote: { accounts: [self], cidrs: [10.0.0.0/8, 172.16.0.0/12, 192.168.0.0/16] }
  # Of others a person decides (peering requests, peering accept). For a partner account of yours:
  # - name: partner
  #   effect: accept
  #   remote: { accounts: ["111122223333"], cidrs: [10.64.0.0/16] }
  #   routes: { destinations: [10.64.0.0/16] }
`;
}

export function stackFile({ accountId, regions: [home] }: FirstPolicy): string {
  const account =
    accountId === undefined
      ? '# The account that the stack belongs to: a deployment with credentials of another one stops.\n# account: "111122223333"'
      : `# A deployment with credentials of another account, or into another Region, stops.\naccount: ${scalar(accountId)}`;
  return `${schemaLine('peering-stack')}
# How the stack is made. Every key: node_modules/vpc-peering-autopilot/docs/stack.md.
version: 1
${account}
region: ${scalar(home ?? '')}
# tags: { Team: network }
# permissionsBoundary: team/boundary
# logRetentionDays: 365
`;
}

/** Cases that hold for {@link policyFile}, so that the first change of a rule that was not meant is seen. */
export function policyTestFile({ accountId, regions: [home = ''] }: FirstPolicy): string {
  const region = scalar(home);
  return `# What the policy has to decide: peering policy test peering-policy.test.yml. More: node_modules/vpc-peering-autopilot/docs/cli.md#testing-a-policy.
${accountId === undefined ? '' : `account: ${scalar(accountId)}\n`}cases:
  - name: VPCs of this account may peer
    requester: { account: self, region: ${region}, cidrs: [10.1.0.0/16] }
    accepter: { account: self, region: ${region}, cidrs: [10.2.0.0/16] }
    expect: { decision: accept, rule: own }

  - name: a request of another account waits for a person
    requester: { account: "999999999999", region: ${region}, cidrs: [10.3.0.0/16] }
    accepter: { account: self, region: ${region}, cidrs: [10.2.0.0/16] }
    expect: { decision: hold, rule: null }

  - name: public addresses are not routed by a peering
    requester: { account: self, region: ${region}, cidrs: [203.0.113.0/24] }
    accepter: { account: self, region: ${region}, cidrs: [10.2.0.0/16] }
    expect: hold
`;
}

/** What git is not to keep: a line each. */
export const IGNORED: readonly string[] = ['node_modules/', 'peering-package/', '*.peering-plan.json'];
