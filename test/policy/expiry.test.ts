import fc from 'fast-check';
import type { Counted, Renewal, ToldEnd } from '../../lib/model/expiry.ts';
import { decide } from '../../lib/policy/decide.ts';
import { type Decision, isOver } from '../../lib/policy/decision.ts';
import type { Lifetime } from '../../lib/policy/expiry.ts';
import { NOTICE } from '../../lib/policy/expiry.ts';
import { daysOfText, endOfText, endText, timeMeant } from '../../lib/policy/expiry-date.ts';
import { OWN, PEER, PREFIX, peering, policyOf, vpc } from '../support/fixtures.ts';
import { runs } from '../support/runs.ts';

/** When the time of a peering is over, and by whose word. */

const DAY = 86_400;
const seconds = (text: string) => Date.parse(text) / 1000;
const NOW = seconds('2026-03-01T12:00:00Z');
const PCX = 'pcx-11112222';
const EXPIRES = `${PREFIX}:expires`;
const local = vpc('vpc-aaaaaaaa', ['10.1.0.0/16']);
const remote = vpc('vpc-bbbbbbbb', ['10.2.0.0/16'], { accountId: PEER });

interface Given {
  readonly rule?: Record<string, unknown>;
  readonly tags?: Readonly<Record<string, string>>;
  readonly now?: number;
  readonly policy?: Record<string, unknown>;
  readonly status?: 'active' | 'pending-acceptance';
  readonly counted?: Counted;
  readonly renewal?: Renewal;
  readonly toldEnd?: ToldEnd;
  readonly accepted?: number;
}

function decided({ rule, tags = {}, now = NOW, policy, status = 'active', ...known }: Given): Decision {
  const lifetime: Lifetime = { now: new Date(now * 1000), ...known };
  const pcx = peering(PCX, remote, local, { status, tags });
  return decide(
    {
      peering: pcx,
      region: local.region,
      direction: 'inbound',
      local: pcx.accepter,
      remote: pcx.requester,
      localTags: {},
    },
    policyOf({
      rules: [{ name: 'partners', effect: 'accept', remote: { accounts: [PEER] }, ...rule }],
      ...policy,
    }),
    { accountId: OWN, localCidrs: local.cidrs, activePeerings: 1, obstacles: () => [], lifetime },
  );
}

const endAt = (given: Given) => decided(given).expiry?.end?.at;
const NINETY = { expireAfter: '90d' };
const SEEN: Counted = { since: NOW - 60, accepted: NOW - 120 };

