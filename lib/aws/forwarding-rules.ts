import {
  DeleteRuleCommand,
  type EventBridgeClient,
  ListRulesCommand,
  ListTargetsByRuleCommand,
  PutRuleCommand,
  PutTargetsCommand,
  RemoveTargetsCommand,
  type Rule,
} from '@aws-sdk/client-eventbridge';
import { FORWARDED_RULES, stageOfForwardedRule } from '../forwarding/desired.ts';
import type { ForwardingChange, RuleInPlace } from '../forwarding/plan.ts';
import { namingCall } from './call-error.ts';
import { ifPresent } from './if-present.ts';
import { allPages } from './pages.ts';

/** The EventBridge rules of a Region that carry its events home, and their targets. */

/** As in the Region of deployment: after an hour the sweep has been there many times. */
const RETRY_POLICY = { MaximumEventAgeInSeconds: 3600, MaximumRetryAttempts: 20 };

type ChangeOf<Action extends ForwardingChange['action']> = Extract<ForwardingChange, { action: Action }>;

export type RuleChange = ChangeOf<'put-rule' | 'put-target' | 'remove-targets' | 'delete-rule'>;

async function readTargets(
  events: EventBridgeClient,
  region: string,
  rule: string,
): Promise<RuleInPlace['targets']> {
  // A rule has at most five targets, so they fit one page.
  const { Targets = [] } = await namingCall('ListTargetsByRule', region, rule, () =>
    events.send(new ListTargetsByRuleCommand({ Rule: rule })),
  );
  return Targets.map(({ Id = '', Arn = '', RoleArn, DeadLetterConfig }) => ({
    id: Id,
    arn: Arn,
    ...(RoleArn === undefined ? {} : { roleArn: RoleArn }),
    ...(DeadLetterConfig?.Arn === undefined ? {} : { deadLetterArn: DeadLetterConfig.Arn }),
  }));
}

function listRules(events: EventBridgeClient, region: string, prefix: string): Promise<Rule[]> {
  return allPages(async (NextToken) => {
    const page = await namingCall('ListRules', region, `${prefix}*`, () =>
      events.send(new ListRulesCommand({ NamePrefix: prefix, NextToken })),
    );
    return { items: page.Rules ?? [], nextToken: page.NextToken };
  });
}

/** ARNs of the buses to which rules in a Region carry its events: one for each stage. */
export async function readHomeBuses(events: EventBridgeClient, region: string): Promise<string[]> {
  const names = (await listRules(events, region, FORWARDED_RULES)).map(({ Name = '' }) => Name);
  // All rules of a stage have the same target.
  const oneOfEachStage = new Map(names.map((name) => [stageOfForwardedRule(name), name]));
  const targets = await Promise.all(
    [...oneOfEachStage.values()].map((name) => readTargets(events, region, name)),
  );
  return targets.flat().map(({ arn }) => arn);
}

/** The rules whose names start with the prefix. */
export async function readRules(
  events: EventBridgeClient,
  region: string,
  prefix: string,
): Promise<RuleInPlace[]> {
  const found = await listRules(events, region, prefix);
  return Promise.all(
    found.map(async ({ Name = '', Description = '', EventPattern = '', State }) => ({
      name: Name,
      description: Description,
      pattern: EventPattern,
      state: State === 'DISABLED' ? ('disabled' as const) : ('enabled' as const),
      targets: await readTargets(events, region, Name),
    })),
  );
}

/** EventBridge answers 200 even when it refused some of the targets. */
function refuseForeignTargets(
  call: string,
  rule: string,
  refused:
    | readonly { readonly ErrorCode?: string | undefined; readonly ErrorMessage?: string | undefined }[]
    | undefined,
): void {
  const [first] = refused ?? [];
  if (first !== undefined) {
    throw Object.assign(new Error(`${call} of rule ${rule}: ${first.ErrorMessage ?? 'no message'}`), {
      code: first.ErrorCode ?? 'Unknown',
    });
  }
}

async function putTarget(
  events: EventBridgeClient,
  region: string,
  { rule, target: { id, arn, roleArn, deadLetterArn } }: ChangeOf<'put-target'>,
): Promise<void> {
  const target = {
    Id: id,
    Arn: arn,
    RoleArn: roleArn,
    DeadLetterConfig: { Arn: deadLetterArn },
    RetryPolicy: RETRY_POLICY,
  };
  const { FailedEntries } = await namingCall('PutTargets', region, rule, () =>
    events.send(new PutTargetsCommand({ Rule: rule, Targets: [target] })),
  );
  refuseForeignTargets('PutTargets', rule, FailedEntries);
}

async function removeTargets(
  events: EventBridgeClient,
  region: string,
  { rule, ids }: ChangeOf<'remove-targets'>,
): Promise<void> {
  const answer = await ifPresent('RemoveTargets', region, rule, () =>
    events.send(new RemoveTargetsCommand({ Rule: rule, Ids: [...ids] })),
  );
  refuseForeignTargets('RemoveTargets', rule, answer?.FailedEntries);
}

/** @throws AWS errors, also of a target that EventBridge refuses; what is to be deleted may be gone already. */
export async function changeRules(
  events: EventBridgeClient,
  region: string,
  change: RuleChange,
): Promise<void> {
  switch (change.action) {
    case 'put-rule': {
      const { name, description, pattern } = change.rule;
      await namingCall('PutRule', region, name, () =>
        events.send(
          new PutRuleCommand({
            Name: name,
            Description: description,
            EventPattern: JSON.stringify(pattern),
            State: 'ENABLED',
          }),
        ),
      );
      return;
    }
    case 'put-target':
      return putTarget(events, region, change);
    case 'remove-targets':
      return removeTargets(events, region, change);
    case 'delete-rule':
      await ifPresent('DeleteRule', region, change.rule, () =>
        events.send(new DeleteRuleCommand({ Name: change.rule })),
      );
  }
}
