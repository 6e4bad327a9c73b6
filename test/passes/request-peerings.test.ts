import type { Vpc } from '../../lib/model/peering.ts';
import { silenceNote } from '../../lib/model/silence.ts';
import { requestPeerings } from '../../lib/passes/request-peerings.ts';
import { type ConnectWorld, type ConnectWorldOptions, createConnectWorld } from '../support/connect-world.ts';
import { OWN, PEER, PREFIX, policyOf, REGION, vpc } from '../support/fixtures.ts';
import { awsError } from '../support/memory-ec2.ts';

const idOf = (index: number) => `vpc-${(0xa0000000 + index).toString(16)}`;

function tagged(index: number, role: string, parts: Partial<Vpc> = {}): Vpc {
  return vpc(idOf(index), [`10.${Math.floor(index / 200)}.${index % 200}.0/24`], {
    tags: { Role: role, Name: `${role}-${index}` },
    ...parts,
  });
}

const HUB_AND_SPOKES = {
  name: 'shared',
  hub: { tags: { Role: 'hub' } },
  spokes: { tags: { Role: 'spoke' } },
};
const hubs = (parts: Record<string, unknown> = {}) =>
  policyOf({ connect: [{ ...HUB_AND_SPOKES, ...parts }], guardrails: { maxRequests: 2000 } });

const DAY = 24 * 60;

function mails({ notifications }: ConnectWorld): string[] {
  return notifications.map(({ subject }) => subject);
}

