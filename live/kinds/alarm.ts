import {
  CloudWatchClient,
  DeleteAlarmsCommand,
  DescribeAlarmsCommand,
  ListTagsForResourceCommand,
  PutMetricAlarmCommand,
} from '@aws-sdk/client-cloudwatch';
import type { Place } from '../account.ts';
import { type Kind, NAME_PREFIX, TAG_KEY, unlessGone } from '../ledger.ts';
import type { World } from '../world.ts';

export const ALARM: Kind = {
  name: 'alarm',
  async remove(place, id) {
    await place.of(CloudWatchClient).send(new DeleteAlarmsCommand({ AlarmNames: [id] }));
  },
  async tagged(place) {
    const cloudWatch = place.of(CloudWatchClient);
    const { MetricAlarms = [] } = await cloudWatch.send(
      new DescribeAlarmsCommand({ AlarmNamePrefix: NAME_PREFIX }),
    );
    const found: { id: string; run: string }[] = [];
    for (const { AlarmName = '', AlarmArn } of MetricAlarms) {
      const tags = await unlessGone(() =>
        cloudWatch.send(new ListTagsForResourceCommand({ ResourceARN: AlarmArn })),
      );
      const run = tags?.Tags?.find(({ Key }) => Key === TAG_KEY)?.Value;
      if (run !== undefined) found.push({ id: AlarmName, run });
    }
    return found;
  },
  byHand: ({ cliOptions }, id) => `aws cloudwatch delete-alarms${cliOptions} --alarm-names ${id}`,
};

/** An alarm on a metric that has no data, which tells a topic when it lacks data. */
export async function makeAlarmWithoutData({ ledger }: World, place: Place, topicArn: string): Promise<void> {
  const AlarmName = ledger.nameFor('alarm');
  await ledger.makeNamed(ALARM, place, AlarmName, () =>
    place.of(CloudWatchClient).send(
      new PutMetricAlarmCommand({
        AlarmName,
        Namespace: AlarmName,
        MetricName: 'Nothing',
        Statistic: 'Sum',
        Period: 60,
        EvaluationPeriods: 1,
        Threshold: 1,
        ComparisonOperator: 'GreaterThanOrEqualToThreshold',
        TreatMissingData: 'missing',
        InsufficientDataActions: [topicArn],
        Tags: [ledger.tag],
      }),
    ),
  );
}
