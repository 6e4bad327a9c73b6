import type { RoutesToIt } from '../assessment/routes-to-sides.ts';
import type { Notification } from '../model/notification.ts';
import type { Peering } from '../model/peering.ts';
import { expiresTagKey } from '../model/tags.ts';

import { earliestEnd, type PeeringEnd } from '../policy/expiry.ts';
import { endText } from '../policy/expiry-date.ts';
import type { Rule } from '../policy/schema.ts';
import { type KeptRoutes, keptLine, type RefusedRoutes, refusedLine } from './ended.ts';
import {
  count,
  fromNow,
  type Names,
  notificationOf,
  peeringCommand,
  peeringName,
  shown,
  sideLines,
  subjectAbout,
} from './text.ts';

/** What people are told of the time of a peering: that it ends, that it has ended, that it goes on, that it was deleted. */

export interface OfTime extends Names {
  readonly peering: Peering;
  readonly region: string;
  readonly accountId: string;
  readonly tagPrefix: string;
  /** The rule that manages it. */
  readonly rule: Pick<Rule, 'expireAfter'>;
  readonly now: Date;
}

function isAre(amount: number): string {
  return amount === 1 ? 'is' : 'are';
}

function othersLine(others: number, onExpiry: PeeringEnd['onExpiry']): string[] {
  if (others === 0) {
    return [];
  }
  const it = others === 1 ? 'it stays' : 'they stay';
  const dead = others === 1 ? 'It then leads' : 'They then lead';
  return [
    `${count(others, 'route')} to it ${isAre(others)} not the product's own: ${it} as long as the peering lives.${onExpiry === 'delete' ? ` ${dead} nowhere.` : ''}`,
  ];
}

function untaggedLine(untagged: number): string[] {
  return untagged === 0
    ? []
    : [
        `${count(untagged, 'own route')} to it ${untagged === 1 ? 'stays' : 'stay'}: the tag of ${untagged === 1 ? 'its table does' : 'their tables does'} not name the rule any more, so the product does not write there. Delete by hand what nobody needs: peering drift has it.`,
      ];
}

/** Of one that has not ended: what is done then, as sentences. */
export function whatFollows(
  end: Pick<PeeringEnd, 'onExpiry' | 'rule'>,
  { own, untagged, others }: RoutesToIt,
): string[] {
  return [
    `Then ${count(own, 'own route')} to it in this Region ${isAre(own)} deleted${own === 0 ? '.' : ', and what goes there stops.'}`,
    ...untaggedLine(untagged),
    ...othersLine(others, end.onExpiry),
    end.onExpiry === 'delete'
      ? `A day later the peering itself is deleted, as rule ${shown(end.rule)} says onExpiry: delete. A deleted peering cannot be brought back.`
      : 'The peering itself stays.',
  ];
}

/** Gives it more time, as much as its rule allows. */
export function renewCommand(peeringId: string, { expireAfter }: OfTime['rule']): string {
  return `peering renew ${shown(peeringId)} --for ${shown(expireAfter ?? '30d')} --because "…"`;
}

function renewLines({ peering, rule, tagPrefix }: OfTime): string[] {
  const most = rule.expireAfter === undefined ? '' : `, at most ${shown(rule.expireAfter)} from now`;
  return [
    `  ${renewCommand(peering.peeringId, rule)}`,
    `Or set its tag ${shown(expiresTagKey(tagPrefix))} to a later day${most}.`,
  ];
}

/** It ends in a week, or in a day. */
export function endingNotification(end: PeeringEnd, routes: RoutesToIt, about: OfTime): Notification {
  const { peering, now, region } = about;
  const at = new Date(earliestEnd(end, undefined, now) * 1000);
  const when = `${endText(at.getTime() / 1000)}, ${fromNow(at, now) ?? 'soon'}`;
  return notificationOf(
    subjectAbout(peering, (name) => `VPC peering ${name} ends ${when}`),
    [
      `${peeringName(peering, about)} ends ${when}.`,
      ...(at.getTime() > end.at * 1000
        ? [`Its time is over ${endText(end.at)}; people have to know that for a day first.`]
        : []),
      ...whatFollows(end, routes),
      '',
      `Why: ${end.why}`,
      '',
      ...sideLines(peering, about, region),
      '',
      'If it is still needed, give it more time:',
      ...renewLines(about),
      'If it is not, there is nothing to do.',
    ],
    { severity: 'action' },
  );
}

