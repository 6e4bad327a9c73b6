/**
 * `npx tsx bench/bundles.ts [--runs N]`: how large each function's bundle is and how long Node takes to load it, beside a
 * handler that does nothing and beside the same function bundled by esbuild with nothing but `bundle` and `minify` set.
 * Prints Markdown. Every load is a process of its own; the kinds take turns, so that a slow moment of the machine hits all.
 */
import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs, promisify } from 'node:util';
import { build } from 'esbuild';
import { bundleHandler, PROJECT_ROOT } from '../build/bundle.ts';
import { FUNCTIONS } from '../build/functions.ts';
import { policyModule } from '../build/policy-module.ts';
import { loadPolicy } from '../lib/policy/load.ts';
import type { Policy } from '../lib/policy/schema.ts';

const run = promisify(execFile);

/** What Lambda and the stack set. No call is made while a bundle loads. */
const ENVIRONMENT = {
  PATH: process.env.PATH ?? '',
  AWS_REGION: 'us-east-1',
  AWS_ACCESS_KEY_ID: 'bench',
  AWS_SECRET_ACCESS_KEY: 'bench',
  AWS_LAMBDA_FUNCTION_NAME: 'bench',
  EVENT_BUS_NAME: 'bench',
  TOPIC_ARN: 'arn:aws:sns:us-east-1:000000000000:bench',
  PING_DOCUMENT: 'bench',
  EVENT_BUS_ARN: 'arn:aws:events:us-east-1:111111111111:event-bus/bench',
  FORWARDER_ROLE_ARN: 'arn:aws:iam::111111111111:role/build',
  STATE_PREFIX: '/bench',
  STAGE: 'bench',
  POWERTOOLS_SERVICE_NAME: 'bench',
  POWERTOOLS_METRICS_NAMESPACE: 'bench',
};

/** Times the import alone, not the start of Node. */
const TIMED_IMPORT = `const { pathToFileURL } = await import('node:url');
const start = performance.now();
const { handler, default: common } = await import(pathToFileURL(process.argv[1]));
const taken = performance.now() - start;
if (typeof (handler ?? common?.handler) !== 'function') throw new Error('no handler');
console.log(taken);`;

interface Measured {
  readonly file: string;
  readonly bytes: number;
  readonly loads: number[];
}

async function save(directory: string, file: string, contents: string | Uint8Array): Promise<Measured> {
  const path = join(directory, file);
  await mkdir(join(path, '..'), { recursive: true });
  await writeFile(path, contents);
  return { file: path, bytes: contents.length, loads: [] };
}

/** What a bundle is without anything that build/ adds. */
async function plainBundle(entry: string, policy: Policy): Promise<Uint8Array> {
  const { outputFiles } = await build({
    entryPoints: [entry],
    absWorkingDir: PROJECT_ROOT,
    bundle: true,
    minify: true,
    platform: 'node',
    target: 'node20',
    format: 'cjs',
    plugins: [policyModule(policy)],
    write: false,
    logLevel: 'silent',
  });
  return outputFiles[0]?.contents ?? new Uint8Array();
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}

const kilobytes = (bytes: number) => (bytes / 1024).toFixed(bytes < 10_240 ? 1 : 0);
const milliseconds = (taken: number) => taken.toFixed(taken < 10 ? 1 : 0);
const percent = (part: number, whole: number) => `${Math.round((part / whole) * 100)} %`;

const { values } = parseArgs({ options: { runs: { type: 'string', default: '15' } } });
const runs = Number(values.runs);
if (!Number.isInteger(runs) || runs < 1) {
  throw new Error(`--runs ${values.runs}: give the number of loads of each bundle, 1 or more.`);
}

const directory = await mkdtemp(join(tmpdir(), 'peering-bench-'));
try {
  const { policy } = loadPolicy(join(PROJECT_ROOT, 'lab/tutorial/policy.yml'));
  const empty = await save(directory, 'empty.mjs', 'export const handler = async () => {};\n');
  const rows: { name: string; ours: Measured; plain: Measured }[] = [];
  for (const name of FUNCTIONS) {
    const entry = join(PROJECT_ROOT, 'handlers', `${name}.ts`);
    rows.push({
      name,
      ours: await save(directory, `ours/${name}.mjs`, await bundleHandler(entry, policy)),
      plain: await save(directory, `plain/${name}.cjs`, await plainBundle(entry, policy)),
    });
  }
  const all = [empty, ...rows.flatMap(({ ours, plain }) => [ours, plain])];
  for (let round = 0; round < runs; round++) {
    for (const { file, loads } of all) {
      const { stdout } = await run(process.execPath, ['--input-type=module', '-e', TIMED_IMPORT, file], {
        env: ENVIRONMENT,
      });
      loads.push(Number(stdout));
    }
  }
  const lines = [
    `Node ${process.version}, ${process.arch}, ${availableParallelism()} cores, median of ${runs} loads each.`,
    '',
    '| function | KB | load ms | KB, plain esbuild | load ms, plain esbuild | size | load |',
    '|---|---:|---:|---:|---:|---:|---:|',
    `| (empty handler) | ${kilobytes(empty.bytes)} | ${milliseconds(median(empty.loads))} | | | | |`,
    ...rows.map(({ name, ours, plain }) => {
      const [load, plainLoad] = [median(ours.loads), median(plain.loads)];
      return `| ${name} | ${kilobytes(ours.bytes)} | ${milliseconds(load)} | ${kilobytes(plain.bytes)} | ${milliseconds(plainLoad)} | ${percent(ours.bytes, plain.bytes)} | ${percent(load, plainLoad)} |`;
    }),
  ];
  process.stdout.write(`${lines.join('\n')}\n`);
} finally {
  await rm(directory, { recursive: true, force: true });
}
