import { join } from 'node:path';
import {
  CreateTagsCommand,
  DeleteTagsCommand,
  DescribeVpcPeeringConnectionsCommand,
  RejectVpcPeeringConnectionCommand,
  type VpcPeeringConnection,
} from '@aws-sdk/client-ec2';
import { createLabControl, type LabControl } from 'local-aws-peering';
import { type Lab, startLab } from '../../local/lab.ts';
import { eventually, type LabAccount, type LabVpc, labAccount, tagOf } from '../support/lab-account.ts';
import { letLook } from '../support/reader-role.ts';

/**
 * `connect` and `mesh` on the deployed stack: tagged VPCs are peered, by the usual rules on either side, and what lost its tags
 * goes when the policy says so. `alpha` asks, `beta` has some of the spokes; both run the product. One lab, in order.
 */

const HOME = 'us-east-1';
const FAR = 'eu-west-1';
const ALPHA = '123456789012';
const BETA = '210987654321';
const DAY = 86_400;

let lab: Lab;
let control: LabControl;
let alpha: LabAccount;
let far: LabAccount;
let beta: LabAccount;
let hub: LabVpc;

async function sweep(account = ALPHA): Promise<void> {
  await createLabControl(lab.url, account).fire('sweep');
  await lab.idle();
}

async function pass(seconds: number): Promise<void> {
  await fetch(`${lab.url}/_lab/clock`, {
    method: 'POST',
    body: JSON.stringify({ advanceSeconds: seconds }),
  });
}

/** All that EC2 shows between two VPCs, in the account of the first one. */
async function between(account: LabAccount, a: LabVpc, b: LabVpc): Promise<VpcPeeringConnection[]> {
  const { VpcPeeringConnections = [] } = await account.ec2.send(new DescribeVpcPeeringConnectionsCommand({}));
  return VpcPeeringConnections.filter((each) => {
    const ids = [each.RequesterVpcInfo?.VpcId, each.AccepterVpcInfo?.VpcId];
    return ids.includes(a.vpcId) && ids.includes(b.vpcId);
  });
}

async function tag(account: LabAccount, { vpcId }: LabVpc, Key: string, Value: string): Promise<void> {
  await account.ec2.send(new CreateTagsCommand({ Resources: [vpcId], Tags: [{ Key, Value }] }));
}

/** A live peering that leads both VPCs to each other. */
async function connected(
  [account, a]: readonly [LabAccount, LabVpc],
  [other, b]: readonly [LabAccount, LabVpc],
): Promise<VpcPeeringConnection> {
  const made = await eventually(`a live peering between ${a.cidr} and ${b.cidr}`, async () =>
    (await between(account, a, b)).find(({ Status }) => Status?.Code === 'active'),
  );
  const id = made.VpcPeeringConnectionId;
  await eventually(`the routes of ${id}`, async () =>
    (await account.peeringRoutes(a.tableId)).includes(`${b.cidr} -> ${id} active`) &&
    (await other.peeringRoutes(b.tableId)).includes(`${a.cidr} -> ${id} active`)
      ? true
      : undefined,
  );
  return made;
}

beforeAll(async () => {
  lab = await startLab({ progress: () => undefined });
  control = createLabControl(lab.url, ALPHA);
  alpha = await labAccount({ endpoint: lab.url, region: HOME, accountId: ALPHA });
  far = await labAccount({ endpoint: lab.url, region: FAR, accountId: ALPHA });
  beta = await labAccount({ endpoint: lab.url, region: HOME, accountId: BETA });
  await letLook({ endpoint: lab.url, region: HOME, accountId: BETA, reader: ALPHA });
  hub = await alpha.createVpc('10.1.0.0/16', { Name: 'hub', Role: 'hub' });
  await Promise.all([
    lab.deploy({ account: ALPHA, policyFile: join(__dirname, 'connect.yml') }),
    lab.deploy({ account: BETA, policyFile: join(__dirname, 'connect-peer.yml') }),
  ]);
  await lab.idle();
});

afterAll(async () => {
  await lab?.stop();
});

const mails = async (about: RegExp) =>
  (await control.notifications()).filter(({ subject, message }) => about.test(`${subject}\n${message}`));

let spoke: LabVpc;

