/** How long `peering status --accounts` takes to read many accounts side by side, in the lab. */
import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { AcceptVpcPeeringConnectionCommand } from '@aws-sdk/client-ec2';
import type { CallCount } from 'local-aws-peering';
import { buildCli } from '../build/cli.ts';
import { runLimited } from '../lib/ports/run-limited.ts';
import { type Lab, startLab } from '../local/lab.ts';
import { createLabOrganization, makeReadable } from '../test/support/fleet-accounts.ts';
import { labAccount } from '../test/support/lab-account.ts';
import { count, goalText, number, table } from './markdown.ts';

const run = promisify(execFile);

const HOME = 'us-east-1';
const REGIONS = [HOME, 'us-west-2', 'eu-west-1'] as const;
const READER = '123456789012';

/** Seconds. */
const GOAL = 60;

/** Set-up that the lab works on at a time. */
const AT_ONCE = 4;

export interface FleetResult {
  readonly accounts: number;
  readonly scopes: number;
  /** What `status` shows: two for each peering. */
  readonly views: number;
  readonly notJudged: number;
  readonly seconds: number;
  /** AWS calls of the command. */
  readonly calls: number;
}

/** Every account asks the next one, in every Region; all have the role and the registry. */
async function fill(lab: Lab, accounts: number): Promise<void> {
  const endpoint = lab.url;
  const organization = await createLabOrganization(endpoint, HOME);
  const ids: string[] = [];
  for (let account = 0; account < accounts; account += 1) {
    ids.push(await organization.createAccount(`account-${account}`));
  }
  await runLimited(ids, AT_ONCE, (accountId) =>
    makeReadable({ endpoint, region: HOME, accountId }, { reader: READER, organization: organization.id }),
  );
  for (const [place, region] of REGIONS.entries()) {
    const made = new Map<string, string>();
    await runLimited([...ids.entries()], AT_ONCE, async ([index, accountId]) => {
      const { createVpc } = await labAccount({ endpoint, region, accountId });
      made.set(accountId, (await createVpc(`10.${index * REGIONS.length + place}.0.0/16`)).vpcId);
    });
    await runLimited([...ids.entries()], AT_ONCE, async ([index, accountId]) => {
      const other = ids[(index + 1) % ids.length] ?? accountId;
      const asking = await labAccount({ endpoint, region, accountId });
      const answering = await labAccount({ endpoint, region, accountId: other });
      const [from, to] = [made.get(accountId) ?? '', made.get(other) ?? ''];
      const VpcPeeringConnectionId = await asking.request(
        { vpcId: from },
        { vpcId: to },
        { accountId: other },
      );
      await answering.ec2.send(new AcceptVpcPeeringConnectionCommand({ VpcPeeringConnectionId }));
    });
  }
}

export async function measureFleet({ accounts }: { readonly accounts: number }): Promise<FleetResult> {
  const directory = await mkdtemp(join(tmpdir(), 'peering-fleet-'));
  const lab = await startLab({ progress: () => undefined });
  try {
    await fill(lab, accounts);
    const command = await buildCli(join(directory, 'cli'));
    const policy = join(directory, 'peering-policy.yml');
    await writeFile(
      policy,
      `version: 1\nregions: [${REGIONS.join(', ')}]\nrules:\n  - { name: fleet, effect: accept, remote: { accounts: ["*"], cidrs: [10.0.0.0/8] } }\n`,
    );
    await fetch(`${lab.url}/_lab/calls`, { method: 'DELETE' });
    const started = performance.now();
    const { stdout } = await run(
      process.execPath,
      [command, 'status', '--accounts', `all,-${READER}`, '--json'],
      { cwd: directory, env: { ...process.env, ...lab.env }, maxBuffer: 1024 ** 3 },
    );
    const seconds = (performance.now() - started) / 1000;
    const { views, notJudged } = JSON.parse(stdout) as Record<'views' | 'notJudged', readonly unknown[]>;
    const calls = (await (await fetch(`${lab.url}/_lab/calls`)).json()) as readonly CallCount[];
    return {
      accounts,
      scopes: accounts * REGIONS.length,
      views: views.length,
      notJudged: notJudged.length,
      seconds,
      calls: calls.reduce((sum, each) => sum + each.count, 0),
    };
  } finally {
    await lab.stop();
    await rm(directory, { recursive: true, force: true });
  }
}

export function fleetMarkdown({ accounts, scopes, views, notJudged, seconds, calls }: FleetResult): string {
  return [
    `\`peering status --accounts all,-OWN --json\` as a process, against the lab on the same machine: ${accounts} accounts, each with a role of its own, ${REGIONS.length} Regions, one VPC in each and a peering to the next account.`,
    '',
    table(
      ['accounts', 'accounts × Regions', 'peering sides shown', 'not judged', 'AWS calls', 'seconds'].map(
        number,
      ),
      [[...[accounts, scopes, views, notJudged, calls].map(count), seconds.toFixed(1)]],
    ),
    '',
    `- Goal ${GOAL} s: ${goalText(seconds, GOAL)}.`,
  ].join('\n');
}
