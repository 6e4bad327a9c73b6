/**
 * The schema of `peering-stack.yml`: how the stack is made, which the policy says nothing of. One source for the types,
 * the defaults, the checks and the JSON Schema for editors. Build time only.
 *
 * An option stands for all stages, or for one: there a default would undo what stands for all, so options have theirs only in the
 * former.
 */
import { z } from 'zod';
import { FUNCTIONS } from '../model/function-names.ts';
import { chatChannel } from './chat-channel.ts';
import { isKnownRegion } from './regions.ts';
import { accountId, organizationId, standardTopic, validatedText } from './schema.ts';

/** As in the names of policies in a folder: a stage begins with a letter, so that no account is taken for one. */
const STAGE_NAME = /^[A-Za-z][A-Za-z0-9-]{0,31}$/;

/** Days that CloudWatch Logs knows (API reference, PutRetentionPolicy). */
const RETENTION_DAYS = [
  1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653,
] as const;

const POLICY_NAME = /^\/?([\w+=,.@-]+\/)*[\w+=,.@-]{1,128}$/;
const POLICY_ARN = /^arn:aws[a-z-]*:iam::([0-9]{12}|aws):policy\/([\w+=,.@-]+\/)*[\w+=,.@-]{1,128}$/;

const boundary = validatedText((text) =>
  POLICY_ARN.test(text) || POLICY_NAME.test(text)
    ? undefined
    : 'a permissions boundary is the name of a managed policy of the account, or its ARN, such as arn:aws:iam::111122223333:policy/boundary',
);

/** The product's own part comes behind it, and IAM allows 512 characters for the whole (IAM quotas). */
const MAX_ROLE_PATH = 256;

const rolePath = validatedText((text) => {
  if (text.length > MAX_ROLE_PATH) {
    return `at most ${MAX_ROLE_PATH} characters, because the stack's own part comes behind it`;
  }
  return /^\/([\w+=,.@-]+\/)*$/.test(text)
    ? undefined
    : 'a path of roles starts and ends with a slash, such as /platform/';
});

const keyArn = validatedText((text) => {
  if (/^arn:aws[a-z-]*:kms:[a-z0-9-]+:[0-9]{12}:key\/[0-9a-z-]{1,64}$/.test(text)) {
    return undefined;
  }
  return /^(arn:.*:)?alias\//.test(text)
    ? 'roles cannot be limited to an alias; write the ARN of the key that it leads to'
    : 'a key is written as its ARN, such as arn:aws:kms:us-east-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab';
});

/** Ends every description of an alarm, which has at most 1,024 characters (CloudWatch API reference, PutMetricAlarm). */
const MAX_ADDRESS = 256;

const runbooks = validatedText((text) =>
  text.length <= MAX_ADDRESS && /^https:\/\/[\w.-]+(:[0-9]{1,5})?(\/[\w.~%@+-]*)*$/.test(text)
    ? undefined
    : `the runbooks are in a folder on the web: https://…, at most ${MAX_ADDRESS} characters, without blanks and without ? or #, such as https://github.com/acme/peering/blob/main/docs/runbooks`,
);

/** CloudFormation takes 50 tags for a stack, and the framework adds one. */
const MAX_TAGS = 49;

const tagKey = validatedText((text) => {
  if (text.length > 128) return 'a tag key has at most 128 characters';
  if (/^aws:/i.test(text)) return 'AWS keeps tags that start with aws: to itself';
  return /^[\w./=+: -]+$/.test(text) ? undefined : 'use letters, digits, blanks and _ . / = + : - only';
});

const tags = z
  .record(tagKey, z.string().max(256, 'a tag value has at most 256 characters'))
  .describe('Tags of the stack, and by it of everything in it that can be tagged.');

const fleetReader = z
  .strictObject({
    account: accountId.describe('The one account whose people and pipelines may read.'),
    organization: organizationId.describe('Only while that account is in this organization.'),
  })
  .describe(
    'Makes a role that only reads, by which `peering … --accounts` looks at this account from another one.',
  );

/** What CloudWatch takes for any state of an alarm (CloudWatch API reference, PutMetricAlarm). */
const LAMBDA_ACTION = /^arn:aws[a-z-]*:lambda:[a-z0-9-]+:[0-9]{12}:function:[\w-]{1,64}(:[\w$-]{1,128})?$/;

