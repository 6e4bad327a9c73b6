'use strict';
const { load } = require('./project.cjs');

// Called by serverless.yml: everything in the stack besides the functions.
module.exports = async ({ resolveVariable }) => {
  const { policyForDeployment } = load('build/deployment.ts');
  const { resources } = load('resources/index.ts');
  return resources({ policy: policyForDeployment(), stage: await resolveVariable('sls:stage') });
};