describe('what is missing', () => {
  it('is requested once, named and tagged, and told once it is live', async () => {
    const world = createConnectWorld([tagged(1, 'hub'), tagged(2, 'spoke')], hubs());
    expect(await world.look()).toMatchObject({ wanted: 1, requested: 1, failures: [] });
    expect(world.ec2.live()).toMatchObject([
      {
        requester: { vpcId: idOf(1) },
        accepter: { vpcId: idOf(2) },
        tags: { Name: 'hub-1-to-spoke-2', [`${PREFIX}:connection`]: 'shared' },
      },
    ]);
    expect(world.events).toEqual([
      {
        type: 'Peering Requested',
        detail: { accountId: OWN, region: REGION, peeringId: world.ec2.live()[0]?.peeringId },
      },
    ]);
    expect(mails(world)).toEqual([]);
    world.ec2.acceptAll();
    expect(await world.look()).toMatchObject({ connected: 1, requested: 0 });
    expect(mails(world)).toEqual([`VPCs to connect in ${OWN}: 1 peering requested`]);
    expect(world.notifications[0]?.severity).toBe('notice');
    expect(world.notifications[0]?.message).toContain('1 live');
  });

  it('is nothing any more once all of it is live: no call that writes, nothing to remember, no message', async () => {
    const world = createConnectWorld([tagged(1, 'hub'), tagged(2, 'spoke'), tagged(3, 'spoke')], hubs());
    await world.look();
    world.ec2.acceptAll();
    await world.look();
    const [written, told] = [world.memory.writes().length, world.notifications.length];
    for (let sweep = 0; sweep < 3; sweep += 1) {
      world.pass(5);
      expect(await world.look()).toMatchObject({ requested: 0, deleted: 0, problems: 0, failures: [] });
    }
    expect(world.ec2.requestsMade()).toHaveLength(2);
    expect(world.memory.writes()).toHaveLength(written);
    expect(world.notifications).toHaveLength(told);
  });

  it('is not what somebody peered already, from whichever side', async () => {
    const [hub, spoke] = [tagged(1, 'hub'), tagged(2, 'spoke')];
    const world = createConnectWorld([hub, spoke], hubs());
    world.ec2.create(spoke, hub);
    expect(await world.look()).toMatchObject({ requested: 0 });
    world.ec2.acceptAll();
    await world.look();
    expect(world.ec2.requestsMade()).toEqual([]);
    expect(world.notifications).toEqual([]);
  });

  it('is not taken for gone while EC2 does not show yet what was requested or accepted a moment ago', async () => {
    const world = createConnectWorld([tagged(1, 'hub'), tagged(2, 'spoke')], hubs());
    const hideAll = () => world.ec2.hide(world.ec2.peerings().map(({ peeringId }) => peeringId));
    await world.look();
    hideAll();
    expect(await world.look()).toMatchObject({ requested: 0, problems: 0 });
    world.ec2.showAll();
    world.ec2.acceptAll();
    await world.look();
    hideAll();
    world.pass(1);
    expect(await world.look()).toMatchObject({ requested: 0, problems: 0 });
    world.ec2.showAll();
    expect(await world.look()).toMatchObject({ connected: 1, problems: 0 });
    expect(world.ec2.requestsMade()).toHaveLength(1);
    expect(mails(world)).toEqual([`VPCs to connect in ${OWN}: 1 peering requested`]);
  });

  it('takes up room, and one of the requests that may wait, also before EC2 shows it', async () => {
    const world = createConnectWorld(
      [tagged(0, 'hub'), ...Array.from({ length: 30 }, (_, index) => tagged(index + 1, 'spoke'))],
      hubs(),
    );
    await world.look();
    world.ec2.hide(world.ec2.live().map(({ peeringId }) => peeringId));
    await world.look();
    expect(world.ec2.requestsMade()).toHaveLength(25);
  });

  it('is remembered as requested when the tags go before EC2 shows it', async () => {
    const world = createConnectWorld(
      [tagged(1, 'hub'), tagged(2, 'spoke')],
      hubs({ onLeave: 'delete', leaveAfter: '1h' }),
    );
    await world.look();
    world.ec2.hide(world.ec2.live().map(({ peeringId }) => peeringId));
    world.ec2.retag(idOf(2), {});
    await world.look();
    world.ec2.showAll();
    world.ec2.acceptAll();
    await world.look();
    world.pass(61);
    expect(await world.look()).toMatchObject({ deleted: 1 });
  });

  it('is gone when EC2 does not show it minutes later', async () => {
    const world = createConnectWorld([tagged(1, 'hub'), tagged(2, 'spoke')], hubs());
    await world.look();
    world.ec2.hide(world.ec2.live().map(({ peeringId }) => peeringId));
    world.pass(6);
    expect(await world.look()).toMatchObject({ requested: 0, problems: 1 });
  });

  it('is requested across Regions from the hub, and heard of where it is accepted', async () => {
    const spoke = tagged(2, 'spoke', { region: 'eu-west-1' });
    const world = createConnectWorld([tagged(1, 'hub'), spoke], {
      ...hubs(),
      regions: [REGION, 'eu-west-1'],
    });
    await world.look();
    expect(world.events).toMatchObject([{ detail: { region: 'eu-west-1' } }]);
    world.ec2.acceptAll();
    await world.look();
    expect(await world.look()).toMatchObject({ requested: 0, connected: 1 });
  });

  it('is requested of every two in a mesh, from the lower id', async () => {
    const world = createConnectWorld(
      [3, 1, 2].map((index) => tagged(index, 'core')),
      policyOf({ mesh: { tags: { Role: 'core' } } }),
    );
    await world.look();
    expect(world.ec2.requestsMade()).toEqual([
      `request ${idOf(1)} ${idOf(2)}`,
      `request ${idOf(1)} ${idOf(3)}`,
      `request ${idOf(2)} ${idOf(3)}`,
    ]);
  });

  it('is only shown while observing, and while the Region is frozen', async () => {
    const observing = createConnectWorld([tagged(1, 'hub'), tagged(2, 'spoke')], {
      ...hubs(),
      mode: 'observe',
    });
    expect(await observing.look()).toMatchObject({ wanted: 1, requested: 0 });
    const frozen = createConnectWorld([tagged(1, 'hub'), tagged(2, 'spoke')], hubs());
    await frozen.memory.update(REGION, [
      { kind: 'note', key: 'freeze', value: JSON.stringify({ by: 'me', because: 'change' }), at: 1 },
    ]);
    await frozen.look();
    expect([...observing.ec2.requestsMade(), ...frozen.ec2.requestsMade()]).toEqual([]);
    expect(observing.memory.writes()).toEqual([]);
  });
});

