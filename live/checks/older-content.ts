import { SSMClient, UpdateDocumentCommand } from '@aws-sdk/client-ssm';
import { classifyAwsError } from '../../lib/model/aws-error.ts';
import { defineCheck } from '../check.ts';
import { contentOf, makeDocument, untilActive } from '../kinds/document.ts';
import type { Judgement } from '../outcome.ts';
import type { World } from '../world.ts';

export interface Updates {
  readonly newestAgain: 'taken' | 'refused';
  readonly olderAgain: 'taken' | 'refused';
}

async function look(world: World): Promise<Updates> {
  const { home } = world;
  const [first, second] = ['first', 'second'].map((text) => JSON.stringify(contentOf(text)));
  const Name = await makeDocument(world, home, first ?? '');
  const update = async (Content: string | undefined) => {
    try {
      await home
        .of(SSMClient)
        .send(
          new UpdateDocumentCommand({ Name, Content, DocumentFormat: 'JSON', DocumentVersion: '$LATEST' }),
        );
      await untilActive(world, home, Name);
      return 'taken';
    } catch (error) {
      if (classifyAwsError(error).code === 'DuplicateDocumentContent') return 'refused';
      throw error;
    }
  };
  await update(second);
  return { newestAgain: await update(second), olderAgain: await update(first) };
}

const WORDS = {
  'refused refused': 'of any older one too',
  'refused taken': 'of the newest only',
  'taken refused': 'of older ones only',
  'taken taken': 'of none',
} as const;

const EXPECTED = WORDS['refused refused'];

export function judgeOlderContent({ newestAgain, olderAgain }: Updates): Judgement {
  const seen = WORDS[`${newestAgain} ${olderAgain}`];
  return { verdict: seen === EXPECTED ? 'agrees' : 'differs', seen };
}

export const olderContent = defineCheck({
  name: 'older-content',
  question: 'Does UpdateDocument refuse the content of the newest version only, or of any older one too?',
  expected: EXPECTED,
  makes: ['a Systems Manager document that nobody runs'],
  needs: [],
  takes: 'seconds',
  look,
  judge: judgeOlderContent,
});
