import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  CreateSubnetCommand,
  CreateTagsCommand,
  DeleteSubnetCommand,
  DeleteTagsCommand,
  EC2Client,
} from '@aws-sdk/client-ec2';
import { createLabControl, type LabControl } from 'local-aws-peering';
import { type Lab, startLab } from '../../local/lab.ts';
import { createServer, createVpc, type TutorialVpc } from '../../local/tutorial/world.ts';
import { type BuiltCommand, builtCommand, type Ended, valid } from '../cli/support/command.ts';
import { eventually, type LabAccount, labAccount } from '../support/lab-account.ts';
import { ledDuring } from '../support/leads.ts';

/**
 * Routes to just those subnets of the other VPC that are tagged for it, in the deployed stack, under its own roles: they come and
 * go with the tags, by their events alone, and a tag that moves leaves no address of another subnet without its route.
 */

const [HOME, FAR] = ['us-east-1', 'eu-west-1'] as const;
const SHARED = [{ Key: 'Tier', Value: 'shared' }];

let lab: Lab;
let control: LabControl;
let command: BuiltCommand;
let home: LabAccount;
let far: LabAccount;
let a: TutorialVpc;
let b: TutorialVpc;
let c: TutorialVpc;
let pcx: string;
let abroad: string;

async function routed(
  account: LabAccount,
  { optedInTableId }: TutorialVpc,
  expected: readonly string[],
): Promise<void> {
  let seen: string[] = [];
  await eventually(`routes ${expected.join(', ') || '(none)'} in ${optedInTableId}`, async () => {
    seen = (await account.peeringRoutes(optedInTableId)).map((line) => line.split(' ')[0] ?? '').sort();
    return JSON.stringify(seen) === JSON.stringify([...expected].sort()) ? true : undefined;
  }).catch((error: unknown) => {
    throw new Error(`${String(error)}; there is ${seen.join(', ')}`);
  });
  await control.idle();
}

async function subnetIn(account: LabAccount, { vpcId }: TutorialVpc, CidrBlock: string): Promise<string> {
  const { Subnet } = await account.ec2.send(new CreateSubnetCommand({ VpcId: vpcId, CidrBlock }));
  return Subnet?.SubnetId ?? '';
}

const tag = (account: LabAccount, subnetId: string) =>
  account.ec2.send(new CreateTagsCommand({ Resources: [subnetId], Tags: SHARED }));
const untag = (account: LabAccount, subnetId: string) =>
  account.ec2.send(new DeleteTagsCommand({ Resources: [subnetId], Tags: [{ Key: 'Tier' }] }));

function peering(...args: readonly string[]): Promise<Ended> {
  return command.run(args, { env: lab.env });
}

beforeAll(async () => {
  command = await builtCommand();
  const policyFile = join(__dirname, 'peer-subnets.yml');
  writeFileSync(join(command.directory, 'peering-policy.yml'), readFileSync(policyFile));
  lab = await startLab({ progress: () => undefined });
  control = createLabControl(lab.url);
  home = await labAccount({ endpoint: lab.url, region: HOME });
  far = await labAccount({ endpoint: lab.url, region: FAR });
  const client = (region: string) =>
    new EC2Client({ endpoint: lab.url, region, credentials: home.credentials });
  a = await createVpc(client(HOME), 'VPC-A', '10.1.0.0/16', '10.1.1.0/24');
  b = await createVpc(client(HOME), 'VPC-B', '10.2.0.0/16', '10.2.1.0/24');
  c = await createVpc(client(FAR), 'VPC-C', '10.3.0.0/16', '10.3.1.0/24');
  await createServer(client(HOME), a, 'server1', '10.1.1.13');
  await createServer(client(HOME), b, 'server2', '10.2.1.139');
  await tag(home, a.subnetId);
  await lab.deploy({ policyFile, region: HOME });
  pcx = await home.request(a, b);
  abroad = await home.request(a, c, { region: FAR });
  await routed(home, b, ['10.1.1.0/24']);
  await routed(far, c, ['10.1.1.0/24']);
  await routed(home, a, []);
});

