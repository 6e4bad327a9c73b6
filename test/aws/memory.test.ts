import { CreateTableCommand, DynamoDBClient, PutItemCommand, QueryCommand } from '@aws-sdk/client-dynamodb';
import fc from 'fast-check';
import {
  createFaults,
  createMotoPort,
  createPrincipals,
  type Gateway,
  type Layer,
  type Moto,
  startGateway,
  startMoto,
} from 'local-aws-peering/parts';
import { createMemory } from '../../lib/aws/memory.ts';
import { classifyAwsError } from '../../lib/model/aws-error.ts';
import type { MemoryUpdate, RegionMemory } from '../../lib/model/memory.ts';
import { repairKey } from '../../lib/routing/contested.ts';
import { anyText } from '../support/any-text.ts';
import { createMemoryStore } from '../support/memory-store.ts';

/** Against moto's DynamoDB, through the lab's gateway, which makes calls fail on request. */

const HOME = 'us-east-1';
const REGION = 'eu-west-1';
const TABLE = 'registry';
const NOW = 1_780_000_000;

let moto: Moto;
let gateway: Gateway;
let dynamo: DynamoDBClient;
const faults = createFaults();
const environment = { ...process.env };

/** How many requests of a BatchWriteItem the table takes; what is more comes back undone. */
let room: number[] = [];
/** The items of each BatchWriteItem, as they were sent. */
const batches: string[][] = [];

interface BatchRequest {
  readonly PutRequest?: { readonly Item: { readonly item: { readonly S: string } } };
  readonly DeleteRequest?: { readonly Key: { readonly item: { readonly S: string } } };
}

const shortOfRoom: Layer = async (request, next) => {
  if (!String(request.headers['x-amz-target']).endsWith('BatchWriteItem')) {
    return next(request);
  }
  const { RequestItems } = JSON.parse(request.body.toString()) as {
    RequestItems: Record<string, BatchRequest[]>;
  };
  const asked = RequestItems[TABLE] ?? [];
  batches.push(asked.map((each) => (each.PutRequest?.Item ?? each.DeleteRequest?.Key)?.item.S ?? ''));
  const taken = asked.slice(0, room.shift() ?? asked.length);
  const left = asked.slice(taken.length);
  const answer = await next({
    ...request,
    body: Buffer.from(JSON.stringify({ RequestItems: { [TABLE]: taken } })),
  });
  return left.length === 0
    ? answer
    : { ...answer, body: Buffer.from(JSON.stringify({ UnprocessedItems: { [TABLE]: left } })) };
};

beforeAll(async () => {
  moto = await startMoto({ progress: () => {}, log: () => {} });
  gateway = await startGateway({
    port: 0,
    forward: createMotoPort(moto.url).forward,
    principals: createPrincipals(),
    overlays: {},
    layers: [faults.layer, shortOfRoom],
    routes: [],
    log: () => {},
  });
  Object.assign(process.env, {
    AWS_ENDPOINT_URL: gateway.url,
    AWS_REGION: HOME,
    AWS_ACCESS_KEY_ID: 'test',
    AWS_SECRET_ACCESS_KEY: 'test',
  });
  dynamo = new DynamoDBClient({ region: HOME });
  await dynamo.send(
    new CreateTableCommand({
      TableName: TABLE,
      BillingMode: 'PAY_PER_REQUEST',
      KeySchema: [
        { AttributeName: 'region', KeyType: 'HASH' },
        { AttributeName: 'item', KeyType: 'RANGE' },
      ],
      AttributeDefinitions: [
        { AttributeName: 'region', AttributeType: 'S' },
        { AttributeName: 'item', AttributeType: 'S' },
      ],
    }),
  );
});

afterAll(async () => {
  process.env = { ...environment };
  dynamo?.destroy();
  await gateway?.stop();
  await moto?.stop();
});

afterEach(() => {
  faults.clear();
  room = [];
  batches.length = 0;
});

let regions = 0;
/** A Region of its own for each test, so that none sees what another one wrote. */
function freshRegion(): string {
  regions += 1;
  return `${REGION}-${regions}`;
}

