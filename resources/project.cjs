'use strict';
// The framework loads CommonJS only; the project is TypeScript. tsx loads that without a build step.
const tsx = require('tsx/cjs/api');

/** @param {string} path relative to the project's root */
exports.load = (path) => tsx.require(`../${path}`, __filename);
