import { topicsOf } from '../lib/policy/notify.ts';
import { isKnownRegion, partitionOf } from '../lib/policy/regions.ts';
import type { Policy } from '../lib/policy/schema.ts';
import type { StackOptions } from '../lib/policy/stack-schema.ts';

/** What the deployment tool says of Regions: its own list, which can be older than AWS's. */
export interface DeploymentTool {
  readonly version: string;
  readonly regions: readonly string[];
}

/** Topics and actions of alarms that policy and stack file name, each with where it is written. */
function namedArns({ policy, options }: { readonly policy: Policy; readonly options: StackOptions }) {
  const { alarm = [], ok = [] } = options.alarmActions ?? {};
  return [
    ...topicsOf(policy).flatMap((topic) =>
      topic.kind === 'existing' ? [{ arn: topic.arn, where: 'notify in the policy' }] : [],
    ),
    ...[...alarm, ...ok].map((arn) => ({ arn, where: 'alarmActions in peering-stack.yml' })),
  ];
}

/**
 * Why a stack cannot be made in a Region with the topics and actions that it names, and what to do; undefined where it can. An alarm
 * reaches what is in its own Region only.
 */
export function arnRefusal(region: string, named: Parameters<typeof namedArns>[0]): string | undefined {
  const elsewhere = namedArns(named).find(({ arn }) => {
    const [, , , of = ''] = arn.split(':');
    // A response plan has no Region.
    return of !== '' && of !== region;
  });
  return (
    elsewhere &&
    `${elsewhere.where} names ${elsewhere.arn}, and the stack is deployed to ${region}: alarms reach topics and actions of their own Region only. Name one that is there.`
  );
}

/** A Region that the tool packages for; the package is the same for every Region. */
export const PACKAGED_FOR = 'us-east-1';

/** Why the deployment tool deploys nothing into a Region, and what to do; undefined where it deploys. */
export function regionRefusal(region: string, { version, regions }: DeploymentTool): string | undefined {
  if (regions.includes(region)) {
    return undefined;
  }
  if (!isKnownRegion(region)) {
    return `There is no Region ${region}, as far as this version and serverless (osls ${version}) know. Correct --region, AWS_REGION or provider.region.`;
  }
  return (
    `serverless (osls ${version}) does not know the Region ${region} of the partition ${partitionOf(region)}, so it deploys nothing there. ` +
    `npm run stackset -- --region ${region} deploys the same package through CloudFormation alone.`
  );
}
