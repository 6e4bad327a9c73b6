/**
 * The schema of `peering-stack.yml`: how the stack is made, which the policy says nothing of. One source for the types,
 * the defaults, the checks and the JSON Schema for editors. Build time only.
 */
import { z } from 'zod';
import { FUNCTIONS } from '../model/function-names.ts';
import { isKnownRegion } from './regions.ts';
import { accountId, checkedText, organizationId } from './schema.ts';

/** Days that CloudWatch Logs knows (API reference, PutRetentionPolicy). */
const RETENTION_DAYS = [
  1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653,
] as const;

const POLICY_NAME = /^\/?([\w+=,.@-]+\/)*[\w+=,.@-]{1,128}$/;
const POLICY_ARN = /^arn:aws[a-z-]*:iam::([0-9]{12}|aws):policy\/([\w+=,.@-]+\/)*[\w+=,.@-]{1,128}$/;

const boundary = checkedText((text) =>
  POLICY_ARN.test(text) || POLICY_NAME.test(text)
    ? undefined
    : 'a permissions boundary is the name of a managed policy of the account, or its ARN, such as arn:aws:iam::111122223333:policy/boundary',
);

/** The product's own part comes behind it, and IAM allows 512 characters for the whole (IAM quotas). */
const MAX_ROLE_PATH = 256;

const rolePath = checkedText((text) => {
  if (text.length > MAX_ROLE_PATH) {
    return `at most ${MAX_ROLE_PATH} characters, because the stack's own part comes behind it`;
  }
  return /^\/([\w+=,.@-]+\/)*$/.test(text)
    ? undefined
    : 'a path of roles starts and ends with a slash, such as /platform/';
});

const keyArn = checkedText((text) => {
  if (/^arn:aws[a-z-]*:kms:[a-z0-9-]+:[0-9]{12}:key\/[0-9a-z-]{1,64}$/.test(text)) {
    return undefined;
  }
  return /^(arn:.*:)?alias\//.test(text)
    ? 'roles cannot be limited to an alias; write the ARN of the key that it leads to'
    : 'a key is written as its ARN, such as arn:aws:kms:us-east-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab';
});

/** Ends every description of an alarm, which has at most 1,024 characters (CloudWatch API reference, PutMetricAlarm). */
const MAX_ADDRESS = 256;

const runbooks = checkedText((text) =>
  text.length <= MAX_ADDRESS && /^https:\/\/[\w.-]+(:[0-9]{1,5})?(\/[\w.~%@+-]*)*$/.test(text)
    ? undefined
    : `the runbooks are in a folder on the web: https://…, at most ${MAX_ADDRESS} characters, without blanks and without ? or #, such as https://github.com/acme/peering/blob/main/docs/runbooks`,
);

/** CloudFormation takes 50 tags for a stack, and the framework adds one. */
const MAX_TAGS = 49;

const tagKey = checkedText((text) => {
  if (text.length > 128) return 'a tag key has at most 128 characters';
  if (/^aws:/i.test(text)) return 'AWS keeps tags that start with aws: to itself';
  return /^[\w./=+: -]+$/.test(text) ? undefined : 'use letters, digits, blanks and _ . / = + : - only';
});

const tags = z
  .record(tagKey, z.string().max(256, 'a tag value has at most 256 characters'))
  .refine((all) => Object.keys(all).length <= MAX_TAGS, `a stack has at most ${MAX_TAGS} tags of its own`)
  .default({});

const fleetReader = z
  .strictObject({
    account: accountId.describe('The one account whose people and pipelines may read.'),
    organization: organizationId.describe('Only while that account is in this organization.'),
  })
  .describe(
    'Makes a role that only reads, by which `peering … --accounts` looks at this account from another one.',
  );

const homeRegion = checkedText((text) =>
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
  .default({});

export const stackSchema = z.strictObject({
  version: z.literal(1).describe('The version of this format.'),
  account: accountId
    .optional()
    .describe('The account that the stack belongs to: a deployment with credentials of another one stops.'),
  region: homeRegion
    .optional()
    .describe(
      'The Region that the stack is in: a deployment into another one stops. It serves the Regions of the policy from there.',
    ),
  permissionsBoundary: boundary
    .optional()
    .describe('The permissions boundary of every role: a name in the own account, or an ARN.'),
  rolePath: rolePath
    .default('/')
    .describe(
      "What the path of every role starts with; the stack's own part follows. The same in all accounts that trust each other.",
    ),
  keys: z
    .strictObject({
      topic: keyArn.optional().describe('Encrypts the topic by which people are told.'),
      queues: keyArn.optional().describe('Encrypts the queues in the Region of deployment.'),
      logs: keyArn.optional().describe('Encrypts the logs of the functions.'),
    })
    .prefault({})
    .describe('KMS keys of your own, by ARN. Their key policies have to let AWS services use them.'),
  fleetReader: fleetReader.optional(),
  logRetentionDays: z
    .literal([...RETENTION_DAYS])
    .default(30)
    .describe('How long the logs of the functions are kept.'),
  memory: memory.describe(
    'MB of functions that need more than the stack gives them, by name; docs/stack.md says what each has.',
  ),
  dashboard: z
    .enum(['stack', 'none'])
    .default('stack')
    .describe(
      'stack: a CloudWatch dashboard comes with the stack. The first three of an account are free; each further one is charged.',
    ),
  runbooks: runbooks
    .optional()
    .describe(
      'Where your people read the pages of docs/runbooks/: the URL of that folder. Descriptions of alarms and messages link there. Left out: the repository that package.json names, else the path in the project.',
    ),
  tags: tags.describe('Tags of the stack, and by it of everything in it that can be tagged.'),
});

/** Options of the stack, with every default filled in. */
export type StackOptions = z.output<typeof stackSchema>;

export const DEFAULT_STACK_OPTIONS: StackOptions = stackSchema.parse({ version: 1 });
