import type { Hint } from '../../lib/model/hint.ts';
import type { PeeringStatus } from '../../lib/model/peering.ts';
import { createOrganizationLookup } from '../../lib/passes/organization.ts';
import type { OrganizationFacts, OrganizationLookup } from '../../lib/ports/organization.ts';
import { createPace } from '../../lib/ports/pace.ts';
import {
  OWN,
  PEER,
  PREFIX,
  peering,
  policyOf,
  REGION,
  route,
  SYNCED,
  table,
  vpc,
} from '../support/fixtures.ts';
import { createMemoryAws, type MemoryAws } from '../support/memory-aws.ts';
import { decideRequests, syncRoutes } from '../support/passes.ts';

/** What the passes do with what Organizations says, and with its silence. */

const UNIT = 'ou-ab12-cdef3456';
const PCX = 'pcx-11112222';
const TABLE = 'rtb-11111111';
const local = vpc('vpc-11111111', ['10.1.0.0/16']);
const remote = vpc('vpc-22222222', ['10.2.0.0/16'], { accountId: PEER });
const sweep: Hint = { kind: 'region', region: REGION, cause: 'Sweep Requested' };

/** Tags of a peering that the product accepted by the rule and routed. */
const WAS_ROUTED = { ...SYNCED, [`${PREFIX}:rule`]: 'members' };

const MEMBER: OrganizationFacts = { organizationalUnits: [UNIT, 'r-ab12'], accountTags: { Team: 'net' } };
const MOVED: OrganizationFacts = { organizationalUnits: ['r-ab12'], accountTags: { Team: 'net' } };

function answering(answer: OrganizationFacts | string): OrganizationLookup {
  return createOrganizationLookup(
    {
      async readAccount() {
        if (typeof answer === 'string') {
          throw Object.assign(new Error(`${answer} was answered`), { name: answer });
        }
        return answer;
      },
    },
    { now: () => 0 },
  );
}

function world(status: PeeringStatus, routes: Parameters<typeof table>[2] = []): MemoryAws {
  return createMemoryAws({
    peerings: [peering(PCX, remote, local, { status, tags: status === 'active' ? WAS_ROUTED : {} })],
    vpcs: [local],
    tables: [table(TABLE, local, routes, { optIn: '*' })],
  });
}

const routed = () => world('active', [route('10.2.0.0/16', PCX)]);

function dependencies(aws: MemoryAws, answer: OrganizationFacts | string) {
  return {
    ...aws,
    accountId: OWN,
    policy: policyOf({
      drift: { repair: true, onUntag: 'remove' },
      rules: [
        {
          name: 'members',
          effect: 'accept',
          remote: { organizationalUnits: [UNIT], accountTags: { Team: 'net' } },
        },
      ],
    }),
    managedRegions: [REGION],
    organization: answering(answer),
    pace: createPace({ now: Date.now, sleep: async () => undefined }),
    now: () => new Date('2026-03-01T12:00:00Z'),
  };
}

describe('a request under a rule that selects by organization', () => {
  async function decided(answer: OrganizationFacts | string) {
    const aws = world('pending-acceptance');
    const outcomes = await decideRequests(sweep, dependencies(aws, answer));
    return { aws, outcomes };
  }

  it('is accepted when the account is in the unit and tagged', async () => {
    const { aws, outcomes } = await decided(MEMBER);
    expect(outcomes).toEqual([expect.objectContaining({ result: 'accepted', rule: 'members' })]);
    expect(aws.writes).toContain(`accept ${PCX}`);
  });

  it.each([
    ['in another unit', MOVED],
    ['in no organization of ours', { organizationalUnits: [], accountTags: {} }],
    ['tagged differently', { ...MEMBER, accountTags: { Team: 'web' } }],
  ])('is held when the account is %s', async (_where, facts) => {
    const { aws, outcomes } = await decided(facts);
    expect(outcomes).toEqual([expect.objectContaining({ result: 'held' })]);
    expect(aws.writes).not.toContain(`accept ${PCX}`);
  });

  it('is held with the reason when Organizations refuses to answer', async () => {
    const { aws, outcomes } = await decided('AccessDeniedException');
    expect(outcomes).toEqual([
      expect.objectContaining({
        result: 'held',
        reason: expect.stringContaining('could not be read (AccessDeniedException was answered)'),
      }),
    ]);
    expect(aws.metrics.PermanentFailures).toBe(1);
  });

  it('is neither accepted nor told to people while Organizations is throttled: it is tried again', async () => {
    const { aws, outcomes } = await decided('TooManyRequestsException');
    expect(outcomes).toEqual([expect.objectContaining({ result: 'failed', retry: true })]);
    expect([aws.writes, aws.notifications]).toEqual([[], []]);
  });
});

describe('routes of a live peering under such a rule', () => {
  it('are written when the account is in the unit', async () => {
    const aws = world('active');
    await syncRoutes(sweep, dependencies(aws, MEMBER));
    expect(aws.writes).toContain(`createRoute ${TABLE} 10.2.0.0/16 ${PCX}`);
  });

  it.each(['AccessDeniedException', 'TooManyRequestsException', 'TimeoutError'])(
    'stay exactly as they are while Organizations answers %s, even when onUntag removes',
    async (name) => {
      const aws = routed();
      const before = aws.state.tables;
      const results = await syncRoutes(sweep, dependencies(aws, name));
      expect(results).toEqual([expect.objectContaining({ findings: 0, deleted: 0 })]);
      expect(aws.writes).toEqual([]);
      expect(aws.state.tables).toEqual(before);
    },
  );

  it('asks for a retry of the sync when what failed may pass', async () => {
    const retries = async (name: string) =>
      (await syncRoutes(sweep, dependencies(routed(), name))).flatMap(({ failures }) =>
        failures.map(({ retry }) => retry),
      );
    expect([await retries('TooManyRequestsException'), await retries('AccessDeniedException')]).toEqual([
      [true],
      [],
    ]);
  });

  it('go when the account truly left the unit and the policy says remove', async () => {
    const aws = routed();
    await syncRoutes(sweep, dependencies(aws, MOVED));
    expect(aws.writes).toContain(`deleteRoute ${TABLE} 10.2.0.0/16`);
  });
});
