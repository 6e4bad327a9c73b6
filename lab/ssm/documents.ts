import { parse } from 'yaml';
import { z } from 'zod';
import { messageOf } from '../errors.ts';
import { SsmError } from './ssm-error.ts';

/** Command documents: what a step runs, and which values its parameters take. */

const scalar = z.union([z.string(), z.number(), z.boolean()]).transform(String);

const parameterSchema = z.object({
  type: z.string().default('String'),
  default: z.union([scalar.transform((value) => [value]), z.array(scalar)]).optional(),
  allowedValues: z.array(scalar).optional(),
  allowedPattern: z.string().optional(),
  minChars: z.coerce.number().optional(),
  maxChars: z.coerce.number().optional(),
  interpolationType: z.string().optional(),
});

export type DocumentParameter = z.output<typeof parameterSchema>;

const contentSchema = z.object({
  schemaVersion: z.literal(['2.0', '2.2'], 'the lab runs command documents of schema 2.0 and 2.2'),
  parameters: z.record(z.string(), parameterSchema).default({}),
  mainSteps: z
    .array(
      z.object({
        name: z.string(),
        action: z.string(),
        precondition: z.object({ StringEquals: z.array(scalar).length(2) }).optional(),
        inputs: z.object({ runCommand: z.union([z.string(), z.array(scalar)]).default([]) }).prefault({}),
      }),
    )
    .min(1),
});

export interface DocumentStep {
  readonly name: string;
  /** `aws:runShellScript`, `aws:runPowerShellScript`, … */
  readonly action: string;
  /** The platform that its precondition asks for. */
  readonly platform: string | undefined;
  /** With `{{ name }}` still in them. */
  readonly lines: readonly string[];
}

export interface CommandDocument {
  readonly name: string;
  readonly parameters: Readonly<Record<string, DocumentParameter>>;
  readonly steps: readonly DocumentStep[];
}

/** @throws SsmError `InvalidDocumentContent`: the content is no command document that the lab can run. */
export function parseDocument(name: string, content: string): CommandDocument {
  let raw: unknown;
  try {
    raw = parse(content);
  } catch (error) {
    throw new SsmError('InvalidDocumentContent', `${name} is neither JSON nor YAML: ${messageOf(error)}`);
  }
  const read = contentSchema.safeParse(raw);
  if (!read.success) {
    throw new SsmError('InvalidDocumentContent', `${name}: ${z.prettifyError(read.error)}`);
  }
  return {
    name,
    parameters: read.data.parameters,
    steps: read.data.mainSteps.map((step) => ({
      name: step.name,
      action: step.action,
      platform:
        step.precondition?.StringEquals[0] === 'platformType' ? step.precondition.StringEquals[1] : undefined,
      lines: [step.inputs.runCommand].flat(),
    })),
  };
}

function ownedByAws(name: string, action: string): CommandDocument {
  return {
    name,
    parameters: {
      commands: { type: 'StringList' },
      workingDirectory: { type: 'String', default: [''] },
      executionTimeout: { type: 'String', default: ['3600'] },
    },
    steps: [{ name: action, action, platform: undefined, lines: ['{{ commands }}'] }],
  };
}

/** AWS's own documents that run what they are given. */
export const AWS_DOCUMENTS: ReadonlyMap<string, CommandDocument> = new Map(
  [
    ownedByAws('AWS-RunShellScript', 'aws:runShellScript'),
    ownedByAws('AWS-RunPowerShellScript', 'aws:runPowerShellScript'),
  ].map((document) => [document.name, document]),
);

export type Bound = ReadonlyMap<string, readonly string[]>;

/** Java knows these and RE2, which the agent uses, does not: such a document fails on the instance. */
const NOT_IN_RE2 = /\(\?(?:=|!|<=|<!|>)|\\[1-9]/;

export function patternFailsOnAgent({ parameters }: CommandDocument): string | undefined {
  return Object.values(parameters)
    .flatMap(({ allowedPattern }) => allowedPattern ?? [])
    .find((pattern) => NOT_IN_RE2.test(pattern));
}

/**
 * A pattern counts as met when it is found anywhere in the value: a pattern that is not anchored shows what it lets
 * through.
 */
function problemOf(value: string, parameter: DocumentParameter): string | undefined {
  const { allowedPattern, allowedValues, minChars, maxChars } = parameter;
  if (allowedPattern !== undefined && !new RegExp(allowedPattern).test(value)) {
    return `does not match the allowed pattern ${allowedPattern}`;
  }
  if (allowedValues !== undefined && !allowedValues.includes(value)) {
    return `is not one of ${allowedValues.join(', ')}`;
  }
  if (minChars !== undefined && value.length < minChars) {
    return `is shorter than ${minChars} characters`;
  }
  if (maxChars !== undefined && value.length > maxChars) {
    return `is longer than ${maxChars} characters`;
  }
  if (parameter.type === 'Integer' && !/^-?\d+$/.test(value)) {
    return 'is not an integer';
  }
  if (parameter.type === 'Boolean' && !/^(true|false)$/i.test(value)) {
    return 'is neither true nor false';
  }
  return undefined;
}

/** @throws SsmError `InvalidParameters` naming the parameter. */
export function bindParameters(
  document: CommandDocument,
  parameterValues: Readonly<Record<string, readonly string[]>>,
): Bound {
  const unknown = Object.keys(parameterValues).filter((name) => !Object.hasOwn(document.parameters, name));
  if (unknown.length > 0) {
    throw new SsmError('InvalidParameters', `${document.name} has no parameter ${unknown.join(', ')}.`);
  }
  return new Map(
    Object.entries(document.parameters).map(([name, parameter]) => {
      const values = parameterValues[name] ?? parameter.default;
      if (values === undefined) {
        throw new SsmError('InvalidParameters', `Parameter ${name} of ${document.name} requires a value.`);
      }
      if (parameter.type !== 'StringList' && values.length !== 1) {
        throw new SsmError('InvalidParameters', `Parameter ${name} of ${document.name} takes one value.`);
      }
      for (const value of values) {
        const problem = problemOf(value, parameter);
        if (problem !== undefined) {
          throw new SsmError('InvalidParameters', `Parameter ${name}: "${value}" ${problem}.`);
        }
      }
      return [name, values];
    }),
  );
}

/** The step's lines with their parameters filled in, as the agent does it: text for text. */
export function linesOf(step: DocumentStep, bound: Bound): readonly string[] {
  return step.lines.flatMap((line) => {
    const whole = /^\s*\{\{\s*(\w+)\s*\}\}\s*$/.exec(line)?.[1];
    const list = whole === undefined ? undefined : bound.get(whole);
    return (
      list ?? line.replace(/\{\{\s*(\w+)\s*\}\}/g, (text, name: string) => bound.get(name)?.join(' ') ?? text)
    );
  });
}

/** Parameters that the agent also hands over as environment variables: `SSM_<name>`. */
export function variablesOf(document: CommandDocument, bound: Bound): ReadonlyMap<string, string> {
  return new Map(
    Object.entries(document.parameters)
      .filter(([, { interpolationType }]) => interpolationType === 'ENV_VAR')
      .map(([name]) => [`SSM_${name}`, bound.get(name)?.join(' ') ?? '']),
  );
}