describe('times as people write them', () => {
  it.each([
    ['2027-03-01', '2027-03-02T00:00:00Z'],
    ['2028-02-29', '2028-03-01T00:00:00Z'],
    ['2027-03-01T18:00:00Z', '2027-03-01T18:00:00Z'],
    ['2027-03-01T18:00Z', '2027-03-01T18:00:00Z'],
    ['2027-03-01T18:00:00+01:00', '2027-03-01T17:00:00Z'],
    ['2027-03-01T00:30:00-05:30', '2027-03-01T06:00:00Z'],
    ['2027-03-01T18:00:00.000Z', '2027-03-01T18:00:00Z'],
    ['2027-03-01T18:00:00.123456789+01:00', '2027-03-01T17:00:00Z'],
    ['2027-03-01T18:00:00,5Z', '2027-03-01T18:00:00Z'],
    ['2027-03-01T18:00+01', '2027-03-01T17:00:00Z'],
    ['2027-03-01T18:00:00-0330', '2027-03-01T21:30:00Z'],
    ['2027-03-01t18:00:00z', '2027-03-01T18:00:00Z'],
    ['2027-03-01 18:00Z', '2027-03-01T18:00:00Z'],
    ['2027-03-01 18:00 UTC', '2027-03-01T18:00:00Z'],
    ['2027-03-01 18:00:59 +01:00', '2027-03-01T17:00:59Z'],
  ])('reads %s', (text, end) => {
    expect(endOfText(text)).toBe(seconds(end));
  });

  it.each([
    '',
    ' 2027-03-01',
    '2027-3-1',
    '01.03.2027',
    '03/01/2027',
    '2027-02-29',
    '2027-02-30',
    '2027-13-01',
    '2027-03-01T18:00:00',
    '2027-03-01T18:00:00.Z',
    '2027-03-01T18:00.5Z',
    '2027-03-01T18:00:60Z',
    '2027-03-01T18Z',
    '2027-03-01  18:00Z',
    '2027-03-01 18:00 CET',
    '2027-02-30T18:00:00Z',
    '1969-12-31',
    '2027-03-01T24:00Z',
    '2027-03-01T18:00+25:00',
    '20270301',
    '1767225600',
    'never',
    '90d',
    '2027-03-01\n',
  ])('takes %j for no time', (text) => {
    expect(endOfText(text)).toBeUndefined();
  });

  it.each([
    ['2027-3-1', '2027-03-01'],
    ['2027/03/01', '2027-03-01'],
    ['2027.03.01', '2027-03-01'],
    ['20270301', '2027-03-01'],
    ['1.3.2027', '2027-03-01'],
    [' 2027-03-01', '2027-03-01'],
    ['2027-03-01\n', '2027-03-01'],
    ['2027-03-01T18:00:00', '2027-03-01T18:00:00Z'],
    ['2027-03-01 18:00', '2027-03-01 18:00Z'],
    ['2027-03-01T18:00:00.000', '2027-03-01T18:00:00.000Z'],
    ['20270301T180000Z', '2027-03-01T18:00:00Z'],
    ['20270301T1800', '2027-03-01T18:00Z'],
    ['2027/3/1 18:00 UTC', '2027-03-01 18:00 UTC'],
  ])('takes %j for a slip, and says what was meant', (text, meant) => {
    expect(endOfText(text)).toBeUndefined();
    expect(timeMeant(text)).toBe(meant);
    expect(decided({ tags: { [EXPIRES]: text }, policy: { mode: 'enforce' } }).reasons.join(' ')).toContain(
      `such as 2027-03-01T18:00:00+01:00. Did you mean ${meant}?`,
    );
  });

  it.each(['03/01/2027', '2027-02-30', '2027-3-32', 'never', '90d', '1767225600', '', '2027-03-01T24:00Z'])(
    'guesses nothing of %j',
    (text) => {
      expect(timeMeant(text)).toBeUndefined();
    },
  );

  it('reads each time that ISO 8601 and its own messages write, at each fraction and in each zone', () => {
    fc.assert(
      fc.property(
        fc.date({ min: new Date(60_000), max: new Date('9999-12-30'), noInvalidDate: true }),
        fc.integer({ min: -12 * 60, max: 14 * 60 }),
        (date, minutes) => {
          const at = Math.floor(date.getTime() / 1000);
          const there = new Date(date.getTime() + minutes * 60_000).toISOString().replace('Z', '');
          const two = (number: number) => `${number}`.padStart(2, '0');
          const zone = `${minutes < 0 ? '-' : '+'}${two(Math.floor(Math.abs(minutes) / 60))}:${two(Math.abs(minutes) % 60)}`;
          expect(endOfText(date.toISOString())).toBe(at);
          expect(endOfText(`${there}${zone}`)).toBe(at);
          expect(endOfText(endText(at))).toBe(at - (at % 60));
        },
      ),
      { numRuns: runs(200) },
    );
  });

  it('reads every day that it can write, and nothing at random that is not a time', () => {
    fc.assert(
      fc.property(fc.date({ min: new Date(0), max: new Date('9999-12-30'), noInvalidDate: true }), (date) => {
        const day = date.toISOString().slice(0, 10);
        const end = endOfText(day);
        expect(end).toBe(seconds(`${day}T00:00:00Z`) + DAY);
        expect(endText(seconds(`${day}T00:00:00Z`))).toBe(`${day} 00:00 UTC`);
      }),
      { numRuns: runs(200) },
    );
    fc.assert(
      fc.property(fc.string(), (text) => {
        if (!/^\d{4}-\d\d-\d\d/.test(text)) expect(endOfText(text)).toBeUndefined();
      }),
      { numRuns: runs(200) },
    );
  });

  it('reads days of expireAfter, from one to ten years of them', () => {
    expect(['1d', '90d', '3650d'].map(daysOfText)).toEqual([1, 90, 3650]);
    expect(['0d', '3651d', '90', '90h', '-1d', '1.5d', ' 1d', '01d'].map(daysOfText)).toEqual(
      Array.from({ length: 8 }, () => undefined),
    );
  });
});

