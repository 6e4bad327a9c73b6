import { mkdirSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { fieldsOf } from '../../lib/model/json.ts';
import { organizationNeedsOf, spokeUnitsOf } from '../../lib/policy/organization.ts';
import type { Document } from '../documents.ts';
import { CliError } from '../errors.ts';
import { type Output, shown } from '../output.ts';
import { type Policies, policiesOrDefault } from '../policy.ts';
import { readEach } from '../read.ts';
import { readNotRead, writeNotRead } from '../source/not-read.ts';
import { openSource } from '../source/open.ts';
import { readAnswers, type SavedAnswer } from '../source/save.ts';
import { namedPlans, writeAddressPlan } from '../source/saved-address-plan.ts';
import { writeOrganization } from '../source/saved-organization.ts';
import { PREFIX_LIST_ENTRIES_FILE } from '../source/snapshot-files.ts';
import type { Scope, Source, Unread } from '../source/types.ts';
import type { Invocation, Verb } from '../verb.ts';

type SavedFile = Document<'snapshot'>['files'][number];

function write(place: string, answers: readonly SavedAnswer[]): SavedFile[] {
  try {
    mkdirSync(place, { recursive: true });
    return answers.map(({ name, content, items }) => {
      const path = join(place, `${name}.json`);
      writeFileSync(path, `${JSON.stringify(content, undefined, 2)}\n`);
      return { path, items };
    });
  } catch (error) {
    throw new CliError(
      `The snapshot cannot be written to ${shown(place)}: ${error instanceof Error ? error.message : String(error)}. Name another directory with --out.`,
      { cause: error },
    );
  }
}

interface SavedScope {
  readonly scope: Scope;
  readonly files: readonly SavedFile[];
  /** Owners of the VPCs at both ends of its peerings. */
  readonly owners: readonly string[];
}

function ownersIn(answers: readonly SavedAnswer[]): string[] {
  const peerings = answers.find(({ name }) => name === 'VpcPeeringConnections')?.content;
  const { VpcPeeringConnections: list } = fieldsOf(peerings);
  const owners = (Array.isArray(list) ? list : [])
    .map(fieldsOf)
    .flatMap(({ RequesterVpcInfo, AccepterVpcInfo }) => [RequesterVpcInfo, AccepterVpcInfo])
    .map((side) => fieldsOf(side).OwnerId);
  return owners.filter((owner) => typeof owner === 'string');
}

/** What the policies ask of the organization, so that the snapshot is judged by it too. */
async function saveOrganization(
  { organization, units }: Source,
  directory: string,
  { saved, policies }: { readonly saved: readonly SavedScope[]; readonly policies: Policies },
): Promise<void> {
  if (organization !== undefined || units !== undefined) {
    const owners = [...new Set(saved.flatMap((each) => each.owners))].sort();
    const read = {
      accounts: (await organization?.lookUp(owners)) ?? new Map(),
      units: (await units?.lookUp(spokeUnitsOf(policies.all))) ?? new Map(),
    };
    writeOrganization(directory, read, organizationNeedsOf(policies.all));
  }
}

/** What the policies name of the address plan, whether anything hangs on it now or not. */
async function saveAddressPlan(
  { addressPlan }: Source,
  directory: string,
  policies: Policies,
): Promise<void> {
  const plans = namedPlans(policies.all);
  if (addressPlan !== undefined && plans.length > 0) {
    const read = plans.map(async (named) => ({ named, plan: await addressPlan.lookUp(named) }));
    writeAddressPlan(directory, await Promise.all(read));
  }
}

/** More lines than these nobody reads. */
const MAX_LINES = 10;

function countsOf(files: readonly SavedFile[]): string {
  const counts = new Map<string, number>();
  for (const { path, items } of files) {
    const name = basename(path, '.json');
    counts.set(name, (counts.get(name) ?? 0) + items);
  }
  return [...counts].map(([name, count]) => `${name} ${count}`).join(', ');
}

/** One line for each place, or for all of them where they are many; --json has an entry for each file. */
function writePlaces(directory: string, saved: readonly SavedScope[], output: Output): void {
  const accounts = join(directory, 'accounts');
  if (saved.length <= MAX_LINES) {
    for (const { scope, files } of saved) {
      output.line(`${shown(join(accounts, scope.accountId, scope.region))}  ${countsOf(files)}`);
    }
    return;
  }
  const count = new Set(saved.map(({ scope }) => scope.accountId)).size;
  const regions = [...new Set(saved.map(({ scope }) => scope.region))].sort().join(', ');
  output.line(
    `${shown(accounts)}  ${count} accounts, ${regions}: ${countsOf(saved.flatMap(({ files }) => files))}`,
  );
}

/** Every scope that can be read, as soon as it is read. */
function save(
  { kind, scopes, leaveOut }: Source,
  directory: string,
  { options: { region: asked = [] }, output, progress }: Invocation,
): Promise<SavedScope[]> {
  const wanted = scopes.filter(({ region }) => asked.length === 0 || asked.includes(region));
  progress.doing(`Reading ${[...new Set(wanted.map(({ region }) => region))].join(', ')}`);
  return readEach({ scopes: wanted, ...(leaveOut === undefined ? {} : { leaveOut }) }, async (scope) => {
    const { accountId, region, ec2 } = scope;
    if (ec2 === undefined) {
      throw new CliError('A snapshot is made of AWS, not of a snapshot.');
    }
    const notes: string[] = [];
    const answers = await readAnswers(ec2.forRegion(region), scope, ({ name, cli }, error) => {
      const message = error instanceof Error ? error.message : String(error);
      const what = name === PREFIX_LIST_ENTRIES_FILE.name ? 'is not complete' : 'is left out';
      const file = kind === 'fleet' ? `${accountId}/${region}/${name}.json` : `${name}.json`;
      notes.push(`note: ${file} ${what}, because aws ec2 ${cli} failed: ${shown(message)}`);
    });
    // Where nothing could be read, that is said once.
    for (const note of notes) output.note(note);
    const files = write(join(directory, 'accounts', accountId, region), answers);
    return { scope, files, owners: ownersIn(answers) };
  });
}

/**
 * What stays dark is written down beside what was read. Of Regions that are not asked for now, what was written stays.
 *
 * @returns how many accounts and Regions are dark.
 */
function keepUnread(
  { scopes, unread }: Source,
  directory: string,
  { saved, asked }: { readonly saved: readonly SavedScope[]; readonly asked: readonly string[] },
): number {
  const isSaved = ({ accountId, region }: Unread) =>
    saved.some(({ scope }) => scope.accountId === accountId && scope.region === region);
  const dark = (unread?.() ?? []).filter((each) => !isSaved(each));
  const accounts = [...new Set([...scopes, ...dark].map(({ accountId }) => accountId))];
  const before = asked.length === 0 ? [] : readNotRead(directory);
  const others = before.filter(({ region }) => region !== '*' && !asked.includes(region));
  writeNotRead(directory, accounts, [...dark, ...others]);
  return dark.length;
}

export const run: Verb['run'] = async (invocation) => {
  const { options, output, progress } = invocation;
  const directory = options.out;
  if (directory === undefined) {
    throw new CliError('peering snapshot needs a directory to write to: --out DIR.');
  }
  const policies = policiesOrDefault(invocation);
  const source = await openSource(invocation, policies);
  const saved = await save(source, directory, invocation);
  await saveOrganization(source, directory, { saved, policies });
  await saveAddressPlan(source, directory, policies);
  progress.done();
  for (const { reason } of source.unread?.() ?? []) {
    output.note(`note: ${shown(reason)}`);
  }
  const dark = keepUnread(source, directory, { saved, asked: options.region ?? [] });
  if (options.json) {
    const document: Document<'snapshot'> = { directory, files: saved.flatMap(({ files }) => files) };
    output.json(document);
  } else {
    writePlaces(directory, saved, output);
    output.line(`Look at it with: peering plan --snapshot ${shown(directory)}`);
  }
  return dark > 0 ? 3 : 0;
};