/** Each update one millisecond after the one before. */
function memoryAt(now = NOW, mode: 'enforce' | 'observe' = 'enforce') {
  let ticks = 0;
  return createMemory(TABLE, HOME, {
    mode,
    now: () => {
      ticks += 1;
      return now * 1000 + ticks;
    },
  });
}

const memory = memoryAt();

type RouteUpdate = Extract<MemoryUpdate, { kind: 'own' }>;
const own = (parts: Partial<RouteUpdate> = {}): RouteUpdate => ({
  kind: 'own',
  routeTableId: 'rtb-1',
  destination: '10.2.0.0/16',
  peeringId: 'pcx-1',
  rule: 'shared',
  ...parts,
});
const notOwn = (parts: Partial<RouteUpdate> = {}): MemoryUpdate => ({ ...own(parts), kind: 'not-own' });
const note = (key: string, value = '', expiresAt?: number): MemoryUpdate => ({
  kind: 'note',
  key,
  value,
  at: NOW,
  ...(expiresAt === undefined ? {} : { expiresAt }),
});

async function itemsOf(region: string): Promise<string[]> {
  const { Items } = await dynamo.send(
    new QueryCommand({
      TableName: TABLE,
      KeyConditionExpression: '#region = :region',
      ExpressionAttributeNames: { '#region': 'region' },
      ExpressionAttributeValues: { ':region': { S: region } },
    }),
  );
  return (Items ?? []).map((each) => each.item?.S ?? '').sort();
}

/** Maps compare without order. */
function plain({ routes, repairs, notes }: RegionMemory) {
  return {
    routes: Object.fromEntries(
      [...routes]
        .map(([id, table]) => [id, Object.fromEntries(table)] as const)
        .filter(([, table]) => Object.keys(table).length > 0),
    ),
    repairs: Object.fromEntries(repairs),
    notes: Object.fromEntries(notes),
  };
}

describe('own routes', () => {
  it('are read back by table and destination, IPv4 and IPv6, of one Region only', async () => {
    const region = freshRegion();
    await memory.update(region, [
      own(),
      own({ destination: 'fd00:2::/56' }),
      own({ routeTableId: 'rtb-2', peeringId: 'pcx-2', rule: 'other' }),
    ]);
    await memory.update(freshRegion(), [own({ peeringId: 'pcx-9' })]);
    expect(await memory.read(region)).toEqual({
      registry: 'known',
      routes: new Map([
        [
          'rtb-1',
          new Map([
            ['10.2.0.0/16', { peeringId: 'pcx-1', rule: 'shared' }],
            ['fd00:2::/56', { peeringId: 'pcx-1', rule: 'shared' }],
          ]),
        ],
        ['rtb-2', new Map([['10.2.0.0/16', { peeringId: 'pcx-2', rule: 'other' }]])],
      ]),
      repairs: new Map(),
      notes: new Map(),
    });
    expect(await itemsOf(region)).toEqual(['route#rtb-1#pcx-1#shared', 'route#rtb-2#pcx-2#other']);
  });

  it('leave nothing behind when the last one of an item goes', async () => {
    const region = freshRegion();
    await memory.update(region, [own(), own({ destination: '10.3.0.0/16' })]);
    await memory.update(region, [notOwn()]);
    expect(await itemsOf(region)).toHaveLength(1);
    await memory.update(region, [notOwn(), notOwn({ destination: '10.3.0.0/16' })]);
    await memory.update(region, [notOwn({ peeringId: 'pcx-never' })]);
    expect(await itemsOf(region)).toEqual([]);
  });

  it('that move are those of the new peering, also before the old one is taken away', async () => {
    const region = freshRegion();
    await memory.update(region, [own({ peeringId: 'pcx-9' })]);
    await memory.update(region, [own({ peeringId: 'pcx-1' })]);
    const ownerOf = async () =>
      (await memory.read(region)).routes.get('rtb-1')?.get('10.2.0.0/16')?.peeringId;
    expect(await ownerOf()).toBe('pcx-1');
    await memory.update(region, [notOwn({ peeringId: 'pcx-9' })]);
    expect(await ownerOf()).toBe('pcx-1');
  });

  it('of two writers at once are all there', async () => {
    const region = freshRegion();
    const destinations = Array.from({ length: 40 }, (_, index) => `10.${index}.0.0/16`);
    await Promise.all(destinations.map((destination) => memoryAt().update(region, [own({ destination })])));
    expect([...((await memory.read(region)).routes.get('rtb-1')?.keys() ?? [])].sort()).toEqual(
      [...destinations].sort(),
    );
  });
});

