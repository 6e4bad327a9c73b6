import { GetQueueAttributesCommand, ListQueuesCommand } from '@aws-sdk/client-sqs';
import type { ShownNotification } from 'local-aws-peering';
import { QUEUED_FUNCTIONS } from '../resources/queued-functions.ts';
import { callsOfFunctions, type FaultCase, type WatchedCall } from './fault-cases.ts';
import { createFeatureFlow } from './feature-flow.ts';
import { createConnectivityFlow, createForeignNetwork, type Flow, type PreparedFlow } from './flows.ts';
import { createRoutesFlow } from './routes-flow.ts';
import { deployFeatures, deployStack, type Stack } from './stack.ts';

/** Longer than any number of calls that a case makes. */
const ALWAYS = 1_000_000;

/** After its function was ended a call takes effect that late: Lambda has begun to run the function again. */
const OUTLIVED_MS = 500;

/** Metrics that have an alarm: what they count was not lost in silence. */
const ALARMED = ['PermanentFailures', 'ProbesWithoutVerdict'];

export interface Expected {
  readonly afterAct: readonly string[];
  readonly settled: readonly string[];
  readonly subjects: readonly string[];
  readonly answered: readonly string[];
}

export interface CaseResult {
  readonly hits: number;
  /** Empty when everything that is claimed held. */
  readonly problems: readonly string[];
  /** What said that something had gone wrong. */
  readonly evidence: readonly string[];
  /** Before the clean pass: whether anything was left to do or to tell. */
  readonly left: 'nothing' | 'something';
  readonly seconds: number;
}

interface Evidence {
  readonly invocations: number;
  readonly metrics: number;
  readonly queued: number;
}

/** A stack in which cases run one after the other. */
export interface FaultBench {
  /** Names of what this stack can be put through. */
  readonly flows: readonly string[];
  /** By flow: the calls that its functions make when nothing goes wrong. */
  watch(): Promise<ReadonlyMap<string, readonly WatchedCall[]>>;
  run(one: FaultCase): Promise<CaseResult>;
  stop(): Promise<void>;
}

function differences(expected: readonly string[], found: readonly string[]): string[] {
  return [
    ...expected.filter((line) => !found.includes(line)).map((line) => `missing: ${line}`),
    ...found.filter((line) => !expected.includes(line)).map((line) => `too much: ${line}`),
  ];
}

/**
 * Tags of the rejected request. Where they could not be written a later sweep writes them, and not before whoever rejected it
 * cannot be at it any more; the message and the event of the rejection hold what they would say. And those of a request that
 * somebody declined in chat, who is told in the answer; the history holds what they would say.
 */
const OVER =
  /^(missing: refused (decision|rule|decided-at) |(missing|too much): declined (decision|rule|decided-at|decided-by) )/;

/**
 * Tags of a decision are for people, who get the message too: where AWS fails for a moment nothing has to ring, and a sweep
 * writes them.
 */
const TAGS_LATER = /^missing: \w+ (decision|rule|decided-at) /;

/** Calls whose answer a process keeps: only a new one makes them. */
const ONCE_A_PROCESS = ['GetDocument'];

const ROUTE_DRIFT = ['missing', 'wrong-target', 'unexpected', 'stale'];

/**
 * What a message is about, without ids and addresses. Which pass tells of which finding, alone or with others, depends
 * on which came first, and so it is with requests and ended peerings: what counts is that each kind is told. Options still to be set are told by chance, between two passes.
 */
function kindsOfMessage(subject: string): string[] {
  if (subject.includes('about the time of VPC peerings')) {
    return ['peering ended'];
  }
  const [, connected] = /^VPCs to connect in \d+: (.*)$/.exec(subject) ?? [];
  if (connected !== undefined) {
    return connected.split(', ').map((part) => `connect: ${part.replace(/\d+/g, 'N')}`);
  }
  if (/^(VPC peering pcx-|\d+ VPC peering)/.test(subject)) {
    const words = ['accepted by hand', 'held', 'accepted', 'rejected'].filter((word) =>
      subject.includes(word),
    );
    return words.length > 0 ? words.map((word) => `request ${word}`) : ['peering ended'];
  }
  return subject.startsWith('Route drift')
    ? ROUTE_DRIFT.filter((kind) => subject.includes(kind)).map((kind) => `Route drift: ${kind}`)
    : [subject.replace(/\b[a-z]+-[0-9a-f]{8,17}\b/g, 'ID').replace(/\d+/g, 'N')];
}

/** The same of a message to the topic for chat, which has its title inside and no subject. */
function kindsInChat({ subject, message }: ShownNotification): string[] {
  if (subject !== '' || !message.startsWith('{')) {
    return [];
  }
  const { content } = JSON.parse(message) as { readonly content?: { readonly title?: string } };
  return kindsOfMessage(content?.title ?? '').map((kind) => `chat: ${kind}`);
}

