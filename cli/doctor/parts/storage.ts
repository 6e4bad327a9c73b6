import { HeadBucketCommand, S3Client } from '@aws-sdk/client-s3';
import { SSMClient } from '@aws-sdk/client-ssm';
import { readDocument } from '../../../lib/aws/forwarding-document.ts';
import { ifPresent } from '../../../lib/aws/if-present.ts';
import { jsonIn } from '../../../lib/model/json.ts';
import { CODE_BUCKET } from '../../../resources/stack-template.ts';
import { shown } from '../../output.ts';
import { MADE_ANEW } from '../made-anew.ts';
import { type Judged, type Look, NOT_AS_DEPLOYED, type Part, trouble } from './part.ts';
import { isSame } from './resolved.ts';

/** The ping document of the home Region, and buckets. */

/** @param content undefined: there is no such document. */
export function documentTroubles(part: Part, content: string | undefined): Judged {
  const name = shown(part.physicalId ?? '', 140);
  const wanted = part.properties?.Content;
  if (content === undefined) {
    return [
      trouble('fail', `The SSM document ${name} is gone: nothing is pinged in this Region.`, MADE_ANEW),
    ];
  }
  return wanted === undefined || isSame(wanted, jsonIn(content))
    ? []
    : [
        trouble(
          'fail',
          `The SSM document ${name} ${NOT_AS_DEPLOYED}: what instances run for a check is something else.`,
          `aws ssm list-document-versions --name ${name} shows who made which version; aws ssm update-document-default-version --name ${name} --document-version N goes back to one. ${MADE_ANEW}`,
        ),
      ];
}

export const lookAtDocument: Look = async (part, { region, clients }) =>
  documentTroubles(
    part,
    (await readDocument(clients.of(SSMClient, region), region, part.physicalId ?? ''))?.content,
  );

/** @param isThere whether S3 has it. */
export function bucketTroubles(part: Part, isThere: boolean): Judged {
  const name = shown(part.physicalId ?? '', 140);
  const without =
    part.logicalId === CODE_BUCKET
      ? 'the functions run on, and no deployment can bring them new code'
      : 'the page of the report is kept nowhere';
  return isThere ? [] : [trouble('fail', `The bucket ${name} is gone: ${without}.`, MADE_ANEW)];
}

export const lookAtBucket: Look = async (part, { region, clients }) => {
  const Bucket = part.physicalId ?? '';
  const found = await ifPresent('HeadBucket', region, Bucket, () =>
    clients.of(S3Client, region).send(new HeadBucketCommand({ Bucket })),
  );
  return bucketTroubles(part, found !== undefined);
};
