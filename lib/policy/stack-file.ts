import { existsSync, statSync } from 'node:fs';
import { basename, dirname, isAbsolute, join, resolve } from 'node:path';
import { printable } from '../model/printable.ts';
import { type CheckedFile, type FileKind, loadFile, PolicyError, parseFile } from './checked-file.ts';
import { isPolicyFolder } from './policy-folder.ts';
import {
  DEFAULT_STACK_OPTIONS,
  optionsAtStage,
  type StackFile,
  type StackOptions,
  stackSchema,
  stageOf,
} from './stack-schema.ts';

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
  { remark }: CheckedFile<StackFile>,
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