describe('what cannot be', () => {
  it('is not requested where any ranges overlap, and told once', async () => {
    const second = tagged(2, 'spoke', { cidrs: ['10.9.0.0/16', '10.0.1.128/25'] });
    const world = createConnectWorld([tagged(1, 'hub'), second], hubs());
    for (let sweep = 0; sweep < 3; sweep += 1) await world.look();
    expect(world.ec2.requestsMade()).toEqual([]);
    expect(mails(world)).toEqual([`VPCs to connect in ${OWN}: 1 problem`]);
    expect(world.notifications[0]).toMatchObject({ severity: 'action' });
    expect(world.notifications[0]?.message).toContain(
      '10.0.1.0/24 of vpc-a0000001 (hub-1) overlaps 10.0.1.128/25',
    );
    expect(world.metrics['not-connected RouteFindings']).toBe(1);
  });

  it('is told again when it is over and comes back', async () => {
    const world = createConnectWorld(
      [tagged(1, 'hub'), tagged(2, 'spoke', { cidrs: ['10.0.1.0/24'] })],
      hubs(),
    );
    await world.look();
    world.ec2.retag(idOf(2), {});
    await world.look();
    world.ec2.retag(idOf(2), { Role: 'spoke' });
    await world.look();
    expect(world.notifications).toHaveLength(2);
  });

  it('waits where a VPC has no room, and what has room is requested', async () => {
    const policy = policyOf({
      connect: [HUB_AND_SPOKES],
      guardrails: { peeringsPerVpc: 4, quotaHeadroom: 1, maxRequests: 50 },
    });
    const world = createConnectWorld(
      [tagged(0, 'hub'), ...[1, 2, 3, 4, 5].map((n) => tagged(n, 'spoke'))],
      policy,
    );
    await world.look();
    world.ec2.acceptAll();
    await world.look();
    expect(world.ec2.requestsMade()).toHaveLength(3);
    expect(mails(world)).toEqual([
      `VPCs to connect in ${OWN}: 1 problem`,
      `VPCs to connect in ${OWN}: 3 peerings requested`,
    ]);
    expect(world.notifications[0]?.message).toMatch(/2 peerings wait for room.*transit gateway/);
  });

  it('is told by the look that rings its alarm, and does not wait for the requests that are under way', async () => {
    const overlapping = tagged(3, 'spoke', { cidrs: ['10.0.1.0/24'] });
    const world = createConnectWorld([tagged(1, 'hub'), tagged(2, 'spoke'), overlapping], hubs());
    expect(await world.look()).toMatchObject({ requested: 1, problems: 1 });
    expect(world.metrics.RouteDriftUnrepaired).toBe(1);
    expect(mails(world)).toEqual([`VPCs to connect in ${OWN}: 1 problem`]);
    expect(world.notifications[0]?.severity).toBe('action');
    world.ec2.acceptAll();
    await world.look();
    expect(mails(world).slice(1)).toEqual([`VPCs to connect in ${OWN}: 1 peering requested`]);
    expect(world.notifications[1]?.severity).toBe('notice');
  });

  it('waits for the rest of a burst where the alarm is on already, by a problem that was told', async () => {
    const overlapping = (index: number) => tagged(index, 'spoke', { cidrs: ['10.0.1.0/24'] });
    const later = [overlapping(4), overlapping(5)].map((each) => ({ ...each, tags: {} }));
    const world = createConnectWorld(
      [tagged(1, 'hub'), tagged(2, 'spoke'), overlapping(3), ...later],
      hubs(),
    );
    await world.look();
    for (const each of later) {
      world.ec2.retag(each.vpcId, { Role: 'spoke' });
      world.pass(1);
      await world.look();
    }
    expect(mails(world)).toHaveLength(1);
    world.ec2.acceptAll();
    await world.look();
    expect(mails(world).slice(1)).toEqual([`VPCs to connect in ${OWN}: 1 peering requested, 2 problems`]);
  });

  it('rings no alarm while its VPC is silenced', async () => {
    const world = createConnectWorld(
      [tagged(1, 'hub'), tagged(2, 'spoke', { cidrs: ['10.0.1.0/24'] })],
      hubs(),
    );
    const since = Math.floor(world.now().getTime() / 1000);
    const silence = { id: idOf(1), by: 'me', because: 'moving', since, until: since + 3600 };
    await world.memory.update(REGION, [silenceNote(silence)]);
    expect(await world.look()).toMatchObject({ problems: 1 });
    expect([mails(world), world.metrics.RouteDriftUnrepaired]).toEqual([[], 0]);
    world.pass(61);
    await world.look();
    expect([mails(world).length, world.metrics.RouteDriftUnrepaired]).toEqual([1, 1]);
  });

  it('is a mesh that a VPC has no room for: said with the numbers, and nothing of it requested', async () => {
    const policy = policyOf({ mesh: { tags: { Role: 'core' } }, guardrails: { maxRequests: 9999 } });
    const world = createConnectWorld(
      Array.from({ length: 47 }, (_, index) => tagged(index, 'core')),
      policy,
    );
    await world.look();
    await world.look();
    expect(world.ec2.requestsMade()).toEqual([]);
    expect(world.notifications).toHaveLength(1);
    expect(world.notifications[0]?.message).toMatch(
      /47 VPCs: 1,081 peerings, 46 of each VPC.*transit gateway/,
    );
  });

  it('is more at once than guardrails.maxRequests lets through, until that is raised', async () => {
    const vpcs = [tagged(0, 'hub'), ...[1, 2, 3].map((n) => tagged(n, 'spoke'))];
    const policy = { ...hubs(), guardrails: { ...hubs().guardrails, maxRequests: 2 } };
    const world = createConnectWorld(vpcs, policy);
    await world.look();
    await world.look();
    expect(world.ec2.requestsMade()).toEqual([]);
    expect(mails(world)).toEqual([`VPCs to connect in ${OWN}: 1 problem`]);
    expect(world.notifications[0]?.message).toContain('3 peerings are to be requested, which is more than 2');
    world.usePolicy(hubs());
    await world.look();
    expect(world.ec2.requestsMade()).toHaveLength(3);
  });
});

