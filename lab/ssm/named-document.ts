import { z } from 'zod';
import type { LabContext, Place } from '../types.ts';
import { AWS_DOCUMENTS, type CommandDocument, parseDocument } from './documents.ts';
import { SsmError } from './ssm-error.ts';

/** moto answers with an object where CloudFormation gave one. */
const documentAnswer = z.object({
  Content: z.union([z.string(), z.looseObject({}).transform((content) => JSON.stringify(content))]),
});

/**
 * One of AWS's documents, or one that the account has.
 *
 * @param name or the ARN. @param version `$DEFAULT`, `$LATEST` or a number.
 * @throws SsmError when there is no such document or version.
 */
export async function documentNamed(
  call: LabContext['call'],
  name: string,
  version: string,
  place: Place,
): Promise<CommandDocument> {
  const known = AWS_DOCUMENTS.get(name);
  if (known !== undefined) {
    return known;
  }
  // An ARN names the same document.
  const plainName = name.split('/').at(-1) ?? name;
  const answer = await call({
    service: 'ssm',
    accountId: place.accountId,
    region: place.region,
    headers: { 'content-type': 'application/x-amz-json-1.1', 'x-amz-target': 'AmazonSSM.GetDocument' },
    // moto knows no $DEFAULT.
    body: JSON.stringify({
      Name: plainName,
      ...(version === '$DEFAULT' ? {} : { DocumentVersion: version }),
    }),
  });
  if (answer.status !== 200) {
    throw version === '$DEFAULT'
      ? new SsmError('InvalidDocument', `Document with name ${name} does not exist.`)
      : new SsmError('InvalidDocumentVersion', `Document ${name} has no version ${version}.`);
  }
  return parseDocument(name, documentAnswer.parse(JSON.parse(answer.body.toString())).Content);
}
