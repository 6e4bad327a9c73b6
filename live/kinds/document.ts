import {
  CreateDocumentCommand,
  DeleteDocumentCommand,
  DescribeDocumentCommand,
  ListTagsForResourceCommand,
  paginateListDocuments,
  SSMClient,
} from '@aws-sdk/client-ssm';
import type { Place } from '../account.ts';
import { type Kind, NAME_PREFIX, TAG_KEY, unlessGone } from '../ledger.ts';
import { awaited, type World } from '../world.ts';

export const DOCUMENT: Kind = {
  name: 'Systems Manager document',
  async remove(place, id) {
    await place.of(SSMClient).send(new DeleteDocumentCommand({ Name: id }));
  },
  async tagged(place) {
    const ssm = place.of(SSMClient);
    const found: { id: string; run: string }[] = [];
    for await (const { DocumentIdentifiers = [] } of paginateListDocuments(
      { client: ssm },
      { Filters: [{ Key: 'Owner', Values: ['Self'] }] },
    )) {
      for (const { Name = '' } of DocumentIdentifiers) {
        if (!Name.startsWith(NAME_PREFIX)) continue;
        const tags = await unlessGone(() =>
          ssm.send(new ListTagsForResourceCommand({ ResourceType: 'Document', ResourceId: Name })),
        );
        const run = tags?.TagList?.find(({ Key }) => Key === TAG_KEY)?.Value;
        if (run !== undefined) found.push({ id: Name, run });
      }
    }
    return found;
  },
  byHand: ({ cliOptions }, id) => `aws ssm delete-document${cliOptions} --name ${id}`,
};

/** Content of a command document that nobody runs. */
export function contentOf(description: string) {
  return {
    schemaVersion: '2.2',
    description,
    mainSteps: [{ action: 'aws:runShellScript', name: 'nothing', inputs: { runCommand: ['true'] } }],
  };
}

/** A new version takes a moment; until then the next one is refused. */
export async function untilActive({ patience }: World, place: Place, Name: string): Promise<void> {
  await awaited(patience, 'The document', async () => {
    const { Document } = await place
      .of(SSMClient)
      .send(new DescribeDocumentCommand({ Name, DocumentVersion: '$LATEST' }));
    return Document?.Status === 'Creating' || Document?.Status === 'Updating' ? undefined : Document;
  });
}

/** @returns its name */
export async function makeDocument(world: World, place: Place, Content: string): Promise<string> {
  const { ledger } = world;
  const Name = ledger.nameFor('document');
  await ledger.makeNamed(DOCUMENT, place, Name, () =>
    place.of(SSMClient).send(
      new CreateDocumentCommand({
        Name,
        Content,
        DocumentType: 'Command',
        DocumentFormat: 'JSON',
        Tags: [ledger.tag],
      }),
    ),
  );
  await untilActive(world, place, Name);
  return Name;
}
