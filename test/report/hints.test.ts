import fc from 'fast-check';
import { readHint } from '../../lib/report/hints.ts';

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

  it('is made printable', () => {
    const hostile = { ...verdict, detail: { ...verdict.detail, firstFailure: 'x\u001b[31m\nINFO forged' } };
    const hint = readHint(hostile, context);
    expect('firstFailure' in hint && hint.firstFailure).not.toMatch(/\p{Cc}/u);
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
