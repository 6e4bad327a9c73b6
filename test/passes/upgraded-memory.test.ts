import fc from 'fast-check';
import { createUpgradedMemory } from '../../lib/passes/upgraded-memory.ts';
import type { LegacyState, LegacyTexts } from '../../lib/ports/legacy-state.ts';
import { repairKey } from '../../lib/routing/contested.ts';
import { REGION } from '../support/fixtures.ts';
import { historyText, toldText } from '../support/legacy-texts.ts';
import { awsError } from '../support/memory-ec2.ts';
import { createMemoryStore, type MemoryStoreOptions } from '../support/memory-store.ts';

/** A stack whose older version kept what it remembered in SSM parameters. */

const NOW = new Date('2026-03-01T12:00:00Z');
const SECONDS = NOW.getTime() / 1000;
const OTHER_REGION = 'eu-west-1';
const COMMAND = '11111111-2222-3333-4444-555555555555';
const ROUTE = { routeTableId: 'rtb-11111111', destination: 'fd00:2::/56' };
const SAID = {
  accountId: '222222222222',
  verdict: 'unreachable',
  at: new Date(NOW.getTime() - 60_000).toISOString(),
};

const BEFORE: LegacyTexts = {
  repairs: historyText(new Map([[repairKey(ROUTE), [SECONDS - 120, SECONDS - 60]]])),
  toldFindings: toldText({ seen: new Map([['1a2b3c', SECONDS - 3600]]) }),
  lost: new Map([
    ['pcx-11111111/10.2.1.139', `3 ${COMMAND}`],
    ['pcx-11111111/fd00_2__5', `1 ${COMMAND}`],
  ]),
  peer: new Map([['pcx-11111111', JSON.stringify(SAID)]]),
};

interface WorldOptions extends MemoryStoreOptions {
  readonly texts?: LegacyTexts;
  readonly legacyFails?: () => Error | undefined;
}

function world({ texts = BEFORE, legacyFails, ...options }: WorldOptions = {}) {
  const { mode = 'enforce' } = options;
  const store = createMemoryStore({ now: () => SECONDS, ...options });
  const asked: string[] = [];
  const warnings: unknown[] = [];
  const legacy: LegacyState = {
    async read(region) {
      asked.push(region);
      const error = legacyFails?.();
      if (error !== undefined) throw error;
      return texts;
    },
  };
  /** A process: a function that was just started. */
  const start = () =>
    createUpgradedMemory(store, legacy, {
      mode,
      now: () => NOW,
      journal: { info: () => undefined, warn: (message, fields) => warnings.push({ message, ...fields }) },
    });
  return { store, asked, warnings, start };
}

const KNOWN = {
  routes: new Map(),
  repairs: new Map([[repairKey(ROUTE), [SECONDS - 120, SECONDS - 60]]]),
  notes: new Map([
    ['told 1a2b3c', { value: '', at: SECONDS - 3600 }],
    ['lost pcx-11111111 10.2.1.139', { value: `3 ${COMMAND}`, at: SECONDS }],
    ['lost pcx-11111111 fd00:2::5', { value: `1 ${COMMAND}`, at: SECONDS }],
    ['peer pcx-11111111', { value: JSON.stringify(SAID), at: SECONDS - 60 }],
  ]),
};