afterAll(async () => {
  await lab?.stop();
  await command?.remove();
});

async function verdicts(): Promise<string[]> {
  const { stdout } = await peering('ping', '--region', HOME, '--json');
  const { results } = valid('ping', stdout) as {
    results: { target: string; kind: string; verdict: string }[];
  };
  return results
    .filter(({ kind }) => kind === 'ping')
    .map(({ target, verdict }) => `${target} ${verdict}`)
    .sort();
}

it('a subnet that is tagged is routed, and its servers answer; untagged, its route goes', async () => {
  await tag(home, b.subnetId);
  await routed(home, a, ['10.2.1.0/24']);
  expect(await verdicts()).toEqual(['10.1.1.13 reachable', '10.2.1.139 reachable']);
  await untag(home, b.subnetId);
  await routed(home, a, []);
  await tag(home, b.subnetId);
  await routed(home, a, ['10.2.1.0/24']);
});

it('a tag that moves from one subnet to another moves one route, and no other subnet is without its own meanwhile', async () => {
  const [first, second] = [await subnetIn(home, b, '10.2.2.0/24'), await subnetIn(home, b, '10.2.3.0/24')];
  await tag(home, first);
  await routed(home, a, ['10.2.1.0/24', '10.2.2.0/24']);
  const addresses = ['10.2.1.139', '10.2.2.9', '10.2.3.9'];
  const seen = await ledDuring(home.ec2, a.optedInTableId, addresses, async () => {
    await Promise.all([untag(home, first), tag(home, second)]);
    await routed(home, a, ['10.2.1.0/24', '10.2.3.0/24']);
  });
  expect(seen).toEqual([[pcx], [pcx, 'nowhere'], ['nowhere', pcx]]);
});

it('a subnet that is deleted takes its route with it, by the event of the call', async () => {
  const gone = await subnetIn(home, b, '10.2.4.0/24');
  await tag(home, gone);
  await routed(home, a, ['10.2.1.0/24', '10.2.3.0/24', '10.2.4.0/24']);
  await home.ec2.send(new DeleteSubnetCommand({ SubnetId: gone }));
  await routed(home, a, ['10.2.1.0/24', '10.2.3.0/24']);
});

it('a subnet in another Region is routed here as soon as it is tagged there', async () => {
  await tag(far, c.subnetId);
  await routed(home, a, ['10.2.1.0/24', '10.2.3.0/24', '10.3.1.0/24']);
});

it('the network is settled: nothing is left to do, and people heard only of sides without a way back', async () => {
  const { code, stdout } = await peering('plan', '--json');
  expect(valid('plan', stdout)).toMatchObject({ changes: [], findings: [], notJudged: [] });
  expect(code).toBe(0);
  const subjects = (await control.notifications()).map(({ subject }) => subject);
  // While no subnet of VPC-B was tagged, it led to VPC-A and nothing led back.
  const drift = subjects.filter((subject) => subject.startsWith('Route drift'));
  expect(drift.filter((subject) => !subject.includes('1 one-sided'))).toEqual([]);
});

it('report shows how little is routed, and the checks of auditors pass where all could be seen', async () => {
  const { stdout } = await peering('report', '--compliance', '--json');
  const { Findings } = valid('report', stdout) as {
    Findings: { Id: string; Compliance: { Status: string }; Description: string }[];
  };
  const about = (check: string, id: string) =>
    Findings.filter(({ Id }) => Id.includes(`/${check}/${id}`)).map(({ Compliance }) => Compliance.Status);
  for (const id of [pcx, abroad]) {
    expect(about('cis-least-access', id)).toEqual(['PASSED', 'PASSED']);
    expect(about('prowler-least-privilege', id)).toEqual(['PASSED', 'PASSED']);
    expect(about('config-dns-resolution', id)).not.toContain('PASSED');
  }
  expect(Findings.map(({ Description }) => Description).join()).toContain(
    'leads 0.78 % of its IPv4 range to it.',
  );
});
