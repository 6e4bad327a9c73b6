import type { Diagnosis } from '../connectivity/diagnosis.ts';
import { peerFaultText } from '../connectivity/peer-fault-text.ts';
import type { PriceClass } from '../connectivity/probes.ts';
import type { PeeringHealth, PeerVerdict, ProbeResult } from '../connectivity/results.ts';
import type { Notification } from '../model/notification.ts';
import type { Peering, PeeringSide } from '../model/peering.ts';
import { senderTo } from '../model/peering-sides.ts';
import { kindText } from '../model/probe-kinds.ts';
import type { TargetWatch } from '../model/watch-notes.ts';
import type { RepairedRoute } from '../routing/contested.ts';
import {
  count,
  listed,
  type Names,
  named,
  notificationOf,
  peeringName,
  shown,
  sideLines,
  utc,
} from './text.ts';

/** What people are told of the connectivity check: one message when pings across a peering are lost, one when that is over. */

/**
 * Which end has to do something, as far as both ends can tell. One sentence or two.
 *
 * @param far the side of another account; `unknown`: EC2 does not show the peering any more.
 */
export function whoseFault(
  diagnosis: Pick<Diagnosis, 'reachable' | 'firstFailure' | 'hops'> | undefined,
  peer: PeerVerdict | undefined,
  far: 'own' | 'unknown' | Pick<PeeringSide, 'accountId' | 'region' | 'vpcId'>,
): string {
  const own = diagnosis?.firstFailure;
  if (own !== undefined) {
    return `The fault is visible from here: ${own.sentence}`;
  }
  const seen =
    diagnosis === undefined
      ? 'Where the pings are lost was not looked into.'
      : 'Nothing is wrong with what is visible from here.';
  if (far === 'own' && diagnosis?.reachable !== true) {
    const hidden = diagnosis?.hops.find(({ status }) => status === 'not-visible');
    return hidden === undefined ? seen : `${seen} This could not be judged: ${hidden.sentence}`;
  }
  if (peer === undefined) {
    return diagnosis?.reachable === true
      ? `${seen} Look at the firewall inside the target, and at what changed since the pings were sent: security group rules, routes.`
      : `${seen} The rest lies in ${farText(far)}, which has told nothing: ask there for "peering explain".`;
  }
  const name = peerName(peer.accountId);
  if (peer.fault !== undefined) {
    return `${seen} ${peerFaultSentence(peer.accountId, peer.fault)}`;
  }
  if (peer.verdict !== 'unreachable' && peer.verdict !== 'none') {
    return `${seen} ${name} does reach this side, so routes work both ways: look at what the target lets in, its security groups and its own firewall.`;
  }
  return peer.verdict === 'unreachable'
    ? `${seen} ${name} does not reach this side either, and sees no fault of its own.`
    : `${seen} ${name} has no verdict of its own.`;
}

function peerName(accountId: string): string {
  return `The peer account ${shown(accountId)}`;
}

function peerFaultSentence(accountId: string, fault: NonNullable<PeerVerdict['fault']>): string {
  return `${peerName(accountId)} says that its side is at fault: ${peerFaultText(fault)}`;
}

function farText(far: Parameters<typeof whoseFault>[2]): string {
  return typeof far === 'string'
    ? 'the peer account'
    : `account ${shown(far.accountId)} (${shown(far.vpcId)}, ${shown(far.region)})`;
}

/** More results than this nobody reads in a message. */
const MAX_RESULTS = 20;

const PRICE_TEXT: Readonly<Record<PriceClass, string>> = {
  'same-zone': 'same Availability Zone, free of charge',
  'other-zone': 'across Availability Zones, charged',
  'other-region': 'across Regions, charged',
  unknown: 'zones not known, so the price is not either',
};

function lossText({ lossPercent }: Pick<PeeringHealth, 'lossPercent'>): string {
  return lossPercent === undefined ? 'no verdict' : `${Math.round(lossPercent * 10) / 10}% loss`;
}

/** The reason of a connection has its time. */
function timesText({ rtt, averageRtt, kind }: ProbeResult): string {
  if (kind !== 'ping') {
    return '';
  }
  if (rtt !== undefined) {
    const { min, avg, max, mdev } = rtt;
    return mdev === undefined
      ? ` min/avg/max ${min}/${avg}/${max} ms.`
      : ` min/avg/max/mdev ${min}/${avg}/${max}/${mdev} ms.`;
  }
  return averageRtt === undefined ? '' : ` ${averageRtt} ms on average.`;
}

