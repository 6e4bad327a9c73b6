import { setTimeout as sleep } from 'node:timers/promises';
import { DescribeRouteTablesCommand, type VpcPeeringConnection } from '@aws-sdk/client-ec2';
import { allPages } from '../lib/aws/pages.ts';
import { runLimited } from '../lib/ports/run-limited.ts';
import type { LabVpc } from '../test/support/lab-account.ts';
import { bucketOf, refusedBy } from './buckets.ts';
import { connectStorm, connectStormMarkdown } from './connect-storm.ts';
import { createForeignNetwork, createVpcWithNames } from './flows.ts';
import type { ProofSection } from './section.ts';
import { deployStack, OWN, REGION, type Stack } from './stack.ts';

/** Fewer than the 50 active peerings that a VPC may have, with the headroom that the policy keeps. */
const PER_VPC = 25;
/** Each event arrives that often. */
const COPIES = 3;
/** One function process is killed for that many events. */
const EVENTS_PER_KILL = 20;
/** For that many events a poller is throttled once, and for as many once for longer than the visibility timeout. */
const EVENTS_PER_THROTTLE = 25;
/** How long a throttled poller holds what it has received, in milliseconds. */
const HOLD_MS = { throttle: 1500, expired: 200 } as const;
/**
 * How long the events of a killed function wait. On AWS 12 minutes or longer, in which EC2's buckets fill up: the process that
 * takes over may take them to be full. They fill up in 10 s, which is also the least that a batch waits which failed.
 */
const REDELIVERY_MS = 12_000;
/** Calls that the storm itself makes at the same time. */
const SENDERS = 8;
/** People who are sent more read none. */
const MAX_MAILS = 20;
/** Milliseconds from one request to the next: 1,000 in a minute. */
const EVERY_MS = 60;

export interface RateLine {
  readonly action: string;
  readonly calls: number;
  /** By the bucket, which starts full. */
  readonly refused: number;
}

export interface StormResult {
  readonly requests: number;
  readonly allowed: number;
  readonly events: number;
  readonly killed: number;
  /** Batches that a throttled poller held. */
  readonly delayedBatches: number;
  /** Of those, batches that were held too long, and so handed out a second time. */
  readonly handedOutTwice: number;
  /** Invocations that left such a batch to the other one. */
  readonly leftAlone: number;
  readonly failedInvocations: number;
  readonly seconds: number;
  readonly requestSeconds: number;
  /** What people were sent, by alarms too. */
  readonly mails: number;
  /** What was promised and is not so; empty when everything held. */
  readonly problems: readonly string[];
  readonly rates: readonly RateLine[];
}

/** A linear congruential generator (Numerical Recipes): a storm is repeated by its seed. */
function randomFrom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

function shuffled<Item>(items: readonly Item[], random: () => number): Item[] {
  const result = items.map((item) => ({ item, key: random() }));
  return result.sort((a, b) => a.key - b.key).map(({ item }) => item);
}

interface Wish {
  readonly from: LabVpc;
  readonly to: LabVpc;
  readonly policy: 'allowed' | 'not-allowed';
}

/** A request that was sent. */
type Made = Wish & { readonly peeringId: string };

/** Requesters of which a third are inside the policy's block, accepters that all are; no pair twice. */
async function wishesOf(stack: Stack, requests: number): Promise<Wish[]> {
  const side = Math.max(3, Math.ceil(Math.sqrt(requests * 1.6)));
  const each = Math.ceil(requests / side);
  if (each > PER_VPC) {
    throw new Error(
      `${requests} requests are too many: ${each} for one VPC, at most ${PER_VPC} fit its quota.`,
    );
  }
  const requesters: { vpc: LabVpc; policy: Wish['policy'] }[] = [];
  const accepters: LabVpc[] = [];
  for (let index = 0; index < side; index++) {
    const policy = index % 3 === 0 ? 'allowed' : 'not-allowed';
    const cidr = `10.${policy === 'allowed' ? 32 : 192}.${index}.0/24`;
    requesters.push({ vpc: await createVpcWithNames(stack.own, cidr), policy });
    accepters.push(await createVpcWithNames(stack.own, `10.33.${index}.0/24`));
  }
  return requesters
    .flatMap(({ vpc: from, policy }, index) =>
      Array.from({ length: each }, (_, step) => accepters[(index + step) % side]).flatMap((to) =>
        to === undefined ? [] : [{ from, to, policy } as const],
      ),
    )
    .slice(0, requests);
}

