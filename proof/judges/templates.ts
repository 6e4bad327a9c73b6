import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse } from 'yaml';
import { PROJECT_ROOT } from '../../build/bundle.ts';
import { upToDateCode } from '../../build/code.ts';
import { readInputs } from '../../cli/release/inputs.ts';
import { installation } from '../../cli/release/installation.ts';
import { packageRelease } from '../../cli/release/package.ts';
import type { CodeBucket } from '../../resources/stack-template.ts';
import type { ResourceTypes } from './findings.ts';
import { JUDGED_STACKS, type JudgedStack } from './judged-stacks.ts';

/** The templates that an account gets, of each judged stack: packaged for a deployment, or made for a StackSet. */

export interface Templates {
  /** Template files by name. */
  readonly files: ReadonlyMap<string, string>;
  readonly types: ReadonlyMap<string, ResourceTypes>;
  remove(): Promise<void>;
}

/** The template that somebody deploys by hand, in the organization's management account. */
const READER = 'organization-reader';

type TemplateText = { readonly Resources: Readonly<Record<string, { readonly Type: string }>> };

function typesOf({ Resources }: TemplateText): ResourceTypes {
  return Object.fromEntries(Object.entries(Resources).map(([id, { Type }]) => [id, Type]));
}

async function packageTwice({ policy, options }: JudgedStack, home: string) {
  await mkdir(home, { recursive: true });
  const policyFile = join(home, 'peering-policy.yml');
  await writeFile(policyFile, `version: 1\n${policy}\n`);
  if (options !== '') {
    await writeFile(join(home, 'peering-stack.yml'), options);
  }
  const { manifest } = installation();
  const inputs = await readInputs({
    place: policyFile,
    stage: 'prod',
    manifest,
    callerAccount: async () => '123456789012',
  });
  const codeDirectory = await upToDateCode();
  const made = (bucket: CodeBucket) =>
    packageRelease({ inputs, stage: 'prod', codeDirectory, version: manifest.version, bucket }).template;
  return {
    packaged: JSON.stringify(made({ kind: 'own' }), undefined, 2),
    stackSet: JSON.stringify(made({ kind: 'parameter' }), undefined, 2),
  };
}

/** Packages all of them. */
export async function packageTemplates(progress: (line: string) => void): Promise<Templates> {
  const work = await mkdtemp(join(tmpdir(), 'peering-packaged-'));
  const directory = await mkdtemp(join(tmpdir(), 'peering-templates-'));
  const remove = () => rm(directory, { recursive: true, force: true });
  try {
    const files = new Map<string, string>();
    const types = new Map<string, ResourceTypes>();
    const add = async (name: string, file: string, text: string) => {
      await writeFile(join(directory, file), text);
      files.set(name, join(directory, file));
      // Tags of CloudFormation's own, such as !Sub, do not matter for the types.
      types.set(name, typesOf(parse(text, { logLevel: 'silent' }) as TemplateText));
    };
    for (const [name, stack] of Object.entries(JUDGED_STACKS)) {
      progress(`packaging the stack: ${name}`);
      const file = name.replaceAll(' ', '-');
      const { packaged, stackSet } = await packageTwice(stack, join(work, file));
      await add(name, `${file}.json`, packaged);
      if (stack.forStackSet) {
        await add(`${name} of the StackSet`, `${file}-stackset.json`, stackSet);
      }
    }
    const reader = await readFile(join(PROJECT_ROOT, `resources/${READER}.yml`), 'utf8');
    await add(READER, `${READER}.yml`, reader);
    return { files, types, remove };
  } catch (error) {
    await remove();
    throw error;
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}
