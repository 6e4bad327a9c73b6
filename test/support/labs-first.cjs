'use strict';
const { createRequire } = require('node:module');

// Jest's own.
const { default: Sequencer } = createRequire(require.resolve('jest'))('@jest/test-sequencer');

/**
 * Files that deploy into a lab take minutes, whatever their size, by which Jest sorts where it has no times of an earlier
 * run: they come first, so that no worker is left alone with one at the end.
 */
const FIRST = ['e2e', 'proof', 'stack'];

/** Of the quick tests' project, and starts labs as a person does. */
const STARTS_LABS = /[\\/]test[\\/]local[\\/]/;

function rank({ context, path }) {
  const place = FIRST.indexOf(context.config.displayName?.name);
  return STARTS_LABS.test(path) ? 0 : place === -1 ? FIRST.length : place;
}

module.exports = class LabsFirst extends Sequencer {
  sort(tests) {
    return super.sort(tests).sort((a, b) => rank(a) - rank(b));
  }
};
