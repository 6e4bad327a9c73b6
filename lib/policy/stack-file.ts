import { existsSync, statSync } from 'node:fs';
import { basename, dirname, isAbsolute, join, resolve } from 'node:path';
import { FUNCTIONS } from '../model/function-names.ts';
import { printable } from '../model/printable.ts';
import { OPTIONAL_FUNCTIONS } from './functions.ts';
import { tellsChat } from './notify.ts';
import { isPolicyFolder } from './policy-folder.ts';
import { reportPlaceOf } from './report.ts';
import type { Policy } from './schema.ts';
import {
  DEFAULT_STACK_OPTIONS,
  optionsAtStage,
  type StackFile,
  type StackOptions,
  stackSchema,
  stageOf,
} from './stack-schema.ts';
import {
  type FileKind,
  loadFile,
  PolicyError,
  parseFile,
  remarkLine,
  type ValidatedFile,
} from './validated-file.ts';

/** Reads and checks `peering-stack.yml`. Build time, and in the command. */

const STACK_FILE: FileKind<typeof stackSchema> = {
  noun: 'stack file',
  schema: stackSchema,
  example: 'docs/stack.md shows one',
  empty: 'the shortest one is "version: 1", which changes nothing',
  slips: () => [],
};

/** What the policy is called where nobody names one. */
const POLICY_FILE = 'peering-policy.yml';

/**
 * @param place the policy, beside which the file lies, or the folder of policies in which it does.
 */
export function stackFileBeside(place: string): string {
  return join(isPolicyFolder(place) ? place : dirname(place), 'peering-stack.yml');
}

/**
 * @param file how messages call the text.
 * @throws PolicyError with every problem found.
 */
export function parseStackFile(text: string, file: string): StackFile {
  return parseFile(STACK_FILE, text, file).content;
}

/** What a stage is made of. */
export interface StageFiles {
  /** The policy of the stage, or the folder of policies that has it. */
  readonly policy: string;
  readonly options: StackOptions;
}

/** The file of the policy that the stack file names for a stage, which has to be one that nothing contradicts. */
function policySaid(
  { remark }: ValidatedFile<StackFile>,
  { stackFile, stage, place, said }: { stackFile: string; stage: string; place: string; said: string },
): string {
  const refuse = (message: string): never => {
    throw new PolicyError(stackFile, [remark(['stages', stage, 'policy'], message)]);
  };
  const file = isAbsolute(said) ? said : join(dirname(stackFile), said);
  const [policy, named] = [printable(file, 200), printable(place, 200)];
  if (isPolicyFolder(place)) {
    return refuse(
      `the policies are in the folder ${named}, where names say which one counts; take this out, or call the policy ${printable(stage, 40)}.yml there`,
    );
  }
  if (basename(place) !== POLICY_FILE && resolve(place) !== resolve(file)) {
    return refuse(`this stage has the policy ${policy} here, and ${named} was named; name one of them only`);
  }
  if (!existsSync(file)) {
    return refuse(`there is no file ${policy}; the path starts at the folder of this file`);
  }
  if (statSync(file).isDirectory()) {
    return refuse(`${policy} is a folder; a stage has one policy here, and PEERING_POLICY names a folder`);
  }
  const other = stackFileBeside(file);
  if (resolve(other) !== resolve(stackFile) && existsSync(other)) {
    return refuse(
      `${printable(other, 200)} would not be read, because the options of the stack are in this file; take one of the two away`,
    );
  }
  return file;
}

/**
 * The options of the stack of a stage, whatever policy it has.
 *
 * @param place as in {@link filesAtStage}.
 * @throws PolicyError with every problem found, and when the file cannot be read.
 */
export function optionsBeside(place: string, stage: string): StackOptions {
  const stackFile = stackFileBeside(place);
  return existsSync(stackFile)
    ? optionsAtStage(loadFile(STACK_FILE, stackFile).content, stage)
    : DEFAULT_STACK_OPTIONS;
}

/**
 * Reads the stack file, if there is one, and says what it makes of a stage.
 *
 * The policy is the one that was named: a file, or a folder that has one for the stage. Where the stack file names one for the stage,
 * that is the policy in place of `peering-policy.yml` beside it; beside any other that was named it has to be the same.
 *
 * @param place the policy or folder that was named, or `peering-policy.yml`.
 * @throws PolicyError with every problem found, when the file cannot be read, and when it contradicts what was named.
 */
export function filesAtStage(place: string, stage: string): StageFiles {
  const stackFile = stackFileBeside(place);
  if (!existsSync(stackFile)) {
    return { policy: place, options: DEFAULT_STACK_OPTIONS };
  }
  const checked = loadFile(STACK_FILE, stackFile);
  const options = optionsAtStage(checked.content, stage);
  const said = stageOf(checked.content, stage)?.policy;
  return {
    policy: said === undefined ? place : policySaid(checked, { stackFile, stage, place, said }),
    options,
  };
}

/** Options that the stack makes nothing of unless the policy asks for what they are about. */
const ONLY_WITH: readonly {
  readonly path: readonly [keyof StackOptions, ...string[]];
  readonly isSaid: (options: Pick<StackOptions, 'chatChannel' | 'keys' | 'memory'>) => boolean;
  readonly isUsed: (policy: Policy) => boolean;
  readonly why: string;
}[] = [
  {
    path: ['chatChannel'],
    isSaid: ({ chatChannel }) => chatChannel !== undefined,
    isUsed: tellsChat,
    why: 'says nothing of chat, so the stack makes no configuration of the channel; write notify: { chat: messages } or buttons there',
  },
  {
    path: ['keys', 'report'],
    isSaid: ({ keys }) => keys.report !== undefined,
    isUsed: (policy) => reportPlaceOf(policy)?.kind === 'made',
    why: 'has no report kept in a bucket of the stack, so nothing is encrypted with this key; write report: { publish: stack } there',
  },
  ...FUNCTIONS.flatMap((name) => {
    const optional = OPTIONAL_FUNCTIONS[name];
    return optional === undefined
      ? []
      : [
          {
            path: ['memory', name] as const,
            isSaid: ({ memory }: Pick<StackOptions, 'memory'>) => memory[name] !== undefined,
            isUsed: optional.isAsked,
            why: optional.without,
          },
        ];
  }),
];

/**
 * What the stack file says for nothing at a stage, because the policy of the stage does not ask for it: one line each, with file, line
 * and column. It may be meant for other stages, or for later, so it is no error.
 *
 * @param place as in {@link filesAtStage}.
 * @throws PolicyError with every problem of the stack file.
 */
export function unusedOptions(
  place: string,
  stage: string,
  { policy, file }: { readonly policy: Policy; readonly file: string },
): string[] {
  const stackFile = stackFileBeside(place);
  if (!existsSync(stackFile)) {
    return [];
  }
  const { content, remark } = loadFile(STACK_FILE, stackFile);
  const said = { keys: {}, memory: {}, ...stageOf(content, stage) };
  return ONLY_WITH.filter(
    ({ isSaid, isUsed }) => isSaid(optionsAtStage(content, stage)) && !isUsed(policy),
  ).map(({ path, isSaid, why }) => {
    const where = isSaid(said) ? ['stages', stage, ...path] : path;
    const message = `it counts for nothing at the stage ${printable(stage, 40)}: ${printable(file, 200)} ${why}, or take it out here`;
    return remarkLine(stackFile, remark(where, message));
  });
}
