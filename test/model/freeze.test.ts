import {
  type Freeze,
  freezeIn,
  freezeNote,
  frozenText,
  thawIn,
  thawUpdates,
} from '../../lib/model/freeze.ts';
import type { Note } from '../../lib/model/memory.ts';

const AT = 1_772_366_400;
const freeze: Freeze = { by: 'arn:aws:iam::111111111111:user/ada', because: 'audit', since: AT };
const at = (seconds: number) => new Date(seconds * 1000);

function notesOf(given: Freeze): Map<string, Note> {
  const note = freezeNote(given);
  return new Map(note.kind === 'note' ? [[note.key, { value: note.value, at: note.at }]] : []);
}

describe('a freeze', () => {
  it('lasts until somebody ends it, or until its time is over', () => {
    expect(freezeIn(notesOf(freeze), at(AT + 1e9))).toEqual(freeze);
    const ending = { ...freeze, until: AT + 60 };
    expect(freezeIn(notesOf(ending), at(AT + 59))).toEqual(ending);
    expect(freezeIn(notesOf(ending), at(AT + 60))).toBeUndefined();
    expect(freezeIn(new Map(), at(AT))).toBeUndefined();
  });

  it.each(['', 'x', 'null', '1', '[]', '{}', '{"until":"soon"}', '{"by":1,"because":{}}'])(
    'whose note says %j freezes all the same',
    (value) => {
      const found = freezeIn(new Map([['freeze', { value, at: AT }]]), at(AT));
      expect(found).toEqual({ by: 'somebody who cannot be read', because: 'nobody said why', since: AT });
    },
  );

  it('says by whom, since when and why, on one line, whatever is written there', () => {
    expect(frozenText(freeze)).toBe(
      'Frozen by arn:aws:iam::111111111111:user/ada since 2026-03-01 12:00 UTC until "peering thaw", because: audit',
    );
    const value = JSON.stringify({ by: 'a\n\u001b[2J', because: 'b\r\nc', until: 1e300 });
    const found = freezeIn(new Map([['freeze', { value, at: 1e300 }]]), at(AT));
    expect(found === undefined ? '' : frozenText(found)).toMatch(/^Frozen by [ -~\\]*$/);
  });

  it('that is ended says who ended it', () => {
    const notes = new Map(
      thawUpdates({ by: 'ada', because: 'done' }, AT).flatMap((update) =>
        update.kind === 'note' ? [[update.key, { value: update.value, at: update.at }] as const] : [],
      ),
    );
    expect(thawIn(notes)).toEqual({ by: 'ada', because: 'done' });
    expect(thawIn(new Map())).toBeUndefined();
    expect(thawIn(new Map([['thawed', { value: 'x', at: AT }]]))?.by).toBe('somebody who cannot be read');
  });
});
