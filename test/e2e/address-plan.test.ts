import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  AllocateIpamPoolCidrCommand,
  AssociateVpcCidrBlockCommand,
  CreateIpamCommand,
  CreateIpamPoolCommand,
  CreateVpcCommand,
} from '@aws-sdk/client-ec2';
import { createLabControl, type LabControl } from 'local-aws-peering';
import { type Lab, startLab } from '../../local/lab.ts';
import { type BuiltCommand, builtCommand } from '../cli/support/command.ts';
import { eventually, type LabAccount, type LabVpc, labAccount } from '../support/lab-account.ts';

/**
 * A stack whose policy names a pool and the scope of its account's IPAM as the address plan. The pool is shared with the account
 * that asks, which takes ranges from it, or does not.
 */

const REGION = 'us-east-1';
const OWN = '123456789012';
const MEMBER = '222222222222';
const STRANGER = '333333333333';

let lab: Lab;
let control: LabControl;
let own: LabAccount;
let member: LabAccount;
let command: BuiltCommand;
let directory = '';
let pool = '';
let scope = '';
let blocks = 0;

function given(value: string | undefined): string {
  if (value === undefined) throw new Error('the lab answered without an id');
  return value;
}

async function post(path: string, body: unknown): Promise<void> {
  const answer = await fetch(`${lab.url}${path}`, { method: 'POST', body: JSON.stringify(body) });
  expect(answer.ok).toBe(true);
}

async function fault(kind: string, action = 'GetIpamPoolAllocations'): Promise<void> {
  await post('/_lab/faults', { service: 'ec2', action, kind, times: 500 });
}

async function noFaults(): Promise<void> {
  await fetch(`${lab.url}/_lab/faults`, { method: 'DELETE' });
}

async function allocate(Cidr: string): Promise<void> {
  await member.ec2.send(new AllocateIpamPoolCidrCommand({ IpamPoolId: pool, Cidr }));
}

interface Asked {
  readonly pcx: string;
  readonly cidr: string;
  readonly from: { readonly vpcId: string };
  readonly to: LabVpc;
}

/** A request of the member for a new VPC of ours. */
async function ask(from?: { readonly vpcId: string; readonly cidr: string }): Promise<Asked> {
  blocks += 2;
  const asking = from ?? (await member.createVpc(`10.${blocks}.0.0/16`));
  const to = await own.createVpc(`10.${blocks + 1}.0.0/16`);
  const pcx = await member.request(asking, to, { accountId: OWN });
  await control.fire('sweep');
  return { pcx, cidr: asking.cidr, from: asking, to };
}

async function sweep(): Promise<void> {
  await control.fire('sweep');
  await lab.idle();
}

async function accepted({ pcx, cidr, to }: Asked): Promise<void> {
  await eventually(`acceptance of ${pcx}`, async () =>
    (await own.peering(pcx))?.Status?.Code === 'active' ? true : undefined,
  );
  await eventually(`a route of ${pcx}`, async () =>
    (await own.peeringRoutes(to.tableId)).includes(`${cidr} -> ${pcx} active`) ? true : undefined,
  );
}

async function held({ pcx }: Asked): Promise<string> {
  const { message } = await eventually(`a message that ${pcx} is held`, async () =>
    (await control.notifications()).find(
      ({ subject, message: text }) => `${subject}\n${text}`.includes(pcx) && `${subject}`.includes('held'),
    ),
  );
  expect((await own.peering(pcx))?.Status?.Code).toBe('pending-acceptance');
  return message;
}

/** What was asked of IPAM since the calls were counted anew. */
async function callsToIpam(): Promise<readonly string[]> {
  const calls = (await (await fetch(`${lab.url}/_lab/calls`)).json()) as readonly {
    readonly action: string;
  }[];
  return calls.map(({ action }) => action).filter((action) => action.startsWith('GetIpam'));
}

beforeAll(async () => {
  command = await builtCommand();
  lab = await startLab({ progress: () => undefined });
  control = createLabControl(lab.url);
  own = await labAccount({ endpoint: lab.url, region: REGION });
  member = await labAccount({ endpoint: lab.url, region: REGION, accountId: MEMBER });
  const { Ipam } = await own.ec2.send(new CreateIpamCommand({}));
  scope = given(Ipam?.PrivateDefaultScopeId);
  const { IpamPool } = await own.ec2.send(
    new CreateIpamPoolCommand({ IpamScopeId: scope, Locale: REGION, AddressFamily: 'ipv4' }),
  );
  pool = given(IpamPool?.IpamPoolId);
  for (const accountId of [MEMBER, STRANGER]) await post('/_lab/ipam-shares', { poolId: pool, accountId });
  directory = await mkdtemp(join(tmpdir(), 'peering-address-plan-'));
  const policyFile = join(directory, 'peering-policy.yml');
  const policy = await readFile(join(__dirname, 'address-plan.yml'), 'utf8');
  await writeFile(
    policyFile,
    policy.replace('ipam-pool-00000000000000000', pool).replace('ipam-scope-00000000000000000', scope),
  );
  await lab.deploy({ policyFile, region: REGION });
});

afterEach(noFaults);

