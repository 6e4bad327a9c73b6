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

export function isArn(text: string): boolean {
  return text.startsWith('arn:');
}

/** Of `a/b/name` and `kind:name` alike: `name`. */
export function lastPart(resource: string): string {
  return resource.split(/[/:]/).at(-1) ?? resource;
}
