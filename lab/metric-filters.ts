import type { MetricStore } from './metrics.ts';
import type { ResourceMaker, StackResource } from './stacks.ts';
import type { Place } from './types.ts';

/** Metric filters of CloudWatch Logs: a log line that matches adds a value to a metric. */
export interface MetricFilters {
  /** For `AWS::Logs::MetricFilter` in templates, which moto leaves out. */
  readonly maker: ResourceMaker;
  /** Adds what the filters of the line's log group make of it. */
  measure(line: Place & { readonly logGroup: string; readonly text: string }): void;
}

interface Transformation {
  readonly MetricNamespace: string;
  readonly MetricName: string;
  readonly MetricValue: string;
}

interface Filter extends Place {
  readonly logGroup: string;
  readonly terms: readonly string[];
  readonly transformations: readonly Transformation[];
}

/**
 * The terms of a pattern such as `?"timed out" ?"exited"`, of which a line has to contain one, in this case (CloudWatch Logs
 * user guide, "Filter pattern syntax").
 * @throws for any other pattern: the lab reads no more.
 */
export function termsOf(pattern: string): string[] {
  if (!/^\?"[^"]+"( \?"[^"]+")*$/.test(pattern)) {
    throw new Error(`The lab reads metric filters of the form ?"term" ?"term" only, not ${pattern}`);
  }
  return [...pattern.matchAll(/"([^"]+)"/g)].map(([, term = '']) => term);
}

function filterOf({ accountId, region, properties }: StackResource): Filter {
  const { LogGroupName, FilterPattern, MetricTransformations } = properties as {
    readonly LogGroupName: string;
    readonly FilterPattern: string;
    readonly MetricTransformations: readonly Transformation[];
  };
  const transformations = MetricTransformations;
  return { accountId, region, logGroup: LogGroupName, terms: termsOf(FilterPattern), transformations };
}

export function createMetricFilters(metrics: Pick<MetricStore, 'add'>): MetricFilters {
  /** By place and stack, then by logical id. */
  const ofStacks = new Map<string, Map<string, Filter>>();
  const keyOf = ({ accountId, region, stackName }: Place & { readonly stackName: string }) =>
    `${accountId}/${region}/${stackName}`;
  return {
    maker: {
      type: 'AWS::Logs::MetricFilter',
      async make(resource) {
        const filters = ofStacks.get(keyOf(resource)) ?? new Map<string, Filter>();
        ofStacks.set(keyOf(resource), filters.set(resource.logicalId, filterOf(resource)));
      },
      async retain(stack, left) {
        const ids = new Set(left.map(({ logicalId }) => logicalId));
        const filters = [...(ofStacks.get(keyOf(stack)) ?? [])];
        ofStacks.set(keyOf(stack), new Map(filters.filter(([id]) => ids.has(id))));
      },
    },
    measure({ accountId, region, logGroup, text }) {
      for (const filter of [...ofStacks.values()].flatMap((filters) => [...filters.values()])) {
        if (
          filter.accountId !== accountId ||
          filter.region !== region ||
          filter.logGroup !== logGroup ||
          !filter.terms.some((term) => text.includes(term))
        ) {
          continue;
        }
        for (const { MetricNamespace, MetricName, MetricValue } of filter.transformations) {
          metrics.add({
            accountId,
            region,
            namespace: MetricNamespace,
            name: MetricName,
            dimensions: {},
            value: Number(MetricValue),
            unit: 'None',
          });
        }
      }
    },
  };
}