afterAll(async () => {
  await command?.remove();
  await lab?.stop();
  await rm(directory, { recursive: true, force: true });
});

it('accepts and routes what was allocated to the VPC that asks, and asks IPAM nothing once it is routed', async () => {
  const { Vpc } = await member.ec2.send(
    new CreateVpcCommand({ CidrBlock: '10.200.0.0/16', Ipv4IpamPoolId: pool }),
  );
  await accepted(await ask({ vpcId: given(Vpc?.VpcId), cidr: '10.200.0.0/16' }));
  await lab.idle();
  expect(await callsToIpam()).toEqual(
    expect.arrayContaining(['GetIpamPoolAllocations', 'GetIpamResourceCidrs']),
  );
  await fetch(`${lab.url}/_lab/calls`, { method: 'DELETE' });
  await sweep();
  expect(await callsToIpam()).toEqual([]);
});

it('holds what was not allocated, says so, and accepts it at the sweep after it was', async () => {
  const asked = await ask();
  expect(await held(asked)).toContain(
    `${asked.cidr} of remote VPC ${asked.from.vpcId} is not allocated to remote account ${MEMBER} or that VPC in ${pool}`,
  );
  await allocate(asked.cidr);
  await sweep();
  await accepted(asked);
});

it('holds, with what to do, while the role may not read the pool, and accepts at the sweep after it may', async () => {
  await fault('denied');
  blocks += 2;
  const from = await member.createVpc(`10.${blocks}.0.0/16`);
  await allocate(from.cidr);
  const asked = await ask(from);
  const message = await held(asked);
  expect(message).toContain(`Pool ${pool} was not read. Let this account read it`);
  expect(message).toContain(`GetIpamPoolAllocations of ${pool} in ${REGION} failed: UnauthorizedOperation`);
  await noFaults();
  await sweep();
  await accepted(asked);
});

it('waits, with nothing told, while IPAM is throttled, and accepts once it answers', async () => {
  await fault('throttle', 'GetIpamResourceCidrs');
  blocks += 2;
  const from = await member.createVpc(`10.${blocks}.0.0/16`);
  await allocate(from.cidr);
  const asked = await ask(from);
  await lab.idle();
  expect((await own.peering(asked.pcx))?.Status?.Code).toBe('pending-acceptance');
  const told = (await control.notifications()).filter(({ message }) => `${message}`.includes(asked.pcx));
  expect(told).toEqual([]);
  await noFaults();
  await sweep();
  await accepted(asked);
});

it('holds what a VPC elsewhere in the organization has too', async () => {
  blocks += 2;
  const from = await member.createVpc(`10.${blocks}.0.0/16`);
  await allocate(from.cidr);
  const stranger = await labAccount({ endpoint: lab.url, region: REGION, accountId: STRANGER });
  const other = await stranger.createVpc(`10.${blocks}.7.0/24`);
  expect(await held(await ask(from))).toContain(
    `overlaps what ${scope} shows elsewhere: ${other.cidr} of ${other.vpcId} (account ${STRANGER}, ${REGION})`,
  );
});

it('routes a new range of a live peering once it is allocated, and keeps the others meanwhile', async () => {
  blocks += 2;
  const from = await member.createVpc(`10.${blocks}.0.0/16`);
  await allocate(from.cidr);
  const asked = await ask(from);
  await accepted(asked);
  const added = '10.210.0.0/16';
  await member.ec2.send(new AssociateVpcCidrBlockCommand({ VpcId: from.vpcId, CidrBlock: added }));
  await fault('denied');
  await sweep();
  expect(await own.peeringRoutes(asked.to.tableId)).toEqual([`${from.cidr} -> ${asked.pcx} active`]);
  await noFaults();
  await allocate(added);
  await sweep();
  await eventually('a route to the new range', async () =>
    (await own.peeringRoutes(asked.to.tableId)).includes(`${added} -> ${asked.pcx} active`)
      ? true
      : undefined,
  );
});

it('the command says the same, live and of a snapshot, and doctor whether it can be read', async () => {
  const run = (...args: readonly string[]) => command.run(args, { cwd: directory, env: lab.env });
  const asked = await ask();
  const reason = `${asked.cidr} of remote VPC ${asked.from.vpcId} is not allocated`;
  const live = await run('policy', 'explain', '--peering', asked.pcx, '--expect', 'hold');
  expect([live.code, live.stdout]).toEqual([0, expect.stringContaining(reason)]);
  expect(await run('snapshot', '--out', 'saved')).toMatchObject({ code: 0 });
  const saved = await run('policy', 'explain', '--peering', asked.pcx, '--snapshot', 'saved');
  expect(saved.stdout).toContain(reason);
  await rm(join(directory, 'saved/AddressPlan.json'));
  const without = await run('policy', 'explain', '--peering', asked.pcx, '--snapshot', 'saved');
  expect(without.stdout).toContain('The snapshot does not hold it; save it again with this policy');

  expect((await run('doctor')).stdout).toContain(`${pool}`);
  await fault('denied');
  const doctor = await run('doctor');
  expect(doctor.stdout).toContain(`Pool ${pool} was not read`);
});
