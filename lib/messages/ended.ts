import type { EndedPeering } from '../assessment/types.ts';
import type { Finding } from '../model/finding.ts';
import type { HeldBy } from '../model/held-by.ts';
import type { Notification } from '../model/notification.ts';
import type { Peering, PeeringStatus } from '../model/peering.ts';
import { shellWord } from '../model/shell-word.ts';
import { overlappingPairs } from '../network/overlapping.ts';
import { type Places, placeOf } from './place.ts';
import type { RefusedCall } from './refused.ts';
import { heldBackText, type MassDelete } from './remedy.ts';
import {
  count,
  knownCidrs,
  type Names,
  named,
  namedPeering,
  notificationOf,
  peeringCommand,
  peeringName,
  shown,
  sideLines,
  subjectAbout,
} from './text.ts';

export interface KeptRoutes {
  readonly count: number;
  readonly heldBy: HeldBy;
  readonly massDelete?: MassDelete;
}

/** Routes whose delete is tried, although AWS refused that lately. */
export type RefusedRoutes = RefusedCall & { readonly count: number };

export interface Ended extends Places {
  /** The peering, or its id alone where EC2 no longer shows it. */
  readonly peering: Peering | string;
  /** Who ended it, as CloudTrail names them, where an event said so. */
  readonly actor?: string;
  readonly status: PeeringStatus;
  readonly statusMessage: string;
  /** Routes that are being removed because of it. */
  readonly routesRemoved: number;
  /** Routes to it that something keeps from being removed, by what keeps them. */
  readonly routesKept?: readonly KeptRoutes[];
  /** Routes to it whose delete is tried, although AWS refused that lately; by table and error. */
  readonly routesRefused?: readonly RefusedRoutes[];
  /** What was found of routes to it that stay, because the product has no change that removes them. */
  readonly routesLeft?: readonly Finding[];
  readonly accountId: string;
  readonly region: string;
  /** The managed Region of its other side, if that is this account's own and lies elsewhere. */
  readonly alsoIn?: string;
  /** It was a request that waited for a person, held by this rule or as none matched. */
  readonly heldRequest?: { readonly rule?: string };
}

/** `word`: for the subject. `happened`: behind the name of the peering. */
function endOf(status: PeeringStatus): { readonly word: string; readonly happened: string } {
  switch (status) {
    case 'deleting':
    case 'deleted':
      return { word: 'deleted', happened: 'was deleted' };
    case 'rejected':
      return { word: 'rejected', happened: 'was rejected' };
    case 'expired':
      return { word: 'expired', happened: 'has expired' };
    case 'failed':
      return { word: 'failed', happened: 'has failed' };
    case 'unknown':
      return { word: 'gone', happened: 'is gone' };
    default:
      return { word: 'gone', happened: `is no longer of use (${status})` };
  }
}

/** As recorded; EC2's reference has no list of its status messages. */
const DELETED_BY = /^Deleted by (\d{12})$/;

/** Who ended it: by an event, else the account that AWS names (recorded: `Deleted by 222222222222`). */
function whoEnded({ actor, statusMessage }: Pick<Ended, 'actor' | 'statusMessage'>): string {
  const [, account] = DELETED_BY.exec(statusMessage.trim()) ?? [];
  return actor === undefined
    ? account === undefined
      ? ''
      : ` by account ${account}`
    : ` by ${shown(actor)}`;
}

/** The calls by which a person ends a peering or a request, by what EC2 then says of it. */
const ENDING_CALL: ReadonlyMap<PeeringStatus, string> = new Map([
  ['deleting', 'DeleteVpcPeeringConnection'],
  ['deleted', 'DeleteVpcPeeringConnection'],
  ['rejected', 'RejectVpcPeeringConnection'],
]);

/**
 * Where no event named who ended it, how to find out. CloudTrail keeps management events of 90 days, also without a trail, in the account
 * that called (CloudTrail guide, "Working with CloudTrail event history").
 */
function findWho({ peering, actor, statusMessage, status, accountId, region }: Ended): string[] {
  const [, account] = DELETED_BY.exec(statusMessage.trim()) ?? [];
  const call = typeof peering === 'string' ? 'DeleteVpcPeeringConnection' : ENDING_CALL.get(status);
  return actor !== undefined || call === undefined || (account !== undefined && account !== accountId)
    ? []
    : [
        `${account === undefined ? 'By whom is not known' : 'Who did it there is not known'}, as no event came of it. Of a call from this account CloudTrail can say it for 90 days:`,
        `  aws cloudtrail lookup-events --lookup-attributes AttributeKey=EventName,AttributeValue=${call} --region ${shellWord(shown(region))}`,
      ];
}

/** What to type to have it again, from the side of this account; of one inside the account, as it was asked for. */
function requestCommand({ requester, accepter }: Peering, accountId: string): string[] {
  const [own, other] = requester.accountId === accountId ? [requester, accepter] : [accepter, requester];
  const owner =
    other.accountId === own.accountId ? '' : ` --peer-owner-id ${shellWord(shown(other.accountId))}`;
  const region = other.region === own.region ? '' : ` --peer-region ${shellWord(shown(other.region))}`;
  return own.accountId === accountId
    ? [
        `  aws ec2 create-vpc-peering-connection --vpc-id ${shellWord(shown(own.vpcId))} --peer-vpc-id ${shellWord(shown(other.vpcId))}${owner}${region} --region ${shellWord(shown(own.region))}`,
      ]
    : [];
}