/** As CloudTrail records the request (aws.ec2, CreateVpcPeeringConnection): what a duplicate of the event holds. */
function requestEvent({ from, to }: Wish, peeringId: string): Readonly<Record<string, unknown>> {
  return {
    source: 'aws.ec2',
    'detail-type': 'AWS API Call via CloudTrail',
    account: OWN,
    region: REGION,
    detail: {
      eventSource: 'ec2.amazonaws.com',
      eventName: 'CreateVpcPeeringConnection',
      awsRegion: REGION,
      userIdentity: { type: 'Root', accountId: OWN, arn: `arn:aws:iam::${OWN}:root` },
      requestParameters: { vpcId: from.vpcId, peerVpcId: to.vpcId },
      responseElements: { vpcPeeringConnection: { vpcPeeringConnectionId: peeringId } },
    },
  };
}

async function tablesOf({ own }: Stack) {
  return allPages(async (NextToken) => {
    const answer = await own.ec2.send(new DescribeRouteTablesCommand({ MaxResults: 100, NextToken }));
    return { items: answer.RouteTables ?? [], nextToken: answer.NextToken };
  });
}

/** As the policy asks of every peering that it allows. */
function resolvesNames(peering: VpcPeeringConnection | undefined): boolean {
  return [peering?.RequesterVpcInfo, peering?.AccepterVpcInfo].every(
    (side) => side?.PeeringOptions?.AllowDnsResolutionFromRemoteVpc === true,
  );
}

function problemsOf(
  wishes: readonly Made[],
  peerings: ReadonlyMap<string, VpcPeeringConnection | undefined>,
  routes: ReadonlyMap<string, readonly string[]>,
): string[] {
  const wanted = new Map<string, string[]>();
  const problems: string[] = [];
  for (const { from, to, policy, peeringId } of wishes) {
    const status = peerings.get(peeringId)?.Status?.Code;
    const expected = policy === 'allowed' ? 'active' : 'pending-acceptance';
    if (status !== expected) {
      problems.push(`${peeringId} (${policy}) is ${status}, not ${expected}`);
    }
    if (policy === 'allowed') {
      if (!resolvesNames(peerings.get(peeringId))) {
        problems.push(`${peeringId} does not resolve private DNS names on both sides`);
      }
      wanted.set(from.tableId, [...(wanted.get(from.tableId) ?? []), `${to.cidr} ${peeringId}`]);
      wanted.set(to.tableId, [...(wanted.get(to.tableId) ?? []), `${from.cidr} ${peeringId}`]);
    }
  }
  const vpcs = new Set(wishes.flatMap(({ from, to }) => [from, to]));
  for (const { tableId, plainTableId } of vpcs) {
    const found = [...(routes.get(tableId) ?? [])].sort();
    const right = [...(wanted.get(tableId) ?? [])].sort();
    if (found.join() !== right.join()) {
      problems.push(`${tableId} has ${found.length} routes to peerings, ${right.length} are wanted`);
    }
    if ((routes.get(plainTableId) ?? []).length > 0) {
      problems.push(`${plainTableId} did not opt in and has routes to peerings`);
    }
  }
  return problems;
}

/** Nothing is accepted twice, and what was handed out twice is worked on once. A killed process may have done neither. */
function problemsOfReceives({
  allowed,
  killed,
  unused,
  leftAlone,
  handedOutTwice,
  rates,
}: Pick<StormResult, 'allowed' | 'killed' | 'leftAlone' | 'handedOutTwice' | 'rates'> & {
  readonly unused: number;
}): string[] {
  const accepts = rates.find(({ action }) => action === 'AcceptVpcPeeringConnection')?.calls ?? 0;
  return [
    ...(accepts > allowed + killed ? [`${accepts} calls accepted ${allowed} requests`] : []),
    ...(leftAlone + killed + unused < handedOutTwice
      ? [`${handedOutTwice} batches were handed out twice, and ${leftAlone} left alone`]
      : []),
  ];
}

async function ratesOf(stack: Stack): Promise<RateLine[]> {
  const byAction = new Map<string, number[]>();
  for (const { service, action, principal, at } of await stack.callTimes()) {
    if (service === 'ec2' && principal.includes(':role/vpc-peering-autopilot/') && bucketOf(action)) {
      byAction.set(action, [...(byAction.get(action) ?? []), at]);
    }
  }
  return [...byAction]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .flatMap(([action, times]) => {
      const bucket = bucketOf(action);
      return bucket === undefined ? [] : [{ action, calls: times.length, refused: refusedBy(bucket, times) }];
    });
}

