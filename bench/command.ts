/** How long the `peering` command takes with a saved account of many VPCs, against reading its files alone. */
import { execFile } from 'node:child_process';
import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { buildCli } from '../build/cli.ts';
import {
  INHABITED,
  LARGE,
  SNAPSHOT_POLICY,
  type SnapshotShape,
  writeExistingSnapshot,
} from './existing-snapshot.ts';
import { count, goalText, median, megabytes, number, ratio, table } from './markdown.ts';

const run = promisify(execFile);

/** Times of reading the files, megabytes; seconds for the page with its picture. */
const GOAL = { times: 15, megabytes: 500, reportSeconds: 10, explainSeconds: 1 } as const;

type Verbs = readonly (readonly [name: string, args: readonly string[]])[];

const VERBS: Verbs = [
  ['plan', ['plan', '--json']],
  ['status', ['status', '--json']],
  ['drift', ['drift', '--json']],
  ['report', ['report', '--out', 'report.html']],
];

/** From what is reached to what is not, by address, name and peering. */
const EXPLAINED: Verbs = [
  ['explain NAME NAME --port', ['explain', 'machine-7-1', 'machine-8-1', '--port', '5001', '--json']],
  ['explain ADDRESS ADDRESS (ping)', ['explain', '10.0.112.10', '10.0.128.10', '--json']],
  ['explain PEERING', ['explain', 'pcx-00000000000000005', '--json']],
];

/** Says on its last line of stderr how much memory the process had at most, and how long it computed. */
const USAGE = `process.on('exit', () => { const { maxRSS, userCPUTime, systemCPUTime } = process.resourceUsage(); process.stderr.write('\\n' + maxRSS * 1024 + ' ' + (userCPUTime + systemCPUTime) / 1000); })`;

export interface Run {
  readonly milliseconds: number;
  readonly peakBytes: number;
  /** Of all processors together; more than the time where several compute. */
  readonly computedMilliseconds: number;
}

export interface CommandResult {
  readonly shape: SnapshotShape;
  readonly fileBytes: number;
  /** Reading and parsing the files, in a process of its own. */
  readonly reading: readonly Run[];
  readonly verbs: ReadonlyMap<string, readonly Run[]>;
  /** How many findings of each kind `peering drift` has in it. */
  readonly found: ReadonlyMap<string, number>;
}

/** Runs Node to its end; exit codes that say what was found are no failures. */
function node(
  args: readonly string[],
  cwd: string,
): Promise<{ readonly stdout: string; readonly stderr: string }> {
  return run(process.execPath, args, { cwd, maxBuffer: 1024 ** 3 }).catch(
    (error: { code?: unknown; stdout: string; stderr: string }) => {
      if (error.code === 2 || error.code === 3) return error;
      throw error;
    },
  );
}

async function timed(args: readonly string[], cwd: string): Promise<Run> {
  const start = performance.now();
  const { stderr } = await node(['--import', `data:text/javascript,${USAGE}`, ...args], cwd);
  const milliseconds = performance.now() - start;
  const [peakBytes = NaN, computedMilliseconds = NaN] = (stderr.trimEnd().split('\n').at(-1) ?? '')
    .split(' ')
    .map(Number);
  return { milliseconds, peakBytes, computedMilliseconds };
}

