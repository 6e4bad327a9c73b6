import { assess } from '../../lib/assessment/assess.ts';
import type { HistoryEvent } from '../../lib/model/history.ts';
import { createAddressPlanLookup } from '../../lib/passes/address-plan.ts';
import { type PublishDependencies, publishReport } from '../../lib/passes/publish-report.ts';
import { readRegions, stateOf } from '../../lib/passes/read-state.ts';
import { OWN, PREFIX, peering, policyOf, REGION, route, table, vpc } from '../support/fixtures.ts';
import { createMemoryAws, type MemoryAwsState } from '../support/memory-aws.ts';

/** The page that the stack keeps in a bucket, over an AWS in memory. */

const FAR = 'eu-west-1';
const NOW = new Date('2026-03-01T12:00:00Z');
const A = vpc('vpc-aaaaaaaa', ['10.1.0.0/16'], { tags: { Name: 'prod' } });
const B = vpc('vpc-bbbbbbbb', ['10.2.0.0/16']);

function denied(call: string): Error {
  return Object.assign(new Error(`You are not authorized to perform: ${call}`), {
    name: 'UnauthorizedOperation',
  });
}

const throttled = () => Object.assign(new Error('slow down'), { name: 'RequestLimitExceeded' });

type PolicyParts = Parameters<typeof policyOf>[0];

interface Setting {
  readonly policy?: PolicyParts;
  readonly network?: Partial<MemoryAwsState>;
  readonly planError?: Error;
  readonly regions?: readonly string[];
  /** Thrown in place of reading the Region. */
  readonly unread?: Readonly<Record<string, Error>>;
  readonly events?: readonly HistoryEvent[];
  readonly historyError?: Error;
  readonly storeError?: Error;
}

async function published({
  policy: parts = {},
  network = {},
  regions = [REGION],
  unread = {},
  events = [],
  ...errors
}: Setting = {}) {
  const policy = policyOf({ regions, report: { publish: 'stack' }, ...parts });
  const allocated = async () => {
    if (errors.planError !== undefined) throw errors.planError;
    return [];
  };
  const aws = createMemoryAws({
    peerings: [peering('pcx-11112222', A, B)],
    vpcs: [A, B],
    tables: [
      table('rtb-aaaaaaaa', A, [route('10.2.0.0/16', 'pcx-11112222')], { optIn: '*' }),
      table('rtb-bbbbbbbb', B, [], { optIn: '*' }),
    ],
    ...network,
  });
  const pages: { readonly html: string; readonly owner: string }[] = [];
  const dependencies: PublishDependencies = {
    accountId: OWN,
    policy,
    managedRegions: regions,
    memory: aws.memory,
    journal: aws.journal,
    now: () => NOW,
    addressPlan: createAddressPlanLookup({ readPool: allocated, readScope: allocated }),
    reader: {
      ...aws.reader,
      async readTables(region, ...given) {
        const error = unread[region];
        if (error !== undefined) throw error;
        return aws.reader.readTables(region, ...given);
      },
    },
    history: {
      async eventsOf(region) {
        if (errors.historyError !== undefined) throw errors.historyError;
        return region === REGION ? events : [];
      },
    },
    store: {
      async publish(html, owner) {
        if (errors.storeError !== undefined) throw errors.storeError;
        pages.push({ html, owner });
        return 's3://reports/peerings.html';
      },
    },
  };
  const summary = await publishReport(dependencies);
  return { aws, policy, dependencies, summary, pages, html: pages[0]?.html ?? '' };
}

it('puts one page of all managed Regions in the bucket of the own account, and writes nothing else', async () => {
  const { aws, summary, pages, html } = await published({ regions: [REGION, FAR] });
  expect(pages).toHaveLength(1);
  expect(pages[0]?.owner).toBe(OWN);
  expect(summary).toMatchObject({ published: 's3://reports/peerings.html', notJudged: 0, failures: [] });
  expect(summary.size).toBe(html.length);
  expect(html).toContain(`Account ${OWN}, ${REGION}, ${FAR}, policy in mode enforce.`);
  expect(html).toContain('2026-03-01 12:00 UTC');
  expect(html).toContain('<small>prod</small>');
  expect({ writes: aws.writes, events: aws.events, notifications: aws.notifications }).toEqual({
    writes: [],
    events: [],
    notifications: [],
  });
});

it('shows the changes and findings of the one assessment', async () => {
  const { html, dependencies, policy } = await published();
  const { regions } = await readRegions(dependencies, [{ region: REGION }]);
  const { state, memory } = await stateOf(dependencies, regions);
  const { changes, findings } = assess(state, policy, memory, NOW);
  expect(changes.map(({ action, routeTableId }) => [action, routeTableId])).toEqual([
    ['create', 'rtb-bbbbbbbb'],
  ]);
  expect(html).toContain(`Changes that would be made (${changes.length})`);
  expect(html).toContain(`Findings (${findings.length})`);
  expect(html).toContain('rtb-bbbbbbbb');
});

