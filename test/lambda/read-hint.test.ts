import fc from 'fast-check';
import { readHint } from '../../lib/lambda/read-hint.ts';

const ACCOUNT = '111111111111';
const context = { accountId: ACCOUNT, managedRegions: ['us-east-1', 'eu-west-1'] };

function cloudTrail(detail: Record<string, unknown>, envelope: Record<string, unknown> = {}) {
  return {
    version: '0',
    source: 'aws.ec2',
    'detail-type': 'AWS API Call via CloudTrail',
    account: ACCOUNT,
    region: 'us-east-1',
    resources: [],
    detail,
    ...envelope,
  };
}

const created = cloudTrail({
  eventName: 'CreateVpcPeeringConnection',
  userIdentity: { arn: 'arn:aws:sts::111111111111:assumed-role/engineer/ada' },
  requestParameters: { vpcId: 'vpc-0aaaaaaaaaaaaaaa1', peerVpcId: 'vpc-0aaaaaaaaaaaaaaa2' },
  responseElements: { vpcPeeringConnection: { vpcPeeringConnectionId: 'pcx-0123456789abcdef0' } },
});

describe('reading an event into a hint', () => {
  it('finds the peering that a CreateVpcPeeringConnection call made, and who made it', () => {
    expect(readHint(created, context)).toEqual({
      kind: 'peering',
      peeringId: 'pcx-0123456789abcdef0',
      region: 'us-east-1',
      cause: 'CreateVpcPeeringConnection',
      actor: 'arn:aws:sts::111111111111:assumed-role/engineer/ada',
    });
  });

  it('finds the table and the destination of a route call, not the peering it names', () => {
    const event = cloudTrail({
      eventName: 'ReplaceRoute',
      requestParameters: {
        routeTableId: 'rtb-0123456789abcdef0',
        destinationCidrBlock: '10.2.0.0/16',
        vpcPeeringConnectionId: 'pcx-0123456789abcdef0',
      },
      responseElements: { _return: true },
    });
    expect(readHint(event, context)).toEqual({
      kind: 'route-table',
      routeTableId: 'rtb-0123456789abcdef0',
      destination: '10.2.0.0/16',
      region: 'us-east-1',
      cause: 'ReplaceRoute',
    });
  });

  it.each([
    ['DeleteVpcPeeringConnection', { vpcPeeringConnectionId: 'pcx-11112222' }, 'peering'],
    ['AcceptVpcPeeringConnection', { vpcPeeringConnectionId: 'pcx-11112222' }, 'peering'],
    ['AssociateVpcCidrBlock', { vpcId: 'vpc-11112222', cidrBlock: '10.9.0.0/16' }, 'vpc'],
    ['DisassociateVpcCidrBlock', { associationId: 'vpc-cidr-assoc-1' }, 'region'],
    ['CreateSubnet', { vpcId: 'vpc-11112222', cidrBlock: '10.9.1.0/24' }, 'vpc'],
    ['DeleteSubnet', { subnetId: 'subnet-11112222' }, 'subnet'],
    [
      'AssociateSubnetCidrBlock',
      { AssociateSubnetCidrBlockRequest: { SubnetId: 'subnet-11112222' } },
      'subnet',
    ],
    ['AssociateSubnetCidrBlock', {}, 'subnet'],
    ['DisassociateSubnetCidrBlock', { associationId: 'subnet-cidr-assoc-1' }, 'subnet'],
    ['DeleteRoute', { routeTableId: 'rtb-11112222' }, 'route-table'],
  ])('reads %s', (eventName, requestParameters, kind) => {
    expect(readHint(cloudTrail({ eventName, requestParameters }), context)).toMatchObject({
      kind,
      cause: eventName,
    });
  });

  it.each([
    ['route-table', 'rtb-0123456789abcdef0'],
    ['vpc', 'vpc-0123456789abcdef0'],
    ['vpc-peering-connection', 'pcx-0123456789abcdef0'],
    ['subnet', 'subnet-0123456789abcdef0'],
  ])('reads a tag change of a %s', (type, id) => {
    const event = {
      source: 'aws.tag',
      account: ACCOUNT,
      region: 'eu-west-1',
      resources: [`arn:aws:ec2:eu-west-1:${ACCOUNT}:${type}/${id}`],
      detail: { service: 'ec2', 'resource-type': type, 'changed-tag-keys': ['peering-autopilot:routes'] },
    };
    expect(readHint(event, context)).toMatchObject({ region: 'eu-west-1', cause: 'Tag Change on Resource' });
    expect(JSON.stringify(readHint(event, context))).toContain(id);
  });

  it.each(['configurationItem', 'configurationItemSummary'])('reads a Config item given as %s', (name) => {
    const event = {
      source: 'aws.config',
      account: ACCOUNT,
      region: 'us-east-1',
      detail: { [name]: { resourceType: 'AWS::EC2::VPCPeeringConnection', resourceId: 'pcx-11112222' } },
    };
    expect(readHint(event, context)).toMatchObject({ kind: 'peering', peeringId: 'pcx-11112222' });
  });

  it('takes the Region of an event on the own bus from its detail', () => {
    const event = {
      source: 'vpc-peering-autopilot',
      'detail-type': 'Sweep Requested',
      account: ACCOUNT,
      region: 'us-east-1',
      detail: { accountId: ACCOUNT, region: 'eu-west-1' },
    };
    expect(readHint(event, context)).toEqual({
      kind: 'region',
      region: 'eu-west-1',
      cause: 'Sweep Requested',
    });
  });
});