/** And what it does only when an alarm goes off: items in OpsCenter, incidents, investigations (user guide, "Alarm actions"). */
const ONLY_IN_ALARM =
  /^arn:aws[a-z-]*:(ssm:[a-z0-9-]+:[0-9]{12}:opsitem:[1-4](#CATEGORY=\w+)?|ssm-incidents::[0-9]{12}:response-?plan\/[\w-]+|aiops:[a-z0-9-]+:[0-9]{12}:investigation-group:[\w-]+)$/;

/** Whether an action runs also when an alarm is over, and when it has no data. */
export function runsInEveryState(action: string): boolean {
  return !ONLY_IN_ALARM.test(action);
}

function actionProblem(text: string): string | undefined {
  if (LAMBDA_ACTION.test(text)) {
    return undefined;
  }
  return /^arn:aws[a-z-]*:sns:/.test(text)
    ? standardTopic(text)
    : 'an action is the ARN of an SNS topic, a Lambda function, an OpsItem (arn:aws:ssm:us-east-1:111122223333:opsitem:2), a response plan or an investigation group';
}

const alarmAction = validatedText((text) => (ONLY_IN_ALARM.test(text) ? undefined : actionProblem(text)));

const okAction = validatedText((text) =>
  ONLY_IN_ALARM.test(text) ? 'CloudWatch does this only when an alarm goes off' : actionProblem(text),
);

/** Of each state of an alarm (same page). */
const MOST_ACTIONS = 5;
/** The topic and chat. */
const OF_PEOPLE = 2;

const alarmActions = z
  .strictObject({
    alarm: z
      .array(alarmAction)
      .default([])
      .describe(
        'When an alarm goes off: ARNs of SNS topics and Lambda functions, of an OpsItem, a response plan, an investigation group.',
      ),
    ok: z.array(okAction).default([]).describe('When it is over: ARNs of SNS topics and Lambda functions.'),
    people: z
      .enum(['told', 'not-told'])
      .default('told')
      .describe(
        "told: alarms also tell those whom the policy's notify names. not-told: they only do what stands here.",
      ),
  })
  .superRefine(({ alarm, ok, people }, context) => {
    const most = people === 'told' ? MOST_ACTIONS - OF_PEOPLE : MOST_ACTIONS;
    for (const [state, actions] of Object.entries({ alarm, ok })) {
      if (actions.length > most) {
        context.addIssue({
          code: 'custom',
          path: [state],
          message: `at most ${most}, because an alarm has at most ${MOST_ACTIONS} actions for each state${people === 'told' ? `, and telling people takes ${OF_PEOPLE}` : ''}`,
          input: actions,
        });
      }
    }
    if (people === 'not-told' && alarm.length === 0) {
      context.addIssue({
        code: 'custom',
        path: ['people'],
        message: 'an alarm would tell nobody and do nothing; name an action under alarm, or leave people out',
        input: people,
      });
    }
  })
  .describe('What alarms do besides telling people, or in place of that.');

const keys = z
  .strictObject({
    topic: keyArn.optional().describe('Encrypts the topics by which people are told.'),
    queues: keyArn.optional().describe('Encrypts the queues in the Region of deployment.'),
    logs: keyArn.optional().describe('Encrypts the logs of the functions.'),
    report: keyArn
      .optional()
      .describe(
        'Encrypts the page of the report in the bucket that the stack makes; of a bucket that is there, the key that it encrypts with.',
      ),
  })
  .describe('KMS keys of your own, by ARN. Their key policies have to let AWS services use them.');

const homeRegion = validatedText((text) =>
  isKnownRegion(text) ? undefined : 'there is no such Region; one looks like us-east-1',
);

/** What Lambda takes, in MB (Lambda quotas); a new account may be allowed less than the most. */
const LEAST_MEMORY = 128;
const MOST_MEMORY = 10_240;

const memory = z
  .partialRecord(
    z.enum(FUNCTIONS),
    z
      .int('memory is a whole number of MB')
      .min(LEAST_MEMORY, `Lambda gives at least ${LEAST_MEMORY} MB`)
      .max(MOST_MEMORY, `Lambda gives at most ${MOST_MEMORY} MB`),
  )
  .describe(
    'MB of functions that need more than the stack gives them, by name; docs/stack.md says what each has.',
  );

const OPTIONS = {
  account: accountId.describe(
    'The account that the stack belongs to: a deployment with credentials of another one stops.',
  ),
  region: homeRegion.describe(
    'The Region that the stack is in: a deployment into another one stops. It serves the Regions of the policy from there.',
  ),
  permissionsBoundary: boundary.describe(
    'The permissions boundary of every role: a name in the own account, or an ARN.',
  ),
  rolePath: rolePath.describe(
    "What the path of every role starts with; the stack's own part follows. The same in all accounts that trust each other.",
  ),
  keys,
  alarmActions,
  chatChannel,
  fleetReader,
  logRetentionDays: z.literal([...RETENTION_DAYS]).describe('How long the logs of the functions are kept.'),
  memory,
  dashboard: z
    .enum(['stack', 'none'])
    .describe(
      'stack: a CloudWatch dashboard comes with the stack. The first three of an account are free; each further one is charged.',
    ),
  runbooks: runbooks.describe(
    'Where your people read the pages of docs/runbooks/: the URL of that folder. Descriptions of alarms and messages link there. Left out: the repository that package.json names, else the path in the project.',
  ),
  tags,
};

/** A path in the file system: what is there is looked at when it is read. */
const policyPath = z.string().min(1, 'name the file of the policy, such as policies/dev.yml');

const stage = z
  .strictObject({
    policy: policyPath
      .exactOptional()
      .describe('The policy of this stage, relative to this file, in place of peering-policy.yml.'),
    ...z.strictObject(OPTIONS).exactPartial().shape,
  })
  .describe(
    'What is different in this stage. keys, memory and tags are added one by one, all else replaces.',
  );

const stageName = validatedText((text) =>
  STAGE_NAME.test(text)
    ? undefined
    : 'a stage has at most 32 letters, digits and -, and begins with a letter',
);

export const stackSchema = z
  .strictObject({
    version: z.literal(1).describe('The version of this format.'),
    account: OPTIONS.account.optional(),
    region: OPTIONS.region.optional(),
    permissionsBoundary: OPTIONS.permissionsBoundary.optional(),
    rolePath: OPTIONS.rolePath.default('/'),
    keys: OPTIONS.keys.prefault({}),
    alarmActions: OPTIONS.alarmActions.optional(),
    chatChannel: OPTIONS.chatChannel.optional(),
    fleetReader: OPTIONS.fleetReader.optional(),
    logRetentionDays: OPTIONS.logRetentionDays.default(30),
    memory: OPTIONS.memory.default({}),
    dashboard: OPTIONS.dashboard.default('stack'),
    runbooks: OPTIONS.runbooks.optional(),
    tags: OPTIONS.tags.default({}),
    stages: z
      .record(stageName, stage)
      .optional()
      .describe('By the name of a stage: what is different there, and its policy.'),
  })
  .superRefine(({ tags: common, stages = {} }, context) => {
    const tagged = [
      { path: ['tags'], all: common },
      ...Object.entries(stages).map(([name, { tags: own = {} }]) => ({
        path: ['stages', name, 'tags'],
        all: { ...common, ...own },
      })),
    ];
    for (const { path, all } of tagged) {
      if (Object.keys(all).length > MAX_TAGS) {
        context.addIssue({
          code: 'custom',
          path,
          message: `a stack has at most ${MAX_TAGS} tags of its own`,
          input: all,
        });
        // What is too much for all is so in each stage.
        break;
      }
    }
  });

/** The file, with every default filled in. */
export type StackFile = z.output<typeof stackSchema>;

/** Options of the stack of one stage. */
export type StackOptions = Omit<StackFile, 'stages'>;

export const DEFAULT_STACK_OPTIONS: StackOptions = stackSchema.parse({ version: 1 });

/**
 * The options of one stage. What stands at the stage goes before what stands for all; of `keys`, `memory` and `tags` key by key. Nothing else
 * is merged: a list, `fleetReader`, `chatChannel` and `alarmActions` are taken whole.
 */
export function optionsAtStage({ stages, ...common }: StackFile, name: string): StackOptions {
  const {
    policy: _,
    keys: ownKeys,
    memory: ownMemory,
    tags: ownTags,
    ...own
  } = stageOf({ stages }, name) ?? {};
  return {
    ...common,
    ...own,
    keys: { ...common.keys, ...ownKeys },
    memory: { ...common.memory, ...ownMemory },
    tags: { ...common.tags, ...ownTags },
  };
}

/** What the file says of a stage, if it says anything. */
export function stageOf({ stages = {} }: Pick<StackFile, 'stages'>, name: string) {
  return Object.hasOwn(stages, name) ? stages[name] : undefined;
}