/** What is done to the functions for each event: processes killed, pollers throttled. */
class Strikes {
  readonly #stack: Stack;
  readonly #random: () => number;
  events = 0;
  killed = 0;
  readonly delays = { throttle: 0, expired: 0 };

  constructor(stack: Stack, random: () => number) {
    this.#stack = stack;
    this.#random = random;
  }

  /** After one event. */
  async strike(): Promise<void> {
    this.events += 1;
    for (const kind of ['throttle', 'expired'] as const) {
      // One at a time: several on one batch would use up its receives.
      if (this.#random() < 1 / EVENTS_PER_THROTTLE && (await this.#stack.faultsLeft()) === 0) {
        this.delays[kind] += 1;
        await this.#stack.setFault({ service: 'lambda', action: 'Invoke', kind, delayMs: HOLD_MS[kind] });
      }
    }
    if (this.#random() < 1 / EVENTS_PER_KILL && (await this.#stack.killOne()) === 'killed') {
      this.killed += 1;
    }
  }
}

/** Sends all requests, and the copies of their events. @returns them with the peerings that they made. */
async function sendRequests(
  stack: Stack,
  wishes: readonly Wish[],
  { random, strikes }: { readonly random: () => number; readonly strikes: Strikes },
): Promise<readonly Made[]> {
  const started = Date.now();
  const made: Made[] = [];
  const delayedCopies: Readonly<Record<string, unknown>>[] = [];
  await runLimited([...wishes.entries()], SENDERS, async ([index, wish]) => {
    await sleep(Math.max(0, started + index * EVERY_MS - Date.now()));
    const peeringId = await stack.own.request(wish.from, wish.to);
    made.push({ ...wish, peeringId });
    for (let copy = 1; copy < COPIES; copy++) {
      delayedCopies.push(requestEvent(wish, peeringId));
    }
    await strikes.strike();
    // Copies of earlier events arrive among the later requests, in any order.
    for (let count = 1; count < COPIES; count++) {
      const [event] = delayedCopies.splice(Math.floor(random() * delayedCopies.length), 1);
      if (event !== undefined) {
        await stack.putEvent(event);
        await strikes.strike();
      }
    }
  });
  return made;
}

/** What the account looks like after the storm, against what was asked. */
async function problemsAfter(stack: Stack, made: readonly Made[]): Promise<string[]> {
  const peerings = new Map<string, VpcPeeringConnection | undefined>();
  await runLimited(made, SENDERS, async ({ peeringId }) => {
    peerings.set(peeringId, await stack.own.peering(peeringId));
  });
  const routes = new Map(
    (await tablesOf(stack)).map(({ RouteTableId = '', Routes = [] }) => [
      RouteTableId,
      Routes.flatMap(({ DestinationCidrBlock, VpcPeeringConnectionId }) =>
        VpcPeeringConnectionId === undefined ? [] : [`${DestinationCidrBlock} ${VpcPeeringConnectionId}`],
      ),
    ]),
  );
  return problemsOf(made, peerings, routes);
}

/** What was there before the storm. */
interface Before {
  readonly foreign: string;
  readonly wishes: readonly Wish[];
  readonly toldBefore: number;
  readonly invoked: number;
}

/** Makes the VPCs, and has the lab as the storm needs it. */
async function prepareStorm(
  stack: Stack,
  requests: number,
  { random, foreign }: { readonly random: () => number; readonly foreign: () => Promise<string> },
): Promise<Before> {
  await stack.setOutstandingRequests(requests + PER_VPC);
  const wishes = shuffled(await wishesOf(stack, requests), random);
  await stack.idle();
  const foreignBefore = await foreign();
  await stack.forgetMailsSent();
  const toldBefore = (await stack.notifications()).length;
  const invoked = (await stack.invocations()).length;
  await stack.forgetCalls();
  await stack.setThrottling('functions');
  await stack.setRedelivery(REDELIVERY_MS);
  return { foreign: foreignBefore, wishes, toldBefore, invoked };
}

/** The functions come to rest; then the sweep. @returns the calls that they made without it, and the faults that hit nothing. */
async function comeToRest(stack: Stack): Promise<{ readonly rates: RateLine[]; readonly unused: number }> {
  await stack.idle();
  const unused = await stack.endFaults();
  const rates = await ratesOf(stack);
  await stack.setThrottling('none');
  await stack.fire('sweep');
  await stack.idle();
  return { rates, unused };
}

