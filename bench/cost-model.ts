import type { MetricName } from '../lib/ports/journal.ts';

/** What a month costs: plain arithmetic over list prices. All amounts are in the currency of the prices. */

export interface Prices {
  readonly region: string;
  readonly currency: string;
  readonly asOf: string;
  readonly lambdaArmGigabyteSecond: number;
  readonly lambdaMillionRequests: number;
  readonly eventBridgeMillionCustomEvents: number;
  readonly cloudWatchMetricMonth: number;
  readonly cloudWatchAlarmMonth: number;
  readonly cloudWatchLogsGigabyte: number;
  readonly cloudWatchLogsGigabyteMonth: number;
  readonly snsHundredThousandEmails: number;
  readonly sqsMillionFifoRequests: number;
  readonly dynamoDbMillionReadRequestUnits: number;
  readonly dynamoDbMillionWriteRequestUnits: number;
  readonly dynamoDbGigabyteMonth: number;
  /** Point-in-time recovery. */
  readonly dynamoDbRecoveryGigabyteMonth: number;
  readonly kmsTenThousandRequests: number;
  readonly s3ThousandPuts: number;
  readonly s3ThousandGets: number;
}

export interface Stack {
  readonly alarms: number;
  /** Queues that Lambda polls. */
  readonly polledQueues: number;
  /** Megabytes of each function. */
  readonly memory: Readonly<Record<string, number>>;
  /** Seconds from one sweep to the next. */
  readonly sweepInterval: number;
}

export interface Account {
  readonly peerings: number;
  readonly regions: number;
}

/** What is assumed, because it depends on the account. */
export const ASSUMED = {
  secondsPerMonth: 730 * 3600,
  /** Of one EC2 read, seen from a function in the same Region. */
  secondsPerRead: 0.15,
  /** Of an invocation besides its reads: parsing, planning, a share of the cold starts. */
  secondsPerInvocation: 0.1,
  /**
   * Planning 500 peerings with 1,000 tables of 100 routes took 1.4 s on one core; a function with 512 MB has 0.29 of one
   * (Lambda developer guide: 1,769 MB are one vCPU).
   */
  planningSecondsPerPeering: 0.01,
  /** Instances, their state in SSM, earlier commands: of check-connectivity besides the network, in each Region. */
  readsPerCheck: 3,
  /** Drawing the page of 10,000 peerings took 5.8 s on one core (docs/stack.md, "The report"); 1,024 MB have 0.58 of one. */
  drawingSecondsPerPeering: 0.001,
  optedInTablesPerPeering: 2,
  vpcsPerPeering: 1,
  /** Log lines, metrics and Lambda's own lines of one invocation. */
  logBytesPerInvocation: 2500,
  /** Log retention as the stack sets it, in months. */
  logMonths: 1,
  /** Share of the peerings that somebody requests, changes or deletes in a month. */
  changedPerMonth: 0.1,
  /** Invocations, events and messages to people that such a change brings. */
  invocationsPerChange: 5,
  eventsPerChange: 3,
  messagesPerChange: 1,
  /** Items of the registry for a peering: one for each table that it is routed in. Some notes besides, for the Region. */
  registryItemsPerPeering: 2,
  registryNotes: 20,
  /** Names and values, and the 100 bytes that DynamoDB adds for storage. */
  bytesPerRegistryItem: 300,
  /** Of one consistent read, and of one write. */
  bytesPerReadUnit: 4096,
  bytesPerWriteUnit: 1024,
  /** What the last ping of a peering found, and how often its target did not answer. */
  bytesPerResult: 300,
  registryItemsPerTarget: 1,
  resultPacks: 16,
  /** In which a check says that nothing is lost, while nothing is. */
  alarmHoursPerDay: 1,
  /** Own routes, repairs, and what people were told, of one change. */
  registryWritesPerChange: 10,
  /** Days that a peering lives where `expireAfter` is set for all, and none is renewed. */
  daysOfLife: 90,
  /** Items of the registry for a peering that ends, at any time: since when its time counts, and what was told of its end. */
  registryItemsPerEnding: 2,
  /** Own routes, what people were told, and the history, of one end. */
  registryWritesPerEnd: 10,
  /** A week before, a day before, when it has ended, and when it is deleted. */
  messagesPerEnd: 4,
  /** Both sides' Regions are read again before a peering is deleted, and `ended-at` and the deletion are a call each. */
  callsPerEnd: 2,
  /** Subnets of a VPC that a rule looks at by `subnetTags`. */
  subnetsPerVpc: 6,
  /** Of every such change: as if each were held for a day before somebody decides. */
  hoursThatARequestWaits: 24,
  /** In which every metric of a fault has data. */
  faultHoursPerMonth: 24,
  /** Addresses that a message goes to. */
  addresses: 2,
  /** Connections with which Lambda waits at an empty queue, and how long each waits before it asks again. */
  pollers: 5,
  secondsPerPoll: 20,
} as const;

