import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import { HISTORY_DAYS, HISTORY_KINDS, type HistoryEvent, type HistoryKind } from '../model/history.ts';
import { printable } from '../model/printable.ts';

/**
 * How events look in the table of the registry. Partition key `history <region>`, so that a pass which recalls a Region reads
 * none of them; sort key `<ISO time>#<kind>#<peering>#<route table>#<what>`, the same for the same event however often it is
 * written. `expires` is DynamoDB's time to live.
 */

const DAY_SECONDS = 24 * 60 * 60;

/** A sort key holds at most 1,024 bytes (DynamoDB quotas); the rest of it is ids. */
const WHAT_IN_KEY = 200;

/** Longer than any sentence of ours; an item holds 400 KB. */
const MAX_TEXT = 4000;

export function historyPartition(region: string): string {
  return `history ${region}`;
}

export function historyItem({ at, kind, peeringId, routeTableId, what }: HistoryEvent): string {
  const ascii = printable(what, WHAT_IN_KEY).replace(/[^ -~]/gu, '?');
  return [new Date(at).toISOString(), kind, peeringId ?? '', routeTableId ?? '', ascii].join('#');
}

export function historyAttributes(event: HistoryEvent): Record<string, AttributeValue> {
  const { at, kind, peeringId, routeTableId, by, what, why } = event;
  const texts = { kind, peeringId, routeTableId, by, what, why };
  return {
    ...Object.fromEntries(
      Object.entries(texts).flatMap(([name, text]) =>
        text === undefined ? [] : [[name, { S: printable(text, MAX_TEXT) }] as const],
      ),
    ),
    at: { N: String(at) },
    expires: { N: String(Math.floor(at / 1000) + HISTORY_DAYS * DAY_SECONDS) },
  };
}

function isKind(text: string | undefined): text is HistoryKind {
  return HISTORY_KINDS.some((kind) => kind === text);
}

/** @returns undefined for an item that is none of ours: another version may have written it. */
export function historyEventFrom(item: Readonly<Record<string, AttributeValue>>): HistoryEvent | undefined {
  const kind = item.kind?.S;
  const what = item.what?.S;
  const at = Number(item.at?.N);
  if (!isKind(kind) || what === undefined || !Number.isFinite(at)) {
    return undefined;
  }
  const { peeringId, routeTableId, by } = item;
  return {
    at,
    kind,
    what,
    why: item.why?.S ?? '',
    ...(peeringId?.S === undefined ? {} : { peeringId: peeringId.S }),
    ...(routeTableId?.S === undefined ? {} : { routeTableId: routeTableId.S }),
    ...(by?.S === undefined ? {} : { by: by.S }),
  };
}
