import { carriesEvents } from '../policy/regions.ts';

/** Managed Regions whose events do not come home, so that the sweep has to find what happens there. */

/** `arn:aws-cn:events:cn-north-1:…`: where an ARN says that something is. */
export function placeOfArn(arn: string): { readonly partition: string; readonly region: string } {
  const [, partition = 'aws', , region = ''] = arn.split(':');
  return { partition, region };
}

export interface BySweep {
  readonly region: string;
  readonly homeBusArn: string;
  /** How often the sweep looks. */
  readonly sweep: string;
  /** What EventBridge said to the bus as a target; left out where it is known to take none. */
  readonly refusal?: string;
}

function because({ homeBusArn, region, refusal }: BySweep): string {
  const { partition } = placeOfArn(homeBusArn);
  return carriesEvents(partition)
    ? `EventBridge does not take ${homeBusArn} as the target of rules in ${region}${refusal === undefined ? '' : ` (${refusal})`}`
    : `EventBridge carries no events between Regions of the partition ${partition}`;
}

/** In words for people: what does not work, in which Region, why, and what holds instead. */
export function bySweepText(about: BySweep): string {
  const { region, homeBusArn, sweep } = about;
  return (
    `Events of ${region} do not reach ${placeOfArn(homeBusArn).region}: ${because(about)}. ` +
    `Requests and changes in ${region} are found by the sweep (schedules.sweep: ${sweep}).`
  );
}
