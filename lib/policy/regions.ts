/** Which Regions there are, as far as this version knows, and which partition each is in. */
import { PARTITIONS } from './known-regions.ts';

/** What every Region's name looks like, also one that AWS has not opened yet. */
export const REGION_FORM = /^[a-z]{2,5}(-[a-z]+){1,3}-[0-9]{1,2}$/;

export const KNOWN_REGIONS: readonly string[] = PARTITIONS.flatMap(({ regions }) => regions);

const KNOWN = new Set(KNOWN_REGIONS);

export function isKnownRegion(text: string): boolean {
  return KNOWN.has(text);
}

/** What the name of a Region starts with: `us`, `eu`, `us-gov`. */
export function areaOf(region: string): string {
  return region.replace(/-[a-z]+-[0-9]+$/, '');
}

export const REGION_AREAS: readonly string[] = [...new Set(KNOWN_REGIONS.map(areaOf))].sort();

/** What the SDK knows of a Region's partition; of a Region that is newer than this version, by the form of its name, as the SDK does it. */
function partitionWith(region: string): Pick<(typeof PARTITIONS)[number], 'id' | 'suffix'> {
  return (
    PARTITIONS.find(({ regions }) => regions.includes(region)) ??
    PARTITIONS.find(({ form }) => new RegExp(form).test(region)) ?? { id: 'aws', suffix: 'amazonaws.com' }
  );
}

/** `aws`, `aws-cn`, `aws-us-gov`, …: what an ARN of this Region has behind `arn:`. */
export function partitionOf(region: string): string {
  return partitionWith(region).id;
}

/**
 * Partitions where EventBridge does not take the bus of another Region as a rule's target (AWS Compute Blog on cross-Region
 * event routing). Of the sovereign and isolated ones no source says it: there it is tried.
 */
const EVENTS_STAY: ReadonlySet<string> = new Set(['aws-cn', 'aws-us-gov']);

/** Whether EventBridge may carry events from one Region of a partition to another, as far as is known. */
export function carriesEvents(partition: string): boolean {
  return !EVENTS_STAY.has(partition);
}

/** What the names of AWS's endpoints in this Region end with: `amazonaws.com`, `amazonaws.com.cn`, … */
export function urlSuffixOf(region: string): string {
  return partitionWith(region).suffix;
}