describe('a request that comes to nothing', () => {
  const connected = async () => {
    const world = createConnectWorld([tagged(1, 'hub'), tagged(2, 'spoke')], hubs());
    await world.look();
    return world;
  };

  it('is not made again once it was rejected, also when EC2 shows the rejected one no more', async () => {
    const world = await connected();
    world.ec2.rejectAll();
    await world.look();
    for (const { peeringId } of world.ec2.peerings()) world.ec2.forget(peeringId);
    for (let day = 0; day < 40; day += 1) {
      world.pass(DAY);
      await world.look();
    }
    expect(world.ec2.requestsMade()).toHaveLength(1);
    expect(world.notifications).toHaveLength(1);
    expect(world.notifications[0]?.message).toMatch(/was rejected, so it is not requested again/);
  });

  it('is made again when a person took the tag off and set it again', async () => {
    const world = await connected();
    world.ec2.rejectAll();
    await world.look();
    world.ec2.retag(idOf(2), {});
    await world.look();
    world.ec2.retag(idOf(2), { Role: 'spoke' });
    await world.look();
    expect(world.ec2.requestsMade()).toHaveLength(2);
  });

  it('counts no more once a person made a peering of it', async () => {
    const world = await connected();
    world.ec2.rejectAll();
    await world.look();
    const [hub, spoke] = world.ec2.vpcs;
    if (hub !== undefined && spoke !== undefined) world.ec2.create(spoke, hub);
    world.ec2.acceptAll();
    expect(await world.look()).toMatchObject({ connected: 1, problems: 0 });
  });

  it('is made again later and later when it expired', async () => {
    const world = await connected();
    const expire = () => {
      for (const { peeringId } of world.ec2.live()) world.ec2.setStatus(peeringId, 'expired');
    };
    const madeAt: number[] = [0];
    for (let day = 1; day <= 60; day += 1) {
      expire();
      world.pass(DAY);
      if ((await world.look()).requested > 0) madeAt.push(day);
    }
    expect(madeAt).toEqual([0, 8, 23, 52]);
    expect(world.notifications).toHaveLength(4);
  });

  it('is not made again after somebody deleted the peering that it became', async () => {
    const world = await connected();
    world.ec2.acceptAll();
    await world.look();
    for (const { peeringId } of world.ec2.live()) world.ec2.setStatus(peeringId, 'deleted');
    await world.look();
    world.pass(10 * DAY);
    await world.look();
    expect(world.ec2.requestsMade()).toHaveLength(1);
    expect(world.notifications.at(-1)?.message).toContain('was deleted by somebody');
  });

  it('is not a peering that was deleted before the VPCs were tagged', async () => {
    const [hub, spoke] = [tagged(1, 'hub'), tagged(2, 'spoke')];
    const world = createConnectWorld([hub, spoke], hubs());
    world.ec2.setStatus(world.ec2.create(hub, spoke), 'deleted');
    expect(await world.look()).toMatchObject({ requested: 1, problems: 0 });
  });
});

