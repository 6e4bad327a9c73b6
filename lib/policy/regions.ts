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

/** The partition of a Region; of one that is newer than this version, by the form of its name, as the SDK does it. */
export function partitionOf(region: string): string {
  const partition =
    PARTITIONS.find(({ regions }) => regions.includes(region)) ??
    PARTITIONS.find(({ form }) => new RegExp(form).test(region));
  return partition?.id ?? 'aws';
}
