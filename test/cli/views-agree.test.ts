import { toldEndNote } from '../../lib/model/expiry.ts';
import { FINDING_KINDS, type FindingKind } from '../../lib/model/finding.ts';
import { freezeNote } from '../../lib/model/freeze.ts';
import type { HeldBy } from '../../lib/model/held-by.ts';
import { type MemoryUpdate, NOTHING_REMEMBERED, type RegionMemory } from '../../lib/model/memory.ts';
import type { Peering } from '../../lib/model/peering.ts';
import type { PrefixList } from '../../lib/model/prefix-list.ts';
import type { Route, RouteTable } from '../../lib/model/route-table.ts';
import { blindKey } from '../../lib/model/watch-notes.ts';
import { HELD_WORDS } from '../../lib/report/held.ts';
import { repairKey } from '../../lib/routing/contested.ts';
import {
  inventory,
  OWN,
  PEER,
  PREFIX,
  peering,
  prefixList,
  REGION,
  route,
  STRANGER,
  table,
  vpc,
} from '../support/fixtures.ts';
import { noted, PLAN_NOW, registryOf } from '../support/plan-of.ts';
import { type Said, type Situation, saidOf } from './support/views.ts';

jest.mock('../../cli/source/open.ts', () => jest.requireActual('./support/views.ts'));
jest.mock('../../cli/read.ts', () => jest.requireActual('./support/views.ts'));

/** What is said of one state: the same by every verb, by the message and by the alarms. */

const NOW = PLAN_NOW.getTime() / 1000;
const DAY = 86_400;

const pcx = (number: number) => `pcx-0000000${number}`;
const a = vpc('vpc-0000000a', ['10.1.0.0/16'], { tags: { Name: 'a', Role: 'hub' } });
const b = vpc('vpc-0000000b', ['10.2.0.0/16'], { tags: { Name: 'b' } });
const c = vpc('vpc-0000000c', ['10.3.0.0/16'], { tags: { Name: 'c' } });
const theirs = vpc('vpc-0000000d', ['10.4.0.0/16'], { accountId: PEER });
const strangers = vpc('vpc-0000000e', ['10.5.0.0/16'], { accountId: STRANGER });

const AB = peering(pcx(1), a, b);
const PEERS = { name: 'peers', effect: 'accept', remote: { accounts: ['self', PEER] } };
const TO_B = route('10.2.0.0/16', pcx(1));
const BACK = table('rtb-0000000b', b, [route('10.1.0.0/16', pcx(1))], { optIn: '*' });
const OWN_TO_B = `rtb-0000000a 10.2.0.0/16 ${pcx(1)}`;
const OWN_BACK = `rtb-0000000b 10.1.0.0/16 ${pcx(1)}`;

interface Parts {
  readonly vpcs?: Parameters<typeof inventory>[0]['vpcs'];
  readonly peerings?: readonly Peering[];
  readonly routes?: readonly Route[];
  /** In place of the one table of `a`, tagged `*`, with `routes`, and of that of `b`. */
  readonly tables?: readonly RouteTable[];
  readonly prefixLists?: readonly PrefixList[];
  readonly policy?: Record<string, unknown>;
  readonly own?: readonly string[];
  readonly memory?: Partial<RegionMemory>;
  readonly notes?: Readonly<Record<string, string>>;
  readonly updates?: readonly MemoryUpdate[];
  readonly unread?: Situation['unread'];
}

/** `a` and `b` are peered, with all their own routes, unless something else is said. */
function given({ vpcs = [a, b], peerings = [AB], routes = [TO_B], ...parts }: Parts): Situation {
  const {
    own = [OWN_TO_B, OWN_BACK],
    memory = {},
    notes = {},
    policy = {},
    prefixLists = [],
    updates = [],
  } = parts;
  const { tables = [table('rtb-0000000a', a, routes, { optIn: '*' }), BACK] } = parts;
  return {
    inventory: inventory({ vpcs, peerings, tables, prefixLists }),
    policy: { version: 1, tagPrefix: PREFIX, regions: [REGION], rules: [PEERS], ...policy },
    memory: noted(registryOf(own, { ...NOTHING_REMEMBERED, ...memory, routes: registryOf(own).routes }), [
      ...updates,
      ...Object.entries(notes).map(([key, value]) => ({ kind: 'note', key, value, at: NOW - 60 }) as const),
    ]),
    now: PLAN_NOW,
    ...(parts.unread === undefined ? {} : { unread: parts.unread }),
  };
}