describe('losing the tags', () => {
  const left = async (parts: Record<string, unknown>) => {
    const world = createConnectWorld([tagged(1, 'hub'), tagged(2, 'spoke')], hubs(parts));
    await world.look();
    world.ec2.acceptAll();
    await world.look();
    world.ec2.retag(idOf(2), { Name: 'spoke-2' });
    return world;
  };

  it('ends nothing, unless the policy says so', async () => {
    const world = await left({});
    await world.look();
    world.pass(100 * DAY);
    await world.look();
    expect(world.ec2.live()).toHaveLength(1);
    expect(world.notifications).toHaveLength(1);
  });

  it('ends it after the waiting time, and after a message, where the policy says so', async () => {
    const world = await left({ onLeave: 'delete', leaveAfter: '7d' });
    await world.look();
    expect(mails(world).at(-1)).toBe(`VPCs to connect in ${OWN}: 1 peering to be deleted`);
    expect(world.notifications.at(-1)?.message).toContain('2026-03-08 12:00 UTC');
    world.pass(7 * DAY - 1);
    expect(await world.look()).toMatchObject({ deleted: 0 });
    world.pass(1);
    expect(await world.look()).toMatchObject({ deleted: 1, failures: [] });
    expect(world.ec2.live()).toEqual([]);
    expect(mails(world).at(-1)).toBe(`VPCs to connect in ${OWN}: 1 peering deleted`);
    expect(world.events.at(-1)).toMatchObject({ type: 'Peering Deleted' });
    await world.look();
    expect(world.notifications).toHaveLength(3);
  });

  it('ends nothing once the tags are back, and begins anew when they go again', async () => {
    const world = await left({ onLeave: 'delete', leaveAfter: '2d' });
    await world.look();
    world.pass(DAY);
    world.ec2.retag(idOf(2), { Role: 'spoke' });
    await world.look();
    world.pass(3 * DAY);
    await world.look();
    world.ec2.retag(idOf(2), {});
    await world.look();
    world.pass(2 * DAY - 1);
    expect(await world.look()).toMatchObject({ deleted: 0 });
    expect(world.ec2.live()).toHaveLength(1);
  });

  it('does not begin before people could be told', async () => {
    let isDown = false;
    const world = createConnectWorld(
      [tagged(1, 'hub'), tagged(2, 'spoke')],
      hubs({ onLeave: 'delete', leaveAfter: '1d' }),
      { topicFails: () => isDown },
    );
    await world.look();
    world.ec2.acceptAll();
    await world.look();
    world.ec2.retag(idOf(2), {});
    isDown = true;
    for (let day = 0; day < 5; day += 1) {
      await world.look();
      world.pass(DAY);
    }
    expect(world.ec2.live()).toHaveLength(1);
    isDown = false;
    await world.look();
    world.pass(DAY - 1);
    await world.look();
    expect(world.ec2.live()).toHaveLength(1);
  });

  it('never ends what somebody else made, what lost its tag, or what a gone connection asked for', async () => {
    const [hub, spoke] = [tagged(1, 'hub'), tagged(2, 'spoke')];
    const policy = hubs({ onLeave: 'delete', leaveAfter: '1h' });
    const byHand = createConnectWorld([hub, spoke], policy);
    byHand.ec2.create(hub, spoke, { [`${PREFIX}:connection`]: 'shared' });
    byHand.ec2.acceptAll();
    const gone = await left({ onLeave: 'delete', leaveAfter: '1h' });
    gone.usePolicy(hubs({ name: 'another', onLeave: 'delete', leaveAfter: '1h' }));
    await byHand.look();
    byHand.ec2.retag(idOf(2), {});
    for (const world of [byHand, gone]) {
      for (let hour = 0; hour < 5; hour += 1) {
        await world.look();
        world.pass(60);
      }
      expect(world.ec2.live()).toHaveLength(1);
    }
  });

  it('ends nothing where a Region could not be read', async () => {
    let isDown = false;
    const world = createConnectWorld(
      [tagged(1, 'hub'), tagged(2, 'spoke', { region: 'eu-west-1' })],
      { ...hubs({ onLeave: 'delete', leaveAfter: '1h' }), regions: [REGION, 'eu-west-1'] },
      {
        fault: (call) =>
          isDown && call === 'readVpcs eu-west-1'
            ? { when: 'before', error: awsError('InternalError', 'no', 500) }
            : undefined,
      },
    );
    await world.look();
    world.ec2.acceptAll();
    await world.look();
    isDown = true;
    for (let hour = 0; hour < 5; hour += 1) {
      expect((await world.look()).failures).toMatchObject([{ retry: true }]);
      world.pass(60);
    }
    expect(world.ec2.live()).toHaveLength(1);
    expect(world.notifications).toHaveLength(1);
  });
});