describe('dropping an event', () => {
  it('drops a failed call and says with which code it failed', () => {
    const event = cloudTrail({
      eventName: 'CreateVpcPeeringConnection',
      errorCode: 'Client.UnauthorizedOperation',
      requestParameters: { vpcId: 'vpc-11112222' },
      responseElements: null,
    });
    expect(readHint(event, context)).toEqual({
      dropped: expect.stringContaining('Client.UnauthorizedOperation'),
    });
  });

  it('drops an event of another account, whatever it says', () => {
    expect(readHint({ ...created, account: '222222222222' }, context)).toEqual({
      dropped: expect.stringContaining('222222222222'),
    });
  });

  it('drops an event of a Region that is not managed', () => {
    expect(readHint({ ...created, region: 'sa-east-1' }, context)).toEqual({
      dropped: expect.stringContaining('sa-east-1'),
    });
  });

  it.each([
    ['an id with a command in it', 'pcx-11112222; rm -rf /'],
    ['an id with a line break', 'pcx-11112222\nINFO forged'],
    ['an id that is an object', { id: 'pcx-11112222' }],
    ['a very long id', `pcx-${'a'.repeat(100_000)}`],
  ])('drops %s', (_what, vpcPeeringConnectionId) => {
    const event = cloudTrail({
      eventName: 'DeleteVpcPeeringConnection',
      requestParameters: { vpcPeeringConnectionId },
    });
    expect(readHint(event, context)).toEqual({ dropped: expect.any(String) });
  });

  it('answers any input with a hint inside the managed Regions or with a printable reason', () => {
    const shapes = fc.oneof(
      fc.anything(),
      fc.record({
        source: fc.oneof(
          fc.constantFrom('aws.ec2', 'aws.tag', 'aws.config', 'vpc-peering-autopilot'),
          fc.anything(),
        ),
        account: fc.constant(ACCOUNT),
        region: fc.oneof(fc.constant('us-east-1'), fc.anything()),
        resources: fc.anything(),
        'detail-type': fc.anything(),
        detail: fc.oneof(
          fc.anything(),
          fc.record({
            eventName: fc.anything(),
            errorCode: fc.anything(),
            requestParameters: fc.anything(),
            responseElements: fc.anything(),
            region: fc.anything(),
            peeringId: fc.anything(),
          }),
        ),
      }),
    );
    fc.assert(
      fc.property(shapes, (event) => {
        const hint = readHint(event, context);
        if ('dropped' in hint) {
          expect(hint.dropped).not.toMatch(/\p{Cc}/u);
        } else {
          expect(context.managedRegions).toContain(hint.region);
        }
      }),
    );
  });
});

const CHECK = { since: '2026-03-02T09:15:30.000Z', until: '2026-03-02T09:15:31.000Z', look: 1 };

