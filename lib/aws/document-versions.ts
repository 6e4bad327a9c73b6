import { GetDocumentCommand, type SSMClient } from '@aws-sdk/client-ssm';
import { saysJson } from '../model/json.ts';
import { ifPresent } from './if-present.ts';

/**
 * Versions of an SSM document. Which of them is the default says little: it is set by a call of its own, before which an update
 * can end, and CloudFormation may leave it as it is (cloudformation-coverage-roadmap#2539). What counts is the content.
 */

/** While a deployment is under way the functions of before still mean the version before the newest; older ones are nobody's. */
const LOOKED_AT = 3;

async function readVersion(ssm: SSMClient, region: string, name: string, version: string) {
  const found = await ifPresent('GetDocument', region, `${name}, version ${version}`, () =>
    ssm.send(new GetDocumentCommand({ Name: name, DocumentVersion: version })),
  );
  return { content: found?.Content ?? '', number: Number(found?.DocumentVersion) };
}

/**
 * The number of the newest version with this content, of the newest few.
 *
 * @param wanted parsed JSON
 * @returns undefined: there is none. @throws AWS errors
 */
export async function versionWith(
  ssm: SSMClient,
  region: string,
  name: string,
  wanted: unknown,
): Promise<string | undefined> {
  const newest = await readVersion(ssm, region, name, '$LATEST');
  if (saysJson(newest.content, wanted)) {
    return String(newest.number);
  }
  for (let number = newest.number - 1; number > Math.max(0, newest.number - LOOKED_AT); number -= 1) {
    const { content } = await readVersion(ssm, region, name, String(number));
    if (saysJson(content, wanted)) {
      return String(number);
    }
  }
  return undefined;
}
