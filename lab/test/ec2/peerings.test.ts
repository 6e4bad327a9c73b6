import {
  AcceptVpcPeeringConnectionCommand,
  AssociateVpcCidrBlockCommand,
  CreateRouteCommand,
  CreateTagsCommand,
  CreateVpcPeeringConnectionCommand,
  DeleteTagsCommand,
  DeleteVpcPeeringConnectionCommand,
  DescribeRouteTablesCommand,
  DescribeVpcPeeringConnectionsCommand,
  EC2Client,
  ModifyVpcAttributeCommand,
  ModifyVpcPeeringConnectionOptionsCommand,
  paginateDescribeVpcPeeringConnections,
  RejectVpcPeeringConnectionCommand,
  type VpcPeeringConnection,
} from '@aws-sdk/client-ec2';
import { AssumeRoleCommand, STSClient } from '@aws-sdk/client-sts';
import {
  codeOf,
  createTable,
  createVpc,
  type Ec2Lab,
  refusalOf,
  requestPeering,
  seePeering,
  startEc2Lab,
} from '../../testing/ec2-lab.ts';

const HOUR = 3600;
const DAY = 24 * HOUR;

let lab: Ec2Lab;
/** Accounts of the test at hand; no two tests share one. */
let own: string;
let stranger: string;
let ec2: EC2Client;
let others: EC2Client;
let accounts = 0;

beforeAll(async () => {
  lab = await startEc2Lab({ throttledRoles: ['/my-stack/'] });
});
afterAll(() => lab.stop());
beforeEach(() => {
  accounts += 1;
  own = String(100_000_000_000 + accounts);
  stranger = String(200_000_000_000 + accounts);
  ec2 = lab.client(own);
  others = lab.client(stranger);
});

const accept = (client: EC2Client, VpcPeeringConnectionId: string) =>
  client.send(new AcceptVpcPeeringConnectionCommand({ VpcPeeringConnectionId }));
const reject = (client: EC2Client, VpcPeeringConnectionId: string) =>
  client.send(new RejectVpcPeeringConnectionCommand({ VpcPeeringConnectionId }));
const remove = (client: EC2Client, VpcPeeringConnectionId: string) =>
  client.send(new DeleteVpcPeeringConnectionCommand({ VpcPeeringConnectionId }));

function cidrsOf(info: VpcPeeringConnection['RequesterVpcInfo']): string[] {
  return [
    ...(info?.CidrBlockSet ?? []).map(({ CidrBlock }) => CidrBlock ?? ''),
    ...(info?.Ipv6CidrBlockSet ?? []).map(({ Ipv6CidrBlock }) => Ipv6CidrBlock ?? ''),
  ];
}

async function activePeering(a: string, b: string): Promise<string> {
  const peeringId = await requestPeering(ec2, a, b);
  await accept(ec2, peeringId);
  lab.clock.advance(1);
  return peeringId;
}