export function resultLine(result: ProbeResult): string {
  const { sourceInstanceId, target, verdict, reason, priceClass } = result;
  const what = result.kind === 'ping' ? '' : ` (${kindText(result)})`;
  return `  ${sourceInstanceId} -> ${target}${what}: ${verdict}. ${reason}${timesText(result)} (${PRICE_TEXT[priceClass]})`;
}

function resultLines({ results, withoutVerdict }: PeeringHealth): string[] {
  const more = results.length - MAX_RESULTS;
  return [
    ...results.slice(0, MAX_RESULTS).map(resultLine),
    ...(more > 0 ? [`  and ${more} more`] : []),
    ...(withoutVerdict > 0
      ? [`  ${withoutVerdict} of ${results.length} probes gave no verdict; they do not count as loss.`]
      : []),
  ];
}

/** The peering and its two ends, as far as EC2 shows them. */
export interface WatchedPeering extends Names {
  readonly peeringId: string;
  /** Undefined: EC2 does not show it any more. */
  readonly peering: Peering | undefined;
  readonly accountId: string;
  readonly region: string;
}

/** How a peering looks from one of its VPCs, by the checks that have just ended. */
export interface SeenFrom {
  readonly health: PeeringHealth;
  /** When its pings were sent. */
  readonly sentAt: Date;
  /** How many checks in a row lost them, this one included: no more are counted than the policy waits for before it tells. */
  readonly lostChecks?: number;
  /** Of a probe that failed; undefined when the network could not be read. */
  readonly diagnosis?: Diagnosis;
}

/** What is remembered of the other end's own checks. */
export interface SeenBefore {
  readonly vpcId: string;
  readonly target: string;
  readonly watch: Pick<TargetWatch, 'lost' | 'withoutVerdict'>;
  /** When its last pings were sent. */
  readonly sentAt: Date;
}

export interface LostPeering extends WatchedPeering {
  /** At least one, the one that lost most first. */
  readonly seen: readonly SeenFrom[];
  readonly before: readonly SeenBefore[];
  /** Its routes that the product put back lately. */
  readonly repaired?: readonly RepairedRoute[];
  readonly peer?: PeerVerdict;
}

/** `prod-to-shared (pcx-1)`, else `prod - shared (pcx-1)`, for a subject: names where people gave some. */
export function shortName({ peeringId, peering, nameOf }: WatchedPeering): string {
  if (peering === undefined) {
    return peeringId;
  }
  if (peering.tags.Name) {
    return `${peering.tags.Name.slice(0, 48)} (${peeringId})`;
  }
  const short = (vpcId: string) => nameOf?.(vpcId)?.slice(0, 24) ?? vpcId;
  return `${short(peering.requester.vpcId)} - ${short(peering.accepter.vpcId)} (${peeringId})`;
}

export function longName(watched: WatchedPeering): string {
  return watched.peering === undefined ? shown(watched.peeringId) : peeringName(watched.peering, watched);
}

export function endLines({ peering, region, ...names }: WatchedPeering): string[] {
  return peering === undefined ? [] : ['', ...sideLines(peering, names, region)];
}

function seenLines(watched: WatchedPeering, { health, sentAt, lostChecks = 0 }: SeenFrom): string[] {
  const sender = senderTo(watched.peering, health.results[0]?.target ?? '');
  const from = sender === undefined ? '' : `${named(sender.vpcId, watched)}, `;
  const inARow = lostChecks > 1 ? `, for ${count(lostChecks, 'check')} in a row or more` : '';
  return [
    '',
    `Seen from ${from}${health.region} at ${utc(sentAt)}: ${lossText(health)}${inARow}`,
    ...resultLines(health),
  ];
}

function beforeLine({ vpcId, target, watch, sentAt }: SeenBefore, names: Names): string {
  const what =
    watch.lost > 0
      ? `its last ${count(watch.lost, 'check')} of ${target} ${watch.lost === 1 ? 'was' : 'were'} not answered either`
      : watch.withoutVerdict > 0
        ? `its last ${count(watch.withoutVerdict, 'check')} of ${target} ended without a verdict`
        : `${target} answered when it was checked last`;
  return `Seen from ${named(vpcId, names)}: ${what}, at ${utc(sentAt)}.`;
}

function worstOf({ results }: PeeringHealth): ProbeResult | undefined {
  return [...results]
    .filter(({ verdict }) => verdict === 'unreachable' || verdict === 'lossy')
    .sort((a, b) => (a.received ?? 0) / (a.transmitted ?? 1) - (b.received ?? 0) / (b.transmitted ?? 1))[0];
}

/** What is answered again. */
function triedText(result: ProbeResult | undefined): string {
  return result?.kind === 'tcp' ? `Connections to ${kindText(result)}` : 'Pings';
}

