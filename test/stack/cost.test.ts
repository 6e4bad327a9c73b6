import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  connectCost,
  connectivityCost,
  costTable,
  expiryCost,
  monthlyCost,
  type Prices,
  reportCost,
  type Stack,
  subnetTagsCost,
} from '../../bench/cost-model.ts';
import { ACCOUNTS, readPrices, readStack } from '../../bench/stack-size.ts';

const prices: Prices = {
  region: 'us-east-1',
  currency: 'USD',
  asOf: '2026-01',
  lambdaArmGigabyteSecond: 0.00001,
  lambdaMillionRequests: 0.2,
  eventBridgeMillionCustomEvents: 1,
  cloudWatchMetricMonth: 0.3,
  cloudWatchAlarmMonth: 0.1,
  cloudWatchLogsGigabyte: 0.5,
  cloudWatchLogsGigabyteMonth: 0.03,
  snsHundredThousandEmails: 2,
  sqsMillionFifoRequests: 0.5,
  dynamoDbMillionReadRequestUnits: 0.125,
  dynamoDbMillionWriteRequestUnits: 0.625,
  dynamoDbGigabyteMonth: 0.25,
  dynamoDbRecoveryGigabyteMonth: 0.2,
  kmsTenThousandRequests: 0.03,
  s3ThousandPuts: 0.005,
  s3ThousandGets: 0.0004,
};

const stack: Stack = {
  alarms: 10,
  polledQueues: 2,
  memory: {
    sweep: 1024,
    'accept-requests': 1024,
    'sync-routes': 2048,
    'check-connectivity': 1024,
    'record-connectivity': 1024,
    'publish-report': 1024,
  },
  // 1,000 sweeps a month.
  sweepInterval: 2628,
};

function line(peerings: number, what: string, regions = 1): number | undefined {
  return monthlyCost(prices, stack, { peerings, regions }).find((one) => one.what === what)?.amount;
}

describe('the cost model', () => {
  it('multiplies invocations, seconds and gigabytes', () => {
    // 1,000 × (0.1 s + 1 read × 0.15 s) × 1 GB
    expect(line(5, 'Lambda time, accept-requests')).toBeCloseTo(1000 * 0.25 * 0.00001, 10);
    // 1,000 × (0.1 s + (1 + 1 + 10 pages) × 0.15 s + 500 peerings × 0.01 s) × 2 GB
    expect(line(500, 'Lambda time, sync-routes')).toBeCloseTo(1000 * 6.9 * 2 * 0.00001, 10);
  });

  it('counts what a sweep starts once for each managed Region', () => {
    expect(line(0, 'EventBridge, own events', 3)).toBeCloseTo(3000 / 1e6, 10);
    expect(line(0, 'Lambda requests', 3)).toBeCloseTo((8000 / 1e6) * 0.2, 10);
  });

  it('counts the waiting at each queue', () => {
    // 730 h at 3 polls a minute by 5 connections, twice.
    expect(line(5, 'SQS, Lambda waiting at the queues')).toBeCloseTo(
      ((730 * 60 * 3 * 5 * 2) / 1e6) * 0.5,
      10,
    );
  });

  it("counts a read of the registry for each pass, a write for each route that changes, and the key's use", () => {
    // 1,000 sweeps in 2 Regions by 3 functions, and 500 × 0.1 changes with 5 invocations and 10 writes each.
    const passes = 6000 + 250;
    // 500 × 2 + 20 items of 300 bytes take 75 units of 4 KB.
    const reads = passes * 75;
    const gigabytes = (2 * 1020 * 300) / 1e9;
    expect(line(500, 'DynamoDB, the registry', 2)).toBeCloseTo(
      (reads / 1e6) * 0.125 + (500 / 1e6) * 0.625 + gigabytes * 0.45,
      10,
    );
    expect(line(500, "KMS, the registry's key", 2)).toBeCloseTo((passes / 10_000) * 0.03, 10);
  });

  it('polls three queues, of which the third tells of pings', () => {
    expect(readStack().polledQueues).toBe(3);
  });

  it('costs less than 3 USD a month for 50 peerings', () => {
    const lines = monthlyCost(readPrices(), readStack(), { peerings: 50, regions: 1 });
    expect(lines.reduce((sum, { amount }) => sum + amount, 0)).toBeLessThan(3);
  });

  it('pays for a metric in the hours in which it has data', () => {
    // 6 metrics in the hour of each of 50 changes, 1 as long as requests wait, 11 of faults for a day.
    expect(line(500, 'CloudWatch metrics')).toBeCloseTo(((6 * 50 + 730 + 11 * 24) / 730) * 0.3, 10);
  });

  it('counts for the page a look, a put and a get at each sweep, a queue and an alarm', () => {
    const looks = 1000 * (0.1 + 12 * 0.15 + 500 * 0.011) * 0.00001;
    const requests = (1000 / 1e6) * 0.2 + ((1000 * 2500) / 1e9) * 0.53 + 0.005 + 0.0004;
    const registry = ((1000 * 2 * 75) / 1e6) * 0.125;
    const queue = ((730 * 60 * 3 * 5) / 1e6) * 0.5;
    expect(reportCost(prices, stack, { peerings: 500, regions: 1 }).amount).toBeCloseTo(
      looks + requests + registry + queue + 0.1,
      10,
    );
  });

  it('takes alarms from the stack', () => {
    expect(line(5, 'CloudWatch alarms')).toBeCloseTo(1, 10);
  });

  it('knows the memory of every function that the sweep starts', () => {
    for (const { amount } of monthlyCost(readPrices(), readStack(), { peerings: 5, regions: 1 })) {
      expect(amount).toBeGreaterThan(0);
    }
  });
});

