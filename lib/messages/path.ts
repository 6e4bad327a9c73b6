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

/** What a person looks at, in the order in which it is mostly the cause. */
const TO_DO: Readonly<Record<PathKind, readonly string[]>> = {
  mtu: [
    'Compare the MTU of both interfaces (ip link show): the answer is as large as what was sent. Then let ICMP type 3, code 4 (IPv6: ICMPv6 type 2)',
    'through security groups, network ACLs and firewalls on the way, so that the sender learns which size passes.',
    'Until then an MTU of 1500 on the interface that sends lets transfers go on.',
  ],
  name: [
    'Both VPCs need DNS support and DNS hostnames, and the side of the target has to let the other one resolve its names: routes.dnsResolution',
    'of the rule, or "peering drift" says why not. If that is so, look at which resolver the source asks (/etc/resolv.conf): only that of its VPC knows.',
  ],
};

/** The side of this account, which is the one that can ask. */
function ownVpcOption({ peering, accountId, region }: WatchedPeering): string {
  const own = [peering?.requester, peering?.accepter].find(
    (side) => side?.accountId === accountId && side.region === region,
  );
  return own === undefined ? '' : ` --vpc ${own.vpcId}`;
}

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
      : [
          '',
          'What to do:',
          ...TO_DO[kind].map((line) => `  ${line}`),
          `Ask again: peering ping${ownVpcOption(watched)}`,
          '',
          'Nothing more is sent while this lasts, and one message when it is over.',
        ]),
  ];
  return notificationOf(`${SUBJECTS[kind][state]}: ${shortName(watched)}`, lines, {
    severity: state === 'fine' ? 'notice' : 'action',
  });
}