/** In the dead-letter queues: the others hold what is still to be tried. */
async function queuedMessages({ sqs }: Stack): Promise<number> {
  const { QueueUrls = [] } = await sqs.send(new ListQueuesCommand({}));
  const counted = await Promise.all(
    QueueUrls.filter((url) => !QUEUED_FUNCTIONS.some((name) => url.endsWith(`-${name}.fifo`))).map(
      async (QueueUrl) => {
        const { Attributes } = await sqs.send(
          new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['ApproximateNumberOfMessages'] }),
        );
        return Number(Attributes?.ApproximateNumberOfMessages ?? 0);
      },
    ),
  );
  return counted.reduce((sum, messages) => sum + messages, 0);
}

async function evidenceOf(stack: Stack): Promise<Evidence> {
  const counted = await Promise.all(ALARMED.map((name) => stack.metrics(name)));
  return {
    invocations: (await stack.invocations()).filter(({ outcome }) => outcome !== 'success').length,
    metrics: counted.flat().filter(({ value }) => value > 0).length,
    queued: await queuedMessages(stack),
  };
}

/** Which stack: the one that every policy has, or one with all that a policy can ask for besides. */
export type BenchKind = 'plain' | 'features';

export async function startFaultBench(
  kind: BenchKind,
  progress: (line: string) => void,
): Promise<FaultBench> {
  const stack = await (kind === 'plain' ? deployStack(progress) : deployFeatures(progress));
  try {
    return await faultBenchOn(stack, kind);
  } catch (error) {
    await stack.stop();
    throw error;
  }
}

function flowsOf(stack: Stack, kind: BenchKind): Promise<Flow[]> {
  return kind === 'plain'
    ? Promise.all([createConnectivityFlow(stack), createRoutesFlow(stack)])
    : Promise.all([createFeatureFlow(stack)]);
}

/** What a case has changed, against a run without faults. */
interface Outcome {
  readonly hits: number;
  readonly evidence: readonly string[];
  /** Before the clean pass: what is not yet as it would be. */
  readonly left: readonly string[];
  /** After it. */
  readonly settled: readonly string[];
  readonly foreign: 'untouched' | 'touched';
}

function problemsOf({ hits, evidence, left, settled, foreign }: Outcome): string[] {
  const isSilent = evidence.length === 0;
  return [
    ...(hits === 0 ? ['the fault hit no call'] : []),
    ...settled.filter((line) => isSilent || !OVER.test(line)).map((line) => `after a clean sweep ${line}`),
    ...(foreign === 'untouched' ? [] : ['something foreign was touched']),
    ...(isSilent
      ? left.filter((line) => !TAGS_LATER.test(line)).map((line) => `lost in silence: ${line}`)
      : []),
  ];
}

/**
 * What said that something had gone wrong.
 *
 * @param answers other than without faults. @param messages other than without faults.
 */
function evidenceSince(
  before: Evidence,
  after: Evidence,
  { answers, messages }: { readonly answers: readonly string[]; readonly messages: readonly string[] },
): string[] {
  return [
    ...(after.invocations > before.invocations ? ['failed invocation'] : []),
    ...(after.metrics > before.metrics ? ['metric with an alarm'] : []),
    ...(after.queued > before.queued ? ['dead-letter queue'] : []),
    ...(answers.length > 0 ? ['answer'] : []),
    ...(messages.some((line) => /^too much: .*\bproblem/.test(line)) ? ['message of a problem'] : []),
  ];
}

class StackBench implements FaultBench {
  readonly #stack: Stack;
  readonly #flows: ReadonlyMap<string, Flow>;
  readonly #foreignNetwork: () => Promise<string>;
  /** What the stack remembers when no case has run. */
  readonly #remembered: ReadonlySet<string>;
  /** By flow: what is there, and what people were told, without faults. */
  readonly #expected = new Map<string, Expected>();

  constructor(
    stack: Stack,
    options: {
      readonly flows: readonly Flow[];
      readonly foreignNetwork: () => Promise<string>;
      readonly remembered: ReadonlySet<string>;
    },
  ) {
    this.#stack = stack;
    this.#flows = new Map(options.flows.map((flow) => [flow.name, flow]));
    this.#foreignNetwork = options.foreignNetwork;
    this.#remembered = options.remembered;
  }

