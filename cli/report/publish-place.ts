import { CliError } from '../errors.ts';
import { shown } from '../output.ts';

/** Where a report is kept for those who don't run the command. */
export interface PublishPlace {
  readonly bucket: string;
  readonly key: string;
}

const DEFAULT_KEY = 'peerings.html';

/** Names of buckets: S3 guide, "General purpose bucket naming rules". */
const BUCKET = /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/;

/**
 * `s3://bucket`, `s3://bucket/directory/` or `s3://bucket/directory/file.html`.
 *
 * @throws CliError
 */
export function publishPlace(text: string): PublishPlace {
  const [, bucket = '', path = ''] = /^s3:\/\/([^/]*)\/?(.*)$/s.exec(text) ?? [];
  // S3 takes keys of up to 1,024 bytes; these need no escaping in any URL.
  if (!BUCKET.test(bucket) || !/^[\w!.*'()/-]{0,900}$/.test(path)) {
    throw new CliError(
      `--publish ${shown(text, 200)} is no place in S3; write s3://BUCKET or s3://BUCKET/DIRECTORY/peerings.html.`,
    );
  }
  return { bucket, key: path === '' || path.endsWith('/') ? `${path}${DEFAULT_KEY}` : path };
}
