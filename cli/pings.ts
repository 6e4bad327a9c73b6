import { readCommandComment } from '../lib/connectivity/probe-commands.ts';
import { resultsOf } from '../lib/connectivity/read-results.ts';
import type { ProbeResult } from '../lib/connectivity/results.ts';
import type { Invocation as CommandInvocation, RunCommand } from '../lib/ports/connectivity.ts';

/** What a command's end says of the peering that it is about; nothing for commands that are none of ours. */
export function resultsFrom(invocation: CommandInvocation, region: string): ProbeResult[] {
  const about = readCommandComment(invocation.comment);
  return about === undefined ? [] : resultsOf(about, region, invocation);
}

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
