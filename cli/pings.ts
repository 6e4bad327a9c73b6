import type { RoundTripTimes } from '../lib/connectivity/ping-output.ts';
import { readCommandComment } from '../lib/connectivity/probe-commands.ts';
import type { PriceClass } from '../lib/connectivity/probes.ts';
import { resultsOf } from '../lib/connectivity/read-results.ts';
import { mergeResults, type ProbeResult } from '../lib/connectivity/results.ts';
import { isFinal, type Verdict } from '../lib/connectivity/verdict.ts';
import type { PeeringView } from '../lib/model/peering.ts';
import { inCidr, parseAddress, parseCidr } from '../lib/network/cidr.ts';
import type { Invocation as CommandInvocation, RunCommand } from '../lib/ports/connectivity.ts';

/** What a command's end says of the peering that it is about; nothing for commands that are none of ours. */
export function resultsFrom(invocation: CommandInvocation, region: string): ProbeResult[] {
  const about = readCommandComment(invocation.comment);
  return about === undefined ? [] : resultsOf(about, region, invocation);
}

export interface LastPing {
  readonly at: Date;
  readonly verdict: Verdict;
  /** What gave the verdict: `ping`, `TCP 5432`. */
  readonly worst?: string;
  readonly lossPercent?: number;
  readonly averageRtt?: number;
  /** Of all its pings: the shortest, the average and the longest; the deviation only of a single one. */
  readonly rtt?: RoundTripTimes;
  readonly priceClasses: readonly PriceClass[];
}

function timesOf(results: readonly ProbeResult[], avg: number | undefined): RoundTripTimes | undefined {
  const times = results.flatMap(({ rtt }) => (rtt === undefined ? [] : [rtt]));
  const [only] = times;
  if (only === undefined || avg === undefined) {
    return undefined;
  }
  return times.length === 1
    ? only
    : { min: Math.min(...times.map(({ min }) => min)), avg, max: Math.max(...times.map(({ max }) => max)) };
}

/** How far back `status` looks. Systems Manager keeps commands for 30 days, but nobody asks for those here. */
const LOOK_BACK_MS = 60 * 60_000;
/** Commands of one check are sent within this time. */
const ONE_CHECK_MS = 60_000;

/** The same invocations with what their pings printed: a list of many has no room for it. */
export async function withOutput(
  commands: RunCommand,
  region: string,
  invocations: readonly CommandInvocation[],
): Promise<CommandInvocation[]> {
  const wanted = new Set(invocations.map(({ commandId, instanceId }) => `${commandId} ${instanceId}`));
  const read = await Promise.all(
    [...new Set(invocations.map(({ commandId }) => commandId))].map((commandId) =>
      commands.readCommand(region, commandId),
    ),
  );
  return read.flat().filter(({ commandId, instanceId }) => wanted.has(`${commandId} ${instanceId}`));
}

/** The invocations of the last check that pinged from the view's Region to an address of its remote side. */
function lastCheckOf(
  { peering, remote }: PeeringView,
  ended: readonly CommandInvocation[],
): CommandInvocation[] {
  const blocks = remote.cidrs.map(parseCidr);
  const about = ended.filter(({ comment }) => {
    const read = readCommandComment(comment);
    if (read?.peeringId !== peering.peeringId) return false;
    const address = parseAddress(read.target);
    return blocks.some((block) => inCidr(block, address));
  });
  const last = Math.max(...about.map(({ requestedAt }) => requestedAt.getTime()));
  return about.filter(({ requestedAt }) => last - requestedAt.getTime() <= ONE_CHECK_MS);
}

/** What the last check found, for each of the views that are in the Region. */
export async function readLastPings(
  commands: RunCommand,
  region: string,
  views: readonly PeeringView[],
  now: Date,
): Promise<ReadonlyMap<PeeringView, LastPing>> {
  const ended = (await commands.readInvocationsSince(region, new Date(now.getTime() - LOOK_BACK_MS))).filter(
    ({ status }) => isFinal(status),
  );
  const checks = new Map(
    views.filter((view) => view.region === region).map((view) => [view, lastCheckOf(view, ended)] as const),
  );
  const full = await withOutput(commands, region, [...checks.values()].flat());
  const pings = new Map<PeeringView, LastPing>();
  for (const [view, invocations] of checks) {
    const own = new Set(invocations.map(({ commandId }) => commandId));
    const results = full
      .filter(({ commandId }) => own.has(commandId))
      .sort((a, b) => a.requestedAt.getTime() - b.requestedAt.getTime())
      .flatMap((invocation) => resultsFrom(invocation, region));
    const [health] = mergeResults(results, { lossThresholdPercent: 100 });
    if (health !== undefined) {
      const { verdict, worst, lossPercent, averageRtt } = health;
      const rtt = timesOf(health.results, averageRtt);
      pings.set(view, {
        at: new Date(Math.max(...invocations.map(({ requestedAt }) => requestedAt.getTime()))),
        verdict,
        ...(worst === undefined ? {} : { worst }),
        ...(lossPercent === undefined ? {} : { lossPercent }),
        ...(averageRtt === undefined ? {} : { averageRtt }),
        ...(rtt === undefined ? {} : { rtt }),
        priceClasses: [...new Set(health.results.map(({ priceClass }) => priceClass))].sort(),
      });
    }
  }
  return pings;
}
