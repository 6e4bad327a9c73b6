import { type EventPattern, type WatchedName, watchedEvents } from '../lib/forwarding/watched-events.ts';
import { connects } from '../lib/policy/connects.ts';
import { reportPlaceOf } from '../lib/policy/report.ts';
import {
  functionLogicalId,
  getAtt,
  pascalCase,
  type Resource,
  type Resources,
  ref,
  type Value,
} from './cloudformation.ts';
import { type StackContext, takesForwarded, watchedNames } from './context.ts';
import type { FunctionName } from './functions.ts';
import { isQueued, MESSAGE_GROUP, queueLogicalId } from './queued-functions.ts';

/** One EventBridge rule and the function that it is for. `events/` holds samples for each, under the rule's name. */
export interface RuleSpec {
  readonly name: string;
  readonly target: FunctionName;
  readonly description: string;
  /** Left out: the account's default bus. */
  readonly bus?: 'own';
  readonly pattern?: { readonly [key: string]: Value };
  readonly schedule?: string;
}

/** Which function an event of AWS itself invokes. */
const WATCHERS: Readonly<Record<WatchedName, FunctionName>> = {
  'peering-requested-by-api': 'accept-requests',
  'peering-recorded-by-config': 'accept-requests',
  'network-changed-by-api': 'sync-routes',
  'tag-changed': 'sync-routes',
  'table-recorded-by-config': 'sync-routes',
  'vpc-tagged': 'request-peerings',
};

function ownEvents(types: readonly string[]): EventPattern {
  return { source: ['vpc-peering-autopilot'], 'detail-type': types };
}

/** Of stacks in other accounts. The bus takes them only from accounts that the policy trusts. */
function peerEvents(types: readonly string[]): { readonly [key: string]: Value } {
  return { ...ownEvents(types), account: [{ 'anything-but': [ref('AWS::AccountId')] }] };
}

/** The sweep names every Region, and one look is at all of them. */
function answersAndSweeps([first, ...others]: readonly string[]): EventPattern {
  const answers = ['Peering Accepted'];
  return first === undefined || others.length === 0
    ? ownEvents([...answers, 'Sweep Requested'])
    : {
        source: ['vpc-peering-autopilot'],
        $or: [
          { 'detail-type': answers },
          { 'detail-type': ['Sweep Requested'], detail: { region: [first] } },
        ],
      };
}

/** On the default bus of this Region, and where other Regions may be managed also on the own bus, to which they send. */
function watchedSpecs(context: StackContext): RuleSpec[] {
  const watched = watchedEvents(context.policy, watchedNames(context));
  const here = watched.map(({ name, description, pattern }) => ({
    name,
    target: WATCHERS[name],
    description,
    pattern,
  }));
  return takesForwarded(context)
    ? [
        ...here,
        ...here.map((spec) => ({
          ...spec,
          name: `forwarded-${spec.name}`,
          description: `${spec.description}, in another Region`,
          bus: 'own' as const,
        })),
      ]
    : here;
}

function requestsToDecide(): RuleSpec {
  return {
    name: 'requests-to-decide',
    target: 'accept-requests',
    description: 'Another stack asks to look at a request, or the sweep at all of them',
    bus: 'own',
    pattern: ownEvents(['Peering Requested', 'Sweep Requested']),
  };
}

function routesToSync({ policy }: StackContext): RuleSpec {
  return {
    name: 'routes-to-sync',
    target: 'sync-routes',
    description: 'A peering was accepted, a pass left work, or the sweep asks for a look at a Region',
    bus: 'own',
    pattern: ownEvents([
      'Peering Accepted',
      ...(connects(policy) ? ['Peering Deleted'] : []),
      'Routes Remaining',
      'Sweep Requested',
    ]),
  };
}

function connectSpecs({ policy }: StackContext): RuleSpec[] {
  return connects(policy)
    ? [
        {
          name: 'peerings-to-request',
          target: 'request-peerings',
          description:
            'A request was answered, so that there is room for another, or the sweep asks for a look',
          bus: 'own',
          pattern: answersAndSweeps(policy.regions),
        },
      ]
    : [];
}

function forwardingSpecs(context: StackContext): RuleSpec[] {
  const toCheck: RuleSpec = {
    name: 'forwarding-to-check',
    target: 'forward-events',
    description: 'The sweep asks for a look at another Region, whose events have to come here',
    bus: 'own',
    pattern: {
      ...ownEvents(['Sweep Requested']),
      detail: { region: [{ 'anything-but': [ref('AWS::Region')] }] },
    },
  };
  return context.policy.regions.length === 0 ? [] : [toCheck];
}