/** What was lost, and of which target. */
function lostText(result: ProbeResult | undefined): string {
  const target = result === undefined ? '' : ` ${result.kind === 'tcp' ? 'of' : 'to'} ${result.target}`;
  return `${triedText(result)}${target}`;
}

/** For the subject. The loss of a port is not that of everything. */
function whatIsLost(health: PeeringHealth): string {
  return health.worst?.startsWith('TCP') ? health.worst : lossText(health);
}

function portOption({ port }: ProbeResult): string {
  return port === undefined ? '' : ` --port ${port}`;
}

function hopLines({ diagnosis }: SeenFrom): string[] {
  return diagnosis === undefined
    ? []
    : [
        '',
        'Hop by hop:',
        ...diagnosis.hops.map(
          ({ direction, name, status, sentence }) => `  ${status}: ${name} (${direction}): ${sentence}`,
        ),
      ];
}

/** Of both ends, what the one with a visible fault sees; else the first. */
function mostTelling(seen: readonly SeenFrom[]): SeenFrom | undefined {
  return seen.find(({ diagnosis }) => diagnosis?.firstFailure !== undefined) ?? seen[0];
}

/** More routes than this nobody reads in a sentence. */
const MAX_ROUTES = 3;

/** What the product put back after the last pings were sent, for which they say nothing of how it is now. Undefined: nothing. */
function putBackText({ seen, repaired = [] }: Pick<LostPeering, 'seen' | 'repaired'>): string | undefined {
  // Repairs are remembered in whole seconds.
  const sent = Math.max(0, ...seen.map(({ sentAt }) => Math.floor(sentAt.getTime() / 1000) * 1000));
  const after = repaired.filter(({ at }) => at.getTime() >= sent);
  if (after.length === 0) {
    return undefined;
  }
  const places = after.map(({ destination, routeTableId }) => `${destination} in ${routeTableId}`);
  const routes = `${after.length === 1 ? 'The route' : 'Routes'} to ${listed(places, MAX_ROUTES)}`;
  const at = utc(new Date(Math.max(...after.map((route) => route.at.getTime()))));
  return (
    `${routes} had gone or led elsewhere. The product put that right at ${at}, after these pings were sent (${utc(new Date(sent))}). ` +
    'Most likely they were lost for that, and the next check will tell: if it is answered, a message says so; if none comes, something else is wrong, too.'
  );
}

/** The cause of a loss, as far as both ends tell. */
export function causeOf(
  lost: Pick<LostPeering, 'seen' | 'peer' | 'peering' | 'accountId' | 'repaired'>,
): string {
  const { seen, peer, peering, accountId } = lost;
  const far = [peering?.requester, peering?.accepter].find((side) => side?.accountId !== accountId);
  const telling = mostTelling(seen)?.diagnosis;
  const putBack = telling?.firstFailure === undefined ? putBackText(lost) : undefined;
  if (putBack !== undefined) {
    return peer?.fault === undefined
      ? putBack
      : `${putBack} ${peerFaultSentence(peer.accountId, peer.fault)}`;
  }
  return whoseFault(telling, peer, peering === undefined ? 'unknown' : (far ?? 'own'));
}

/** The route table that the message names as the cause; undefined where something else is, or nobody knows. */
export function routeTableAtFault({ seen }: Pick<LostPeering, 'seen'>): string | undefined {
  const { hop, ids: [routeTableId] = [] } = mostTelling(seen)?.diagnosis?.firstFailure ?? {};
  return hop === 'route-table' ? routeTableId : undefined;
}

/** The message about a peering across which pings are lost: where they are lost, what both ends see, and what to type next. */
export function connectivityLostNotification(lost: LostPeering): Notification {
  const { seen, before, region, accountId } = lost;
  const telling = mostTelling(seen);
  const closer = telling === undefined ? undefined : worstOf(telling.health);
  const loss = telling === undefined ? '' : `, ${whatIsLost(telling.health)}`;
  return notificationOf(
    `Connectivity lost: ${shortName(lost)}${loss}`,
    [
      `${lostText(closer)} across ${longName(lost)} are lost (${region}, account ${accountId}).`,
      '',
      causeOf(lost),
      ...endLines(lost),
      ...seen.flatMap((each) => seenLines(lost, each)),
      ...(before.length === 0 ? [] : ['', ...before.map((each) => beforeLine(each, lost))]),
      ...(telling === undefined ? [] : hopLines(telling)),
      ...(closer === undefined
        ? []
        : [
            '',
            `Look closer: peering explain ${closer.sourceInstanceId} ${closer.target}${portOption(closer)}`,
          ]),
      '',
      'Nothing more is sent while this lasts, and one message when it is over.',
    ],
    { severity: 'action', alarm: 'ConnectivityLost' },
  );
}

