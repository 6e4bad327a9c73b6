import { CloudWatchClient, GetMetricStatisticsCommand } from '@aws-sdk/client-cloudwatch';
import { readQueues } from '../../cli/doctor/queues.ts';
import { findStack } from '../../cli/stack.ts';
import { defineCheck } from '../check.ts';
import { NotTried } from '../not-tried.ts';
import type { Judgement } from '../outcome.ts';
import type { World } from '../world.ts';

/** As long as one long poll lasts, in seconds. */
const LONG_POLL = 20;
const HOURS = 24;
const HOUR = 3600;

/** @returns empty receives in 20 s, by queue, over the hours that CloudWatch knows of */
async function look({ home, stage }: World): Promise<readonly number[]> {
  const stack = await findStack([home.region], stage);
  if (stack === undefined) {
    throw new NotTried(
      `There is no stack in ${home.region}.`,
      'Deploy it, let it run for a day, and ask again; AWS_REGION says where, --stage which.',
    );
  }
  const { events } = await readQueues(stack);
  const now = Date.now();
  const rates: number[] = [];
  for (const { name } of events) {
    const { Datapoints = [] } = await home.of(CloudWatchClient).send(
      new GetMetricStatisticsCommand({
        Namespace: 'AWS/SQS',
        MetricName: 'NumberOfEmptyReceives',
        Dimensions: [{ Name: 'QueueName', Value: name }],
        StartTime: new Date(now - HOURS * HOUR * 1000),
        EndTime: new Date(now),
        Period: HOUR,
        Statistics: ['Sum'],
      }),
    );
    // The hour that is not over, and the one of the deployment, are not whole.
    const sums = Datapoints.flatMap(({ Sum }) => Sum ?? []).sort((a, b) => a - b);
    const median = sums[Math.floor(sums.length / 2)];
    if (median !== undefined) rates.push((median / HOUR) * LONG_POLL);
  }
  if (rates.length === 0) {
    throw new NotTried(
      'CloudWatch has no numbers of the queues of the stack.',
      'Let the stack run for some hours, and ask again.',
    );
  }
  return rates;
}

/** What docs/cost.md counts with. */
const ASSUMED = 5;

export function judgeQueuePolls(rates: readonly number[]): Judgement {
  const most = Math.max(...rates);
  return {
    // Receives that end a little late or early make no difference in a bill.
    verdict: most <= ASSUMED * 1.1 ? 'agrees' : 'differs',
    seen: `${most.toFixed(1)} times in ${LONG_POLL} s`,
  };
}

export const queuePolls = defineCheck({
  name: 'queue-polls',
  question: `How often does Lambda ask an empty FIFO queue?`,
  expected: `at most ${ASSUMED} times in ${LONG_POLL} s`,
  makes: [],
  needs: [],
  takes: 'seconds',
  look,
  judge: judgeQueuePolls,
});
