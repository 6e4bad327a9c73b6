'use strict';
const { load } = require('./project.cjs');

// Called by serverless.yml: the tags of the stack that peering-stack.yml names.
module.exports = () => {
  const { options } = load('build/deployment.ts').checkedPolicy();
  return options === undefined ? {} : options.tags;
};