describe('the life of a peering', () => {
  it('is answered as a request that begins', async () => {
    const a = await createVpc(ec2, '10.1.0.0/16');
    const b = await createVpc(ec2, '10.2.0.0/16');
    const { VpcPeeringConnection: peering } = await ec2.send(
      new CreateVpcPeeringConnectionCommand({
        VpcId: a,
        PeerVpcId: b,
        TagSpecifications: [
          { ResourceType: 'vpc-peering-connection', Tags: [{ Key: 'Name', Value: ' a <b> ' }] },
        ],
      }),
    );
    expect(peering).toMatchObject({
      Status: { Code: 'initiating-request' },
      RequesterVpcInfo: { OwnerId: own, VpcId: a, CidrBlock: '10.1.0.0/16', Region: 'us-east-1' },
      AccepterVpcInfo: { OwnerId: own, VpcId: b, Region: 'us-east-1' },
      Tags: [{ Key: 'Name', Value: ' a <b> ' }],
    });
    expect(peering?.AccepterVpcInfo?.CidrBlock).toBeUndefined();
    expect(peering?.ExpirationTime?.getTime()).toBeGreaterThan(lab.clock.now().getTime() + 6.9 * DAY * 1000);
  });

  it('goes from pending over provisioning to active, then deleted, and shows CIDRs as EC2 does', async () => {
    const a = await createVpc(ec2, '10.1.0.0/16', '10.11.0.0/16');
    const b = await createVpc(ec2, '10.2.0.0/16');
    await ec2.send(new AssociateVpcCidrBlockCommand({ VpcId: b, AmazonProvidedIpv6CidrBlock: true }));
    const peeringId = await requestPeering(ec2, a, b);

    const pending = await seePeering(ec2, peeringId);
    expect(pending?.Status?.Code).toBe('pending-acceptance');
    expect(cidrsOf(pending?.RequesterVpcInfo)).toEqual(['10.1.0.0/16', '10.11.0.0/16']);
    expect(cidrsOf(pending?.AccepterVpcInfo)).toEqual([]);
    expect(pending?.AccepterVpcInfo?.CidrBlock).toBeUndefined();

    const { VpcPeeringConnection: accepted } = await accept(ec2, peeringId);
    expect(accepted?.Status?.Code).toBe('provisioning');
    lab.clock.advance(1);
    const active = await seePeering(ec2, peeringId);
    expect(active?.Status).toEqual({ Code: 'active', Message: 'Active' });
    expect(active?.ExpirationTime).toBeUndefined();
    expect(active?.AccepterVpcInfo?.CidrBlock).toBe('10.2.0.0/16');
    expect(cidrsOf(active?.AccepterVpcInfo)).toEqual(['10.2.0.0/16', expect.stringContaining('::/56')]);

    await remove(ec2, peeringId);
    const deleted = await seePeering(ec2, peeringId);
    expect(deleted?.Status).toEqual({ Code: 'deleted', Message: `Deleted by ${own}` });
    expect(cidrsOf(deleted?.RequesterVpcInfo)).toEqual([]);
    expect(deleted?.RequesterVpcInfo?.CidrBlock).toBeUndefined();
    expect(deleted?.RequesterVpcInfo?.VpcId).toBe(a);
  });

  it('shows a CIDR that a side adds while the peering is active', async () => {
    const a = await createVpc(ec2, '10.1.0.0/16');
    const b = await createVpc(ec2, '10.2.0.0/16');
    const peeringId = await activePeering(a, b);
    await ec2.send(new AssociateVpcCidrBlockCommand({ VpcId: b, CidrBlock: '10.22.0.0/16' }));
    expect(cidrsOf((await seePeering(ec2, peeringId))?.AccepterVpcInfo)).toEqual([
      '10.2.0.0/16',
      '10.22.0.0/16',
    ]);
  });

  it.each([
    ['equal', '10.1.0.0/16', []],
    ['inside', '10.1.128.0/20', []],
    ['in a secondary CIDR', '10.2.0.0/16', ['10.1.4.0/24']],
  ])('fails when the CIDRs overlap: %s', async (_, primary, secondary) => {
    const a = await createVpc(ec2, '10.1.0.0/16');
    const b = await createVpc(ec2, primary, ...secondary);
    const peeringId = await requestPeering(ec2, a, b);
    const failed = await seePeering(ec2, peeringId);
    expect(failed?.Status?.Code).toBe('failed');
    expect(failed?.Status?.Message).toContain('overlapping CIDR range');
    expect(await refusalOf(accept(ec2, peeringId))).toBe('InvalidStateTransition');
    expect(await refusalOf(remove(ec2, peeringId))).toBe('InvalidStateTransition');
    lab.clock.advance(3 * HOUR);
    expect(await seePeering(ec2, peeringId)).toBeUndefined();
  });

  it('fails for a VPC that the other account does not have, seen by the requester only', async () => {
    const a = await createVpc(ec2, '10.1.0.0/16');
    const peeringId = await requestPeering(ec2, a, 'vpc-0123456789abcdef0', { PeerOwnerId: stranger });
    expect(await codeOf(ec2, peeringId)).toBe('failed');
    expect(await seePeering(others, peeringId)).toBeUndefined();
    expect(await refusalOf(requestPeering(ec2, a, 'vpc-0123456789abcdef0'))).toBe('InvalidVpcID.NotFound');
    expect(await refusalOf(requestPeering(ec2, 'vpc-0123456789abcdef0', a))).toBe('InvalidVpcID.NotFound');
  });

  it('expires after seven days and stays visible for two', async () => {
    const a = await createVpc(ec2, '10.1.0.0/16');
    const b = await createVpc(ec2, '10.2.0.0/16');
    const peeringId = await requestPeering(ec2, a, b);
    lab.clock.advance(7 * DAY - HOUR);
    expect(await codeOf(ec2, peeringId)).toBe('pending-acceptance');
    lab.clock.advance(HOUR);
    expect(await codeOf(ec2, peeringId)).toBe('expired');
    expect(await refusalOf(accept(ec2, peeringId))).toBe('InvalidStateTransition');
    lab.clock.advance(2 * DAY);
    expect(await seePeering(ec2, peeringId)).toBeUndefined();
    expect(await refusalOf(accept(ec2, peeringId))).toBe('InvalidVpcPeeringConnectionID.NotFound');
  });

  it('shows a rejected request to its accepter for two hours, to its requester for two days', async () => {
    const a = await createVpc(ec2, '10.1.0.0/16');
    const b = await createVpc(others, '10.2.0.0/16');
    const peeringId = await requestPeering(ec2, a, b, { PeerOwnerId: stranger });
    await reject(others, peeringId);
    expect(await codeOf(others, peeringId)).toBe('rejected');
    expect(await refusalOf(remove(ec2, peeringId))).toBe('InvalidStateTransition');
    lab.clock.advance(3 * HOUR);
    expect(await seePeering(others, peeringId)).toBeUndefined();
    expect(await codeOf(ec2, peeringId)).toBe('rejected');
    lab.clock.advance(2 * DAY);
    expect(await seePeering(ec2, peeringId)).toBeUndefined();
  });

  it('shows a deleted peering to its deleter for two hours, to the other account for two days', async () => {
    const a = await createVpc(ec2, '10.1.0.0/16');
    const b = await createVpc(others, '10.2.0.0/16');
    const peeringId = await requestPeering(ec2, a, b, { PeerOwnerId: stranger });
    await accept(others, peeringId);
    lab.clock.advance(1);
    await remove(others, peeringId);
    lab.clock.advance(3 * HOUR);
    expect(await seePeering(others, peeringId)).toBeUndefined();
    expect((await seePeering(ec2, peeringId))?.Status?.Message).toBe(`Deleted by ${stranger}`);
  });

  it('is accepted by the accepter, in the Region of its VPC, once', async () => {
    const a = await createVpc(ec2, '10.1.0.0/16');
    const ireland = lab.client(stranger, 'eu-west-1');
    const b = await createVpc(ireland, '10.2.0.0/16');
    const peeringId = await requestPeering(ec2, a, b, { PeerOwnerId: stranger, PeerRegion: 'eu-west-1' });
    expect(await refusalOf(accept(ec2, peeringId))).toBe('OperationNotPermitted');
    expect(await refusalOf(reject(ec2, peeringId))).toBe('OperationNotPermitted');
    expect(await refusalOf(accept(others, peeringId))).toBe('InvalidVpcPeeringConnectionID.NotFound');
    expect(await refusalOf(remove(ireland, peeringId))).toBe('OperationNotPermitted');
    const outcomes = await Promise.all([1, 2, 3].map(() => refusalOf(accept(ireland, peeringId))));
    expect(outcomes.toSorted()).toEqual(['InvalidStateTransition', 'InvalidStateTransition', 'not refused']);
    expect(await refusalOf(reject(ireland, peeringId))).toBe('InvalidStateTransition');
  });

  it('is accepted in the Region of the accepter within one account, too', async () => {
    const ireland = lab.client(own, 'eu-west-1');
    const a = await createVpc(ec2, '10.1.0.0/16');
    const b = await createVpc(ireland, '10.2.0.0/16');
    const peeringId = await requestPeering(ec2, a, b, { PeerRegion: 'eu-west-1' });
    expect(await refusalOf(accept(ec2, peeringId))).toBe('OperationNotPermitted');
    await accept(ireland, peeringId);
    lab.clock.advance(1);
    expect(await codeOf(ec2, peeringId)).toBe('active');
    await lab.post('/_lab/ec2/settings', { deletingMs: 60_000 });
    await remove(ec2, peeringId);
    expect(await codeOf(ireland, peeringId)).toBe('deleting');
    lab.clock.advance(61);
    expect(await codeOf(ireland, peeringId)).toBe('deleted');
    await lab.post('/_lab/ec2/settings', { deletingMs: 300 });
  });

  it('is one for each pair of VPCs', async () => {
    const a = await createVpc(ec2, '10.1.0.0/16');
    const b = await createVpc(ec2, '10.2.0.0/16');
    const peeringId = await requestPeering(ec2, a, b);
    expect(await requestPeering(ec2, a, b)).toBe(peeringId);
    expect(await refusalOf(requestPeering(ec2, b, a))).toBe('VpcPeeringConnectionAlreadyExists');
    await accept(ec2, peeringId);
    expect(await refusalOf(requestPeering(ec2, a, b))).toBe('VpcPeeringConnectionAlreadyExists');
    lab.clock.advance(1);
    await remove(ec2, peeringId);
    expect(await requestPeering(ec2, a, b)).not.toBe(peeringId);
  });

  it('names what is wrong with an id', async () => {
    expect(await refusalOf(accept(ec2, 'pcx-0123456789abcdef0'))).toBe(
      'InvalidVpcPeeringConnectionID.NotFound',
    );
    expect(await refusalOf(accept(ec2, 'pcx-nothing'))).toBe('InvalidVpcPeeringConnectionId.Malformed');
    const describe = new DescribeVpcPeeringConnectionsCommand({
      VpcPeeringConnectionIds: ['pcx-0123456789abcdef0'],
    });
    expect(await refusalOf(ec2.send(describe))).toBe('InvalidVpcPeeringConnectionID.NotFound');
  });

  it('does nothing on a dry run', async () => {
    const a = await createVpc(ec2, '10.1.0.0/16');
    const b = await createVpc(ec2, '10.2.0.0/16');
    const peeringId = await requestPeering(ec2, a, b);
    const dry = new AcceptVpcPeeringConnectionCommand({ VpcPeeringConnectionId: peeringId, DryRun: true });
    expect(await refusalOf(ec2.send(dry))).toBe('DryRunOperation');
    expect(await codeOf(ec2, peeringId)).toBe('pending-acceptance');
  });
});