describe('notes and repairs', () => {
  it('are read back, one note alone too, and forgotten', async () => {
    const region = freshRegion();
    const repaired: MemoryUpdate = {
      kind: 'repaired',
      routeTableId: 'rtb-1',
      destination: 'fd00:2::/56',
      times: [NOW - 60, NOW - 60, NOW],
    };
    await memory.update(region, [note('told a#b', 'x'), note('lost pcx-1 fd00::1', '2 c'), repaired]);
    const found = await memory.read(region);
    expect(found.notes).toEqual(
      new Map([
        ['told a#b', { value: 'x', at: NOW }],
        ['lost pcx-1 fd00::1', { value: '2 c', at: NOW }],
      ]),
    );
    expect(found.repairs).toEqual(new Map([[repairKey(repaired), [NOW - 60, NOW - 60, NOW]]]));
    expect(await memory.readNote(region, 'told a#b')).toEqual({ value: 'x', at: NOW });
    expect(await memory.readNote(region, 'told c')).toBeUndefined();
    await memory.update(region, [
      { kind: 'forget-note', key: 'told a#b' },
      { kind: 'forget-note', key: 'lost pcx-1 fd00::1' },
      { ...repaired, times: [] },
    ]);
    expect(await itemsOf(region)).toEqual([]);
  });

  it('are over from their end on, whether DynamoDB has deleted them or not', async () => {
    const region = freshRegion();
    await memory.update(region, [
      note('ends', '', NOW + 60),
      { kind: 'repaired', routeTableId: 'rtb-1', destination: '10.2.0.0/16', times: [NOW] },
    ]);
    expect((await memory.read(region)).notes.size).toBe(1);
    const later = memoryAt(NOW + 3600);
    expect(await later.read(region)).toMatchObject({ notes: new Map(), repairs: new Map() });
    expect(await later.readNote(region, 'ends')).toBeUndefined();
  });
});

it('what no version of the product wrote like that is left out', async () => {
  const region = freshRegion();
  for (const item of [
    { item: { S: 'route#rtb-1#pcx-1' }, destinations: { SS: ['10.2.0.0/16'] } },
    { item: { S: 'route#rtb-1#pcx-1#r#x' }, destinations: { SS: ['10.2.0.0/16'] } },
    { item: { S: 'route#rtb-1#pcx-1#r' }, destinations: { S: '10.2.0.0/16' } },
    { item: { S: 'repair#rtb-1#10.2.0.0/16' }, times: { L: [{ S: 'x' }] } },
    { item: { S: 'note#a' }, value: { N: '1' } },
    { item: { S: 'note#b' }, value: { S: 'x' } },
    { item: { S: 'lease#a' }, value: { S: 'x' } },
    { item: { S: 'note' }, value: { S: 'x' }, at: { N: '1' } },
  ]) {
    await dynamo.send(new PutItemCommand({ TableName: TABLE, Item: { region: { S: region }, ...item } }));
  }
  expect(plain(await memory.read(region))).toEqual({ routes: {}, repairs: {}, notes: {} });
});

it('a large Region is read page by page', async () => {
  const region = freshRegion();
  const tables = 50;
  await memory.update(
    region,
    Array.from({ length: tables }, (_, table) =>
      Array.from({ length: 800 }, (_each, index) =>
        own({
          routeTableId: `rtb-${String(table).padStart(17, '0')}`,
          destination: `2001:db8:1234:${(0x1000 + index).toString(16)}::/64`,
        }),
      ),
    ).flat(),
  );
  const { routes } = await memory.read(region);
  expect([routes.size, [...routes.values()].reduce((sum, table) => sum + table.size, 0)]).toEqual([
    tables,
    tables * 800,
  ]);
});

