import { performance } from 'node:perf_hooks';
import type { Storm, StormResult } from '../test/support/connect-storm.ts';
import { lastLines, runCommand } from './command.ts';

/** A thousand VPCs tagged in one go, as `connect` and `mesh` promise. */

interface PlayedStorm {
  readonly storm: Storm;
  readonly result: StormResult;
}

export interface ConnectStorm {
  readonly played: readonly PlayedStorm[];
  /** What it took here. */
  readonly seconds: number;
  readonly ok: boolean;
}

/** @throws when it could not be played to its end. */
export async function connectStorm(progress: (line: string) => void): Promise<ConnectStorm> {
  progress('tagging a thousand VPCs in one go, on a simulated clock');
  const began = performance.now();
  const args = ['--import', 'tsx', 'proof/play-connect-storm.ts'];
  const { code, stdout, stderr } = await runCommand(process.execPath, args);
  if (code !== 0) {
    throw new Error(`The VPCs that are tagged in one go were not played to the end: ${lastLines(stderr)}`);
  }
  const played = stdout
    .trim()
    .split('\n')
    .map((line): PlayedStorm => JSON.parse(line));
  return {
    played,
    seconds: (performance.now() - began) / 1000,
    ok: played.every(({ result: { problems } }) => problems.length === 0),
  };
}

function row({ storm, result }: PlayedStorm): string {
  const { vpcs, wanted, seconds, leastSeconds, most, looks, messages } = result;
  return `| ${[
    `${vpcs} VPCs: ${storm.hubs} hubs with ${storm.spokes} spokes each, a mesh of ${storm.mesh}`,
    wanted,
    2 * wanted,
    Math.round(seconds),
    Math.round(leastSeconds),
    most.outstanding,
    most.perVpc,
    `${looks['request-peerings']}, ${looks['accept-requests']}, ${looks['sync-routes']}`,
    messages.join('; '),
  ].join(' | ')} |`;
}

export function connectStormMarkdown({ played, seconds, ok }: ConnectStorm): string {
  const problems = played.flatMap(({ result }) => result.problems);
  return [
    '**VPCs tagged in one go** (`connect`, `mesh`), played with the functions that request, accept and route, their queues and the',
    'deployed rules, on a simulated clock and an EC2 that refuses what its buckets and quotas do not allow: not on the stack in the local AWS.',
    `It took ${Math.round(seconds)} s here.`,
    '',
    '| tagged | peerings | routes | simulated seconds | least by the buckets | most requests waiting | most peerings of a VPC | batches: request, accept, route | people were told |',
    '|---|---:|---:|---:|---:|---:|---:|---|---|',
    ...played.map(row),
    '',
    ok
      ? 'Each pair was requested once and routed on both sides, EC2 refused no call, and three sweeps later nothing had been left to do. A mesh that has outgrown peering got none, and was told.'
      : `**${problems.length} things are not as promised:**`,
    ...problems.slice(0, 10).map((problem) => `- ${problem}`),
  ].join('\n');
}
