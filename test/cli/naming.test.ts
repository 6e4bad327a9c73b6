import { readFileSync, writeFileSync } from 'node:fs';
import { asTyped } from '../../cli/as-typed.ts';
import { chooseVpcs, findNamed, type Place } from '../../cli/naming.ts';
import { commandOfFile, valid } from './support/command.ts';
import { peering as connection, id, STRANGER, table, vpc, writeAnswers } from './support/network.ts';

/** Names in the place of ids: of VPCs in --vpc, of peerings in --peering, and what is said of those that name nothing, or too much. */

const peering = commandOfFile();

/** `shop` is in us-east-1 and in eu-west-1; `hub-to-shop` was the name of a peering that has ended, too; `twin` is two peerings. */
beforeAll(() => {
  writeFileSync(
    peering.inDirectory('peering-policy.yml'),
    'version: 1\nrules: [{ name: own-vpcs, effect: accept, remote: { accounts: [self] } }]\n',
  );
  writeAnswers(peering.inDirectory('net', 'us-east-1'), {
    VpcPeeringConnections: [
      connection(1, { number: 1 }, { number: 2 }, 'active', { Name: 'hub-to-shop' }),
      connection(7, { number: 1 }, { number: 2 }, 'deleted', { Name: 'hub-to-shop' }),
      connection(8, { number: 1 }, { number: 3 }, 'expired', { Name: 'hub-to-data' }),
      connection(2, { number: 1 }, { number: 3 }, 'active', { Name: 'twin' }),
      connection(3, { number: 2 }, { number: 3 }, 'active', { Name: 'twin' }),
      connection(4, { number: 4, account: STRANGER }, { number: 1 }, 'pending-acceptance'),
    ],
    RouteTables: [table(1, 1, []), table(2, 2, []), table(3, 3, [])],
    Vpcs: [vpc(1, 'hub'), vpc(2, 'shop'), vpc(3, 'data, old')],
  });
  writeAnswers(peering.inDirectory('net', 'eu-west-1'), {
    VpcPeeringConnections: [],
    RouteTables: [table(5, 5, [])],
    Vpcs: [vpc(5, 'shop')],
  });
});

function run(...args: readonly string[]) {
  return peering.run([...args, '--snapshot', 'net']);
}

describe('--vpc', () => {
  it.each([['plan', '--all'], ['drift'], ['status', '--wide'], ['requests'], ['graph', '--format', 'dot']])(
    'of %s takes the tag Name, says what it stands for, and answers as of the id',
    async (...verb) => {
      const [byName, byId] = await Promise.all([
        run(...verb, '--vpc', 'data, old'),
        run(...verb, '--vpc', id('vpc', 3)),
      ]);
      expect([byName.code, byName.stdout]).toEqual([byId.code, byId.stdout]);
      expect(byName.stderr).toContain(`note: data, old is ${id('vpc', 3)}.\n`);
      expect(byId.stderr).not.toContain('note: data, old');
    },
  );

  it('of report takes it too', async () => {
    for (const [file, wanted] of [
      ['name.html', 'data, old'],
      ['id.html', id('vpc', 3)],
    ] as const) {
      expect((await run('report', '--out', file, '--vpc', wanted)).code).toBeLessThan(4);
    }
    const [byName, byId] = ['name.html', 'id.html'].map((file) =>
      readFileSync(peering.inDirectory(file), 'utf8').replaceAll(/\d{4}-\d\d-\d\d[T ][\d:.]+(?:Z| UTC)/g, ''),
    );
    expect(byName).toBe(byId);
  });

  it('in a plan file is the id, so that what carries it out means the same VPC', async () => {
    await run('plan', '--out', 'plan.json', '--vpc', 'hub', '--vpc', id('vpc', 1));
    const plan = valid('plan-file', readFileSync(peering.inDirectory('plan.json'), 'utf8'));
    expect(plan).toMatchObject({ only: { vpcs: [id('vpc', 1)] } });
  });

  it('that several VPCs have is refused with what tells them apart; --region does, too', async () => {
    const { code, stdout, stderr } = await run('status', '--vpc', 'shop');
    expect([code, stdout]).toEqual([1, '']);
    expect(stderr).toBe(
      `peering: shop is the name of several. Name one by its id:
  ${id('vpc', 2)} (shop)  of 111111111111 in us-east-1, 10.2.0.0/16
  ${id('vpc', 5)} (shop)  of 111111111111 in eu-west-1, 10.5.0.0/16
`,
    );
    const abroad = await run('status', '--vpc', 'shop', '--region', 'eu-west-1');
    expect([abroad.code, abroad.stderr]).toEqual([0, expect.stringContaining(`shop is ${id('vpc', 5)}.`)]);
  });

  it('that is nothing’s, or of another kind of thing, is answered with what is near', async () => {
    const near = await run('drift', '--vpc', 'Hub');
    expect([near.code, near.stderr]).toEqual([
      1,
      `peering: Hub is neither the id (vpc-…) nor the tag Name of a VPC in the accounts and Regions that were read. Did you mean ${id('vpc', 1)} (hub)?\n`,
    ]);
    const unknown = await run('drift', '--vpc', id('vpc', 99));
    expect([unknown.code, unknown.stderr]).toEqual([
      1,
      expect.stringContaining(`${id('vpc', 99)} is in none of the accounts and Regions that were read.`),
    ]);
  });
});

