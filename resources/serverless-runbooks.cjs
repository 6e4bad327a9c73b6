'use strict';
const { load } = require('./project.cjs');

// Called by serverless.yml: where the messages say that the pages of the alarms are read.
module.exports = () => {
  const { options } = load('build/deployment.ts').checkedPolicy();
  return load('resources/context.ts').runbooksOf({ options });
};
