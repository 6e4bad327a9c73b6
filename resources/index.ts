import { alarms } from './alarms.ts';
import type { Resources } from './cloudformation.ts';
import type { StackContext } from './context.ts';
import { pingDocument } from './document.ts';
import { failureHandling } from './failures.ts';
import { forwarding } from './forwarding.ts';
import { messaging, outputs } from './messaging.ts';
import { queues } from './queues.ts';
import { registry } from './registry.ts';
import { roles } from './roles.ts';
import { ruleLogicalId, ruleSpecs, rules } from './rules.ts';
import { sweepStarted } from './sweep-started.ts';

/** Everything in the stack besides the functions and their log groups, which serverless.yml defines. */
export function resources(context: StackContext): {
  Resources: Resources;
  Outputs: ReturnType<typeof outputs>;
} {
  const specs = ruleSpecs(context);
  return {
    Resources: {
      ...messaging(context, specs.map(ruleLogicalId)),
      ...pingDocument(context),
      ...registry(context),
      ...forwarding(context),
      ...roles(context),
      ...rules(specs),
      ...queues(context, specs),
      ...failureHandling(),
      ...alarms(context),
      ...sweepStarted(),
    },
    Outputs: outputs(context),
  };
}
