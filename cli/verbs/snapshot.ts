import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createEc2Clients } from '../../lib/aws/ec2-clients.ts';
import type { Document } from '../documents.ts';
import { CliError } from '../errors.ts';
import { shown } from '../output.ts';
import { policiesOrDefault } from '../policy.ts';
import { openSource } from '../source/open.ts';
import { readAnswers, type SavedAnswer } from '../source/save.ts';
import { PREFIX_LIST_ENTRIES_FILE } from '../source/snapshot-files.ts';
import type { Verb } from '../verb.ts';

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

export const run: Verb['run'] = async (invocation) => {
  const { options, output, progress } = invocation;
  const directory = options.out;
  if (directory === undefined) {
    throw new CliError('peering snapshot needs a directory to write to: --out DIR.');
  }
  const asked = options.region ?? [];
  const source = await openSource(invocation, policiesOrDefault(invocation));
  const clients = createEc2Clients();
  const files: SavedFile[] = [];
  for (const scope of source.scopes) {
    const { accountId, region } = scope;
    if (asked.length > 0 && !asked.includes(region)) {
      continue;
    }
    progress.doing(`Reading ${region}`);
    const answers = await readAnswers(clients.forRegion(region), scope, ({ name, cli }, error) => {
      const message = error instanceof Error ? error.message : String(error);
      const what = name === PREFIX_LIST_ENTRIES_FILE.name ? 'is not complete' : 'is left out';
      output.note(`note: ${name}.json ${what}, because aws ec2 ${cli} failed: ${shown(message)}`);
    });
    files.push(...write(join(directory, 'accounts', accountId, region), answers));
  }
  progress.done();
  for (const { reason } of source.unread?.() ?? []) {
    output.note(`note: ${shown(reason)}`);
  }
  if (options.json) {
    const document: Document<'snapshot'> = { directory, files };
    output.json(document);
  } else {
    for (const { path, items } of files) {
      output.line(`${path}  ${items}`);
    }
    output.line(`Look at it with: peering plan --snapshot ${shown(directory)}`);
  }
  return 0;
};
