import { DEFAULT_STAGE } from '../options.ts';
import { shown } from '../output.ts';

export interface LookedFor {
  /** Where the stack was looked for. */
  readonly regions: readonly string[];
  /** Left out: the usual one. */
  readonly stage: string | undefined;
  readonly accountId: string;
  /** The Regions that the policy names, in all of which it was looked for. */
  readonly managed: readonly string[];
}

/** Without the product's own record nothing that is missing counts as drift, which looks like a good answer. */
export function noStackText({ regions, stage = DEFAULT_STAGE, accountId, managed }: LookedFor): string {
  const places = [...new Set(regions)].join(', ');
  const region = managed.length === 0 ? '--region or AWS_REGION' : 'AWS_REGION';
  return (
    `No stack of stage ${shown(stage, 60)} was found in ${places} of account ${accountId}, so nothing is known to be the product's own: ` +
    `a route that is missing may not count as drift. If there is one, name its Region (${region}) or its stage (--stage).`
  );
}