it('a VPC that is tagged as a spoke is peered with the hub, at once and by its event', async () => {
  spoke = await alpha.createVpc('10.2.0.0/16', { Name: 'spoke' });
  await lab.idle();
  expect(await between(alpha, hub, spoke)).toEqual([]);
  await tag(alpha, spoke, 'Role', 'spoke');
  const made = await connected([alpha, hub], [alpha, spoke]);
  expect(made.RequesterVpcInfo?.VpcId).toBe(hub.vpcId);
  expect(made.Tags).toContainEqual({ Key: 'Name', Value: 'hub-to-spoke' });
  expect(tagOf(made, 'connection')).toBe('shared');
  await lab.idle();
  expect(tagOf((await between(alpha, hub, spoke))[0], 'rule')).toBe('all-of-ours');
});

it('people are told of it once, in one message', async () => {
  await sweep();
  await sweep();
  expect(await mails(/hub-to-spoke/)).toHaveLength(1);
  expect(await mails(/accepted/i)).toEqual([]);
});

it('a spoke in another Region is peered, and one whose ranges overlap is told and left', async () => {
  const distant = await far.createVpc('10.3.0.0/16', { Name: 'distant', Role: 'spoke' });
  const twin = await alpha.createVpc('10.1.128.0/17', { Name: 'twin', Role: 'spoke' });
  await sweep();
  await connected([alpha, hub], [far, distant]);
  await sweep();
  expect(await between(alpha, hub, twin)).toEqual([]);
  expect(await mails(/10\.1\.0\.0\/16 of .* overlaps 10\.1\.128\.0\/17/)).toHaveLength(1);
});

it('VPCs of a mesh are all peered with each other, once for each two', async () => {
  const core = [
    await alpha.createVpc('10.11.0.0/16', { Mesh: 'core' }),
    await alpha.createVpc('10.12.0.0/16', { Mesh: 'core' }),
    await alpha.createVpc('10.13.0.0/16', { Mesh: 'core' }),
  ] as const;
  await sweep();
  for (const [a, b] of [
    [core[0], core[1]],
    [core[0], core[2]],
    [core[1], core[2]],
  ] as const) {
    await connected([alpha, a], [alpha, b]);
    await lab.idle();
    expect(await between(alpha, a, b)).toHaveLength(1);
  }
});

it('a spoke of another account is accepted by the rules there', async () => {
  const theirs = await beta.createVpc('10.20.0.0/16', { Name: 'theirs', Role: 'spoke' });
  await sweep();
  await connected([alpha, hub], [beta, theirs]);
});

it('a request that is rejected is told once, and not made again', async () => {
  const reviewed = await beta.createVpc('10.21.0.0/16', { Name: 'reviewed', Role: 'spoke', Reviewed: 'yes' });
  await sweep();
  const [request] = await between(alpha, hub, reviewed);
  expect(request?.Status?.Code).toBe('pending-acceptance');
  await beta.ec2.send(
    new RejectVpcPeeringConnectionCommand({ VpcPeeringConnectionId: request?.VpcPeeringConnectionId }),
  );
  await sweep();
  await pass(3 * DAY);
  await sweep();
  await sweep();
  const after = await between(alpha, hub, reviewed);
  expect(after.filter(({ Status }) => Status?.Code !== 'rejected')).toEqual([]);
  expect(await mails(new RegExp(`${request?.VpcPeeringConnectionId} was rejected`))).toHaveLength(1);
});

it('a spoke that loses its tag stays for the time that people are told, and then its peering and routes go', async () => {
  const [before] = await between(alpha, hub, spoke);
  const id = before?.VpcPeeringConnectionId;
  await alpha.ec2.send(new DeleteTagsCommand({ Resources: [spoke.vpcId], Tags: [{ Key: 'Role' }] }));
  await sweep();
  expect(await mails(/1 peering to be deleted/)).toHaveLength(1);
  await pass(DAY);
  await sweep();
  expect((await alpha.peering(id ?? ''))?.Status?.Code).toBe('active');
  await pass(DAY + 60);
  await sweep();
  expect((await alpha.peering(id ?? ''))?.Status?.Code).toBe('deleted');
  await eventually('the end of its routes', async () =>
    [...(await alpha.peeringRoutes(hub.tableId)), ...(await alpha.peeringRoutes(spoke.tableId))].some(
      (route) => route.includes(id ?? ''),
    )
      ? undefined
      : true,
  );
  expect(await mails(/1 peering deleted/)).toHaveLength(1);
});

it('nothing is left to do: sweeps request and delete nothing, and tell nobody', async () => {
  const shown = async () => (await control.notifications()).length;
  await sweep();
  const before = await shown();
  await sweep();
  await sweep();
  expect(await shown()).toBe(before);
});