describe('what each account sees of a peering', () => {
  it('has tags of its own', async () => {
    const a = await createVpc(ec2, '10.1.0.0/16');
    const b = await createVpc(others, '10.2.0.0/16');
    const peeringId = await requestPeering(ec2, a, b, { PeerOwnerId: stranger });
    await ec2.send(
      new CreateTagsCommand({ Resources: [peeringId], Tags: [{ Key: 'who', Value: 'requester' }] }),
    );
    expect((await seePeering(ec2, peeringId))?.Tags).toEqual([{ Key: 'who', Value: 'requester' }]);
    expect((await seePeering(others, peeringId))?.Tags).toEqual([]);
    expect(await seePeering(lab.client('999999999999'), peeringId)).toBeUndefined();
  });

  it('shows tags as they are set, set again and deleted', async () => {
    const a = await createVpc(ec2, '10.1.0.0/16');
    const b = await createVpc(ec2, '10.2.0.0/16');
    const { VpcPeeringConnection: made } = await ec2.send(
      new CreateVpcPeeringConnectionCommand({
        VpcId: a,
        PeerVpcId: b,
        TagSpecifications: [
          { ResourceType: 'vpc-peering-connection', Tags: [{ Key: 'made', Value: 'with' }] },
        ],
      }),
    );
    const peeringId = made?.VpcPeeringConnectionId ?? '';
    const tags = async () =>
      Object.fromEntries(
        ((await seePeering(ec2, peeringId))?.Tags ?? []).map(({ Key, Value }) => [Key, Value]),
      );
    expect(await tags()).toEqual({ made: 'with' });
    const set = (Key: string, Value: string) =>
      ec2.send(new CreateTagsCommand({ Resources: [peeringId, a], Tags: [{ Key, Value }] }));
    await set('a', '1 & 2');
    await set('b', '');
    expect(await tags()).toEqual({ made: 'with', a: '1 & 2', b: '' });
    await set('a', '3');
    expect(await tags()).toEqual({ made: 'with', a: '3', b: '' });
    await ec2.send(new DeleteTagsCommand({ Resources: [peeringId], Tags: [{ Key: 'a' }] }));
    expect(await tags()).toEqual({ made: 'with', b: '' });
  });

  it('can lose the ended ones on request', async () => {
    const a = await createVpc(ec2, '10.1.0.0/16');
    const b = await createVpc(ec2, '10.2.0.0/16');
    const ended = await requestPeering(ec2, a, b);
    await remove(ec2, ended);
    const kept = await requestPeering(ec2, a, b);
    await fetch(`${lab.url}/_lab/ec2/ended-peerings`, { method: 'DELETE' });
    expect(await seePeering(ec2, ended)).toBeUndefined();
    expect(await codeOf(ec2, kept)).toBe('pending-acceptance');
  });

  it('may hide the CIDRs of a waiting request from the other account', async () => {
    const a = await createVpc(ec2, '10.1.0.0/16');
    const b = await createVpc(others, '10.2.0.0/16');
    const peeringId = await requestPeering(ec2, a, b, { PeerOwnerId: stranger });
    expect((await seePeering(others, peeringId))?.RequesterVpcInfo?.CidrBlock).toBe('10.1.0.0/16');
    await lab.post('/_lab/ec2/settings', { pendingRequesterCidrs: 'hidden' });
    expect((await seePeering(others, peeringId))?.RequesterVpcInfo?.CidrBlock).toBeUndefined();
    expect((await seePeering(ec2, peeringId))?.RequesterVpcInfo?.CidrBlock).toBe('10.1.0.0/16');
    await lab.post('/_lab/ec2/settings', { pendingRequesterCidrs: 'shown' });
  });
});

