import { readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { compileEventPattern } from 'local-aws-peering/parts';
import { desiredForwarding } from '../../lib/forwarding/desired.ts';
import { WATCHED } from '../../lib/forwarding/watched-events.ts';
import { readHint } from '../../lib/lambda/read-hint.ts';
import { type RuleSpec, ruleSpecs } from '../../resources/rules.ts';
import { deployedRules } from '../support/deployed-rules.ts';
import { OWN, PEER, policyOf, REGION } from '../support/fixtures.ts';

type Json = { readonly [key: string]: unknown };

const EVENTS = join(__dirname, '../../events');

const sampleNames = readdirSync(EVENTS)
  .filter((file) => file.endsWith('.json'))
  .map((file) => basename(file, '.json'))
  .sort();

/** `tag-changed.vpc` is one of the samples of the rule `tag-changed`. */
function ruleOf(sampleName: string): string {
  return sampleName.split('.')[0] ?? '';
}

function sample(name: string): Json {
  return JSON.parse(readFileSync(join(EVENTS, `${name}.json`), 'utf8'));
}

/** The event with some of its detail changed; `undefined` takes a field away. */
function withDetail(event: Json, detail: Json): Json {
  return JSON.parse(JSON.stringify({ ...event, detail: { ...(event.detail as Json), ...detail } }));
}

/** A policy with rules that look at tags of VPCs and subnets, with trust in another account, and with another Region: all are listened to as well. */
const policy = policyOf({
  regions: [REGION, 'eu-west-1'],
  trust: { accounts: [PEER] },
  mesh: { tags: { Role: 'spoke' } },
  report: { publish: 'stack' },
  rules: [
    {
      name: 'prod',
      effect: 'accept',
      local: { tags: { Environment: 'prod' } },
      remote: { accounts: ['self'] },
      routes: { destinations: { subnetTags: { Tier: 'shared' } } },
    },
  ],
});

const specs = deployedRules({ policy, stage: 'prod' });

/** Schedules have no pattern: their events go straight to the function. */
const scheduled = specs.filter(({ schedule }) => schedule !== undefined).map(({ name }) => name);

/** The default bus and the own one each see only their own events. */
function busOf(event: Json): RuleSpec['bus'] {
  return event.source === 'vpc-peering-autopilot' ? 'own' : undefined;
}

function matchedBy(event: Json, among: readonly RuleSpec[] = specs): string[] {
  return among
    .filter(({ pattern, bus }) => {
      return pattern !== undefined && bus === busOf(event) && compileEventPattern(pattern)(event);
    })
    .map(({ name }) => name);
}

describe('the sample events', () => {
  it('are at least one for each rule, and none is of another', () => {
    const names = specs.map(({ name }) => name).filter((name) => !name.startsWith('forwarded-'));
    expect([...new Set(sampleNames.map(ruleOf))].sort()).toEqual(names.sort());
  });

  const ofSeveral = [
    'routes-to-sync.sweep',
    'routes-to-sync.accepted',
    'peerings-to-request',
    'report-to-publish',
    'forwarding-to-check',
  ];

  it.each(sampleNames.filter((name) => !ofSeveral.includes(name) && !scheduled.includes(name)))(
    'match the rule of their name and no other: %s',
    (name) => {
      expect(matchedBy(sample(name))).toEqual([ruleOf(name)]);
    },
  );

  it('lets a sweep reach the two functions that look over a Region, and that of the first Region those that look over all', () => {
    const reached = ['requests-to-decide', 'routes-to-sync', 'peerings-to-request', 'report-to-publish'];
    expect(matchedBy(sample('routes-to-sync.sweep'))).toEqual(reached);
    expect(matchedBy(sample('report-to-publish'))).toEqual(reached);
  });

  it('lets a request that was accepted reach those that route it, and those that have room for another', () => {
    expect(matchedBy(sample('routes-to-sync.accepted'))).toEqual(['routes-to-sync', 'peerings-to-request']);
  });

  it("lets the sweep of another Region reach forward-events too, which keeps that Region's rules", () => {
    expect(matchedBy(sample('forwarding-to-check'))).toEqual([
      'requests-to-decide',
      'routes-to-sync',
      'forwarding-to-check',
    ]);
  });

  it.each(sampleNames.filter((name) => !scheduled.includes(name)))(
    'can be read by the functions: %s',
    (name) => {
      const hint = readHint(sample(name), { accountId: OWN, managedRegions: [REGION, 'eu-west-1'] });
      expect(hint).toMatchObject({ region: name === 'forwarding-to-check' ? 'eu-west-1' : REGION });
      expect(hint).not.toHaveProperty('dropped');
    },
  );
});

const ofCloudTrail = [
  'peering-requested-by-api',
  'network-changed-by-api.peering',
  'network-changed-by-api.route',
  'network-changed-by-api.subnet',
] as const;

describe.each(ofCloudTrail)('the rule for %s', (sampleName) => {
  const event = sample(sampleName);
  const name = ruleOf(sampleName);

  function calledBy(userIdentity: unknown): Json {
    return withDetail(event, { userIdentity });
  }

  function sessionOf(roleArn: string): Json {
    return calledBy({
      type: 'AssumedRole',
      sessionContext: { sessionIssuer: { type: 'Role', arn: roleArn } },
    });
  }

  it('leaves out calls that failed', () => {
    const failed = { errorCode: 'Client.UnauthorizedOperation', responseElements: null };
    expect(matchedBy(withDetail(event, failed))).toEqual([]);
  });

  it.each([
    `arn:aws:iam::${OWN}:role/vpc-peering-autopilot/prod/sync-routes`,
    `arn:aws:iam::${OWN}:role/vpc-peering-autopilot/staging/x`,
  ])('leaves out calls of the product itself: %s', (roleArn) => {
    expect(matchedBy(sessionOf(roleArn))).toEqual([]);
  });

  it.each([
    `arn:aws:iam::${OWN}:role/vpc-peering-autopilot`,
    // Whoever may name roles in an account of their own hides nothing.
    `arn:aws:iam::${PEER}:role/vpc-peering-autopilot/prod/sync-routes`,
    `arn:aws-us-gov:iam::${OWN}:role/vpc-peering-autopilot/prod/sync-routes`,
    `arn:aws:iam::${OWN}:role/team/vpc-peering-autopilot/x`,
    `arn:aws:iam::${OWN}:role/aws-reserved/sso.amazonaws.com/AWSReservedSSO_Admin_0123456789abcdef`,
  ])('takes calls of other roles: %s', (roleArn) => {
    expect(matchedBy(sessionOf(roleArn))).toEqual([name]);
  });

  it.each([
    ['an IAM user', { type: 'IAMUser', arn: `arn:aws:iam::${OWN}:user/ada`, userName: 'ada' }],
    ['the root user', { type: 'Root', arn: `arn:aws:iam::${OWN}:root` }],
    [
      'an IAM user with a session of its own',
      { type: 'IAMUser', sessionContext: { attributes: { mfaAuthenticated: 'true' } } },
    ],
    ['an AWS service', { type: 'AWSService', invokedBy: 'cloudformation.amazonaws.com' }],
  ])('takes calls of %s', (_who, userIdentity) => {
    expect(matchedBy(calledBy(userIdentity))).toEqual([name]);
  });

  it.each(['DescribeRouteTables', 'CreateVpc', 'CreateTags', 'RunInstances'])(
    'leaves out %s',
    (eventName) => {
      expect(matchedBy(withDetail(event, { eventName }))).toEqual([]);
    },
  );

  it('leaves out a call of the same name to another service', () => {
    expect(matchedBy(withDetail(event, { eventSource: 'example.amazonaws.com' }))).toEqual([]);
  });
});

describe('API calls', () => {
  it.each([
    ['CreateVpcPeeringConnection', ['peering-requested-by-api']],
    ['AcceptVpcPeeringConnection', ['network-changed-by-api']],
    ['RejectVpcPeeringConnection', ['network-changed-by-api']],
    ['DeleteVpcPeeringConnection', ['network-changed-by-api']],
    ['ModifyVpcPeeringConnectionOptions', ['network-changed-by-api']],
    ['AssociateVpcCidrBlock', ['network-changed-by-api']],
    ['DisassociateVpcCidrBlock', ['network-changed-by-api']],
    ['CreateRoute', ['network-changed-by-api']],
    ['ReplaceRoute', ['network-changed-by-api']],
    ['DeleteRoute', ['network-changed-by-api']],
    ['EnableVgwRoutePropagation', ['network-changed-by-api']],
    ['DisableVgwRoutePropagation', ['network-changed-by-api']],
    ['CreateSubnet', ['network-changed-by-api']],
    ['DeleteSubnet', ['network-changed-by-api']],
    ['AssociateSubnetCidrBlock', ['network-changed-by-api']],
    ['DisassociateSubnetCidrBlock', ['network-changed-by-api']],
    ['ModifySubnetAttribute', []],
  ])('of %s reach %j', (eventName, rules) => {
    expect(matchedBy(withDetail(sample('network-changed-by-api.route'), { eventName }))).toEqual(rules);
  });

  it('about subnets are not listened to when no rule of the policy routes subnets', () => {
    const others = deployedRules({ policy: policyOf(), stage: 'prod' });
    expect(matchedBy(sample('network-changed-by-api.subnet'), others)).toEqual([]);
    expect(matchedBy(sample('network-changed-by-api.route'), others)).toEqual(['network-changed-by-api']);
  });
});

describe('tag changes', () => {
  const table = sample('tag-changed.table');
  const vpc = sample('tag-changed.vpc');

  it.each([
    ['another key', { 'changed-tag-keys': ['Name'] }],
    ['a key that only starts the same', { 'changed-tag-keys': ['peering-autopilot:routes-x'] }],
    ['another prefix', { 'changed-tag-keys': ['other:routes'] }],
    ['another type of resource', { 'resource-type': 'subnet' }],
    ['another service', { service: 'rds' }],
  ])('of a route table with %s are left out', (_what, detail) => {
    expect(matchedBy(withDetail(table, detail))).toEqual([]);
  });

  it('of a route table with several keys match when ours is among them', () => {
    const detail = { 'changed-tag-keys': ['Name', 'peering-autopilot:routes'] };
    expect(matchedBy(withDetail(table, detail))).toEqual(['tag-changed']);
  });

  it('of a VPC with a key that no rule of the policy looks at are left out', () => {
    expect(matchedBy(withDetail(vpc, { 'changed-tag-keys': ['Name'] }))).toEqual([]);
  });

  it("of a VPC with a route table's key, and of a route table with a VPC's, are left out", () => {
    expect(matchedBy(withDetail(vpc, { 'changed-tag-keys': ['peering-autopilot:routes'] }))).toEqual([]);
    expect(matchedBy(withDetail(table, { 'changed-tag-keys': ['Environment'] }))).toEqual([]);
  });

  it('of a subnet count where a rule routes by that key, and nowhere else', () => {
    const tagged = sample('tag-changed.subnet');
    expect(matchedBy(withDetail(tagged, { 'changed-tag-keys': ['Name'] }))).toEqual([]);
    expect(matchedBy(withDetail(tagged, { 'changed-tag-keys': ['Environment'] }))).toEqual([]);
    expect(matchedBy(tagged, deployedRules({ policy: policyOf(), stage: 'prod' }))).toEqual([]);
  });

  it('of VPCs are not listened to when no rule of the policy looks at tags', () => {
    const untagged = deployedRules({ policy: policyOf(), stage: 'prod' });
    expect(matchedBy(vpc, untagged)).toEqual([]);
    expect(matchedBy(table, untagged)).toEqual(['tag-changed']);
  });

  it('of VPCs are all listened to when the rules look at more keys than fit into a pattern', () => {
    const rules = Array.from({ length: 60 }, (_, index) => ({
      name: `rule-${index}`,
      effect: 'accept' as const,
      local: { tags: { [`CostCenterOfTheTeamThatOwnsTheVpc-${index}`]: 'x' } },
      remote: { accounts: ['self'] },
    }));
    const many = deployedRules({ policy: policyOf({ rules }), stage: 'prod' });
    expect(matchedBy(withDetail(vpc, { 'changed-tag-keys': ['Name'] }), many)).toEqual(['tag-changed']);
    expect(matchedBy(withDetail(table, { 'changed-tag-keys': ['Name'] }), many)).toEqual([]);
  });

  it('follow the tag prefix of the policy', () => {
    const renamed = deployedRules({ policy: policyOf({ tagPrefix: 'net:peer' }), stage: 'prod' });
    expect(matchedBy(table, renamed)).toEqual([]);
    const detail = { 'changed-tag-keys': ['net:peer:routes'] };
    expect(matchedBy(withDetail(table, detail), renamed)).toEqual(['tag-changed']);
  });
});

describe('Config items', () => {
  it('that are too large for an event and come as a summary match too', () => {
    const { configurationItem } = sample('table-recorded-by-config').detail as Json;
    const { resourceType, resourceId } = configurationItem as Json;
    const summary = withDetail(sample('table-recorded-by-config'), {
      configurationItem: undefined,
      configurationItemSummary: { resourceType, resourceId, changeType: 'UPDATE' },
    });
    expect(matchedBy(summary)).toEqual(['table-recorded-by-config']);
  });

  it('of other resources are left out', () => {
    const item = { configurationItem: { resourceType: 'AWS::EC2::Subnet', resourceId: 'subnet-0a1b2c3d' } };
    expect(matchedBy(withDetail(sample('table-recorded-by-config'), item))).toEqual([]);
  });
});

describe('the own bus', () => {
  it.each(['Peering Rejected', 'Peering Held', 'Routes Synced', 'Drift Found', 'Connectivity Verdict'])(
    'brings %s to nobody inside the product, so nothing can feed itself',
    (type) => {
      expect(matchedBy({ ...sample('routes-to-sync.accepted'), 'detail-type': type })).toEqual([]);
    },
  );

  it('brings work left over back to sync-routes', () => {
    const event = { ...sample('routes-to-sync.accepted'), 'detail-type': 'Routes Remaining' };
    expect(matchedBy(event)).toEqual(['routes-to-sync']);
  });

  it('brings pings that were sent to record-connectivity, which asks for another look in the same way', () => {
    expect(matchedBy(sample('pings-to-record'))).toEqual(['pings-to-record']);
  });

  it('is not confused with an event of somebody else', () => {
    const rules = specs.filter(({ bus }) => bus === 'own');
    const foreign = { ...sample('routes-to-sync.accepted'), source: 'example' };
    const matched = rules.filter(({ pattern }) => pattern && compileEventPattern(pattern)(foreign));
    expect(matched).toEqual([]);
  });
});

describe('the rules', () => {
  it('are one for each bus and function, unless they differ in more than what is listed', () => {
    // What cannot be one pattern: another source, or other accounts.
    const kinds = specs
      .filter(({ pattern }) => pattern !== undefined)
      .map(({ bus = 'default', target, pattern }) =>
        JSON.stringify([bus, target, pattern?.source, pattern?.account ?? 'own']),
      );
    expect(kinds).toEqual([...new Set(kinds)]);
  });
});

describe('the own account', () => {
  it('is named in every pattern, with its partition: none has a wildcard', () => {
    for (const { name, pattern } of specs) {
      expect([name, JSON.stringify(pattern ?? {}).match(/wildcard|\*/g)]).toEqual([name, null]);
    }
    expect(JSON.stringify(ruleSpecs({ policy, stage: 'prod' }))).toContain(
      `arn:\${AWS::Partition}:iam::\${AWS::AccountId}:role/vpc-peering-autopilot/`,
    );
  });
});

describe('limits of EventBridge', () => {
  // EventBridge quotas: an event pattern has at most 2,048 characters.
  it.each([
    ['the longest tag prefix', { tagPrefix: 'p'.repeat(111) }],
    [
      'many tags in the rules',
      {
        rules: Array.from({ length: 60 }, (_, index) => ({
          name: `rule-${index}`,
          effect: 'accept',
          local: { tags: { [`CostCenterOfTheTeamThatOwnsTheVpc-${index}`]: 'x' } },
          remote: { accounts: ['self'] },
        })),
      },
    ],
  ])('patterns are short enough with %s', (_what, parts) => {
    for (const { name, pattern } of deployedRules({ policy: policyOf(parts), stage: 'prod' })) {
      expect([name, JSON.stringify(pattern ?? {}).length <= 2048]).toEqual([name, true]);
    }
  });
});

describe.each(['peer-verdict', 'peer-routes-synced'])('the rule %s', (name) => {
  it("is about other accounts only: our own events don't come back", () => {
    expect(matchedBy({ ...sample(name), account: OWN })).toEqual([]);
  });

  it('is there only where the policy trusts somebody', () => {
    const alone = ruleSpecs({ policy: policyOf(), stage: 'prod' }).map((spec) => spec.name);
    expect(alone).not.toContain(name);
  });

  it.each(['Peering Requested', 'Peering Accepted', 'Sweep Requested', 'Routes Remaining'])(
    'takes no %s of another account',
    (type) => {
      expect(matchedBy({ ...sample(name), 'detail-type': type })).not.toContain(name);
    },
  );
});

describe('the events of another Region', () => {
  const forwarded = specs.filter(({ name }) => name.startsWith('forwarded-'));
  const stage = {
    policy,
    stage: 'prod',
    accountId: OWN,
    homeBusArn: `arn:aws:events:${REGION}:${OWN}:event-bus/b`,
    forwarderRoleArn: '',
  };
  const there = desiredForwarding(stage, 'eu-west-1').rules;

  const watchedSamples = sampleNames.filter((name) => WATCHED.some((watched) => watched === ruleOf(name)));

  it.each(watchedSamples)('like %s are carried here, and reach the same function', (sampleName) => {
    const event = { ...sample(sampleName), region: 'eu-west-1' };
    const name = ruleOf(sampleName);
    const carried = there.filter(({ pattern }) => compileEventPattern(pattern)(event));
    expect(carried.map((rule) => rule.name)).toEqual([`vpc-peering-autopilot.prod.${name}`]);
    const received = forwarded.filter(({ pattern }) => pattern && compileEventPattern(pattern)(event));
    expect(received.map((spec) => [spec.name, spec.bus, spec.target])).toEqual([
      [`forwarded-${name}`, 'own', specs.find((spec) => spec.name === name)?.target],
    ]);
  });

  it.each([[['us-gov-west-1', 'us-gov-east-1']], [['cn-north-1', 'cn-northwest-1']]])(
    'are not listened to where EventBridge carries none: %j',
    (regions) => {
      const names = ruleSpecs({ policy: policyOf({ regions }), stage: 'prod' }).map(({ name }) => name);
      expect(names.filter((name) => /^forward|^pings/.test(name))).toEqual([
        'forwarding-to-check',
        'pings-to-record',
      ]);
    },
  );

  it('are not listened to where the policy manages the Region of deployment alone', () => {
    const alone = ruleSpecs({ policy: policyOf({ regions: [] }), stage: 'prod' }).map(({ name }) => name);
    expect(alone.filter((name) => /^forward/.test(name))).toEqual([]);
  });
});