/** Largest pages of the EC2 API, which lib/aws/reads.ts asks for, and of ListCommandInvocations. */
const PAGE = { peerings: 1000, vpcs: 1000, tables: 100, subnets: 1000, invocations: 50 } as const;

/** VPCs that one call for subnets names (lib/aws/ec2-filters.ts). */
const VPCS_PER_CALL = 200;

/**
 * When a metric has data. CloudWatch charges by the hour in which one gets data, and a count of none is not published:
 * `change`: in the hour of a change; `waiting`: while a request waits; `fault`: while something is wrong.
 * `pings`: in an hour of each day, and while something is lost (`connectivityCost`). `asked`: in every hour, only where the policy asks for
 * it; else while something is lost. Written out so that a new name does not go unpaid.
 */
const METRICS: Readonly<Record<MetricName, 'change' | 'waiting' | 'fault' | 'pings' | 'asked'>> = {
  RequestsAccepted: 'change',
  RequestsRejected: 'change',
  RequestsHeld: 'change',
  RequestsWaiting: 'waiting',
  EventsDropped: 'fault',
  EventsNotForwarded: 'fault',
  RoutesCreated: 'change',
  RoutesReplaced: 'change',
  RoutesDeleted: 'change',
  RouteFindings: 'fault',
  RouteDrift: 'fault',
  RouteDriftUnrepaired: 'fault',
  RouteConflict: 'fault',
  RoutesContested: 'fault',
  ActiveButNotAllowed: 'fault',
  QuotaLow: 'fault',
  PermanentFailures: 'fault',
  ProbesWithoutVerdict: 'fault',
  PeeringsUnreachable: 'pings',
  PacketLoss: 'asked',
  RoundTripTime: 'asked',
};

/** PeeringsUnreachable and PacketLoss. */
const METRICS_OF_LOSS = 2;

const HOURS_PER_MONTH = 730;

/** @returns hours in which metrics have data in a month, all metrics together. */
function metricHours(changes: number): number {
  const each = {
    change: changes,
    waiting: changes * ASSUMED.hoursThatARequestWaits,
    fault: ASSUMED.faultHoursPerMonth,
    pings: 0,
    asked: 0,
  };
  return Object.values(METRICS).reduce((sum, when) => sum + Math.min(HOURS_PER_MONTH, each[when]), 0);
}

export interface CostLine {
  readonly what: string;
  readonly arithmetic: string;
  readonly amount: number;
}

interface RegistryUse {
  /** Passes over a Region in a month, each of which reads the Region's partition once. */
  readonly passes: number;
  readonly changes: number;
}

/** The table, on demand. Its key is asked for at most once by each pass: DynamoDB keeps it for five minutes. */
function registryCost(prices: Prices, { peerings, regions }: Account, use: RegistryUse): CostLine[] {
  const items = peerings * ASSUMED.registryItemsPerPeering + ASSUMED.registryNotes;
  const bytes = items * ASSUMED.bytesPerRegistryItem;
  const units = pages(bytes, ASSUMED.bytesPerReadUnit);
  const reads = use.passes * units;
  const writes = use.changes * ASSUMED.registryWritesPerChange;
  const gigabytes = (bytes * regions) / 1e9;
  const { dynamoDbMillionReadRequestUnits: read, dynamoDbMillionWriteRequestUnits: write } = prices;
  const { dynamoDbGigabyteMonth: stored, dynamoDbRecoveryGigabyteMonth: recoverable } = prices;
  return [
    {
      what: 'DynamoDB, the registry',
      arithmetic: `${round(use.passes, 0)} × ${round(units, 0)} units × ${read} per million + ${round(writes, 0)} × ${write} per million + ${round(gigabytes, 4)} GB × (${stored} + ${recoverable})`,
      amount: (reads / 1e6) * read + (writes / 1e6) * write + gigabytes * (stored + recoverable),
    },
    {
      what: "KMS, the registry's key",
      arithmetic: `${round(use.passes, 0)} × ${prices.kmsTenThousandRequests} per 10,000`,
      amount: (use.passes / 1e4) * prices.kmsTenThousandRequests,
    },
  ];
}

