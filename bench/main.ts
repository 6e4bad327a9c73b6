/** `npm run bench`: how fast, how large and how dear it is. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { PROJECT_ROOT } from '../build/bundle.ts';
import { commandMarkdown, explainMarkdown, measureCommand, measureExplain } from './command.ts';
import { costTable } from './cost-model.ts';
import { HALFWAY, LARGE } from './existing-snapshot.ts';
import { fleetMarkdown, measureFleet } from './fleet.ts';
import { measureLab } from './lab-flows.ts';
import { callsMarkdown, endToEndMarkdown } from './lab-report.ts';
import { measureLimits } from './limits.ts';
import { machineLine } from './machine.ts';
import { withResults } from './report-file.ts';
import { measureLookups, measureScale, scaleMarkdown } from './scale.ts';
import { ACCOUNTS, readPrices, readStack } from './stack-size.ts';
import { measureStart, startMarkdown } from './start.ts';
import { readWatchPrices, watchTable } from './watch-cost.ts';

interface Effort {
  readonly starts: number;
  readonly requests: number;
  readonly plans: number;
  readonly lookups: number;
  readonly commands: number;
  readonly accounts: number;
}

const FULL: Effort = { starts: 15, requests: 10, plans: 5, lookups: 1000, commands: 5, accounts: 80 };
const SHORT: Effort = { starts: 3, requests: 2, plans: 1, lookups: 100, commands: 1, accounts: 8 };

const MEASUREMENTS: Readonly<Record<string, (effort: Effort) => Promise<string>>> = {
  async start({ starts }) {
    return `## Start\n\n${startMarkdown(await measureStart({ runs: starts }))}`;
  },
  async lab({ requests }) {
    const result = await measureLab({ rounds: requests });
    return `## From request to routes\n\n${endToEndMarkdown(result)}\n\n## API calls\n\n${callsMarkdown(result)}`;
  },
  async scale({ plans, lookups }) {
    const measured = await measureScale({ rounds: plans, largest: 10_000 });
    const found = measureLookups([100, 1000, 10_000, 100_000], lookups);
    return `## Plan and decide\n\n${scaleMarkdown(measured, found, plans)}`;
  },
  async command({ commands }) {
    const ofShapes: string[] = [];
    for (const shape of [LARGE, HALFWAY]) {
      ofShapes.push(commandMarkdown(await measureCommand({ rounds: commands, shape })));
    }
    return ['## The command with a large account', ...ofShapes].join('\n\n');
  },
  async explain({ commands }) {
    return `## What a person on call waits for\n\n${explainMarkdown(await measureExplain({ rounds: commands }))}`;
  },
  async fleet({ accounts }) {
    return `## Many accounts\n\n${fleetMarkdown(await measureFleet({ accounts }))}`;
  },
  async limits() {
    return `## 10,000 routes under EC2's limits\n\n${await measureLimits()}`;
  },
  async cost() {
    const [prices, stack] = [readPrices(), readStack()];
    return [
      '## Cost',
      '',
      `List prices of ${prices.region} as of ${prices.asOf}, noted by hand; [Cost](cost.md) says what is assumed.`,
      '',
      costTable(prices, stack, ACCOUNTS),
      '',
      'The same watch by services of AWS:',
      '',
      watchTable(prices, readWatchPrices(), stack, ACCOUNTS),
    ].join('\n');
  },
};

const USAGE = `npm run bench -- [options]

Measures what docs/performance.md shows and prints it as Markdown on stdout; progress goes to stderr. Two to seven minutes.
Exit status 0 when all was measured, 1 when something could not be, 2 for a wrong option.

  --only NAMES  these parts, with commas between: ${Object.keys(MEASUREMENTS).join(', ')}
  --short       fewer repetitions
  --write       put the result into docs/performance.md
  --help        this text
`;

function readOptions() {
  const { values } = parseArgs({
    options: {
      only: { type: 'string', default: Object.keys(MEASUREMENTS).join(',') },
      short: { type: 'boolean', default: false },
      write: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  const wanted = values.only.split(',');
  const unknown = wanted.filter((name) => !Object.hasOwn(MEASUREMENTS, name));
  if (unknown.length > 0) {
    throw new Error(`There is no part ${unknown.join(', ')}.`);
  }
  if (values.write && wanted.length < Object.keys(MEASUREMENTS).length) {
    throw new Error('--write replaces all parts, so --only cannot go with it: ratios hold within one run.');
  }
  return { ...values, wanted };
}

async function main(): Promise<number> {
  let options: ReturnType<typeof readOptions>;
  try {
    options = readOptions();
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : error}\n\n${USAGE}`);
    return 2;
  }
  if (options.help) {
    process.stdout.write(USAGE);
    return 0;
  }
  process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED = 'true';
  const started = performance.now();
  const sections: string[] = [];
  for (const [name, measure] of Object.entries(MEASUREMENTS)) {
    if (options.wanted.includes(name)) {
      process.stderr.write(`Measuring: ${name} ...\n`);
      sections.push(await measure(options.short ? SHORT : FULL));
    }
  }
  const minutes = ((performance.now() - started) / 60_000).toFixed(1);
  const results = [`${machineLine(new Date())}; ${minutes} minutes.`, ...sections].join('\n\n');
  process.stdout.write(`${results}\n`);
  if (options.write) {
    const file = join(PROJECT_ROOT, 'docs/performance.md');
    writeFileSync(file, withResults(readFileSync(file, 'utf8'), results));
  }
  return 0;
}

process.exitCode = await main();
