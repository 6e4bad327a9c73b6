import { createHash } from 'node:crypto';
import { copyFile, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  AcceptVpcPeeringConnectionCommand,
  AssociateVpcCidrBlockCommand,
  CreateManagedPrefixListCommand,
  CreateRouteCommand,
  DeleteTagsCommand,
  DescribeImagesCommand,
  DescribeManagedPrefixListsCommand,
  DescribeRegionsCommand,
  DescribeStaleSecurityGroupsCommand,
  DescribeVpcPeeringConnectionsCommand,
  EC2Client,
  GetManagedPrefixListEntriesCommand,
  ModifyVpcPeeringConnectionOptionsCommand,
  RejectVpcPeeringConnectionCommand,
  RunInstancesCommand,
} from '@aws-sdk/client-ec2';
import { EventBridgeClient, ListRulesCommand, ListTargetsByRuleCommand } from '@aws-sdk/client-eventbridge';
import { GetQueueUrlCommand, SQSClient } from '@aws-sdk/client-sqs';
import { createLabControl, type LabRequest, type LabResponse } from 'local-aws-peering';
import { actionOf, protocolOf } from 'local-aws-peering/parts';
import { PROJECT_ROOT } from '../../build/bundle.ts';
import { buildCli } from '../../build/cli.ts';
import { type Lab, startLab } from '../../local/lab.ts';
import { tutorialSteps } from '../../local/tutorial/steps.ts';
import { peering, until } from '../../local/tutorial/story.ts';
import { createWorld, type World } from '../../local/tutorial/world.ts';
import { labAccount } from '../../test/support/lab-account.ts';
import { runCommand } from '../command.ts';

/** An answer of the local AWS, as it went over the wire, with what of the question tells which operation it answers. */
export interface RecordedAnswer {
  readonly service: string;
  readonly protocol: string;
  readonly action: string;
  readonly method: string;
  readonly path: string;
  readonly query: string;
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  /** In Base64. */
  readonly body: string;
}

const POLICY = join(PROJECT_ROOT, 'local/tutorial/policy.yml');

const REGION = 'us-east-1';

/** Another account, which no rule of the policy is about: what is done with its requests is done by hand. */
const OTHER = '222222222222';

/** What the command asks, of a network with a peering. Each may end with 0 or 2. */
const VERBS = [
  ['status'],
  ['plan'],
  ['drift'],
  ['doctor'],
  ['graph'],
  ['snapshot', '--out', 'saved'],
  ['explain', '10.1.1.13', '10.2.1.139'],
  ['ping'],
] as const;

export const VERB_COUNT = VERBS.length;

/** Keeps each answer once. */
export function createAnswers() {
  const kept = new Map<string, RecordedAnswer>();
  return {
    watch(request: LabRequest, { status, headers, body }: LabResponse): void {
      if (headers.server === 'waitress') {
        // moto's web server itself, because moto fell over a change that it made meanwhile: the SDK asks again.
        return;
      }
      const { service, method, path, query } = request;
      const action = actionOf(request);
      const hash = createHash('sha256').update(body).digest('hex');
      kept.set([service, action, method, path, status, hash].join(' '), {
        ...{ service, protocol: protocolOf(request), action, method, path, query },
        ...{ status, headers, body: body.toString('base64') },
      });
    },
    all: (): readonly RecordedAnswer[] => [...kept.values()],
  };
}

