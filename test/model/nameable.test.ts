import fc from 'fast-check';
import {
  candidateLines,
  type Nameable,
  nameablePeering,
  nameableVpc,
  resolveName,
  standsFor,
} from '../../lib/model/nameable.ts';

const OLD: Nameable = { id: 'pcx-00000001', name: 'hub-to-shop', state: 'ended' };
const NEW: Nameable = { id: 'pcx-00000002', name: 'hub-to-shop' };
const OTHER: Nameable = { id: 'pcx-00000003', name: 'hub-to-data' };

describe('a name', () => {
  it('stands for the one thing that has it', () => {
    expect(resolveName('hub-to-data', [OLD, NEW, OTHER], 'never')).toEqual({
      kind: 'name',
      id: OTHER.id,
      passedOver: [],
    });
  });

  it('stands for what is there, not for what has ended, and that is said', () => {
    const named = resolveName('hub-to-shop', [OLD, NEW], 'if-alone');
    expect(named).toEqual({ kind: 'name', id: NEW.id, passedOver: [OLD] });
    expect(named.kind === 'name' && standsFor('hub-to-shop', named)).toBe(
      'hub-to-shop is pcx-00000002. pcx-00000001 had the name, too, and has ended.',
    );
  });

  it('of what has ended alone stands for it where somebody asks, and never where somebody writes', () => {
    expect(resolveName('hub-to-shop', [OLD], 'if-alone')).toMatchObject({ kind: 'name', id: OLD.id });
    expect(resolveName('hub-to-shop', [OLD], 'never')).toEqual({ kind: 'ended', candidates: [OLD] });
  });

  it('of several stands for none of them', () => {
    const twin = { ...OTHER, name: 'hub-to-shop' };
    expect(resolveName('hub-to-shop', [OLD, NEW, twin], 'never')).toEqual({
      kind: 'several',
      candidates: [NEW, twin],
    });
  });

  it('is one thing, however often that was read, and whichever of its Regions gave it the name', () => {
    expect(
      resolveName('far', [{ ...NEW, name: 'near' }, { ...NEW, name: 'far' }, NEW], 'never'),
    ).toMatchObject({
      kind: 'name',
      id: NEW.id,
    });
    // What one Region still shows as there is there.
    expect(resolveName('hub-to-shop', [{ ...NEW, state: 'ended' }, NEW], 'never')).toEqual({
      kind: 'name',
      id: NEW.id,
      passedOver: [],
    });
  });

  it('that looks like an id is a name where no such id is known', () => {
    const shop = { id: 'vpc-00000009', name: 'vpc-a' };
    expect(resolveName('vpc-a', [shop], 'never')).toMatchObject({ kind: 'name', id: shop.id });
    expect(resolveName('vpc-a', [shop, { id: 'vpc-a' }], 'never')).toEqual({ kind: 'id', id: 'vpc-a' });
  });

  it('that is another thing’s whole id is that id, whether it was read or not', () => {
    expect(resolveName(OLD.id, [{ ...NEW, name: OLD.id }], 'never')).toEqual({ kind: 'id', id: OLD.id });
  });

  it.each(['', 'Hub-to-shop', 'hub-to-sho', 'hub-to-*'])('%j is nothing’s', (text) => {
    expect(
      resolveName(text, [NEW, { id: 'pcx-00000005', name: '' }, { id: 'pcx-00000006' }], 'never'),
    ).toEqual({
      kind: 'none',
    });
  });
});

const things = fc
  .array(
    fc.record({
      id: fc.constantFrom('pcx-00000001', 'pcx-00000002', 'pcx-00000003', 'pcx-00000004'),
      name: fc.constantFrom('a', 'b', undefined),
      state: fc.constantFrom('ended' as const, undefined),
    }),
    { maxLength: 8 },
  )
  .map((all): Nameable[] =>
    all.map(({ state, ...each }) => (state === undefined ? each : { ...each, state })),
  );

it('never has a writer mean what has ended, nor one of several, in whatever order things were read', () => {
  fc.assert(
    fc.property(things, fc.constantFrom('a', 'b'), (all, text) => {
      const there = new Set(
        all.filter(({ name, state }) => name === text && state === undefined).map(({ id }) => id),
      );
      const named = resolveName(text, all, 'never');
      expect(resolveName(text, all.toReversed(), 'never').kind).toBe(named.kind);
      if (named.kind === 'name') expect([...there]).toEqual([named.id]);
      else expect(there.size === 1).toBe(false);
    }),
  );
});

it('tells candidates apart by account, Region and CIDRs, shows no control characters, and not all of hundreds', () => {
  const vpc = (number: number) =>
    nameableVpc({
      vpcId: `vpc-0000000${number}`,
      accountId: '111111111111',
      region: 'us-east-1',
      cidrs: [`10.${number}.0.0/16`],
      tags: { Name: 'shop\u001b' },
    });
  expect(candidateLines([vpc(1)])).toBe(
    '  vpc-00000001 (shop\\u{1b})  of 111111111111 in us-east-1, 10.1.0.0/16',
  );
  expect(
    candidateLines(Array.from({ length: 12 }, (_, index) => vpc(index)))
      .split('\n')
      .at(-1),
  ).toBe('  and 2 more');
  const side = { accountId: '111111111111', region: 'us-east-1', vpcId: 'vpc-1', cidrs: ['10.1.0.0/16'] };
  expect(
    nameablePeering({
      peeringId: 'pcx-1',
      status: 'deleted',
      statusMessage: '',
      requester: side,
      accepter: { ...side, vpcId: 'vpc-2', cidrs: [] },
      tags: { Name: 'x' },
    }),
  ).toEqual({
    id: 'pcx-1',
    name: 'x',
    state: 'ended',
    tells: 'deleted: vpc-1 of 111111111111 in us-east-1, 10.1.0.0/16 - vpc-2 of 111111111111 in us-east-1',
  });
});