const pages = (items: number, size: number) => Math.max(1, Math.ceil(items / size));

function round(value: number, digits: number): string {
  return value.toLocaleString('en-US', { maximumFractionDigits: digits });
}

/** Pages that one look at a Region reads. */
function readsOfNetwork(peerings: number): number {
  return (
    pages(peerings, PAGE.peerings) +
    pages(peerings * ASSUMED.vpcsPerPeering, PAGE.vpcs) +
    pages(peerings * ASSUMED.optedInTablesPerPeering, PAGE.tables)
  );
}

/** Seconds of an invocation that reads so many pages, one after the other. */
function readingSeconds(reads: number): number {
  return ASSUMED.secondsPerInvocation + reads * ASSUMED.secondsPerRead;
}

function sweepsPerMonth({ sweepInterval }: Stack): number {
  return Math.round(ASSUMED.secondsPerMonth / sweepInterval);
}

/** Invocations of one function in a month. */
interface Scheduled {
  readonly name: string;
  readonly times: number;
  /** Of each. */
  readonly seconds: number;
}

function scheduledInvocations(stack: Stack, { peerings, regions }: Account): readonly Scheduled[] {
  const sweeps = sweepsPerMonth(stack);
  const network = readsOfNetwork(peerings);
  const planning = peerings * ASSUMED.planningSecondsPerPeering;
  return [
    { name: 'sweep', times: sweeps, seconds: readingSeconds(0) },
    { name: 'accept-requests', times: sweeps * regions, seconds: readingSeconds(1) },
    { name: 'sync-routes', times: sweeps * regions, seconds: readingSeconds(network) + planning },
    {
      name: 'check-connectivity',
      times: sweeps,
      seconds: readingSeconds((network + ASSUMED.readsPerCheck) * regions) + planning * regions,
    },
  ];
}

function gigabytesOf({ memory }: Stack, name: string): number {
  return (memory[name] ?? Number.NaN) / 1024;
}

/** Lambda's time, and its requests. */
function lambdaCost(
  prices: Prices,
  stack: Stack,
  { peerings }: Account,
  use: { readonly scheduled: readonly Scheduled[]; readonly changeInvocations: number; readonly all: number },
): CostLine[] {
  const onSchedule = use.scheduled.map(({ name, times, seconds }) => {
    const gigabytes = gigabytesOf(stack, name);
    return {
      what: `Lambda time, ${name}`,
      arithmetic: `${round(times, 0)} × ${round(seconds, 2)} s × ${round(gigabytes, 3)} GB`,
      amount: times * seconds * gigabytes * prices.lambdaArmGigabyteSecond,
    };
  });
  const seconds = readingSeconds(readsOfNetwork(peerings)) + peerings * ASSUMED.planningSecondsPerPeering;
  const gigabytes = gigabytesOf(stack, 'sync-routes');
  return [
    ...onSchedule,
    {
      what: 'Lambda time, changes',
      arithmetic: `${round(use.changeInvocations, 1)} × ${round(seconds, 2)} s × ${round(gigabytes, 3)} GB`,
      amount: use.changeInvocations * seconds * gigabytes * prices.lambdaArmGigabyteSecond,
    },
    {
      what: 'Lambda requests',
      arithmetic: `${round(use.all, 0)} × ${prices.lambdaMillionRequests} per million`,
      amount: (use.all / 1e6) * prices.lambdaMillionRequests,
    },
  ];
}

