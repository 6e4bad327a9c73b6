import type { ConnectProblem, JudgedPair, PairEnd } from '../connect/types.ts';
import type { Notification } from '../model/notification.ts';
import { count, named, notificationOf, shown, utc } from './text.ts';

/** What people are told of peerings that the policy wants to exist: one message of one look. */

export interface ConnectNews {
  /** Requested by the product, and how they stand now. */
  readonly requested: readonly JudgedPair[];
  /** Wanted no more; deleted after a time. */
  readonly leaving: readonly JudgedPair[];
  /** Deleted just now. */
  readonly deleted: readonly JudgedPair[];
  readonly problems: readonly Pick<ConnectProblem, 'says'>[];
}

/** More lines of one kind than this nobody reads. */
const MAX_LINES = 100;

function called({ vpcId, name }: PairEnd): string {
  return named(vpcId, { nameOf: () => name });
}

function pairText({ name, requester, accepter, peeringId }: JudgedPair): string {
  return `${peeringId === undefined ? '' : `${shown(peeringId)} `}${shown(name)}: ${called(requester)} in ${shown(requester.region)} - ${called(accepter)} in ${shown(accepter.region)}, account ${shown(accepter.accountId)}`;
}

function section(title: string, lines: readonly string[], rest: string): string[] {
  const more = lines.length - MAX_LINES;
  return lines.length === 0
    ? []
    : [
        title,
        ...lines.slice(0, MAX_LINES).map((line) => `  - ${line}`),
        ...(more > 0 ? [`  - and ${more} more. ${rest}`] : []),
        '',
      ];
}

const REQUEST_STATES = { connected: 'live', requested: 'waiting for an answer' } as const;

/** How requests stand by now: `12 live, 1 waiting for an answer`. */
function requestStates(requested: readonly JudgedPair[]): string {
  const live = requested.filter(({ state }) => state === 'connected').length;
  const waiting = requested.filter(({ state }) => state === 'requested').length;
  const other = requested.length - live - waiting;
  return [
    ...(live === 0 ? [] : [`${live} ${REQUEST_STATES.connected}`]),
    ...(waiting === 0 ? [] : [`${waiting} ${REQUEST_STATES.requested}`]),
    ...(other === 0 ? [] : [`${other} ended since`]),
  ].join(', ');
}

function subjectOf({ requested, leaving, deleted, problems }: ConnectNews, accountId: string): string {
  const countTexts = [
    ...(requested.length === 0 ? [] : [`${count(requested.length, 'peering')} requested`]),
    ...(leaving.length === 0 ? [] : [`${count(leaving.length, 'peering')} to be deleted`]),
    ...(deleted.length === 0 ? [] : [`${count(deleted.length, 'peering')} deleted`]),
    ...(problems.length === 0 ? [] : [`${count(problems.length, 'problem')}`]),
  ];
  return `VPCs to connect in ${shown(accountId)}: ${countTexts.join(', ')}`;
}

/** Of peerings that are wanted no more: why, and how to keep one. */
function lostWords(pairs: readonly JudgedPair[]): { readonly why: string; readonly keep: string } {
  return pairs.some(({ lost }) => lost === 'unit')
    ? {
        why: 'their VPCs have lost the tags, or their account has left the organizational units',
        keep: 'Set the tags again, or move the account back, to keep one',
      }
    : { why: 'their VPCs have lost the tags', keep: 'Set the tags again to keep one' };
}

export function connectNotification(
  news: ConnectNews,
  { accountId }: { readonly accountId: string },
): Notification {
  const { requested, leaving, deleted, problems } = news;
  const rest = 'Run "peering plan" to see all.';
  const lines = [
    ...section(
      `Requested, because connect or mesh of the policy wants them (${requestStates(requested)}):`,
      requested.map(pairText),
      rest,
    ),
    ...section(
      `To be deleted, because ${lostWords(leaving).why} (onLeave: delete). ${lostWords(leaving).keep}:`,
      leaving.map(
        (pair) => `${pairText(pair)}, on ${pair.until === undefined ? 'an unknown day' : utc(pair.until)}`,
      ),
      rest,
    ),
    ...section(
      `Deleted, because ${lostWords(deleted).why} and the waiting time is over:`,
      deleted.map(pairText),
      'The history has all of them.',
    ),
    ...section(
      'Not connected, until somebody does something:',
      problems.map(({ says }) => says),
      rest,
    ),
    'What there is, and what comes next: peering plan',
  ];
  return notificationOf(subjectOf(news, accountId), lines, {
    severity: problems.length + leaving.length > 0 ? 'action' : 'notice',
    ...(problems.length === 0 ? {} : { alarm: 'RouteDriftUnrepaired' }),
  });
}
