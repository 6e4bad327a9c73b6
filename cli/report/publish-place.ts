import { type S3Place, s3PlaceIn } from '../../lib/model/s3-place.ts';
import { CliError } from '../errors.ts';
import { shown } from '../output.ts';

/**
 * Where `--publish` puts the page.
 *
 * @throws CliError
 */
export function publishPlace(text: string): S3Place {
  const place = s3PlaceIn(text);
  if (place === undefined) {
    throw new CliError(
      `--publish ${shown(text, 200)} is no place in S3; write s3://BUCKET or s3://BUCKET/DIRECTORY/peerings.html.`,
    );
  }
  return place;
}