describe('throttling', () => {
  it('refuses the roles of a named path what the buckets do not hold, when it is asked for', async () => {
    const sts = new STSClient({
      endpoint: lab.url,
      region: 'us-east-1',
      credentials: { accessKeyId: own, secretAccessKey: 'test' },
    });
    const { Credentials: given } = await sts.send(
      new AssumeRoleCommand({
        RoleArn: `arn:aws:iam::${own}:role/my-stack/test`,
        RoleSessionName: 'test',
      }),
    );
    const product = new EC2Client({
      endpoint: lab.url,
      region: 'us-east-1',
      credentials: {
        accessKeyId: given?.AccessKeyId ?? '',
        secretAccessKey: given?.SecretAccessKey ?? '',
        sessionToken: given?.SessionToken ?? '',
      },
      maxAttempts: 1,
    });
    const refusals = async (client: EC2Client) =>
      new Set(
        await Promise.all(
          Array.from({ length: 80 }, () => refusalOf(accept(client, 'pcx-0123456789abcdef0'))),
        ),
      );
    const unknown = 'InvalidVpcPeeringConnectionID.NotFound';
    expect(await refusals(product)).toEqual(new Set([unknown]));
    await lab.post('/_lab/ec2/settings', { throttling: 'functions' });
    expect(await refusals(product)).toEqual(new Set([unknown, 'RequestLimitExceeded']));
    expect(await refusals(ec2)).toEqual(new Set([unknown]));
    await lab.post('/_lab/ec2/settings', { throttling: 'none' });
    expect(await refusals(product)).toEqual(new Set([unknown]));
    product.destroy();
    sts.destroy();
  });
});

