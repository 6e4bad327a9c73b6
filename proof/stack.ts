import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  BatchWriteItemCommand,
  DeleteItemCommand,
  DynamoDBClient,
  paginateScan,
} from '@aws-sdk/client-dynamodb';
import { AllocateIpamPoolCidrCommand, CreateIpamCommand, CreateIpamPoolCommand } from '@aws-sdk/client-ec2';
import { LambdaClient } from '@aws-sdk/client-lambda';
import { S3Client } from '@aws-sdk/client-s3';
import { SQSClient } from '@aws-sdk/client-sqs';
import { SSMClient } from '@aws-sdk/client-ssm';
import {
  type CallCount,
  type CallTime,
  createLabControl,
  type FinishedInvocation,
  type MetricValue,
  type NewFault,
} from 'local-aws-peering';
import { PROJECT_ROOT } from '../build/bundle.ts';
import { noteItem } from '../lib/aws/memory-items.ts';
import { REQUEST_MAILS_KEY } from '../lib/passes/request-mails.ts';
import { type Lab, startLab } from '../local/lab.ts';
import { type LabAccount, labAccount } from '../test/support/lab-account.ts';

/** The stack of a policy, deployed into a lab of its own, and what a proof asks of that lab. */

export const REGION = 'us-east-1';
export const OWN = '123456789012';
const REGISTRY = 'vpc-peering-autopilot-prod';
/** The policy rejects its requests. */
const REJECTED = '444444444444';
/** No rule is about it. */
const STRANGER = '333333333333';
/** Its requests are accepted where the address plan gives it the range. */
const MEMBER = '222222222222';
/** DynamoDB takes no more in one call. */
const ITEMS_PER_WRITE = 25;

export interface Stack extends ReturnType<typeof createLabControl> {
  readonly url: string;
  readonly own: LabAccount;
  readonly rejected: LabAccount;
  readonly stranger: LabAccount;
  readonly member: LabAccount;
  readonly lambda: LambdaClient;
  readonly s3: S3Client;
  readonly sqs: SQSClient;
  readonly ssm: SSMClient;
  calls(): Promise<readonly CallCount[]>;
  callTimes(): Promise<readonly CallTime[]>;
  forgetCalls(): Promise<void>;
  /** Ends one function process that is at work, if there is one. */
  killOne(): Promise<'killed' | 'none'>;
  /** Puts an event on the default bus. */
  putEvent(event: Readonly<Record<string, unknown>>): Promise<void>;
  setFault(fault: NewFault): Promise<void>;
  /** How many more calls the faults will hit. */
  faultsLeft(): Promise<number>;
  /** Ends all faults. @returns how many more calls they would have hit. */
  endFaults(): Promise<number>;
  /** Peerings that have ended are shown for hours, and each case leaves some. */
  forgetEndedPeerings(): Promise<void>;
  /** What the stack remembers: the keys of its items. */
  remembered(): Promise<ReadonlySet<string>>;
  /** Forgets all but these; what a case leaves is about VPCs that are gone. */
  forgetAllBut(kept: ReadonlySet<string>): Promise<void>;
  /** The lab's clock, and so the functions', goes ahead. */
  pass(seconds: number): Promise<void>;
  /** The lab's time. */
  now(): Promise<Date>;
  /** The next invocation of each function is the first of a new process. */
  endIdleFunctions(): Promise<void>;
  /** Cases follow each other within seconds, and many messages about requests in ten minutes would be told together. */
  forgetMailsSent(): Promise<void>;
  /** Whether EC2 refuses the functions what its token buckets do not hold. */
  setThrottling(throttling: 'none' | 'functions'): Promise<void>;
  /** How long a batch that failed, and those behind it, wait; on AWS until the function's wait or the visibility timeout is over. */
  setRedelivery(milliseconds: number): Promise<void>;
  /** The quota of requests that wait for an answer, per account and Region; AWS raises it on request. */
  setOutstandingRequests(outstandingRequests: number): Promise<void>;
  invocations(): Promise<readonly FinishedInvocation[]>;
  metrics(name: string): Promise<readonly Omit<MetricValue, 'time'>[]>;
  stop(): Promise<void>;
}

/** The lab's patience for work under way: retries of a whole pass under a fault take a while. */
const IDLE_MS = 1_800_000;

/** The policy of a stack, given a lab in which nothing is deployed yet. */
type PolicyIn = (lab: Lab) => Promise<string>;

const plainPolicy: PolicyIn = () => readFile(join(PROJECT_ROOT, 'proof/policy.yml'), 'utf8');

