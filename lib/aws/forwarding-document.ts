import {
  CreateDocumentCommand,
  DeleteDocumentCommand,
  GetDocumentCommand,
  type SSMClient,
  UpdateDocumentCommand,
  UpdateDocumentDefaultVersionCommand,
} from '@aws-sdk/client-ssm';
import type { ForwardingChange, ForwardingInPlace } from '../forwarding/plan.ts';
import { classifyAwsError } from '../model/aws-error.ts';
import { namingCall } from './call-error.ts';
import { versionWith } from './document-versions.ts';
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

async function createDocument(ssm: SSMClient, region: string, name: string, content: string): Promise<void> {
  await namingCall('CreateDocument', region, name, () =>
    ssm.send(
      new CreateDocumentCommand({
        Name: name,
        Content: content,
        DocumentType: 'Command',
        DocumentFormat: 'JSON',
        TargetType: '/AWS::EC2::Instance',
      }),
    ),
  );
}

async function deleteDocument(ssm: SSMClient, region: string, name: string): Promise<void> {
  await ifPresent('DeleteDocument', region, name, () => ssm.send(new DeleteDocumentCommand({ Name: name })));
}

/** @returns undefined: SSM has a version with this content already. */
async function newVersion(
  ssm: SSMClient,
  region: string,
  name: string,
  content: string,
): Promise<string | undefined> {
  try {
    const { DocumentDescription } = await namingCall('UpdateDocument', region, name, () =>
      ssm.send(new UpdateDocumentCommand({ Name: name, Content: content, DocumentVersion: '$LATEST' })),
    );
    return DocumentDescription?.DocumentVersion;
  } catch (error) {
    if (classifyAwsError(error).code === 'DuplicateDocumentContent') {
      return undefined;
    }
    throw error;
  }
}

/**
 * A new version is the default one only once that is said. A pass that ended in between left the version without, so SSM refuses
 * to make it again. Where that version is an old one, the document is made anew.
 */
async function updateDocument(ssm: SSMClient, region: string, name: string, content: string): Promise<void> {
  const version =
    (await newVersion(ssm, region, name, content)) ??
    (await versionWith(ssm, region, name, JSON.parse(content)));
  if (version === undefined) {
    await deleteDocument(ssm, region, name);
    await createDocument(ssm, region, name, content);
    return;
  }
  await namingCall('UpdateDocumentDefaultVersion', region, name, () =>
    ssm.send(new UpdateDocumentDefaultVersionCommand({ Name: name, DocumentVersion: version })),
  );
}

/** @throws AWS errors; a document that is to be deleted may be gone already. */
export async function changeDocument(ssm: SSMClient, region: string, change: DocumentChange): Promise<void> {
  switch (change.action) {
    case 'create-document':
      return createDocument(ssm, region, change.name, change.content);
    case 'update-document':
      return updateDocument(ssm, region, change.name, change.content);
    case 'delete-document':
      return deleteDocument(ssm, region, change.name);
  }
}
