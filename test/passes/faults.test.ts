import type { Hint } from '../../lib/model/hint.ts';
import { createPace } from '../../lib/ports/pace.ts';
import { type CallFault, withFaults } from '../support/faulty.ts';
import { OWN, peering, policyOf, REGION, route, STRANGER, SYNCED, table, vpc } from '../support/fixtures.ts';
import { createMemoryAws, type MemoryAws } from '../support/memory-aws.ts';
import { awsError } from '../support/memory-ec2.ts';
import { decideRequests, detectDrift, syncRoutes } from '../support/passes.ts';

/**
 * A fault at any single call of any pass, then what follows in the deployed stack: Lambda tries the event again if the
 * pass failed for now, and a sweep comes. The end must be the one of a run without a fault.
 */

const NOW = new Date('2026-03-01T12:00:00Z');
const vpcA = vpc('vpc-aaaaaaaa', ['10.1.0.0/16', '2001:db8:1::/56']);
const vpcB = vpc('vpc-bbbbbbbb', ['10.2.0.0/16', '2001:db8:2::/56']);
const stranger = vpc('vpc-cccccccc', ['10.3.0.0/16'], { accountId: STRANGER });
const WANTED = 'pcx-11111111';
const HELD = 'pcx-22222222';
const REJECTED = 'pcx-33333333';
const DEAD = 'pcx-44444444';
const DRIFTED = 'pcx-55555555';
const vpcD = vpc('vpc-dddddddd', ['10.4.0.0/16']);
const rejected = vpc('vpc-eeeeeeee', ['10.5.0.0/16'], { accountId: '444444444444' });

const policy = policyOf({
  rules: [
    { name: 'own', effect: 'accept', remote: { accounts: ['self'] }, routes: { dnsResolution: true } },
    { name: 'never', effect: 'reject', remote: { accounts: ['444444444444'] } },
  ],
});

/** One of everything that a pass can have to do. */
function world(): MemoryAws {
  return createMemoryAws({
    peerings: [
      peering(WANTED, vpcA, vpcB, { status: 'pending-acceptance' }),
      peering(HELD, stranger, vpcA, { status: 'pending-acceptance' }),
      peering(REJECTED, rejected, vpcA, { status: 'pending-acceptance' }),
      peering(DEAD, vpcA, stranger, { status: 'deleted' }),
      peering(DRIFTED, vpcA, vpcD, { tags: SYNCED }),
    ],
    vpcs: [vpcA, vpcB, vpcD],
    tables: [
      table(
        'rtb-aaaaaaaa',
        vpcA,
        [route('0.0.0.0/0', 'igw-1'), route('10.9.0.0/16', DEAD, { state: 'blackhole' })],
        {
          optIn: '*',
        },
      ),
      table('rtb-bbbbbbbb', vpcB, [], { optIn: '*' }),
      table('rtb-dddddddd', vpcD, [route('10.1.0.0/16', DRIFTED)], { optIn: '*' }),
    ],
  });
}

type Faulty = ReturnType<typeof withFaults>;

function dependencies(aws: Faulty) {
  return {
    ...aws,
    accountId: OWN,
    policy,
    managedRegions: [REGION],
    pace: createPace({ now: () => 0, sleep: async () => undefined }),
    now: () => NOW,
  };
}

const created = (peeringId: string): Hint => ({
  kind: 'peering',
  peeringId,
  region: REGION,
  cause: 'CreateVpcPeeringConnection',
});
const accepted: Hint = { kind: 'peering', peeringId: WANTED, region: REGION, cause: 'Peering Accepted' };
const region = (cause: string): Hint => ({ kind: 'region', region: REGION, cause });

/** Whether Lambda would try the event again. */
async function again(pass: () => Promise<'failed for now' | 'over'>): Promise<boolean> {
  try {
    return (await pass()) === 'failed for now';
  } catch {
    return true;
  }
}

/** As Lambda does: at most three times, as long as the function fails. */
async function invoke(pass: () => Promise<'failed for now' | 'over'>): Promise<boolean> {
  for (let attempt = 0; attempt < 3; attempt += 1) {
    if (!(await again(pass))) return true;
  }
  return false;
}