it('where nothing may be written nothing is', async () => {
  const region = freshRegion();
  await memoryAt(NOW, 'observe').update(region, [own(), note('a')]);
  expect(await itemsOf(region)).toEqual([]);
});

const updates: fc.Arbitrary<MemoryUpdate> = fc.oneof(
  fc.record({
    kind: fc.constantFrom('own' as const, 'not-own' as const),
    routeTableId: fc.constantFrom('rtb-1', 'rtb-2'),
    destination: fc.constantFrom('10.2.0.0/16', '10.3.0.0/16', 'fd00:2::/56'),
    peeringId: fc.constantFrom('pcx-1', 'pcx-2'),
    rule: fc.constantFrom('one', 'two'),
  }),
  fc.record({
    kind: fc.constant('repaired' as const),
    routeTableId: fc.constantFrom('rtb-1', 'rtb-2'),
    destination: fc.constantFrom('10.2.0.0/16', 'fd00:2::/56'),
    times: fc.array(fc.integer({ min: NOW - 100, max: NOW }), { maxLength: 3 }),
  }),
  fc.record({
    kind: fc.constant('note' as const),
    key: fc.constantFrom('told a', 'lost pcx-1 fd00::1', 'peer pcx-1'),
    value: anyText({ maxLength: 20 }),
    at: fc.constant(NOW),
  }),
  fc.record({
    kind: fc.constant('forget-note' as const),
    key: fc.constantFrom('told a', 'lost pcx-1 fd00::1', 'peer pcx-1'),
  }),
);

it('any sequence of updates is read back as a model of it says', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.array(updates, { maxLength: 6 }), { maxLength: 8 }), async (sequence) => {
      const region = freshRegion();
      const store = createMemoryStore({ now: () => NOW });
      for (const batch of sequence) {
        await memory.update(region, batch);
        await store.update(region, batch);
      }
      expect(plain(await memory.read(region))).toEqual(plain(store.snapshot(region)));
    }),
    // Each example is some twenty calls of a real server.
    { numRuns: 15 },
  );
});

describe('whole items', () => {
  const many = Array.from({ length: 60 }, (_, index) => note(`told ${index}`));
  const written = async (region: string) => (await memory.read(region)).notes.size;

  it('go and come in one call, twenty-five of them at most', async () => {
    const region = freshRegion();
    await memory.update(region, [note('told old'), { kind: 'forget-note', key: 'told gone' }]);
    expect(batches).toEqual([['note#told old', 'note#told gone']]);
    batches.length = 0;
    await memory.update(region, [...many, { kind: 'forget-note', key: 'told old' }]);
    expect(batches.map(({ length }) => length)).toEqual([25, 25, 11]);
    expect(await written(region)).toBe(60);
  });

  it('of which the last update counts are sent once', async () => {
    const region = freshRegion();
    await memory.update(region, [
      note('told a', '1'),
      { kind: 'forget-note', key: 'told a' },
      note('told a', '2'),
    ]);
    expect(batches).toEqual([['note#told a']]);
    expect((await memory.readNote(region, 'told a'))?.value).toBe('2');
  });

  it('that the table has no room for are sent again, and they alone', async () => {
    const region = freshRegion();
    room = [1, 0, 1];
    await memory.update(region, [note('told a'), note('told b'), note('told c')]);
    expect(batches.map((batch) => batch.join())).toEqual([
      'note#told a,note#told b,note#told c',
      'note#told b,note#told c',
      'note#told b,note#told c',
      'note#told c',
    ]);
    expect(await written(region)).toBe(3);
  });

  it('that it never has room for are a failure that may pass', async () => {
    const region = freshRegion();
    room = [1, 0, 0, 0];
    const error: unknown = await memory
      .update(region, [note('told a'), note('told b')])
      .catch((each: unknown) => each);
    expect(classifyAwsError(error)).toMatchObject({
      kind: 'throttled',
      message: expect.stringContaining('DynamoDB left 1 of 2 items undone.'),
    });
    expect([...(await memory.read(region)).notes.keys()]).toEqual(['told a']);
  });
});

