import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Hint } from '../../lib/model/hint.ts';
import { recordConnectivity } from '../../lib/passes/record-connectivity.ts';
import { mainTable, network, VPC_A, VPC_B } from '../connectivity/networks.ts';
import { OWN, PREFIX, peering, REGION, route } from '../support/fixtures.ts';
import { createMemoryConnectivity } from '../support/memory-connectivity.ts';
import { createScene } from '../support/scene.ts';

/** One event is one message: pings are lost because a route is gone, people are told, and then its drift comes to light. */

const PCX = 'pcx-11112222';
const DOCUMENT = 'vpc-peering-autopilot-prod-ping';
const OUTPUT = {
  lost: readFileSync(join(__dirname, '../connectivity/recorded/iputils-ipv4-silent.txt'), 'utf8'),
  answered: readFileSync(join(__dirname, '../connectivity/recorded/iputils-ipv4-reachable.txt'), 'utf8'),
};
const ROUTES = { a: route('10.2.0.0/16', PCX), b: route('10.1.0.0/16', PCX) };
const RULES = { rules: [{ name: 'own', effect: 'accept', remote: { accounts: ['self'] } }] };

/** A routed peering inside the account; `pings` are those of one check, from i-a in vpc-a. */
async function pingedScene(policy: Record<string, unknown> = {}) {
  const tags = { [`${PREFIX}:routes`]: '*' };
  const tableA = { ...mainTable(VPC_A, [ROUTES.a]), tags };
  const scene = createScene(
    {
      peerings: [peering(PCX, VPC_A, VPC_B)],
      vpcs: [VPC_A, VPC_B],
      tables: [tableA, { ...mainTable(VPC_B, [ROUTES.b]), tags }],
    },
    { policy: { ...RULES, ...policy } },
  );
  await scene.sweep(2);
  const told = scene.subjects().length;
  const connectivity = createMemoryConnectivity({ network: network(), online: [], invocations: [] });
  let commands = 0;
  const pings = async (output: keyof typeof OUTPUT, meanwhile: () => unknown = () => undefined) => {
    commands += 1;
    const commandId = `11111111-2222-3333-4444-${String(commands).padStart(12, '0')}`;
    const status = output === 'lost' ? 'Failed' : 'Success';
    connectivity.state.invocations.push({
      commandId,
      instanceId: 'i-a',
      documentName: DOCUMENT,
      comment: `${PCX} 10.2.1.139 same-zone`,
      status,
      statusDetails: status,
      requestedAt: new Date(scene.seconds() * 1000),
      output: OUTPUT[output],
    });
    const at = new Date(scene.seconds() * 1000).toISOString();
    await meanwhile();
    const hint: Hint = { kind: 'pings', since: at, until: at, look: 1, region: REGION, cause: 'Pings Sent' };
    await recordConnectivity(REGION, [hint], {
      ...scene.dependencies(),
      ...connectivity,
      memory: scene.store,
      documentName: DOCUMENT,
      sleep: async () => undefined,
    });
    scene.wait(5);
  };
  const deleted: Hint = {
    kind: 'route-table',
    routeTableId: tableA.routeTableId,
    region: REGION,
    cause: 'DeleteRoute',
    actor: 'arn:aws:iam::123456789012:user/ada',
  };
  return {
    scene,
    pings,
    lose: async (checks: number) => {
      for (let check = 0; check < checks; check += 1) await pings('lost');
    },
    deleteRoute: () => scene.setRoutes(tableA.routeTableId, () => []),
    restoreRoute: () => scene.setRoutes(tableA.routeTableId, () => [ROUTES.a]),
    driftEvent: () => scene.event(deleted),
    told: () => scene.subjects().slice(told),
    history: () => scene.store.events.map(({ what, why, by }) => `${what} ${why} ${by ?? ''}`),
  };
}

const LOST = expect.stringMatching(/^Connectivity lost: /);
const RESTORED = expect.stringMatching(/^Connectivity restored: /);
// Each VPC has a CIDR of either family.
const DRIFT = `Route drift in ${OWN} (us-east-1): 2 missing in rtb-a`;

