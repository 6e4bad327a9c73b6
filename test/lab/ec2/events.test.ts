import {
  AcceptVpcPeeringConnectionCommand,
  AssociateVpcCidrBlockCommand,
  CreateRouteCommand,
  CreateTagsCommand,
  CreateVpcCommand,
  CreateVpcPeeringConnectionCommand,
  DeleteTagsCommand,
  DeleteVpcPeeringConnectionCommand,
  DescribeRouteTablesCommand,
  DescribeVpcsCommand,
  type EC2Client,
} from '@aws-sdk/client-ec2';
import type { EventBridgeEvent } from '../../../lab/types.ts';
import { ACCOUNT, OTHER_ACCOUNT, REGION, startTestLab, type TestLab } from './support.ts';

jest.setTimeout(120_000);

let lab: TestLab;
let ec2: EC2Client;
let received: () => Promise<readonly EventBridgeEvent[]>;

beforeAll(async () => {
  lab = await startTestLab();
  ec2 = lab.ec2();
  received = await lab.events();
});

afterAll(() => lab?.stop());

beforeEach(async () => {
  await received();
});

async function createVpc(cidr: string): Promise<string> {
  const { Vpc } = await ec2.send(new CreateVpcCommand({ CidrBlock: cidr }));
  return Vpc?.VpcId ?? '';
}

async function mainTable(vpcId: string): Promise<string> {
  const { RouteTables } = await ec2.send(
    new DescribeRouteTablesCommand({ Filters: [{ Name: 'vpc-id', Values: [vpcId] }] }),
  );
  return RouteTables?.[0]?.RouteTableId ?? '';
}

async function request(vpcId: string, peerVpcId: string): Promise<string> {
  const { VpcPeeringConnection } = await ec2.send(
    new CreateVpcPeeringConnectionCommand({ VpcId: vpcId, PeerVpcId: peerVpcId }),
  );
  return VpcPeeringConnection?.VpcPeeringConnectionId ?? '';
}

