import type { MetricValue } from './metrics.ts';

/** CloudWatch's Embedded Metric Format: metrics inside a JSON log line. */

type EmbeddedMetric = Pick<MetricValue, 'namespace' | 'name' | 'dimensions' | 'value' | 'unit'>;

interface Directive {
  readonly Namespace?: string;
  readonly Dimensions?: readonly (readonly string[])[];
  readonly Metrics?: readonly { readonly Name?: string; readonly Unit?: string }[];
}

interface EmbeddedLine {
  readonly _aws?: { readonly CloudWatchMetrics?: readonly Directive[] };
  readonly [name: string]: unknown;
}

function parseLine(line: string): EmbeddedLine | undefined {
  if (!line.startsWith('{') || !line.includes('"CloudWatchMetrics"')) {
    return undefined;
  }
  try {
    return JSON.parse(line) as EmbeddedLine;
  } catch {
    // A line that only looks like one is a log line as any other.
    return undefined;
  }
}

/** The metrics in a log line, one entry per value and dimension set; none in an ordinary line. */
export function embeddedMetrics(line: string): EmbeddedMetric[] {
  const parsed = parseLine(line);
  return (parsed?._aws?.CloudWatchMetrics ?? []).flatMap(
    ({ Namespace = '', Dimensions = [[]], Metrics = [] }) =>
      Dimensions.flatMap((names) => {
        const dimensions = Object.fromEntries(names.map((name) => [name, String(parsed?.[name])]));
        return Metrics.flatMap(({ Name = '', Unit = 'None' }) =>
          [parsed?.[Name]]
            .flat()
            .flatMap((value) =>
              typeof value === 'number'
                ? [{ namespace: Namespace, name: Name, dimensions, value, unit: Unit }]
                : [],
            ),
        );
      }),
  );
}