describe('failing calls', () => {
  it('is requested once, whether the answer was lost before or after EC2 did it', async () => {
    for (const when of ['before', 'after'] as const) {
      let isFirst = true;
      const world = createConnectWorld([tagged(1, 'hub'), tagged(2, 'spoke')], hubs(), {
        fault: (call) => {
          if (!call.startsWith('request') || !isFirst) return undefined;
          isFirst = false;
          return { when, error: awsError('RequestTimeout', 'no answer', 503) };
        },
      });
      expect((await world.look()).failures).toEqual([{ reason: 'no answer', retry: true }]);
      expect(await world.look()).toMatchObject({ requested: 0 });
      world.pass(6);
      await world.look();
      world.ec2.acceptAll();
      await world.look();
      expect(world.ec2.live()).toHaveLength(1);
      expect(world.ec2.requestsMade()).toHaveLength(when === 'before' ? 2 : 1);
      expect(mails(world)).toEqual([`VPCs to connect in ${OWN}: 1 peering requested`]);
    }
  });

  describe('of a peering that is to be deleted', () => {
    const leaving = async (options: ConnectWorldOptions = {}) => {
      const world = createConnectWorld(
        [tagged(1, 'hub'), tagged(2, 'spoke')],
        hubs({ onLeave: 'delete', leaveAfter: '1d' }),
        options,
      );
      await world.look();
      world.ec2.acceptAll();
      await world.look();
      world.ec2.retag(idOf(2), {});
      await world.look();
      world.pass(DAY);
      return world;
    };
    const DELETED = `VPCs to connect in ${OWN}: 1 peering deleted`;

    it.each([
      ['no answer at all', awsError('RequestTimeout', 'no answer', 503)],
      ['that there is none, from the next try', awsError('InvalidVpcPeeringConnectionID.NotFound', 'none')],
      ['that it is deleted, from the next try', awsError('InvalidStateTransition', 'it is deleted')],
    ])('are told as done where EC2 did it and gave %s', async (_, error) => {
      const world = await leaving({
        fault: (call) => (call.startsWith('delete') ? { when: 'after', error } : undefined),
      });
      expect(await world.look()).toMatchObject({ deleted: 1, failures: [] });
      expect(mails(world).at(-1)).toBe(DELETED);
      expect(world.events.at(-1)).toMatchObject({ type: 'Peering Deleted' });
    });

    it('fail, to be tried again, where EC2 does not find what it lists', async () => {
      const error = awsError('InvalidVpcPeeringConnectionID.NotFound', 'none');
      let isLost = true;
      const world = await leaving({
        fault: (call) => (isLost && call.startsWith('delete') ? { when: 'before', error } : undefined),
      });
      expect(await world.look()).toMatchObject({ deleted: 0, failures: [{ reason: 'none', retry: true }] });
      expect(world.metrics.PermanentFailures).toBeUndefined();
      isLost = false;
      expect(await world.look()).toMatchObject({ deleted: 1, failures: [] });
      expect(mails(world).at(-1)).toBe(DELETED);
    });

    it('are told as done where only the registry cannot be told, and that counts as a failure', async () => {
      const world = await leaving();
      const { memory, ...others } = world.dependencies();
      const update: typeof memory.update = async (region, updates) => {
        if (updates.some((each) => each.kind === 'forget-note')) {
          throw awsError('ResourceNotFoundException', 'no table');
        }
        await memory.update(region, updates);
      };
      const summary = await requestPeerings({ ...others, memory: { ...memory, update } });
      expect(summary).toMatchObject({ deleted: 1, failures: [{ reason: 'no table' }] });
      expect(mails(world).at(-1)).toBe(DELETED);
    });

    it('are told as done where nothing can be remembered at all', async () => {
      const world = await leaving();
      const { memory, ...others } = world.dependencies();
      const update = async () => {
        throw awsError('ResourceNotFoundException', 'no table');
      };
      await requestPeerings({ ...others, memory: { ...memory, update } });
      expect(mails(world).at(-1)).toBe(DELETED);
    });

    it('are kept to be told later where the topic does not take the message', async () => {
      let isSilent = false;
      const world = await leaving({ topicFails: () => isSilent });
      isSilent = true;
      await world.look();
      const { notes } = world.memory.snapshot(REGION);
      const kept = [...notes].filter(([key]) => key.startsWith('unsent '));
      expect(kept.map(([, { value }]) => JSON.parse(value).subject)).toEqual([DELETED]);
    });
  });

  it('tells once what it is not allowed to do, tries no others, and goes on once it may', async () => {
    let isDenied = true;
    const world = createConnectWorld([tagged(1, 'hub'), tagged(2, 'spoke'), tagged(3, 'spoke')], hubs(), {
      fault: (call) =>
        isDenied && call.startsWith('request')
          ? { when: 'before', error: awsError('UnauthorizedOperation', 'You are not authorized', 403) }
          : undefined,
    });
    for (let sweep = 0; sweep < 3; sweep += 1) await world.look();
    expect(world.ec2.requestsMade()).toHaveLength(3);
    expect(world.metrics.PermanentFailures).toBe(1);
    expect(mails(world)).toEqual([`VPCs to connect in ${OWN}: 1 problem`]);
    isDenied = false;
    expect(await world.look()).toMatchObject({ requested: 2 });
  });

  it('tells at once, and once, what EC2 refuses', async () => {
    const world = createConnectWorld([tagged(1, 'hub'), tagged(2, 'spoke')], hubs(), {
      fault: (call) =>
        call.startsWith('request')
          ? { when: 'before', error: awsError('InvalidVpcID.NotFound', 'There is no such VPC') }
          : undefined,
    });
    await world.look();
    expect(mails(world)).toEqual([`VPCs to connect in ${OWN}: 1 problem`]);
    expect(world.metrics.RouteDriftUnrepaired).toBe(1);
    expect(world.notifications[0]?.message).toContain('was refused by EC2 (InvalidVpcID.NotFound)');
    for (let sweep = 0; sweep < 3; sweep += 1) {
      world.pass(5);
      await world.look();
    }
    expect(mails(world)).toHaveLength(1);
  });

  it('leaves one that EC2 refuses for later, and requests the others', async () => {
    const world = createConnectWorld([tagged(1, 'hub'), tagged(2, 'spoke'), tagged(3, 'spoke')], hubs(), {
      fault: (call) =>
        call === `request ${idOf(1)} ${idOf(2)}`
          ? { when: 'before', error: awsError('VpcPeeringConnectionsPerVpcLimitExceeded', 'full') }
          : undefined,
    });
    expect(await world.look()).toMatchObject({ requested: 1 });
    world.pass(30);
    await world.look();
    expect(world.ec2.requestsMade()).toHaveLength(2);
    world.pass(31);
    await world.look();
    expect(world.ec2.requestsMade()).toHaveLength(3);
  });
});

