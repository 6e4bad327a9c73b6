import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { explained } from '../../cli/explained.ts';
import { readNetwork } from '../../cli/network.ts';
import { onePolicy } from '../../cli/policy.ts';
import { openSnapshot } from '../../cli/source/snapshot.ts';
import type { Diagnosis, HopName } from '../../lib/connectivity/diagnosis.ts';
import { EndpointError } from '../../lib/connectivity/endpoints.ts';
import { policyOf } from '../support/fixtures.ts';
import { REGION, writeSnapshot } from './batfish/answers.ts';
import type { Disposition, Flow, NetworkFacts, Published, Unjudged } from './batfish/facts.ts';
import { FILTERS } from './batfish/filters.ts';
import { NETWORKS } from './batfish/networks.ts';

/** Undefined: Batfish's tests do not say which verdict it is, so that the flow has to be among those that are left open. */
const VERDICTS: Readonly<Record<Disposition, Diagnosis['reachable'] | undefined>> = {
  ACCEPTED: true,
  DENIED_IN: false,
  DENIED_OUT: false,
  NO_ROUTE: false,
  NULL_ROUTED: false,
  NEIGHBOR_UNREACHABLE: false,
  // It leaves by a gateway, and neither says what becomes of it.
  EXITS_NETWORK: 'not-visible',
  'ACCEPTED or EXITS_NETWORK': undefined,
};

/** What may be said of a flow that is left open: the hops that are not visible, or why it is not answered at all. */
const SAID: Readonly<Record<Unjudged, readonly HopName[] | RegExp>> = {
  'a transit gateway is not modelled': ['route-table'],
  'what lies behind a gateway or gateway endpoint is not modelled': ['route-table'],
  'EC2 shows nothing of what a load balancer or NAT gateway lets in': ['security-group-in'],
  'the network ACLs were not saved': ['network-acl-out', 'network-acl-in'],
  'only ends inside a VPC are asked about': / is in no VPC that was read or that a peering shows\.$/,
  'an address of no VPC that nothing leads to is refused, as it may be a slip':
    / is in no VPC .*, and rtb-private of subnet-private has no route to it\.$/,
};

let directory: string;
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'judged-by-batfish-'));
});
afterAll(() => rmSync(directory, { recursive: true, force: true }));

/** As `peering explain --snapshot` reads it. */
async function opened(facts: NetworkFacts) {
  const place = mkdtempSync(join(directory, 'snapshot-'));
  writeSnapshot(facts, place);
  const source = openSnapshot(place, onePolicy(policyOf({ regions: [REGION] }), 'policy.yml'), {
    regions: [],
    reach: 'managed',
  });
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

const PUBLISHED = [...NETWORKS, ...FILTERS];

/** Those that the diagnosis judges, and those that it leaves open. */
function parted(flows: readonly Flow[]) {
  const judged = flows.filter(({ unjudged }) => unjudged === undefined);
  const open = flows.flatMap(({ unjudged, ...flow }) =>
    unjudged === undefined ? [] : [{ why: unjudged, flow, text: flowText(flow) }],
  );
  return { judged: judged.map((flow) => ({ flow, text: flowText(flow) })), open };
}

describe.each(PUBLISHED)('explain, on a network that Batfish judged: $name', ({ facts, flows }) => {
  const { judged, open } = parted(flows);
  let saved: Awaited<ReturnType<typeof opened>>;
  beforeAll(async () => {
    saved = await opened(facts);
  });

  // Jest takes no empty list.
  if (judged.length > 0) {
    it.each(judged)('agrees on the verdict and where it falls, $text', async ({ flow }) => {
      const { reachable, firstFailure } = await ask(saved, flow);
      const { disposition, lostAt, way = 'there' } = flow;
      expect({ reachable, hop: firstFailure?.hop, direction: firstFailure?.direction }).toEqual({
        reachable: VERDICTS[disposition],
        hop: lostAt,
        direction: lostAt === undefined ? undefined : way,
      });
    });
  }

  if (open.length > 0) {
    it.each(open)('leaves open, as $why, $text', async ({ why, flow }) => {
      const said = SAID[why];
      if (said instanceof RegExp) {
        await expect(ask(saved, flow)).rejects.toThrow(EndpointError);
        await expect(ask(saved, flow)).rejects.toThrow(said);
        return;
      }
      const { reachable, hops } = await ask(saved, flow);
      const unseen = hops.filter(({ status }) => status !== 'passes').map(({ name }) => name);
      expect({ reachable, unseen: [...new Set(unseen)].sort() }).toEqual({
        reachable: 'not-visible',
        unseen: [...said].sort(),
      });
    });
  }
});

it('is told in the docs with how many flows it agrees on, of how many', () => {
  const counted = (of: readonly Published[]) => {
    const { judged, open } = parted(of.flatMap(({ flows }) => flows));
    return `${judged.length} of ${judged.length + open.length}`;
  };
  const docs = readFileSync('docs/connectivity.md', 'utf8').replace(/\s+/g, ' ');
  expect(docs).toContain(`agrees on ${counted(PUBLISHED)} flows`);
  expect(docs).toContain(`${counted(NETWORKS)} on whole networks, and ${counted(FILTERS)} at the bounds`);
});
