import { CloudFormationClient, DescribeStackResourceCommand } from '@aws-sdk/client-cloudformation';
import {
  CreateSubnetCommand,
  CreateTagsCommand,
  DeleteTagsCommand,
  DeleteVpcPeeringConnectionCommand,
  DescribeRouteTablesCommand,
  DescribeVpcPeeringConnectionsCommand,
  DescribeVpcsCommand,
  type EC2Client,
  RejectVpcPeeringConnectionCommand,
  type VpcPeeringConnection,
} from '@aws-sdk/client-ec2';
import { InvokeCommand } from '@aws-sdk/client-lambda';
import { DeleteObjectCommand, GetObjectCommand, NoSuchKey } from '@aws-sdk/client-s3';
import { GetQueueUrlCommand, SetQueueAttributesCommand } from '@aws-sdk/client-sqs';
import { DEAD_STATUSES } from '../lib/model/peering.ts';
import { REPORT_KEY } from '../lib/model/s3-place.ts';
import { eventually, type LabAccount, type LabVpc } from '../test/support/lab-account.ts';
import { clearVpcs } from './clear-vpcs.ts';
import { type Flow, type PreparedFlow, quietClient, tagLines } from './flows.ts';
import { OWN, REGION, type Stack } from './stack.ts';

/** What a stack does only if its policy asks for it; that of proof/features.yml does. */

const HOUR = 3600;
/** Longer than a peering that is over lives on, and than one whose VPC lost its tag. */
const A_DAY_LATER = 25 * HOUR;

const ENDED: ReadonlySet<string> = DEAD_STATUSES;

interface Network {
  readonly hub: LabVpc;
  /** A spoke when the act begins no more, and peered. */
  readonly left: LabVpc;
  /** A spoke once the act has begun. */
  readonly fresh: LabVpc;
  /** Asked by others. */
  readonly asked: LabVpc;
  readonly trials: readonly [LabVpc, LabVpc, LabVpc];
}

/** CIDRs of VPCs. */
class Blocks {
  #used = 0;

  /** Each used once, inside the rule's block of which these are the first two numbers. */
  next(first: number): string {
    this.#used += 1;
    return `10.${first + Math.floor(this.#used / 256)}.${this.#used % 256}.0/24`;
  }
}

async function createConnected(own: LabAccount, cidr: string, name: string, role?: string): Promise<LabVpc> {
  const vpc = await own.createVpc(cidr, { Name: name, ...(role === undefined ? {} : { Role: role }) });
  const Tags = [{ Key: 'Tier', Value: 'shared' }];
  await own.ec2.send(
    new CreateSubnetCommand({
      VpcId: vpc.vpcId,
      CidrBlock: cidr.replace('/24', '/26'),
      TagSpecifications: [{ ResourceType: 'subnet', Tags }],
    }),
  );
  return vpc;
}

async function createNetwork(own: LabAccount, blocks: Blocks): Promise<Network> {
  const trial = () => own.createVpc(blocks.next(4));
  return {
    hub: await createConnected(own, blocks.next(64), 'hub', 'hub'),
    left: await createConnected(own, blocks.next(64), 'left', 'spoke'),
    fresh: await createConnected(own, blocks.next(64), 'fresh'),
    asked: await own.createVpc(blocks.next(4)),
    trials: [await trial(), await trial(), await trial()],
  };
}

/** What all cases of the flow have in common. */
interface Setting {
  readonly stack: Stack;
  /** Its calls start nothing. */
  readonly quiet: EC2Client;
  /** With the page. */
  readonly bucket: string;
}

class PreparedFeatures implements PreparedFlow {
  readonly #stack: Stack;
  readonly #quiet: EC2Client;
  readonly #bucket: string;
  readonly #network: Network;
  /** A VPC of the account that the address plan has a range for. */
  readonly #asking: LabVpc;
  /** By name. */
  readonly #peerings: Record<string, string>;
  #answers: readonly string[] = [];

  constructor(
    { stack, quiet, bucket }: Setting,
    options: {
      readonly network: Network;
      readonly asking: LabVpc;
      readonly peerings: Readonly<Record<string, string>>;
    },
  ) {
    this.#stack = stack;
    this.#quiet = quiet;
    this.#bucket = bucket;
    this.#network = options.network;
    this.#asking = options.asking;
    this.#peerings = { ...options.peerings };
  }

