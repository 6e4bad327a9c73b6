import { availableParallelism } from 'node:os';

/** Fast tests by default; the lab and the packaged template have projects of their own. */
const common = {
  transform: {
    '^.+\\.[cm]?ts$': [
      '@swc/jest',
      { jsc: { parser: { syntax: 'typescript' }, target: 'es2023' }, module: { type: 'commonjs' } },
    ],
  },
  extensionsToTreatAsEsm: [],
  testEnvironment: 'node',
  setupFilesAfterEnv: [
    '<rootDir>/test/support/same-examples.ts',
    '<rootDir>/test/support/one-file-of-stores.ts',
  ],
  globalSetup: '<rootDir>/test/support/before-run.ts',
  globalTeardown: '<rootDir>/test/support/after-run.ts',
  // Copies of the project that mutation tests make, and the lab as a package.
  modulePathIgnorePatterns: ['<rootDir>/.stryker-tmp/', '<rootDir>/lab/dist/'],
};

export default {
  // A worker waits half of its time: for its lab, and for back-offs and pauses that a test is about. Jest takes no more than 100 %
  // in words: 200 % would be 200 workers.
  maxWorkers: 2 * availableParallelism(),
  // Against a test that hangs, on a machine that others keep busy too: no test is judged by how long it takes.
  testTimeout: 600_000,
  testSequencer: '<rootDir>/test/support/labs-first.cjs',
  projects: [
    {
      ...common,
      displayName: 'core',
      testMatch: [
        '<rootDir>/test/{network,model,assessment,policy,routing,connect,forwarding,connectivity,messages,ports,aws,passes,lambda,cli,local,bench,live,existing}/**/*.test.ts',
      ],
    },
    { ...common, displayName: 'stack', testMatch: ['<rootDir>/test/stack/**/*.test.ts'] },
    { ...common, displayName: 'e2e', testMatch: ['<rootDir>/test/e2e/**/*.test.ts'] },
    { ...common, displayName: 'proof', testMatch: ['<rootDir>/test/proof/**/*.test.ts'] },
    { ...common, displayName: 'lab', testMatch: ['<rootDir>/lab/test/**/*.test.ts'] },
    // Played by `npm run proof`, because they take minutes.
    { ...common, displayName: 'pages', testMatch: ['<rootDir>/test/pages/**/*.test.ts'] },
  ],
};