/** Events that the stack sends itself, and its queues. */
function messagingCost(prices: Prices, stack: Stack, events: number): CostLine[] {
  const polls = (ASSUMED.secondsPerMonth / ASSUMED.secondsPerPoll) * ASSUMED.pollers * stack.polledQueues;
  return [
    {
      what: 'EventBridge, own events',
      arithmetic: `${round(events, 0)} × ${prices.eventBridgeMillionCustomEvents} per million`,
      amount: (events / 1e6) * prices.eventBridgeMillionCustomEvents,
    },
    {
      what: 'SQS, Lambda waiting at the queues',
      arithmetic: `${round(polls, 0)} × ${prices.sqsMillionFifoRequests} per million`,
      amount: (polls / 1e6) * prices.sqsMillionFifoRequests,
    },
  ];
}

/** Metrics, alarms and logs. */
function cloudWatchCost(
  prices: Prices,
  { alarms }: Stack,
  use: { readonly changes: number; readonly invocations: number },
): CostLine[] {
  const hours = metricHours(use.changes);
  const logGigabytes = (use.invocations * ASSUMED.logBytesPerInvocation) / 1e9;
  return [
    {
      what: 'CloudWatch metrics',
      arithmetic: `${round(hours, 0)} h / ${HOURS_PER_MONTH} × ${prices.cloudWatchMetricMonth}`,
      amount: (hours / HOURS_PER_MONTH) * prices.cloudWatchMetricMonth,
    },
    {
      what: 'CloudWatch alarms',
      arithmetic: `${alarms} × ${prices.cloudWatchAlarmMonth}`,
      amount: alarms * prices.cloudWatchAlarmMonth,
    },
    {
      what: 'CloudWatch Logs',
      arithmetic: `${round(logGigabytes, 3)} GB × (${prices.cloudWatchLogsGigabyte} + ${prices.cloudWatchLogsGigabyteMonth})`,
      amount:
        logGigabytes *
        (prices.cloudWatchLogsGigabyte + prices.cloudWatchLogsGigabyteMonth * ASSUMED.logMonths),
    },
  ];
}

export function monthlyCost(prices: Prices, stack: Stack, account: Account): CostLine[] {
  const { peerings, regions } = account;
  const sweeps = sweepsPerMonth(stack);
  const scheduled = scheduledInvocations(stack, account);
  const changes = peerings * ASSUMED.changedPerMonth;
  const changeInvocations = changes * ASSUMED.invocationsPerChange;
  const all = scheduled.reduce((sum, { times }) => sum + times, changeInvocations);
  const events = sweeps * regions + changes * ASSUMED.eventsPerChange;
  const emails = changes * ASSUMED.messagesPerChange * ASSUMED.addresses;
  // accept-requests and sync-routes look at each Region, check-connectivity at all of them.
  const passes = sweeps * regions * 3 + changeInvocations;
  return [
    ...lambdaCost(prices, stack, account, { scheduled, changeInvocations, all }),
    ...messagingCost(prices, stack, events),
    ...registryCost(prices, account, { passes, changes }),
    ...cloudWatchCost(prices, stack, { changes, invocations: all }),
    {
      what: 'SNS e-mails',
      arithmetic: `${round(emails, 0)} × ${prices.snsHundredThousandEmails} per 100,000`,
      amount: (emails / 1e5) * prices.snsHundredThousandEmails,
    },
  ];
}

/** Two metrics of its own for each peering, which `metrics.perPeering: true` adds. */
function perPeeringMetricsCost(
  prices: Prices,
  { peerings }: Account,
): Pick<CostLine, 'arithmetic' | 'amount'> {
  return {
    arithmetic: `2 metrics for each peering × ${prices.cloudWatchMetricMonth}`,
    amount: peerings * 2 * prices.cloudWatchMetricMonth,
  };
}

/** Items in which the results of one check lie, of at most 16 (`lib/model/ping-notes.ts`), and kilobytes that each write is charged for. */
function resultWrites(peerings: number): number {
  const packs = Math.min(peerings, ASSUMED.resultPacks);
  return packs * pages((peerings / packs) * ASSUMED.bytesPerResult, ASSUMED.bytesPerWriteUnit);
}

/**
 * What the connectivity check's results cost, at one ping a peering on the schedule of the sweep: record-connectivity reads all of a check
 * at once, with what is remembered of the Region, and notes what was found in a few items.
 */
