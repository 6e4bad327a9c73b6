'use strict';
const { load } = require('./project.cjs');

// Called by serverless.yml: the functions that the policy asks for. Without a policy there are none, and the plugin stops every
// command that needs one.
module.exports = async ({ resolveVariable }) => {
  const { policyInputs } = load('build/deployment.ts');
  const { declaredFunctions } = load('resources/function-resources.ts');
  const stage = await resolveVariable('sls:stage');
  const { policy, options } = await policyInputs(stage);
  return policy === undefined ? {} : declaredFunctions({ policy, options, stage });
};