describe('quotas', () => {
  afterEach(() => lab.post('/_lab/quotas', { peeringsPerVpc: 50, outstandingRequests: 25 }));

  it('limit the active peerings of a VPC on either side', async () => {
    await lab.post('/_lab/quotas', { peeringsPerVpc: 1 });
    const [a, b, c] = [
      await createVpc(ec2, '10.1.0.0/16'),
      await createVpc(ec2, '10.2.0.0/16'),
      await createVpc(ec2, '10.3.0.0/16'),
    ];
    const second = await requestPeering(ec2, c, a);
    const first = await requestPeering(ec2, a, b);
    await accept(ec2, first);
    expect(await refusalOf(accept(ec2, second))).toBe('VpcPeeringConnectionsPerVpcLimitExceeded');
    expect(await codeOf(ec2, second)).toBe('pending-acceptance');
    lab.clock.advance(1);
    await remove(ec2, first);
    await accept(ec2, second);
  });

  it('limit the requests that wait', async () => {
    await lab.post('/_lab/quotas', { outstandingRequests: 1 });
    const a = await createVpc(ec2, '10.1.0.0/16');
    const b = await createVpc(ec2, '10.2.0.0/16');
    const c = await createVpc(ec2, '10.3.0.0/16');
    await requestPeering(ec2, a, b);
    expect(await refusalOf(requestPeering(ec2, a, c))).toBe('OutstandingVpcPeeringConnectionLimitExceeded');
  });

  it('refuse what is no quota', async () => {
    expect((await lab.post('/_lab/quotas', { routes: 1 })).status).toBe(400);
    expect((await lab.post('/_lab/quotas', { routesPerTable: -1 })).status).toBe(400);
    expect((await lab.post('/_lab/ec2/settings', { identicalRoute: 'maybe' })).status).toBe(400);
  });
});

