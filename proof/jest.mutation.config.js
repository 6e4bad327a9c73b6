import properties from './jest.properties.config.js';

// Few examples and always the same ones: a mutant has to die for the same reason in every run.
process.env.PROPERTY_RUNS ??= '25';
process.env.PROPERTY_SEED ??= '1';

/** Only what covers the pure code: everything else would run again for each mutant. */
export default {
  ...properties,
  testMatch: ['<rootDir>/test/{network,policy,peering,routing,drift,connectivity,report}/**/*.test.ts'],
  // They generate whole files or pace hours of work, and no mutant of the pure code needs them.
  testPathIgnorePatterns: [
    '/node_modules/',
    'test/policy/json-schema',
    'test/routing/long-passes',
    'test/routing/pace',
  ],
};
