import { PARTITIONS, partitionOf } from './partitions.ts';
import type { Place } from './types.ts';

export interface Arn extends Place {
  readonly partition: string;
  readonly service: string;
  /** All that follows the account: `function:name`, `event-bus/name`, `queue`. */
  readonly resource: string;
}

/** @throws {Error} when the text is no ARN. */
export function parseArn(text: string): Arn {
  const [prefix, partition, service, region, accountId, ...resource] = text.split(':');
  if (prefix !== 'arn' || !partition || !service || region === undefined || accountId === undefined) {
    throw new Error(`"${text}" is not an ARN.`);
  }
  return { partition, service, region, accountId, resource: resource.join(':') };
}

/** The ARN of something in a Region. */
export function arnIn({ accountId, region }: Place, service: string, resource: string): string {
  return `arn:${partitionOf(region)}:${service}:${region}:${accountId}:${resource}`;
}

/** The ARN of something that a partition has once, as IAM and STS do; the Region only tells which partition. */
export function globalArnIn({ accountId, region }: Place, service: string, resource: string): string {
  return `arn:${partitionOf(region)}:${service}::${accountId}:${resource}`;
}

/** A Region of the ARN's partition, to ask what its services of all Regions know. */
export function anyRegionOf(arn: string): string {
  const { partition } = parseArn(arn);
  return PARTITIONS.find(({ id }) => id === partition)?.regions[0] ?? 'us-east-1';
}

export function isArn(text: string): boolean {
  return text.startsWith('arn:');
}

/** Of `a/b/name` and `kind:name` alike: `name`. */
export function lastPart(resource: string): string {
  return resource.split(/[/:]/).at(-1) ?? resource;
}
