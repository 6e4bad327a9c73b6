import type { Place } from './account.ts';
import type { LiveCheck } from './check.ts';
import { NAME_PREFIX, TAG_KEY } from './ledger.ts';
import { NotTried } from './not-tried.ts';
import type { Leftover, LiveResult, Need, Outcome } from './outcome.ts';
import type { Session } from './session.ts';

/** What a person reads. Pure. */

function placeOf(need: Need, { peer, other, optedInto }: Session): Place | NotTried {
  return { peer, 'other-region': other, 'opt-in-region': optedInto }[need];
}

/** Why a check cannot be tried in this session; undefined: it can. */
export function missingFor({ needs }: LiveCheck, session: Session): NotTried | undefined {
  return needs.map((need) => placeOf(need, session)).find((place) => place instanceof NotTried);
}

function placeText({ accountId, region }: Place): string {
  return `account ${accountId}, ${region}`;
}

/** What is going to be made, where, and what it costs. */
export function planText(checks: readonly LiveCheck[], session: Session, run: string): readonly string[] {
  const { home } = session;
  const tried = checks.filter((check) => missingFor(check, session) === undefined);
  const making = tried.filter(({ makes }) => makes.length > 0);
  const missing = new Map<string, string[]>();
  for (const check of checks) {
    const why = missingFor(check, session);
    if (why !== undefined) {
      const text = `${why.message} ${why.remedy}`;
      missing.set(text, [...(missing.get(text) ?? []), check.name]);
    }
  }
  const elsewhere = [...new Set(tried.flatMap(({ needs }) => needs.map((need) => placeOf(need, session))))];
  return [
    `As ${home.arn} this makes, one after the other, and removes again:`,
    '',
    ...making.map(({ name, makes, takes }) => `  ${name}: ${makes.join('; ')} (${takes})`),
    '',
    `where: ${[home, ...elsewhere].flatMap((place) => (place instanceof NotTried ? [] : [placeText(place)])).join('; ')}`,
    `how to know it: the tag ${TAG_KEY}=${run}, and names that begin with ${NAME_PREFIX}`,
    'cost: less than 0.01 USD. VPCs, peerings, rules and roles cost nothing; the rest is some requests and minutes',
    'who notices: trails record it. A stack of this product there decides these requests, and may tell people',
    ...[...missing].map(([why, names]) => `not tried: ${names.join(', ')}. ${why}`),
  ];
}

export function listText(checks: readonly LiveCheck[]): readonly string[] {
  return checks.flatMap(({ name, question, makes, needs, takes }) => [
    name,
    `  ${question}`,
    `  makes: ${makes.length === 0 ? 'nothing, it only reads' : makes.join('; ')}`,
    `  needs: ${needs.length === 0 ? 'one account' : needs.map((need) => NEEDS[need]).join(', ')}; takes ${takes}`,
  ]);
}

const NEEDS = {
  peer: 'a second account (--peer-profile)',
  'other-region': 'another Region (--other-region, or the nearest)',
  'opt-in-region': 'a Region that has to be opted into, and is enabled',
} as const;

function cell(text: string): string {
  return text.replaceAll('|', '\\|');
}

/** A table that an issue shows as one. */
export function outcomesText(outcomes: readonly Outcome[], heading: string): readonly string[] {
  return [
    heading,
    '',
    '| check | question | expected | seen | result |',
    '| --- | --- | --- | --- | --- |',
    ...outcomes.map(
      ({ name, question, expected, seen, verdict, remedy }) =>
        `| ${[name, question, expected, remedy === undefined ? seen : `${seen} ${remedy}`].map(cell).join(' | ')} | ${verdict} |`,
    ),
  ];
}

export function leftoverText(leftovers: readonly Leftover[], cleanUp: string): readonly string[] {
  return leftovers.length === 0
    ? []
    : [
        `Not removed, ${leftovers.length}:`,
        ...leftovers.flatMap(({ what, why, byHand }) => [`  ${what}: ${why}`, `    ${byHand}`]),
        `${cleanUp} tries all of them again.`,
      ];
}

export function summaryText({ outcomes, removed }: LiveResult): string {
  const count = (verdict: Outcome['verdict']) =>
    outcomes.filter((outcome) => outcome.verdict === verdict).length;
  return `${count('agrees')} agree, ${count('differs')} differ, ${count('not tried')} not tried${removed === 0 ? '' : `; made and removed ${removed}`}`;
}