describe('CloudTrail events', () => {
  it('describe a request as recorded events do', async () => {
    const [a, b] = [await createVpc('10.1.0.0/16'), await createVpc('10.2.0.0/16')];
    await received();
    const peeringId = await request(a, b);

    const [event] = await received();

    expect(event).toMatchObject({
      'detail-type': 'AWS API Call via CloudTrail',
      source: 'aws.ec2',
      account: ACCOUNT,
      region: REGION,
      resources: [],
      detail: {
        eventSource: 'ec2.amazonaws.com',
        eventName: 'CreateVpcPeeringConnection',
        awsRegion: REGION,
        readOnly: false,
        eventType: 'AwsApiCall',
        recipientAccountId: ACCOUNT,
        userIdentity: { type: 'Root', accountId: ACCOUNT, arn: `arn:aws:iam::${ACCOUNT}:root` },
        requestParameters: { vpcId: a, peerVpcId: b },
        responseElements: {
          vpcPeeringConnection: {
            vpcPeeringConnectionId: peeringId,
            requesterVpcInfo: {
              ownerId: ACCOUNT,
              vpcId: a,
              region: REGION,
              cidrBlock: '10.1.0.0/16',
              cidrBlockSet: { items: [{ cidrBlock: '10.1.0.0/16' }] },
              peeringOptions: { allowDnsResolutionFromRemoteVpc: false },
            },
            accepterVpcInfo: { ownerId: ACCOUNT, vpcId: b, region: REGION },
            status: { code: 'initiating-request' },
            tagSet: {},
          },
        },
      },
    });
    const { responseElements } = event?.detail as {
      responseElements: { vpcPeeringConnection: Record<string, unknown> };
    };
    expect(responseElements.vpcPeeringConnection.accepterVpcInfo).not.toHaveProperty('cidrBlock');
    expect(responseElements.vpcPeeringConnection.expirationTime).toBeGreaterThan(Date.now());
  });

  it('name nothing but the peering when it is deleted', async () => {
    const peeringId = await request(await createVpc('10.3.0.0/16'), await createVpc('10.4.0.0/16'));
    await received();
    await ec2.send(new DeleteVpcPeeringConnectionCommand({ VpcPeeringConnectionId: peeringId }));

    const [event] = await received();

    expect(event?.detail).toMatchObject({
      eventName: 'DeleteVpcPeeringConnection',
      requestParameters: { vpcPeeringConnectionId: peeringId },
      responseElements: { _return: true },
    });
  });

  it('give a failed call its error and no response', async () => {
    await expect(
      ec2.send(new AcceptVpcPeeringConnectionCommand({ VpcPeeringConnectionId: 'pcx-0123456789abcdef0' })),
    ).rejects.toMatchObject({ name: 'InvalidVpcPeeringConnectionID.NotFound' });

    const [event] = await received();

    expect(event?.detail).toMatchObject({
      eventName: 'AcceptVpcPeeringConnection',
      errorCode: 'Client.InvalidVpcPeeringConnectionID.NotFound',
      errorMessage: "The vpcPeeringConnection ID 'pcx-0123456789abcdef0' does not exist",
      responseElements: null,
    });
  });

  it('are sent for a dry run, which changes nothing', async () => {
    const vpcId = await createVpc('10.5.0.0/16');
    await received();
    await expect(
      ec2.send(new AssociateVpcCidrBlockCommand({ VpcId: vpcId, CidrBlock: '10.6.0.0/16', DryRun: true })),
    ).rejects.toMatchObject({ name: 'DryRunOperation' });

    const [event] = await received();
    const { Vpcs } = await ec2.send(new DescribeVpcsCommand({ VpcIds: [vpcId] }));

    expect(event?.detail).toMatchObject({
      errorCode: 'Client.DryRunOperation',
      requestParameters: { vpcId, cidrBlock: '10.6.0.0/16', dryRun: true },
    });
    expect(Vpcs?.[0]?.CidrBlockAssociationSet).toHaveLength(1);
  });

  it('are not sent for reading', async () => {
    await ec2.send(new DescribeVpcsCommand({}));

    expect(await received()).toEqual([]);
  });

  it('carry the parameters of a route', async () => {
    const [a, b] = [await createVpc('10.7.0.0/16'), await createVpc('10.8.0.0/16')];
    const peeringId = await request(a, b);
    const routeTableId = await mainTable(a);
    await received();
    await ec2.send(
      new CreateRouteCommand({
        RouteTableId: routeTableId,
        DestinationCidrBlock: '10.8.0.0/16',
        VpcPeeringConnectionId: peeringId,
      }),
    );

    const [event] = await received();

    expect(event?.detail).toMatchObject({
      eventName: 'CreateRoute',
      requestParameters: {
        routeTableId,
        destinationCidrBlock: '10.8.0.0/16',
        vpcPeeringConnectionId: peeringId,
      },
      responseElements: { _return: true },
    });
  });

  it('write lists of tags as sets of items', async () => {
    const vpcId = await createVpc('10.9.0.0/16');
    await received();
    await ec2.send(new CreateTagsCommand({ Resources: [vpcId], Tags: [{ Key: 'k', Value: 'v' }] }));
    await ec2.send(
      new CreateVpcCommand({
        CidrBlock: '10.10.0.0/16',
        TagSpecifications: [{ ResourceType: 'vpc', Tags: [{ Key: 'Name', Value: 'x' }] }],
      }),
    );

    const details = (await received()).map(({ detail }) => detail);

    expect(details).toContainEqual(
      expect.objectContaining({
        eventName: 'CreateTags',
        requestParameters: {
          resourcesSet: { items: [{ resourceId: vpcId }] },
          tagSet: { items: [{ key: 'k', value: 'v' }] },
        },
      }),
    );
    expect(details).toContainEqual(
      expect.objectContaining({
        eventName: 'CreateVpc',
        requestParameters: {
          cidrBlock: '10.10.0.0/16',
          tagSpecificationSet: {
            items: [{ resourceType: 'vpc', tags: [{ key: 'Name', value: 'x' }] }],
          },
        },
      }),
    );
  });

  it('stay with the caller of a cross-account request, unless the lab is told otherwise', async () => {
    const others = await lab.events({ accountId: OTHER_ACCOUNT });
    const accepter = await lab
      .ec2({ accountId: OTHER_ACCOUNT })
      .send(new CreateVpcCommand({ CidrBlock: '10.20.0.0/16' }));
    const peer = { PeerVpcId: accepter.Vpc?.VpcId, PeerOwnerId: OTHER_ACCOUNT };
    const [first, second] = [await createVpc('10.21.0.0/16'), await createVpc('10.22.0.0/16')];
    await others();

    await ec2.send(new CreateVpcPeeringConnectionCommand({ VpcId: first, ...peer }));
    const byDefault = await others();
    await lab.post('/_lab/ec2/settings', { crossAccountEvents: 'accepter' });
    await ec2.send(new CreateVpcPeeringConnectionCommand({ VpcId: second, ...peer }));
    const [event] = await others();
    await lab.post('/_lab/ec2/settings', { crossAccountEvents: 'none' });

    expect(byDefault).toEqual([]);
    expect(event).toMatchObject({
      account: OTHER_ACCOUNT,
      detail: {
        recipientAccountId: OTHER_ACCOUNT,
        userIdentity: { accountId: ACCOUNT },
        requestParameters: { vpcId: second, peerOwnerId: OTHER_ACCOUNT },
      },
    });
  });
});

