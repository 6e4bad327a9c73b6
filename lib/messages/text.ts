import { withName } from '../model/nameable.ts';
import type { Notification } from '../model/notification.ts';
import type { Peering, PeeringSide } from '../model/peering.ts';
import { printable } from '../model/printable.ts';
import { shellWord } from '../model/shell-word.ts';
import { consoleLink } from './console-link.ts';

export { utc } from '../model/utc.ts';

/** SNS refuses a longer subject (SNS API reference, Publish). */
const MAX_SUBJECT = 100;
/** SNS takes 256 KB (same page); the rest is left for what it puts around. */
const MAX_BYTES = 200_000;
/** Details name every reason why a peering is not managed, so they may be long. */
const MAX_LINE = 2000;
/** Longer than any id or name; one that is longer hides nothing behind it. */
const MAX_VALUE = 256;
/** Of a tag Name, behind an id. */
const MAX_NAME = 80;

/** What is known of VPCs and tables beyond their ids. */
export interface Names {
  /** What people call it: the tag `Name` of a VPC, a route table or a peering. */
  readonly nameOf?: (id: string) => string | undefined;
  /** CIDRs of the VPCs that this account can see; EC2 hides them in a request and in a peering that has ended. */
  readonly cidrsOf?: (vpcId: string) => readonly string[] | undefined;
}

/** Text from outside inside a sentence. */
export function shown(value: string): string {
  return printable(value, MAX_VALUE);
}

/** `vpc-1 (prod-core)`; the id alone where there is no name. */
export function named(id: string, { nameOf }: Names): string {
  return withName(id, nameOf?.(id));
}

/** `pcx-1 (prod-to-shared)`, by the tag `Name` that its own side gave it; the id alone where there is none. */
export function namedPeering({ peeringId, tags }: Pick<Peering, 'peeringId' | 'tags'>): string {
  return named(peeringId, { nameOf: () => tags.Name });
}

/** The first of these subjects that SNS does not cut off; the last one where it cuts all. */
export function firstToFit(subjects: readonly string[]): string {
  return subjects.find((subject) => subject.length <= MAX_SUBJECT) ?? subjects.at(-1) ?? '';
}

/** A subject with the peering's name, or with its id alone where SNS would cut off what stands behind. */
export function subjectAbout(peering: Peering, textFor: (peering: string) => string): string {
  return firstToFit([textFor(namedPeering(peering)), textFor(shown(peering.peeringId))]);
}

/** `1 route`, `2 routes`. */
export function count(amount: number, thing: string): string {
  return `${amount} ${thing}${amount === 1 ? '' : 's'}`;
}

/** `a, b and 3 more`. */
export function listed(values: readonly string[], most = 10): string {
  const head = values.slice(0, most).map(shown).join(', ');
  return values.length > most ? `${head} and ${values.length - most} more` : head;
}

function ascii(text: string): string {
  return printable(text, MAX_VALUE).replace(/[^ -~]/gu, '?');
}

const CUT = 'The rest is left out: a message holds no more. The log of the function has all of it.';

/**
 * A message of these lines. Whatever they hold, it can be sent: each line stays one line, nothing in it moves a cursor or
 * hides text, and neither subject nor message is longer than SNS takes.
 *
 * @param alarm which rings for the same reason.
 */
export function notificationOf(
  subject: string,
  lines: readonly string[],
  { severity, alarm }: Pick<Notification, 'severity' | 'alarm'>,
): Notification {
  const kept: string[] = [];
  let bytes = 0;
  for (const each of lines) {
    const line = printable(each, MAX_LINE);
    bytes += Buffer.byteLength(line) + 1;
    if (bytes > MAX_BYTES) {
      kept.push('', CUT);
      break;
    }
    kept.push(line);
  }
  return {
    severity,
    subject: printable(ascii(subject), MAX_SUBJECT),
    message: `${kept.join('\n')}\n`,
    ...(alarm === undefined ? {} : { alarm }),
  };
}

/** `pcx-1 (vpc-a - vpc-b)`, requester first; `pcx-1 (prod-to-shared: vpc-a - vpc-b)` where the peering has a name. */
export function peeringName({ peeringId, tags, requester, accepter }: Peering, names: Names): string {
  const name = tags.Name ? `${printable(tags.Name, MAX_NAME)}: ` : '';
  return `${shown(peeringId)} (${name}${named(requester.vpcId, names)} - ${named(accepter.vpcId, names)})`;
}

export function knownCidrs({ cidrs, vpcId }: PeeringSide, { cidrsOf }: Names): readonly string[] {
  return cidrs.length > 0 ? cidrs : (cidrsOf?.(vpcId) ?? []);
}

function sideLine(title: string, side: PeeringSide, names: Names): string {
  const cidrs = knownCidrs(side, names);
  const blocks = cidrs.length === 0 ? 'CIDRs not visible' : listed(cidrs, 20);
  return `${title} ${named(side.vpcId, names)} in account ${shown(side.accountId)}, ${shown(side.region)}, ${blocks}`;
}

/** Both ends, one line each, and where the console shows the peering: in the Region of a side that the account owns. */
export function sideLines(peering: Peering, names: Names, region: string): string[] {
  const { peeringId, requester, accepter } = peering;
  const link = consoleLink(peeringId, region);
  return [
    sideLine('Requester:', requester, names),
    sideLine('Accepter: ', accepter, names),
    ...(link === undefined ? [] : [`Console:   ${link}`]),
  ];
}

/** More lines of reasons than this nobody reads. */
const MAX_REASONS = 100;

export function reasonLines(reasons: readonly string[]): string[] {
  const more = reasons.length - MAX_REASONS;
  return [
    ...reasons.slice(0, MAX_REASONS).map((reason) => `  - ${printable(reason, 500)}`),
    ...(more > 0 ? [`  - and ${more} more; the log has all of them.`] : []),
  ];
}

/** A command to paste. */
export function peeringCommand(
  verb: 'accept' | 'reject' | 'delete' | 'describe',
  peeringId: string,
  region: string,
): string {
  const [name, option] =
    verb === 'describe'
      ? ['describe-vpc-peering-connections', 'vpc-peering-connection-ids']
      : [`${verb}-vpc-peering-connection`, 'vpc-peering-connection-id'];
  return `  aws ec2 ${name} --${option} ${shellWord(shown(peeringId))} --region ${shellWord(shown(region))}`;
}

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** `in 6 days`, `in 23 hours`, `in 1 minute`: rounded down, so that nobody comes too late. */
export function fromNow(date: Date, now: Date): string | undefined {
  const left = date.getTime() - now.getTime();
  if (Number.isNaN(left)) {
    return undefined;
  }
  if (left <= 0) {
    return 'that has passed';
  }
  if (left < MINUTE) {
    return 'in less than a minute';
  }
  if (left < 2 * HOUR) {
    return `in ${count(Math.floor(left / MINUTE), 'minute')}`;
  }
  return left < 2 * DAY
    ? `in ${count(Math.floor(left / HOUR), 'hour')}`
    : `in ${count(Math.floor(left / DAY), 'day')}`;
}
