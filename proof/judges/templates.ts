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

/** The templates that an account gets: packaged for a deployment and made for a StackSet, plain and with all there is. */

export interface Templates {
  /** Template files by name; the file of `plain` is `<directory>/plain.json`. */
  readonly files: ReadonlyMap<string, string>;
  readonly types: ReadonlyMap<string, ResourceTypes>;
  remove(): Promise<void>;
}

const KEY = 'arn:aws:kms:us-east-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab';

/** The policy, and `peering-stack.yml` beside it. */
const VARIANTS = {
  plain: {
    policy: 'rules: [{ name: any-vpc, effect: accept, remote: { accounts: [self] } }]',
    options: '',
  },
  observe: {
    policy: 'mode: observe\nrules: [{ name: any-vpc, effect: accept, remote: { accounts: [self] } }]',
    options: '',
  },
  everything: {
    policy: `regions: [us-east-1, eu-west-1]
notify: { emails: [a@example.com, b@example.com], notice: { emails: [c@example.com] } }
trust: { accounts: ["222222222222"], organization: o-a1b2c3d4e5 }
organization: { role: "arn:aws:iam::999999999999:role/peering-autopilot-organization-reader" }
rules:
  - { name: members, effect: accept, remote: { organizationalUnits: [ou-ab12-cdef3456] } }
  - { name: partner, effect: accept, local: { tags: { Environment: prod } }, remote: { accounts: ["222222222222"] } }`,
    options: `version: 1
permissionsBoundary: team/boundary
rolePath: /platform/
keys: { topic: "${KEY}", queues: "${KEY}", logs: "${KEY}" }
alarmActions: { alarm: ["arn:aws:sns:us-east-1:111122223333:on-call"], people: not-told }
logRetentionDays: 365
tags: { Team: network }
`,
  },
} as const;

/** The template that somebody deploys by hand, in the organization's management account. */
const READER = 'organization-reader';

type TemplateText = { readonly Resources: Readonly<Record<string, { readonly Type: string }>> };

function typesOf({ Resources }: TemplateText): ResourceTypes {
  return Object.fromEntries(Object.entries(Resources).map(([id, { Type }]) => [id, Type]));
}

async function packageVariant(name: keyof typeof VARIANTS, home: string) {
  const { policy, options } = VARIANTS[name];
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

/** Packages all variants. */
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
    for (const name of Object.keys(VARIANTS) as (keyof typeof VARIANTS)[]) {
      progress(`packaging the stack: ${name}`);
      const { packaged, stackSet } = await packageVariant(name, join(work, name));
      await add(name, `${name}.json`, packaged);
      await add(`${name} of the StackSet`, `${name}-stackset.json`, stackSet);
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