function pingsToRecord(): RuleSpec {
  return {
    name: 'pings-to-record',
    target: 'record-connectivity',
    description:
      'The connectivity check has sent pings in a Region, or some had not ended when they were looked at',
    bus: 'own',
    pattern: ownEvents(['Pings Sent']),
  };
}

/** Where the policy trusts others, what their stacks tell. */
function peerSpecs({ policy: { trust } }: StackContext): RuleSpec[] {
  return trust.organization === undefined && trust.accounts.length === 0
    ? []
    : [
        {
          name: 'peer-routes-synced',
          target: 'sync-routes',
          description: 'The product in another account has routed a common peering',
          bus: 'own',
          pattern: peerEvents(['Routes Synced']),
        },
        {
          name: 'peer-verdict',
          target: 'record-connectivity',
          description: 'The product in another account says how a common peering looks from there',
          bus: 'own',
          pattern: peerEvents(['Connectivity Verdict']),
        },
      ];
}

function reportSpecs({ policy }: StackContext): RuleSpec[] {
  return reportPlaceOf(policy) === undefined
    ? []
    : [
        {
          name: 'report-to-publish',
          target: 'publish-report',
          description:
            'The sweep asks for a look at every Region: the page is of all, so one of its events will do',
          bus: 'own',
          pattern: {
            ...ownEvents(['Sweep Requested']),
            detail: { region: [policy.regions[0] ?? ref('AWS::Region')] },
          },
        },
      ];
}

function scheduleSpecs({ policy: { schedules } }: StackContext): RuleSpec[] {
  return [
    {
      name: 'connectivity-schedule',
      target: 'check-connectivity',
      description: 'Pings across the peerings from time to time',
      schedule: schedules.connectivity,
    },
    {
      name: 'sweep-schedule',
      target: 'sweep',
      description: 'Looks over every managed Region from time to time: some changes emit no event',
      schedule: schedules.sweep,
    },
  ];
}

/** In the order in which the template has them. */
export function ruleSpecs(context: StackContext): RuleSpec[] {
  return [
    ...watchedSpecs(context),
    requestsToDecide(),
    routesToSync(context),
    ...connectSpecs(context),
    ...forwardingSpecs(context),
    pingsToRecord(),
    ...peerSpecs(context),
    ...reportSpecs(context),
    ...scheduleSpecs(context),
  ];
}

export function ruleLogicalId({ name }: RuleSpec): string {
  return `${pascalCase(name)}Rule`;
}

/** Events are worth delivering for an hour: after that the sweep has been there many times. */
const RETRY_POLICY = { MaximumEventAgeInSeconds: 3600, MaximumRetryAttempts: 20 };

function rule(spec: RuleSpec): Resource {
  return {
    Type: 'AWS::Events::Rule',
    Properties: {
      Description: spec.description,
      State: 'ENABLED',
      ...(spec.bus === 'own' ? { EventBusName: getAtt('EventBus', 'Name') } : {}),
      ...(spec.pattern === undefined ? {} : { EventPattern: spec.pattern }),
      ...(spec.schedule === undefined ? {} : { ScheduleExpression: spec.schedule }),
      Targets: [
        {
          Id: spec.target,
          ...(isQueued(spec.target)
            ? {
                Arn: getAtt(queueLogicalId(spec.target), 'Arn'),
                SqsParameters: { MessageGroupId: MESSAGE_GROUP },
              }
            : { Arn: getAtt(functionLogicalId(spec.target), 'Arn') }),
          RetryPolicy: RETRY_POLICY,
          DeadLetterConfig: { Arn: getAtt('DeadLetterQueue', 'Arn') },
        },
      ],
    },
  };
}

function permission(spec: RuleSpec): Resource {
  return {
    Type: 'AWS::Lambda::Permission',
    Properties: {
      FunctionName: getAtt(functionLogicalId(spec.target), 'Arn'),
      Action: 'lambda:InvokeFunction',
      Principal: 'events.amazonaws.com',
      SourceArn: getAtt(ruleLogicalId(spec), 'Arn'),
    },
  };
}

export function rules(specs: readonly RuleSpec[]): Resources {
  return Object.fromEntries(
    specs.flatMap((spec) => [
      [ruleLogicalId(spec), rule(spec)],
      ...(isQueued(spec.target) ? [] : [[`${pascalCase(spec.name)}Permission`, permission(spec)]]),
    ]),
  );
}
