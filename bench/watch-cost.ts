import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { PROJECT_ROOT } from '../build/bundle.ts';
import {
  type Account,
  ASSUMED,
  connectivityCost,
  monthlyCost,
  type Prices,
  type Stack,
} from './cost-model.ts';
import { count, number, table } from './markdown.ts';

/** What else could watch the peerings, and what it costs. */
export interface WatchPrices {
  readonly reachabilityAnalysis: number;
  readonly networkSyntheticMonitorResourceHour: number;
  readonly eventBridgeMillionCrossRegionEvents: number;
}

export function readWatchPrices(): WatchPrices {
  const { watch }: { readonly watch: WatchPrices } = JSON.parse(
    readFileSync(join(PROJECT_ROOT, 'bench/prices.json'), 'utf8'),
  );
  return watch;
}

/** Tag changes and route calls that a change of one peering brings to another Region's bus. */
const FORWARDED_PER_CHANGE = 5;

export interface WatchCost {
  readonly product: number;
  readonly reachabilityAnalyzer: number;
  readonly reachabilityAnalyzerDaily: number;
  readonly syntheticMonitor: number;
  readonly forwarding: number;
}

/** One watched path for each peering, in one direction, as often as the connectivity check runs. */
export function watchCost(prices: Prices, watch: WatchPrices, stack: Stack, account: Account): WatchCost {
  const checks = Math.round(ASSUMED.secondsPerMonth / stack.sweepInterval);
  const hours = ASSUMED.secondsPerMonth / 3600;
  const { peerings } = account;
  const stackCost = monthlyCost(prices, stack, account).reduce((sum, { amount }) => sum + amount, 0);
  return {
    product: stackCost + connectivityCost(prices, stack, account).amount,
    reachabilityAnalyzer: peerings * checks * watch.reachabilityAnalysis,
    reachabilityAnalyzerDaily: peerings * (hours / 24) * watch.reachabilityAnalysis,
    syntheticMonitor: peerings * hours * watch.networkSyntheticMonitorResourceHour,
    forwarding:
      ((peerings * ASSUMED.changedPerMonth * FORWARDED_PER_CHANGE) / 1e6) *
      watch.eventBridgeMillionCrossRegionEvents,
  };
}

export function watchTable(
  prices: Prices,
  watch: WatchPrices,
  stack: Stack,
  accounts: readonly Account[],
): string {
  const costs = accounts.map((account) => watchCost(prices, watch, stack, account));
  const row = (what: string, amount: (cost: WatchCost) => number) => [
    what,
    ...costs.map((cost) => count(Number(amount(cost).toFixed(2)))),
  ];
  return table(
    ['USD a month', ...accounts.map(({ peerings }) => number(`${count(peerings)} peerings`))],
    [
      row('this product, everything, one ping a peering every 5 minutes', ({ product }) => product),
      row('more if all of it is forwarded from another Region', ({ forwarding }) => forwarding),
      row(
        'Reachability Analyzer, one analysis a peering every 5 minutes',
        (cost) => cost.reachabilityAnalyzer,
      ),
      row('Reachability Analyzer, one analysis a peering a day', (cost) => cost.reachabilityAnalyzerDaily),
      row('Network Synthetic Monitor, one source subnet a peering', (cost) => cost.syntheticMonitor),
    ],
  );
}
