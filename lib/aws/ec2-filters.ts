import type { Filter } from '@aws-sdk/client-ec2';

/** A filter takes at most 200 values (EC2 API reference, "Filter"). */
export const FILTER_VALUES = 200;

/** Splits the one long list of a filter so that no request carries more values than EC2 takes. */
export function chunks(values: readonly string[] | undefined): (readonly string[] | undefined)[] {
  if (values === undefined) {
    return [undefined];
  }
  const slices: string[][] = [];
  for (let start = 0; start < values.length; start += FILTER_VALUES) {
    slices.push(values.slice(start, start + FILTER_VALUES));
  }
  return slices;
}

export function filters(
  named: Record<string, readonly string[] | undefined>,
): { Filters: Filter[] } | object {
  const list = Object.entries(named).flatMap(([Name, values]) =>
    values ? [{ Name, Values: [...values] }] : [],
  );
  return list.length === 0 ? {} : { Filters: list };
}
