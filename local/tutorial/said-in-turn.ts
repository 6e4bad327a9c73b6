/** Something that takes a while and says what it does. */
export interface Spoken {
  readonly title: string;
  run(say: (line: string) => void): Promise<void>;
}

/**
 * Runs all of them at the same time. Each one's lines stand together below its title: what a later one says waits until those before
 * it have ended.
 * @throws the first one's error, once all have ended and everything is said.
 */
export async function saidInTurn(works: readonly Spoken[], say: (line: string) => void): Promise<void> {
  const waiting = works.map(({ title }) => [title]);
  const ended = works.map(() => false);
  let speaking = 0;
  const speak = () => {
    for (const line of waiting[speaking]?.splice(0) ?? []) say(line);
  };
  const end = (index: number) => {
    ended[index] = true;
    while (ended[speaking] === true) {
      speaking += 1;
      speak();
    }
  };
  speak();
  const outcomes = await Promise.allSettled(
    works.map(async ({ run }, index) => {
      try {
        await run((line) => {
          waiting[index]?.push(line);
          if (index === speaking) speak();
        });
      } finally {
        end(index);
      }
    }),
  );
  const failed = outcomes.find((outcome) => outcome.status === 'rejected');
  if (failed !== undefined) throw failed.reason;
}