describe('what lets a peering end', () => {
  it('is nothing unless a rule or its tag says so, and a renewal alone is not', () => {
    expect(decided({}).expiry?.end).toBeUndefined();
    expect(decided({}).managed).toBe(true);
    const renewal = { by: 'ada', because: 'audit', at: NOW, until: NOW + 10 * DAY };
    expect(endAt({ renewal })).toBeUndefined();
  });

  it('is counted from an acceptance that the registry knows only after the peering was first seen', () => {
    const seenFirst = { since: NOW };
    const given = { rule: NINETY, counted: seenFirst, accepted: NOW - 5, now: NOW + 60 };
    expect(endAt(given)).toBe(NOW - 5 + 90 * DAY);
    const kept = decided(given).expiry?.toCount;
    expect(kept).toEqual({ since: NOW, accepted: NOW - 5 });
    // Once: what people were told of it later changes nothing.
    expect(decided({ ...given, counted: kept ?? seenFirst, accepted: NOW + 30 }).expiry).toMatchObject({
      end: { at: NOW - 5 + 90 * DAY },
    });
  });

  it('is the rule, counted from the acceptance', () => {
    expect(endAt({ rule: NINETY, counted: SEEN })).toBe(NOW - 120 + 90 * DAY);
    expect(decided({ rule: NINETY, counted: SEEN }).reasons.join(' ')).toContain(
      'rule partners says expireAfter: 90d, and it was accepted 2026-03-01 11:58 UTC',
    );
  });

  it('reads the acceptance of what the product remembers, or of the tags that it wrote, and says so where neither is there', () => {
    expect(endAt({ rule: NINETY, accepted: NOW - 5 * DAY })).toBe(NOW + 85 * DAY);
    const tags = { [`${PREFIX}:decision`]: 'accept', [`${PREFIX}:decided-at`]: '2026-02-24T12:00:00.000Z' };
    expect(endAt({ rule: NINETY, tags })).toBe(NOW + 85 * DAY);
    for (const odd of [
      { ...tags, [`${PREFIX}:decision`]: 'hold' },
      { ...tags, [`${PREFIX}:decided-at`]: 'yesterday' },
      {},
    ]) {
      const decision = decided({ rule: NINETY, tags: odd });
      expect(decision.expiry?.end?.at).toBe(NOW + 90 * DAY);
      expect(decision.reasons.join(' ')).toContain('when it was accepted is not known');
    }
  });

  it('does not move with tags that are changed once the time counts', () => {
    const tags = { [`${PREFIX}:decision`]: 'accept', [`${PREFIX}:decided-at`]: '2020-01-01T00:00:00.000Z' };
    expect(endAt({ rule: NINETY, tags, counted: { since: NOW } })).toBe(NOW + 90 * DAY);
  });

  it('gives a week from the first look, however long ago it was accepted', () => {
    expect(endAt({ rule: NINETY, accepted: NOW - 400 * DAY })).toBe(NOW + 7 * DAY);
    expect(endAt({ rule: { expireAfter: '2d' }, accepted: NOW - 400 * DAY })).toBe(NOW + 2 * DAY);
  });

  it('is the tag before the rule, earlier or later, within what the rule allows', () => {
    expect(endAt({ rule: NINETY, tags: { [EXPIRES]: '2026-03-10' }, counted: SEEN })).toBe(
      seconds('2026-03-11T00:00:00Z'),
    );
    expect(endAt({ tags: { [EXPIRES]: '2031-03-10' } })).toBe(seconds('2031-03-11T00:00:00Z'));
    expect(endAt({ rule: NINETY, tags: { [EXPIRES]: '2026-05-30' } })).toBe(seconds('2026-05-31T00:00:00Z'));
    const far = decided({ rule: NINETY, tags: { [EXPIRES]: '2026-06-01' }, counted: SEEN });
    expect(far.expiry?.end).toMatchObject({ by: 'rule', at: NOW - 120 + 90 * DAY });
    expect(far.expiry?.slip).toContain('can have it end 2026-05-31 00:00 UTC at the latest');
  });

  it('never lets a tag that says too much say something later, by itself', () => {
    const tags = { [EXPIRES]: '2026-08-01' };
    const first = decided({ rule: NINETY, tags, counted: SEEN }).expiry?.toCount;
    expect(first?.tag).toEqual({ value: '2026-08-01', since: NOW });
    const counted = first ?? SEEN;
    expect(decided({ rule: NINETY, tags, counted, now: NOW + 100 * DAY }).expiry?.end?.by).toBe('rule');
    const changed = { [EXPIRES]: '2026-07-31' };
    expect(decided({ rule: NINETY, tags: changed, counted, now: NOW + 100 * DAY }).expiry?.end?.by).toBe(
      'tag',
    );
  });

  it.each(['never', '2026-02-30', '01.04.2026', '2020', '2020-01-01T00:00', ''])(
    'is never a tag that says %j',
    (value) => {
      const decision = decided({ tags: { [EXPIRES]: value }, now: NOW + 4000 * DAY });
      expect(decision.expiry?.end).toBeUndefined();
      expect(decision.expiry?.slip).toContain('says nothing');
      expect(decision.managed).toBe(true);
      expect(endAt({ rule: NINETY, tags: { [EXPIRES]: value }, counted: SEEN })).toBe(NOW - 120 + 90 * DAY);
    },
  );

  it('is put off by a renewal, and never brought forward', () => {
    const renewal = { by: 'ada', because: 'audit', at: NOW, until: NOW + 100 * DAY };
    expect(decided({ rule: NINETY, counted: SEEN, renewal }).expiry?.end).toMatchObject({
      by: 'renewal',
      at: renewal.until,
    });
    expect(endAt({ rule: NINETY, counted: SEEN, renewal: { ...renewal, until: NOW + DAY } })).toBe(
      NOW - 120 + 90 * DAY,
    );
    expect(endAt({ tags: { [EXPIRES]: '2026-03-10' }, renewal })).toBe(renewal.until);
  });

  it('says nothing of a request but how long it lives once it is accepted', () => {
    const decision = decided({
      rule: NINETY,
      status: 'pending-acceptance',
      tags: { [EXPIRES]: '2020-01-01' },
    });
    expect(decision).toMatchObject({ decision: 'accept' });
    expect(decision.expiry).toBeUndefined();
    expect(decision.reasons.join(' ')).toContain(
      'once it is accepted, it is no longer routed after that time',
    );
    expect(
      decided({ rule: { ...NINETY, onExpiry: 'delete' }, status: 'pending-acceptance' }).reasons.join(' '),
    ).toContain('it is deleted after that time');
  });

  it('lets nothing end that no rule manages, or that cannot be decided', () => {
    const tags = { [EXPIRES]: '2020-01-01' };
    expect(decided({ rule: { remote: { accounts: ['999999999999'] } }, tags }).expiry).toBeUndefined();
    const unknown = decided({ rule: { remote: { organizationalUnits: ['ou-ab12-cdef3456'] } }, tags });
    expect(unknown).toMatchObject({ undecidable: true });
    expect(unknown.expiry).toBeUndefined();
  });
});