export function connectivityCost(
  prices: Prices,
  stack: Stack,
  { peerings, regions }: Account,
): Pick<CostLine, 'arithmetic' | 'amount'> {
  const looks = Math.round(ASSUMED.secondsPerMonth / stack.sweepInterval) * regions;
  // The registry, the pages of results, and after them one write, of all items side by side.
  const reads = 2 + pages(peerings / regions, PAGE.invocations);
  const seconds = ASSUMED.secondsPerInvocation + reads * ASSUMED.secondsPerRead;
  const gigabytes = (stack.memory['record-connectivity'] ?? Number.NaN) / 1024;
  const of = peerings / regions;
  const items =
    of * ASSUMED.registryItemsPerPeering + ASSUMED.registryNotes + of * ASSUMED.registryItemsPerTarget;
  const bytes = items * ASSUMED.bytesPerRegistryItem + of * ASSUMED.bytesPerResult;
  const before =
    (of * ASSUMED.registryItemsPerPeering + ASSUMED.registryNotes) * ASSUMED.bytesPerRegistryItem;
  const units = pages(bytes, ASSUMED.bytesPerReadUnit);
  // What was found lies where each of three functions reads all of a Region at each sweep.
  const more = 3 * (units - pages(before, ASSUMED.bytesPerReadUnit));
  const writes = resultWrites(of);
  const { dynamoDbMillionReadRequestUnits: read, dynamoDbMillionWriteRequestUnits: write } = prices;
  const log = prices.cloudWatchLogsGigabyte + prices.cloudWatchLogsGigabyteMonth * ASSUMED.logMonths;
  const hours =
    ASSUMED.alarmHoursPerDay * (HOURS_PER_MONTH / 24) + METRICS_OF_LOSS * ASSUMED.faultHoursPerMonth;
  return {
    arithmetic: `${round(looks, 0)} × (${round(seconds, 2)} s × ${round(gigabytes, 3)} GB, 1 request, 1 event, ${round(units + more, 0)} units × ${read} per million, ${round(writes, 0)} writes × ${write} per million, 1 key, log) + ${round(hours, 0)} h / ${HOURS_PER_MONTH} × ${prices.cloudWatchMetricMonth}`,
    amount:
      looks *
        (seconds * gigabytes * prices.lambdaArmGigabyteSecond +
          (prices.lambdaMillionRequests +
            prices.eventBridgeMillionCustomEvents +
            (units + more) * read +
            writes * write) /
            1e6 +
          prices.kmsTenThousandRequests / 1e4 +
          (ASSUMED.logBytesPerInvocation / 1e9) * log) +
      (hours / HOURS_PER_MONTH) * prices.cloudWatchMetricMonth,
  };
}

/** Loss and round-trip time of all pings in every hour, which `metrics.connectivity: true` adds. */
function connectivityMetricsCost(prices: Prices): Pick<CostLine, 'arithmetic' | 'amount'> {
  const metrics = Object.values(METRICS).filter((when) => when === 'asked').length;
  return {
    arithmetic: `${metrics} metrics × ${prices.cloudWatchMetricMonth}`,
    amount: metrics * prices.cloudWatchMetricMonth,
  };
}

/**
 * What `connect` or `mesh` in the policy adds: one more queue, alarm and function, which looks at all Regions once for each sweep.
 */
export function connectCost(
  prices: Prices,
  stack: Stack,
  { peerings, regions }: Account,
): Pick<CostLine, 'arithmetic' | 'amount'> {
  const sweeps = sweepsPerMonth(stack);
  const polls = (ASSUMED.secondsPerMonth / ASSUMED.secondsPerPoll) * ASSUMED.pollers;
  const seconds = readingSeconds(pages(peerings, PAGE.peerings));
  const gigabytes = (stack.memory['request-peerings'] ?? Number.NaN) / 1024;
  const items = peerings * (ASSUMED.registryItemsPerPeering + 1) + ASSUMED.registryNotes;
  const units = pages(items * ASSUMED.bytesPerRegistryItem, ASSUMED.bytesPerReadUnit) * regions;
  const logged = sweeps * ASSUMED.logBytesPerInvocation;
  return {
    arithmetic: `${prices.cloudWatchAlarmMonth} + ${round(polls, 0)} polls × ${prices.sqsMillionFifoRequests} per million + ${round(sweeps, 0)} × (${round(seconds, 2)} s × ${round(gigabytes, 3)} GB, 1 request, ${round(units, 0)} units, 1 key, log)`,
    amount:
      prices.cloudWatchAlarmMonth +
      (polls / 1e6) * prices.sqsMillionFifoRequests +
      sweeps *
        (seconds * gigabytes * prices.lambdaArmGigabyteSecond +
          prices.lambdaMillionRequests / 1e6 +
          (units / 1e6) * prices.dynamoDbMillionReadRequestUnits +
          (regions / 1e4) * prices.kmsTenThousandRequests) +
      (logged / 1e9) *
        (prices.cloudWatchLogsGigabyte + prices.cloudWatchLogsGigabyteMonth * ASSUMED.logMonths),
  };
}

