import { Logger } from '@aws-lambda-powertools/logger';
import { Metrics, MetricUnit } from '@aws-lambda-powertools/metrics';
import type { Journal, MetricName, MetricUnit as Unit } from '../ports/journal.ts';

const UNITS = {
  count: MetricUnit.Count,
  percent: MetricUnit.Percent,
  milliseconds: MetricUnit.Milliseconds,
} as const satisfies Record<Unit, string>;

export interface LambdaJournal extends Journal {
  /** Writes the metrics of this invocation to stdout, from where CloudWatch takes them (Embedded Metric Format). */
  flush(): void;
  /** Puts the id of the invocation on every log line. */
  begin(requestId: string): void;
}

/** Service name and metric namespace come from `POWERTOOLS_SERVICE_NAME` and `POWERTOOLS_METRICS_NAMESPACE`. */
export function createLambdaJournal(): LambdaJournal {
  const logger = new Logger();
  const metrics = new Metrics();
  const dimensioned = (dimension: string, of: string, name: MetricName, value: number, unit: Unit) => {
    const single = metrics.singleMetric();
    single.addDimension(dimension, of);
    single.addMetric(name, UNITS[unit], value);
  };
  return {
    info: (message, fields) => logger.info(message, { ...fields }),
    warn: (message, fields) => logger.warn(message, { ...fields }),
    error: (message, fields) => logger.error(message, { ...fields }),
    metric(name, value, unit = 'count') {
      // CloudWatch charges for a metric in each hour in which it gets data. Alarms take silence for none.
      if (unit !== 'count' || value !== 0) {
        metrics.addMetric(name, UNITS[unit], value);
      }
    },
    steadyMetric: (name, value) => metrics.addMetric(name, UNITS.count, value),
    kindMetric: (kind, name, value) => dimensioned('kind', kind, name, value, 'count'),
    peeringMetric: (peeringId, name, value, unit = 'count') =>
      dimensioned('peering', peeringId, name, value, unit),
    flush() {
      // Publishing none writes a warning into the log.
      if (metrics.hasStoredMetrics()) {
        metrics.publishStoredMetrics();
      }
    },
    begin: (requestId) => logger.appendKeys({ requestId }),
  };
}
