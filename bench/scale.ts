import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { build } from 'esbuild';
import { heapFlags } from 'local-aws-peering';
import { PROJECT_ROOT } from '../build/bundle.ts';
import { type Cidr, contains, parseAddress, parseCidr } from '../lib/network/cidr.ts';
import { PrefixMap } from '../lib/network/prefix-map.ts';
import { FUNCTION_SIZES } from '../resources/functions.ts';
import {
  count,
  goalText,
  growthExponent,
  median,
  megabytes,
  milliseconds,
  number,
  table,
} from './markdown.ts';
import { desiredRoutes, type NetworkShape } from './network.ts';
import type { PlanResult } from './scale-plan.ts';

const run = promisify(execFile);

const GOAL = { seconds: 0.5, megabytes: 256, exponent: 1.1 } as const;

const grown = (peerings: number, routes: NetworkShape['routes']): NetworkShape => ({
  peerings,
  tables: 5,
  cidrs: 2,
  routes,
});

/** Ten desired routes for each peering, and the same 100,000 routes spread in other ways. */
function shapesFor(largest: number): NetworkShape[] {
  const sizes = [1, 10, 100, 1000, 10_000].filter((peerings) => peerings <= largest);
  const peerings = sizes.at(-1) ?? 1;
  return [
    ...sizes.map((size) => grown(size, 'unwritten')),
    grown(peerings, 'written'),
    { ...grown(peerings, 'unwritten'), own: 'none' },
    { ...grown(peerings, 'written'), own: 'none' },
    { peerings: Math.max(1, peerings / 20), tables: 100, cidrs: 2, routes: 'unwritten' },
    { peerings: Math.max(1, peerings / 2.5), tables: 5, cidrs: 5, routes: 'unwritten' },
  ];
}

export interface Measured {
  readonly shape: NetworkShape;
  readonly results: readonly PlanResult[];
}