/** Own routes that the policy no longer asks for: more than may go at once. */
const parts = Array.from({ length: 12 }, (_, index) => `10.2.${index * 16}.0/20`);
const MANY: Parts = {
  routes: parts.map((block) => route(block, pcx(1))),
  own: [...parts.map((block) => `rtb-0000000a ${block} ${pcx(1)}`), OWN_BACK],
  policy: { rules: [{ ...PEERS, routes: { destinations: ['10.1.0.0/16'] } }] },
};
const REPAIRED = {
  repairs: new Map([
    [
      repairKey({ routeTableId: 'rtb-0000000a', destination: '10.2.0.0/16' }),
      [NOW - 900, NOW - 600, NOW - 300],
    ],
  ]),
};
const DEAD_AC = peering(pcx(3), a, c, { status: 'deleted' });
const AC = peering(pcx(2), a, c);
const FROZEN = { updates: [freezeNote({ by: 'ann', because: 'a move', since: NOW - 60 })] };

const ENDED = Date.UTC(2026, 0, 1) / 1000;
/** A peering that has ended and one that follows it, inside a route to elsewhere. */
const again = vpc('vpc-0000000c', ['10.4.0.0/16'], { accountId: PEER });
const GONE = peering(pcx(3), theirs, a, { status: 'deleted' });
const REPLACED: Parts = {
  routes: [TO_B, route('10.4.0.0/16', pcx(3), { state: 'blackhole' }), route('10.0.0.0/8', 'tgw-00000001')],
  own: [OWN_TO_B, OWN_BACK, `rtb-0000000a 10.4.0.0/16 ${pcx(3)}`],
  policy: { guardrails: { widerRoutes: 'allow' } },
};

type Name = FindingKind | `held: ${HeldBy}` | (typeof OTHERS)[number];

/** What is neither a kind of finding nor holds a change. */
const OTHERS = [
  'all well',
  'request held',
  'request accepted',
  'led away',
  'expired',
  'stale, next one asked',
  'stale, next one provisioning',
  'Region refused',
  'list refused',
  'conflict that waits',
  'conflict with a propagated route that waits',
  'conflict with a list that waits',
  'undecidable',
  'DNS off, frozen',
  'DNS never set, frozen',
] as const;

