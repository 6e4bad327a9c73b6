import { freezeNote } from '../../lib/model/freeze.ts';
import { type MemoryUpdate, NOTHING_REMEMBERED, type RegionMemory } from '../../lib/model/memory.ts';
import { silenceNote } from '../../lib/model/silence.ts';
import { freezeLines, orderLines, runningSilences, silenceLine } from '../../lib/report/orders.ts';

const AT = 1_772_366_400;
const NOW = new Date(AT * 1000);
const silence = {
  id: 'pcx-11112222',
  by: 'arn:aws:iam::111111111111:user/ada',
  because: 'moved',
  since: AT,
  until: AT + 3600,
};
const NAMES = new Map([['pcx-11112222', 'prod-to-shared']]);
const freeze = { by: 'arn:aws:iam::111111111111:user/ben', because: 'audit', since: AT };

function remembering(...updates: readonly MemoryUpdate[]): RegionMemory {
  const notes = updates.flatMap((update) =>
    update.kind === 'note' ? [[update.key, { value: update.value, at: update.at }] as const] : [],
  );
  return { ...NOTHING_REMEMBERED, notes: new Map(notes) };
}

describe('what people have ordered', () => {
  it('is one line for all Regions of which it was said, a freeze before silences', () => {
    const memory = remembering(freezeNote(freeze), silenceNote(silence));
    const memories = new Map([
      ['us-east-1', memory],
      ['eu-west-1', memory],
    ]);
    expect(orderLines(memories, NOW, NAMES)).toEqual([
      'eu-west-1, us-east-1: Frozen by arn:aws:iam::111111111111:user/ben since 2026-03-01 12:00 UTC until "peering thaw", because: audit',
      'No messages are sent about pcx-11112222 (prod-to-shared) until 2026-03-01 13:00 UTC (eu-west-1, us-east-1): silenced by arn:aws:iam::111111111111:user/ada, because: moved',
    ]);
  });

  it('names a Region by itself where something else was said of it', () => {
    const memories = new Map([
      ['us-east-1', remembering(freezeNote(freeze))],
      ['eu-west-1', remembering(freezeNote({ ...freeze, because: 'outage' }))],
    ]);
    expect(freezeLines(memories, NOW)).toHaveLength(2);
  });

  it('lists silences that end first before the others, and none that is over', () => {
    const later = { ...silence, id: 'vpc-11112222', until: AT + 7200 };
    const memories = new Map([['us-east-1', remembering(silenceNote(later), silenceNote(silence))]]);
    const found = runningSilences(memories, NOW);
    expect(found.map(({ id }) => id)).toEqual([silence.id, later.id]);
    expect(found.map((each) => silenceLine(each, NAMES))[0]).toContain(silence.id);
    expect(runningSilences(memories, new Date((AT + 3600) * 1000)).map(({ id }) => id)).toEqual([later.id]);
  });

  it('is nothing where nothing was said', () => {
    expect(orderLines(new Map([['us-east-1', NOTHING_REMEMBERED]]), NOW, NAMES)).toEqual([]);
  });
});
