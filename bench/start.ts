import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { build } from 'esbuild';
import { ensureVirtualEnvironment, LAB_DIRECTORY } from 'local-aws-peering/command';
import { bundleFunctions, PROJECT_ROOT } from '../build/bundle.ts';
import { policyModule } from '../build/policy-module.ts';
import { withoutUnaskedReaders } from '../build/unasked-readers.ts';
import { POLICY_FILE } from '../cli/release/code.ts';
import { loadPolicy } from '../lib/policy/load.ts';
import { functionsOf } from '../resources/functions.ts';
import { goalText, kilobytes, median, milliseconds, number, ratio, table } from './markdown.ts';

const run = promisify(execFile);

const GOAL = { overEmpty: 5, overBoto3: 0.15 } as const;

/** What Lambda and the stack set. No call is made while a bundle loads. */
const ENVIRONMENT = {
  PATH: process.env.PATH ?? '',
  AWS_REGION: 'us-east-1',
  AWS_ACCESS_KEY_ID: 'bench',
  AWS_SECRET_ACCESS_KEY: 'bench',
  AWS_LAMBDA_FUNCTION_NAME: 'bench',
  EVENT_BUS_NAME: 'bench',
  TOPIC_ARN: 'arn:aws:sns:us-east-1:000000000000:bench',
  RUNBOOKS: 'docs/runbooks',
  PING_DOCUMENT: 'bench',
  EVENT_BUS_ARN: 'arn:aws:events:us-east-1:111111111111:event-bus/bench',
  FORWARDER_ROLE_ARN: 'arn:aws:iam::111111111111:role/bench',
  STATE_PREFIX: '/bench',
  REGISTRY_TABLE: 'bench',
  QUEUE_URL: 'https://sqs.us-east-1.amazonaws.com/123456789012/bench.fifo',
  STAGE: 'bench',
  POWERTOOLS_SERVICE_NAME: 'bench',
  POWERTOOLS_METRICS_NAMESPACE: 'bench',
  // Lambda runs a Node of which the SDK has nothing to say; here, its warning about an old one would be measured too.
  AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true',
};

/** Prints the milliseconds of the import alone, and the time at which the handler was ready. */
const TIMED_IMPORT = `const { pathToFileURL } = await import('node:url');
const start = performance.now();
const { handler, default: common } = await import(pathToFileURL(process.argv[1]));
const load = performance.now() - start;
if (typeof (handler ?? common?.handler) !== 'function') throw new Error('no handler');
console.log(JSON.stringify({ load, readyAt: performance.timeOrigin + performance.now() }));`;

/** The same for boto3: import and clients. What a program that does anything with AWS in Python starts with. */
const TIMED_BOTO3 = `import json, sys, time
start = time.perf_counter()
import boto3
for service in sys.argv[1:]:
    boto3.client(service)
print(json.dumps({"load": (time.perf_counter() - start) * 1000, "readyAt": time.time() * 1000}))`;

/** SDK packages whose boto3 service has another name. */
const BOTO3_NAMES: Readonly<Record<string, string>> = { eventbridge: 'events' };

interface Program {
  readonly command: string;
  readonly args: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
  /** Milliseconds of loading alone. */
  readonly loads: number[];
  /** Milliseconds from the start of the process until it is ready. */
  readonly starts: number[];
}

export interface StartMeasured {
  readonly name: string;
  readonly bytes: number;
  readonly plainBytes: number;
  /** The services of its clients, as boto3 names them. */
  readonly services: readonly string[];
  readonly ours: Program;
  readonly plain: Program;
  readonly boto3: Program;
}

function program(
  command: string,
  args: readonly string[],
  environment: Readonly<Record<string, string>>,
): Program {
  return { command, args, environment, loads: [], starts: [] };
}

function nodeProgram(file: string): Program {
  return program(process.execPath, ['--input-type=module', '-e', TIMED_IMPORT, file], ENVIRONMENT);
}

async function measure({ command, args, environment, loads, starts }: Program): Promise<void> {
  const startedAt = performance.timeOrigin + performance.now();
  const { stdout } = await run(command, [...args], { env: environment });
  const { load, readyAt } = JSON.parse(stdout) as { load: number; readyAt: number };
  loads.push(load);
  starts.push(readyAt - startedAt);
}

async function save(path: string, contents: string | Uint8Array): Promise<string> {
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, contents);
  return path;
}

/** What a bundle is with esbuild's defaults for Node, and the SDK clients that the project's own code in it names. */
async function plainBundle(
  entry: string,
): Promise<{ readonly contents: Uint8Array; readonly services: readonly string[] }> {
  const { outputFiles, metafile } = await build({
    entryPoints: [entry],
    absWorkingDir: PROJECT_ROOT,
    bundle: true,
    platform: 'node',
    // What the policy leaves out is left out here too: the same work with other settings.
    plugins: [policyModule(), withoutUnaskedReaders()],
    // Without it, CommonJS does not know where the policy lies.
    define: { 'import.meta.url': '__importMetaUrl' },
    banner: { js: "const __importMetaUrl=require('node:url').pathToFileURL(__filename).href;" },
    metafile: true,
    write: false,
    logLevel: 'silent',
  });
  // What a function does not use is imported by lib/lambda/filled-ports.ts all the same, and falls away.
  const kept = Object.values(metafile.outputs).flatMap(({ inputs }) =>
    Object.entries(inputs).flatMap(([file, { bytesInOutput }]) =>
      file.startsWith('lib/') && bytesInOutput > 0 ? [file] : [],
    ),
  );
  const services = kept.flatMap((file) =>
    (metafile.inputs[file]?.imports ?? []).flatMap(({ path }) => {
      const service = /@aws-sdk\/client-([a-z0-9-]+)\//.exec(path)?.[1];
      return service === undefined ? [] : [BOTO3_NAMES[service] ?? service];
    }),
  );
  return { contents: outputFiles[0]?.contents ?? new Uint8Array(), services: [...new Set(services)].sort() };
}

