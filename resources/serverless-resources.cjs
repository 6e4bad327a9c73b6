'use strict';
const { load } = require('./project.cjs');

// Called by serverless.yml: everything in the stack besides the functions. Without a policy that is nothing, and the
// plugin stops every command that needs one.
module.exports = async ({ resolveVariable }) => {
  const { policyInputs } = load('build/deployment.ts');
  const { resources } = load('resources/index.ts');
  const stage = await resolveVariable('sls:stage');
  const { policy, options } = await policyInputs(stage);
  const { version } = load('cli/release/installation.ts').installation().manifest;
  return policy === undefined ? {} : resources({ policy, options, stage, version });
};
