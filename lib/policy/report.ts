import { REPORT_KEY, type S3Place, s3PlaceIn } from '../model/s3-place.ts';
import type { Policy } from './schema.ts';

/** Whose bucket the page of the report is kept in: one that the stack makes, or one that is there. */
export type ReportPlace =
  | { readonly kind: 'made'; readonly key: string }
  | ({ readonly kind: 'existing' } & S3Place);

/** Where the stack keeps the page of `peering report`; undefined where it keeps none. */
export function reportPlaceOf({ report }: Pick<Policy, 'report'>): ReportPlace | undefined {
  const publish = report?.publish;
  if (publish === undefined) {
    return undefined;
  }
  const place = s3PlaceIn(publish);
  return place === undefined ? { kind: 'made', key: REPORT_KEY } : { kind: 'existing', ...place };
}
