import type { Peering } from '../../lib/model/peering.ts';
import { OWN, PEER, peering, REGION, route, table, vpc } from '../support/fixtures.ts';
import { createScene } from '../support/scene.ts';

/** Nothing is called done, removed or in order while something keeps it from being so; and people hear of it, once. */

const PCX = 'pcx-11112222';
const TABLE = 'rtb-aaaaaaaa';
const local = vpc('vpc-aaaaaaaa', ['10.1.0.0/16']);
const remote = vpc('vpc-bbbbbbbb', ['10.2.0.0/16'], { accountId: PEER });
const twin = vpc('vpc-cccccccc', ['10.2.0.0/16'], { accountId: PEER });

function scene(peerings: Peering[], routes: readonly ReturnType<typeof route>[] = []) {
  return createScene({ peerings, vpcs: [local], tables: [table(TABLE, local, routes, { optIn: '*' })] });
}

const drift = (what: string) => `Route drift in ${OWN} (${REGION}): ${what}`;

describe('a conflict', () => {
  const world = () => scene([peering(PCX, remote, local)], [route('10.2.0.0/16', 'tgw-11111111')]);
  const leadTo = (of: ReturnType<typeof world>, target: string) =>
    of.setRoutes(TABLE, ({ routes }) => [
      ...routes.filter(({ destination }) => destination !== '10.2.0.0/16'),
      route('10.2.0.0/16', target),
    ]);

  it('is told again, once, when something else has the addresses', async () => {
    const account = world();
    await account.sweep(3);
    expect(account.subjects()).toEqual([drift('1 conflict')]);
    leadTo(account, 'vgw-11111111');
    await account.sweep(50);
    expect(account.subjects()).toEqual([drift('1 conflict'), drift('1 conflict')]);
    expect(account.aws.notifications[1]?.message).toContain('routes it to vgw-11111111');
  });

  it('that an earlier version told is not told again after the upgrade, but is when it changes', async () => {
    const account = world();
    await account.sweep();
    for (const [key, { at }] of account.store.snapshot(REGION).notes) {
      if (key.startsWith('told ')) {
        await account.store.update(REGION, [{ kind: 'note', key, value: 'conflict', at }]);
      }
    }
    await account.sweep(3);
    expect(account.subjects()).toEqual([drift('1 conflict')]);
    leadTo(account, 'vgw-11111111');
    await account.sweep(3);
    expect(account.subjects()).toEqual([drift('1 conflict'), drift('1 conflict')]);
  });

  it('of peerings that want the same is told again when one of them gets it', async () => {
    const account = scene([peering(PCX, remote, local), peering('pcx-33334444', twin, local)]);
    await account.sweep(3);
    leadTo(account, 'pcx-33334444');
    await account.sweep(3);
    expect(account.subjects()).toEqual([drift('2 conflict'), drift('1 conflict')]);
    expect(account.aws.notifications[1]?.message).toContain('pcx-33334444 (rule peers) wants the same');
  });
});