/**
 * What `report.publish` adds: at each sweep one look at all Regions, with one more read of their registry and of the history, and
 * one object; besides a queue at which Lambda waits, and its alarm. The page itself is some megabytes at most.
 */
export function reportCost(
  prices: Prices,
  stack: Stack,
  { peerings, regions }: Account,
): Pick<CostLine, 'arithmetic' | 'amount'> {
  const sweeps = sweepsPerMonth(stack);
  const each = ASSUMED.planningSecondsPerPeering + ASSUMED.drawingSecondsPerPeering;
  const seconds = readingSeconds(readsOfNetwork(peerings)) + peerings * each;
  const gigabytes = (stack.memory['publish-report'] ?? Number.NaN) / 1024;
  const polls = (ASSUMED.secondsPerMonth / ASSUMED.secondsPerPoll) * ASSUMED.pollers;
  const units = pages(
    (peerings * ASSUMED.registryItemsPerPeering + ASSUMED.registryNotes) * ASSUMED.bytesPerRegistryItem,
    ASSUMED.bytesPerReadUnit,
  );
  const { s3ThousandPuts: put, s3ThousandGets: get } = prices;
  const { cloudWatchLogsGigabyte: log, cloudWatchLogsGigabyteMonth: kept } = prices;
  return {
    arithmetic: `${round(sweeps, 0)} × (${round(seconds, 2)} s × ${round(gigabytes, 3)} GB, 1 request, log, 1 put, 1 get, ${round(2 * units, 0)} units) + ${round(polls, 0)} × ${prices.sqsMillionFifoRequests} per million + 1 alarm`,
    amount:
      sweeps * seconds * regions * gigabytes * prices.lambdaArmGigabyteSecond +
      (sweeps / 1e6) * prices.lambdaMillionRequests +
      ((sweeps * ASSUMED.logBytesPerInvocation) / 1e9) * (log + kept * ASSUMED.logMonths) +
      (sweeps / 1000) * (put + get) +
      ((sweeps * regions * 2 * units) / 1e6) * prices.dynamoDbMillionReadRequestUnits +
      (polls / 1e6) * prices.sqsMillionFifoRequests +
      prices.cloudWatchAlarmMonth,
  };
}

/**
 * What `expireAfter` on all peerings adds, `onExpiry: delete` included: more items that three functions read at each sweep, and what
 * each end writes, tells and calls.
 */
export function expiryCost(
  prices: Prices,
  stack: Stack,
  { peerings, regions }: Account,
): Pick<CostLine, 'arithmetic' | 'amount'> {
  const sweeps = sweepsPerMonth(stack);
  const ends = (peerings * ASSUMED.secondsPerMonth) / (ASSUMED.daysOfLife * 86_400);
  const unitsOf = (itemsPerPeering: number) =>
    pages(
      (peerings * itemsPerPeering + ASSUMED.registryNotes) * ASSUMED.bytesPerRegistryItem,
      ASSUMED.bytesPerReadUnit,
    );
  const units =
    unitsOf(ASSUMED.registryItemsPerPeering + ASSUMED.registryItemsPerEnding) -
    unitsOf(ASSUMED.registryItemsPerPeering);
  const looks = sweeps * regions * 3;
  const emails = ends * ASSUMED.messagesPerEnd * ASSUMED.addresses;
  const seconds = (readsOfNetwork(peerings) + ASSUMED.callsPerEnd) * ASSUMED.secondsPerRead;
  const gigabytes = (stack.memory['sync-routes'] ?? Number.NaN) / 1024;
  const { dynamoDbMillionReadRequestUnits: read, dynamoDbMillionWriteRequestUnits: write } = prices;
  const { snsHundredThousandEmails: mail, lambdaArmGigabyteSecond: second } = prices;
  return {
    arithmetic: `${round(looks, 0)} × ${round(units, 0)} units × ${read} per million + ${round(ends, 0)} ends × (${ASSUMED.registryWritesPerEnd} writes × ${write} per million + ${ASSUMED.messagesPerEnd * ASSUMED.addresses} mails × ${mail} per 100,000 + ${round(seconds, 2)} s × ${round(gigabytes, 3)} GB)`,
    amount:
      ((looks * units) / 1e6) * read +
      ((ends * ASSUMED.registryWritesPerEnd) / 1e6) * write +
      (emails / 1e5) * mail +
      ends * seconds * gigabytes * second,
  };
}