describe('options', () => {
  const modify = (
    client: EC2Client,
    VpcPeeringConnectionId: string,
    sides: { readonly accepter?: boolean; readonly requester?: boolean },
  ) =>
    client.send(
      new ModifyVpcPeeringConnectionOptionsCommand({
        VpcPeeringConnectionId,
        ...(sides.accepter === undefined
          ? {}
          : { AccepterPeeringConnectionOptions: { AllowDnsResolutionFromRemoteVpc: sides.accepter } }),
        ...(sides.requester === undefined
          ? {}
          : { RequesterPeeringConnectionOptions: { AllowDnsResolutionFromRemoteVpc: sides.requester } }),
      }),
    );
  const enableDns = (client: EC2Client, VpcId: string) =>
    client.send(new ModifyVpcAttributeCommand({ VpcId, EnableDnsHostnames: { Value: true } }));

  it('change only while the peering is active and both VPCs have DNS hostnames', async () => {
    const a = await createVpc(ec2, '10.1.0.0/16');
    const b = await createVpc(ec2, '10.2.0.0/16');
    const peeringId = await requestPeering(ec2, a, b);
    expect(await refusalOf(modify(ec2, peeringId, { requester: true }))).toBe('OperationNotPermitted');
    await accept(ec2, peeringId);
    lab.clock.advance(1);
    await enableDns(ec2, a);
    expect(await refusalOf(modify(ec2, peeringId, { requester: true }))).toBe(
      'InvalidVpcPeeringConnectionState.DnsHostnamesDisabled',
    );
    await enableDns(ec2, b);
    const answer = await modify(ec2, peeringId, { requester: true });
    expect(answer.RequesterPeeringConnectionOptions?.AllowDnsResolutionFromRemoteVpc).toBe(true);
    expect(answer.AccepterPeeringConnectionOptions).toBeUndefined();
    const shown = await seePeering(ec2, peeringId);
    expect(shown?.RequesterVpcInfo?.PeeringOptions?.AllowDnsResolutionFromRemoteVpc).toBe(true);
    expect(shown?.AccepterVpcInfo?.PeeringOptions?.AllowDnsResolutionFromRemoteVpc).toBe(false);
  });

  it('belong to the owner of each side', async () => {
    const a = await createVpc(ec2, '10.1.0.0/16');
    const b = await createVpc(others, '10.2.0.0/16');
    await enableDns(ec2, a);
    await enableDns(others, b);
    const peeringId = await requestPeering(ec2, a, b, { PeerOwnerId: stranger });
    await accept(others, peeringId);
    lab.clock.advance(1);
    expect(await refusalOf(modify(ec2, peeringId, { accepter: true }))).toBe('OperationNotPermitted');
    await modify(others, peeringId, { accepter: true });
    const byOwner = await seePeering(others, peeringId);
    expect(byOwner?.AccepterVpcInfo?.PeeringOptions?.AllowDnsResolutionFromRemoteVpc).toBe(true);
    // Nobody is shown the options of the other account's side.
    expect(byOwner?.RequesterVpcInfo).not.toHaveProperty('PeeringOptions');
    const shown = await seePeering(ec2, peeringId);
    expect(shown?.AccepterVpcInfo).not.toHaveProperty('PeeringOptions');
    expect(shown?.RequesterVpcInfo?.PeeringOptions?.AllowDnsResolutionFromRemoteVpc).toBe(false);
    // Both have no IPv6 block.
    expect(shown?.RequesterVpcInfo).not.toHaveProperty('Ipv6CidrBlockSet');
  });
});