/** What AWS says, where that is more than the status again. */
function awsSays(status: PeeringStatus, statusMessage: string): string[] {
  const text = statusMessage.trim();
  return text === '' || text.toLowerCase() === status ? [] : [`AWS says: ${shown(text)}`];
}

/** More routes than this nobody reads one by one. */
const MAX_LEFT = 20;

function leftLines(left: readonly Finding[], context: Places): string[] {
  if (left.length === 0) {
    return [];
  }
  const [stay, them] = left.length === 1 ? ['stays', 'it'] : ['stay', 'them'];
  const more = left.length - MAX_LEFT;
  return [
    `${count(left.length, 'route')} to it ${stay}, and the product does not remove ${them}:`,
    ...left.slice(0, MAX_LEFT).flatMap((finding) => {
      const place = placeOf(finding, context);
      return place === '' ? [`  - ${finding.detail}`] : [`  - ${place}`, `    ${finding.detail}`];
    }),
    ...(more > 0 ? [`  - and ${more} more: run "peering drift" to see all.`] : []),
  ];
}

export function keptLine({ count: amount, heldBy, massDelete }: KeptRoutes): string {
  return `${count(amount, 'route')} to it stay${amount === 1 ? 's' : ''}. ${heldBackText(heldBy, massDelete)}`;
}

export function refusedLine({ count: amount, call, code }: RefusedRoutes): string {
  const [are, they, their] = amount === 1 ? ['is', 'it stays', 'its'] : ['are', 'they stay', 'their'];
  return (
    `${count(amount, 'route')} to it ${are} to be removed, but AWS has refused ${shown(call)} in ${their} table within the last day ` +
    `(${shown(code)}), as people were told: unless that is settled, ${they}.`
  );
}

function nothingStaysOf({ routesKept = [], routesRefused = [], routesLeft = [] }: Ended): boolean {
  return routesKept.length + routesRefused.length + routesLeft.length === 0;
}

function requestLine({ rule }: { readonly rule?: string }): string {
  const why = rule === undefined ? 'no rule matched' : `rule ${shown(rule)}`;
  return `Its request waited for a person (${why}). There is nothing to answer any more.`;
}

function routeLines(ended: Ended): string[] {
  const { routesRemoved, routesKept = [], routesRefused = [], routesLeft = [], heldRequest } = ended;
  const nothingStays = nothingStaysOf(ended);
  if (heldRequest !== undefined && routesRemoved === 0 && nothingStays) {
    return [requestLine(heldRequest)];
  }
  const elsewhere = ended.alsoIn === undefined ? [] : [elsewhereLine(ended.alsoIn)];
  return [
    routesRemoved === 0
      ? nothingStays
        ? 'No route of a tagged table leads to it.'
        : 'No route is being removed.'
      : `${count(routesRemoved, 'route')} to it ${routesRemoved === 1 ? 'is' : 'are'} being removed.`,
    ...routesRefused.map(refusedLine),
    ...routesKept.map(keptLine),
    ...leftLines(routesLeft, ended),
    ...elsewhere,
  ];
}

function elsewhereLine(region: string): string {
  return `The routes of its other side are seen to in ${shown(region)}: what is removed there is not told again, what stays is.`;
}

function whatToDo(ended: Ended): string[] {
  const { peering, heldRequest, accountId } = ended;
  if (heldRequest !== undefined && typeof peering !== 'string' && peering.requester.accountId !== accountId) {
    return [
      'If that was meant, there is nothing more to do. If it was not: it cannot be brought back, so',
      `account ${shown(peering.requester.accountId)} has to request it again.`,
    ];
  }
  const meant = nothingStaysOf(ended)
    ? 'If that was meant, there is nothing more to do.'
    : 'If that was meant, only the routes that stay are left to see to, as said above.';
  return [
    `${meant} If it was not: a peering that has ended cannot be brought back,`,
    'so it has to be requested again. Once that request is accepted and a rule matches it, its routes are written where',
    'nothing stands in the way.',
    ...(typeof peering === 'string' ? [] : requestCommand(peering, accountId)),
  ];
}

/** EC2 shows what has ended for an hour or so. */
const UNSEEN =
  'EC2 does not list it any more, and the product did not see it end: when that was is not known.';