const hasRetry = (failures: readonly { readonly retry?: boolean }[]) =>
  failures.some(({ retry }) => retry === true) ? ('failed for now' as const) : ('over' as const);

async function run(aws: Faulty): Promise<void> {
  const parts = dependencies(aws);
  for (const hint of [created(WANTED), created(HELD), created(REJECTED)]) {
    await invoke(async () => hasRetry(await decideRequests(hint, parts)));
  }
  const sync = (hint: Hint) =>
    invoke(async () => hasRetry((await syncRoutes(hint, parts)).flatMap(({ failures }) => failures)));
  await sync(accepted);
  // The sweep: detect-drift and accept-requests look over the Region, and sync-routes does what is handed on.
  await invoke(async () => {
    await detectDrift(region('Sweep Requested'), parts);
    return 'over';
  });
  await invoke(async () => hasRetry(await decideRequests(region('Sweep Requested'), parts)));
  await sync(region('Routes Remaining'));
}

function endOf({ state }: Pick<Faulty, 'state'>) {
  return {
    peerings: state.peerings.map(({ peeringId, status, tags, requester, accepter }) => ({
      peeringId,
      status,
      tags,
      dns: [requester.dnsResolution, accepter.dnsResolution],
    })),
    tables: state.tables.map(({ routeTableId, routes }) => ({
      routeTableId,
      routes: routes.map(({ destination, target }) => `${destination} ${target.id}`).sort(),
    })),
  };
}

const FAULTS: readonly (readonly [string, CallFault])[] = [
  ['is throttled', { when: 'before', error: awsError('RequestLimitExceeded', 'slow down', 503) }],
  [
    'answers too late',
    { when: 'after', error: Object.assign(new Error('no answer'), { name: 'TimeoutError' }) },
  ],
  ['finds nothing', { when: 'before', error: awsError('InvalidVpcPeeringConnectionID.NotFound', 'not yet') }],
  ['is denied', { when: 'before', error: awsError('UnauthorizedOperation', 'not permitted', 403) }],
];

describe('without a fault', () => {
  it('everything there is to do gets done', async () => {
    const aws = withFaults(world(), () => undefined);
    await run(aws);
    const { peerings, tables } = endOf(aws);
    expect(peerings.map(({ peeringId, status }) => `${peeringId} ${status}`)).toEqual([
      `${WANTED} active`,
      `${HELD} pending-acceptance`,
      `${REJECTED} rejected`,
      `${DEAD} deleted`,
      `${DRIFTED} active`,
    ]);
    expect(tables).toEqual([
      {
        routeTableId: 'rtb-aaaaaaaa',
        routes: [
          '0.0.0.0/0 igw-1',
          '10.1.0.0/16 local',
          `10.2.0.0/16 ${WANTED}`,
          `10.4.0.0/16 ${DRIFTED}`,
          '2001:db8:1::/56 local',
          `2001:db8:2::/56 ${WANTED}`,
        ],
      },
      {
        routeTableId: 'rtb-bbbbbbbb',
        routes: [
          `10.1.0.0/16 ${WANTED}`,
          '10.2.0.0/16 local',
          `2001:db8:1::/56 ${WANTED}`,
          '2001:db8:2::/56 local',
        ],
      },
      {
        routeTableId: 'rtb-dddddddd',
        routes: [`10.1.0.0/16 ${DRIFTED}`, `10.4.0.0/16 local`, `2001:db8:1::/56 ${DRIFTED}`],
      },
    ]);
  });
});

describe.each(FAULTS)('a single call that %s', (_what, fault) => {
  it('changes nothing of how it ends, whichever call it is', async () => {
    const clean = withFaults(world(), () => undefined);
    await run(clean);
    const expected = endOf(clean);
    const problems: string[] = [];
    for (let at = 0; at < clean.calls.length; at += 1) {
      const aws = withFaults(world(), (_call, index) => (index === at ? fault : undefined));
      await run(aws);
      try {
        expect(endOf(aws)).toEqual(expected);
      } catch (error) {
        problems.push(`${at} ${aws.calls[at]}: ${error instanceof Error ? error.message : String(error)}`);
      }
    }
    expect(problems).toEqual([]);
  });
});