/** What the tutorial's network lacks: IPv6, another account's peerings, Windows, prefix lists, and calls that are refused. */
async function addRarities(lab: Lab, { ec2, vpcA, vpcB, server1 }: World): Promise<void> {
  const other = await labAccount({ endpoint: lab.url, region: REGION, accountId: OTHER });
  const own = await labAccount({ endpoint: lab.url, region: REGION });
  const theirs = await other.createVpc('10.77.0.0/16', { Owner: 'other' });
  await ec2.send(new AssociateVpcCidrBlockCommand({ VpcId: vpcA.vpcId, AmazonProvidedIpv6CidrBlock: true }));
  await ec2.send(new AssociateVpcCidrBlockCommand({ VpcId: vpcB.vpcId, CidrBlock: '10.20.0.0/16' }));
  const { Images = [] } = await ec2.send(new DescribeImagesCommand({}));
  const windows = Images.find(({ Platform }) => Platform !== undefined);
  await ec2.send(
    new RunInstancesCommand({
      ImageId: windows?.ImageId,
      ...{ InstanceType: 't3.micro', MinCount: 1, MaxCount: 1, SubnetId: vpcA.subnetId },
    }),
  );
  const { PrefixList } = await ec2.send(
    new CreateManagedPrefixListCommand({
      ...{ PrefixListName: 'offices', AddressFamily: 'IPv4', MaxEntries: 5 },
      Entries: [{ Cidr: '10.99.0.0/16', Description: 'an office' }],
    }),
  );
  const accepted = await own.request(vpcA, theirs, { accountId: OTHER });
  const shown = () => ec2.send(new DescribeVpcPeeringConnectionsCommand({}));
  await shown();
  await other.ec2.send(new AcceptVpcPeeringConnectionCommand({ VpcPeeringConnectionId: accepted }));
  await until(`${accepted} is active`, async () =>
    (await peering(ec2, accepted))?.Status?.Code === 'active' ? true : undefined,
  );
  for (const options of ['RequesterPeeringConnectionOptions', 'AccepterPeeringConnectionOptions'] as const) {
    const side = options.startsWith('Requester') ? own.ec2 : other.ec2;
    await side.send(
      new ModifyVpcPeeringConnectionOptionsCommand({
        VpcPeeringConnectionId: accepted,
        [options]: { AllowDnsResolutionFromRemoteVpc: false },
      }),
    );
  }
  await ec2.send(
    new CreateRouteCommand({
      RouteTableId: vpcA.plainTableId,
      DestinationPrefixListId: PrefixList?.PrefixListId,
      VpcPeeringConnectionId: accepted,
    }),
  );
  await ec2.send(new DescribeManagedPrefixListsCommand({}));
  await ec2.send(new GetManagedPrefixListEntriesCommand({ PrefixListId: PrefixList?.PrefixListId }));
  const refused = await other.request(theirs, vpcB, { accountId: '123456789012' });
  await ec2.send(new RejectVpcPeeringConnectionCommand({ VpcPeeringConnectionId: refused }));
  await other.request(theirs, vpcB, { accountId: '123456789012' });
  // Overlap: it fails at once.
  await own.request(vpcA, vpcA).catch(() => undefined);
  await shown();
  await ec2.send(new DeleteTagsCommand({ Resources: [server1.instanceId], Tags: [{ Key: 'none' }] }));
  const missing = { VpcPeeringConnectionId: 'pcx-0000000000000bad0' };
  const answered = await ec2.send(new AcceptVpcPeeringConnectionCommand(missing)).then(
    () => true,
    () => false,
  );
  if (answered) {
    throw new Error('The local AWS accepted a peering that is not there.');
  }
}

/** What the functions ask where several Regions are managed, pings are lost behind a group that names others, or an older version left something. */
async function askTheRest(lab: Lab, { vpcA }: Pick<World, 'vpcA'>): Promise<void> {
  const where = { endpoint: lab.url, region: REGION };
  const ec2 = new EC2Client(where);
  await ec2.send(new DescribeRegionsCommand({ AllRegions: true }));
  await ec2.send(new DescribeStaleSecurityGroupsCommand({ VpcId: vpcA.vpcId }));
  const events = new EventBridgeClient(where);
  const { Rules = [] } = await events.send(new ListRulesCommand({}));
  for (const { Name, EventBusName } of Rules) {
    await events.send(new ListTargetsByRuleCommand({ Rule: Name, EventBusName }));
  }
  const queue = 'vpc-peering-autopilot-prod-sync-routes.fifo';
  await new SQSClient(where).send(new GetQueueUrlCommand({ QueueName: queue })).catch(() => undefined);
}

async function runVerbs(lab: Lab, progress: (line: string) => void): Promise<void> {
  const directory = await mkdtemp(join(tmpdir(), 'peering-judged-'));
  try {
    const command = await buildCli(join(directory, 'cli'));
    await copyFile(POLICY, join(directory, 'peering-policy.yml'));
    for (const verb of VERBS) {
      const { code, stderr } = await runCommand(process.execPath, [command, ...verb], {
        cwd: directory,
        env: lab.env,
      });
      if (code === null || (code === 1 && verb[0] !== 'doctor')) {
        throw new Error(`peering ${verb.join(' ')} ended with ${code}: ${stderr}`);
      }
    }
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
  progress(`${VERBS.length} verbs of the command were run`);
}

/** Deploys the stack, plays the tutorial, adds what it lacks, asks with the command, and removes the stack. */
export async function recordAnswers(progress: (line: string) => void): Promise<readonly RecordedAnswer[]> {
  const answers = createAnswers();
  const lab = await startLab({ progress: () => undefined, watch: answers.watch });
  const before = { ...process.env };
  try {
    Object.assign(process.env, lab.env);
    progress('deploying the stack into a local AWS whose answers are kept');
    await lab.deploy({ policyFile: POLICY });
    const world = await createWorld(new EC2Client({ endpoint: lab.url, region: REGION }));
    const control = createLabControl(lab.url);
    const steps = tutorialSteps({ world, control, endpoint: lab.url, region: REGION, tell: () => undefined });
    for (const { name, run } of steps) {
      progress(name);
      if (name === LAST_STEP) {
        await control.fire('check-connectivity');
        await control.idle();
        await runVerbs(lab, progress);
      }
      await run();
    }
    await addRarities(lab, world);
    await control.fire('sweep');
    await control.idle();
    await runVerbs(lab, progress);
    await askTheRest(lab, world);
    progress('removing the stack');
    await lab.remove({ policyFile: POLICY });
    return answers.all();
  } finally {
    process.env = before;
    await lab.stop();
  }
}

/** It ends the peering that the command is to see. */
const LAST_STEP = 'The peering is deleted: its routes go';
