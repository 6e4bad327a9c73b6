import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { toldEndNote, toldOverNote } from '../../lib/model/expiry.ts';
import { pairKey, pairNote } from '../../lib/model/pair.ts';
import { createOrganizationLookup } from '../../lib/passes/organization.ts';
import type { Invocation } from '../../lib/ports/connectivity.ts';
import type { FunctionName } from '../../resources/functions.ts';
import { instance, mainTable, network, rule, securityGroup, VPC_A, VPC_B } from '../connectivity/networks.ts';
import {
  OWN,
  PEER,
  PREFIX,
  peering,
  policyOf,
  REGION,
  route,
  STRANGER,
  SYNCED,
  table,
  vpc,
} from '../support/fixtures.ts';
import { createMemoryAws } from '../support/memory-aws.ts';
import { createMemoryConnectivity } from '../support/memory-connectivity.ts';
import { createMemoryForwarding } from '../support/memory-forwarding.ts';
import { unhurried } from '../support/passes.ts';

/** Every function as it is deployed, over an AWS in memory in which each of them has something of everything to do. */

const FAR = 'eu-west-1';
const UNIT = 'ou-ab12-cdef3456';
const COMMAND = '11111111-2222-3333-4444-555555555555';
const DOCUMENT = 'vpc-peering-autopilot-prod-ping';
const PINGED = 'pcx-11112222';
const TO_ACCEPT = 'pcx-22223333';
const NEVER = '444444444444';
const TO_REJECT = 'pcx-66667777';
const TO_HOLD = 'pcx-33334444';
const REVIEWED = '666666666666';
const TO_REVIEW = 'pcx-77778888';
const TO_ROUTE = 'pcx-44445555';
const OF_PEER = 'pcx-55556666';
const TRIED = '888888888888';
/** Its time is over, as people were told. */
const TO_DELETE = 'pcx-88889999';
const OVER = 1_767_225_600;
const LEFT = 'pcx-77778888';
const PREFIX_LIST = 'pl-11112222';

export const POLICY = policyOf({
  connectivity: { periods: 1 },
  regions: [REGION, FAR],
  trust: { accounts: [PEER] },
  connect: [
    {
      name: 'shared',
      hub: { tags: { Role: 'hub' } },
      spokes: { tags: { Role: 'spoke' }, accounts: ['self', PEER] },
      onLeave: 'delete',
    },
  ],
  rules: [
    {
      name: 'peers',
      effect: 'accept',
      remote: { accounts: ['self', PEER] },
      routes: { dnsResolution: true },
    },
    { name: 'never', effect: 'reject', remote: { accounts: [NEVER] } },
    { name: 'unit', effect: 'accept', remote: { organizationalUnits: [UNIT] } },
    {
      name: 'reviewed',
      effect: 'hold',
      remote: { accounts: [REVIEWED] },
      routes: { destinations: { subnetTags: { Tier: ['shared'] } } },
    },
    { name: 'trials', effect: 'accept', remote: { accounts: [TRIED] }, onExpiry: 'delete' },
  ],
  report: { publish: 'stack' },
});

const silent = readFileSync(join(__dirname, '../connectivity/recorded/iputils-ipv4-silent.txt'), 'utf8');
const ended: Invocation = {
  commandId: COMMAND,
  instanceId: 'i-a',
  documentName: DOCUMENT,
  comment: `${PINGED} 10.2.1.139 same-zone`,
  status: 'Failed',
  statusDetails: 'Failed',
  requestedAt: new Date(),
  output: silent,
};

/** Of the same check, in the other direction. */
const answered: Invocation = {
  ...ended,
  commandId: COMMAND.replace('1111', '2222'),
  instanceId: 'i-b',
  comment: `${PINGED} 10.1.1.13 same-zone`,
  status: 'Success',
  statusDetails: 'Success',
  output: readFileSync(
    join(__dirname, '../connectivity/recorded/iputils-ipv4-reachable.txt'),
    'utf8',
  ).replaceAll('10.2.1.139', '10.1.1.13'),
};