describe('tag change events', () => {
  const tagChanges = async () =>
    (await received()).filter(({ 'detail-type': type }) => type === 'Tag Change on Resource');

  it('name what changed, and all tags that there are now', async () => {
    const routeTableId = await mainTable(await createVpc('10.30.0.0/16'));
    await received();
    await ec2.send(new CreateTagsCommand({ Resources: [routeTableId], Tags: [{ Key: 'a', Value: '1' }] }));
    await ec2.send(
      new CreateTagsCommand({
        Resources: [routeTableId],
        Tags: [
          { Key: 'a', Value: '1' },
          { Key: 'b', Value: '2' },
        ],
      }),
    );
    await ec2.send(new DeleteTagsCommand({ Resources: [routeTableId], Tags: [{ Key: 'a' }] }));

    const events = await tagChanges();

    expect(events.map(({ detail }) => detail)).toEqual([
      {
        'changed-tag-keys': ['a'],
        service: 'ec2',
        'resource-type': 'route-table',
        version: 1,
        tags: { a: '1' },
      },
      {
        'changed-tag-keys': ['b'],
        service: 'ec2',
        'resource-type': 'route-table',
        version: 2,
        tags: { a: '1', b: '2' },
      },
      {
        'changed-tag-keys': ['a'],
        service: 'ec2',
        'resource-type': 'route-table',
        version: 3,
        tags: { b: '2' },
      },
    ]);
    expect(events[0]?.resources).toEqual([`arn:aws:ec2:${REGION}:${ACCOUNT}:route-table/${routeTableId}`]);
  });

  it('are not sent when a tag gets the value that it had, or the call fails', async () => {
    const vpcId = await createVpc('10.31.0.0/16');
    await ec2.send(new CreateTagsCommand({ Resources: [vpcId], Tags: [{ Key: 'a', Value: '1' }] }));
    await received();
    await ec2.send(new CreateTagsCommand({ Resources: [vpcId], Tags: [{ Key: 'a', Value: '1' }] }));
    await expect(
      ec2.send(
        new CreateTagsCommand({ Resources: ['pcx-0123456789abcdef0'], Tags: [{ Key: 'a', Value: '1' }] }),
      ),
    ).rejects.toThrow();

    expect(await tagChanges()).toEqual([]);
  });
});