describe('calls that fail', () => {
  it('are retried, and what fails for good is named with its table, after all else was done', async () => {
    const region = freshRegion();
    faults.add({ service: 'dynamodb', action: 'UpdateItem', kind: 'throttle', times: 2 });
    await memory.update(region, [own()]);
    faults.add({ service: 'dynamodb', action: 'BatchWriteItem', kind: 'denied' });
    const error: unknown = await memory
      .update(region, [note('told a'), note('told b'), own({ destination: '10.3.0.0/16' })])
      .catch((each: unknown) => each);
    expect(error).toMatchObject({
      name: 'AwsCallError',
      call: 'BatchWriteItem',
      region: HOME,
      message: expect.stringMatching(
        /^BatchWriteItem of note#told a and 1 more of .* in table registry in us-east-1 failed/,
      ),
    });
    expect(classifyAwsError(error).kind).toBe('denied');
    expect([...((await memory.read(region)).routes.get('rtb-1')?.keys() ?? [])].sort()).toEqual([
      '10.2.0.0/16',
      '10.3.0.0/16',
    ]);
  });

  it('tell the failure that may pass rather than the one that will not', async () => {
    faults.add({ service: 'dynamodb', action: 'UpdateItem', kind: 'denied' });
    faults.add({ service: 'dynamodb', action: 'BatchWriteItem', kind: 'error500', times: 3 });
    const error: unknown = await memory
      .update(freshRegion(), [own(), note('told b')])
      .catch((each: unknown) => each);
    expect(classifyAwsError(error).kind).toBe('transient');
  });

  it('with one that DynamoDB cannot take keep none of the others back', async () => {
    const region = freshRegion();
    const tooLong = 'x'.repeat(1100);
    const error: unknown = await memory
      .update(region, [note('told a'), note(tooLong), note('told c')])
      .catch((each: unknown) => each);
    expect(error).toMatchObject({ message: expect.stringContaining(`of note#${tooLong} of`) });
    expect(classifyAwsError(error).kind).toBe('invalid');
    expect([...(await memory.read(region)).notes.keys()]).toEqual(['told a', 'told c']);
  });

  it('of a table that takes nothing end the update soon', async () => {
    faults.add({ service: 'dynamodb', action: 'UpdateItem', kind: 'denied', times: 1000 });
    await expect(
      memory.update(
        freshRegion(),
        Array.from({ length: 500 }, (_, index) => own({ routeTableId: `rtb-${index}` })),
      ),
    ).rejects.toThrow('UpdateItem');
    const [left] = faults.all();
    expect(left?.times).toBeGreaterThan(1000 - 50);
  });

  it('name the table that is not there', async () => {
    const error: unknown = await createMemory('none', HOME, { mode: 'enforce' })
      .read(REGION)
      .catch((each: unknown) => each);
    expect(classifyAwsError(error).kind).toBe('not-found');
    expect(String(error)).toContain('table none');
  });

  it.each(['reset-after', 'denied'] as const)(
    'at any place (%s), and the update done again, end as if none had failed',
    async (kind) => {
      const batch = [
        own({ destination: '10.4.0.0/16' }),
        notOwn(),
        notOwn({ routeTableId: 'rtb-2' }),
        note('told a', 'new'),
        { kind: 'forget-note' as const, key: 'told old' },
      ];
      const before = [own(), own({ routeTableId: 'rtb-2' }), note('told old')];
      for (let at = 0; at < 6; at += 1) {
        const region = freshRegion();
        await memory.update(region, before);
        // The first calls pass slowly: nothing else may be faulty before the one that is to fail.
        if (at > 0) faults.add({ service: 'dynamodb', action: '*', kind: 'slow', delayMs: 0, times: at });
        faults.add({ service: 'dynamodb', action: '*', kind });
        await memory.update(region, batch).catch(() => undefined);
        faults.clear();
        await memory.update(region, batch);
        const store = createMemoryStore();
        await store.update(region, before);
        await store.update(region, batch);
        expect(plain(await memory.read(region))).toEqual(plain(store.snapshot(region)));
        expect(await itemsOf(region)).toEqual(['note#told a', 'route#rtb-1#pcx-1#shared']);
      }
    },
  );
});
