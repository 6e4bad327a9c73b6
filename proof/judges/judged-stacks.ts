/**
 * The stacks that reviewers' tools judge: plain, observing, and with all that policy and `peering-stack.yml` can ask for. What excludes
 * each other is in stacks of its own: keys of one's own or AWS's, topics and a bucket of the stack or those that are there already.
 * test/proof/judged-stacks.test.ts holds that no key is forgotten, and no resource.
 */

export interface JudgedStack {
  /** Without its version. */
  readonly policy: string;
  /** `peering-stack.yml` beside it; empty: none. */
  readonly options: string;
  /** Also as it is made for a StackSet, which lacks the bucket for the code and is else the same. */
  readonly forStackSet?: true;
}

const KEY = 'arn:aws:kms:us-east-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab';

const TOPIC = 'arn:aws:sns:us-east-1:111122223333:network';

const ONLY_OWN = 'rules: [{ name: any-vpc, effect: accept, remote: { accounts: [self] } }]';

/** All that a policy can ask for of a stack that makes its bucket itself. */
const fullPolicy = (notify: string) => `regions: [us-east-1, eu-west-1]
newRegions: [eu-north-7]
tagPrefix: net:peer
notify: ${notify}
report: { publish: stack }
schedules: { sweep: rate(10 minutes), connectivity: rate(10 minutes) }
drift: { repair: true, onUntag: remove }
guardrails:
  freeze: false
  maxRemotePrefix: { ipv4: 10, ipv6: 40 }
  quotaHeadroom: 3
  peeringsPerVpc: 100
  routesPerTable: 200
  widerRoutes: allow
  equalRoutes: wait
  maxDeletesPercent: 20
  maxRequests: 10
  ipam:
    pools: [{ id: ipam-pool-0a1b2c3d4e5f60718, region: eu-west-1 }]
    scope: { id: ipam-scope-0a1b2c3d4e5f60718, region: eu-central-1 }
trust: { accounts: ["222222222222"], organization: o-a1b2c3d4e5 }
organization: { role: "arn:aws:iam::999999999999:role/peering-autopilot-organization-reader" }
metrics: { perPeering: true, connectivity: true }
connectivity: { periods: 2, lossThresholdPercent: 50, count: 10 }
rules:
  - name: members
    effect: accept
    remote: { organizationalUnits: [ou-ab12-cdef3456], accountTags: { Team: network } }
    routes: { destinations: { subnetTags: { Tier: shared } } }
  - name: partner
    effect: accept
    direction: inbound
    local:
      accounts: ["123456789012"]
      vpcs: ["vpc-0*"]
      tags: { Environment: prod }
      cidrs: [10.0.0.0/8]
      regions: [us-east-1]
    remote: { accounts: ["222222222222"], vpcs: ["vpc-0*"], regions: ["us-*"], cidrs: [10.64.0.0/10] }
    routes: { destinations: all, exclude: [10.65.0.0/16], dnsResolution: true }
    probe: { targets: ["10.64.1.10:443"] }
    expireAfter: 90d
    onExpiry: delete
connect:
  - name: shared
    hub: { tags: { Role: hub } }
    spokes: { tags: { Role: spoke }, accounts: [self, "222222222222"], organizationalUnits: [ou-ab12-cdef3456] }
    onLeave: delete
    leaveAfter: 3d
mesh: { tags: { Mesh: core }, onLeave: delete, leaveAfter: 3d }`;

const CHAT_CHANNEL = `chatChannel:
  slack: { workspace: T0123ABCDEF, channel: C0123ABCDEF }
  teams:
    tenant: 11111111-2222-3333-4444-555555555555
    team: 66666666-7777-8888-9999-000000000000
    channel: "19%3Aab6ef35dc342d56ba5654e8fc1234567%40thread.tacv2"
  userRoles: required`;

const FLEET_READER = 'fleetReader: { account: "111122223333", organization: o-a1b2c3d4e5 }';

export const JUDGED_STACKS: Readonly<Record<string, JudgedStack>> = {
  plain: { policy: ONLY_OWN, options: '', forStackSet: true },
  observe: { policy: `mode: observe\n${ONLY_OWN}`, options: '' },
  everything: {
    policy: fullPolicy(
      '{ emails: [a@example.com, b@example.com], chat: buttons, notice: { emails: [c@example.com] } }',
    ),
    options: `version: 1
account: "123456789012"
region: us-east-1
permissionsBoundary: team/boundary
rolePath: /platform/
keys: { topic: "${KEY}", queues: "${KEY}", logs: "${KEY}", report: "${KEY}" }
alarmActions:
  alarm: ["arn:aws:sns:us-east-1:111122223333:on-call", "arn:aws:ssm:us-east-1:111122223333:opsitem:2"]
  ok: ["arn:aws:sns:us-east-1:111122223333:on-call"]
  people: not-told
${CHAT_CHANNEL}
${FLEET_READER}
logRetentionDays: 7
memory: { sync-routes: 2048 }
runbooks: https://git.example.com/runbooks
tags: { Team: network }
stages: { prod: { logRetentionDays: 365 } }
`,
    forStackSet: true,
  },
  'everything without keys': {
    policy: fullPolicy(
      `{ action: { emails: [a@example.com], chat: buttons }, notice: { topic: "${TOPIC}", chat: messages } }`,
    ),
    options: `version: 1\n${CHAT_CHANNEL}\n${FLEET_READER}\n`,
  },
  'what is there already': {
    policy: `notify: { topic: "${TOPIC}", chat: messages, action: { topic: "${TOPIC}-on-call" } }
report: { publish: "s3://reports/network/" }
organization: {}
rules:
  - { name: members, effect: accept, remote: { organizationalUnits: [ou-ab12-cdef3456] } }
connect:
  - { name: units, hub: { tags: { Role: hub } }, spokes: { tags: { Role: spoke }, organizationalUnits: [ou-ab12-cdef3456] } }`,
    options: `version: 1
dashboard: none
${CHAT_CHANNEL}
`,
  },
};
