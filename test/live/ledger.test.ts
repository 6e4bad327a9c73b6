import type { Place } from '../../live/account.ts';
import { createInterruption, Interrupted } from '../../live/interruption.ts';
import { createLedger, type Kind } from '../../live/ledger.ts';

const place: Place = {
  accountId: '123456789012',
  region: 'us-east-1',
  partition: 'aws',
  cliOptions: ' --region us-east-1',
  of: () => {
    throw new Error('nobody is asked here');
  },
  in: () => place,
};

const gone = Object.assign(new Error('there is none'), { name: 'ResourceNotFoundException' });
const denied = Object.assign(new Error('not allowed'), { name: 'AccessDeniedException' });
const stillUsed = Object.assign(new Error('has dependencies'), { name: 'DependencyViolation' });

function scene({ rounds = 3 } = {}) {
  const removed: string[] = [];
  const failures = new Map<string, Error[]>();
  const kind: Kind = {
    name: 'thing',
    async remove(_, id) {
      const failure = failures.get(id)?.shift();
      if (failure !== undefined) throw failure;
      removed.push(id);
    },
    tagged: async () => [],
    byHand: (_, id) => `aws things delete ${id}`,
  };
  const controller = new AbortController();
  const ledger = createLedger('run1', createInterruption(controller.signal), { rounds, pauseMs: 1 });
  return { ledger, kind, removed, failures, interrupt: () => controller.abort() };
}

describe('what a check made', () => {
  it('is removed, last made first, once', async () => {
    const { ledger, kind, removed } = scene();
    await ledger.make(kind, place, async () => 'a');
    await ledger.makeNamed(kind, place, 'b', async () => undefined);
    expect(await ledger.removeAll()).toEqual({ leftovers: [], removed: 2 });
    expect(removed).toEqual(['b', 'a']);
    expect(await ledger.removeAll()).toEqual({ leftovers: [], removed: 0 });
    expect(removed).toEqual(['b', 'a']);
  });

  it('is removed also where the call that made it failed afterwards', async () => {
    const { ledger, kind, removed } = scene();
    const made = ledger.makeNamed(kind, place, 'b', () => Promise.reject(new Error('timeout')));
    await expect(made).rejects.toThrow('timeout');
    await ledger.removeAll();
    expect(removed).toEqual(['b']);
  });

  it('is fine where it is gone already, and tried again where others hang on it', async () => {
    const { ledger, kind, removed, failures } = scene();
    for (const id of ['vpc', 'queue', 'peering']) await ledger.make(kind, place, async () => id);
    failures.set('queue', [gone]);
    failures.set('vpc', [stillUsed, stillUsed]);
    expect(await ledger.removeAll()).toEqual({ leftovers: [], removed: 2 });
    expect(removed).toEqual(['peering', 'vpc']);
  });

  it('is named with the reason and the command, where it stays', async () => {
    const { ledger, kind, failures, removed } = scene();
    await ledger.make(kind, place, async () => 'vpc');
    await ledger.make(kind, place, async () => 'queue');
    failures.set('vpc', Array(10).fill(stillUsed));
    expect((await ledger.removeAll()).leftovers).toEqual([
      {
        what: 'thing vpc in us-east-1 of account 123456789012',
        why: 'DependencyViolation: has dependencies',
        byHand: 'aws things delete vpc',
      },
    ]);
    expect(removed).toEqual(['queue']);
    expect(failures.get('vpc')).toHaveLength(7);
  });

  it('is not tried again where that is not permitted', async () => {
    const { ledger, kind, failures } = scene({ rounds: 100 });
    await ledger.make(kind, place, async () => 'vpc');
    failures.set('vpc', Array(10).fill(denied));
    expect((await ledger.removeAll()).leftovers).toHaveLength(1);
    expect(failures.get('vpc')).toHaveLength(9);
  });

  it('becomes no more once a signal came', async () => {
    const { ledger, kind, removed, interrupt } = scene();
    await ledger.make(kind, place, async () => 'a');
    interrupt();
    await expect(ledger.make(kind, place, async () => 'b')).rejects.toThrow(Interrupted);
    await expect(ledger.makeNamed(kind, place, 'c', async () => undefined)).rejects.toThrow(Interrupted);
    await ledger.removeAll();
    expect(removed).toEqual(['a']);
  });
});
