/** The lab's own tests, as `npm test` in this folder runs them; the project around it runs them too. */
export default {
  transform: {
    '^.+\\.[cm]?ts$': [
      '@swc/jest',
      { jsc: { parser: { syntax: 'typescript' }, target: 'es2023' }, module: { type: 'commonjs' } },
    ],
  },
  extensionsToTreatAsEsm: [],
  testEnvironment: 'node',
  modulePathIgnorePatterns: ['<rootDir>/dist/'],
  testMatch: ['<rootDir>/test/**/*.test.ts'],
  // Against a test that hangs, on a machine that others keep busy too: no test is judged by how long it takes.
  testTimeout: 600_000,
  globalSetup: '<rootDir>/test/support/before-run.ts',
};