describe('what an event is read as', () => {
  const BUS = 'vpc-peering-autopilot';
  const own = (source: string, parts: Record<string, unknown>) => ({
    source,
    account: ACCOUNT,
    region: 'us-east-1',
    ...parts,
  });
  const api = (requestParameters: unknown, parts: Record<string, unknown> = {}) =>
    cloudTrail({ eventName: 'AnyCall', requestParameters, ...parts });
  const tag = (...resources: unknown[]) => own('aws.tag', { resources });
  const config = (resourceId: unknown) =>
    own('aws.config', { detail: { configurationItem: { resourceId } } });
  const pings = (detail: object) =>
    own(BUS, { 'detail-type': 'Pings Sent', detail: { region: 'eu-west-1', ...CHECK, ...detail } });
  const bus = (detail: unknown) => own(BUS, { 'detail-type': 'Sweep Requested', detail });
  const at = { region: 'us-east-1', cause: 'AnyCall' };
  const tagged = { region: 'us-east-1', cause: 'Tag Change on Resource' };
  const recorded = { region: 'us-east-1', cause: 'Config Configuration Item Change' };
  const swept = { region: 'eu-west-1', cause: 'Sweep Requested' };
  const sent = { region: 'eu-west-1', cause: 'Pings Sent' };
  const call = 'AnyCall names no peering, VPC, subnet or route table';

  it.each<[string, unknown, unknown]>([
    ['a call about a VPC', api({ vpcId: 'vpc-11112222' }), { ...at, kind: 'vpc', vpcId: 'vpc-11112222' }],
    [
      'a call with an error that is null',
      api({ vpcId: 'vpc-11112222' }, { errorCode: null }),
      { ...at, kind: 'vpc', vpcId: 'vpc-11112222' },
    ],
    [
      'a route call without destination',
      api({ routeTableId: 'rtb-11112222' }),
      { ...at, kind: 'route-table', routeTableId: 'rtb-11112222' },
    ],
    [
      'a call whose parameters lie one level down',
      api({ AnyCallRequest: { RouteTableId: 'rtb-11112222', DestinationPrefixListId: 'pl-1' } }),
      { ...at, kind: 'route-table', routeTableId: 'rtb-11112222', destination: 'pl-1' },
    ],
    [
      'a call with an object beside its parameters',
      api({ vpcId: 'vpc-11112222', options: { vpcId: 'vpc-33334444' } }),
      { ...at, kind: 'vpc', vpcId: 'vpc-11112222' },
    ],
    [
      'a call with an empty request beside its parameters',
      api({ vpcId: 'vpc-11112222', dryRunRequest: {} }),
      { ...at, kind: 'vpc', vpcId: 'vpc-11112222' },
    ],
    [
      'a call of an AWS service',
      api({ vpcId: 'vpc-11112222' }, { userIdentity: { invokedBy: 'x.amazonaws.com', type: 'AWSService' } }),
      { ...at, kind: 'vpc', vpcId: 'vpc-11112222', actor: 'x.amazonaws.com' },
    ],
    [
      'a call of nobody in particular',
      api({ vpcId: 'vpc-11112222' }, { userIdentity: { type: 'Root' } }),
      { ...at, kind: 'vpc', vpcId: 'vpc-11112222', actor: 'Root' },
    ],
    [
      'a call of somebody with a name of 256 characters',
      api({ vpcId: 'vpc-11112222' }, { userIdentity: { arn: 'a'.repeat(256) } }),
      { ...at, kind: 'vpc', vpcId: 'vpc-11112222', actor: 'a'.repeat(256) },
    ],
    [
      'a call of somebody with a longer name',
      api({ vpcId: 'vpc-11112222' }, { userIdentity: { arn: 'a'.repeat(257) } }),
      { ...at, kind: 'vpc', vpcId: 'vpc-11112222' },
    ],
    ['a call about nothing', api({}), { dropped: call }],
    ['a call about an id in a list', api({ vpcId: ['vpc-11112222'] }), { dropped: call }],
    ['a call without parameters', api(null), { dropped: call }],
    [
      'a call without a name',
      cloudTrail({}),
      { dropped: 'an unnamed API call names no peering, VPC, subnet or route table' },
    ],
    [
      'a failed call',
      api({ vpcId: 'vpc-11112222' }, { errorCode: 'Client.Denied' }),
      { dropped: 'AnyCall failed with Client.Denied; it changed nothing' },
    ],
    [
      'a call that failed in no known way',
      api({ vpcId: 'vpc-11112222' }, { errorCode: 5 }),
      { dropped: 'AnyCall failed with an unreadable code; it changed nothing' },
    ],
    [
      'a tag of a table',
      tag('arn:aws:ec2:us-east-1:111111111111:route-table/rtb-11112222'),
      { ...tagged, kind: 'route-table', routeTableId: 'rtb-11112222' },
    ],
    ['a tag of a VPC', tag('a/vpc-11112222'), { ...tagged, kind: 'vpc', vpcId: 'vpc-11112222' }],
    ['a tag of a peering', tag('a/pcx-11112222'), { ...tagged, kind: 'peering', peeringId: 'pcx-11112222' }],
    [
      'a tag of a bucket',
      tag('arn:aws:s3:::bucket'),
      { dropped: 'Tag Change on Resource names no route table, VPC, subnet or peering' },
    ],
    [
      'a tag of nothing',
      tag(),
      { dropped: 'Tag Change on Resource names no route table, VPC, subnet or peering' },
    ],
    [
      'a recorded table',
      config('rtb-11112222'),
      { ...recorded, kind: 'route-table', routeTableId: 'rtb-11112222' },
    ],
    [
      'a recorded peering',
      config('pcx-11112222'),
      { ...recorded, kind: 'peering', peeringId: 'pcx-11112222' },
    ],
    [
      'a recorded something else',
      config('vpc-11112222'),
      { dropped: 'Config Configuration Item Change names no peering or route table' },
    ],
    ['pings that were sent', pings({}), { ...sent, kind: 'pings', ...CHECK }],
    ...[
      { since: undefined },
      { until: '2026-03-02T09:15:31Z' },
      { until: `${CHECK.until}x` },
      { since: [CHECK.since] },
      { since: CHECK.until, until: CHECK.since },
      { until: '2026-03-02T09:30:31.000Z' },
      { since: '2026-99-02T09:15:30.000Z' },
      { look: 0 },
      { look: 1.5 },
      { look: '1' },
    ].map((detail): [string, unknown, unknown] => [
      `pings of ${JSON.stringify(detail)}`,
      pings(detail),
      { dropped: 'Pings Sent does not say of which check' },
    ]),
    [
      'a command of Systems Manager, of which older versions heard',
      own('aws.ssm', { detail: { 'command-id': '0123abcd-0123-4567-89ab-0123456789ab' } }),
      { dropped: expect.stringContaining('aws.ssm') },
    ],
    ['a sweep', bus({ region: 'eu-west-1' }), { ...swept, kind: 'region' }],
    [
      'an own event about a peering',
      bus({ region: 'eu-west-1', peeringId: 'pcx-11112222' }),
      { ...swept, kind: 'peering', peeringId: 'pcx-11112222' },
    ],
    [
      'an own event about a VPC',
      bus({ region: 'eu-west-1', vpcId: 'vpc-11112222' }),
      { ...swept, kind: 'vpc', vpcId: 'vpc-11112222' },
    ],
    [
      'an own event about a peering that is none',
      bus({ region: 'eu-west-1', peeringId: 'vpc-11112222' }),
      { dropped: 'Sweep Requested names an id that is none' },
    ],
    [
      'an own event about a VPC that is none',
      bus({ region: 'eu-west-1', vpcId: 'pcx-11112222' }),
      { dropped: 'Sweep Requested names an id that is none' },
    ],
    ['an own event without Region', bus({}), { dropped: 'Sweep Requested names no Region' }],
    ['an own event without anything', bus(null), { dropped: 'Sweep Requested names no Region' }],
    ['an own event without a name', own(BUS, {}), { dropped: 'an unnamed event names no Region' }],
    ['an event without Region', own('aws.ec2', { region: undefined }), { dropped: 'it names no Region' }],
    [
      'an event of another source',
      own('aws.s3', {}),
      { dropped: 'its source aws.s3 is not one this function listens to' },
    ],
    [
      'an event of no source',
      own('aws.s3', { source: 5 }),
      { dropped: 'its source (none) is not one this function listens to' },
    ],
    [
      'an event of no account',
      { source: 'aws.ec2', region: 'us-east-1' },
      { dropped: 'it comes from account unknown, not from 111111111111' },
    ],
    [
      'an event of a Region that is not managed',
      { ...bus({ region: 'sa-east-1' }) },
      { dropped: 'Sweep Requested is about sa-east-1, which is not a managed Region' },
    ],
  ])('%s', (_what, event, expected) => {
    expect(readHint(event, context)).toEqual(expected);
  });
});

