import { readGraph } from '../../cli/graph/read-graph.ts';
import type { Status } from '../../cli/status.ts';

const NOW = new Date('2026-03-01T12:00:00Z');

type View = Status['document']['views'][number];

function viewOf(localVpc: string, view: Partial<View> = {}): View {
  return {
    ...{
      health: 'ok',
      accountId: '111111111111',
      peeringId: 'pcx-1',
      peeringName: null,
      region: 'us-east-1',
    },
    ...{ localVpc, localName: null, remoteVpc: 'vpc-b', remoteName: null, remoteAccount: '111111111111' },
    ...{ remoteRegion: 'us-east-1', status: 'active', rule: 'all', reasons: [], standing: 'managed' },
    ...{
      decision: 'accept',
      routes: { desired: 2, present: 2 },
      lastPing: null,
      check: null,
      notes: [],
      expires: null,
    },
    ...view,
  };
}

function statusOf({
  views = [],
  findings = [],
  status = 'active',
  name,
}: {
  readonly views?: readonly View[];
  readonly findings?: readonly object[];
  readonly status?: string;
  readonly name?: string;
}): Status {
  const side = (vpcId: string) => ({
    vpcId,
    accountId: '111111111111',
    region: 'us-east-1',
    cidrs: ['10.0.0.0/16'],
  });
  const peering = {
    ...{ peeringId: 'pcx-1', status, requester: side('vpc-a'), accepter: side('vpc-b') },
    tags: name === undefined ? {} : { Name: name },
  };
  const inventory = { region: 'us-east-1', vpcs: new Map(), tables: [], peerings: [peering] };
  const scope = { accountId: '111111111111', region: 'us-east-1' };
  return {
    assessment: { accounts: [{ scopes: [{ scope, inventory }] }], names: new Map(), findings },
    document: { views },
  } as unknown as Status;
}

function edgeOf(given: Parameters<typeof statusOf>[0]) {
  return readGraph(statusOf(given), {}, NOW).edges[0];
}

describe('the state of a peering in the graph', () => {
  it.each([
    ['lost', 'lost'],
    ['not-checked', 'lost'],
    ['impaired', 'lost'],
    ['drift', 'drift'],
    ['one-sided', 'drift'],
    ['not-judged', 'not-judged'],
    ['waiting', 'pending'],
    ['requested', 'pending'],
    ['held', 'pending'],
    ['incomplete', 'pending'],
    ['no-table', 'unmanaged'],
    ['unmanaged', 'unmanaged'],
    ['ok', 'routed'],
  ] as const)('that status calls %s is %s', (health, state) => {
    expect(edgeOf({ views: [viewOf('vpc-a', { health })] })?.state).toBe(state);
  });

  it('is that of the worse side', () => {
    const views = [viewOf('vpc-a'), viewOf('vpc-b', { health: 'drift' })];
    expect(edgeOf({ views })?.state).toBe('drift');
  });

  it('is not unmanaged because of the side that no rule routes', () => {
    expect(edgeOf({ views: [viewOf('vpc-a', { health: 'unmanaged' }), viewOf('vpc-b')] })?.state).toBe(
      'routed',
    );
  });

  it('is drift where something is found that is about no side that is shown', () => {
    expect(
      edgeOf({ views: [viewOf('vpc-a')], findings: [{ kind: 'missing', peeringId: 'pcx-1' }] })?.state,
    ).toBe('drift');
    expect(
      edgeOf({ views: [viewOf('vpc-a')], findings: [{ kind: 'unreachable', peeringId: 'pcx-1' }] })?.state,
    ).toBe('lost');
  });

  it('is gone where routes still point to a dead one, which is left out otherwise', () => {
    expect(edgeOf({ status: 'deleted', findings: [{ kind: 'blackhole', peeringId: 'pcx-1' }] })?.state).toBe(
      'gone',
    );
    expect(edgeOf({ status: 'deleted' })).toBeUndefined();
  });

  it('without a side that was read is what EC2 says', () => {
    expect(edgeOf({})?.state).toBe('unmanaged');
    expect(edgeOf({ status: 'pending-acceptance' })?.state).toBe('pending');
  });
});

it('a peering has its name, and of each side routes, health and last ping', () => {
  const lastPing = {
    ...{
      at: '2026-03-01T11:57:00Z',
      verdict: 'reachable' as const,
      worst: 'ping',
      lossPercent: 0,
      averageRtt: 0.8,
    },
    ...{ roundTripTimes: null, priceClasses: [], sources: [], targets: [] },
  };
  const views = [
    viewOf('vpc-a', { lastPing, notes: ['waits'], reasons: ['Rule all matches.'] }),
    viewOf('vpc-b'),
  ];
  expect(edgeOf({ name: 'a-to-b', views })).toMatchObject({
    name: 'a-to-b',
    says: 'all',
    reasons: ['Waits.', 'Rule all matches.'],
    sides: [
      {
        vpcId: 'vpc-a',
        health: 'ok',
        routes: { present: 2, desired: 2 },
        ping: 'reachable 0.8 ms, 3 min ago',
      },
      { vpcId: 'vpc-b', ping: '' },
    ],
  });
});

it('names from outside are printable: nothing hides or turns text around', () => {
  expect(edgeOf({ name: 'a\u202eb\u0000c\u200b' })?.name).toBe('a\\u{202e}b\\u{0}c\\u{200b}');
});