/** A peering is gone: who ended it, and what becomes of its routes. */
export function endedNotification(ended: Ended): Notification {
  const { peering, status, statusMessage, accountId, region, heldRequest } = ended;
  const { word, happened } = endOf(status);
  const what = heldRequest === undefined ? 'VPC peering' : 'VPC peering request';
  const whole = typeof peering === 'string' ? undefined : peering;
  const peeringId = typeof peering === 'string' ? peering : peering.peeringId;
  const subject = (name: string) => `${what} ${name} ${word} in ${shown(accountId)} (${shown(region)})`;
  const lines = [
    `${whole === undefined ? shown(peeringId) : peeringName(whole, ended)} ${happened}${whoEnded(ended)}.`,
    ...(whole === undefined && ended.actor === undefined ? [UNSEEN] : []),
    ...routeLines(ended),
    ...awsSays(status, statusMessage),
    ...findWho(ended),
    '',
    ...(whole === undefined ? [] : [...sideLines(whole, ended, region), '']),
    ...whatToDo(ended),
  ];
  return notificationOf(
    whole === undefined ? subject(shown(peeringId)) : subjectAbout(whole, subject),
    lines,
    { severity: nothingStaysOf(ended) ? 'notice' : 'action' },
  );
}

export interface OwnRequestContext extends Names {
  readonly accountId: string;
  /** Who ended it, as CloudTrail names them, where an event said so. */
  readonly actor?: string;
}

/** `10.1.0.0/16 of vpc-a and 10.1.0.0/17 of vpc-b`; empty where none overlap, undefined where one side is not known. */
function overlapsOf({ requester, accepter }: Peering, context: OwnRequestContext): string[] | undefined {
  const [ours, theirs] = [knownCidrs(requester, context), knownCidrs(accepter, context)];
  if (ours.length === 0 || theirs.length === 0) {
    return undefined;
  }
  return overlappingPairs(ours, theirs).map(
    ([a, b]) =>
      `${a.text} of ${named(requester.vpcId, context)} and ${b.text} of ${named(accepter.vpcId, context)}`,
  );
}

const MAX_OVERLAPS = 10;

function failedLines(peering: Peering, context: OwnRequestContext): string[] {
  const { accepter } = peering;
  const found = overlapsOf(peering, context);
  if (found !== undefined && found.length > 0) {
    return [
      'The addresses of the two VPCs overlap, and AWS peers no such VPCs:',
      ...found.slice(0, MAX_OVERLAPS).map((pair) => `  - ${pair}`),
      ...(found.length > MAX_OVERLAPS ? [`  - and ${found.length - MAX_OVERLAPS} more`] : []),
      'Peer a VPC with other addresses, or connect the two in another way (PrivateLink, a private NAT gateway).',
    ];
  }
  return [
    'AWS fails a request for one of these reasons. Check them, put it right and request again:',
    `  - the VPC is wrong: is there ${shown(accepter.vpcId)}, in account ${shown(accepter.accountId)} and in ${shown(accepter.region)}?`,
    `  - the account is wrong: does ${shown(accepter.accountId)} own that VPC?`,
    '  - the Region is wrong: a request without a Region looks in the Region of the requester',
    ...(found === undefined
      ? [
          `  - addresses overlap: no CIDR of ${shown(accepter.vpcId)} may overlap one of ${named(peering.requester.vpcId, context)}, also where you would not route it`,
        ]
      : []),
  ];
}

function ownToDo({ peering }: EndedPeering, context: OwnRequestContext): string[] {
  const { accepter } = peering;
  const inside = accepter.accountId === context.accountId;
  const owner = inside ? 'this account' : `account ${shown(accepter.accountId)}`;
  switch (peering.status) {
    case 'failed':
      return failedLines(peering, context);
    case 'rejected':
      return [
        `The owner of ${named(accepter.vpcId, context)} in ${owner} said no. ${inside ? 'Look whether a rule of the policy rejects it (peering policy explain).' : 'Ask them why.'}`,
        'A rejected request cannot be taken up again: once it is agreed, request the peering anew.',
      ];
    case 'expired':
      return [
        `Nobody in ${owner} accepted it within 7 days, and AWS keeps a request no longer than that.`,
        `${inside ? 'Let a rule of the policy accept it, or plan to accept it by hand.' : 'Ask them to accept it.'} Then request the peering anew.`,
      ];
    default:
      return [
        'If that was meant, there is nothing more to do. If it was not, request the peering anew: it cannot be brought back.',
      ];
  }
}

/** A request of this account that came to nothing: what AWS says of it, and what to do. */
export function ownRequestEndedNotification(ended: EndedPeering, context: OwnRequestContext): Notification {
  const { peering, region } = ended;
  const { peeringId, status, statusMessage, requester, accepter } = peering;
  const { word, happened } = endOf(status);
  const who = context.actor === undefined ? '' : ` by ${shown(context.actor)}`;
  return notificationOf(
    subjectAbout(
      peering,
      (name) => `Own peering request ${name} ${word}: ${shown(requester.vpcId)} -> ${shown(accepter.vpcId)}`,
    ),
    [
      `The request of account ${shown(requester.accountId)} to peer ${named(requester.vpcId, context)} with ${named(accepter.vpcId, context)} of account ${shown(accepter.accountId)} ${happened}${who}.`,
      ...awsSays(status, statusMessage),
      '',
      `Peering:   ${namedPeering(peering)}`,
      ...sideLines(peering, context, region),
      '',
      ...ownToDo(ended, context),
      '',
      'Look closer:',
      peeringCommand('describe', peeringId, region),
    ],
    { severity: 'action' },
  );
}