  get flows(): readonly string[] {
    return [...this.#flows.keys()];
  }

  async watch(): Promise<ReadonlyMap<string, readonly WatchedCall[]>> {
    const found = new Map<string, readonly WatchedCall[]>();
    for (const flow of this.#flows.values()) {
      found.set(flow.name, await this.#watchFlow(flow));
    }
    return found;
  }

  async run(one: FaultCase): Promise<CaseResult> {
    const started = performance.now();
    const { flow, wanted } = this.#flowOf(one.flow);
    const prepared = await flow.prepare();
    const outcome = await this.#outcomeOf(one, prepared, wanted);
    await prepared.clearAway();
    await this.#stack.forgetEndedPeerings();
    await this.#stack.forgetAllBut(this.#remembered);
    return {
      hits: outcome.hits,
      problems: problemsOf(outcome),
      evidence: outcome.evidence,
      left: outcome.left.length > 0 ? 'something' : 'nothing',
      seconds: (performance.now() - started) / 1000,
    };
  }

  stop(): Promise<void> {
    return this.#stack.stop();
  }

  async #watchFlow(flow: Flow): Promise<readonly WatchedCall[]> {
    const prepared = await flow.prepare();
    const toldBefore = (await this.#stack.notifications()).length;
    await this.#stack.forgetCalls();
    await prepared.act();
    const calls = callsOfFunctions(await this.#stack.calls());
    const afterAct = await prepared.state();
    const subjects = await this.#subjectsSince(toldBefore);
    const answered = prepared.answered?.() ?? [];
    await prepared.settle();
    this.#expected.set(flow.name, { afterAct, subjects, answered, settled: await prepared.state() });
    await prepared.clearAway();
    await this.#stack.forgetAllBut(this.#remembered);
    return calls;
  }

  async #outcomeOf(one: FaultCase, prepared: PreparedFlow, wanted: Expected): Promise<Outcome> {
    const look = async () => JSON.stringify([await this.#foreignNetwork(), ...(await prepared.foreign())]);
    const foreignBefore = await look();
    await this.#stack.forgetMailsSent();
    if (ONCE_A_PROCESS.includes(one.call.action)) {
      await this.#stack.endIdleFunctions();
    }
    const toldBefore = (await this.#stack.notifications()).length;
    const before = await evidenceOf(this.#stack);
    const hits = await this.#actWithFault(one, prepared);
    const afterAct = await prepared.state();
    const messages = differences(wanted.subjects, await this.#subjectsSince(toldBefore));
    const after = await evidenceOf(this.#stack);
    const answers = differences(wanted.answered, prepared.answered?.() ?? []);
    await prepared.settle();
    return {
      hits,
      evidence: evidenceSince(before, after, { answers, messages }),
      left: [
        ...differences(wanted.afterAct, afterAct),
        ...messages.filter((line) => line.startsWith('missing')),
      ],
      foreign: (await look()) === foreignBefore ? 'untouched' : 'touched',
      settled: differences(wanted.settled, await prepared.state()),
    };
  }

  /** @returns how many calls the fault has hit. */
  async #actWithFault({ call, shape }: FaultCase, prepared: PreparedFlow): Promise<number> {
    const times = shape.hits === 'once' ? 1 : ALWAYS;
    await this.#stack.setFault({
      service: call.service,
      action: call.action,
      kind: shape.kind,
      principal: `-${call.function}`,
      times,
      ...(shape.kind === 'outlived' ? { delayMs: OUTLIVED_MS } : {}),
    });
    let hits = 0;
    try {
      await prepared.act();
    } finally {
      hits = times - (await this.#stack.endFaults());
    }
    return hits;
  }

  async #subjectsSince(count: number): Promise<string[]> {
    return (
      (await this.#stack.notifications())
        .slice(count)
        // An alarm that an earlier case set off says nothing while it lasts: metrics are compared instead.
        .filter(({ subject }) => !/^(ALARM|OK|INSUFFICIENT_DATA):/.test(subject))
        .flatMap((toldBefore) => [...kindsOfMessage(toldBefore.subject), ...kindsInChat(toldBefore)])
        .sort()
    );
  }

  #flowOf(name: string): { readonly flow: Flow; readonly wanted: Expected } {
    const flow = this.#flows.get(name);
    if (flow === undefined) {
      throw new Error(`There is no flow ${name}.`);
    }
    const wanted = this.#expected.get(name);
    if (wanted === undefined) {
      throw new Error('watch() has to run first: it finds what the end looks like.');
    }
    return { flow, wanted };
  }
}

/** The bench ends the stack when it is stopped. */
export async function faultBenchOn(stack: Stack, kind: BenchKind): Promise<FaultBench> {
  const flows = await flowsOf(stack, kind);
  const foreignNetwork = await createForeignNetwork(stack);
  return new StackBench(stack, { flows, foreignNetwork, remembered: await stack.remembered() });
}
