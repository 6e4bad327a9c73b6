import base from '../jest.config.js';

/** The fast tests, with the number of examples and the record of them that test/support/runs.ts describes. */
const [core] = base.projects;

export default {
  ...core,
  rootDir: '..',
  setupFilesAfterEnv: ['<rootDir>/test/support/record-properties.ts'],
};