/**
 * Requests, their events three times over in any order, functions killed at work, and pollers that are throttled, some of them
 * until what they hold has been handed out again; then one sweep, as it comes every five minutes.
 */
export async function storm(
  stack: Stack,
  { requests, seed }: { readonly requests: number; readonly seed: number },
  progress: (line: string) => void,
): Promise<StormResult> {
  const random = randomFrom(seed);
  const foreign = await createForeignNetwork(stack);
  progress('making the VPCs');
  const before = await prepareStorm(stack, requests, { random, foreign });

  const started = Date.now();
  const strikes = new Strikes(stack, random);
  progress(`${requests} requests`);
  const made = await sendRequests(stack, before.wishes, { random, strikes });
  const requestSeconds = (Date.now() - started) / 1000;
  progress(`requested in ${Math.round(requestSeconds)} s; the functions are at work`);
  const { rates, unused } = await comeToRest(stack);
  const { events, killed, delays } = strikes;
  const problems = await problemsAfter(stack, made);
  const mails = (await stack.notifications()).length - before.toldBefore;
  const invocations = (await stack.invocations()).slice(before.invoked);
  const allowed = made.filter(({ policy }) => policy === 'allowed').length;
  const leftAlone = invocations.filter(({ payload }) => payload.includes('events were left alone')).length;
  return {
    requests: made.length,
    allowed,
    events,
    killed,
    delayedBatches: delays.throttle + delays.expired - unused,
    handedOutTwice: delays.expired,
    leftAlone,
    failedInvocations: invocations.filter(({ outcome }) => outcome === 'error').length,
    seconds: (Date.now() - started) / 1000,
    requestSeconds,
    mails,
    problems: [
      ...(mails < MAX_MAILS ? [] : [`people were sent ${mails} messages`]),
      ...problems,
      ...problemsOfReceives({ allowed, killed, unused, leftAlone, handedOutTwice: delays.expired, rates }),
      ...((await foreign()) === before.foreign ? [] : ['something foreign was touched']),
    ],
    rates,
  };
}

function stormMarkdown(result: StormResult): string {
  const { requests, allowed, events, killed, failedInvocations, requestSeconds, seconds, problems, rates } =
    result;
  const { delayedBatches, handedOutTwice, leftAlone, mails } = result;
  return [
    `${requests} requests, ${allowed} of them allowed by the policy; ${events} events (each request's three times, shuffled);`,
    `${killed} function processes killed at work. Pollers were throttled and held ${delayedBatches} batches; ${handedOutTwice} times for longer than the`,
    `visibility timeout was asked for, and ${leftAlone} invocations left such a batch to the one that had received it anew.`,
    `${failedInvocations} invocations failed. The requests took ${Math.round(requestSeconds)} s,`,
    `everything ${Math.round(seconds)} s, with one sweep at the end. People were sent ${mails} messages. The quota of 25 outstanding requests of one account was raised for it.`,
    '',
    problems.length === 0
      ? 'Every allowed request was accepted, routed and given DNS resolution on both sides, no other was, and nothing foreign was touched.'
      : `**${problems.length} things are not as promised:**`,
    ...problems.slice(0, 10).map((problem) => `- ${problem}`),
    '',
    "The functions' calls, and those that EC2's documented buckets refused. The events of a killed function come back after 12 s, in which",
    'a bucket fills up; on AWS they come back after 2 or 5 minutes.',
    '',
    '| call | calls | refused |',
    '|---|---:|---:|',
    ...rates.map(({ action, calls, refused }) => `| ${action} | ${calls} | ${refused} |`),
  ].join('\n');
}

async function stormOnStack(progress: (line: string) => void): Promise<StormResult> {
  const stack = await deployStack(progress);
  try {
    return await storm(stack, { requests: 1000, seed: 1 }, progress);
  } finally {
    await stack.stop();
  }
}

export const stormSection: ProofSection = {
  name: 'storm',
  title: 'A storm of requests',
  async run(progress) {
    const result = await stormOnStack(progress);
    const tagged = await connectStorm(progress);
    return {
      markdown: `${stormMarkdown(result)}\n\n${connectStormMarkdown(tagged)}`,
      ok: tagged.ok && result.problems.length === 0 && result.rates.every(({ refused }) => refused === 0),
    };
  },
};
