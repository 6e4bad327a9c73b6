'use strict';
const { register } = require('tsx/cjs/api');

/**
 * The framework loads CommonJS only; the project is TypeScript. tsx loads that without a build step, and only while
 * this runs, so that nothing of the framework's own loading changes.
 *
 * @param {string} path relative to the project's root
 */
exports.load = (path) => {
  const unregister = register();
  try {
    return require(`../${path}`);
  } finally {
    unregister();
  }
};
