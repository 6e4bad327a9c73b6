import { rulerMissing } from '../../proof/judges/event-ruler.ts';
import { compareOnStack } from '../../proof/judges/patterns.ts';

/** The short form of `npm run proof -- --only judges`. Where there is no JDK or Maven it is skipped, and its name says why. */

const missing = rulerMissing();

(missing === undefined ? it : it.skip)(
  `the rules of the stack match in the local AWS as in AWS's own matcher${missing === undefined ? '' : ` - NOT JUDGED: ${missing}`}`,
  async () => {
    const { pairs, matched, differences } = await compareOnStack(() => undefined);
    expect(pairs).toBeGreaterThan(50_000);
    expect(matched).toBeGreaterThan(3000);
    expect(differences).toEqual([]);
  },
);