describe('policy explain --peering', () => {
  it('takes the name of a peering, and means the one that is there', async () => {
    const { code, stdout, stderr } = await run('policy', 'explain', '--peering', 'hub-to-shop');
    expect([code, stdout]).toEqual([0, expect.stringContaining(`${id('pcx', 1)} (active)`)]);
    expect(stderr).toContain(
      `note: hub-to-shop is ${id('pcx', 1)}. ${id('pcx', 7)} had the name, too, and has ended.\n`,
    );
  });

  it('says of one that has ended alone what AWS says of it', async () => {
    const { code, stderr } = await run('policy', 'explain', '--peering', 'hub-to-data');
    expect([code, stderr]).toEqual([1, expect.stringContaining(`${id('pcx', 8)} is expired`)]);
  });

  it('chooses none of two, and says what is near a name that is nothing’s', async () => {
    const twin = await run('policy', 'explain', '--peering', 'twin');
    expect([twin.code, twin.stderr]).toEqual([
      1,
      expect.stringContaining(`  ${id('pcx', 3)} (twin)  active: ${id('vpc', 2)} of 111111111111`),
    ]);
    expect((await run('policy', 'explain', '--peering', 'hub_to_shop')).stderr).toContain(
      `Did you mean ${id('pcx', 1)} (hub-to-shop)`,
    );
  });
});

describe('what is found by a name', () => {
  const ACCEPT: Place = { name: 'peering accept', kinds: ['pcx'], what: 'peering', ended: 'never' };

  it('is never what has ended where something is written', () => {
    const old = { id: id('pcx', 1), name: 'hub-to-shop', state: 'ended' as const, tells: 'deleted: …' };
    expect(() => findNamed('hub-to-shop', [old], ACCEPT, 'us-east-1')).toThrow(
      `hub-to-shop is the name of what has ended, and of nothing that is there:\n  ${id('pcx', 1)} (hub-to-shop)  deleted: …`,
    );
    expect(findNamed(id('pcx', 1), [old], ACCEPT, 'us-east-1')).toEqual({ id: id('pcx', 1) });
  });

  it('may be in what was not read: then that is a warning, and nothing is selected', () => {
    const read = [{ id: id('vpc', 1), name: 'hub' }];
    expect(chooseVpcs(['hub', 'data', id('vpc', 9)], read, 'some-unread')).toEqual({
      vpc: [id('vpc', 1), 'data', id('vpc', 9)],
      notes: [`hub is ${id('vpc', 1)}.`],
      warnings: [expect.stringContaining('data is neither'), expect.stringContaining('is in none of')],
    });
    expect(() => chooseVpcs(['data'], read, 'all-read')).toThrow('data is neither');
    // Two of a name are two, whatever else there may be.
    expect(() => chooseVpcs(['hub'], [...read, { id: id('vpc', 2), name: 'hub' }], 'some-unread')).toThrow(
      'name of several',
    );
  });

  it('is quoted in commands to copy where a shell would take it apart', () => {
    expect(['shop-to-hub', 'shop to hub', "it's"].map(asTyped)).toEqual([
      'shop-to-hub',
      "'shop to hub'",
      "'it'\\''s'",
    ]);
  });
});