export async function measureCommand({
  rounds,
  shape = LARGE,
  asked = VERBS,
}: {
  readonly rounds: number;
  readonly shape?: SnapshotShape;
  readonly asked?: Verbs;
}): Promise<CommandResult> {
  const directory = await mkdtemp(join(tmpdir(), 'peering-command-'));
  try {
    const command = await buildCli(join(directory, 'cli'));
    const files = writeExistingSnapshot(join(directory, 'saved'), shape);
    await writeFile(join(directory, 'peering-policy.yml'), SNAPSHOT_POLICY);
    const reader = join(directory, 'read.mjs');
    await writeFile(
      reader,
      `import { readFileSync } from 'node:fs';
for (const file of ${JSON.stringify(files)}) JSON.parse(readFileSync(file, 'utf8'));`,
    );
    const sizes = await Promise.all(files.map(async (file) => (await stat(file)).size));
    const reading: Run[] = [];
    const verbs = new Map<string, Run[]>(asked.map(([name]) => [name, []]));
    for (let round = 0; round < rounds; round++) {
      reading.push(await timed([reader], directory));
      for (const [name, args] of asked) {
        verbs.get(name)?.push(await timed([command, ...args, '--snapshot', 'saved'], directory));
      }
    }
    const drift = await node([command, 'drift', '--json', '--snapshot', 'saved'], directory);
    const found = new Map<string, number>();
    for (const { kind } of JSON.parse(drift.stdout).findings) found.set(kind, (found.get(kind) ?? 0) + 1);
    return { shape, fileBytes: sizes.reduce((sum, size) => sum + size, 0), reading, verbs, found };
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

const middle = (runs: readonly Run[], key: keyof Run) => median(runs.map((each) => each[key]));

export function commandMarkdown({ shape, fileBytes, reading, verbs, found }: CommandResult): string {
  const base = middle(reading, 'milliseconds');
  const rows = [['reading and parsing the files', reading] as const, ...verbs];
  const offline = [...verbs].filter(([name]) => name !== 'report');
  const times = (key: 'milliseconds' | 'computedMilliseconds') =>
    Math.max(...offline.map(([, runs]) => middle(runs, key))) / middle(reading, key);
  const most = Math.max(...offline.map(([, runs]) => middle(runs, 'peakBytes'))) / 1024 ** 2;
  const page = middle(verbs.get('report') ?? [], 'milliseconds') / 1000;
  return [
    `\`peering … --snapshot\` with ${count(shape.vpcs)} VPCs and ${count(shape.peerings)} peerings of one account ` +
      `(${megabytes(fileBytes)} MB of files)${shape.findings === 'many' ? ', in the middle of a rollout: half of the VPCs are not opted in' : ''}. ` +
      `\`peering drift\` finds ${[...found].map(([kind, many]) => `${count(many)} ${kind}`).join(', ')}. ` +
      `Each verb a process of its own, median of ${reading.length}.`,
    '',
    table(
      [
        '',
        number('seconds'),
        number('of reading'),
        number('computed'),
        number('of reading'),
        number('peak MB'),
      ],
      rows.map(([name, runs]) => [
        name,
        (middle(runs, 'milliseconds') / 1000).toFixed(2),
        ratio(middle(runs, 'milliseconds'), base),
        (middle(runs, 'computedMilliseconds') / 1000).toFixed(2),
        ratio(middle(runs, 'computedMilliseconds'), middle(reading, 'computedMilliseconds')),
        megabytes(middle(runs, 'peakBytes')),
      ]),
    ),
    '',
    `- Goal ${GOAL.times} times the reading, for plan, status and drift: ${goalText(times('milliseconds'), GOAL.times)}; ` +
      `of what the processors computed, which others on the machine change little: ${goalText(times('computedMilliseconds'), GOAL.times)}.`,
    `- Goal ${GOAL.megabytes} MB for these: ${goalText(most, GOAL.megabytes)}.`,
    `- Goal ${GOAL.reportSeconds} s for the report: ${goalText(page, GOAL.reportSeconds)}.`,
  ].join('\n');
}

/** `explain` in an account in which every VPC has instances: what a person on call waits for. */
export function measureExplain({ rounds }: { readonly rounds: number }): Promise<CommandResult> {
  return measureCommand({ rounds, shape: INHABITED, asked: EXPLAINED });
}

export function explainMarkdown({ shape, fileBytes, reading, verbs }: CommandResult): string {
  const base = middle(reading, 'milliseconds');
  const slowest = Math.max(...[...verbs.values()].map((runs) => middle(runs, 'milliseconds'))) / 1000;
  const { vpcs, peerings, instances = 0 } = shape;
  return [
    `\`peering explain --snapshot\` with ${count(vpcs)} VPCs, ${count(peerings)} peerings and ${count(vpcs * instances)} instances ` +
      `(${megabytes(fileBytes)} MB of files), each a process of its own, median of ${reading.length}.`,
    '',
    table(
      ['', number('seconds'), number('computed'), number('of reading'), number('peak MB')],
      [['reading and parsing the files', reading] as const, ...verbs].map(([name, runs]) => [
        name,
        (middle(runs, 'milliseconds') / 1000).toFixed(2),
        (middle(runs, 'computedMilliseconds') / 1000).toFixed(2),
        ratio(middle(runs, 'milliseconds'), base),
        megabytes(middle(runs, 'peakBytes')),
      ]),
    ),
    '',
    `- Goal ${GOAL.explainSeconds} s: ${goalText(slowest, GOAL.explainSeconds)}.`,
  ].join('\n');
}