/** With an address plan, which gives each account all that it asks with. */
const featuresPolicy: PolicyIn = async (lab) => {
  const where = { endpoint: lab.url, region: REGION };
  const own = await labAccount(where);
  const { Ipam } = await own.ec2.send(new CreateIpamCommand({}));
  const { IpamPool } = await own.ec2.send(
    new CreateIpamPoolCommand({
      ...{ IpamScopeId: Ipam?.PrivateDefaultScopeId, Locale: REGION, AddressFamily: 'ipv4' },
    }),
  );
  const poolId = IpamPool?.IpamPoolId ?? '';
  for (const accountId of [MEMBER, STRANGER]) {
    await fetch(`${lab.url}/_lab/ipam-shares`, {
      method: 'POST',
      body: JSON.stringify({ poolId, accountId }),
    });
  }
  const member = await labAccount({ ...where, accountId: MEMBER });
  const stranger = await labAccount({ ...where, accountId: STRANGER });
  for (const [account, Cidr] of [
    [own, '10.0.0.0/9'],
    [member, '10.128.0.0/10'],
    [stranger, '10.192.0.0/10'],
  ] as const) {
    await account.ec2.send(new AllocateIpamPoolCidrCommand({ IpamPoolId: poolId, Cidr }));
  }
  const policy = await readFile(join(PROJECT_ROOT, 'proof/features.yml'), 'utf8');
  return policy.replace('ipam-pool-00000000000000000', poolId);
};

async function deployPolicy(lab: Lab, policyIn: PolicyIn): Promise<void> {
  const directory = await mkdtemp(join(tmpdir(), 'proof-policy-'));
  try {
    const policyFile = join(directory, 'peering-policy.yml');
    await writeFile(policyFile, await policyIn(lab));
    await lab.deploy({ policyFile, region: REGION });
  } finally {
    await rm(directory, { recursive: true });
  }
}

/** The keys of all items that the stack has written into its table. */
async function keysIn(dynamodb: DynamoDBClient) {
  const keys: { region: string; item: string }[] = [];
  for await (const { Items = [] } of paginateScan(
    { client: dynamodb },
    {
      TableName: REGISTRY,
      ProjectionExpression: '#region, #item',
      ExpressionAttributeNames: { '#region': 'region', '#item': 'item' },
    },
  )) {
    keys.push(...Items.map(({ region, item }) => ({ region: region?.S ?? '', item: item?.S ?? '' })));
  }
  return keys;
}

const keyText = ({ region, item }: { readonly region: string; readonly item: string }) => `${region} ${item}`;

/** The stack of proof/policy.yml. */
export function deployStack(progress: (line: string) => void): Promise<Stack> {
  return deployWith(plainPolicy, progress);
}

/** The stack of proof/features.yml. */
export function deployFeatures(progress: (line: string) => void): Promise<Stack> {
  return deployWith(featuresPolicy, progress);
}

/** Asks the lab for something of its own. @returns the answer, from JSON. */
type Ask = (method: string, path: string, body?: unknown) => Promise<unknown>;

