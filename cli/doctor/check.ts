import type { Document } from '../documents.ts';

/** One line of `doctor`. The region is null for what is about the account or the caller. */
export type Check = Document<'doctor'>['checks'][number];

export function pass(area: string, region: string | null, says: string): Check {
  return { area, region, result: 'pass', says, remedy: null };
}

export function warn(area: string, region: string | null, says: string, remedy: string): Check {
  return { area, region, result: 'warn', says, remedy };
}

export function fail(area: string, region: string | null, says: string, remedy: string): Check {
  return { area, region, result: 'fail', says, remedy };
}