/** The message about a peering whose targets answer again, after people were told that they do not. */
export function connectivityRestoredNotification(
  restored: WatchedPeering & { readonly seen: readonly SeenFrom[] },
): Notification {
  const { seen, region, accountId } = restored;
  const lines = [
    `${triedText(seen[0]?.health.results[0])} across ${longName(restored)} are answered again (${region}, account ${accountId}).`,
    ...endLines(restored),
    ...seen.flatMap((each) => seenLines(restored, each)),
  ];
  return notificationOf(`Connectivity restored: ${shortName(restored)}`, lines, { severity: 'notice' });
}

/** The message about a peering of which people were told that something is lost, and of which that is not asked any more. */
export function lossOverNotification(watched: WatchedPeering): Notification {
  const { region, accountId } = watched;
  const lines = [
    `Nothing is lost across ${longName(watched)} any more (${region}, account ${accountId}).`,
    'What was lost is not asked any more: its target was replaced, or the tags or the rule name others. What is asked now was answered last.',
    ...endLines(watched),
  ];
  return notificationOf(`No longer lost: ${shortName(watched)}`, lines, { severity: 'notice' });
}

/** A peering that was checked from a VPC, and is not any more; or is again. */
export interface NotChecked extends WatchedPeering {
  readonly vpcId: string;
  readonly since: Date;
  readonly why: string;
  /** What came of its pings when it was checked last: `lost` in as many checks as people are told after, or in fewer. */
  readonly lastPings: 'answered' | 'lost lately' | 'lost';
}

/** One that is checked again; without `since` where nobody noted it. */
export type CheckedAgain = Omit<NotChecked, 'since' | 'why'> & Partial<Pick<NotChecked, 'since'>>;

/** More peerings than this nobody reads in a message. */
const MAX_PEERINGS = 20;

/** Of one peering its name; of several how many. */
function subjectOf(what: string, peerings: readonly WatchedPeering[]): string {
  const [first] = peerings;
  const ids = new Set(peerings.map(({ peeringId }) => peeringId));
  return first === undefined || ids.size > 1
    ? `${what}: ${count(ids.size, 'peering')}`
    : `${what}: ${shortName(first)}`;
}

function moreLine(peerings: readonly WatchedPeering[]): string[] {
  const more = peerings.length - MAX_PEERINGS;
  return more > 0 ? ['', `And ${more} more: peering status.`] : [];
}

const LAST_PINGS: Readonly<Record<NotChecked['lastPings'], string>> = {
  answered: 'Its pings were answered when it was checked last. Whether they still are, nobody knows.',
  'lost lately':
    'Pings were lost when it was checked last, in fewer checks than people are told after. Whether they still are, nobody knows.',
  lost: 'Its pings were lost when it was checked last. Whether they still are, nobody knows.',
};

function notCheckedLines(blind: NotChecked): string[] {
  const { region, accountId, vpcId, since, why, lastPings } = blind;
  return [
    `${longName(blind)} has not been checked from ${named(vpcId, blind)} since ${utc(since)} (${region}, account ${accountId}).`,
    LAST_PINGS[lastPings],
    why,
    '',
  ];
}

/** The message about peerings that were checked, and are not any more: all of one check. */
export function notCheckedNotification(peerings: readonly NotChecked[]): Notification {
  return notificationOf(
    subjectOf('Not checked any more', peerings),
    [
      ...peerings.slice(0, MAX_PEERINGS).flatMap(notCheckedLines),
      ...moreLine(peerings),
      'What stands in the way: peering doctor',
      '',
      'Nothing more is sent while this lasts, and one message when it is over.',
    ],
    { severity: 'action', alarm: 'ProbesWithoutVerdict' },
  );
}

function checkedAgainLine(again: CheckedAgain): string {
  const { accountId, region, vpcId, since, lastPings } = again;
  return [
    `${longName(again)} is checked from ${named(vpcId, again)} again (${region}, account ${accountId}).`,
    since === undefined ? 'The check had stopped.' : `It had not been since ${utc(since)}.`,
    ...(lastPings === 'lost' ? ['Its pings are lost, as people were told before.'] : []),
  ].join(' ');
}

/** The message about peerings that are checked again, after people were told that they are not. */
export function checkedAgainNotification(peerings: readonly CheckedAgain[]): Notification {
  const lines = [
    ...peerings.slice(0, MAX_PEERINGS).map(checkedAgainLine),
    ...moreLine(peerings),
    'Of a loss that is new a message of its own follows.',
  ];
  return notificationOf(subjectOf('Checked again', peerings), lines, { severity: 'notice' });
}
