'use strict';
const { load } = require('./project.cjs');

/** Builds the functions, policy inside, whenever the framework packages or deploys them. */
class PeeringAutopilotPlugin {
  constructor(serverless, _options, { log }) {
    this.hooks = {
      'before:package:createDeploymentArtifacts': () => build(),
      'before:deploy:function:packageFunction': () => build(),
    };

    async function build() {
      const { buildForDeployment } = load('build/deployment.ts');
      const bundles = await buildForDeployment();
      for (const { name, zip, bytes } of bundles) {
        serverless.service.functions[name].package = { artifact: zip };
        log.notice(`${name.padEnd(20)} ${String(Math.round(bytes / 1024)).padStart(5)} KB`);
      }
    }
  }
}

module.exports = PeeringAutopilotPlugin;