function memoryWorld() {
  const vpcC = vpc('vpc-cccccccc', ['10.30.0.0/16']);
  const vpcD = vpc('vpc-dddddddd', ['10.40.0.0/16']);
  const foreign = vpc('vpc-eeeeeeee', ['10.50.0.0/16'], { accountId: PEER });
  const stranger = vpc('vpc-ffffffff', ['10.60.0.0/16'], { accountId: STRANGER });
  const never = vpc('vpc-99999999', ['10.70.0.0/16'], { accountId: NEVER });
  const reviewed = vpc('vpc-88888888', ['10.80.0.0/16'], { accountId: REVIEWED });
  const tried = vpc('vpc-77777777', ['10.90.0.0/16'], { accountId: TRIED });
  const hub = vpc('vpc-77770001', ['10.190.0.0/16'], { tags: { Role: 'hub' } });
  const spoke = vpc('vpc-77770002', ['10.191.0.0/16'], { tags: { Role: 'spoke' } });
  // Was a spoke until long ago.
  const left = vpc('vpc-77770003', ['10.192.0.0/16']);
  const optedIn = { optIn: '*' };
  const tags = { [`${PREFIX}:routes`]: '*' };
  const aws = createMemoryAws({
    peerings: [
      peering(PINGED, VPC_A, VPC_B, { tags: SYNCED }),
      peering(TO_ACCEPT, vpcC, VPC_A, { status: 'pending-acceptance' }),
      peering(TO_REJECT, never, VPC_A, { status: 'pending-acceptance' }),
      peering(TO_HOLD, stranger, VPC_A, { status: 'pending-acceptance' }),
      peering(TO_REVIEW, reviewed, VPC_A, { status: 'pending-acceptance' }),
      peering(TO_ROUTE, vpcC, vpcD),
      peering(OF_PEER, foreign, VPC_A, { tags: SYNCED }),
      peering(TO_DELETE, tried, VPC_A, {
        tags: {
          [`${PREFIX}:expires`]: new Date(OVER * 1000).toISOString().replace('.000', ''),
          [`${PREFIX}:ended-at`]: '2026-01-01T00:05:00.000Z',
        },
      }),
      peering(LEFT, hub, left, { tags: { [`${PREFIX}:connection`]: 'shared' } }),
    ],
    vpcs: [VPC_A, VPC_B, vpcC, vpcD, hub, spoke, left],
    tables: [
      { ...mainTable(VPC_A, [route('10.2.0.0/16', PINGED), route(PREFIX_LIST, 'tgw-1')]), tags },
      { ...mainTable(VPC_B, [route('10.1.0.0/16', PINGED)]), tags },
      // This route led to a peering that is gone.
      table('rtb-cccccccc', vpcC, [route('10.40.0.0/16', 'pcx-99999999', { state: 'blackhole' })], optedIn),
      // Its peering is gone.
      table('rtb-dddddddd', vpcD, [route('10.99.0.0/16', 'pcx-99999999', { state: 'blackhole' })], optedIn),
    ],
  });
  void aws.memory.update(REGION, [
    toldEndNote(TO_DELETE, VPC_A.vpcId, { end: OVER, stage: 'day', at: OVER - 86_400 }),
    toldOverNote(TO_DELETE, VPC_A.vpcId, OVER, OVER),
    pairNote(pairKey(hub.vpcId, left.vpcId), {
      state: 'leaving',
      connection: 'shared',
      madeBy: 'product',
      peeringId: LEFT,
      refusals: 0,
      told: 'yes',
      at: 1,
      until: 2,
    }),
  ]);
  const instances = [
    instance('i-a', VPC_A, 1, 13, { role: 'both' }),
    instance('i-b', VPC_B, 1, 139, { role: 'both' }),
  ];
  const connectivity = createMemoryConnectivity({
    // What lets nobody in by a group that is gone has to be looked into.
    network: network({
      instances,
      securityGroups: [
        securityGroup(VPC_A),
        securityGroup(VPC_B, { ingress: [rule({ groupIds: ['sg-gone'] })] }),
      ],
    }),
    online: ['i-a', 'i-b'],
    invocations: [ended, answered],
  });
  return {
    metrics: aws.metrics,
    journal: aws.journal,
    groups: {
      reader: {
        ...aws.reader,
        readPrefixLists: async () => [
          { prefixListId: PREFIX_LIST, name: 'shared', owner: 'customer' as const, cidrs: ['10.77.0.0/16'] },
        ],
      },
      writer: aws.writer,
      bus: aws.bus,
      topic: aws.topic,
      memory: { read: aws.memory.read, update: aws.memory.update },
      peerBuses: aws.peerBuses,
      connectivity: connectivity.connectivity,
      commands: connectivity.commands,
      forwarding: createMemoryForwarding().forwarding,
      spokes: { readVpcs: async () => [] },
      history: { eventsOf: async () => [] },
      store: { publish: async () => 's3://report/peerings.html' },
      organizations: { readAccount: async () => ({ organizationalUnits: [], accountTags: {} }) },
    },
  };
}

type Groups = ReturnType<typeof memoryWorld>['groups'];

/** The world of the function that runs now; handlers are made once, when their module is loaded. */
let current = memoryWorld();
let faultAt: (call: string) => Error | undefined = () => undefined;
let calls: string[] = [];

function port<Name extends keyof Groups>(group: Name): Groups[Name] {
  return new Proxy({} as Groups[Name], {
    get: (_target, method: string) => {
      const of = current.groups[group] as Readonly<Record<string, (...args: unknown[]) => Promise<unknown>>>;
      return async (...given: unknown[]) => {
        const call = `${group}.${method}`;
        calls.push(call);
        const fault = faultAt(call);
        if (fault !== undefined) throw fault;
        return of[method]?.(...given);
      };
    },
  });
}

