import { readFileSync } from 'node:fs';
import { count } from './count-setting.ts';

/**
 * Every run tries the same examples of each property, so that whoever changes a line and runs the tests learns what that line does.
 * `PROPERTY_SEED=N npm test` tries others. `npm run proof -- --only fuzz` always does, and many more of them.
 */
const USUAL_SEED = 1;

const { testPath } = expect.getState();
// Most files have no property, and to load the library for each of them would take a minute of the run.
if (testPath !== undefined && readFileSync(testPath, 'utf8').includes("from 'fast-check'")) {
  const { configureGlobal, readConfigureGlobal } =
    jest.requireActual<typeof import('fast-check')>('fast-check');
  configureGlobal({ ...readConfigureGlobal(), seed: count('PROPERTY_SEED') ?? USUAL_SEED });
}