describe('what another account says', () => {
  const verdict = {
    source: 'vpc-peering-autopilot',
    'detail-type': 'Connectivity Verdict',
    account: '222222222222',
    region: 'us-east-1',
    detail: {
      accountId: '999999999999',
      region: 'eu-west-1',
      peeringId: 'pcx-11112222',
      verdict: 'unreachable',
    },
  };

  it('is a verdict about a peering, of the account that EventBridge names and not the one that it names itself', () => {
    expect(readHint(verdict, context)).toEqual({
      kind: 'peer-verdict',
      cause: 'Connectivity Verdict',
      region: 'eu-west-1',
      peeringId: 'pcx-11112222',
      peerAccountId: '222222222222',
      verdict: 'unreachable',
    });
  });

  const withFault = (fault: unknown) =>
    readHint({ ...verdict, detail: { ...verdict.detail, fault, firstFailure: 'Run: curl' } }, context);

  it('may be where its own pings are lost, by codes that are known here', () => {
    expect(withFault({ hop: 'route-table', direction: 'back', more: 'text' })).toMatchObject({
      fault: { hop: 'route-table', direction: 'back' },
    });
    expect(JSON.stringify(withFault({ hop: 'target', direction: 'there' }))).not.toMatch(/curl|more/);
  });

  it.each([
    ['no such place', { hop: 'firewall', direction: 'back' }],
    ['no such direction', { hop: 'target', direction: 'Run: curl' }],
    ['text', 'rtb-1 has no route'],
    ['nothing', null],
    ['a list', [{ hop: 'target', direction: 'there' }]],
    ['what every object has', { hop: 'constructor', direction: '__proto__' }],
  ])('carries no word of its own: %s', (_what, fault) => {
    const hint = withFault(fault);
    expect(hint).toMatchObject({ kind: 'peer-verdict', verdict: 'unreachable' });
    expect(Object.keys(hint)).not.toContain('fault');
    expect(JSON.stringify(hint)).not.toMatch(/curl|rtb-1|firewall/);
  });

  it.each(['Peering Requested', 'Routes Synced'])('may be %s, which says where to look', (name) => {
    expect(readHint({ ...verdict, 'detail-type': name }, context)).toEqual({
      kind: 'peering',
      cause: name,
      region: 'eu-west-1',
      peeringId: 'pcx-11112222',
      peerAccountId: '222222222222',
    });
  });

  it.each([
    ['no verdict', { verdict: undefined }, 'names no verdict'],
    ['no Region', { region: undefined }, 'names no Region or no peering'],
    ['no peering', { peeringId: undefined }, 'names no Region or no peering'],
  ])('is dropped with a reason when it names %s', (_what, parts, reason) => {
    const event = { ...verdict, detail: { ...verdict.detail, ...parts } };
    expect(readHint(event, context)).toEqual({
      dropped: `Connectivity Verdict of account 222222222222 ${reason}`,
    });
  });

  it.each([
    ['of another source', { source: 'aws.ec2' }, '222222222222'],
    ['of a longer account', { account: '2222222222222' }, '2222222222222'],
    ['of a shorter account', { account: '22222222222' }, '22222222222'],
    ['of an account in a list', { account: ['222222222222'] }, 'unknown'],
  ])('is no more than an event of another account when it is %s', (_what, parts, account) => {
    expect(readHint({ ...verdict, ...parts }, context)).toEqual({
      dropped: `it comes from account ${account}, not from 111111111111`,
    });
  });

  it.each([
    ['another detail-type', { 'detail-type': 'Peering Accepted' }],
    ['an unknown verdict', { detail: { ...verdict.detail, verdict: 'accept' } }],
    ['no peering', { detail: { ...verdict.detail, peeringId: 'vpc-11112222' } }],
  ])('is dropped with %s', (_what, parts) => {
    expect(readHint({ ...verdict, ...parts }, context)).toEqual({ dropped: expect.any(String) });
  });

  it('reads the parameters of a call that records them one level down', () => {
    const event = cloudTrail({
      eventName: 'ModifyVpcPeeringConnectionOptions',
      requestParameters: {
        ModifyVpcPeeringConnectionOptionsRequest: { VpcPeeringConnectionId: 'pcx-11112222' },
      },
    });
    expect(readHint(event, context)).toMatchObject({ kind: 'peering', peeringId: 'pcx-11112222' });
  });
});
