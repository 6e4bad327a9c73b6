import { isPairHeldBack, isPairToDo, PAIR_HELD_WORDS, pairsToDo } from '../lib/report/pairs.ts';
import type { JudgedPair } from '../lib/report/shown-assessment.ts';
import type { Assessment } from './assess.ts';
import type { Document } from './documents.ts';
import type { Row } from './formats.ts';
import { type Output, shown } from './output.ts';

/** The part of a plan that is about peerings that should exist (`connect`, `mesh`). */

/** Names a pair and what is done of it, for telling whether a later plan still has it. */
export function pairText({ state, name, requester, accepter }: JudgedPair): string {
  return `${state === 'to-delete' ? 'delete' : 'request'} ${shown(name)}: ${requester.vpcId} in ${requester.region} -> ${accepter.vpcId} of ${accepter.accountId} in ${accepter.region}`;
}

/** States as people read them, in the order in which a plan counts them. */
const STATE_WORDS = {
  connected: 'connected',
  requested: 'requested',
  'to-request': 'to request',
  waits: 'waiting',
  impossible: 'not possible',
  refused: 'refused',
  kept: 'wanted no more, kept',
  leaving: 'wanted no more, leaving',
  'to-delete': 'to delete',
} as const satisfies Readonly<Record<JudgedPair['state'], string>>;

const SIGNS = { 'to-request': ['+', 'green'], 'to-delete': ['-', 'red'] } as const;

/** More pairs that only wait are counted: those that are done, held or stuck are named. */
const MOST_WAITING = 10;

function writePair(pair: JudgedPair, output: Output): void {
  const [sign, paint] =
    pair.state === 'to-request' || pair.state === 'to-delete'
      ? SIGNS[pair.state]
      : (['!', 'yellow'] as const);
  const heldBack =
    isPairHeldBack(pair) && pair.heldBy !== undefined ? `, held (${PAIR_HELD_WORDS[pair.heldBy]})` : '';
  const text = isPairToDo(pair)
    ? pairText(pair)
    : `${STATE_WORDS[pair.state]} ${pairText(pair).replace(/^request /, '')}`;
  output.line(`  ${output.paint(sign, paint)} ${text}${heldBack}`);
  output.line(`      ${output.paint(shown(pair.why), 'dim')}`);
}

/** Nothing, where the policy connects nothing. */
export function writeConnections({ connections }: Pick<Assessment, 'connections'>, output: Output): void {
  if (connections.length === 0) {
    return;
  }
  const counts = Object.entries(STATE_WORDS).flatMap(([state, word]) => {
    const count = connections.filter((pair) => pair.state === state).length;
    return count === 0 ? [] : [`${count} ${word}`];
  });
  output.line();
  output.line(output.paint(`Pairs to connect (${connections.length}: ${counts.join(', ')})`, 'bold'));
  const waiting = connections.filter(({ state }) => state === 'waits');
  for (const pair of [
    ...pairsToDo({ connections }),
    ...connections.filter(({ state }) => ['impossible', 'refused', 'leaving'].includes(state)),
    ...waiting.slice(0, MOST_WAITING),
  ]) {
    writePair(pair, output);
  }
  if (waiting.length > MOST_WAITING) {
    output.line(`  and ${waiting.length - MOST_WAITING} more that wait; --json has each`);
  }
}

type PlannedPairs = Document<'plan'>['connections'];

export function pairEndOf({
  accountId,
  region,
  vpcId,
  name,
}: JudgedPair['requester']): PlannedPairs[number]['requester'] {
  return { accountId, region, vpcId, name: name ?? null };
}

export function connectionsOf({ connections }: Pick<Assessment, 'connections'>): PlannedPairs {
  return connections.map((pair) => ({
    accountId: pair.accountId,
    connection: pair.connection,
    name: pair.name,
    requester: pairEndOf(pair.requester),
    accepter: pairEndOf(pair.accepter),
    state: pair.state,
    peeringId: pair.peeringId ?? null,
    until: pair.until?.toISOString() ?? null,
    reason: pair.why,
    heldBy: pair.heldBy ?? null,
  }));
}

export function connectionRows(connections: PlannedPairs): Row[] {
  return connections.map(
    ({ accountId, state, requester, peeringId, heldBy, connection, name, reason }): Row => ({
      what: 'connection',
      kind: state,
      accountId,
      region: requester.region,
      peeringId,
      heldBy,
      rule: connection,
      says: `${name}: ${reason}`,
    }),
  );
}