describe('pings', () => {
  const amount = (peerings: number, regions = 1) =>
    connectivityCost(prices, stack, { peerings, regions }).amount;

  it('cost one look at each check, what it reads and writes, and the hours of a metric', () => {
    // The registry, ten pages of results, and one write.
    const look = (0.1 + 12 * 0.15) * 0.00001;
    // 500 × 3 + 20 items of 300 bytes and 500 results of 300 take 148 units; 75 without. 16 items of 9.2 KB.
    const registry = ((148 + 3 * (148 - 75)) * 0.125 + 16 * 10 * 0.625) / 1e6;
    const each = look + (0.2 + 1) / 1e6 + registry + 0.03 / 1e4 + (2500 / 1e9) * 0.53;
    expect(amount(500)).toBeCloseTo(1000 * each + ((730 / 24 + 2 * 24) / 730) * 0.3, 10);
  });

  it('are looked at in each Region apart', () => {
    expect(amount(100, 2)).toBeCloseTo(2 * amount(50) - ((730 / 24 + 2 * 24) / 730) * 0.3, 10);
  });

  it('of 50 peerings every 5 minutes cost less than 0.30 USD a month, so that all of it stays under 3', () => {
    const account = { peerings: 50, regions: 1 };
    const pings = connectivityCost(readPrices(), readStack(), account).amount;
    const rest = monthlyCost(readPrices(), readStack(), account).reduce((sum, { amount }) => sum + amount, 0);
    expect(pings).toBeLessThan(0.3);
    expect(pings + rest).toBeLessThan(3);
  });
});

describe('connect and mesh', () => {
  it('cost nothing where the policy has neither, and less than 1 USD a month where it does', () => {
    expect(readStack().polledQueues).toBe(3);
    for (const account of ACCOUNTS) {
      const { amount } = connectCost(readPrices(), readStack(), account);
      expect(amount).toBeGreaterThan(0.4);
      expect(amount).toBeLessThan(1);
    }
  });
});

describe('peerings for a time', () => {
  const amount = (peerings: number, regions = 1) => expiryCost(prices, stack, { peerings, regions }).amount;

  it('cost what is read of them at each look, and what each end writes, tells and calls', () => {
    // 500 × 4 + 20 items of 300 bytes take 148 units of 4 KB, 75 without; three functions look in each of 2 Regions.
    const read = ((6000 * (148 - 75)) / 1e6) * 0.125;
    // 730 h of 90 days, of 500 peerings.
    const ends = (500 * 730) / (90 * 24);
    // 10 writes; 4 messages to 2 addresses; 12 pages, a tag and a deletion of 0.15 s at 2 GB.
    const each = (10 / 1e6) * 0.625 + (8 / 1e5) * 2 + 14 * 0.15 * 2 * 0.00001;
    expect(amount(500, 2)).toBeCloseTo(read + ends * each, 10);
  });

  it('cost nothing where there is none, and a fraction of the stack where there are many', () => {
    expect(amount(0)).toBe(0);
    for (const account of ACCOUNTS) {
      expect(expiryCost(readPrices(), readStack(), account).amount).toBeLessThan(0.5);
    }
  });
});

describe('routes to subnets by their tags', () => {
  const amount = (peerings: number, regions = 1) =>
    subnetTagsCost(prices, stack, { peerings, regions }).amount;

  it('cost the time of one read at each look of sync-routes, in each Region', () => {
    // 1,000 sweeps, and 5 × 0.1 changes of 5 invocations.
    expect(amount(5)).toBeCloseTo(1002.5 * 0.15 * 2 * 0.00001, 10);
    expect(amount(5, 3)).toBeCloseTo(3002.5 * 0.15 * 2 * 0.00001, 10);
  });

  it('take a call for each 200 VPCs, and a page for each 1,000 subnets', () => {
    // 166 VPCs have 996 subnets, 200 have 1,200; 500 VPCs take three calls.
    expect(amount(166) / amount(5)).toBeCloseTo((1000 + 83) / 1002.5, 10);
    expect(amount(500)).toBeCloseTo(1250 * 3 * 2 * 0.15 * 2 * 0.00001, 10);
  });
});

describe('docs/cost.md', () => {
  it('shows the table as bench/cost.ts prints it now', () => {
    const text = readFileSync(join(__dirname, '../../docs/cost.md'), 'utf8');
    expect(text).toContain(costTable(readPrices(), readStack(), ACCOUNTS));
  });

  it('says what traffic across peerings costs as bench/prices.json does', () => {
    const text = readFileSync(join(__dirname, '../../docs/cost.md'), 'utf8');
    const file = readFileSync(join(__dirname, '../../bench/prices.json'), 'utf8');
    const { sameZoneGigabyte, otherZoneGigabyteEachSide, otherRegionGigabyteSent } =
      JSON.parse(file).peeringTraffic;
    expect(sameZoneGigabyte).toBe(0);
    expect(text).toContain('Traffic inside an Availability Zone is free.');
    expect(text).toContain(`each direction costs ${otherZoneGigabyteEachSide} USD a GB on each side`);
    expect(text).toContain(`between Regions, at ${otherRegionGigabyteSent} USD a GB sent`);
  });

  it('says of when the prices are', () => {
    expect(readFileSync(join(__dirname, '../../docs/cost.md'), 'utf8')).toContain(readPrices().asOf);
  });
});
