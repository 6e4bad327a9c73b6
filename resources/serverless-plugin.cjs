'use strict';
const { load } = require('./project.cjs');

/** Commands that make a stack out of the policy. The others, `remove` above all, must work whatever the file holds. */
const NEED_POLICY = new Set(['package', 'deploy', 'deploy function', 'print']);

/** Builds the functions, policy inside, whenever the framework packages or deploys them. */
class PeeringAutopilotPlugin {
  constructor(serverless, _options, { log }) {
    // Before the framework compares the Region with its list, of which it then shows the whole and not what to do.
    checkRegion(serverless);
    this.hooks = {
      initialize: () => check(),
      // The framework shows what the network said, and not what to do.
      error: (error) => {
        const remedy = load('build/unreached.ts').networkRemedy(error);
        if (remedy !== undefined) log.error(remedy);
      },
      'before:package:createDeploymentArtifacts': () => build(),
      'before:deploy:function:packageFunction': () => build(),
    };

    const aws = serverless.getProvider('aws');
    const stage = aws.getStage();

    async function check() {
      if (!NEED_POLICY.has(serverless.processedInput.commands.join(' '))) {
        return;
      }
      const { policyInputs } = load('build/deployment.ts');
      const { problem, policy, options, warnings = [], policyFile, accountId } = await policyInputs(stage);
      if (problem !== undefined) {
        // The framework shows an error of its own class as a message, any other with a stack trace.
        throw new serverless.classes.Error(problem.message, 'INVALID_PEERING_POLICY');
      }
      // What is only packaged may be for any Region.
      if (serverless.processedInput.commands.includes('deploy')) {
        const { arnRefusal } = load('cli/release/other-region.ts');
        const refusal = arnRefusal(aws.getRegion(), { policy, options });
        if (refusal !== undefined) {
          throw new serverless.classes.Error(refusal, 'NAMED_IN_ANOTHER_REGION');
        }
        const { placeRefusal } = load('cli/release/place-refusal.ts');
        const elsewhere = placeRefusal(options, {
          accountId: options.account === undefined ? '' : await aws.getAccountId(),
          region: aws.getRegion(),
        });
        if (elsewhere !== undefined) {
          throw new serverless.classes.Error(elsewhere, 'STACK_ELSEWHERE');
        }
      }
      for (const warning of warnings) {
        log.warning(warning);
      }
      // With --aws-profile the framework takes other credentials than those by which the policy was chosen.
      if (accountId !== undefined && accountId !== (await aws.getAccountId())) {
        throw new serverless.classes.Error(
          `The policy is that of account ${accountId}, and the credentials of the deployment are of another one. Name the profile by AWS_PROFILE.`,
          'POLICY_OF_ANOTHER_ACCOUNT',
        );
      }
      if (policyFile !== undefined) {
        log.notice(`The policy is ${policyFile}`);
      }
    }

    async function build() {
      const { buildForDeployment } = load('build/deployment.ts');
      const bundles = await buildForDeployment(stage);
      for (const { name, zip, bytes } of bundles) {
        serverless.service.functions[name].package = { artifact: zip };
        log.notice(`${name.padEnd(20)} ${String(Math.round(bytes / 1024)).padStart(5)} KB`);
      }
    }
  }
}

/** @throws an error that the framework shows as a message: a Region that it does not know. */
function checkRegion(serverless) {
  const { region: declared } = serverless.configSchemaHandler.schema.properties.provider.properties;
  const { regionRefusal } = load('build/deployment-region.ts');
  const refusal = regionRefusal(serverless.getProvider('aws').getRegion(), {
    version: serverless.version,
    regions: declared.enum,
  });
  if (refusal !== undefined) {
    throw new serverless.classes.Error(refusal, 'UNKNOWN_REGION');
  }
}

module.exports = PeeringAutopilotPlugin;
