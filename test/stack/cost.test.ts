import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { costTable, monthlyCost, type Prices, type Stack } from '../../bench/cost-model.ts';
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
};

const stack: Stack = {
  alarms: 10,
  polledQueues: 2,
  memory: {
    sweep: 1024,
    'accept-requests': 1024,
    'detect-drift': 2048,
    'sync-routes': 1024,
    'check-connectivity': 1024,
    'record-connectivity': 1024,
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
    expect(line(500, 'Lambda time, detect-drift')).toBeCloseTo(1000 * 6.9 * 2 * 0.00001, 10);
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

  it('takes alarms from the stack', () => {
    expect(line(5, 'CloudWatch alarms')).toBeCloseTo(1, 10);
  });

  it('knows the memory of every function that the sweep starts', () => {
    for (const { amount } of monthlyCost(readPrices(), readStack(), { peerings: 5, regions: 1 })) {
      expect(amount).toBeGreaterThan(0);
    }
  });
});

describe('docs/cost.md', () => {
  it('shows the table as bench/cost.ts prints it now', () => {
    const text = readFileSync(join(__dirname, '../../docs/cost.md'), 'utf8');
    expect(text).toContain(costTable(readPrices(), readStack(), ACCOUNTS));
  });

  it('says of when the prices are', () => {
    expect(readFileSync(join(__dirname, '../../docs/cost.md'), 'utf8')).toContain(readPrices().asOf);
  });
});
