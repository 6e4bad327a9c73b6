import { setTimeout as delay } from 'node:timers/promises';
import { createRunCommand } from '../../lib/aws/run-command.ts';
import { isFinal } from '../../lib/connectivity/verdict.ts';
import { NO_MEMORY } from '../../lib/model/memory.ts';
import { checkConnectivity } from '../../lib/passes/check-connectivity.ts';
import type {
  Invocation as CommandInvocation,
  PingCommand,
  RunCommand,
} from '../../lib/ports/connectivity.ts';
import type { Journal } from '../../lib/ports/journal.ts';
import type { Document } from '../documents.ts';
import { CliError } from '../errors.ts';
import { type Paint, shown } from '../output.ts';
import { resultFrom, withOutput } from '../pings.ts';
import { policyOf } from '../policy.ts';
import { defaultRegion } from '../source/live.ts';
import { openSource } from '../source/open.ts';
import { findStack, stackName } from '../stack.ts';
import { type Cell, tableLines } from '../table.ts';
import type { Invocation, Verb } from '../verb.ts';

type PingDocument = Document<'ping'>;
type Skipped = PingDocument['skipped'][number];

const DEFAULT_TIMEOUT_S = 60;
const POLL_MS = 500;
/** Systems Manager names times by the second. */
const CLOCK_SLACK_MS = 2000;

const PAINTS: Readonly<Record<string, Paint>> = {
  reachable: 'green',
  lossy: 'yellow',
  unreachable: 'red',
  none: 'yellow',
};

function timeoutOf({ options }: Invocation): number {
  const text = options.timeout ?? String(DEFAULT_TIMEOUT_S);
  const seconds = Number(text);
  if (!/^\d+$/.test(text) || seconds < 1 || seconds > 3600) {
    throw new CliError(`--timeout ${shown(text, 40)} is no number of seconds from 1 to 3600.`);
  }
  return seconds * 1000;
}

/** What the pass says in its journal about what it does not ping. */
function journalInto(skipped: Skipped[]): Journal {
  const none = () => undefined;
  return {
    info: (message, fields) => {
      if (message === 'not probed') {
        const { peeringId, region, localVpcId, reason } = fields;
        skipped.push({
          peeringId: String(peeringId),
          region: String(region),
          localVpc: String(localVpcId),
          reason: String(reason),
        });
      }
    },
    warn: none,
    error: none,
    metric: none,
    kindMetric: none,
    peeringMetric: none,
  };
}

/** Sends what the filter lets through, and remembers it. */
function remembering(
  commands: RunCommand,
  wanted: (command: PingCommand) => PingCommand | undefined,
  sent: PingCommand[],
): RunCommand {
  return {
    ...commands,
    async sendPing(command, count) {
      const part = wanted(command);
      if (part === undefined) {
        return 'observed';
      }
      const outcome = await commands.sendPing(part, count);
      sent.push(part);
      return outcome;
    },
  };
}

/** The newest invocation of a sent command on each of its instances, as far as there is one. */
function invocationsOf(
  { comment, instanceIds }: PingCommand,
  invocations: readonly CommandInvocation[],
): Map<string, CommandInvocation> {
  const found = new Map<string, CommandInvocation>();
  for (const each of invocations) {
    if (each.comment !== comment || !instanceIds.includes(each.instanceId)) continue;
    const known = found.get(each.instanceId);
    if (known === undefined || each.requestedAt > known.requestedAt) found.set(each.instanceId, each);
  }
  return found;
}

