import { readFile, writeFile } from 'node:fs/promises';
import { cpus } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { PROJECT_ROOT } from '../build/bundle.ts';
import { renderSection, replaceSection, withTotal } from './document.ts';
import type { ProofResult, ProofSection } from './section.ts';
import { SECTIONS, STEPS } from './sections.ts';
import { everything, type Turn, turnOf } from './turns.ts';

/** `npm run proof`: what the README promises, tried and measured. */

const USAGE = `npm run proof -- [options]

Tries what this product promises, and prints what was found as Markdown on stdout; progress goes to stderr.
Exit status 0 when everything held, 1 when something did not or could not be tried, 2 for a wrong option.

  --only NAME   run this section; may be given several times. Sections: ${SECTIONS.map(({ name }) => name).join(', ')}
  --all         try all at once of what else takes turns day by day: faults and mutants
  --write       put the sections that ran into docs/proof.md
  --help        this text
`;

const DOCUMENT = join(PROJECT_ROOT, 'docs/proof.md');

function machine(): string {
  const all = cpus();
  return `${all.length} × ${(all[0]?.model ?? 'unknown processor').trim()}, Node ${process.versions.node}, ${process.platform}`;
}

function readOptions() {
  const { values } = parseArgs({
    options: {
      only: { type: 'string', multiple: true, default: [] },
      all: { type: 'boolean', default: false },
      write: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  const unknown = values.only.filter((name) => !SECTIONS.some((section) => section.name === name));
  if (unknown.length > 0) {
    throw new Error(`There is no section ${unknown.join(', ')}.`);
  }
  return values;
}

async function runSection({ name, run }: ProofSection, turn: Turn): Promise<ProofResult> {
  try {
    return await run((line) => process.stderr.write(`${name}: ${line}\n`), turn);
  } catch (error) {
    process.stderr.write(`${name}: ${error instanceof Error ? (error.stack ?? error.message) : error}\n`);
    const message = error instanceof Error ? error.message : String(error);
    return { markdown: `It could not be run to its end: ${message.split('\n', 1)[0]}`, ok: false };
  }
}

interface Ran {
  readonly name: string;
  readonly ok: boolean;
  readonly rendered: string;
}

/** One after the other. */
async function runLane(sections: readonly ProofSection[], turn: Turn): Promise<Ran[]> {
  const ran: Ran[] = [];
  for (const section of sections) {
    const started = performance.now();
    const result = await runSection(section, turn);
    const seconds = (performance.now() - started) / 1000;
    const rendered = renderSection(
      { ...section, ...result },
      { date: new Date(), machine: machine(), seconds },
    );
    ran.push({ name: section.name, ok: result.ok, rendered });
  }
  return ran;
}

async function edit(change: (document: string) => string): Promise<void> {
  await writeFile(DOCUMENT, change(await readFile(DOCUMENT, 'utf8')));
}

async function main(): Promise<number> {
  let options: ReturnType<typeof readOptions>;
  try {
    options = readOptions();
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : error}\n${USAGE}`);
    return 2;
  }
  if (options.help) {
    process.stdout.write(USAGE);
    return 0;
  }
  const { only } = options;
  const turn = options.all ? everything : turnOf(new Date());
  const isAsked = ({ name }: ProofSection) => only.length === 0 || only.includes(name);
  const started = performance.now();
  let failed = 0;
  for (const step of STEPS) {
    const lanes = await Promise.all(step.map((lane) => runLane(lane.filter(isAsked), turn)));
    for (const { name, ok, rendered } of lanes.flat()) {
      process.stdout.write(`${rendered}\n\n`);
      if (options.write) {
        await edit((document) => replaceSection(document, name, rendered));
      }
      failed += ok ? 0 : 1;
    }
  }
  if (options.write && only.length === 0) {
    const seconds = (performance.now() - started) / 1000;
    await edit((document) => withTotal(document, seconds));
  }
  return failed === 0 ? 0 : 1;
}

process.exitCode = await main();