const SITUATIONS: Readonly<Record<Name, Situation>> = {
  'all well': given({}),
  missing: given({ routes: [] }),
  'wrong-target': given({ vpcs: [a, b, c], peerings: [AB, AC], routes: [route('10.2.0.0/16', pcx(2))] }),
  blackhole: given({ routes: [route('10.2.0.0/16', pcx(1), { state: 'blackhole' })] }),
  stale: given({
    peerings: [AB, DEAD_AC],
    routes: [TO_B, route('10.3.0.0/16', pcx(3), { state: 'blackhole' })],
    own: [OWN_TO_B, OWN_BACK, `rtb-0000000a 10.3.0.0/16 ${pcx(3)}`],
  }),
  unexpected: given({ routes: [TO_B, route('10.99.0.0/16', pcx(1))] }),
  shadowed: given({ routes: [TO_B, route('10.2.5.0/24', 'tgw-00000001')] }),
  conflict: given({ routes: [route('10.2.0.0/16', 'tgw-00000001')], own: [OWN_BACK] }),
  'over-limit': given({
    routes: [route('10.9.0.0/16', 'tgw-00000001')],
    policy: { guardrails: { routesPerTable: 1 } },
  }),
  untagged: given({ tables: [table('rtb-0000000a', a, [TO_B]), BACK] }),
  'one-sided': given({
    tables: [table('rtb-0000000a', a, [TO_B], { optIn: '*' }), table('rtb-0000000b', b, [])],
    own: [OWN_TO_B],
  }),
  contested: given({ routes: [], memory: REPAIRED }),
  'mass-delete': given(MANY),
  'active-but-not-allowed': given({
    policy: { rules: [{ name: 'never', effect: 'reject', remote: { accounts: ['self'] } }] },
  }),
  'dns-resolution': given({
    policy: { rules: [{ ...PEERS, routes: { dnsResolution: true } }] },
    notes: { [`dns ${pcx(1)} ${a.vpcId}`]: 'refused', [`dns ${pcx(1)} ${b.vpcId}`]: 'set' },
  }),
  'DNS never set, frozen': given({
    policy: { rules: [{ ...PEERS, routes: { dnsResolution: true } }] },
    ...FROZEN,
  }),
  'DNS off, frozen': given({
    policy: { rules: [{ ...PEERS, routes: { dnsResolution: true } }] },
    notes: { [`dns ${pcx(1)} ${b.vpcId}`]: 'set' },
    ...FROZEN,
  }),
  'not-connected': given({
    vpcs: [a, b, vpc('vpc-0000000f', ['10.1.128.0/17'], { tags: { Role: 'spoke' } })],
    policy: {
      connect: [{ name: 'shared', hub: { tags: { Role: 'hub' } }, spokes: { tags: { Role: 'spoke' } } }],
    },
  }),
  unreachable: given({
    notes: { [`lost ${pcx(1)} 10.2.1.5 same-zone`]: '3 11111111-2222-3333-4444-555555555555 0 i-a' },
  }),
  'not-checked': given({
    notes: {
      [`lost ${pcx(1)} 10.2.1.5 same-zone`]: '0 11111111-2222-3333-4444-555555555555 0 i-a',
      [blindKey(pcx(1), a.vpcId)]: `9 ${NOW - DAY} Nobody answers.`,
    },
  }),
  'held: observe': given({ routes: [], policy: { mode: 'observe' } }),
  'held: repair-off': given({ routes: [], policy: { drift: { repair: false } } }),
  'held: contested': given({ routes: [], memory: REPAIRED }),
  'held: acceptance': given({
    vpcs: [a, b, c],
    peerings: [AB, peering(pcx(2), theirs, a, { status: 'pending-acceptance' })],
  }),
  'held: rejection': given({
    peerings: [AB, peering(pcx(2), strangers, a, { status: 'pending-acceptance' })],
    routes: [TO_B, route('10.5.0.0/16', pcx(2), { state: 'blackhole' })],
    own: [OWN_TO_B, OWN_BACK, `rtb-0000000a 10.5.0.0/16 ${pcx(2)} never`],
    policy: { rules: [PEERS, { name: 'never', effect: 'reject', remote: { accounts: [STRANGER] } }] },
  }),
  'held: activation': given({
    peerings: [peering(pcx(1), a, b, { status: 'provisioning' })],
    routes: [route('10.0.0.0/8', 'tgw-00000001')],
    own: [OWN_BACK],
    policy: { guardrails: { widerRoutes: 'allow' } },
  }),
  'held: mass-delete': given(MANY),
  'held: gap': given({
    routes: [route('10.2.128.0/17', pcx(1))],
    own: [OWN_TO_B, OWN_BACK, `rtb-0000000a 10.2.128.0/17 ${pcx(1)}`],
    memory: REPAIRED,
  }),
  'held: frozen': given({ routes: [], ...FROZEN }),
  'request held': given({ peerings: [AB, peering(pcx(2), strangers, a, { status: 'pending-acceptance' })] }),
  'request accepted': given({
    peerings: [AB, peering(pcx(2), theirs, a, { status: 'pending-acceptance' })],
    tables: [table('rtb-0000000a', a, [TO_B]), BACK],
    own: [OWN_BACK],
  }),
  'led away': given({
    vpcs: [a, b],
    peerings: [AB, DEAD_AC],
    routes: [TO_B, route('10.2.64.0/18', pcx(3), { state: 'blackhole' })],
    own: [OWN_TO_B, OWN_BACK, `rtb-0000000a 10.2.64.0/18 ${pcx(3)}`],
  }),
  expired: given({
    peerings: [{ ...AB, tags: { [`${PREFIX}:expires`]: '2026-01-01T00:00:00Z' } }],
    updates: [a, b].map(({ vpcId }) =>
      toldEndNote(pcx(1), vpcId, { end: ENDED, stage: 'day', at: ENDED - DAY }),
    ),
  }),
  'stale, next one asked': given({
    ...REPLACED,
    peerings: [AB, GONE, peering(pcx(2), again, a, { status: 'pending-acceptance' })],
  }),
  'stale, next one provisioning': given({
    ...REPLACED,
    peerings: [AB, GONE, peering(pcx(2), again, a, { status: 'provisioning' })],
  }),
  'Region refused': given({
    unread: [
      {
        accountId: OWN,
        region: 'eu-west-1',
        resource: 'eu-west-1',
        reason: 'eu-west-1 could not be read: UnauthorizedOperation.',
      },
    ],
  }),
  'conflict with a propagated route that waits': given({
    tables: [
      table(
        'rtb-0000000a',
        a,
        [route('10.2.0.0/16', 'vgw-00000001', { origin: 'EnableVgwRoutePropagation' })],
        {
          optIn: '*',
        },
      ),
    ],
    own: [],
    policy: { guardrails: { equalRoutes: 'wait' } },
  }),
  'conflict with a list that waits': given({
    tables: [table('rtb-0000000a', a, [route('pl-00000001', 'tgw-00000001')], { optIn: '*' })],
    prefixLists: [prefixList('pl-00000001', ['10.2.0.0/16'])],
    own: [],
    policy: { guardrails: { equalRoutes: 'wait' } },
  }),
  'conflict that waits': given({
    routes: [route('10.2.0.0/16', 'tgw-00000001')],
    tables: [table('rtb-0000000a', a, [route('10.2.0.0/16', 'tgw-00000001')], { optIn: '*' })],
    own: [],
    policy: { guardrails: { equalRoutes: 'wait' } },
  }),
  'list refused': given({
    routes: [TO_B, route('pl-00000001', 'tgw-00000001')],
    prefixLists: [prefixList('pl-00000001', undefined)],
  }),
  undecidable: given({ vpcs: [b], policy: { rules: [{ ...PEERS, local: { tags: { Name: '*' } } }] } }),
};