  async act(): Promise<void> {
    const { own, member } = this.#stack;
    const { fresh, asked } = this.#network;
    await this.#stack.pass(A_DAY_LATER);
    const Tags = [{ Key: 'Role', Value: 'spoke' }];
    await own.ec2.send(new CreateTagsCommand({ Resources: [fresh.vpcId], Tags }));
    this.#peerings.planned = await member.request(this.#asking, asked, { accountId: OWN });
    const clicks = [await this.#click('accept', 'held'), await this.#click('reject', 'declined')];
    this.#answers = clicks.map((text) => this.#readable(text));
    await sweep(this.#stack);
    await provisioned(own, await this.#peeringIds());
  }

  async settle(): Promise<void> {
    // Whoever was told that it failed clicks again; the second answer to a request that has one changes nothing.
    await this.#click('accept', 'held');
    await this.#click('reject', 'declined');
    await this.#stack.pass(HOUR);
    await sweep(this.#stack);
    await provisioned(this.#stack.own, await this.#peeringIds());
  }

  async state(): Promise<readonly string[]> {
    const { own } = this.#stack;
    const shown = ['held', 'planned'].map((name) => this.#id(name));
    const lines = [
      ...(await peeringLines(own, await this.#peeringIds())),
      ...(await routeLines(own, this.#network)),
      ...pageLines(await page(this.#stack, this.#bucket), shown),
    ];
    return lines.map((line) => this.#readable(line)).sort();
  }

  answered(): readonly string[] {
    return this.#answers;
  }

  async foreign(): Promise<readonly string[]> {
    const { own } = this.#stack;
    const all = this.#vpcs();
    const plain = await describeTables(
      own,
      all.map(({ plainTableId }) => plainTableId),
    );
    // The new spoke gets its tag from a person meanwhile.
    const VpcIds = all.filter((vpc) => vpc !== this.#network.fresh).map(({ vpcId }) => vpcId);
    const { Vpcs = [] } = await own.ec2.send(new DescribeVpcsCommand({ VpcIds }));
    return [...plain, ...Vpcs].map((each) => JSON.stringify(each)).sort();
  }

  clearAway(): Promise<void> {
    return clearAway(this.#stack.own, this.#quiet, this.#vpcs());
  }

  /** Every peering that there is by now, the one of the new spoke included. */
  async #peeringIds(): Promise<string[]> {
    const { hub, fresh } = this.#network;
    const made = (await peeringBetween(this.#stack.own, hub, fresh))?.VpcPeeringConnectionId;
    if (made !== undefined) {
      this.#peerings.fresh = made;
    }
    return Object.values(this.#peerings);
  }

  #vpcs(): readonly LabVpc[] {
    return Object.values(this.#network).flat();
  }

  #id(name: string): string {
    const known = this.#peerings[name];
    if (known === undefined) {
      throw new Error(`The flow knows no peering ${name} yet.`);
    }
    return known;
  }

  #readable(text: string): string {
    return naming(this.#network, this.#peerings)(text);
  }

  /** As the button of the message does it. */
  async #click(answer: 'accept' | 'reject', name: string): Promise<string> {
    const payload = { answer, peeringId: this.#id(name), region: REGION, as: 'reviewed' };
    const { Payload, FunctionError } = await this.#stack.lambda.send(
      new InvokeCommand({
        FunctionName: 'vpc-peering-autopilot-prod-answer-request',
        Payload: Buffer.from(JSON.stringify(payload)),
      }),
    );
    return `${FunctionError ?? ''} ${Buffer.from(Payload ?? []).toString()}`.trim();
  }
}

async function sweep(stack: Stack): Promise<void> {
  await stack.fire('sweep');
  await stack.idle();
}

/** Has a peering end so many hours from now. */
async function expires({ stack, quiet }: Setting, peeringId: string, hours: number): Promise<void> {
  const at = new Date((await stack.now()).getTime() + hours * HOUR * 1000);
  const Value = at.toISOString().replace(/\.\d+Z/, 'Z');
  const Tags = [{ Key: 'peering-autopilot:expires', Value }];
  await quiet.send(new CreateTagsCommand({ Resources: [peeringId], Tags }));
}

/** The one that has not ended, if there are several. */
async function peeringBetween(
  { ec2 }: LabAccount,
  a: LabVpc,
  b: LabVpc,
): Promise<VpcPeeringConnection | undefined> {
  const { VpcPeeringConnections = [] } = await ec2.send(new DescribeVpcPeeringConnectionsCommand({}));
  const found = VpcPeeringConnections.filter(
    ({ RequesterVpcInfo, AccepterVpcInfo }) =>
      RequesterVpcInfo?.VpcId === a.vpcId && AccepterVpcInfo?.VpcId === b.vpcId,
  );
  return found.find(({ Status }) => !ENDED.has(Status?.Code ?? '')) ?? found[0];
}

async function prepare(setting: Setting, blocks: Blocks): Promise<PreparedFlow> {
  const { own, member, stranger, s3 } = setting.stack;
  const network = await createNetwork(own, blocks);
  const { hub, left, asked, trials } = network;
  const foreignRequest = async () =>
    stranger.request(await stranger.createVpc(blocks.next(192)), asked, { accountId: OWN });
  const peerings = {
    over: await own.request(trials[0], trials[1]),
    ending: await own.request(trials[0], trials[2]),
    held: await foreignRequest(),
    declined: await foreignRequest(),
  };
  await setting.stack.idle();
  const connected = (await peeringBetween(own, hub, left))?.VpcPeeringConnectionId ?? '';
  await expires(setting, peerings.over, 1);
  await expires(setting, peerings.ending, 40);
  await sweep(setting.stack);
  // It goes on for a day after people were told.
  await setting.stack.pass(A_DAY_LATER);
  await sweep(setting.stack);
  // Its wait begins.
  await own.ec2.send(new DeleteTagsCommand({ Resources: [left.vpcId], Tags: [{ Key: 'Role' }] }));
  await setting.stack.idle();
  await s3.send(new DeleteObjectCommand({ Bucket: setting.bucket, Key: REPORT_KEY }));
  const asking = await member.createVpc(blocks.next(128));
  return new PreparedFeatures(setting, { network, asking, peerings: { ...peerings, left: connected } });
}

/** Peerings that should exist or no more, that end by time, that wait for an answer from chat and for the address plan; and the page. */
export async function createFeatureFlow(stack: Stack): Promise<Flow> {
  const quiet = await quietClient(stack.url);
  const setting = { stack, quiet, bucket: await reportBucket(stack) };
  await publishAtOnce(stack);
  const blocks = new Blocks();
  return { name: 'features', prepare: () => prepare(setting, blocks) };
}

/** The name of the bucket that the stack has for the page. */
async function reportBucket({ url }: Stack): Promise<string> {
  const cloudFormation = new CloudFormationClient({
    ...{ endpoint: url, region: REGION },
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
  });
  const { StackResourceDetail } = await cloudFormation.send(
    new DescribeStackResourceCommand({
      ...{ StackName: 'vpc-peering-autopilot-prod', LogicalResourceId: 'ReportBucket' },
    }),
  );
  return StackResourceDetail?.PhysicalResourceId ?? '';
}

/** The page waits until the sweep is over; that it comes at all is tried in seconds. */
async function publishAtOnce({ sqs }: Stack): Promise<void> {
  const QueueName = 'vpc-peering-autopilot-prod-publish-report.fifo';
  const { QueueUrl } = await sqs.send(new GetQueueUrlCommand({ QueueName }));
  await sqs.send(new SetQueueAttributesCommand({ QueueUrl, Attributes: { DelaySeconds: '0' } }));
}

/** A peering that was accepted just now provisions for a moment. */
async function provisioned({ ec2 }: LabAccount, VpcPeeringConnectionIds: string[]): Promise<void> {
  await eventually('peerings that are not provisioning', async () => {
    const { VpcPeeringConnections = [] } = await ec2.send(
      new DescribeVpcPeeringConnectionsCommand({ VpcPeeringConnectionIds }),
    );
    return VpcPeeringConnections.some(({ Status }) => Status?.Code === 'provisioning') ? undefined : true;
  });
}

/** Undefined where there is none. */
async function page({ s3 }: Stack, Bucket: string): Promise<string | undefined> {
  try {
    const { Body } = await s3.send(new GetObjectCommand({ Bucket, Key: REPORT_KEY }));
    return Body?.transformToString();
  } catch (error) {
    if (error instanceof NoSuchKey) {
      return undefined;
    }
    throw error;
  }
}

/** What of the page does not depend on how far the other functions were when it was made. */
function pageLines(html: string | undefined, shown: readonly string[]): string[] {
  if (html === undefined) {
    return [];
  }
  const [, notJudged = 'unknown'] = /not judged: (\d+)/.exec(html) ?? [];
  return [
    `page with not judged: ${notJudged}`,
    ...(html.includes('</html>') ? ['page is whole'] : []),
    ...shown.filter((peeringId) => html.includes(peeringId)).map((peeringId) => `page shows ${peeringId}`),
  ];
}

/** @returns what puts names in the place of the ids and CIDRs of this run. */
function naming(vpcs: Network, peerings: Readonly<Record<string, string>>): (text: string) => string {
  const { trials, ...others } = vpcs;
  const named = [...Object.entries(others), ...trials.map((vpc, index) => [`trial-${index}`, vpc] as const)];
  return (text) => {
    let readable = text;
    for (const [name, peeringId] of Object.entries(peerings)) {
      readable = readable.replaceAll(peeringId, name);
    }
    for (const [name, { cidr, tableId, vpcId }] of named) {
      readable = readable
        .replaceAll(cidr.replace('/24', '/26'), `subnet-${name}`)
        .replaceAll(cidr, `cidr-${name}`)
        .replaceAll(tableId, `table-${name}`)
        .replaceAll(vpcId, `vpc-${name}`);
    }
    // Of other accounts' VPCs, each of another block.
    return readable
      .replace(/10\.\d+\.\d+\.0\/24/g, 'CIDR')
      .replace(/\d{4}-\d\d-\d\d[T ][\d:]+( UTC|Z)/g, 'TIME');
  };
}

async function describeTables({ ec2 }: LabAccount, RouteTableIds: string[]) {
  const { RouteTables = [] } = await ec2.send(new DescribeRouteTablesCommand({ RouteTableIds }));
  return RouteTables;
}

async function peeringLines({ ec2 }: LabAccount, VpcPeeringConnectionIds: string[]): Promise<string[]> {
  const { VpcPeeringConnections = [] } = await ec2.send(
    new DescribeVpcPeeringConnectionsCommand({ VpcPeeringConnectionIds }),
  );
  return VpcPeeringConnections.flatMap(({ VpcPeeringConnectionId = '', Status, Tags }) => [
    `${VpcPeeringConnectionId} ${Status?.Code}`,
    ...(Status?.Code === 'deleted' ? [] : tagLines(VpcPeeringConnectionId, Tags)),
  ]);
}

async function routeLines(own: LabAccount, vpcs: Network): Promise<string[]> {
  const tables = await describeTables(
    own,
    Object.values(vpcs)
      .flat()
      .map(({ tableId }: LabVpc) => tableId),
  );
  return tables.flatMap(({ RouteTableId, Routes = [] }) =>
    Routes.map(
      ({ DestinationCidrBlock, VpcPeeringConnectionId, GatewayId, State }) =>
        `${RouteTableId} ${DestinationCidrBlock} -> ${VpcPeeringConnectionId ?? GatewayId} ${State}`,
    ),
  );
}

/** @param quiet whose calls start nothing. */
async function clearAway({ ec2 }: LabAccount, quiet: EC2Client, vpcs: readonly LabVpc[]): Promise<void> {
  const vpcIds = vpcs.map(({ vpcId }) => vpcId);
  const { VpcPeeringConnections = [] } = await ec2.send(new DescribeVpcPeeringConnectionsCommand({}));
  for (const { VpcPeeringConnectionId, Status, AccepterVpcInfo, RequesterVpcInfo } of VpcPeeringConnections) {
    if (vpcIds.includes(AccepterVpcInfo?.VpcId ?? '') && !ENDED.has(Status?.Code ?? '')) {
      // A request of another account can only be rejected from here.
      const isAsked = Status?.Code === 'pending-acceptance' && RequesterVpcInfo?.OwnerId !== OWN;
      const which = { VpcPeeringConnectionId };
      await (isAsked
        ? quiet.send(new RejectVpcPeeringConnectionCommand(which))
        : quiet.send(new DeleteVpcPeeringConnectionCommand(which)));
    }
  }
  await clearVpcs(quiet, vpcIds);
}
