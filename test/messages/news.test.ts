import {
  FORGET_AFTER_SECONDS,
  findingKey,
  forgetInPlace,
  forgetRepaired,
  NOTE_AFTER_SECONDS,
  NOTE_LASTS_SECONDS,
  type Notes,
  newsKeys,
  newsOf,
  whatToTell,
  withComingAndGoing,
} from '../../lib/messages/news.ts';
import type { Change } from '../../lib/model/change.ts';
import type { Finding } from '../../lib/model/finding.ts';
import type { MemoryUpdate } from '../../lib/model/memory.ts';
import { REGION, route } from '../support/fixtures.ts';

const START = Date.UTC(2026, 0, 31, 12) / 1000;

/** @param seconds after `START`. */
function later(seconds: number): Date {
  return new Date((START + seconds) * 1000);
}

function noted(key: string, value: string, seconds = 0): Notes {
  return new Map([[key, { value, at: START + seconds }]]);
}

function note(key: string, value: string, seconds: number): MemoryUpdate {
  const at = START + seconds;
  return { kind: 'note', key, value, at, expiresAt: at + 26 * 60 * 60 };
}

function finding(destination = '10.64.0.0/16'): Finding {
  return {
    kind: 'conflict',
    region: REGION,
    routeTableId: 'rtb-1',
    destination,
    peeringId: 'pcx-1',
    detail: 'Goes elsewhere.',
    repairable: false,
  };
}

const KEY = `told ${findingKey(finding())}`;

describe('the key of a finding', () => {
  it('is the same however the finding is worded', () => {
    const reworded: Finding = { ...finding(), detail: 'Otherwise.' };
    expect(findingKey(reworded)).toBe(findingKey(finding()));
  });

  it.each([
    ['kind', { kind: 'contested' }],
    ['Region', { region: 'eu-west-1' }],
    ['table', { routeTableId: 'rtb-2' }],
    ['destination', { destination: '10.65.0.0/16' }],
    ['peering', { peeringId: 'pcx-2' }],
  ] as const)('is another for another %s', (_, changed) => {
    expect(findingKey({ ...finding(), ...changed })).not.toBe(findingKey(finding()));
  });

  it('stays what it was in earlier versions, so that nobody is told again after an update', () => {
    expect(findingKey(finding())).toBe('q5n99d');
    expect(findingKey({ kind: 'conflict', region: REGION })).toBe('1nxfuf9');
  });
});

describe('news', () => {
  const key = newsKeys.ownRequest('pcx-1', 'expired');

  it('is told once, and noted with the time and until when the note is good', () => {
    expect(newsOf(new Map(), key, 'expired', later(0))).toEqual({
      isNews: true,
      updates: [note(key, 'expired', 0)],
    });
    expect(newsOf(noted(key, 'expired'), key, 'expired', later(60))).toEqual({ isNews: false, updates: [] });
    expect(NOTE_LASTS_SECONDS).toBeGreaterThan(FORGET_AFTER_SECONDS);
  });

  it('is noted again while it lasts, every half a day', () => {
    const told = noted(key, 'expired');
    expect(newsOf(told, key, 'expired', later(NOTE_AFTER_SECONDS - 1)).updates).toEqual([]);
    expect(newsOf(told, key, 'expired', later(NOTE_AFTER_SECONDS))).toEqual({
      isNews: false,
      updates: [note(key, 'expired', NOTE_AFTER_SECONDS)],
    });
  });

  it('is told again when it was away for longer than a day, or says something else', () => {
    const told = noted(key, 'expired');
    expect(newsOf(told, key, 'expired', later(FORGET_AFTER_SECONDS - 1)).isNews).toBe(false);
    expect(newsOf(told, key, 'expired', later(FORGET_AFTER_SECONDS)).isNews).toBe(true);
    expect(newsOf(told, key, 'failed', later(60))).toEqual({
      isNews: true,
      updates: [note(key, 'failed', 60)],
    });
  });

  it('has a key for each thing that is told once', () => {
    expect([
      newsKeys.acceptedByHand('pcx-1'),
      newsKeys.ended('pcx-1'),
      newsKeys.ownRequest('pcx-1', 'failed'),
      newsKeys.callFailed('CreateRoute', 'rtb-1'),
      newsKeys.reminder('pcx-1'),
      newsKeys.finding(finding()),
    ]).toEqual([
      'accepted-by-hand pcx-1',
      'ended pcx-1',
      'own-request pcx-1 failed',
      'call-failed CreateRoute rtb-1',
      'reminder pcx-1',
      KEY,
    ]);
  });
});

