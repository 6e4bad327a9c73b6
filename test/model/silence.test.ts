import type { Note } from '../../lib/model/memory.ts';
import {
  canBeSilenced,
  LONGEST_SILENCE,
  type Silence,
  silencedText,
  silenceNote,
  silenceOf,
  silencesIn,
} from '../../lib/model/silence.ts';

const AT = 1_772_366_400;
const silence: Silence = {
  id: 'pcx-11112222',
  by: 'arn:aws:iam::111111111111:user/ada',
  because: 'moved on Sunday',
  since: AT,
  until: AT + 3600,
};

const at = (seconds: number) => new Date(seconds * 1000);

function notesOf(...silences: readonly Silence[]): Map<string, Note> {
  return new Map(
    silences.flatMap((each) => {
      const note = silenceNote(each);
      return note.kind === 'note' ? [[note.key, { value: note.value, at: note.at }] as const] : [];
    }),
  );
}

describe('a silence', () => {
  it('is read as it was written, from when it begins until it ends', () => {
    const notes = notesOf(silence);
    expect(silencesIn(notes, at(AT))).toEqual(new Map([[silence.id, silence]]));
    expect(silencesIn(notes, at(AT + 3599)).size).toBe(1);
    expect(silencesIn(notes, at(AT + 3600)).size).toBe(0);
    expect(silencesIn(notes, at(AT - 1)).size).toBe(0);
  });

  it('that lasts longer than any may silences nothing, whoever wrote it', () => {
    const long = { ...silence, until: AT + LONGEST_SILENCE + 1 };
    expect(silencesIn(notesOf(long), at(AT)).size).toBe(0);
    expect(silencesIn(notesOf({ ...long, until: AT + LONGEST_SILENCE }), at(AT)).size).toBe(1);
  });

  it.each([
    ['no JSON', 'x'],
    ['no object', '1'],
    ['null', 'null'],
    ['no end', '{"by":"a","because":"b"}'],
    ['an end that is no number', '{"by":"a","because":"b","until":"never"}'],
    ['nobody who said so', `{"because":"b","until":${AT + 60}}`],
    ['no reason', `{"by":"a","until":${AT + 60}}`],
    ['an end before its beginning', `{"by":"a","because":"b","until":${AT - 60}}`],
  ])('written with %s silences nothing', (_what, value) => {
    expect(silencesIn(new Map([['silence pcx-11112222', { value, at: AT }]]), at(AT)).size).toBe(0);
  });

  it('of everything, or of what is no peering, table or VPC, silences nothing', () => {
    for (const id of ['*', '', 'pcx-', 'i-11112222', 'pcx-11112222 rtb-11112222']) {
      expect(canBeSilenced(id)).toBe(false);
      expect(silencesIn(notesOf({ ...silence, id }), at(AT)).size).toBe(0);
    }
  });

  it('of several resources the one that lasts longest counts', () => {
    const longer = { ...silence, id: 'vpc-11112222', until: AT + 7200 };
    const silences = silencesIn(notesOf(silence, longer), at(AT));
    expect(silenceOf(silences, [silence.id, undefined, longer.id])).toEqual(longer);
    expect(silenceOf(silences, ['rtb-11112222'])).toBeUndefined();
  });

  it('says by whom, until when and why, without what could move a cursor', () => {
    const [read] = silencesIn(notesOf({ ...silence, because: 'x\u001b[2J\ny' }), at(AT)).values();
    expect(read === undefined ? '' : silencedText(read)).toMatch(
      /^No message was sent: pcx-11112222 is silenced by arn:aws:iam::111111111111:user\/ada until 2026-03-01 13:00 UTC because: [ -~]*$/,
    );
  });
});
