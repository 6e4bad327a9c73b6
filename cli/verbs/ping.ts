import { createRunCommand } from '../../lib/aws/run-command.ts';
import { nameableVpc } from '../../lib/model/nameable.ts';
import { selectionOf } from '../../lib/report/selection.ts';
import type { Document } from '../documents.ts';
import { CliError } from '../errors.ts';
import { homeRegionOf } from '../home-region.ts';
import { chooseVpcs } from '../naming.ts';
import { type Output, shown } from '../output.ts';
import { outcomesOf, PING_HEAD, pingRow } from '../ping/results.ts';
import { sendPings } from '../ping/send.ts';
import { waitForPings } from '../ping/wait.ts';
import { type Policies, policiesOf } from '../policy.ts';
import { openSource } from '../source/open.ts';
import type { Scope } from '../source/types.ts';
import { findStack, stackName } from '../stack.ts';
import { tableLines } from '../table.ts';
import type { Invocation, Verb } from '../verb.ts';

const DEFAULT_TIMEOUT_S = 60;

function timeoutOf({ options }: Invocation): number {
  const text = options.timeout ?? String(DEFAULT_TIMEOUT_S);
  const seconds = Number(text);
  if (!/^\d+$/.test(text) || seconds < 1 || seconds > 3600) {
    throw new CliError(`--timeout ${shown(text, 40)} is no number of seconds from 1 to 3600.`);
  }
  return seconds * 1000;
}

async function scopesToPing(
  invocation: Invocation,
  policies: Policies,
): Promise<readonly [Scope, ...Scope[]]> {
  const [first, ...others] = (await openSource(invocation, policies)).scopes;
  if (first === undefined) {
    throw new CliError('There is no Region to ping in.');
  }
  return [first, ...others];
}

/** By ids. Without `--vpc` nothing is asked. */
async function vpcsAsked(
  { options: { vpc = [], region = [] }, output, progress }: Invocation,
  scopes: readonly Scope[],
): Promise<readonly string[]> {
  if (vpc.length === 0) {
    return [];
  }
  progress.doing('Looking for the VPCs');
  const wanted = scopes.filter((scope) => region.length === 0 || region.includes(scope.region));
  const read = await Promise.all(wanted.map((scope) => scope.reader.readVpcs(scope.region)));
  const chosen = chooseVpcs(vpc, read.flat().map(nameableVpc), 'all-read');
  for (const each of chosen.notes) output.note(`note: ${each}`);
  return chosen.vpc;
}

/** The SSM document of the stack, which does the pinging. */
async function findDocument(invocation: Invocation, managedRegions: readonly string[]): Promise<string> {
  const { options } = invocation;
  const stack = await findStack([await homeRegionOf(invocation), ...managedRegions], options.stage);
  const documentName = stack?.resources.get('PingDocument');
  if (documentName === undefined) {
    throw new CliError(
      `The stack ${stackName(options.stage)} is in none of these Regions: ${managedRegions.join(', ')}. Its document does the pinging: deploy it (peering deploy), or name its stage with --stage.`,
    );
  }
  return documentName;
}

function print({ results, skipped, warnings }: Document<'ping'>, output: Output): void {
  for (const warning of warnings) {
    output.note(`warning: ${shown(warning)}`);
  }
  if (results.length === 0) {
    output.line('Nothing was pinged.');
  } else {
    for (const line of tableLines(PING_HEAD, results.map(pingRow), output.paint)) {
      output.line(line);
    }
  }
  for (const { peeringId, localVpc, reason } of skipped) {
    output.line(`${output.paint('not pinged', 'yellow')} ${peeringId} from ${localVpc}: ${shown(reason)}`);
  }
}

export const run: Verb['run'] = async (invocation) => {
  const { options, output, progress } = invocation;
  const timeout = timeoutOf(invocation);
  const policies = policiesOf(invocation);
  const scopes = await scopesToPing(invocation, policies);
  const policy = policies.of(scopes[0].accountId);
  if (policy.mode === 'observe') {
    throw new CliError(
      'The policy says mode: observe, so no command is sent to any instance. peering explain SOURCE TARGET needs none.',
    );
  }
  progress.doing('Looking for the stack');
  const documentName = await findDocument(
    invocation,
    scopes.map(({ region }) => region),
  );
  const vpcs = await vpcsAsked(invocation, scopes);
  progress.doing('Sending pings');
  const commands = createRunCommand({ documentName, mode: policy.mode });
  // An instance names its VPC itself, so nothing of the network is needed to select by it.
  const selection = selectionOf({ region: options.region, vpc: vpcs }, []);
  const pings = await sendPings(scopes, policy, commands, selection);
  const results = outcomesOf(pings.sent, await waitForPings(commands, pings, timeout, progress));
  progress.done();

  const document = { results, skipped: [...pings.skipped], warnings: [...pings.problems] };
  if (options.json) {
    output.json(document);
  } else {
    print(document, output);
  }
  return results.length > 0 &&
    document.warnings.length === 0 &&
    results.every(({ verdict }) => verdict === 'reachable')
    ? 0
    : 2;
};
