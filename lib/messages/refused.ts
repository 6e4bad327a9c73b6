import type { Change } from '../model/change.ts';
import type { Finding, FindingKind } from '../model/finding.ts';
import type { Decision } from '../policy/decision.ts';
import { FORGET_AFTER_SECONDS, type Notes, newsKeys } from './news.ts';

/** A call that AWS refused for good lately, of which people were told: it is made again, and most likely refused again. */
export interface RefusedCall {
  readonly call: string;
  readonly code: string;
}

/** The call that sets options of a peering. */
export const OPTION_CALL = 'ModifyVpcPeeringConnectionOptions';

const WRITES: Readonly<Record<Change['action'], string>> = {
  create: 'CreateRoute',
  replace: 'ReplaceRoute',
  delete: 'DeleteRoute',
};

/** The call that mends a finding. */
const MENDED_BY: Partial<Readonly<Record<FindingKind, string>>> = {
  missing: 'CreateRoute',
  'wrong-target': 'ReplaceRoute',
  stale: 'DeleteRoute',
  'dns-resolution': OPTION_CALL,
};

/** Whether AWS refused a call for a table or peering lately, as noted when people were told. */
function refusedCall(notes: Notes, call: string, resourceId: string, now: Date): RefusedCall | undefined {
  const note = notes.get(newsKeys.callFailed(call, resourceId));
  return note === undefined || now.getTime() / 1000 - note.at >= FORGET_AFTER_SECONDS
    ? undefined
    : { call, code: note.value };
}

/** The call that mends a finding, if AWS refused it lately. */
export function refusedLately(
  notes: Notes,
  { kind, routeTableId, peeringId, repairable, takenOverBy }: Finding,
  now: Date,
): RefusedCall | undefined {
  const mendedBy = takenOverBy === undefined ? MENDED_BY[kind] : WRITES.replace;
  const call = repairable ? mendedBy : undefined;
  const resourceId = call === OPTION_CALL ? peeringId : routeTableId;
  return call === undefined || resourceId === undefined
    ? undefined
    : refusedCall(notes, call, resourceId, now);
}

/** Under which it is noted that people were told that AWS refuses the call that makes a change. */
export function refusalKey({ action, routeTableId }: Pick<Change, 'action' | 'routeTableId'>): string {
  return newsKeys.callFailed(WRITES[action], routeTableId);
}

/** The call that makes a change, if AWS refused it lately. */
export function refusedChange(
  notes: Notes,
  { action, routeTableId }: Change,
  now: Date,
): RefusedCall | undefined {
  return refusedCall(notes, WRITES[action], routeTableId, now);
}

const ANSWERS: Readonly<Record<'accept' | 'reject', string>> = {
  accept: 'AcceptVpcPeeringConnection',
  reject: 'RejectVpcPeeringConnection',
};

/** The call that answers a request as the policy says, if AWS refused it lately. */
export function refusedAnswer(
  notes: Notes,
  peeringId: string,
  { decision }: Pick<Decision, 'decision'>,
  now: Date,
): RefusedCall | undefined {
  return decision === 'hold' ? undefined : refusedCall(notes, ANSWERS[decision], peeringId, now);
}

/** The call that sets an option of a peering, if AWS refused it lately. */
export function refusedOption(notes: Notes, peeringId: string, now: Date): RefusedCall | undefined {
  return refusedCall(notes, OPTION_CALL, peeringId, now);
}
