/** When the time of a live peering is over, by its rule, its tag and what people said, and what follows. Pure. */

import type { Counted, EndStage, Renewal, ToldEnd } from '../model/expiry.ts';
import { withName } from '../model/nameable.ts';
import type { Peering } from '../model/peering.ts';
import { printable } from '../model/printable.ts';
import { expiresTagKey } from '../model/tags.ts';
import { DAY_SECONDS, daysOfText, endOfText, endText, timeMeant, WRITE_A_TIME } from './expiry-date.ts';
import type { Policy, Rule } from './schema.ts';

/** People are told so long before a peering ends. Seconds. */
const WEEK_BEFORE = 7 * DAY_SECONDS;
const DAY_BEFORE = DAY_SECONDS;

/** Nobody's peering ends sooner than this after they were told that it ends in a day: a day, less what a look may be late. Seconds. */
export const NOTICE = 23 * 60 * 60;

/** What is known of the time of a peering, seen from one of its VPCs. Undefined is unknown. */
export interface Lifetime {
  readonly now: Date;
  readonly renewal?: Renewal;
  readonly counted?: Counted;
  readonly toldEnd?: ToldEnd;
  /** A person gave it more time, and until when cannot be read. */
  readonly isRenewalUnreadable?: true;
  /** When a person accepted it by the product. Seconds since the epoch. */
  readonly accepted?: number;
}

export interface PeeringEnd {
  /** Seconds since the epoch. */
  readonly at: number;
  /** What says so. */
  readonly by: 'rule' | 'tag' | 'renewal';
  readonly rule: string;
  /**
   * `running`: not yet. `due`: its time is over, but people were not told a day ago, so that all stays as it is. `over`: it has
   * ended.
   */
  readonly state: 'running' | 'due' | 'over';
  /** `delete`: the rule has it deleted. */
  readonly onExpiry: 'keep' | 'delete';
  /** One sentence. */
  readonly why: string;
}

export interface JudgedEnd {
  /** Undefined: it does not end. */
  readonly end?: PeeringEnd;
  /** What a tag says that says nothing, as a sentence. */
  readonly slip?: string;
  /** What the registry has to keep, where it differs from what it has. */
  readonly toCount?: Counted;
}

/** What lets a peering end. */
type Source = Pick<PeeringEnd, 'at' | 'by' | 'why'>;

/** Whether some rule of a policy says how long peerings live. */
export function hasTimes({ rules }: Pick<Policy, 'rules'>): boolean {
  return rules.some(({ expireAfter }) => expireAfter !== undefined);
}

/** Seconds of `expireAfter`. */
export function expireSeconds({ expireAfter }: Pick<Rule, 'expireAfter'>): number | undefined {
  const days = expireAfter === undefined ? undefined : daysOfText(expireAfter);
  return days === undefined ? undefined : days * DAY_SECONDS;
}

/** The latest end that can be given at a time: the whole last day counts, as it does for a date in a tag. */
export function latestEnd(from: number, lasts: number): number {
  return Math.ceil((from + lasts) / DAY_SECONDS) * DAY_SECONDS;
}

const WRITTEN = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d{3})?Z$/;

/** When the product accepted it, as the tags that it wrote then say. */
function taggedAcceptance({ tags }: Pick<Peering, 'tags'>, tagPrefix: string): number | undefined {
  const decidedAt = tags[`${tagPrefix}:decided-at`] ?? '';
  const at = WRITTEN.test(decidedAt) ? Math.floor(Date.parse(decidedAt) / 1000) : Number.NaN;
  return tags[`${tagPrefix}:decision`] === 'accept' && at > 0 ? at : undefined;
}

/**
 * Since when the time counts: as it was noted, else as it is known now. A look may have read the registry just before the acceptance was
 * noted there, and EC2 just after it: what the registry knows of it later counts, what a tag says does not.
 */
function countedNow(peering: Peering, policy: Policy, { now, counted, accepted }: Lifetime): Counted {
  if (counted !== undefined) {
    return counted.accepted === undefined && accepted !== undefined ? { ...counted, accepted } : counted;
  }
  const at = accepted ?? taggedAcceptance(peering, policy.tagPrefix);
  return { since: Math.floor(now.getTime() / 1000), ...(at === undefined ? {} : { accepted: at }) };
}

function byRule(rule: Rule, lasts: number, { since, accepted }: Counted): Source {
  const asked = `rule ${rule.name} says expireAfter: ${rule.expireAfter}`;
  if (accepted === undefined) {
    const at = since + lasts;
    return {
      at,
      by: 'rule',
      why: `It ends ${endText(at)}: ${asked}. That counts from ${endText(since)}, when the product first saw it under such a rule; when it was accepted is not known.`,
    };
  }
  // Whatever a new rule or a tag says of long ago, people are told a week before.
  const earliest = since + Math.min(lasts, WEEK_BEFORE);
  const at = Math.max(accepted + lasts, earliest);
  const later =
    at > accepted + lasts
      ? ` People have a week from ${endText(since)}, when the rule was first looked at.`
      : '';
  return {
    at,
    by: 'rule',
    why: `It ends ${endText(at)}: ${asked}, and it was accepted ${endText(accepted)}.${later}`,
  };
}