it('says of a Region that could not be read that it was not judged, and publishes what was', async () => {
  const { html, summary, aws } = await published({
    regions: [REGION, FAR],
    unread: { [FAR]: denied('ec2:DescribeRouteTables') },
  });
  expect(html).toMatch(/Not judged \(1\)/);
  expect(html).toContain(`${FAR} could not be read:`);
  expect(html).toContain('not judged: 1');
  expect(html).not.toMatch(/class="health good"/);
  expect(html).toContain('pcx-11112222');
  expect(summary.failures).toEqual([expect.objectContaining({ retry: false })]);
  expect(aws.metrics.PermanentFailures).toBe(1);
});

it('tries again what may pass, and rings nothing for it', async () => {
  const { html, summary, aws } = await published({ unread: { [REGION]: throttled() } });
  expect(html).toMatch(/Not judged \(1\)/);
  expect(summary.failures).toEqual([expect.objectContaining({ retry: true })]);
  expect(aws.metrics.PermanentFailures).toBeUndefined();
});

it('has what happened lately, the newest first, and says so where that could not be read', async () => {
  const event = (at: string, what: string): HistoryEvent => ({
    at: Date.parse(at),
    kind: 'decided',
    peeringId: 'pcx-11112222',
    what,
    why: '',
    by: 'policy',
  });
  const { html } = await published({
    events: [
      event('2026-02-27T10:00:00Z', 'The older event.'),
      event('2026-02-28T10:00:00Z', 'The newer event.'),
    ],
  });
  expect(html).toContain('History of the last 7 days (2)');
  expect(html.indexOf('The newer event.')).toBeLessThan(html.indexOf('The older event.'));

  const without = await published({ historyError: denied('dynamodb:Query') });
  expect(without.html).toContain('The history is not on this page.');
  expect(without.html).toContain('not authorized');
  expect(without.aws.metrics.PermanentFailures).toBe(1);
});

it('rings when the page cannot be put into the bucket', async () => {
  const { summary, aws } = await published({ storeError: new Error('The bucket reports is open.') });
  expect(summary).not.toHaveProperty('published');
  expect(summary.failures).toEqual([{ reason: expect.stringContaining('is open'), retry: false }]);
  expect(aws.metrics.PermanentFailures).toBe(1);
  expect(aws.errors).toContainEqual(expect.objectContaining({ reason: expect.stringContaining('is open') }));
});

it('says of a peering that lives for a time when it ends, and how much of the other VPC is routed', async () => {
  const timed = peering('pcx-11112222', A, B, { tags: { [`${PREFIX}:expires`]: '2026-03-05T00:00:00Z' } });
  const { html } = await published({ network: { peerings: [timed] } });
  expect(html).toContain('Ends on');
  expect(html).toContain('2026-03-05 00:00 UTC (tag)');
  expect(html).toContain('Routed part of the other VPC (2)');
  const { html: untimed } = await published();
  expect(untimed).not.toContain('Ends on');
});

it('counts the peerings that connect and mesh are about to request', async () => {
  const tags = { Mesh: 'core' };
  const vpcs = [
    vpc('vpc-cccccccc', ['10.3.0.0/16'], { tags }),
    vpc('vpc-dddddddd', ['10.4.0.0/16'], { tags }),
    vpc('vpc-eeeeeeee', ['10.5.0.0/16'], { tags }),
  ];
  const network = { peerings: [], vpcs, tables: [] };
  const { html } = await published({ policy: { mesh: { tags } }, network });
  expect(html).toContain('To do: 3 peerings to request.');
  const held = { mesh: { tags }, guardrails: { maxRequests: 2 } };
  const { html: heldHtml } = await published({ policy: held, network });
  expect(heldHtml).toContain('Held: 3 peerings (too many requests at once, guardrails.maxRequests).');
});

describe('an address plan that could not be read', () => {
  const id = 'ipam-pool-0a1b2c3d4e5f60718';
  const policy: PolicyParts = {
    guardrails: { ipam: { pools: [{ id, region: REGION }] } },
    rules: [{ name: 'own', effect: 'accept', remote: { accounts: ['self'] } }],
  };
  const network = { peerings: [peering('pcx-22223333', A, B, { status: 'pending-acceptance' })] };

  it('is on the page, and rings where it does not pass', async () => {
    const { html, aws } = await published({
      policy,
      network,
      planError: denied('ec2:GetIpamPoolAllocations'),
    });
    expect(html).toContain(`${id} of the address plan could not be read: `);
    expect(aws.metrics.PermanentFailures).toBe(1);
  });

  it('is tried again where that may help', async () => {
    const { html, summary, aws } = await published({ policy, network, planError: throttled() });
    expect(html).toContain(`${id} of the address plan could not be read: `);
    expect(summary.failures).toEqual([expect.objectContaining({ retry: true })]);
    expect(aws.metrics.PermanentFailures).toBeUndefined();
  });
});
