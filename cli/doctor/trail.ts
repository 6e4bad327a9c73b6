import { CloudTrailClient, DescribeTrailsCommand, GetTrailStatusCommand } from '@aws-sdk/client-cloudtrail';
import { createClient } from '../../lib/aws/clients.ts';
import { shown } from '../output.ts';
import { type DoctorCheck, fail, pass } from './check.ts';
import type { Patient } from './patient.ts';

/** Without a trail that logs, EventBridge is told of no API call (EventBridge guide, "Events from AWS services via CloudTrail"). */
export async function trail({ homeRegion, policy }: Patient): Promise<readonly DoctorCheck[]> {
  const cloudtrail = createClient(CloudTrailClient, { region: homeRegion });
  const { trailList = [] } = await cloudtrail.send(new DescribeTrailsCommand({ includeShadowTrails: true }));
  const everywhere = trailList.filter(({ IsMultiRegionTrail }) => IsMultiRegionTrail === true);
  for (const { TrailARN, Name } of everywhere) {
    const { IsLogging } = await cloudtrail.send(new GetTrailStatusCommand({ Name: TrailARN ?? Name }));
    if (IsLogging === true) {
      return [pass('trail', null, `The multi-Region trail ${shown(Name ?? '', 100)} is logging.`)];
    }
  }
  const [silent] = everywhere;
  const consequence = `Changes are noticed only by the sweep, ${policy.schedules.sweep}.`;
  return silent === undefined
    ? [
        fail(
          'trail',
          null,
          `There is no multi-Region CloudTrail trail, so API calls bring no events. ${consequence}`,
          'aws cloudtrail create-trail --is-multi-region-trail --name NAME --s3-bucket-name BUCKET, then aws cloudtrail start-logging --name NAME',
        ),
      ]
    : [
        fail(
          'trail',
          null,
          `The multi-Region trail ${shown(silent.Name ?? '', 100)} is not logging. ${consequence}`,
          `aws cloudtrail start-logging --name ${silent.TrailARN ?? silent.Name}`,
        ),
      ];
}
