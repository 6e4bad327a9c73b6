import { NotJudged } from '../../proof/judges/judge.ts';
import { compareOnStack } from '../../proof/judges/patterns.ts';

/** The short form of `npm run proof -- --only judges`: it needs a JDK and Maven, and says so where they are not. */
it("the rules of the stack match in the local AWS as in AWS's own matcher", async () => {
  try {
    const { pairs, matched, differences } = await compareOnStack(() => undefined);
    expect(pairs).toBeGreaterThan(50_000);
    expect(matched).toBeGreaterThan(3000);
    expect(differences).toEqual([]);
  } catch (error) {
    if (!(error instanceof NotJudged)) {
      throw error;
    }
    process.stderr.write(`AWS's event-ruler did not judge the rules of the stack: ${error.message}\n`);
  }
});