/** @param largest peerings of the largest network. */
export async function measureScale({
  rounds,
  largest,
}: {
  readonly rounds: number;
  readonly largest: number;
}): Promise<readonly Measured[]> {
  const directory = await mkdtemp(join(tmpdir(), 'peering-scale-'));
  try {
    const { outputFiles } = await build({
      entryPoints: [join(PROJECT_ROOT, 'bench/scale-run.ts')],
      bundle: true,
      platform: 'node',
      format: 'esm',
      mainFields: ['module', 'main'],
      write: false,
      logLevel: 'silent',
    });
    const file = join(directory, 'scale-run.mjs');
    await writeFile(file, outputFiles[0]?.contents ?? '');
    const measured = shapesFor(largest).map((shape) => ({ shape, results: [] as PlanResult[] }));
    for (let round = 0; round < rounds; round++) {
      for (const { shape, results } of measured) {
        const { stdout } = await run(process.execPath, [
          ...heapFlags(FUNCTION_SIZES['sync-routes'].memorySize),
          file,
          JSON.stringify(shape),
        ]);
        results.push(JSON.parse(stdout));
      }
    }
    return measured;
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

export interface Lookup {
  readonly blocks: number;
  readonly treeNanoseconds: number;
  readonly scanNanoseconds: number;
}

/** The longest prefix around an address among many blocks: by the tree, and by looking at every block. */
export function measureLookups(sizes: readonly number[], lookups: number): Lookup[] {
  return sizes.map((blocks) => {
    const cidrs: Cidr[] = Array.from({ length: blocks }, (_, index) =>
      parseCidr(`${10 + (index >> 16)}.${(index >> 8) & 255}.${index & 255}.0/24`),
    );
    const tree = new PrefixMap<number>();
    for (const [index, cidr] of cidrs.entries()) {
      tree.set(cidr, index);
    }
    const addresses = Array.from({ length: lookups }, (_, nth) => {
      const index = (nth * 7919) % blocks;
      return parseAddress(`${10 + (index >> 16)}.${(index >> 8) & 255}.${index & 255}.7`);
    });
    const timed = (find: (address: (typeof addresses)[number]) => Cidr | undefined) => {
      const start = performance.now();
      const found = addresses.map(find);
      const taken = performance.now() - start;
      return { found, nanoseconds: (taken * 1e6) / lookups };
    };
    const byTree = timed((address) => tree.longestMatch(address)?.cidr);
    const byScan = timed((address) => {
      const point: Cidr = { ...address, first: address.value, last: address.value, prefix: 32 };
      let longest: Cidr | undefined;
      for (const cidr of cidrs) {
        if (contains(cidr, point) && (longest === undefined || cidr.prefix > longest.prefix)) {
          longest = cidr;
        }
      }
      return longest;
    });
    if (byTree.found.some((cidr, index) => cidr === undefined || cidr !== byScan.found[index])) {
      throw new Error(`The tree and the scan of ${blocks} blocks find different blocks.`);
    }
    return { blocks, treeNanoseconds: byTree.nanoseconds, scanNanoseconds: byScan.nanoseconds };
  });
}

/** One line of the table: the medians of a shape's processes. */
function rowOf({ shape, results }: Measured) {
  const times = results.map((result) => result.milliseconds);
  return {
    shape,
    taken: median(times),
    fastest: Math.min(...times),
    processor: median(results.map(({ processorMilliseconds }) => processorMilliseconds)),
    peak: median(results.map(({ peakBytes }) => peakBytes)),
    changes: results[0]?.changes ?? Number.NaN,
  };
}

type Row = ReturnType<typeof rowOf>;

/** How the time grows with the routes: over all sizes, and over the last step alone. */
function exponentsOf(rows: readonly Row[]): { readonly fitted: number; readonly steepest: number } {
  const growing = rows.filter(
    ({ shape }) =>
      shape.tables === 5 && shape.cidrs === 2 && shape.routes === 'unwritten' && shape.own === undefined,
  );
  const fitted = growthExponent(growing.map(({ shape, taken }) => ({ x: desiredRoutes(shape), y: taken })));
  const [before, last] = growing.slice(-2);
  const steepest =
    before === undefined || last === undefined
      ? Number.NaN
      : growthExponent([before, last].map(({ shape, taken }) => ({ x: desiredRoutes(shape), y: taken })));
  return { fitted, steepest };
}

function planTable(rows: readonly Row[]): string {
  return table(
    [
      number('desired routes'),
      number('peerings'),
      number('tables a VPC'),
      number('CIDRs a peer'),
      'routes',
      'registry',
      number('changes'),
      number('ms'),
      number('fastest ms'),
      number('processor ms'),
      number('peak MB'),
    ],
    rows.map(({ shape, taken, fastest, processor, peak: bytes, changes }) => [
      count(desiredRoutes(shape)),
      count(shape.peerings),
      count(shape.tables),
      count(shape.cidrs),
      shape.routes === 'written' ? 'in place' : 'none written',
      shape.own === 'none' ? 'empty' : 'all own',
      count(changes),
      milliseconds(taken),
      milliseconds(fastest),
      milliseconds(processor),
      megabytes(bytes),
    ]),
  );
}

function lookupTable(lookups: readonly Lookup[]): string {
  return table(
    [number('blocks'), number('tree, ns'), number('scan, ns'), number('tree faster')],
    lookups.map(({ blocks, treeNanoseconds, scanNanoseconds }) => [
      count(blocks),
      treeNanoseconds.toFixed(0),
      scanNanoseconds.toFixed(0),
      `${(scanNanoseconds / treeNanoseconds).toFixed(0)}×`,
    ]),
  );
}

export function scaleMarkdown(
  measured: readonly Measured[],
  lookups: readonly Lookup[],
  rounds: number,
): string {
  const rows = measured.map(rowOf);
  const { fitted, steepest } = exponentsOf(rows);
  const slowest = Math.max(...rows.map(({ taken }) => taken)) / 1000;
  const slowestBest = Math.max(...rows.map(({ fastest }) => fastest)) / 1000;
  const peak = Math.max(...rows.map((row) => row.peak)) / 1024 / 1024;
  return [
    `Median of ${rounds} processes for each line, each planning once, as a function does that has just started, with the heap that Lambda gives it; ` +
      'memory is the most that the whole process had, Node and the network itself included.',
    '',
    planTable(rows),
    '',
    `- Goal ${GOAL.seconds} s, slowest line: ${goalText(slowest, GOAL.seconds)}; its fastest process: ${slowestBest.toFixed(2)} s.`,
    `- Goal ${GOAL.megabytes} MB: ${goalText(peak, GOAL.megabytes)}.`,
    `- Goal exponent ${GOAL.exponent}, fitted over all sizes: ${goalText(fitted, GOAL.exponent)}; ` +
      `over the last step alone, where fixed costs no longer flatter it: ${goalText(steepest, GOAL.exponent)}.`,
    '',
    'The longest prefix around an address:',
    '',
    lookupTable(lookups),
  ].join('\n');
}
