import type { MemoryUpdate, Note } from './memory.ts';
import { noteFields } from './note-fields.ts';
import { printable } from './printable.ts';

/** What a Region remembers of peerings that live for a time only. All of it ends with the peering, whose id is never given again. */

/** A person gave a peering more time with `peering renew`. */
export interface Renewal {
  /** The ARN of the caller, as STS gives it. */
  readonly by: string;
  readonly because: string;
  /** Seconds since the epoch. */
  readonly at: number;
  /** Until when it lives. Seconds since the epoch. */
  readonly until: number;
}

/** Since when the time of a peering counts by its rule: it does not change any more, whatever becomes of tags. */
export interface Counted {
  /** When it was first seen under a rule with `expireAfter`. Seconds since the epoch. */
  readonly since: number;
  /** When it was accepted, as far as that was known then. Seconds since the epoch. */
  readonly accepted?: number;
  /** What its tag `<prefix>:expires` says, and since when: so long after that a tag can have it end at the latest. */
  readonly tag?: { readonly value: string; readonly since: number };
}

/** It ends in a week, or in a day. */
const END_STAGES = ['week', 'day'] as const;
export type EndStage = (typeof END_STAGES)[number];

/** What people were told before the end of a peering, seen from one of its VPCs. */
export interface ToldEnd {
  /** The end that they were told of. Seconds since the epoch. */
  readonly end: number;
  readonly stage: EndStage;
  /** When they were told. Seconds since the epoch. */
  readonly at: number;
}

const RENEWED = 'renewed ';
const COUNTED = 'counted ';
const TOLD = 'end-told ';
const OVER = 'end-over ';
const SLIP = 'end-slip ';
const MAX_TEXT = 1000;

function parsed(note: Note | undefined): Readonly<Record<string, unknown>> {
  return (note === undefined ? undefined : noteFields(note)) ?? {};
}

function isTime(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value > 0;
}

export function renewalNote(peeringId: string, { by, because, at, until }: Renewal): MemoryUpdate {
  return { kind: 'note', key: `${RENEWED}${peeringId}`, value: JSON.stringify({ by, because, until }), at };
}

/** @returns undefined for what is not as `renewalNote` writes it: another version may have written it. */
export function renewalOf(notes: ReadonlyMap<string, Note>, peeringId: string): Renewal | undefined {
  const note = notes.get(`${RENEWED}${peeringId}`);
  const { by, because, until } = parsed(note);
  return note !== undefined && typeof by === 'string' && typeof because === 'string' && isTime(until)
    ? { by: printable(by, MAX_TEXT), because: printable(because, MAX_TEXT), at: note.at, until }
    : undefined;
}

/** Whether a person gave a peering more time, and until when cannot be read. */
export function isRenewalUnreadable(notes: ReadonlyMap<string, Note>, peeringId: string): boolean {
  return notes.has(`${RENEWED}${peeringId}`) && renewalOf(notes, peeringId) === undefined;
}

export function countedNote(peeringId: string, { since, accepted, tag }: Counted): MemoryUpdate {
  return { kind: 'note', key: `${COUNTED}${peeringId}`, value: JSON.stringify({ accepted, tag }), at: since };
}

function seenTag(value: unknown): Counted['tag'] {
  const tag: Readonly<Record<string, unknown>> =
    typeof value === 'object' && value !== null ? { ...value } : {};
  return typeof tag.value === 'string' && isTime(tag.since)
    ? { value: tag.value, since: tag.since }
    : undefined;
}

export function countedOf(notes: ReadonlyMap<string, Note>, peeringId: string): Counted | undefined {
  const note = notes.get(`${COUNTED}${peeringId}`);
  const { accepted, tag: written } = parsed(note);
  const tag = seenTag(written);
  return note === undefined
    ? undefined
    : {
        since: note.at,
        ...(isTime(accepted) ? { accepted } : {}),
        ...(tag === undefined ? {} : { tag }),
      };
}

export function toldEndKey(peeringId: string, vpcId: string): string {
  return `${TOLD}${peeringId} ${vpcId}`;
}

export function toldEndNote(peeringId: string, vpcId: string, { end, stage, at }: ToldEnd): MemoryUpdate {
  return { kind: 'note', key: toldEndKey(peeringId, vpcId), value: JSON.stringify({ end, stage }), at };
}

export function toldEndOf(
  notes: ReadonlyMap<string, Note>,
  peeringId: string,
  vpcId: string,
): ToldEnd | undefined {
  const note = notes.get(toldEndKey(peeringId, vpcId));
  const { end, stage } = parsed(note);
  const known = END_STAGES.find((each) => each === stage);
  return note !== undefined && isTime(end) && known !== undefined
    ? { end, stage: known, at: note.at }
    : undefined;
}

export function toldOverKey(peeringId: string, vpcId: string): string {
  return `${OVER}${peeringId} ${vpcId}`;
}

/** Apart from what was told before: whether the peering has ended must never hang on whether that could be told. */
export function toldOverNote(peeringId: string, vpcId: string, end: number, at: number): MemoryUpdate {
  return { kind: 'note', key: toldOverKey(peeringId, vpcId), value: String(end), at };
}

/** The end of which people were told that it has come, and when they were. Seconds since the epoch. */
export function toldOverOf(
  notes: ReadonlyMap<string, Note>,
  peeringId: string,
  vpcId: string,
): { readonly end: number; readonly at: number } | undefined {
  const note = notes.get(toldOverKey(peeringId, vpcId));
  const end = Number(note?.value);
  return note !== undefined && isTime(end) ? { end, at: note.at } : undefined;
}

/** Of the note of what people were told that a tag says, and says wrongly. */
export function slipKey(peeringId: string): string {
  return `${SLIP}${peeringId}`;
}

/** Keys of everything that is remembered of the time of peerings, with the peering that each is about. */
export function expiryNotes(
  notes: ReadonlyMap<string, Note>,
): { readonly key: string; readonly peeringId: string }[] {
  return [...notes.keys()].flatMap((key) => {
    const start = [RENEWED, COUNTED, TOLD, OVER, SLIP].find((each) => key.startsWith(each));
    const [peeringId] = start === undefined ? [] : key.slice(start.length).split(' ');
    return peeringId === undefined ? [] : [{ key, peeringId }];
  });
}
