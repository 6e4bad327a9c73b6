import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { PROJECT_ROOT } from '../build/bundle.ts';
import { intervalSeconds } from '../lib/policy/interval.ts';
import { loadPolicy } from '../lib/policy/load.ts';
import { FUNCTION_SIZES } from '../resources/functions.ts';
import { resources } from '../resources/index.ts';
import type { Account, Prices, Stack } from './cost-model.ts';

/** The accounts that docs/cost.md shows. */
export const ACCOUNTS: readonly Account[] = [5, 50, 500].map((peerings) => ({ peerings, regions: 1 }));

/** What of the stack is paid for, read from the stack itself, with the default policy settings. */
export function readStack(): Stack {
  const { policy } = loadPolicy(join(PROJECT_ROOT, 'local/tutorial/policy.yml'));
  const { Resources } = resources({ policy, stage: 'prod' });
  const count = (type: string) => Object.values(Resources).filter(({ Type }) => Type === type).length;
  return {
    alarms: count('AWS::CloudWatch::Alarm'),
    polledQueues: count('AWS::Lambda::EventSourceMapping'),
    memory: Object.fromEntries(
      Object.entries(FUNCTION_SIZES).map(([name, { memorySize }]) => [name, memorySize]),
    ),
    sweepInterval: intervalSeconds(policy.schedules.sweep),
  };
}

export function readPrices(): Prices {
  return JSON.parse(readFileSync(join(PROJECT_ROOT, 'bench/prices.json'), 'utf8'));
}
