import {
  AcceptVpcPeeringConnectionCommand,
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
import { createVpc, type Ec2Lab, type Emitted, REGION, requestPeering } from '../../testing/ec2-lab.ts';
import { ACCOUNT, ec2LabOfFile, OTHER_ACCOUNT } from '../support/ec2-lab-of-file.ts';

let lab: Ec2Lab;
let ec2: EC2Client;

ec2LabOfFile((started, client) => {
  lab = started;
  ec2 = client;
});

/** What was emitted since the last call. */
function received(): readonly Emitted[] {
  return lab.emitted.splice(0);
}

async function mainTable(vpcId: string): Promise<string> {
  const { RouteTables } = await ec2.send(
    new DescribeRouteTablesCommand({ Filters: [{ Name: 'vpc-id', Values: [vpcId] }] }),
  );
  return RouteTables?.[0]?.RouteTableId ?? '';
}

describe('CloudTrail events', () => {
  it('describe a request as recorded events do', async () => {
    const [a, b] = [await createVpc(ec2, '10.1.0.0/16'), await createVpc(ec2, '10.2.0.0/16')];
    received();
    const peeringId = await requestPeering(ec2, a, b);

    const [emitted] = received();

    expect(emitted?.place).toMatchObject({ accountId: ACCOUNT, region: REGION });
    expect(emitted?.event).toMatchObject({
      'detail-type': 'AWS API Call via CloudTrail',
      source: 'aws.ec2',
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
    const peering = 'responseElements.vpcPeeringConnection';
    expect(emitted?.event.detail).not.toHaveProperty(`${peering}.accepterVpcInfo.cidrBlock`);
    expect(emitted?.event.detail).toHaveProperty(`${peering}.expirationTime`, expect.any(Number));
  });

  it('name nothing but the peering when it is deleted', async () => {
    const peeringId = await requestPeering(
      ec2,
      await createVpc(ec2, '10.3.0.0/16'),
      await createVpc(ec2, '10.4.0.0/16'),
    );
    received();
    const { $metadata } = await ec2.send(
      new DeleteVpcPeeringConnectionCommand({ VpcPeeringConnectionId: peeringId }),
    );

    const [emitted] = received();
    const requestId = expect.stringMatching(/^[0-9a-f-]{36}$/);
    expect([$metadata.requestId, emitted?.event.detail]).toEqual([requestId, expect.anything()]);

    expect(emitted?.event.detail).toMatchObject({
      eventName: 'DeleteVpcPeeringConnection',
      requestParameters: { vpcPeeringConnectionId: peeringId },
      // The same id three times.
      requestID: $metadata.requestId,
      responseElements: { requestId: $metadata.requestId, _return: true },
    });
  });

  it('give a failed call its error and no response', async () => {
    await expect(
      ec2.send(new AcceptVpcPeeringConnectionCommand({ VpcPeeringConnectionId: 'pcx-0123456789abcdef0' })),
    ).rejects.toMatchObject({ name: 'InvalidVpcPeeringConnectionID.NotFound' });

    const [emitted] = received();

    expect(emitted?.event.detail).toMatchObject({
      eventName: 'AcceptVpcPeeringConnection',
      errorCode: 'Client.InvalidVpcPeeringConnectionID.NotFound',
      errorMessage: "The vpcPeeringConnection ID 'pcx-0123456789abcdef0' does not exist",
      responseElements: null,
    });
  });

  it('are sent for a dry run, which changes nothing', async () => {
    const vpcId = await createVpc(ec2, '10.5.0.0/16');
    const tags = { Resources: [vpcId], Tags: [{ Key: 'a', Value: '1' }] };
    received();
    await expect(ec2.send(new CreateTagsCommand({ ...tags, DryRun: true }))).rejects.toMatchObject({
      name: 'DryRunOperation',
      $metadata: { httpStatusCode: 412 },
    });

    const events = received();
    const { Vpcs } = await ec2.send(new DescribeVpcsCommand({ VpcIds: [vpcId] }));

    expect(events.map(({ event }) => event.detail)).toEqual([
      expect.objectContaining({
        errorCode: 'Client.DryRunOperation',
        requestParameters: expect.objectContaining({ dryRun: true }),
        responseElements: null,
      }),
    ]);
    expect(Vpcs?.[0]?.Tags ?? []).toEqual([]);
  });

  it('are not sent for reading', async () => {
    await ec2.send(new DescribeVpcsCommand({}));

    expect(received()).toEqual([]);
  });

  it('carry the parameters of a route', async () => {
    const [a, b] = [await createVpc(ec2, '10.7.0.0/16'), await createVpc(ec2, '10.8.0.0/16')];
    const peeringId = await requestPeering(ec2, a, b);
    const routeTableId = await mainTable(a);
    received();
    await ec2.send(
      new CreateRouteCommand({
        RouteTableId: routeTableId,
        DestinationCidrBlock: '10.8.0.0/16',
        VpcPeeringConnectionId: peeringId,
      }),
    );

    const [emitted] = received();

    expect(emitted?.event.detail).toMatchObject({
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
    const vpcId = await createVpc(ec2, '10.9.0.0/16');
    received();
    await ec2.send(new CreateTagsCommand({ Resources: [vpcId], Tags: [{ Key: 'k', Value: 'v' }] }));
    await ec2.send(
      new CreateVpcCommand({
        CidrBlock: '10.10.0.0/16',
        TagSpecifications: [{ ResourceType: 'vpc', Tags: [{ Key: 'Name', Value: 'x' }] }],
      }),
    );

    const details = received().map(({ event }) => event.detail);

    expect(details).toContainEqual(
      expect.objectContaining({
        eventName: 'CreateTags',
        requestParameters: {
          resourcesSet: { items: [{ resourceId: vpcId }] },
          tagSet: { items: [{ key: 'k', value: 'v' }] },
        },
        responseElements: { requestId: expect.any(String), _return: true },
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
    const others = () => received().filter(({ place }) => place.accountId === OTHER_ACCOUNT);
    const PeerVpcId = await createVpc(lab.client(OTHER_ACCOUNT), '10.20.0.0/16');
    const peer = { PeerVpcId, PeerOwnerId: OTHER_ACCOUNT };
    const [first, second] = [await createVpc(ec2, '10.21.0.0/16'), await createVpc(ec2, '10.22.0.0/16')];
    others();

    await ec2.send(new CreateVpcPeeringConnectionCommand({ VpcId: first, ...peer }));
    const byDefault = others();
    await lab.post('/_lab/ec2/settings', { crossAccountEvents: 'accepter' });
    await ec2.send(new CreateVpcPeeringConnectionCommand({ VpcId: second, ...peer }));
    const [emitted] = others();
    await lab.post('/_lab/ec2/settings', { crossAccountEvents: 'none' });

    expect(byDefault).toEqual([]);
    expect(emitted?.event).toMatchObject({
      detail: {
        recipientAccountId: OTHER_ACCOUNT,
        userIdentity: { accountId: ACCOUNT },
        requestParameters: { vpcId: second, peerOwnerId: OTHER_ACCOUNT },
      },
    });
  });
});

describe('tag change events', () => {
  const tagChanges = () =>
    received()
      .map(({ event }) => event)
      .filter(({ 'detail-type': type }) => type === 'Tag Change on Resource');

  it('name what changed, and all tags that there are now', async () => {
    const routeTableId = await mainTable(await createVpc(ec2, '10.30.0.0/16'));
    received();
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

    const events = tagChanges();

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
    const vpcId = await createVpc(ec2, '10.31.0.0/16');
    await ec2.send(new CreateTagsCommand({ Resources: [vpcId], Tags: [{ Key: 'a', Value: '1' }] }));
    received();
    await ec2.send(new CreateTagsCommand({ Resources: [vpcId], Tags: [{ Key: 'a', Value: '1' }] }));
    await expect(
      ec2.send(
        new CreateTagsCommand({ Resources: ['pcx-0123456789abcdef0'], Tags: [{ Key: 'a', Value: '1' }] }),
      ),
    ).rejects.toThrow();

    expect(tagChanges()).toEqual([]);
  });
});
