'use strict';
const { load } = require('./project.cjs');

// Called by serverless.yml: the tags of the stack that peering-stack.yml names.
module.exports = async ({ resolveVariable }) => {
  const { options } = await load('build/deployment.ts').policyInputs(await resolveVariable('sls:stage'));
  return options === undefined ? {} : options.tags;
};
