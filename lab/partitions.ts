import { readFileSync } from 'node:fs';

/** A part of AWS with accounts and endpoints of its own. */
export interface Partition {
  /** What an ARN has behind `arn:`. */
  readonly id: string;
  /** What the names of its endpoints end with. */
  readonly suffix: string;
  /** What the names of its Regions look like, also of those that are newer than this list. */
  readonly form: string;
  readonly regions: readonly string[];
}

/** As botocore beneath moto has them: `node --import tsx make-partitions.ts` writes the file, and a test compares the two. */
export const PARTITIONS: readonly Partition[] = JSON.parse(
  readFileSync(new URL('./partitions.json', import.meta.url), 'utf8'),
);

const REGIONS = PARTITIONS.flatMap(({ regions }) => regions);

export function isRegion(name: string): boolean {
  return REGIONS.includes(name);
}

export function regionNames(): readonly string[] {
  return REGIONS;
}

/** Of a Region that is newer than the list too; else that of most accounts. */
function partitionWith(region: string): Pick<Partition, 'id' | 'suffix'> {
  const listed = PARTITIONS.find(({ regions }) => regions.includes(region));
  const alike = () => PARTITIONS.find(({ form }) => new RegExp(form).test(region));
  return listed ?? alike() ?? { id: 'aws', suffix: 'amazonaws.com' };
}

/** `aws`, `aws-cn`, `aws-us-gov`, … */
export function partitionOf(region: string): string {
  return partitionWith(region).id;
}

/** What the names of AWS's endpoints in this Region end with: `amazonaws.com`, `amazonaws.com.cn`, … */
export function urlSuffixOf(region: string): string {
  return partitionWith(region).suffix;
}
