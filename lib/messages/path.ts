import type { PathKind } from '../connectivity/path-finding.ts';
import type { PeeringHealth } from '../connectivity/results.ts';
import type { Notification } from '../model/notification.ts';
import { endLines, longName, resultLine, shortName, type WatchedPeering } from './connectivity.ts';
import { notificationOf } from './text.ts';

/** What people are told of large packets and names: once when it begins, once when it is over. */

type State = 'hindered' | 'fine';

const SUBJECTS: Readonly<Record<PathKind, Readonly<Record<State, string>>>> = {
  mtu: { hindered: 'Large packets do not pass', fine: 'Large packets pass again' },
  name: { hindered: 'Names lead elsewhere', fine: 'Names lead to private addresses again' },
};

const MEANINGS: Readonly<Record<PathKind, Readonly<Record<State, string>>>> = {
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

export function pathNotification(
  watched: WatchedPeering,
  { results }: Pick<PeeringHealth, 'results'>,
  { kind, state }: { readonly kind: PathKind; readonly state: State },
): Notification {
  const { region, accountId } = watched;
  const lines = [
    `${SUBJECTS[kind][state]}: ${longName(watched)} (${region}, account ${accountId}).`,
    MEANINGS[kind][state],
    ...endLines(watched),
    '',
    'Results:',
    ...results.filter((result) => result.kind === kind).map(resultLine),
    ...(state === 'fine'
      ? []
      : ['', 'Nothing more is sent while this lasts, and one message when it is over.']),
  ];
  return notificationOf(`${SUBJECTS[kind][state]}: ${shortName(watched)}`, lines, {
    severity: state === 'fine' ? 'notice' : 'action',
  });
}