describe('a route that is gone, of which pings tell first', () => {
  it('is one message, and its drift none, which the history and the bus have', async () => {
    const { scene, lose, pings, deleteRoute, driftEvent, told, history } = await pingedScene();
    deleteRoute();
    await lose(3);
    expect(told()).toEqual([LOST]);
    await driftEvent();
    expect(scene.routes()).toContain(`rtb-a 10.2.0.0/16 ${PCX}`);
    await scene.sweep(2);
    expect(told()).toEqual([LOST]);
    expect(history()).toContainEqual(
      expect.stringMatching(
        /^Found missing: .*People were told of the pings that are lost for it\. .*user\/ada/,
      ),
    );
    expect(scene.aws.events.map(({ type }) => type)).toContain('Drift Found');
    await pings('answered');
    expect(told()).toEqual([LOST, RESTORED]);
  });

  it('is one message, and one when it is over, where nothing repairs it', async () => {
    const { scene, lose, pings, deleteRoute, restoreRoute, driftEvent, told } = await pingedScene({
      drift: { repair: false },
    });
    deleteRoute();
    await lose(3);
    await driftEvent();
    await scene.sweep(3);
    await lose(2);
    expect(told()).toEqual([LOST]);
    restoreRoute();
    await pings('answered');
    await scene.sweep(1);
    expect(told()).toEqual([LOST, RESTORED]);
  });

  it('is one message where only a sweep finds the drift, which stays a finding until a person mends it', async () => {
    const { scene, lose, deleteRoute, told, history } = await pingedScene({ drift: { repair: false } });
    deleteRoute();
    await lose(3);
    await scene.sweep(3);
    expect(told()).toEqual([LOST]);
    expect(scene.routes()).not.toContain(`rtb-a 10.2.0.0/16 ${PCX}`);
    expect(history().filter((line) => line.startsWith('Found missing'))).toHaveLength(2);
  });

  it('is told of again when it happens again', async () => {
    const { lose, pings, deleteRoute, driftEvent, told } = await pingedScene();
    deleteRoute();
    await lose(3);
    await driftEvent();
    await pings('answered');
    deleteRoute();
    await driftEvent();
    expect(told()).toEqual([LOST, RESTORED, DRIFT]);
  });

  it('is not taken for drift of which nobody heard: of another kind, or again after the first', async () => {
    const { lose, deleteRoute, driftEvent, told } = await pingedScene();
    deleteRoute();
    await lose(3);
    await driftEvent();
    deleteRoute();
    await driftEvent();
    expect(told()).toEqual([LOST, DRIFT]);
  });

  it('is forgotten with the loss, also where no drift was found', async () => {
    const { scene, lose, pings, deleteRoute, restoreRoute, driftEvent, told } = await pingedScene();
    deleteRoute();
    await lose(3);
    restoreRoute();
    await pings('answered');
    expect([...scene.store.snapshot(REGION).notes.keys()].filter((key) => /^lost-/.test(key))).toEqual([]);
    deleteRoute();
    await driftEvent();
    expect(told()).toEqual([LOST, RESTORED, DRIFT]);
  });
});

describe('a route that the product puts back between the pings and the message', () => {
  it('is what the message says, and not that a firewall is to be looked at', async () => {
    const { scene, pings, lose, deleteRoute, driftEvent, history } = await pingedScene();
    deleteRoute();
    await lose(2);
    await pings('lost', async () => {
      scene.wait(1);
      await driftEvent();
    });
    expect(scene.routes()).toContain(`rtb-a 10.2.0.0/16 ${PCX}`);
    const mail = scene.aws.notifications.find(({ subject }) => subject.startsWith('Connectivity lost: '));
    expect(mail?.message).toMatch(
      /Routes to .*10\.2\.0\.0\/16 in rtb-a.* had gone or led elsewhere\. The product put that right at .*UTC, after these pings were sent.*the next check will tell/s,
    );
    expect(mail?.message).not.toContain('Look at the firewall');
    expect(history()).toContainEqual(expect.stringMatching(/^Pings across .* lost\..*put that right at/));
  });

  it('is no excuse for pings that were sent after it', async () => {
    const { pings, lose, deleteRoute, driftEvent, scene } = await pingedScene();
    deleteRoute();
    await lose(2);
    await driftEvent();
    scene.wait(1);
    await pings('lost');
    const mail = scene.aws.notifications.find(({ subject }) => subject.startsWith('Connectivity lost: '));
    expect(mail?.message).toContain('Look at the firewall inside the target');
    expect(mail?.message).not.toContain('put that right');
  });
});
