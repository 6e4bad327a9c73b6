import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { explained } from '../../cli/explained.ts';
import { readNetwork } from '../../cli/network.ts';
import { onePolicy } from '../../cli/policy.ts';
import { openSnapshot } from '../../cli/source/snapshot.ts';
import type { Diagnosis } from '../../lib/connectivity/diagnosis.ts';
import { EndpointError } from '../../lib/connectivity/endpoints.ts';
import { policyOf } from '../support/fixtures.ts';
import { REGION, writeSnapshot } from './batfish/answers.ts';
import type { Disposition, Flow, NetworkFacts, Unjudged } from './batfish/facts.ts';
import { FILTERS } from './batfish/filters.ts';
import { NETWORKS } from './batfish/networks.ts';

const VERDICTS: Readonly<Record<Disposition, Diagnosis['reachable']>> = {
  ACCEPTED: true,
  DENIED_IN: false,
  DENIED_OUT: false,
  NO_ROUTE: false,
  NULL_ROUTED: false,
  NEIGHBOR_UNREACHABLE: false,
  EXITS_NETWORK: 'not-visible',
  'ACCEPTED or EXITS_NETWORK': 'not-visible',
};

/** What is not answered at all. The others are answered with `not-visible`, and never with another verdict than Batfish's. */
const REFUSED: ReadonlySet<Unjudged> = new Set([
  'only ends inside a VPC are asked about',
  'an address that nothing leads to may be a slip, so it is refused',
]);

function isRefused({ unjudged }: Flow): boolean {
  return unjudged !== undefined && REFUSED.has(unjudged);
}

let directory: string;
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'judged-by-batfish-'));
});
afterAll(() => rmSync(directory, { recursive: true, force: true }));

/** As `peering explain --snapshot` reads it. */
async function opened(facts: NetworkFacts) {
  const place = mkdtempSync(join(directory, 'snapshot-'));
  writeSnapshot(facts, place);
  const source = openSnapshot(place, onePolicy(policyOf({ regions: [REGION] })), { regions: [] });
  return { source, network: await readNetwork(source) };
}

async function ask(
  { source, network }: Awaited<ReturnType<typeof opened>>,
  { from, to, traffic }: Flow,
): Promise<Diagnosis> {
  return explained(
    source,
    network,
    { source: from, target: to },
    {
      ...(traffic === undefined ? {} : { traffic }),
      extent: 'whole-regions',
      onMissing: (what, error) => {
        throw new Error(what, { cause: error });
      },
    },
  );
}

function flowText({ test, from, to, traffic, way }: Flow): string {
  const what =
    traffic === undefined || traffic.protocol === 'icmp' ? 'ping' : `${traffic.protocol} ${traffic.port}`;
  return `${test}: ${from} to ${to}, ${what}${way === undefined ? '' : ', the answer'}`;
}

describe.each([...NETWORKS, ...FILTERS])('the diagnosis and Batfish, on $name', ({ facts, flows }) => {
  let saved: Awaited<ReturnType<typeof opened>>;
  beforeAll(async () => {
    saved = await opened(facts);
  });

  const judged = flows.filter(({ unjudged }) => unjudged === undefined);
  if (judged.length > 0) {
    it.each(judged.map((flow) => ({ flow, text: flowText(flow) })))('agree, $text', async ({ flow }) => {
      const { reachable, firstFailure } = await ask(saved, flow);
      const { disposition, lostAt, way = 'there' } = flow;
      expect({ reachable, hop: firstFailure?.hop, direction: firstFailure?.direction }).toEqual({
        reachable: VERDICTS[disposition],
        hop: lostAt,
        direction: lostAt === undefined ? undefined : way,
      });
    });
  }

  const open = flows.filter(({ unjudged }) => unjudged !== undefined);
  if (open.length > 0) {
    it.each(open.map((flow) => ({ flow, text: flowText(flow), why: flow.unjudged })))(
      'differ, as $why: $text',
      async ({ flow }) => {
        const told = await ask(saved, flow).catch((error: unknown) => error);
        if (isRefused(flow)) {
          expect(told).toBeInstanceOf(EndpointError);
        } else {
          expect(told).toMatchObject({ reachable: 'not-visible' });
        }
      },
    );
  }
});