export interface Start {
  readonly empty: Program;
  readonly functions: readonly StartMeasured[];
}

/**
 * Every start is a process of its own; the kinds take turns, so that a slow moment of the machine hits all.
 * Of the functions of the stack with the tutorial's policy.
 */
export async function measureStart({ runs }: { readonly runs: number }): Promise<Start> {
  const { python } = await ensureVirtualEnvironment({
    requirements: join(PROJECT_ROOT, 'lab/requirements.txt'),
    directory: LAB_DIRECTORY,
    purpose: 'The comparison with boto3',
    alternative: 'leave out the part start (--only names others).',
    oldest: [3, 10],
    progress: (line) => process.stderr.write(`${line}\n`),
  });
  const directory = await mkdtemp(join(tmpdir(), 'peering-start-'));
  try {
    const empty = nodeProgram(
      await save(join(directory, 'empty.mjs'), 'export const handler = async () => {};\n'),
    );
    const { policy } = loadPolicy(join(PROJECT_ROOT, 'local/tutorial/policy.yml'));
    for (const kind of ['ours', 'plain']) {
      await save(join(directory, kind, POLICY_FILE), JSON.stringify(policy));
    }
    const measured: StartMeasured[] = [];
    const bundles = await bundleFunctions();
    for (const name of functionsOf(policy)) {
      const entry = join(PROJECT_ROOT, 'handlers', `${name}.ts`);
      const ours = bundles[name].contents;
      const plain = await plainBundle(entry);
      measured.push({
        name,
        bytes: ours.length,
        plainBytes: plain.contents.length,
        services: plain.services,
        ours: nodeProgram(await save(join(directory, 'ours', `${name}.mjs`), ours)),
        plain: nodeProgram(await save(join(directory, 'plain', `${name}.cjs`), plain.contents)),
        boto3: program(python, ['-c', TIMED_BOTO3, ...plain.services], {
          ...ENVIRONMENT,
          AWS_DEFAULT_REGION: ENVIRONMENT.AWS_REGION,
        }),
      });
    }
    const all = [empty, ...measured.flatMap(({ ours, plain, boto3 }) => [ours, plain, boto3])];
    for (let round = 0; round < runs; round++) {
      for (const each of all) {
        await measure(each);
      }
    }
    return { empty, functions: measured };
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

export function startMarkdown({ empty, functions }: Start): string {
  const [emptyStart, emptyLoad] = [median(empty.starts), median(empty.loads)];
  const worst = (figure: (one: StartMeasured) => number) => Math.max(...functions.map(figure));
  const overEmpty = worst(({ ours }) => median(ours.starts) / emptyStart);
  const loadOverEmpty = worst(({ ours }) => median(ours.loads) / emptyLoad);
  const overBoto3 = worst(({ ours, boto3 }) => median(ours.starts) / median(boto3.starts));
  const loadOverBoto3 = worst(({ ours, boto3 }) => median(ours.loads) / median(boto3.loads));
  return [
    `Median of ${empty.starts.length} processes each, the kinds by turns. *Start* is from the start of the process to the handler ready, ` +
      '*load* the import alone. *plain* is `esbuild --bundle --platform=node`. boto3 makes a client of each service ' +
      'of which the bundle holds code. A function makes that of its own bus, and the others with their first call: that much ' +
      'the comparison flatters it.',
    '',
    table(
      [
        'function',
        number('KB'),
        number('KB, plain'),
        number('load ms'),
        number('start ms'),
        number('start ms, plain'),
        number('start ms, boto3'),
        number('to empty'),
        number('to plain'),
        number('to boto3'),
      ],
      [
        ['(empty handler)', '0.0', '', milliseconds(emptyLoad), milliseconds(emptyStart), '', '', '', '', ''],
        ...functions.map(({ name, bytes, plainBytes, ours, plain, boto3 }) => {
          const start = median(ours.starts);
          return [
            name,
            kilobytes(bytes),
            kilobytes(plainBytes),
            milliseconds(median(ours.loads)),
            milliseconds(start),
            milliseconds(median(plain.starts)),
            milliseconds(median(boto3.starts)),
            ratio(start, emptyStart),
            ratio(start, median(plain.starts)),
            ratio(start, median(boto3.starts)),
          ];
        }),
      ],
    ),
    '',
    `- Goal ${GOAL.overEmpty} times the empty handler, from process start: ${goalText(overEmpty, GOAL.overEmpty)}; of the import alone: ${goalText(loadOverEmpty, GOAL.overEmpty)}.`,
    `- Goal ${GOAL.overBoto3} times boto3, from process start: ${goalText(overBoto3, GOAL.overBoto3)}; of loading alone: ${goalText(loadOverBoto3, GOAL.overBoto3)}.`,
    `- boto3 clients: ${functions.map(({ name, services }) => `${name} ${services.join(', ')}`).join('; ')}.`,
  ].join('\n');
}