/** What is told, and what to remember of it. */
function telling(...asked: Parameters<typeof whatToTell>) {
  const { news, updates } = whatToTell(...asked);
  return { news, updates: [...updates.values()].flat() };
}

describe('findings that people are told about', () => {
  it('are those that they do not know, each once', () => {
    const other = finding('10.65.0.0/16');
    const { news, updates } = telling(noted(KEY, 'conflict'), [finding(), other, other], later(60));
    expect(news).toEqual([other]);
    expect(updates).toEqual([note(newsKeys.finding(other), 'conflict', 60)]);
  });

  it('are known from an earlier version as well, however that noted it', () => {
    expect(telling(noted(KEY, 'imported'), [finding()], later(60))).toEqual({ news: [], updates: [] });
    expect(telling(noted(KEY, 'imported'), [finding()], later(NOTE_AFTER_SECONDS))).toEqual({
      news: [],
      updates: [note(KEY, 'imported', NOTE_AFTER_SECONDS)],
    });
  });

  it('are told again when something else has the addresses, and noted with what it is', () => {
    const by = (elsewhere: string) => ({ ...finding(), elsewhere });
    const gateway = by('10.64.0.0/16 tgw-1');
    const told = noted(KEY, 'conflict 10.64.0.0/16 tgw-1');
    expect(telling(new Map(), [gateway], later(0))).toEqual({
      news: [gateway],
      updates: [note(KEY, 'conflict 10.64.0.0/16 tgw-1', 0)],
    });
    expect(telling(told, [gateway], later(60))).toEqual({ news: [], updates: [] });
    for (const other of [by('10.64.0.0/16 vgw-1'), by('10.0.0.0/8 tgw-1')]) {
      expect(telling(told, [other], later(60))).toEqual({
        news: [other],
        updates: [note(KEY, `conflict ${other.elsewhere}`, 60)],
      });
    }
    expect(telling(told, [finding()], later(60)).news).toEqual([finding()]);
  });

  it.each(['conflict', 'imported'])(
    'are known from a version that noted only "%s", and what it did not note is noted at once, so that a change is news',
    (words) => {
      const gateway = { ...finding(), elsewhere: '10.64.0.0/16 tgw-1' };
      expect(telling(noted(KEY, words), [gateway], later(60))).toEqual({
        news: [],
        updates: [note(KEY, 'conflict 10.64.0.0/16 tgw-1', 60)],
      });
      expect(telling(noted(KEY, words), [gateway], later(FORGET_AFTER_SECONDS)).news).toEqual([gateway]);
    },
  );

  it('are told again after 25 hours without them', () => {
    expect(telling(noted(KEY, 'conflict'), [finding()], later(25 * 3600 - 1)).news).toEqual([]);
    expect(telling(noted(KEY, 'conflict'), [finding()], later(25 * 3600)).news).toEqual([finding()]);
  });

  it('are forgotten once they are repaired, so that they are news when they come back', () => {
    const change: Change = {
      action: 'create',
      region: REGION,
      routeTableId: 'rtb-1',
      destination: '10.64.0.0/16',
      peeringId: 'pcx-1',
      reason: 'wanted',
    };
    const mending: Change = { ...change, mends: 'missing' };
    expect(forgetRepaired([change, mending, mending])).toEqual([
      { kind: 'forget-note', key: newsKeys.finding({ ...finding(), kind: 'missing' }) },
    ]);
    expect(forgetRepaired([change])).toEqual([]);
  });

  it('are forgotten of the peering that ended, where the route of another one took the place', () => {
    expect(
      forgetRepaired([
        {
          action: 'replace',
          region: REGION,
          routeTableId: 'rtb-1',
          destination: '10.64.0.0/16',
          peeringId: 'pcx-new',
          reason: 'wanted',
          mends: 'stale',
          seen: route('10.64.0.0/16', 'pcx-1'),
        },
      ]),
    ).toEqual([{ kind: 'forget-note', key: newsKeys.finding({ ...finding(), kind: 'stale' }) }]);
  });
});

