import type { FunctionName } from '../../resources/functions.ts';
import { type CodeBucket, type StackTemplate, stackTemplate } from '../../resources/stack-template.ts';
import { functionCode } from './code.ts';
import type { ReleaseInputs } from './inputs.ts';
import { codeKey, templateBody, templateKey } from './template.ts';

/** What goes into a bucket. */
export interface PackageObject {
  readonly key: string;
  readonly body: Uint8Array;
}

/** Everything that a stack is made of, named by its content: the same inputs give the same bytes, on any machine, at any time. */
export interface ReleasePackage {
  readonly template: StackTemplate;
  readonly templateKey: string;
  /** The functions, then the template. */
  readonly objects: readonly PackageObject[];
}

export interface PackageInput {
  readonly inputs: Pick<ReleaseInputs, 'policy' | 'options'>;
  readonly stage: string;
  /** With the bundles: {@link builtCode}. */
  readonly codeDirectory: string;
  /** Of the product. */
  readonly version: string;
  readonly bucket: CodeBucket;
}

/** Packages the stack of a policy. */
export function packageRelease({
  inputs: { policy, options },
  stage,
  codeDirectory,
  version,
  bucket,
}: PackageInput): ReleasePackage {
  const functions = functionCode(codeDirectory, policy).map(({ name, zip }) => ({
    name,
    key: codeKey(name, zip),
    body: zip,
  }));
  const template = stackTemplate({
    context: { policy, options, stage, version },
    codeKeys: new Map<FunctionName, string>(functions.map(({ name, key }) => [name, key])),
    bucket,
  });
  const body = templateBody(template);
  const key = templateKey(body);
  return {
    template,
    templateKey: key,
    objects: [
      ...functions.map(({ key: code, body: zip }) => ({ key: code, body: zip })),
      { key, body: Buffer.from(body) },
    ],
  };
}
