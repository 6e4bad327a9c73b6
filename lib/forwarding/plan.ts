import { saysJson } from '../model/json.ts';
import type { DesiredForwarding, ForwardingRule, ForwardingTarget } from './desired.ts';

export interface TargetInPlace {
  readonly id: string;
  readonly arn: string;
  readonly roleArn?: string;
  readonly deadLetterArn?: string;
}

export interface RuleInPlace {
  readonly name: string;
  readonly description: string;
  /** JSON text. */
  readonly pattern: string;
  readonly state: 'enabled' | 'disabled';
  readonly targets: readonly TargetInPlace[];
}

/** What of ours is in one Region. */
export interface ForwardingInPlace {
  /** Those whose name starts with the stage's prefix. */
  readonly rules: readonly RuleInPlace[];
  readonly queue?: {
    readonly url: string;
    /** JSON text; empty without a policy. */
    readonly policy: string;
    /** Events that could not be carried. */
    readonly undelivered: number;
  };
  readonly document?: { readonly content: string };
}

export type ForwardingChange =
  | { readonly action: 'create-queue'; readonly name: string; readonly policy: string }
  | { readonly action: 'set-queue-policy'; readonly url: string; readonly policy: string }
  | { readonly action: 'delete-queue'; readonly url: string }
  | { readonly action: 'put-rule'; readonly rule: ForwardingRule }
  | { readonly action: 'put-target'; readonly rule: string; readonly target: ForwardingTarget }
  | { readonly action: 'remove-targets'; readonly rule: string; readonly ids: readonly string[] }
  | { readonly action: 'delete-rule'; readonly rule: string }
  | { readonly action: 'create-document'; readonly name: string; readonly content: string }
  | { readonly action: 'update-document'; readonly name: string; readonly content: string }
  | { readonly action: 'delete-document'; readonly name: string };

function sameTarget(inPlace: TargetInPlace, wanted: ForwardingTarget): boolean {
  return (
    inPlace.arn === wanted.arn &&
    inPlace.roleArn === wanted.roleArn &&
    inPlace.deadLetterArn === wanted.deadLetterArn
  );
}

function ruleChanges(wanted: ForwardingRule, inPlace: RuleInPlace | undefined): ForwardingChange[] {
  const target = inPlace?.targets.find(({ id }) => id === wanted.target.id);
  const others = inPlace?.targets.filter(({ id }) => id !== wanted.target.id) ?? [];
  const asWanted =
    inPlace !== undefined &&
    inPlace.state === 'enabled' &&
    inPlace.description === wanted.description &&
    saysJson(inPlace.pattern, wanted.pattern);
  return [
    ...(asWanted ? [] : [{ action: 'put-rule' as const, rule: wanted }]),
    ...(target !== undefined && sameTarget(target, wanted.target)
      ? []
      : [{ action: 'put-target' as const, rule: wanted.name, target: wanted.target }]),
    ...(others.length === 0
      ? []
      : [{ action: 'remove-targets' as const, rule: wanted.name, ids: others.map(({ id }) => id) }]),
  ];
}

/** A rule goes only once it has no target (EventBridge API reference, DeleteRule). */
function ruleRemoval({ name, targets }: RuleInPlace): ForwardingChange[] {
  return [
    ...(targets.length === 0
      ? []
      : [{ action: 'remove-targets' as const, rule: name, ids: targets.map(({ id }) => id) }]),
    { action: 'delete-rule', rule: name },
  ];
}

function queueChanges(
  { name, policy: wanted }: NonNullable<DesiredForwarding['queue']>,
  inPlace: ForwardingInPlace['queue'],
): ForwardingChange[] {
  const policy = JSON.stringify(wanted);
  if (inPlace === undefined) {
    return [{ action: 'create-queue', name, policy }];
  }
  return saysJson(inPlace.policy, wanted) ? [] : [{ action: 'set-queue-policy', url: inPlace.url, policy }];
}

function queueRemoval({ queue }: { readonly queue?: ForwardingInPlace['queue'] }): ForwardingChange[] {
  return queue === undefined ? [] : [{ action: 'delete-queue', url: queue.url }];
}

/**
 * What has to be done in a Region so that its events are carried home; nothing where they are. The queue comes before the
 * rules that name it.
 */
export function planForwarding(wanted: DesiredForwarding, inPlace: ForwardingInPlace): ForwardingChange[] {
  const { queue, document } = wanted;
  const names = new Set(wanted.rules.map(({ name }) => name));
  return [
    ...(queue === undefined ? [] : queueChanges(queue, inPlace.queue)),
    ...(document === undefined
      ? []
      : inPlace.document === undefined
        ? [{ action: 'create-document' as const, ...document }]
        : saysJson(inPlace.document.content, JSON.parse(document.content))
          ? []
          : [{ action: 'update-document' as const, ...document }]),
    ...wanted.rules.flatMap((rule) =>
      ruleChanges(
        rule,
        inPlace.rules.find(({ name }) => name === rule.name),
      ),
    ),
    ...inPlace.rules.filter(({ name }) => !names.has(name)).flatMap(ruleRemoval),
    ...(queue === undefined ? queueRemoval(inPlace) : []),
  ];
}

/** What has to be done so that nothing of ours stays in a Region. The queue goes last: rules name it. */
export function planForwardingRemoval(
  { rules, queue, document }: ForwardingInPlace,
  documentName: string,
): ForwardingChange[] {
  return [
    ...rules.flatMap(ruleRemoval),
    ...(document === undefined ? [] : [{ action: 'delete-document' as const, name: documentName }]),
    ...queueRemoval({ queue }),
  ];
}
