'use strict';
const { load } = require('./project.cjs');

// Called by serverless.yml: where the messages say that the pages of the alarms are read.
module.exports = async ({ resolveVariable }) => {
  const { options } = await load('build/deployment.ts').checkedPolicy(await resolveVariable('sls:stage'));
  return load('resources/context.ts').runbooksOf({ options });
};
