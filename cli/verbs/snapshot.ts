import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Document } from '../documents.ts';
import { CliError } from '../errors.ts';
import { shown } from '../output.ts';
import { policiesOrDefault } from '../policy.ts';
import { readEach } from '../read.ts';
import { readNotRead, writeNotRead } from '../source/not-read.ts';
import { openSource } from '../source/open.ts';
import { readAnswers, type SavedAnswer } from '../source/save.ts';
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
    return { scope, files: write(join(directory, 'accounts', accountId, region), answers) };
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
  const source = await openSource(invocation, policiesOrDefault(invocation));
  const saved = await save(source, directory, invocation);
  progress.done();
  for (const { reason } of source.unread?.() ?? []) {
    output.note(`note: ${shown(reason)}`);
  }
  const dark = keepUnread(source, directory, { saved, asked: options.region ?? [] });
  if (options.json) {
    const document: Document<'snapshot'> = { directory, files: saved.flatMap(({ files }) => files) };
    output.json(document);
  } else {
    for (const { path, items } of saved.flatMap(({ files }) => files)) {
      output.line(`${path}  ${items}`);
    }
    output.line(`Look at it with: peering plan --snapshot ${shown(directory)}`);
  }
  return dark > 0 ? 3 : 0;
};