function askingOf({ url }: Lab): Ask {
  return async (method, path, body) => {
    const answer = await fetch(`${url}${path}`, {
      method,
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    if (!answer.ok) {
      throw new Error(`The lab answered ${answer.status} to ${method} ${path}: ${await answer.text()}`);
    }
    return answer.json();
  };
}

/** Changes something of the lab. @returns nothing of its answer. */
async function change(asking: Promise<unknown>): Promise<void> {
  await asking;
}

/** What the lab has seen and counted. */
function observations(
  ask: Ask,
): Pick<Stack, 'calls' | 'callTimes' | 'forgetCalls' | 'invocations' | 'metrics'> {
  return {
    calls: async () => (await ask('GET', '/_lab/calls')) as CallCount[],
    callTimes: async () => (await ask('GET', '/_lab/calls/times')) as CallTime[],
    forgetCalls: () => change(ask('DELETE', '/_lab/calls')),
    invocations: async () => (await ask('GET', '/_lab/invocations')) as FinishedInvocation[],
    metrics: async (name) =>
      (await ask('GET', `/_lab/metrics?name=${encodeURIComponent(name)}`)) as Omit<MetricValue, 'time'>[],
  };
}

/** What goes wrong on request. */
function disturbances(
  ask: Ask,
): Pick<Stack, 'killOne' | 'putEvent' | 'setFault' | 'faultsLeft' | 'endFaults' | 'endIdleFunctions'> {
  const faultsLeft = async () => {
    const left = (await ask('GET', '/_lab/faults')) as { times: number }[];
    return left.reduce((sum, { times }) => sum + times, 0);
  };
  return {
    async killOne() {
      const { killed } = (await ask('POST', '/_lab/functions/kill')) as { killed: string | null };
      return killed === null ? 'none' : 'killed';
    },
    putEvent: (event) => change(ask('POST', '/_lab/events', event)),
    setFault: (fault) => change(ask('POST', '/_lab/faults', fault)),
    faultsLeft,
    async endFaults() {
      const left = await faultsLeft();
      await ask('DELETE', '/_lab/faults');
      return left;
    },
    endIdleFunctions: () => change(ask('DELETE', '/_lab/functions/idle')),
  };
}

/** How the lab is set: its time, its quotas, what it still shows. */
function settings(
  ask: Ask,
): Pick<
  Stack,
  'forgetEndedPeerings' | 'pass' | 'now' | 'setThrottling' | 'setRedelivery' | 'setOutstandingRequests'
> {
  return {
    forgetEndedPeerings: () => change(ask('DELETE', '/_lab/ec2/ended-peerings')),
    pass: (advanceSeconds) => change(ask('POST', '/_lab/clock', { advanceSeconds })),
    now: async () => new Date(((await ask('GET', '/_lab/clock')) as { readonly now: string }).now),
    setThrottling: (throttling) => change(ask('POST', '/_lab/ec2/settings', { throttling })),
    setRedelivery: (redeliveryMs) => change(ask('POST', '/_lab/queues', { redeliveryMs })),
    setOutstandingRequests: (outstandingRequests) =>
      change(ask('POST', '/_lab/quotas', { outstandingRequests })),
  };
}

/** What the stack remembers, in its table. */
function memory(dynamodb: DynamoDBClient): Pick<Stack, 'forgetMailsSent' | 'remembered' | 'forgetAllBut'> {
  return {
    async forgetMailsSent() {
      const Key = { region: { S: REGION }, item: { S: noteItem(REQUEST_MAILS_KEY) } };
      await dynamodb.send(new DeleteItemCommand({ TableName: REGISTRY, Key }));
    },
    remembered: async () => new Set((await keysIn(dynamodb)).map(keyText)),
    async forgetAllBut(kept) {
      const left = (await keysIn(dynamodb)).filter((key) => !kept.has(keyText(key)));
      for (let at = 0; at < left.length; at += ITEMS_PER_WRITE) {
        const deletes = left.slice(at, at + ITEMS_PER_WRITE).map(({ region, item }) => ({
          DeleteRequest: { Key: { region: { S: region }, item: { S: item } } },
        }));
        await dynamodb.send(new BatchWriteItemCommand({ RequestItems: { [REGISTRY]: deletes } }));
      }
    },
  };
}

async function stackIn(lab: Lab): Promise<Stack> {
  const where = { endpoint: lab.url, region: REGION };
  const config = { ...where, credentials: { accessKeyId: 'test', secretAccessKey: 'test' } };
  const ask = askingOf(lab);
  return {
    ...createLabControl(lab.url),
    async idle() {
      if (!(await lab.idle(IDLE_MS))) {
        throw new Error(`The lab was still busy after ${IDLE_MS / 1000} s.`);
      }
    },
    url: lab.url,
    own: await labAccount(where),
    rejected: await labAccount({ ...where, accountId: REJECTED }),
    stranger: await labAccount({ ...where, accountId: STRANGER }),
    member: await labAccount({ ...where, accountId: MEMBER }),
    lambda: new LambdaClient(config),
    s3: new S3Client({ ...config, forcePathStyle: true }),
    sqs: new SQSClient(config),
    ssm: new SSMClient(config),
    ...observations(ask),
    ...disturbances(ask),
    ...settings(ask),
    ...memory(new DynamoDBClient(config)),
    stop: () => lab.stop(),
  };
}

async function deployWith(policyIn: PolicyIn, progress: (line: string) => void): Promise<Stack> {
  // The proof's own calls are made by a role that the rules take for the product's, so that they set nothing off. It holds no
  // policies: what the functions may do is the section about permissions.
  const lab = await startLab({ progress: () => undefined, permissions: 'ignored' });
  try {
    progress('deploying the stack into a local AWS');
    await deployPolicy(lab, policyIn);
    return await stackIn(lab);
  } catch (error) {
    await lab.stop();
    throw error;
  }
}
