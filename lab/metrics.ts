import { selectedBy } from './place-selector.ts';
import type { LabClock, LabRoute, Place } from './types.ts';

/** One value of one metric at one time. */
export interface MetricValue extends Place {
  readonly namespace: string;
  readonly name: string;
  readonly dimensions: Readonly<Record<string, string>>;
  readonly value: number;
  /** CloudWatch's word: Count, Percent, Milliseconds, None. */
  readonly unit: string;
  /** Milliseconds since 1970, by the lab's clock. */
  readonly time: number;
}

export interface MetricStore {
  add(value: Omit<MetricValue, 'time'>): void;
  /** The values of exactly these dimensions from `from` until before `until`, oldest first. */
  find(
    metric: Place & Pick<MetricValue, 'namespace' | 'name' | 'dimensions'>,
    from: number,
    until: number,
  ): readonly MetricValue[];
  readonly routes: readonly LabRoute[];
}

/** The oldest go when there are more. */
const KEPT = 100_000;

function keyOf({
  accountId,
  region,
  namespace,
  name,
  dimensions,
}: Omit<MetricValue, 'value' | 'unit' | 'time'>): string {
  return JSON.stringify([accountId, region, namespace, name, Object.entries(dimensions).sort()]);
}

/** Keeps what the functions measured, and what the lab measures of them. */
export function createMetricStore(clock: LabClock): MetricStore {
  let values: (MetricValue & { readonly key: string })[] = [];

  return {
    add(value) {
      values.push({ ...value, time: clock.now().getTime(), key: keyOf(value) });
      if (values.length > KEPT) {
        values = values.slice(KEPT / 10);
      }
    },
    find(metric, from, until) {
      const key = keyOf(metric);
      return values.filter((value) => value.key === key && value.time >= from && value.time < until);
    },
    routes: [
      {
        method: 'GET',
        path: '/_lab/metrics',
        handle({ query }) {
          const namespace = query.get('namespace');
          const name = query.get('name');
          const selected = selectedBy(query);
          return values
            .filter(
              (value) =>
                selected(value) &&
                (namespace ?? value.namespace) === value.namespace &&
                (name ?? value.name) === value.name,
            )
            .map(({ key: _, time, ...value }) => ({ ...value, time: new Date(time).toISOString() }));
        },
      },
    ],
  };
}