/** In short: what each view says of it, and what it makes of it. */
function brief({ plan, drift, status, report, json, mail, metrics }: Said) {
  const counted = Object.entries(metrics).filter(([, count]) => count > 0);
  return {
    plan: `${plan.code} ${plan.stdout.trimEnd().split('\n').at(-1)}`,
    drift: `${drift.code}${/ (\d+ of \d+) can be mended/.exec(drift.stdout.replaceAll('\n', ' '))?.[1]?.padStart(9) ?? ''}`,
    status: `${status.code} ${json.status.views.map(({ localVpc, peeringId, health }) => `${localVpc.at(-1)}${peeringId.at(-1)} ${health}`).join(', ')}`,
    report: report.code,
    mail: mail === undefined ? '' : `${mail.severity}: ${/: (.*)\.$/m.exec(mail.message)?.[1]}`,
    alarms: counted.map(([name, count]) => `${name} ${count}`).join(', '),
  };
}
/** What each view makes of it, read and found right by a person. */
const SAYS: Readonly<Record<Name, ReturnType<typeof brief>>> = {
  'all well': {
    plan: '0 Nothing to do.',
    drift: '0',
    status: '0 a1 ok, b1 ok',
    report: 0,
    mail: '',
    alarms: '',
  },
  missing: {
    plan: '2 To do: 1 route to create.',
    drift: '2   1 of 1',
    status: '0 a1 drift, b1 ok',
    report: 0,
    mail: 'notice: 1 being repaired',
    alarms: 'RouteDrift 1',
  },
  'wrong-target': {
    plan: '2 To do: 1 route to create, 1 route to replace.',
    drift: '2   1 of 1',
    status: '0 a1 drift, a2 incomplete, c2 no-table, b1 ok',
    report: 0,
    mail: 'notice: 1 being repaired',
    alarms: 'RouteDrift 1',
  },
  blackhole: {
    plan: '0 Nothing to do for the automation. 2 findings are for a person to look at.',
    drift: '2   0 of 2',
    status: '0 a1 drift, b1 one-sided',
    report: 0,
    mail: 'action: 2 left to you',
    alarms: 'RouteDrift 1, RouteDriftUnrepaired 1',
  },
  stale: {
    plan: '2 To do: 1 route to delete.',
    drift: '2   1 of 1',
    status: '0 a1 ok, b1 ok',
    report: 0,
    mail: 'notice: 1 being repaired',
    alarms: '',
  },
  unexpected: {
    plan: '0 Nothing to do for the automation. 1 finding is for a person to look at.',
    drift: '2   0 of 1',
    status: '0 a1 drift, b1 ok',
    report: 0,
    mail: 'action: 1 left to you',
    alarms: '',
  },
  shadowed: {
    plan: '0 Nothing to do for the automation. 1 finding is for a person to look at.',
    drift: '2   0 of 1',
    status: '0 a1 drift, b1 ok',
    report: 0,
    mail: 'action: 1 left to you',
    alarms: 'RouteDrift 1, RouteDriftUnrepaired 1',
  },
  conflict: {
    plan: '0 Nothing to do for the automation. 2 findings are for a person to look at.',
    drift: '2   0 of 2',
    status: '0 a1 drift, b1 one-sided',
    report: 0,
    mail: 'action: 2 left to you',
    alarms: 'RouteDriftUnrepaired 1, RouteConflict 1',
  },
  'over-limit': {
    plan: '0 Nothing to do for the automation. 2 findings are for a person to look at.',
    drift: '2   0 of 2',
    status: '0 a1 drift, b1 one-sided',
    report: 0,
    mail: 'action: 2 left to you',
    alarms: 'RouteDrift 1, RouteDriftUnrepaired 1',
  },
  untagged: {
    plan: '0 Nothing to do for the automation. 1 finding is for a person to look at.',
    drift: '2   0 of 1',
    status: '0 a1 drift, b1 ok',
    report: 0,
    mail: 'action: 1 left to you',
    alarms: 'RouteDrift 1, RouteDriftUnrepaired 1',
  },
  'one-sided': {
    plan: '0 Nothing to do for the automation. 1 finding is for a person to look at.',
    drift: '2   0 of 1',
    status: '0 a1 one-sided, b1 one-sided',
    report: 0,
    mail: 'action: 1 left to you',
    alarms: '',
  },
  contested: {
    plan: '2 Nothing to do for the automation. Held: 1 change (something keeps undoing it). 1 finding is for a person to look at.',
    drift: '2   0 of 2',
    status: '0 a1 drift, b1 ok',
    report: 0,
    mail: 'action: 1 left to you',
    alarms: 'RouteDrift 1, RouteDriftUnrepaired 2, RoutesContested 1',
  },
  'mass-delete': {
    plan: '2 Nothing to do for the automation. Held: 12 changes (too many deletes at once, guardrails.maxDeletesPercent). peering apply makes what a person may let through, after asking. 1 finding is for a person to look at.',
    drift: '2   1 of 1',
    status: '0 a1 held, b1 ok',
    report: 0,
    mail: 'action: 1 left to you',
    alarms: 'RouteDriftUnrepaired 1',
  },
  'active-but-not-allowed': {
    plan: '0 Nothing to do for the automation. 4 findings are for a person to look at.',
    drift: '2   0 of 4',
    status: '0 a1 drift, b1 drift',
    report: 0,
    mail: 'action: 4 left to you',
    alarms: 'RouteDrift 2, RouteDriftUnrepaired 4, ActiveButNotAllowed 2',
  },
  'dns-resolution': {
    plan: '2 To do: 1 peering option to set. 1 finding is for a person to look at.',
    drift: '2   1 of 2',
    status: '0 a1 drift, b1 drift',
    report: 0,
    mail: 'action: 1 left to you, 1 being repaired',
    alarms: 'RouteDrift 2, RouteDriftUnrepaired 1',
  },
  'DNS never set, frozen': {
    plan: '2 Nothing to do for the automation. Held: 2 peering options (somebody froze the Region (peering freeze)).',
    drift: '0',
    status: '0 a1 ok, b1 ok',
    report: 0,
    mail: '',
    alarms: '',
  },
  'DNS off, frozen': {
    plan: '2 Nothing to do for the automation. Held: 2 peering options (somebody froze the Region (peering freeze)).',
    drift: '2   0 of 1',
    status: '0 a1 drift, b1 drift',
    report: 0,
    mail: 'action: 1 left to you',
    alarms: 'RouteDrift 1, RouteDriftUnrepaired 1',
  },
  'not-connected': {
    plan: '0 Nothing to do for the automation. 1 finding is for a person to look at.',
    drift: '2   0 of 1',
    status: '0 a1 ok, b1 ok',
    report: 0,
    mail: 'action: 1 left to you',
    alarms: 'RouteDriftUnrepaired 1',
  },
  unreachable: {
    plan: '0 Nothing to do for the automation. 1 finding is for a person to look at.',
    drift: '2   0 of 1',
    status: '0 a1 lost, b1 ok',
    report: 0,
    mail: '',
    alarms: '',
  },
  'not-checked': {
    plan: '0 Nothing to do for the automation. 1 finding is for a person to look at.',
    drift: '2   0 of 1',
    status: '0 a1 not-checked, b1 ok',
    report: 0,
    mail: '',
    alarms: '',
  },
  'held: observe': {
    plan: '2 To do: 1 route to create. The policy says mode: observe, so the automation only reports it.',
    drift: '2   0 of 1',
    status: '0 a1 drift, b1 ok',
    report: 0,
    mail: 'action: 1 left to you',
    alarms: 'RouteDrift 1, RouteDriftUnrepaired 1',
  },
  'held: repair-off': {
    plan: '2 Nothing to do for the automation. Held: 1 change (drift.repair is off). peering apply makes what a person may let through, after asking.',
    drift: '2   1 of 1',
    status: '0 a1 drift, b1 ok',
    report: 0,
    mail: 'action: 1 left to you',
    alarms: 'RouteDrift 1, RouteDriftUnrepaired 1',
  },
  'held: contested': {
    plan: '2 Nothing to do for the automation. Held: 1 change (something keeps undoing it). 1 finding is for a person to look at.',
    drift: '2   0 of 2',
    status: '0 a1 drift, b1 ok',
    report: 0,
    mail: 'action: 1 left to you',
    alarms: 'RouteDrift 1, RouteDriftUnrepaired 2, RoutesContested 1',
  },
  'held: acceptance': {
    plan: '2 To do: 1 request to accept, 1 route to create.',
    drift: '0',
    status: '0 a2 requested, a1 ok, b1 ok',
    report: 0,
    mail: '',
    alarms: '',
  },
  'held: rejection': {
    plan: '2 To do: 1 request to reject, 1 route to delete.',
    drift: '0',
    status: '0 a2 requested, a1 ok, b1 ok',
    report: 0,
    mail: '',
    alarms: '',
  },
  'held: activation': {
    plan: '2 Nothing to do for the automation. Held: 1 change (its peering has to be active first, as it takes a path over).',
    drift: '0',
    status: '0 a1 held, b1 ok',
    report: 0,
    mail: '',
    alarms: '',
  },
  'held: mass-delete': {
    plan: '2 Nothing to do for the automation. Held: 12 changes (too many deletes at once, guardrails.maxDeletesPercent). peering apply makes what a person may let through, after asking. 1 finding is for a person to look at.',
    drift: '2   1 of 1',
    status: '0 a1 held, b1 ok',
    report: 0,
    mail: 'action: 1 left to you',
    alarms: 'RouteDriftUnrepaired 1',
  },
  'held: gap': {
    plan: '2 Nothing to do for the automation. Held: 2 changes (something keeps undoing it: 1; another change that is held has to come first: 1). 1 finding is for a person to look at.',
    drift: '2   0 of 2',
    status: '0 a1 drift, b1 ok',
    report: 0,
    mail: 'action: 1 left to you',
    alarms: 'RouteDrift 1, RouteDriftUnrepaired 2, RoutesContested 1',
  },
  'held: frozen': {
    plan: '2 Nothing to do for the automation. Held: 1 change (somebody froze the Region (peering freeze)).',
    drift: '2   0 of 1',
    status: '0 a1 drift, b1 ok',
    report: 0,
    mail: 'action: 1 left to you',
    alarms: 'RouteDrift 1, RouteDriftUnrepaired 1',
  },
  'request held': {
    plan: '0 Nothing to do for the automation. 1 request waits for a person.',
    drift: '0',
    status: '0 a2 waiting, a1 ok, b1 ok',
    report: 0,
    mail: '',
    alarms: '',
  },
  'request accepted': {
    plan: '2 To do: 1 request to accept.',
    drift: '0',
    status: '0 a1 no-table, a2 requested, b1 ok',
    report: 0,
    mail: '',
    alarms: '',
  },
  'led away': {
    plan: '2 To do: 1 route to delete.',
    drift: '2   1 of 1',
    status: '0 a1 incomplete, b1 ok',
    report: 0,
    mail: 'notice: 1 being repaired',
    alarms: '',
  },
  expired: {
    plan: '2 To do: 2 routes to delete.',
    drift: '0',
    status: '0 a1 incomplete, b1 incomplete',
    report: 0,
    mail: '',
    alarms: '',
  },
  'stale, next one asked': {
    plan: '2 To do: 1 request to accept, 1 route to replace.',
    drift: '2   1 of 1',
    status: '0 a2 requested, a1 ok, b1 ok',
    report: 0,
    mail: 'notice: 1 to be repaired once a request is answered or a peering active',
    alarms: '',
  },
  'stale, next one provisioning': {
    plan: '2 To do: 1 route to replace.',
    drift: '2   1 of 1',
    status: '0 a2 incomplete, a1 ok, b1 ok',
    report: 0,
    mail: 'notice: 1 being repaired',
    alarms: '',
  },
  'Region refused': {
    plan: '3 Nothing to do, as far as it was judged.',
    drift: '3',
    status: '3 a1 ok, b1 ok',
    report: 3,
    mail: '',
    alarms: '',
  },
  'conflict that waits': {
    plan: '0 Nothing to do for the automation. 1 route waits for another to go (guardrails.equalRoutes: wait).',
    drift: '2   0 of 1',
    status: '0 a1 held, b1 no-table',
    report: 0,
    mail: 'notice: 1 waiting as the policy says',
    alarms: 'RouteConflict 1',
  },
  'conflict with a propagated route that waits': {
    plan: '0 Nothing to do for the automation. 1 route waits for another to go (guardrails.equalRoutes: wait).',
    drift: '2   0 of 1',
    status: '0 a1 held, b1 no-table',
    report: 0,
    mail: 'notice: 1 waiting as the policy says',
    alarms: 'RouteConflict 1',
  },
  'conflict with a list that waits': {
    plan: '0 Nothing to do for the automation. 1 route waits for another to go (guardrails.equalRoutes: wait).',
    drift: '2   0 of 1',
    status: '0 a1 held, b1 no-table',
    report: 0,
    mail: 'notice: 1 waiting as the policy says',
    alarms: 'RouteConflict 1',
  },
  'list refused': {
    plan: '3 Nothing to do, as far as it was judged.',
    drift: '3',
    status: '3 a1 not-judged, b1 ok',
    report: 3,
    mail: '',
    alarms: '',
  },
  undecidable: {
    plan: '3 Nothing to do, as far as it was judged.',
    drift: '3',
    status: '3 b1 not-judged, a1 not-judged',
    report: 3,
    mail: '',
    alarms: '',
  },
};

