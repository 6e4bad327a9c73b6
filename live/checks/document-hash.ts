import { createHash } from 'node:crypto';
import { DescribeDocumentCommand, GetDocumentCommand, SSMClient } from '@aws-sdk/client-ssm';
import type { Place } from '../account.ts';
import { defineCheck } from '../check.ts';
import { contentOf, makeDocument } from '../kinds/document.ts';
import { makeStack } from '../kinds/stack.ts';
import type { Judgement } from '../outcome.ts';
import { required, type World } from '../world.ts';

/** Whether the hash that SSM shows is that of the text as it was given; given as an object, as GetDocument shows it. */
export interface Hashes {
  readonly asText: 'of the text' | 'of something else';
  readonly asObject: 'of the text' | 'of something else';
}

async function hashOf(place: Place, Name: string, text?: string): Promise<Hashes['asText']> {
  const ssm = place.of(SSMClient);
  const { Document } = await ssm.send(new DescribeDocumentCommand({ Name }));
  const { Content = '' } = await ssm.send(new GetDocumentCommand({ Name }));
  const ofText = createHash('sha256')
    .update(text ?? Content)
    .digest('hex');
  return required(Document?.Hash, 'the hash of the document') === ofText
    ? 'of the text'
    : 'of something else';
}

async function look(world: World): Promise<Hashes> {
  const { home, ledger } = world;
  // With spaces, so that text that was written anew differs.
  const text = JSON.stringify(contentOf('given as text'), undefined, 3);
  const asText = await hashOf(home, await makeDocument(world, home, text), text);
  const Name = ledger.nameFor('of-stack');
  await makeStack(world, home, {
    Document: {
      Type: 'AWS::SSM::Document',
      Properties: {
        Name,
        DocumentType: 'Command',
        DocumentFormat: 'JSON',
        Content: contentOf('given as an object'),
      },
    },
  });
  return { asText, asObject: await hashOf(home, Name) };
}

export function judgeDocumentHash({ asText, asObject }: Hashes): Judgement {
  const agrees = asText === 'of the text' && asObject === 'of the text';
  return { verdict: agrees ? 'agrees' : 'differs', seen: `text: ${asText}; object: ${asObject}` };
}

export const documentHash = defineCheck({
  name: 'document-hash',
  question:
    'Is the hash that SSM keeps of a document that of the text as it was given, also where CloudFormation gave an object?',
  expected: 'text: of the text; object: of the text',
  makes: ['two Systems Manager documents that nobody runs, one of them in a CloudFormation stack'],
  needs: [],
  takes: 'a minute',
  look,
  judge: judgeDocumentHash,
});
