import type { MemoryUpdate, Note } from './memory.ts';
import { noteFields } from './note-fields.ts';

/**
 * A request that a person accepted with `peering accept` or from chat. It is kept in the registry and not in a tag: who may tag a peering
 * may not have it routed.
 */
export interface Acceptance {
  /** The rule under which it is managed. */
  readonly rule: string;
  /** Who said so: the ARN that STS gave for their credentials, or `fromChat`. */
  readonly by: string;
  /**
   * `matched`: the rule held the request by its own selectors, which go on deciding. `chosen`: no rule matched, and the person
   * named this one; the peering is judged as if the rule matched.
   */
  readonly how: 'matched' | 'chosen';
  /** Seconds since the epoch. */
  readonly at: number;
}

const FROM_CHAT = 'chat: ';

/**
 * Who says so by a button in chat: the function that was called. What calls it says nothing of the person that can be believed;
 * CloudTrail and the log of the chat application name them.
 */
export function fromChat(functionArn: string): string {
  return `${FROM_CHAT}${functionArn}`;
}

/** `network-engineer/ann` of the ARN of a caller, `chat` of a button; for where there is little room. */
export function shortCaller(by: string): string {
  return by.startsWith(FROM_CHAT) ? 'chat' : by.slice(by.indexOf('/') + 1);
}

const KEY = 'accepted-as ';

function keyOf(peeringId: string): string {
  return `${KEY}${peeringId}`;
}

/** Ends with the peering: its id is never given again. */
export function acceptanceNote(peeringId: string, { rule, by, how, at }: Acceptance): MemoryUpdate {
  return { kind: 'note', key: keyOf(peeringId), value: JSON.stringify({ rule, by, how }), at };
}

export function forgetAcceptance(peeringId: string): MemoryUpdate {
  return { kind: 'forget-note', key: keyOf(peeringId) };
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}

/** @returns undefined for what is not as `acceptanceNote` writes it: another version may have written it. */
function acceptanceFrom(note: Note): Acceptance | undefined {
  const { at } = note;
  const fields = noteFields(note) ?? {};
  const [rule, by, how] = [textOf(fields.rule), textOf(fields.by), textOf(fields.how)];
  return rule === undefined || by === undefined || (how !== 'matched' && how !== 'chosen')
    ? undefined
    : { rule, by, how, at };
}

/** What a person decided about a peering, or undefined. */
export function acceptanceOf(notes: ReadonlyMap<string, Note>, peeringId: string): Acceptance | undefined {
  const note = notes.get(keyOf(peeringId));
  return note === undefined ? undefined : acceptanceFrom(note);
}

/** Whether a person decided about a peering, and as which rule cannot be read. */
export function isAcceptanceUnreadable(notes: ReadonlyMap<string, Note>, peeringId: string): boolean {
  return notes.has(keyOf(peeringId)) && acceptanceOf(notes, peeringId) === undefined;
}

/** Peerings of which a Region remembers that a person accepted them. */
export function acceptedPeerings(notes: ReadonlyMap<string, Note>): string[] {
  return [...notes.keys()].flatMap((key) => (key.startsWith(KEY) ? [key.slice(KEY.length)] : []));
}