/** How many findings there are of each kind, as `2 stale, 1 missing`, by name. */
function kindsOf(findings: readonly { readonly kind: FindingKind }[]): string {
  return FINDING_KINDS.map((kind) => [findings.filter((each) => each.kind === kind).length, kind] as const)
    .filter(([count]) => count > 0)
    .map(([count, kind]) => `${count} ${kind}`)
    .join(', ');
}

const isChecks = (kind: FindingKind) => kind === 'unreachable' || kind === 'not-checked';

describe.each(Object.entries(SITUATIONS) as [Name, Situation][])('%s', (name, situation) => {
  let said: Said;

  beforeAll(async () => {
    said = await saidOf(situation);
  });

  it('is what the row is about', () => {
    const { changes, findings } = said.json.plan;
    const found: readonly string[] = [
      ...findings.map(({ kind }) => kind),
      ...changes.map(({ heldBy }) => `held: ${heldBy}`),
      ...OTHERS,
    ];
    expect(found).toContain(name);
  });

  it('comes to this', () => {
    expect(brief(said)).toEqual(SAYS[name]);
  });

  it('has the same findings everywhere', () => {
    const { json, mail, status, page, drift, plan } = said;
    const kinds = kindsOf(json.drift.findings);
    const { length } = json.drift.findings;
    expect(kindsOf(json.plan.findings)).toBe(kinds);
    // That a route is contested is told with what is the matter with it, as one.
    const told = json.drift.findings.filter(({ kind, heldBy }) => !isChecks(kind) && heldBy !== 'contested');
    // What it says of where that is stands behind the kinds.
    expect(mail?.subject.split('): ')[1]?.replace(/ in (rtb-|\d+ route tables).*$/, '') ?? '').toBe(
      kindsOf(told),
    );
    expect(page).toContain(` ${length} finding${length === 1 ? '' : 's'} `);
    expect([drift.stdout, plan.stdout].map((text) => /Findings \((\d+)\)/.exec(text)?.[1])).toEqual([
      String(length),
      String(length),
    ]);
    expect(/^(\d+) findings?: peering drift/m.exec(status.stdout)?.[1] ?? '0').toBe(String(length));
  });

  it('is all well in one view only if it is in all', () => {
    const { drift, plan, page, status, report, json } = said;
    const { findings, notJudged } = json.drift;
    const isClear = findings.length + notJudged.length === 0;
    expect(drift.stdout.includes('No drift.')).toBe(isClear);
    expect(page.includes('Nothing differs from the policy.')).toBe(isClear);
    const isSettled = isClear && json.plan.changes.length === 0;
    expect(page.includes('every route is as the policy says')).toBe(isSettled);
    if (plan.stdout.includes('Nothing to do.')) expect(isSettled).toBe(true);
    if (plan.code === 0) expect(plan.stdout).toMatch(/\nNothing to do/);
    // What was not judged is nowhere called fine.
    expect([drift, plan, status, report].filter(({ code }) => code === 0)).toEqual(
      notJudged.length === 0 ? expect.anything() : [],
    );
    expect(json.plan.notJudged).toEqual(notJudged);
    expect(json.status.notJudged).toEqual(notJudged);
    expect(page).toContain(`not judged: ${notJudged.length} `);
  });

  it('leaves no side ok of which something was found', () => {
    for (const { peeringId, vpcId, kind, routeTableId } of said.json.drift.findings) {
      const about = said.json.status.views.filter(
        (view) =>
          view.peeringId === peeringId && (vpcId === undefined || vpcId === null || view.localVpc === vpcId),
      );
      if (about.length > 0) {
        const unwell = about.filter(({ health }) => health !== 'ok');
        expect({ kind, peeringId, routeTableId, unwell: unwell.length > 0 }).toMatchObject({ unwell: true });
      }
    }
  });

  it('names what holds changes in the same words, and calls none of it being repaired', () => {
    const { json, plan, drift, status, page, mail } = said;
    for (const heldBy of new Set(json.plan.changes.map((change) => change.heldBy))) {
      if (heldBy === null || ['observe', 'acceptance', 'rejection'].includes(heldBy)) continue;
      for (const text of [plan.stdout, status.stdout, page])
        expect(text).toContain(HELD_WORDS[heldBy as HeldBy]);
    }
    for (const { heldBy } of json.drift.findings) {
      if (heldBy !== undefined && heldBy !== null) {
        expect(drift.stdout).toContain(`its repair is held (${HELD_WORDS[heldBy]})`);
      }
    }
    const free = json.drift.findings.filter(
      ({ repairable, heldBy }) => repairable && (heldBy ?? null) === null,
    );
    expect(/(\d+) being repaired/.exec(mail?.message ?? '')?.[1] ?? '0').toBe(String(free.length));
    expect((mail?.message ?? '').split('Being repaired; nothing to do.').length - 1).toBe(free.length);
    expect(drift.stdout.includes('by the next sweep of the stack')).toBe(free.length > 0);
  });

  it('waits for the same answers to requests in mode: observe', async () => {
    const answersOf = ({ json }: Said) =>
      json.plan.changes.flatMap(({ action, routeTableId, destination, after }) =>
        after === null ? [] : [`${action} ${destination} in ${routeTableId} after ${after}`],
      );
    const answers = answersOf(said);
    if (answers.length === 0) return;
    const observed = await saidOf({ ...situation, policy: { ...situation.policy, mode: 'observe' } });
    expect(answersOf(observed)).toEqual(answers);
    const texts = [observed, said].map(({ plan }) => plan.stdout.match(/, once (accepted|rejected)/g) ?? []);
    expect(texts[0]).toEqual(texts[1]);
  });

  it('rings the alarm that its message names', () => {
    const { mail, metrics } = said;
    expect(mail?.alarm).toBe(metrics.RouteDriftUnrepaired > 0 ? 'RouteDriftUnrepaired' : undefined);
    if (mail?.severity === 'notice') expect(metrics.RouteDriftUnrepaired).toBe(0);
  });

  it('decides alike in status and policy explain', () => {
    const { explain, json } = said;
    for (const [peeringId, { stdout }] of explain) {
      const decisions = json.status.views.filter((view) => view.peeringId === peeringId);
      expect(decisions.map(({ decision }) => decision)).toContain(/: (\w+)/.exec(stdout)?.[1]);
    }
  });
});
