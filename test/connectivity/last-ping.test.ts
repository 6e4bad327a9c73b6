import {
  type EndedPing,
  lastPingOf,
  peeringsAsked,
  pingNote,
  pingNotes,
} from '../../lib/connectivity/last-ping.ts';
import type { ProbeResult } from '../../lib/connectivity/results.ts';
import type { Note } from '../../lib/model/memory.ts';
import { REGION } from '../support/fixtures.ts';
import { VPC_A, VPC_B } from './networks.ts';

/** The last ping of a peering, from what was noted of each command. */

const PCX = 'pcx-11112222';
const TO_B = '10.2.1.139';
const AT = new Date('2026-03-01T12:00:00Z');

const result = (parts: Partial<ProbeResult> = {}): ProbeResult => ({
  peeringId: PCX,
  region: REGION,
  sourceInstanceId: 'i-a',
  target: TO_B,
  priceClass: 'same-zone',
  kind: 'ping',
  verdict: 'reachable',
  reason: 'All were answered.',
  transmitted: 5,
  received: 5,
  averageRtt: 2,
  rtt: { min: 1, avg: 2, max: 3, mdev: 0.5 },
  ...parts,
});

function notesOf(...pings: readonly Partial<EndedPing>[]): Map<string, Note> {
  return new Map(
    pings.map((ping) => {
      const of = {
        peeringId: PCX,
        target: TO_B,
        part: 'same-zone',
        sentAt: AT,
        results: [result()],
        ...ping,
      };
      const { key, value, at } = pingNote(of, 300);
      return [key, { value, at }];
    }),
  );
}

const fromA = (notes: ReadonlyMap<string, Note>) =>
  lastPingOf({ region: REGION, remote: VPC_B }, pingNotes(notes).get(PCX));

it('is read as it was noted', () => {
  expect(fromA(notesOf({}))).toEqual({
    at: AT,
    verdict: 'reachable',
    worst: 'ping',
    lossPercent: 0,
    averageRtt: 2,
    rtt: { min: 1, avg: 2, max: 3, mdev: 0.5 },
    priceClasses: ['same-zone'],
    sources: ['i-a'],
    targets: [TO_B],
  });
});

it('is that of all commands of the last check, the worst of them first', () => {
  const far = { target: '10.2.9.9', part: 'other-zone', sentAt: new Date(AT.getTime() + 20_000) };
  const lossy = result({
    target: '10.2.9.9',
    priceClass: 'other-zone',
    received: 3,
    verdict: 'lossy',
    averageRtt: 6,
  });
  expect(
    fromA(notesOf({}, { ...far, results: [{ ...lossy, rtt: { min: 4, avg: 6, max: 9 } }] })),
  ).toMatchObject({
    at: far.sentAt,
    verdict: 'lossy',
    lossPercent: 20,
    rtt: { min: 1, max: 9 },
    priceClasses: ['other-zone', 'same-zone'],
    targets: [TO_B, '10.2.9.9'],
  });
});

it('says nothing of an earlier check, whose targets are not asked any more', () => {
  const earlier = { target: '10.2.9.9', sentAt: new Date(AT.getTime() - 300_000) };
  const notes = notesOf({}, { ...earlier, results: [result({ received: 0, verdict: 'unreachable' })] });
  expect(fromA(notes)).toMatchObject({ verdict: 'reachable', targets: [TO_B] });
});

it('is of one direction, where this account owns both ends', () => {
  const notes = notesOf({}, { target: '10.1.1.13', results: [result({ target: '10.1.1.13', received: 0 })] });
  const fromB = lastPingOf({ region: REGION, remote: VPC_A }, pingNotes(notes).get(PCX));
  expect([fromA(notes)?.lossPercent, fromB?.lossPercent]).toEqual([0, 100]);
});

it('is of the ports too, by what lost most', () => {
  const port = result({ kind: 'tcp', port: 5432, transmitted: 1, received: 0, verdict: 'unreachable' });
  const { averageRtt: _, rtt: __, ...refused } = port;
  expect(fromA(notesOf({ results: [result(), refused] }))).toMatchObject({
    verdict: 'unreachable',
    worst: 'TCP 5432',
    averageRtt: 2,
  });
});

it('keeps what lost most where a command asked more instances than a note holds', () => {
  const results = Array.from({ length: 50 }, (_, index) =>
    result({ sourceInstanceId: `i-${index}`, ...(index === 49 ? { received: 0 } : {}) }),
  );
  const ping = fromA(notesOf({ results }));
  expect(ping?.sources).toHaveLength(20);
  expect(ping?.sources).toContain('i-49');
});

it.each([
  '',
  'yes',
  '{}',
  '[1, null, {}]',
  '[{"sourceInstanceId":"i-a","kind":"ping","priceClass":"cheap","verdict":"reachable"}]',
])('is none where the note says %j', (value) => {
  expect(fromA(new Map([[`ping ${PCX} ${TO_B} same-zone`, { value, at: 1 }]]))).toBeUndefined();
});

it('is none where nothing is noted of the peering', () => {
  expect(lastPingOf({ region: REGION, remote: VPC_B })).toBeUndefined();
  expect(pingNotes(new Map([[`lost ${PCX} ${TO_B}`, { value: '0 x 0', at: 1 }]])).size).toBe(0);
});

it('is found where the peering shows a block of the other side that is none', () => {
  const remote = { ...VPC_B, cidrs: ['not a block', ...VPC_B.cidrs] };
  const notes = pingNotes(notesOf({})).get(PCX);
  expect(lastPingOf({ region: REGION, remote }, notes)?.verdict).toBe('reachable');
});

it('takes of two commands that asked the same the later one, in whatever order they were noted', () => {
  const before = { part: 'same-zone:5432', sentAt: new Date(AT.getTime() - 20_000) };
  const lost = { results: [result({ verdict: 'unreachable', received: 0 })] };
  for (const notes of [notesOf(before, lost), notesOf(lost, before)]) {
    const last = lastPingOf({ region: REGION, remote: VPC_B }, pingNotes(notes).get(PCX));
    expect(last?.verdict).toBe('unreachable');
  }
});

it('tells across which peerings an address was asked', () => {
  const notes = notesOf({}, { peeringId: 'pcx-22222222', part: 'other-zone' }, { target: '10.2.1.1' });
  expect(peeringsAsked(notes, TO_B)).toEqual([PCX, 'pcx-22222222']);
  expect(peeringsAsked(notes, '10.2.1.2')).toEqual([]);
});