describe('many at once', () => {
  it('are requested as EC2 has room for requests, and told in one message', async () => {
    const vpcs = Array.from({ length: 20 }, (_, hub) => [
      tagged(hub * 50, 'hub', { tags: { Role: 'hub', Group: `${hub}` } }),
      ...Array.from({ length: 40 }, (_unused, spoke) =>
        tagged(hub * 50 + spoke + 1, 'spoke', { tags: { Role: 'spoke', Group: `${hub}` } }),
      ),
    ]).flat();
    const connect = Array.from({ length: 20 }, (_, hub) => ({
      name: `group-${hub}`,
      hub: { tags: { Role: 'hub', Group: `${hub}` } },
      spokes: { tags: { Role: 'spoke', Group: `${hub}` } },
    }));
    const world = createConnectWorld(vpcs, policyOf({ connect, guardrails: { maxRequests: 1000 } }));
    let looks = 0;
    for (; looks < 100; looks += 1) {
      await world.look();
      expect(
        world.ec2.live().filter(({ status }) => status === 'pending-acceptance').length,
      ).toBeLessThanOrEqual(25);
      if (world.ec2.live().every(({ status }) => status === 'active')) break;
      world.ec2.acceptAll();
      world.pass(0.1);
    }
    expect(looks).toBe(32);
    expect(world.ec2.live()).toHaveLength(800);
    expect(world.ec2.requestsMade()).toHaveLength(800);
    expect(mails(world)).toEqual([`VPCs to connect in ${OWN}: 800 peerings requested`]);
  });
});

describe('spokes of other accounts', () => {
  const spoke = vpc(idOf(2), ['10.64.0.0/16'], { accountId: PEER, tags: { Role: 'spoke' } });
  const policy = hubs({ spokes: { tags: { Role: 'spoke' }, accounts: ['self', PEER] } });

  it('are requested, and heard of at the requester', async () => {
    const world = createConnectWorld([tagged(1, 'hub'), spoke], policy, {
      spokes: { readVpcs: async () => [spoke] },
    });
    await world.look();
    expect(world.events).toMatchObject([{ type: 'Peering Requested', detail: { region: REGION } }]);
    expect(world.ec2.live()).toMatchObject([{ accepter: { accountId: PEER } }]);
  });

  it('are left as they are when their account cannot be read', async () => {
    let isDown = false;
    const world = createConnectWorld(
      [tagged(1, 'hub'), spoke],
      hubs({ ...policy.connect?.[0], onLeave: 'delete', leaveAfter: '1h' }),
      {
        spokes: {
          readVpcs: async () => {
            if (isDown) throw awsError('AccessDenied', 'may not assume', 403);
            return [spoke];
          },
        },
      },
    );
    await world.look();
    world.ec2.acceptAll();
    await world.look();
    isDown = true;
    for (let hour = 0; hour < 4; hour += 1) {
      expect((await world.look()).failures).toMatchObject([{ retry: false }]);
      world.pass(60);
    }
    expect(world.ec2.live()).toHaveLength(1);
  });
});