describe('new CIDRs of a peered VPC', () => {
  const associate = (vpcId: string, CidrBlock: string) =>
    ec2.send(new AssociateVpcCidrBlockCommand({ VpcId: vpcId, CidrBlock }));

  it('must not overlap the peer, nor come while the own request waits', async () => {
    const a = await createVpc(ec2, '10.1.0.0/16');
    const b = await createVpc(ec2, '10.2.0.0/16');
    const peeringId = await requestPeering(ec2, a, b);
    expect(await refusalOf(associate(a, '10.5.0.0/16'))).toBe('OperationNotPermitted');
    await accept(ec2, peeringId);
    lab.clock.advance(1);
    expect(await refusalOf(associate(a, '10.2.128.0/20'))).toBe('InvalidVpc.Range');
    expect(await refusalOf(associate(a, '10.5.0.0/16'))).toBe('not refused');
  });

  it('make a waiting request unacceptable when the accepter adds one that overlaps', async () => {
    const a = await createVpc(ec2, '10.1.0.0/16');
    const b = await createVpc(ec2, '10.2.0.0/16');
    const peeringId = await requestPeering(ec2, a, b);
    await associate(b, '10.1.4.0/24');
    expect(await refusalOf(accept(ec2, peeringId))).toBe('InvalidStateTransition');
    expect(await codeOf(ec2, peeringId)).toBe('failed');
  });
});

describe('a route to a peering', () => {
  it('is a black hole in the tables of both sides unless the peering is active', async () => {
    const a = await createVpc(ec2, '10.1.0.0/16');
    const b = await createVpc(others, '10.2.0.0/16');
    const tableA = await createTable(ec2, a);
    const tableB = await createTable(others, b);
    const peeringId = await requestPeering(ec2, a, b, { PeerOwnerId: stranger });
    const route = (client: EC2Client, RouteTableId: string, DestinationCidrBlock: string) =>
      client.send(
        new CreateRouteCommand({ RouteTableId, DestinationCidrBlock, VpcPeeringConnectionId: peeringId }),
      );
    await route(ec2, tableA, '10.2.0.0/16');
    await route(others, tableB, '10.1.0.0/16');
    const states = async () => {
      const found: (string | undefined)[] = [];
      for (const [client, id] of [
        [ec2, tableA],
        [others, tableB],
      ] as const) {
        const { RouteTables } = await client.send(new DescribeRouteTablesCommand({ RouteTableIds: [id] }));
        found.push(
          RouteTables?.[0]?.Routes?.find(({ VpcPeeringConnectionId }) => VpcPeeringConnectionId === peeringId)
            ?.State,
        );
      }
      return found;
    };
    expect(await states()).toEqual(['blackhole', 'blackhole']);
    await lab.post('/_lab/ec2/settings', { provisioningMs: 60_000 });
    await accept(others, peeringId);
    expect(await states()).toEqual(['blackhole', 'blackhole']);
    lab.clock.advance(61);
    await lab.post('/_lab/ec2/settings', { provisioningMs: 300 });
    expect(await states()).toEqual(['active', 'active']);
    await remove(ec2, peeringId);
    expect(await states()).toEqual(['blackhole', 'blackhole']);
    lab.clock.advance(5 * DAY);
    expect(await states()).toEqual(['blackhole', 'blackhole']);
  });
});