describe('a route that comes and goes', () => {
  const missing: Finding = { ...finding(), kind: 'missing', repairable: true, heldBy: 'repair-off' };
  const place = { region: REGION, routeTableId: 'rtb-1', destination: '10.64.0.0/16', peeringId: 'pcx-1' };

  /** What people are told over time, of looks that see the route missing or in place. */
  function play(looks: readonly (readonly [minutes: number, sees: 'missing' | 'in place'])[]) {
    const notes = new Map<string, { value: string; at: number }>();
    const said: string[] = [];
    for (const [minutes, sees] of looks) {
      const now = later(minutes * 60);
      const found = sees === 'missing' ? whatToTell(notes, [missing], now) : undefined;
      const updates =
        found === undefined ? forgetInPlace(notes, () => [place], now) : [...found.updates.values()].flat();
      for (const update of updates) {
        if (update.kind === 'note') notes.set(update.key, update);
        if (update.kind === 'forget-note') notes.delete(update.key);
      }
      if (found === undefined) continue;
      if (found.news.length > 0) {
        said.push(`${minutes}${found.comingAndGoing.has(missing) ? ' for the last time' : ''}`);
      }
      if (found.knownToCome.length > 0) said.push(`${minutes} for the history`);
    }
    return said;
  }

  it('is told each time that it is gone, up to three times within an hour, and then kept for the history', () => {
    expect(
      play([
        [0, 'missing'],
        [5, 'missing'],
        [10, 'in place'],
        [15, 'missing'],
        [20, 'in place'],
        [25, 'missing'],
        [30, 'in place'],
        [35, 'missing'],
        [40, 'missing'],
        [45, 'in place'],
        [50, 'missing'],
      ]),
    ).toEqual(['0', '15', '25 for the last time', '35 for the history', '50 for the history']);
  });

  const quiet = [
    [0, 'missing'],
    [1, 'in place'],
    [2, 'missing'],
    [3, 'in place'],
    [4, 'missing'],
    [5, 'in place'],
  ] as const;

  it('is told again once it has been gone for an hour, once', () => {
    const after = [10, 69, 70, 75, 200].map((minutes) => [minutes, 'missing'] as const);
    expect(play([...quiet, ...after]).slice(3)).toEqual(['10 for the history', '70']);
  });

  it('is news like any other once it has been in place for an hour', () => {
    const after = [
      [10, 'missing'],
      [20, 'in place'],
      [80, 'missing'],
      [85, 'in place'],
      [90, 'missing'],
    ] as const;
    expect(play([...quiet, ...after]).slice(3)).toEqual(['10 for the history', '80', '90']);
  });

  it('is told without end if each time it was in place for an hour before', () => {
    const looks = [0, 1, 2, 3, 4, 5].flatMap(
      (round) =>
        [
          [round * 70, 'missing'],
          [round * 70 + 9, 'in place'],
        ] as const,
    );
    expect(play(looks)).toHaveLength(6);
  });

  it('is said to come and go, with the command that shows each time', () => {
    expect(withComingAndGoing(missing).detail).toBe(
      'Goes elsewhere. This was over and came back 2 times within an hour, so nobody is told of it again before it has stayed like this, or been in place, for an hour. Each time is in the history: peering history rtb-1',
    );
  });
});