describe('a peering whose time is over', () => {
  const end = NOW - 120 + 90 * DAY;
  const given = { rule: NINETY, counted: SEEN };
  const toldEnd = (at: number, stage: ToldEnd['stage'] = 'day', of = end): ToldEnd => ({
    end: of,
    stage,
    at,
  });

  it('goes on until people have known it for a day', () => {
    for (const each of [
      undefined,
      toldEnd(end - 6 * DAY, 'week'),
      toldEnd(end - DAY, 'day', end - 1),
      toldEnd(end - 60),
    ]) {
      const decision = decided({ ...given, now: end + 60, ...(each === undefined ? {} : { toldEnd: each }) });
      expect(decision.expiry?.end?.state).toBe('due');
      expect(decision.managed).toBe(true);
      expect(decision.reasons.join(' ')).toContain('It goes on until people have known that for a day.');
    }
  });

  it('is no longer managed then, and is held for no person', () => {
    const decision = decided({ ...given, now: end, toldEnd: toldEnd(end - DAY) });
    expect(isOver(decision)).toBe(true);
    expect(decision).toMatchObject({ decision: 'hold', managed: false, routableCidrs: [], rule: 'partners' });
    expect(decision.reasons.join(' ')).toContain('It ended 2026-05-30 11:58 UTC');
  });

  it('is shown as over at once where nothing is done about it (mode: observe)', () => {
    expect(isOver(decided({ ...given, now: end, policy: { mode: 'observe' } }))).toBe(true);
    expect(isOver(decided({ ...given, now: end - 1, policy: { mode: 'observe' } }))).toBe(false);
  });

  it('is never over before its end, nor before a day after it was told, whatever is remembered and however clocks go', () => {
    const time = fc.integer({ min: NOW - 500 * DAY, max: NOW + 500 * DAY });
    fc.assert(
      fc.property(
        fc.record({
          now: time,
          counted: fc.option(fc.record({ since: time, accepted: time }), { nil: undefined }),
          toldEnd: fc.option(
            fc.record({ end: time, stage: fc.constantFrom('week' as const, 'day' as const), at: time }),
            { nil: undefined },
          ),
          until: fc.option(time, { nil: undefined }),
          days: fc.integer({ min: 1, max: 400 }),
          value: fc.option(
            time.map((at) => new Date(at * 1000).toISOString().replace(/\.\d+Z/, 'Z')),
            { nil: undefined },
          ),
          isToldOfIt: fc.boolean(),
        }),
        ({ now, counted, toldEnd: drawn, until, days, value, isToldOfIt }) => {
          const known = {
            now,
            rule: { expireAfter: `${days}d` },
            ...(counted === undefined ? {} : { counted }),
            ...(until === undefined ? {} : { renewal: { by: 'ada', because: 'x', at: NOW, until } }),
            ...(value === undefined ? {} : { tags: { [EXPIRES]: value } }),
          };
          const at = endAt(known) ?? 0;
          const said = drawn === undefined ? undefined : isToldOfIt ? { ...drawn, end: at } : drawn;
          const decision = decided({ ...known, ...(said === undefined ? {} : { toldEnd: said }) });
          if (isOver(decision)) {
            expect(now).toBeGreaterThanOrEqual(at);
            expect(said).toMatchObject({ end: at, stage: 'day' });
            expect(now - (said?.at ?? now)).toBeGreaterThanOrEqual(NOTICE);
            if (until !== undefined) expect(now).toBeGreaterThanOrEqual(until);
          } else {
            expect(decision.managed).toBe(true);
          }
        },
      ),
      { numRuns: runs(300) },
    );
  });
});
