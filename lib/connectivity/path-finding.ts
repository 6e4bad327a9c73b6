import type { Notification } from '../model/notification.ts';
import { printable } from '../model/printable.ts';
import { kindText } from '../model/probe-kinds.ts';
import type { PeeringHealth, ProbeResult } from './results.ts';

/** What people are told of a peering besides losses: large packets that do not pass it, and names that lead elsewhere. */

export type PathKind = 'mtu' | 'name';

export const PATH_KINDS: readonly PathKind[] = ['mtu', 'name'];

/** What one check says of it; undefined: nothing, and then what was known stays. */
export function pathStateOf(
  { results }: Pick<PeeringHealth, 'results'>,
  kind: PathKind,
): 'hindered' | 'fine' | undefined {
  const said = results.filter((result) => result.kind === kind && result.verdict !== 'none');
  if (said.length === 0) {
    return undefined;
  }
  return said.every(({ verdict }) => verdict === 'reachable') ? 'fine' : 'hindered';
}

/** SNS refuses a longer subject (SNS API reference, Publish). */
const MAX_SUBJECT = 100;

const SUBJECTS: Readonly<Record<PathKind, Readonly<Record<'hindered' | 'fine', string>>>> = {
  mtu: { hindered: 'Large packets do not pass', fine: 'Large packets pass again:' },
  name: { hindered: 'Names lead elsewhere across', fine: 'Names lead to private addresses again across' },
};

const MEANINGS: Readonly<Record<PathKind, Readonly<Record<'hindered' | 'fine', string>>>> = {
  mtu: {
    hindered:
      'Small packets pass, so pings are answered and connections are made; transfers may hang once their packets are large.',
    fine: 'Large packets pass.',
  },
  name: {
    hindered: 'Whoever asks for the target by its name does not get to its private address.',
    fine: 'The names lead to the private address.',
  },
};

function line(result: ProbeResult): string {
  return `  ${result.sourceInstanceId} -> ${result.target} (${kindText(result)}): ${result.verdict}. ${result.reason}`;
}

/** Sent once when it begins to be so, and once when it is over. */
export function pathNotification(
  { peeringId, region, results }: PeeringHealth,
  accountId: string,
  { kind, state }: { readonly kind: PathKind; readonly state: 'hindered' | 'fine' },
): Notification {
  const message = [
    `${SUBJECTS[kind][state]} ${peeringId} (${region}, account ${accountId}).`,
    '',
    MEANINGS[kind][state],
    '',
    'Results:',
    ...results.filter((result) => result.kind === kind).map(line),
  ].join('\n');
  return {
    subject: printable(`${SUBJECTS[kind][state]} ${peeringId} in ${region}`, MAX_SUBJECT),
    message: `${message}\n`,
  };
}
