import { readHint } from '../../lib/lambda/read-hint.ts';
import type { BusEvent } from '../../lib/model/events.ts';
import type { Hint } from '../../lib/model/hint.ts';
import { createPace } from '../../lib/ports/pace.ts';
import { OWN, PEER, peering, policyOf, REGION, STRANGER, table, vpc } from '../support/fixtures.ts';
import { createMemoryAws, type MemoryAwsOptions } from '../support/memory-aws.ts';
import { decideRequests, syncRoutes } from '../support/passes.ts';

/** Two accounts that both run the product and trust each other. */

const NOW = new Date('2026-03-01T12:00:00Z');
const PCX = 'pcx-11112222';
const own = vpc('vpc-11111111', ['10.1.0.0/16']);
const theirs = vpc('vpc-22222222', ['10.2.0.0/16'], { accountId: PEER, region: 'eu-west-1' });
const RULES = [{ name: 'peers', effect: 'accept' as const, remote: { accounts: [PEER] } }];

interface WorldParts extends MemoryAwsOptions {
  readonly policy?: Record<string, unknown>;
  readonly request?: ReturnType<typeof peering>;
  readonly optIn?: string;
}

function world({ policy = {}, request, optIn = '*', ...options }: WorldParts = {}) {
  const aws = createMemoryAws(
    {
      peerings: [request ?? peering(PCX, own, theirs, { status: 'pending-acceptance' })],
      vpcs: [own],
      tables: [table('rtb-11111111', own, [], optIn === '' ? {} : { optIn })],
    },
    options,
  );
  const dependencies = {
    ...aws,
    accountId: OWN,
    policy: policyOf({ trust: { accounts: [PEER] }, rules: RULES, ...policy }),
    managedRegions: [REGION],
    now: () => NOW,
    sleep: async () => undefined,
    pace: createPace({ now: Date.now, sleep: async () => undefined }),
    millisecondsLeft: () => 600_000,
  };
  return {
    aws,
    decide: (hint: Hint) => decideRequests(hint, dependencies),
    sync: (hint: Hint) => syncRoutes(hint, dependencies),
  };
}

const created: Hint = {
  kind: 'peering',
  peeringId: PCX,
  region: REGION,
  cause: 'CreateVpcPeeringConnection',
};
const accepted: Hint = { ...created, cause: 'Peering Accepted' };
const swept: Hint = { kind: 'region', region: REGION, cause: 'Sweep Requested' };

function fromPeer(type: string, detail: Record<string, unknown> = {}, account = PEER): Hint {
  const event = {
    source: 'vpc-peering-autopilot',
    'detail-type': type,
    account,
    region: REGION,
    detail: { accountId: account, region: REGION, peeringId: PCX, ...detail },
  };
  const hint = readHint(event, { accountId: OWN, managedRegions: [REGION] });
  if ('dropped' in hint) throw new Error(hint.dropped);
  return hint;
}

const told = (type: BusEvent['type']) => ({
  accountId: PEER,
  event: { type, detail: { accountId: OWN, region: 'eu-west-1', peeringId: PCX } },
});

describe('a request of this account to another one', () => {
  it('is told to the stack over there, with the Region in which it can be accepted', async () => {
    const { aws, decide } = world();
    expect(await decide(created)).toMatchObject([{ result: 'skipped' }]);
    expect(aws.toPeers).toEqual([told('Peering Requested')]);
  });

  it('is told once, not at every sweep', async () => {
    const { aws, decide } = world();
    await decide(swept);
    expect(aws.toPeers).toEqual([]);
  });

  it.each<[string, WorldParts]>([
    ['to an account that the policy does not trust', { policy: { trust: { accounts: [STRANGER] } } }],
    ['while the policy observes', { policy: { mode: 'observe' }, mode: 'observe' }],
    ['that is no longer pending', { request: peering(PCX, own, theirs) }],
  ])('is not told %s', async (_when, parts) => {
    const { aws, decide } = world(parts);
    await decide(created);
    expect(aws.toPeers).toEqual([]);
  });

  it('is no failure when the other side takes no event', async () => {
    const { decide } = world({
      fail: (call) => (call === 'publishTo' ? new Error('AccessDeniedException') : undefined),
    });
    expect(await decide(created)).toMatchObject([{ result: 'skipped' }]);
  });
});

