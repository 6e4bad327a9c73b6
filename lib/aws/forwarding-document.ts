import {
  CreateDocumentCommand,
  DeleteDocumentCommand,
  GetDocumentCommand,
  type SSMClient,
  UpdateDocumentCommand,
  UpdateDocumentDefaultVersionCommand,
} from '@aws-sdk/client-ssm';
import type { ForwardingChange, ForwardingInPlace } from '../forwarding/plan.ts';
import { namingCall } from './call-error.ts';
import { ifPresent } from './if-present.ts';

/** The SSM document of a Region that pings from its instances. */

export type DocumentChange = Extract<
  ForwardingChange,
  { action: 'create-document' | 'update-document' | 'delete-document' }
>;

/** Undefined: there is none of this name. */
export async function readDocument(
  ssm: SSMClient,
  region: string,
  name: string,
): Promise<ForwardingInPlace['document']> {
  const found = await ifPresent('GetDocument', region, name, () =>
    ssm.send(new GetDocumentCommand({ Name: name })),
  );
  return found === undefined ? undefined : { content: found.Content ?? '' };
}

/** A new version is run only once it is the default one. */
async function updateDocument(ssm: SSMClient, region: string, name: string, content: string): Promise<void> {
  const { DocumentDescription } = await namingCall('UpdateDocument', region, name, () =>
    ssm.send(new UpdateDocumentCommand({ Name: name, Content: content, DocumentVersion: '$LATEST' })),
  );
  await namingCall('UpdateDocumentDefaultVersion', region, name, () =>
    ssm.send(
      new UpdateDocumentDefaultVersionCommand({
        Name: name,
        DocumentVersion: DocumentDescription?.DocumentVersion,
      }),
    ),
  );
}

/** @throws AWS errors; a document that is to be deleted may be gone already. */
export async function changeDocument(ssm: SSMClient, region: string, change: DocumentChange): Promise<void> {
  switch (change.action) {
    case 'create-document':
      await namingCall('CreateDocument', region, change.name, () =>
        ssm.send(
          new CreateDocumentCommand({
            Name: change.name,
            Content: change.content,
            DocumentType: 'Command',
            DocumentFormat: 'JSON',
            TargetType: '/AWS::EC2::Instance',
          }),
        ),
      );
      return;
    case 'update-document':
      return updateDocument(ssm, region, change.name, change.content);
    case 'delete-document':
      await ifPresent('DeleteDocument', region, change.name, () =>
        ssm.send(new DeleteDocumentCommand({ Name: change.name })),
      );
  }
}
