import { isKnownRegion, partitionOf } from '../lib/policy/regions.ts';

/** What the deployment tool says of Regions: its own list, which can be older than AWS's. */
export interface DeploymentTool {
  readonly version: string;
  readonly regions: readonly string[];
}

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
    `npx peering deploy --region ${region} deploys the same stack through CloudFormation alone.`
  );
}