/** What the tag says, or why it says nothing. @param lasts what the rule allows, if it says how long. */
function byTag(
  peering: Peering,
  { tagPrefix }: Policy,
  rule: Rule,
  allowed: { readonly lasts: number; readonly tag: NonNullable<Counted['tag']> } | undefined,
): { readonly source?: Source; readonly slip?: string } {
  const key = expiresTagKey(tagPrefix);
  const value = peering.tags[key];
  if (value === undefined) {
    return {};
  }
  const named = `The tag ${key} = "${printable(value, 256)}" of ${withName(peering.peeringId, peering.tags.Name)}`;
  const at = endOfText(value);
  if (at === undefined) {
    const meant = timeMeant(value);
    return {
      slip: `${named} says nothing: ${WRITE_A_TIME}.${meant === undefined ? '' : ` Did you mean ${meant}?`}`,
    };
  }
  const latest = allowed === undefined ? undefined : latestEnd(allowed.tag.since, allowed.lasts);
  if (latest !== undefined && at > latest) {
    return {
      slip: `${named} says nothing: rule ${rule.name} says expireAfter: ${rule.expireAfter}, and a tag that was first seen ${endText(allowed?.tag.since ?? 0)} can have it end ${endText(latest)} at the latest.`,
    };
  }
  return { source: { at, by: 'tag', why: `It ends ${endText(at)}: its tag ${key} says so.` } };
}

/** The later of what rule or tag say, and of what a person said. A renewal alone lets nothing end. */
function latest(source: Source, renewal: Renewal | undefined): Source {
  return renewal === undefined || renewal.until <= source.at
    ? source
    : {
        at: renewal.until,
        by: 'renewal',
        why: `It ends ${endText(renewal.until)}: ${renewal.by} renewed it ${endText(renewal.at)} because: ${renewal.because}`,
      };
}

function stateOf(at: number, { mode }: Policy, { now, toldEnd }: Lifetime): PeeringEnd['state'] {
  const seconds = now.getTime() / 1000;
  if (seconds < at) {
    return 'running';
  }
  const hadTheirDay = toldEnd?.end === at && toldEnd.stage === 'day' && seconds - toldEnd.at >= NOTICE;
  // Observing, nothing is done and nobody can be told: what is shown is what would be.
  return hadTheirDay || mode === 'observe' ? 'over' : 'due';
}

/** What people are told of an end now: nothing yet, that it comes in a week, or in a day. Of several looks that nobody made, only the nearer. */
export function stageOf(
  { at, state }: Pick<PeeringEnd, 'at' | 'state'>,
  seconds: number,
): EndStage | undefined {
  if (state === 'due' || at - seconds <= DAY_BEFORE) {
    return 'day';
  }
  return at - seconds <= WEEK_BEFORE ? 'week' : undefined;
}

/**
 * When it ends at the earliest: people have known it for a day then.
 *
 * @param toldEnd what they were told so far.
 * @returns seconds since the epoch.
 */
export function earliestEnd({ at }: Pick<PeeringEnd, 'at'>, toldEnd: ToldEnd | undefined, now: Date): number {
  const known =
    toldEnd?.end === at && toldEnd.stage === 'day' ? toldEnd.at : Math.floor(now.getTime() / 1000);
  return Math.max(at, known + NOTICE);
}

function withState(why: string, state: PeeringEnd['state']): string {
  switch (state) {
    case 'running':
      return why;
    case 'due':
      return `${why.replace('It ends', 'Its time was over')} It goes on until people have known that for a day.`;
    case 'over':
      return why.replace('It ends', 'It ended');
  }
}

/** What the registry has to keep of a peering whose rule says how long it lives. */
function toCount(now: Counted, { counted }: Lifetime): Counted | undefined {
  return counted?.tag?.value === now.tag?.value &&
    counted?.tag?.since === now.tag?.since &&
    counted?.accepted === now.accepted &&
    counted !== undefined
    ? undefined
    : now;
}

/**
 * When a live peering that a rule manages ends. A tag of this account's side that says a time wins over the rule, also with an earlier one;
 * a renewal gives more time than either. A tag that cannot be read, or that says more than the rule allows, says nothing.
 */
export function endOf(peering: Peering, rule: Rule, policy: Policy, lifetime: Lifetime): JudgedEnd {
  const lasts = expireSeconds(rule);
  const value = peering.tags[expiresTagKey(policy.tagPrefix)];
  const since = countedNow(peering, policy, lifetime);
  const seconds = Math.floor(lifetime.now.getTime() / 1000);
  const tag =
    value === undefined ? undefined : since.tag?.value === value ? since.tag : { value, since: seconds };
  const { tag: _, ...without } = since;
  const counted: Counted = tag === undefined ? without : { ...without, tag };
  const { source: tagged, slip } = byTag(
    peering,
    policy,
    rule,
    lasts === undefined || tag === undefined ? undefined : { lasts, tag },
  );
  const base = tagged ?? (lasts === undefined ? undefined : byRule(rule, lasts, counted));
  const keep = lasts === undefined ? undefined : toCount(counted, lifetime);
  const more = {
    ...(slip === undefined ? {} : { slip }),
    ...(keep === undefined ? {} : { toCount: keep }),
  };
  if (base === undefined) {
    return more;
  }
  const { at, by, why } = latest(base, lifetime.renewal);
  const state = stateOf(at, policy, lifetime);
  const onExpiry = rule.onExpiry ?? 'keep';
  return { ...more, end: { at, by, rule: rule.name, state, onExpiry, why: withState(why, state) } };
}