/** Of one that has ended: `own` are those that go now. */
export interface RoutesAtEnd extends RoutesToIt {
  readonly kept: readonly KeptRoutes[];
  readonly refused?: readonly RefusedRoutes[];
}

/** Of one that has ended: what becomes of its routes, as sentences. */
export function whatGoes(
  end: Pick<PeeringEnd, 'onExpiry'>,
  { own, untagged, others, kept, refused = [] }: RoutesAtEnd,
): string[] {
  return [
    `${count(own, 'own route')} to it ${isAre(own)} being deleted in this Region.`,
    ...refused.map(refusedLine),
    ...kept.map(keptLine),
    ...untaggedLine(untagged),
    ...othersLine(others, end.onExpiry),
  ];
}

/** Its time is over: what becomes of its routes, and how it is brought back. */
export function timeOverNotification(end: PeeringEnd, routes: RoutesAtEnd, about: OfTime): Notification {
  const { peering, region } = about;
  const { kept, untagged, refused = [] } = routes;
  return notificationOf(
    subjectAbout(peering, (name) => `VPC peering ${name} has ended: its time is over`),
    [
      `The time of ${peeringName(peering, about)} is over.`,
      ...whatGoes(end, routes),
      end.onExpiry === 'delete'
        ? `A day from now the peering itself is deleted, if no own route leads to it and nobody has frozen the Region then: rule ${shown(end.rule)} says onExpiry: delete.`
        : 'The peering itself stays; it is listed as expired in "peering status".',
      '',
      `Why: ${end.why}`,
      '',
      ...sideLines(peering, about, region),
      '',
      end.onExpiry === 'delete'
        ? 'If it is still needed, bring its routes back before it is deleted:'
        : 'If it is still needed, bring its routes back:',
      ...renewLines(about),
      ...(end.onExpiry === 'delete'
        ? ['If it is not, there is nothing to do.']
        : [
            'If it is not, delete it. That cannot be undone:',
            peeringCommand('delete', peering.peeringId, region),
          ]),
    ],
    { severity: kept.length + untagged + refused.length > 0 ? 'action' : 'notice' },
  );
}

/** People were told that it ends, and it does not end then. @param end when it ends now; undefined: it does not end any more. */
export function putOffNotification(end: PeeringEnd | undefined, before: number, about: OfTime): Notification {
  const { peering, region } = about;
  const now = end === undefined ? 'does not end any more' : `ends ${endText(end.at)} now`;
  return notificationOf(
    subjectAbout(peering, (name) => `VPC peering ${name} ${now}`),
    [
      `${peeringName(peering, about)} ${now}. People were told that it ends ${endText(before)}.`,
      `Why: ${end === undefined ? 'neither its rule nor its tag says a time any more.' : end.why}`,
      'Its routes are the ones that its rule asks for; those that were deleted come back where nothing stands in the way.',
      '',
      ...sideLines(peering, about, region),
    ],
    { severity: 'notice' },
  );
}

/** A tag that was meant to say when it ends, and says nothing. */
export function wrongTagNotification(slip: string, end: PeeringEnd | undefined, about: OfTime): Notification {
  const { peering, region } = about;
  return notificationOf(
    subjectAbout(
      peering,
      (name) => `VPC peering ${name}: its tag ${expiresTagKey(about.tagPrefix)} says nothing`,
    ),
    [
      slip,
      end === undefined ? 'So nothing lets it end.' : `What counts instead: ${end.why}`,
      '',
      ...sideLines(peering, about, region),
      '',
      'Put the tag right, or remove it.',
    ],
    { severity: 'action' },
  );
}

/** It was deleted, because its time was over and its rule says so. */
export function deletedNotification(
  why: string,
  about: Omit<OfTime, 'rule' | 'now' | 'tagPrefix'>,
): Notification {
  const { peering, region } = about;
  return notificationOf(
    subjectAbout(peering, (name) => `VPC peering ${name} was deleted: its time was over`),
    [
      `${peeringName(peering, about)} was deleted by the product.`,
      `Why: ${why}`,
      '',
      ...sideLines(peering, about, region),
      '',
      'It cannot be brought back. If it is needed again, it has to be requested again.',
    ],
    { severity: 'notice' },
  );
}