describe('spokes by the organizational unit of their account', () => {
  const UNIT = 'ou-ab12-cdef3456';
  const spoke = vpc(idOf(2), ['10.64.0.0/16'], { accountId: PEER, tags: { Role: 'spoke', Name: 'theirs' } });
  const own = tagged(3, 'spoke');
  const policy = (parts: Record<string, unknown> = {}, spokes: Record<string, unknown> = {}) =>
    hubs({
      ...parts,
      spokes: { tags: { Role: 'spoke' }, organizationalUnits: [UNIT], ...spokes },
    });
  /** What Organizations says of the unit, and which accounts were looked at. */
  function worldOf(
    of: ReturnType<typeof policy>,
    answer: () => readonly { readonly accountId: string; readonly state: string }[],
  ) {
    const looked: string[] = [];
    const asked: string[] = [];
    const world = createConnectWorld([tagged(1, 'hub'), spoke, own], of, {
      spokes: {
        readVpcs: async (account) => {
          looked.push(account);
          return account === PEER ? [spoke] : [];
        },
      },
      units: {
        readAccountsIn: async (unit) => {
          asked.push(unit);
          return answer();
        },
      },
    });
    return { world, looked, asked };
  }
  const active = (...ids: string[]) => ids.map((accountId) => ({ accountId, state: 'ACTIVE' }));
  const accepters = ({ ec2 }: ConnectWorld) => ec2.live().map(({ accepter }) => accepter.vpcId);

  it('are those of every account there, of this one only if it is there too', async () => {
    const { world, asked } = worldOf(policy(), () => active(PEER));
    expect(await world.look()).toMatchObject({ requested: 1, failures: [] });
    expect(accepters(world)).toEqual([spoke.vpcId]);
    expect(asked).toEqual([UNIT]);
    const both = worldOf(policy(), () => active(PEER, OWN));
    await both.world.look();
    expect(accepters(both.world)).toEqual([spoke.vpcId, own.vpcId]);
  });

  it('are of the accounts that are named only those that are in the unit', async () => {
    const { world, looked } = worldOf(policy({}, { accounts: ['self', PEER] }), () =>
      active(OWN, '444444444444'),
    );
    await world.look();
    expect(accepters(world)).toEqual([own.vpcId]);
    expect(looked).toEqual([]);
  });

  it('are in no account that is not active, which is not even looked at', async () => {
    const { world, looked } = worldOf(policy(), () => [{ accountId: PEER, state: 'SUSPENDED' }]);
    expect(await world.look()).toMatchObject({ wanted: 0, failures: [] });
    expect(looked).toEqual([]);
  });

  it('are none while Organizations does not answer, and nothing that is there is deleted', async () => {
    let isDown = false;
    const { world } = worldOf(policy({ onLeave: 'delete', leaveAfter: '1h' }), () => {
      if (isDown) throw awsError('ParentNotFoundException', 'no such unit', 400);
      return active(PEER, OWN);
    });
    await world.look();
    world.ec2.acceptAll();
    await world.look();
    isDown = true;
    world.pass(10);
    for (let hour = 0; hour < 4; hour += 1) {
      expect((await world.look()).failures).toMatchObject([{ retry: false }]);
      world.pass(60);
    }
    expect(accepters(world)).toEqual([spoke.vpcId, own.vpcId]);
    expect(mails(world)).toHaveLength(1);
  });

  it('leave with their account: told first, and deleted after the time that was told, or kept', async () => {
    let members = active(PEER, OWN);
    const { world } = worldOf(policy({ onLeave: 'delete', leaveAfter: '2h' }), () => members);
    await world.look();
    world.ec2.acceptAll();
    await world.look();
    members = active(OWN);
    world.pass(10);
    await world.look();
    expect(world.notifications.at(-1)?.message).toMatch(
      /their account has left the organizational units \(onLeave: delete\)[\s\S]*theirs/,
    );
    expect(accepters(world)).toEqual([spoke.vpcId, own.vpcId]);
    world.pass(130);
    await world.look();
    expect(accepters(world)).toEqual([own.vpcId]);
    const kept = worldOf(policy(), () => members);
    members = active(PEER);
    await kept.world.look();
    kept.world.ec2.acceptAll();
    await kept.world.look();
    members = [];
    kept.world.pass(9000);
    await kept.world.look();
    expect(accepters(kept.world)).toEqual([spoke.vpcId]);
  });

  it('are not asked for where the policy names no unit', async () => {
    const { world, asked } = worldOf(hubs(), () => active(PEER));
    await world.look();
    expect(asked).toEqual([]);
  });
});
