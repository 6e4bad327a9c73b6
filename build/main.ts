import { execFile } from 'node:child_process';
import { resolve } from 'node:path';
import { promisify } from 'node:util';
import { buildForDeployment, policyInputs } from './deployment.ts';

/** `npm run build`: builds the functions as a deployment does, and prints how large each is and how long it loads. */

const run = promisify(execFile);

/** Loading is measured in processes of its own, as a cold start does; the middle one counts. */
const LOADS = 5;

/** What the stack sets; the values do not matter, no call is made. */
const ENVIRONMENT = {
  AWS_REGION: 'us-east-1',
  EVENT_BUS_NAME: 'build',
  TOPIC_ARN: 'arn:aws:sns:us-east-1:000000000000:build',
  CHAT_TOPIC_ARN: 'arn:aws:sns:us-east-1:000000000000:build',
  CHAT_ACTION_GROUP: 'build',
  RUNBOOKS: 'docs/runbooks',
  PING_DOCUMENT: 'build',
  EVENT_BUS_ARN: 'arn:aws:events:us-east-1:111111111111:event-bus/build',
  SPOKE_READER_ROLE: 'arn:aws:iam::ACCOUNT:role/build',
  FORWARDER_ROLE_ARN: 'arn:aws:iam::111111111111:role/build',
  STATE_PREFIX: '/build',
  REGISTRY_TABLE: 'build',
  QUEUE_URL: 'https://sqs.us-east-1.amazonaws.com/123456789012/build.fifo',
  REPORT_BUCKET: 'build',
  STAGE: 'build',
  POWERTOOLS_SERVICE_NAME: 'build',
  POWERTOOLS_METRICS_NAMESPACE: 'build',
};

const TIMED_IMPORT = `const start = performance.now();
await import(process.argv[1]);
process.stdout.write(String(performance.now() - start));`;

/** Of a folder of policies the one of the stage that is deployed by default. */
const BUILT_STAGE = 'prod';

/** Milliseconds that Node takes to load a bundle. */
async function loadTime(file: string): Promise<number> {
  const times: number[] = [];
  for (let load = 0; load < LOADS; load++) {
    const { stdout } = await run(
      process.execPath,
      ['--input-type=module', '--eval', TIMED_IMPORT, resolve(file)],
      {
        env: { ...process.env, ...ENVIRONMENT },
      },
    );
    times.push(Number(stdout));
  }
  times.sort((a, b) => a - b);
  return times[Math.floor(LOADS / 2)] ?? Number.NaN;
}

async function main(): Promise<number> {
  const inputs = await policyInputs(BUILT_STAGE);
  if ('problem' in inputs) {
    process.stderr.write(`${inputs.problem.message}\n`);
    return 1;
  }
  for (const warning of inputs.warnings) {
    process.stderr.write(`${warning}\n`);
  }
  const bundles = await buildForDeployment(BUILT_STAGE);
  process.stdout.write(`${'function'.padEnd(22)}${'bytes'.padStart(9)}${'load ms'.padStart(9)}\n`);
  for (const { name, file, bytes } of bundles) {
    const milliseconds = Math.round(await loadTime(file));
    process.stdout.write(
      `${name.padEnd(22)}${String(bytes).padStart(9)}${String(milliseconds).padStart(9)}\n`,
    );
  }
  return 0;
}

process.exitCode = await main();
