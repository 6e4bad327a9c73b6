import {
  decodeTold,
  encodeTold,
  FORGET_AFTER_SECONDS,
  findingKey,
  NOTE_AFTER_SECONDS,
  NOTHING_TOLD,
  type ToldFindings,
  whatToTell,
} from '../../lib/messages/told.ts';
import type { Finding } from '../../lib/model/finding.ts';
import { REGION } from '../support/fixtures.ts';

const START = Date.UTC(2026, 0, 31, 12) / 1000;

function finding(destination = '10.64.0.0/16', parts: Partial<Finding> = {}): Finding {
  return {
    kind: 'conflict',
    region: REGION,
    routeTableId: 'rtb-1',
    destination,
    peeringId: 'pcx-1',
    detail: 'Goes elsewhere.',
    repairable: false,
    ...parts,
  };
}

/** @param seconds after `START`. */
function tell(told: ToldFindings, findings: readonly Finding[], seconds: number) {
  return whatToTell(told, findings, new Date((START + seconds) * 1000));
}

function toldAt(seconds: number, ...findings: readonly Finding[]): ToldFindings {
  return { seen: new Map(findings.map((each) => [findingKey(each), START + seconds])) };
}

describe('the key of a finding', () => {
  it('is the same however the finding is worded', () => {
    expect(findingKey(finding())).toBe(findingKey(finding('10.64.0.0/16', { detail: 'Otherwise.' })));
  });

  it.each([
    ['kind', { kind: 'contested' }],
    ['Region', { region: 'eu-west-1' }],
    ['table', { routeTableId: 'rtb-2' }],
    ['destination', { destination: '10.65.0.0/16' }],
    ['peering', { peeringId: 'pcx-2' }],
  ] as const)('is another for another %s', (_, parts) => {
    expect(findingKey({ ...finding(), ...parts })).not.toBe(findingKey(finding()));
  });

  it('stays what it was in earlier versions, so that nobody is told again after an update', () => {
    expect(findingKey(finding())).toBe('q5n99d');
    expect(findingKey({ kind: 'conflict', region: REGION })).toBe('1nxfuf9');
  });
});

describe('what people are told', () => {
  it('is told once, and noted with the time', () => {
    const { news, remember } = tell(NOTHING_TOLD, [finding()], 0);
    expect(news).toEqual([finding()]);
    expect(remember).toEqual(toldAt(0, finding()));
    expect(tell(toldAt(0, finding()), [finding()], 60)).toEqual({ news: [] });
  });

  it('is told without what they know', () => {
    const { news, remember } = tell(toldAt(0, finding()), [finding(), finding('10.65.0.0/16')], 60);
    expect(news).toEqual([finding('10.65.0.0/16')]);
    expect(remember?.seen).toEqual(
      new Map([...toldAt(0, finding()).seen, ...toldAt(60, finding('10.65.0.0/16')).seen]),
    );
  });

  it('is noted again while it lasts, after half a day', () => {
    expect(tell(toldAt(0, finding()), [finding()], NOTE_AFTER_SECONDS - 1)).toEqual({ news: [] });
    expect(tell(toldAt(0, finding()), [finding()], NOTE_AFTER_SECONDS)).toEqual({
      news: [],
      remember: toldAt(NOTE_AFTER_SECONDS, finding()),
    });
  });

  it('is news again when it was away for longer than a day', () => {
    expect(tell(toldAt(0, finding()), [finding()], FORGET_AFTER_SECONDS - 1).news).toEqual([]);
    expect(tell(toldAt(0, finding()), [finding()], FORGET_AFTER_SECONDS).news).toEqual([finding()]);
  });

  it('leaves out what found no room in the note, until there is room again', () => {
    const full: ToldFindings = { ...toldAt(0, finding()), full: true };
    const other = finding('10.65.0.0/16');
    expect(tell(full, [finding(), other], 60)).toEqual({ news: [] });
    expect(tell(full, [finding(), other], NOTE_AFTER_SECONDS)).toEqual({
      news: [],
      remember: { ...toldAt(NOTE_AFTER_SECONDS, finding()), full: true },
    });
    expect(tell(full, [other], FORGET_AFTER_SECONDS)).toEqual({
      news: [other],
      remember: toldAt(FORGET_AFTER_SECONDS, other),
    });
  });
});

describe('the note of what was told', () => {
  it('names the latest first, and is read as it was written', () => {
    const told = {
      seen: new Map([
        ['aa', 36],
        ['bb', 72],
        ['zz', 1],
      ]),
    };
    expect(encodeTold(told)).toBe('1 bb@20 aa@10 zz@1');
    expect(decodeTold(' 1 bb@20  aa@10\nzz@1 ')).toEqual(told);
    expect(encodeTold({ ...told, full: true })).toBe('1+ bb@20 aa@10 zz@1');
    expect(decodeTold('1+ bb@20 aa@10 zz@1')).toEqual({ ...told, full: true });
    expect(encodeTold(NOTHING_TOLD)).toBe('1');
  });

  it('leaves out the oldest where there is no room, and says so', () => {
    // Each takes 16 characters with its space, so 255 fit behind the version, with 14 characters to spare.
    const many = Array.from(
      { length: 256 },
      (_, index) => [`k${String(index).padStart(5, '0')}`, 36 ** 7 + index] as const,
    );
    const whole = encodeTold({ seen: new Map(many.slice(1)) });
    expect(whole).toMatch(/^1 k00255@/);
    const cut = encodeTold({ seen: new Map(many) });
    expect(cut).toBe(`1+${whole.slice(1)}`);
    expect(decodeTold(cut)).toEqual({ full: true, seen: new Map(many.slice(1).reverse()) });
  });

  it('may be as long as an SSM parameter, to the last character', () => {
    const entries = (length: number) =>
      new Map([
        ...Array.from({ length: 255 }, (_, i) => [`k${String(i).padStart(5, '0')}`, 36 ** 7 + i] as const),
        ['z'.repeat(length), 36 ** 5],
      ]);
    expect(encodeTold({ seen: entries(6) })).toHaveLength(4095);
    expect(encodeTold({ seen: entries(7) })).toMatch(/^1\+ .*k00000@10000000$/);
  });

  it.each([
    '',
    '2 aa@10',
    '1 aa',
    '1 aa@',
    '1 @10',
    '1 aaaaaaaa@10',
    '1 aa@123456789',
    '1 xaa@1 x-aa@1'.slice(0, 2),
    '1 -aa@10 aa@10-',
  ])('counts as nothing told where it cannot be read: %p', (text) => {
    expect(decodeTold(text)).toEqual(NOTHING_TOLD);
  });
});
