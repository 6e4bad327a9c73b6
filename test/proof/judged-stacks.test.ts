import { parse } from 'yaml';
import { policyJsonSchema, stackJsonSchema } from '../../build/policy-json-schema.ts';
import { parsePolicy } from '../../lib/policy/load.ts';
import { parseStackFile } from '../../lib/policy/stack-file.ts';
import { DEFAULT_STACK_OPTIONS, optionsAtStage, type StackOptions } from '../../lib/policy/stack-schema.ts';
import { JUDGED_STACKS } from '../../proof/judges/judged-stacks.ts';
import { resources } from '../../resources/index.ts';
import { policyOf } from '../support/fixtures.ts';
import { CHAT_CHANNEL, VARIANTS } from '../support/packaged.ts';
import { keyPaths, keysIn } from '../support/schema-keys.ts';

/** What reviewers' tools are shown of the stack: all of it. */

const STAGE = 'prod';
const stacks = Object.values(JUDGED_STACKS);
const policies = stacks.map(({ policy }) => `version: 1\n${policy}\n`);
const files = stacks.flatMap(({ options }) => (options === '' ? [] : [options]));

it.each([
  ['of the policy', policyJsonSchema(), policies],
  ['of peering-stack.yml', stackJsonSchema(), files],
])('every key %s is in a stack that reviewers judge', (_, schema, texts) => {
  const used = new Set(texts.flatMap((text) => keysIn(parse(text))));
  expect(keyPaths(schema).filter((path) => !used.has(path))).toEqual([]);
});

function idsOf(policy: ReturnType<typeof policyOf>, options: StackOptions): string[] {
  const { Resources } = resources({ policy, options, stage: STAGE });
  return Object.entries(Resources).map(([id, { Type }]) => `${id} ${Type}`);
}

const judged = new Set(
  stacks.flatMap(({ policy, options }) =>
    idsOf(
      parsePolicy(`version: 1\n${policy}\n`, 'peering-policy.yml').policy,
      options === ''
        ? DEFAULT_STACK_OPTIONS
        : optionsAtStage(parseStackFile(options, 'peering-stack.yml'), STAGE),
    ),
  ),
);

it.each(Object.entries(VARIANTS))(
  'every resource of a stack with %s is in one that reviewers judge',
  (_, parts) => {
    const options: StackOptions = {
      ...DEFAULT_STACK_OPTIONS,
      chatChannel: { ...CHAT_CHANNEL, userRoles: 'not-required' },
      fleetReader: { account: '111122223333', organization: 'o-a1b2c3d4e5' },
    };
    expect(idsOf(policyOf(parts), options).filter((id) => !judged.has(id))).toEqual([]);
  },
);