describe('an upgrade', () => {
  it('takes over all that was remembered of a Region, once, whichever function comes first', async () => {
    const { store, asked, start } = world();
    expect(await start().read(REGION)).toMatchObject(KNOWN);
    const calls = store.calls.length;
    const later = start();
    const { notes, ...others } = await later.read(REGION);
    expect(others).toMatchObject({ routes: new Map(), repairs: KNOWN.repairs });
    expect(new Map([...notes].filter(([key]) => key !== 'upgraded'))).toEqual(KNOWN.notes);
    expect(store.calls.slice(calls)).toEqual([`read ${REGION}`]);
    expect(asked).toEqual([REGION]);
    expect(notes.get('upgraded')?.value).toBe('');
    await later.read(OTHER_REGION);
    expect(asked).toEqual([REGION, OTHER_REGION]);
  });

  it('comes before a note is read alone or anything is written', async () => {
    const one = world();
    expect(await one.start().readNote(REGION, 'told 1a2b3c')).toEqual({ value: '', at: SECONDS - 3600 });
    const other = world();
    const memory = other.start();
    await memory.update(REGION, [{ kind: 'forget-note', key: 'told 1a2b3c' }]);
    expect((await memory.read(REGION)).notes.has('told 1a2b3c')).toBe(false);
    expect((await other.start().read(REGION)).notes.has('told 1a2b3c')).toBe(false);
  });

  it('of a stack that remembered nothing looks once too', async () => {
    const { store, asked, start } = world({ texts: { lost: new Map(), peer: new Map() } });
    await start().readNote(REGION, 'a');
    await start().read(REGION);
    expect(asked).toEqual([REGION]);
    // So that tags of before an upgrade, which anybody could have written, count for nothing here.
    expect([...store.snapshot(REGION).notes]).toEqual([['upgraded', { value: 'nothing', at: SECONDS }]]);
  });

  it('costs nothing once a process knows of it', async () => {
    const { store, start } = world();
    const memory = start();
    await memory.read(REGION);
    store.calls.length = 0;
    await memory.readNote(REGION, 'told 1a2b3c');
    await memory.update(REGION, [{ kind: 'forget-note', key: 'a' }]);
    expect(store.calls).toEqual([`readNote ${REGION} told 1a2b3c`, `forget-note ${REGION} a`]);
  });

  it('remembers that the older version had told more than it could note', async () => {
    const { start } = world({
      texts: { toldFindings: toldText({ seen: new Map(), full: true }), lost: new Map(), peer: new Map() },
    });
    expect((await start().read(REGION)).notes.get('told *')).toEqual({ value: '', at: SECONDS });
  });

  it('leaves out what is over, and what is unreadable', async () => {
    const { start } = world({
      texts: {
        repairs: 'nonsense',
        toldFindings: toldText({ seen: new Map([['old', SECONDS - 26 * 3600]]) }),
        lost: new Map([
          ['pcx-11111111', `3 ${COMMAND}`],
          ['pcx-11111111/10.2.1.139', 'NaN'],
        ]),
        peer: new Map([
          ['pcx-11111111', '[]'],
          ['pcx-22222222', JSON.stringify({ ...SAID, at: '2026-02-01T12:00:00Z' })],
        ]),
      },
    });
    expect(await start().read(REGION)).toMatchObject({ repairs: new Map(), notes: new Map() });
  });
});

describe('parameters that cannot be read', () => {
  it.each(['AccessDeniedException', 'ParameterNotFound'])(
    'for good (%s) are forgotten, aloud',
    async (code) => {
      const { asked, warnings, start } = world({ legacyFails: () => awsError(code, 'no') });
      expect((await start().read(REGION)).notes.size).toBe(0);
      expect(warnings).toEqual([
        { message: 'nothing taken over', region: REGION, reason: expect.stringContaining('no') },
      ]);
      await start().read(REGION);
      expect(asked).toEqual([REGION]);
    },
  );

  it('for now fail the pass, and are read by the next', async () => {
    let failures = 1;
    const { start } = world({
      legacyFails: () => (failures-- > 0 ? awsError('ThrottlingException', 'slow') : undefined),
    });
    await expect(start().read(REGION)).rejects.toThrow('slow');
    expect(await start().read(REGION)).toMatchObject(KNOWN);
  });
});

it('an upgrade that is cut short at any write is the same when it is done again', async () => {
  await fc.assert(
    fc.asyncProperty(fc.nat({ max: 6 }), fc.boolean(), async (at, others) => {
      let index = 0;
      const { store, start } = world({
        fail: (call) => {
          if (call !== 'update') return undefined;
          const hit = others ? index === at : index >= at && index < at + 10;
          index += 1;
          return hit ? awsError('ThrottlingException', 'slow') : undefined;
        },
      });
      await start()
        .read(REGION)
        .catch(() => undefined);
      index = 100;
      expect(await start().read(REGION)).toMatchObject({ repairs: KNOWN.repairs });
      const { notes } = store.snapshot(REGION);
      expect(new Map([...notes].filter(([key]) => key !== 'upgraded'))).toEqual(KNOWN.notes);
      expect(notes.has('upgraded')).toBe(true);
    }),
  );
});

it('where nothing may be written all is shown, read once by each process, and nothing is written', async () => {
  const { store, asked, start } = world({ mode: 'observe' });
  const memory = start();
  expect(await memory.read(REGION)).toMatchObject(KNOWN);
  expect(await memory.readNote(REGION, 'told 1a2b3c')).toEqual({ value: '', at: SECONDS - 3600 });
  await memory.update(REGION, [{ kind: 'forget-note', key: 'told 1a2b3c' }]);
  expect(store.snapshot(REGION).notes.size).toBe(0);
  expect(asked).toEqual([REGION]);
});
