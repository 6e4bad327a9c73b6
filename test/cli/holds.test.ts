import { freezeNote } from '../../lib/model/freeze.ts';
import { NO_MEMORY, type RegionMemory } from '../../lib/model/memory.ts';
import { repairKey } from '../../lib/routing/contested.ts';
import { inventory, OWN, PEER, PREFIX, peering, REGION, route, table, vpc } from '../support/fixtures.ts';
import { noted, PLAN_NOW, registryOf } from '../support/plan-of.ts';
import { type Said, type Situation, saidOf } from './support/views.ts';

jest.mock('../../cli/source/open.ts', () => jest.requireActual('./support/views.ts'));
jest.mock('../../cli/read.ts', () => jest.requireActual('./support/views.ts'));

/**
 * All that keeps the product from acting, against all sentences that say that it acts by itself: what is not done is nowhere said
 * to be done, and once what is advised was done, it is.
 */

const NOW = Math.floor(PLAN_NOW.getTime() / 1000);
const LIVE = 'pcx-00000001';
const ASKED = 'pcx-00000002';
const TABLE = 'rtb-0000000a';
const a = vpc('vpc-0000000a', ['10.1.0.0/16']);
const b = vpc('vpc-0000000b', ['10.2.0.0/16']);
const theirs = vpc('vpc-0000000d', ['10.4.0.0/16'], { accountId: PEER });

interface Hold {
  readonly policy?: Readonly<Record<string, unknown>>;
  readonly memory?: (memory: RegionMemory) => RegionMemory;
  readonly kind?: Situation['kind'];
  readonly unread?: Situation['unread'];
}

/** An own route that somebody deleted, and a request of another account that a rule accepts. */
function situation({ policy = {}, memory = (it) => it, kind, unread }: Hold): Situation {
  const own = registryOf([`${TABLE} 10.2.0.0/16 ${LIVE}`, `rtb-0000000b 10.1.0.0/16 ${LIVE}`]);
  return {
    inventory: inventory({
      vpcs: [a, b],
      peerings: [peering(LIVE, a, b), peering(ASKED, theirs, a, { status: 'pending-acceptance' })],
      tables: [
        table(TABLE, a, [], { optIn: '*' }),
        table('rtb-0000000b', b, [route('10.1.0.0/16', LIVE)], { optIn: '*' }),
      ],
    }),
    policy: {
      version: 1,
      tagPrefix: PREFIX,
      regions: [REGION],
      rules: [{ name: 'peers', effect: 'accept', remote: { accounts: ['self', PEER] } }],
      ...policy,
    },
    memory: memory(own),
    now: PLAN_NOW,
    ...(kind === undefined ? {} : { kind }),
    ...(unread === undefined ? {} : { unread }),
  };
}

const refusedNote = (call: string, of: string) => ({
  kind: 'note' as const,
  key: `call-failed ${call} ${of}`,
  value: 'UnauthorizedOperation',
  at: NOW - 600,
});
const reason = 'DescribeVpcs is not permitted.';

/** Of the route, of the request, or of both. */
const HOLDS: Readonly<Record<string, Hold & { readonly holds: 'route' | 'request' | 'both' }>> = {
  'mode: observe': { holds: 'both', policy: { mode: 'observe' } },
  'peering freeze': {
    holds: 'both',
    memory: (it) => noted(it, [freezeNote({ by: 'ann', because: 'audit', since: NOW - 60 })]),
  },
  'guardrails.freeze': { holds: 'request', policy: { guardrails: { freeze: true } } },
  'drift.repair: false': { holds: 'route', policy: { drift: { repair: false } } },
  'a repair that something keeps undoing': {
    holds: 'route',
    memory: (it) => ({
      ...it,
      repairs: new Map([
        [repairKey({ routeTableId: TABLE, destination: '10.2.0.0/16' }), [NOW - 900, NOW - 600, NOW - 300]],
      ]),
    }),
  },
  'AWS refuses CreateRoute': {
    holds: 'route',
    memory: (it) => noted(it, [refusedNote('CreateRoute', TABLE)]),
  },
  'AWS refuses AcceptVpcPeeringConnection': {
    holds: 'request',
    memory: (it) => noted(it, [refusedNote('AcceptVpcPeeringConnection', ASKED)]),
  },
  'no peering left of the quota': { holds: 'request', policy: { guardrails: { peeringsPerVpc: 2 } } },
  'no stack': { holds: 'both', kind: 'live', memory: () => NO_MEMORY },
  'a registry that is not to be read': {
    holds: 'route',
    kind: 'live',
    memory: () => NO_MEMORY,
    unread: [{ accountId: OWN, region: REGION, resource: REGION, reason }],
  },
};

/** All that is printed of it. */
function allOf({ plan, drift, status, requests, page }: Said): string {
  return [plan, drift, status, requests].map(({ stdout }) => stdout).join('\n') + page;
}

it('says what acts by itself where nothing keeps it', async () => {
  const said = await saidOf(situation({}));
  expect(said.drift.stdout).toContain('by the next sweep of the stack');
  expect(said.requests.stdout).toMatch(
    /To do +Nothing, where the stack runs this policy: its functions accept it/,
  );
  expect(said.requests.stdout).toContain('Requests that wait: 0 for a person here, 1 for the functions.');
  expect(said.requests.code).toBe(0);
  expect(said.json.status.views.some(({ health }) => health === 'waiting')).toBe(false);
});

it('says in the plan that nothing of it is done by itself where no stack was found', async () => {
  const { plan } = await saidOf(situation({ kind: 'live', memory: () => NO_MEMORY }));
  expect(plan.stdout).toContain('No stack was found, so none of it is done by itself.');
  const deployed = await saidOf(situation({ kind: 'live' }));
  expect(deployed.plan.stdout).not.toContain('No stack was found');
});

describe.each(Object.entries(HOLDS))('%s', (_, { holds, ...hold }) => {
  it('is nowhere said to be over by itself', async () => {
    const said = await saidOf(situation(hold));
    expect(allOf(said)).not.toMatch(
      /nothing to do(?! for the automation)|as it should be|everything is fine/i,
    );
    if (holds !== 'request') {
      expect(said.drift.stdout).not.toContain('by the next sweep of the stack');
      expect(allOf(said)).not.toMatch(/being repaired/i);
    }
    if (holds === 'request') expect(said.drift.stdout).toContain('or by the next sweep of the stack');
    if (holds !== 'route') {
      expect(said.requests.stdout).not.toMatch(/To do +Nothing|for the functions/);
      expect(said.requests.stdout).toContain('Requests that wait: 1 for a person here.');
      expect(said.requests.code).toBe(2);
      expect(said.page).toContain('waiting: 1 ');
      const ours = said.json.status.views.find(({ peeringId }) => peeringId === ASKED);
      expect(ours?.health).toBe('waiting');
    }
  });
});