describe('a request of another account, told by its stack', () => {
  const inbound = peering(PCX, theirs, own, { status: 'pending-acceptance' });

  it('is decided by policy and by what EC2 shows, like any other', async () => {
    const { aws, decide } = world({ request: inbound });
    expect(await decide(fromPeer('Peering Requested'))).toMatchObject([
      { result: 'accepted', rule: 'peers' },
    ]);
    expect(aws.writes).toContain(`accept ${PCX}`);
  });

  it('is held when the policy says so, whatever the event claims', async () => {
    const { aws, decide } = world({ request: inbound, policy: { rules: [] } });
    const hint = fromPeer('Peering Requested', { decision: 'accept', requester: { accountId: OWN } });
    expect(await decide(hint)).toMatchObject([{ result: 'held' }]);
    expect(aws.writes).not.toContain(`accept ${PCX}`);
  });

  it('is dropped when another account asked than the one that tells of it', async () => {
    const { aws, decide } = world({ request: inbound });
    expect(await decide(fromPeer('Peering Requested', {}, STRANGER))).toEqual([
      expect.objectContaining({ result: 'skipped' }),
    ]);
    expect(aws.writes).toEqual([]);
  });
});

describe('routes that are in place', () => {
  const active = peering(PCX, own, theirs);

  it('are told to the stack at the other end', async () => {
    const { aws, sync } = world({ request: active });
    await sync(accepted);
    expect(aws.writes.some((write) => write.startsWith('createRoute rtb-11111111 10.2.0.0/16'))).toBe(true);
    expect(aws.toPeers).toEqual([told('Routes Synced')]);
  });

  it('are told even where no table of this side takes any, because the other side waits for the acceptance', async () => {
    const { aws, sync } = world({ request: active, optIn: '' });
    await sync(accepted);
    expect(aws.toPeers).toEqual([told('Routes Synced')]);
  });

  it('are not told again by a pass that finds nothing to do', async () => {
    const { aws, sync } = world({ request: active });
    await sync(accepted);
    await sync(swept);
    expect(aws.toPeers).toHaveLength(1);
  });

  it('are not told to an account that the policy does not trust', async () => {
    const { aws, sync } = world({ request: active, policy: { trust: { accounts: [] } } });
    await sync(accepted);
    expect(aws.toPeers).toEqual([]);
  });

  it('on the other side make this side look too, and the two do not go on telling each other', async () => {
    const { aws, sync } = world({ request: active });
    await sync(fromPeer('Routes Synced'));
    expect(aws.writes.some((write) => write.startsWith('createRoute rtb-11111111 10.2.0.0/16'))).toBe(true);
    await sync(fromPeer('Routes Synced'));
    expect(aws.toPeers).toHaveLength(1);
  });

  it.each([
    ['an account that has no side of the peering', fromPeer('Routes Synced', {}, STRANGER)],
    ['a peering that is not there', fromPeer('Routes Synced', { peeringId: 'pcx-99999999' })],
  ])('according to %s lead to nothing', async (_whose, hint) => {
    const { aws, sync } = world({ request: active });
    expect(await sync(hint)).toEqual([]);
    expect(aws.writes).toEqual([]);
  });
});

describe('what another account may say', () => {
  const context = { accountId: OWN, managedRegions: [REGION] };
  const event = (parts: Record<string, unknown>) => ({
    source: 'vpc-peering-autopilot',
    'detail-type': 'Peering Requested',
    account: PEER,
    region: REGION,
    detail: { region: REGION, peeringId: PCX },
    ...parts,
  });

  it.each([
    ['a type that is not for it', { 'detail-type': 'Sweep Requested' }],
    ['a type that is not for it', { 'detail-type': 'Peering Accepted' }],
    ['another source', { source: 'aws.ec2' }],
    ['no account', { account: undefined }],
    ['an account that is none', { account: 'x'.repeat(300_000) }],
    ['a Region that is not managed', { detail: { region: 'eu-north-1', peeringId: PCX } }],
    ['no peering, which would be the whole Region', { detail: { region: REGION } }],
    ['a peering that is none', { detail: { region: REGION, peeringId: `${PCX}; rm -rf /` } }],
    ['a VPC in place of a peering', { detail: { region: REGION, vpcId: 'vpc-11111111' } }],
    ['a detail of another type', { detail: [[[]]] }],
  ])('is not %s', (_what, parts) => {
    expect(readHint(event(parts), context)).toEqual({ dropped: expect.any(String) });
  });
});