/**
 * What `subnetTags` in a rule adds, with a peer's VPC for each peering: sync-routes reads subnets with the network. EC2 charges for no
 * call, and the rest of the functions read them only where a request waits.
 */
export function subnetTagsCost(
  prices: Prices,
  stack: Stack,
  { peerings, regions }: Account,
): Pick<CostLine, 'arithmetic' | 'amount'> {
  const sweeps = sweepsPerMonth(stack);
  const looks = sweeps * regions + peerings * ASSUMED.changedPerMonth * ASSUMED.invocationsPerChange;
  const vpcs = Math.min(peerings, VPCS_PER_CALL);
  const reads = pages(peerings, VPCS_PER_CALL) * pages(vpcs * ASSUMED.subnetsPerVpc, PAGE.subnets);
  const seconds = reads * ASSUMED.secondsPerRead;
  const gigabytes = (stack.memory['sync-routes'] ?? Number.NaN) / 1024;
  return {
    arithmetic: `${round(looks, 0)} × ${round(seconds, 2)} s × ${round(gigabytes, 3)} GB`,
    amount: looks * seconds * gigabytes * prices.lambdaArmGigabyteSecond,
  };
}

const money = (amount: number) => (amount < 0.005 ? '< 0.01' : amount.toFixed(2));

/** What is asked for by a policy, each beside what an account costs without: cells of a row. */
function moreWith(prices: Prices, stack: Stack, accounts: readonly Account[]): string[][] {
  const lines: readonly (readonly [string, (account: Account) => Pick<CostLine, 'arithmetic' | 'amount'>])[] =
    [
      [
        'instances to ping from, one ping a peering every 5 minutes',
        (account) => connectivityCost(prices, stack, account),
      ],
      ['`metrics.connectivity: true` beside it', () => connectivityMetricsCost(prices)],
      ['`connect` or `mesh`', (account) => connectCost(prices, stack, account)],
      ['`expireAfter: 90d` for all peerings', (account) => expiryCost(prices, stack, account)],
      ['`routes.destinations.subnetTags`', (account) => subnetTagsCost(prices, stack, account)],
      ['`metrics.perPeering: true`', (account) => perPeeringMetricsCost(prices, account)],
      ['`report.publish`', (account) => reportCost(prices, stack, account)],
    ];
  return lines.map(([what, costOf]) => [
    `more with ${what}`,
    ...accounts.map((account) => money(costOf(account).amount)),
    ...accounts.slice(-1).map((account) => costOf(account).arithmetic),
  ]);
}

/** One table for accounts of different size, the arithmetic of the largest beside it. */
export function costTable(prices: Prices, stack: Stack, accounts: readonly Account[]): string {
  const columns = accounts.map((account) => monthlyCost(prices, stack, account));
  const largest = columns.at(-1) ?? [];
  const totals = columns.map((lines) => lines.reduce((sum, { amount }) => sum + amount, 0));
  const row = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  return [
    row([
      `${prices.currency} a month`,
      ...accounts.map(({ peerings }) => `${peerings} peerings`),
      'arithmetic of the last column',
    ]),
    `|---|${accounts.map(() => '---:|').join('')}---|`,
    ...largest.map(({ what, arithmetic }, index) =>
      row([what, ...columns.map((lines) => money(lines[index]?.amount ?? Number.NaN)), arithmetic]),
    ),
    row(['**together**', ...totals.map((total) => `**${money(total)}**`), '']),
    ...moreWith(prices, stack, accounts).map(row),
  ].join('\n');
}