/** In place of lib/lambda/filled-ports.ts: whatever a function asks for. */
export function memoryPorts() {
  const ports = () => ({
    reader: port('reader'),
    writer: port('writer'),
    bus: port('bus'),
    topic: port('topic'),
    memory: port('memory'),
    peerBuses: port('peerBuses'),
    connectivity: port('connectivity'),
    commands: port('commands'),
    forwarding: port('forwarding'),
    history: port('history'),
    store: port('store'),
    documentName: DOCUMENT,
    stage: 'prod',
    homeBusArn: `arn:aws:events:${REGION}:${OWN}:event-bus/vpc-peering-autopilot-prod`,
    forwarderRoleArn: `arn:aws:iam::${OWN}:role/vpc-peering-autopilot/prod/forwarder`,
    pace: unhurried,
    spokes: port('spokes'),
    organization: {
      // Nothing is kept from one run to the next.
      lookUp: (accountIds: readonly string[]) =>
        createOrganizationLookup(port('organizations'), { now: () => Date.now() }).lookUp(accountIds),
    },
  });
  return {
    busPort: ports,
    topicPort: ports,
    networkPorts: ports,
    memoryPort: ports,
    memoryPortWithoutUpgrade: ports,
    receiptsPort: ports,
    connectivityPort: ports,
    commandPort: ports,
    forwardingPort: ports,
    peerBusesPort: ports,
    organizationPort: ports,
    addressPlanPort: ports,
    portsForChanges: ports,
    portsForConnections: ports,
    readerPort: ports,
    historyPort: ports,
    reportPort: ports,
  };
}

/** In place of lib/lambda/powertools.ts. */
export function memoryJournal() {
  return {
    createLambdaJournal: () => ({
      info: () => undefined,
      warn: () => undefined,
      error: () => undefined,
      metric: (...given: Parameters<typeof current.journal.metric>) => current.journal.metric(...given),
      steadyMetric: (...given: Parameters<typeof current.journal.steadyMetric>) =>
        current.journal.steadyMetric(...given),
      kindMetric: () => undefined,
      peeringMetric: () => undefined,
      flush: () => undefined,
      begin: () => undefined,
    }),
  };
}

const ownEvent = (type: string, detail: object = {}) => ({
  source: 'vpc-peering-autopilot',
  'detail-type': type,
  account: OWN,
  region: REGION,
  detail: { accountId: OWN, region: REGION, ...detail },
});

/** What each function is given. One that is not here fails the test, until somebody says what it is given. */
export const EVENTS: Readonly<Record<FunctionName, readonly unknown[]>> = {
  'accept-requests': [ownEvent('Sweep Requested')],
  'sync-routes': [ownEvent('Sweep Requested'), ownEvent('Peering Accepted', { peeringId: TO_ROUTE })],
  'check-connectivity': [{ source: 'aws.events' }],
  'record-connectivity': [
    ownEvent('Pings Sent', {
      since: new Date(Date.now() - 60_000).toISOString(),
      until: new Date(Date.now() + 60_000).toISOString(),
      look: 1,
    }),
    {
      ...ownEvent('Connectivity Verdict', { peeringId: OF_PEER, verdict: 'reachable' }),
      account: PEER,
    },
  ],
  sweep: [{ source: 'aws.events' }],
  'forward-events': [ownEvent('Sweep Requested', { region: FAR })],
  'publish-report': [ownEvent('Sweep Requested')],
  'answer-request': [
    { answer: 'accept', peeringId: TO_REVIEW, region: REGION },
    { answer: 'reject', peeringId: TO_HOLD, region: REGION },
  ],
  'request-peerings': [ownEvent('Sweep Requested')],
};

/** Every call that any function can make, but for the one that is asked only after another has failed. */
export function everyCall(): string[] {
  return Object.entries(memoryWorld().groups)
    .flatMap(([group, api]) => Object.keys(api).map((method) => `${group}.${method}`))
    .filter((call) => call !== 'forwarding.readRegionState')
    .sort();
}

export interface RunResult {
  readonly calls: readonly string[];
  readonly permanentFailures: number | undefined;
  readonly thrown: unknown;
}

/** Runs a handler on one event in a new world. */
export async function runOnce(
  handler: (event: unknown, context: never) => Promise<unknown>,
  event: unknown,
  fault: typeof faultAt = () => undefined,
): Promise<RunResult> {
  current = memoryWorld();
  faultAt = fault;
  calls = [];
  const context = {
    awsRequestId: '8e7b3b2c',
    invokedFunctionArn: `arn:aws:lambda:${REGION}:${OWN}:function:vpc-peering-autopilot-prod-it`,
    getRemainingTimeInMillis: () => 60_000,
  };
  let thrown: unknown;
  try {
    await handler(event, context as never);
  } catch (error) {
    thrown = error;
  }
  return { calls, permanentFailures: current.metrics.PermanentFailures, thrown };
}
