import { alarms } from './alarms.ts';
import { chat } from './chat.ts';
import { chatChannel } from './chat-channel.ts';
import type { Resources } from './cloudformation.ts';
import { optionsOf, type StackContext } from './context.ts';
import { dashboard } from './dashboard.ts';
import { pingDocument } from './document.ts';
import { failureHandling } from './failures.ts';
import { fleetReader } from './fleet-reader.ts';
import { forwarding } from './forwarding.ts';
import { messaging, outputs } from './messaging.ts';
import { queues } from './queues.ts';
import { registry } from './registry.ts';
import { reportBucket } from './report.ts';
import { roles } from './roles.ts';
import { ruleLogicalId, ruleSpecs, rules } from './rules.ts';
import { extensions, withOptions } from './stack-options.ts';
import { sweepStarted } from './sweep-started.ts';

/**
 * Everything in the stack besides the functions, their log groups and the bucket for their code, which the framework makes
 * of resources/function-resources.ts: those are extended only.
 */
export function resources(context: StackContext): {
  Resources: Resources;
  extensions: ReturnType<typeof extensions>;
  Outputs: ReturnType<typeof outputs>;
} {
  const specs = ruleSpecs(context);
  const options = optionsOf(context);
  const made: Resources = {
    ...messaging(context, specs.map(ruleLogicalId)),
    ...pingDocument(context),
    ...registry(context),
    ...forwarding(context),
    ...roles(context),
    ...fleetReader(context),
    ...rules(specs),
    ...queues(context, specs),
    ...failureHandling(context),
    ...alarms(context),
    ...chat(context),
    ...chatChannel(context),
    ...reportBucket(context),
    ...dashboard(context),
  };
  return {
    Resources: withOptions({ ...made, ...sweepStarted(context, made) }, options),
    extensions: extensions(context),
    Outputs: outputs(context),
  };
}