describe('DescribeVpcPeeringConnections', () => {
  const WANTED = 7;
  let mesh: VpcPeeringConnection[];

  beforeEach(async () => {
    const hub = await createVpc(ec2, '10.100.0.0/16');
    for (let index = 0; index < WANTED; index++) {
      const spoke = await createVpc(ec2, `10.${index}.0.0/16`);
      const peeringId =
        index % 2 === 0 ? await requestPeering(ec2, hub, spoke) : await requestPeering(ec2, spoke, hub);
      await ec2.send(
        new CreateTagsCommand({
          Resources: [peeringId],
          Tags: [{ Key: index % 3 === 0 ? 'Name' : 'name', Value: `spoke*${index}` }],
        }),
      );
      if (index < 3) {
        await accept(ec2, peeringId);
      } else if (index === 3) {
        await reject(ec2, peeringId);
      }
    }
    lab.clock.advance(1);
    const { VpcPeeringConnections } = await ec2.send(new DescribeVpcPeeringConnectionsCommand({}));
    mesh = VpcPeeringConnections ?? [];
  });

  const find = async (name: string, ...values: string[]): Promise<(string | undefined)[]> => {
    const { VpcPeeringConnections } = await ec2.send(
      new DescribeVpcPeeringConnectionsCommand({ Filters: [{ Name: name, Values: values }] }),
    );
    return (VpcPeeringConnections ?? []).map((peering) => peering.VpcPeeringConnectionId).toSorted();
  };

  it('filters by everything that it documents', async () => {
    expect(mesh).toHaveLength(WANTED);
    const fields: Record<string, (peering: VpcPeeringConnection) => readonly (string | undefined)[]> = {
      'vpc-peering-connection-id': (peering) => [peering.VpcPeeringConnectionId],
      'status-code': (peering) => [peering.Status?.Code],
      'status-message': (peering) => [peering.Status?.Message],
      'expiration-time': (peering) => [peering.ExpirationTime?.toISOString()],
      'tag-key': (peering) => (peering.Tags ?? []).map(({ Key }) => Key),
      'tag:Name': (peering) =>
        (peering.Tags ?? []).filter(({ Key }) => Key === 'Name').map(({ Value }) => Value),
    };
    for (const side of ['requester', 'accepter'] as const) {
      const info = side === 'requester' ? 'RequesterVpcInfo' : 'AccepterVpcInfo';
      fields[`${side}-vpc-info.vpc-id`] = (peering) => [peering[info]?.VpcId];
      fields[`${side}-vpc-info.owner-id`] = (peering) => [peering[info]?.OwnerId];
      fields[`${side}-vpc-info.cidr-block`] = (peering) => [peering[info]?.CidrBlock];
    }
    for (const [name, valuesOf] of Object.entries(fields)) {
      const values = [...new Set(mesh.flatMap(valuesOf))].filter((value) => value !== undefined);
      expect(values.length).toBeGreaterThan(0);
      for (const value of values) {
        const expected = mesh
          .filter((peering) => valuesOf(peering).includes(value))
          .map(({ VpcPeeringConnectionId }) => VpcPeeringConnectionId)
          .toSorted();
        expect({ name, value, found: await find(name, value.replace('*', '\\*')) }).toEqual({
          name,
          value,
          found: expected,
        });
      }
      expect(await find(name, 'nothing has this')).toEqual([]);
    }
  });

  it('takes wildcards and several values, and joins filters', async () => {
    expect(await find('status-code', 'act*', 'rejecte?')).toHaveLength(4);
    expect(await find('status-code', 'ACTIVE')).toEqual([]);
    expect(await find('tag-key', '?ame')).toHaveLength(WANTED);
    const { VpcPeeringConnections } = await ec2.send(
      new DescribeVpcPeeringConnectionsCommand({
        Filters: [
          { Name: 'status-code', Values: ['active'] },
          { Name: 'tag:Name', Values: ['*'] },
        ],
      }),
    );
    expect(VpcPeeringConnections).toHaveLength(1);
    expect(await refusalOf(find('status', 'active'))).toBe('InvalidParameterValue');
  });

  it('gives pages that neither repeat nor lose a peering while others come and go', async () => {
    const seen: (string | undefined)[] = [];
    let pages = 0;
    for await (const page of paginateDescribeVpcPeeringConnections({ client: ec2, pageSize: 5 }, {})) {
      pages += 1;
      seen.push(...(page.VpcPeeringConnections ?? []).map((peering) => peering.VpcPeeringConnectionId));
      if (pages === 1) {
        await remove(ec2, (await find('status-code', 'active'))[0] ?? '');
        lab.clock.advance(3 * HOUR);
      }
    }
    expect(pages).toBe(2);
    expect(new Set(seen).size).toBe(seen.length);
    for (const id of await find('status-code', 'active', 'pending-acceptance')) {
      expect(seen).toContain(id);
    }
  });

  it('refuses pages of the wrong size and tokens of another question', async () => {
    const page = (
      MaxResults: number,
      more: { NextToken?: string; Filters?: { Name: string; Values: string[] }[] } = {},
    ) => ec2.send(new DescribeVpcPeeringConnectionsCommand({ MaxResults, ...more }));
    expect(await refusalOf(page(4))).toBe('InvalidParameterValue');
    expect(await refusalOf(page(1001))).toBe('InvalidParameterValue');
    const { NextToken = '' } = await page(5);
    expect((await page(5, { NextToken })).VpcPeeringConnections).toHaveLength(WANTED - 5);
    const Filters = [{ Name: 'status-code', Values: ['*'] }];
    expect(await refusalOf(page(5, { NextToken, Filters }))).not.toBe('not refused');
    expect(await refusalOf(page(5, { NextToken: 'made-up' }))).not.toBe('not refused');
  });
});
