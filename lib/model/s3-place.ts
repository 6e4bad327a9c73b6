/** An object in S3. */
export interface S3Place {
  readonly bucket: string;
  readonly key: string;
}

/** What the page of the report is called where nothing else is said. */
export const REPORT_KEY = 'peerings.html';

/** Names of buckets: S3 guide, "General purpose bucket naming rules". */
const BUCKET = /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/;

/**
 * `s3://bucket`, `s3://bucket/directory/` or `s3://bucket/directory/file.html`, as a place for a report.
 *
 * @returns undefined for anything else.
 */
export function s3PlaceIn(text: string): S3Place | undefined {
  const [, bucket = '', path = ''] = /^s3:\/\/([^/]*)\/?(.*)$/s.exec(text) ?? [];
  // S3 takes keys of up to 1,024 bytes; these need no escaping in any URL.
  if (!BUCKET.test(bucket) || !/^[\w!.*'()/-]{0,900}$/.test(path)) {
    return undefined;
  }
  return { bucket, key: path === '' || path.endsWith('/') ? `${path}${REPORT_KEY}` : path };
}

export function s3Url({ bucket, key }: S3Place): string {
  return `s3://${bucket}/${key}`;
}