export const run: Verb['run'] = async (invocation) => {
  const { options, output, progress } = invocation;
  const timeout = timeoutOf(invocation);
  const policy = policyOf(invocation);
  if (policy.mode === 'observe') {
    throw new CliError(
      'The policy says mode: observe, so no command is sent to any instance. peering explain SOURCE TARGET needs none.',
    );
  }
  const source = await openSource(invocation, policy);
  const [scope] = source.scopes;
  if (scope === undefined) {
    throw new CliError('There is no Region to ping in.');
  }
  progress.doing('Looking for the stack');
  const managedRegions = source.scopes.map(({ region }) => region);
  const stack = await findStack([await defaultRegion(), ...managedRegions], options.stage);
  const documentName = stack?.resources.get('PingDocument');
  if (stack === undefined || documentName === undefined) {
    throw new CliError(
      `The stack ${stackName(options.stage)} is in none of these Regions: ${managedRegions.join(', ')}. Its document does the pinging: deploy it (npx serverless deploy), or name its stage with --stage.`,
    );
  }

  const instances = (
    await Promise.all(
      source.scopes.map(({ region, connectivity }) =>
        connectivity.readProbeInstances(region, policy.tagPrefix),
      ),
    )
  ).flat();
  const vpcOf = new Map(instances.map(({ instanceId, vpcId }) => [instanceId, vpcId]));
  const { region: regions = [], vpc: vpcs = [] } = options;
  const wanted = (command: PingCommand): PingCommand | undefined => {
    if (regions.length > 0 && !regions.includes(command.region)) return undefined;
    const instanceIds = command.instanceIds.filter(
      (id) => vpcs.length === 0 || vpcs.includes(vpcOf.get(id) ?? ''),
    );
    return instanceIds.length === 0 ? undefined : { ...command, instanceIds };
  };

  const scopeOf = (region: string) => source.scopes.find((each) => each.region === region);
  const started = Date.now();
  const commands = createRunCommand({ documentName, mode: policy.mode });
  const sent: PingCommand[] = [];
  const skipped: Skipped[] = [];
  progress.doing('Sending pings');
  const { failures } = await checkConnectivity({
    accountId: scope.accountId,
    policy,
    managedRegions,
    reader: scope.reader,
    memory: { read: async (region) => (await scopeOf(region)?.readMemory()) ?? NO_MEMORY },
    connectivity: scope.connectivity,
    commands: remembering(commands, wanted, sent),
    journal: journalInto(skipped),
    now: () => new Date(),
  });

  const total = sent.reduce((sum, { instanceIds }) => sum + instanceIds.length, 0);
  let ended = new Map<PingCommand, Map<string, CommandInvocation>>();
  while (total > 0) {
    const since = new Date(started - CLOCK_SLACK_MS);
    const byRegion = new Map(
      await Promise.all(
        [...new Set(sent.map(({ region }) => region))].map(
          async (region) => [region, await commands.readInvocationsSince(region, since)] as const,
        ),
      ),
    );
    ended = new Map(
      sent.map((command) => [command, invocationsOf(command, byRegion.get(command.region) ?? [])]),
    );
    const final = [...ended.values()]
      .flatMap((found) => [...found.values()])
      .filter(({ status }) => isFinal(status));
    if (final.length >= total || Date.now() - started >= timeout) {
      break;
    }
    progress.doing(`Waiting for ${total - final.length} of ${total} pings`);
    await delay(POLL_MS);
  }
  const printed = new Map<string, CommandInvocation>();
  for (const [{ region }, found] of ended) {
    for (const each of await withOutput(commands, region, [...found.values()])) {
      printed.set(`${each.commandId} ${each.instanceId}`, each);
    }
  }
  progress.done();

  const results = sent.flatMap((command) =>
    command.instanceIds.flatMap((instanceId): PingDocument['results'] => {
      const found = ended.get(command)?.get(instanceId);
      const full =
        found === undefined ? undefined : (printed.get(`${found.commandId} ${instanceId}`) ?? found);
      const result = full === undefined ? undefined : resultFrom(full, command.region);
      const [peeringId = '', target = '', priceClass = 'unknown'] = command.comment.split(' ');
      return [
        {
          peeringId: result?.peeringId ?? peeringId,
          region: command.region,
          sourceInstanceId: instanceId,
          target: result?.target ?? target,
          priceClass: result?.priceClass ?? priceClass,
          verdict: result?.verdict ?? 'none',
          transmitted: result?.transmitted ?? null,
          received: result?.received ?? null,
          averageRtt: result?.averageRtt ?? null,
          reason:
            result?.reason ?? 'Systems Manager shows nothing of the command; look at it in its console.',
        },
      ];
    }),
  );
  const left = skipped.filter(
    ({ region, localVpc }) =>
      (regions.length === 0 || regions.includes(region)) && (vpcs.length === 0 || vpcs.includes(localVpc)),
  );
  const warnings = failures.map(({ reason }) => reason);
  const fine =
    results.length > 0 && warnings.length === 0 && results.every(({ verdict }) => verdict === 'reachable');
  if (options.json) {
    const document: PingDocument = { results, skipped: left, warnings };
    output.json(document);
    return fine ? 0 : 2;
  }
  for (const warning of warnings) {
    output.note(`warning: ${shown(warning)}`);
  }
  if (results.length === 0) {
    output.line('Nothing was pinged.');
  } else {
    const rows = results.map((each): Cell[] => [
      { text: each.peeringId },
      { text: each.region },
      { text: each.sourceInstanceId },
      { text: each.target },
      { text: each.verdict === 'none' ? 'no verdict' : each.verdict, paint: PAINTS[each.verdict] ?? 'dim' },
      { text: each.averageRtt === null ? '-' : `${Math.round(each.averageRtt * 1000) / 1000} ms` },
      { text: shown(each.reason) },
    ]);
    for (const line of tableLines(
      ['PEERING', 'REGION', 'FROM', 'TO', 'VERDICT', 'TIME', 'WHAT WAS SEEN'],
      rows,
      output.paint,
    )) {
      output.line(line);
    }
  }
  for (const { peeringId, localVpc, reason } of left) {
    output.line(`${output.paint('not pinged', 'yellow')} ${peeringId} from ${localVpc}: ${shown(reason)}`);
  }
  return fine ? 0 : 2;
};
