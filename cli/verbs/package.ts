import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join, relative, resolve, sep } from 'node:path';
import type { CodeBucket } from '../../resources/stack-template.ts';
import type { Document } from '../documents.ts';
import { CliError } from '../errors.ts';
import { DEFAULT_STAGE } from '../options.ts';
import { shown } from '../output.ts';
import { policyPlace } from '../policy.ts';
import { regionOfStack } from '../release/asked.ts';
import { type BucketOptions, bucketPlace, publish, readBucket } from '../release/bucket.ts';
import { builtCode } from '../release/code.ts';
import { releaseNames } from '../release/deploy.ts';
import { FORMS, validated } from '../release/forms.ts';
import { readInputs } from '../release/inputs.ts';
import { installation } from '../release/installation.ts';
import { type PackageObject, packageRelease, type ReleasePackage } from '../release/package.ts';
import { belongsToProduct } from '../release/stack-condition.ts';
import { capabilitiesOf, templateFrom } from '../release/template.ts';
import { callerAccount } from '../source/live.ts';
import { stackName } from '../stack.ts';
import type { Invocation, Verb } from '../verb.ts';
import { makeFolder } from '../write-file.ts';

/** Where the package goes where nobody says. */
const DEFAULT_DIRECTORY = 'peering-package';

const TEMPLATE_FILE = 'template.json';
/** What the template is written as before it has its name: an interrupted run leaves no half of it that looks like somebody's. */
const UNFINISHED_TEMPLATE = `${TEMPLATE_FILE}.part`;
const CODE_FOLDER = 'code';

/** What a package has in its folder of code; `/` between folders. */
const CODE_FILE = /^vpc-peering-autopilot\/[0-9a-f]{64}\/[a-z-]+\.zip$/;

function filesBelow(directory: string): string[] {
  return readdirSync(directory, { recursive: true, withFileTypes: true })
    .filter((entry) => !entry.isDirectory())
    .map((entry) => relative(directory, join(entry.parentPath, entry.name)).split(sep).join('/'));
}

function isOwnTemplate(file: string): boolean {
  return belongsToProduct(templateFrom(readFileSync(file, 'utf8')));
}

/** What is in the folder and of no package. */
function foreignIn(directory: string): string[] {
  const files = filesBelow(directory).filter((file) => file !== UNFINISHED_TEMPLATE);
  return files.filter((file) =>
    file === TEMPLATE_FILE
      ? !isOwnTemplate(join(directory, file))
      : !(file.startsWith(`${CODE_FOLDER}/`) && CODE_FILE.test(file.slice(CODE_FOLDER.length + 1))),
  );
}

/** @throws CliError for what is no folder, and for one with something else in it: it is emptied first. */
function emptied(directory: string): void {
  if (existsSync(directory) && !statSync(directory).isDirectory()) {
    throw new CliError(`${shown(directory, 200)} is a file. Name a folder with --out.`);
  }
  makeFolder(directory);
  const [foreign] = foreignIn(directory);
  if (foreign !== undefined) {
    throw new CliError(
      `${shown(directory, 200)} has ${shown(foreign, 80)} in it, which is of no package. Name an empty folder with --out.`,
    );
  }
  for (const name of [TEMPLATE_FILE, UNFINISHED_TEMPLATE, CODE_FOLDER]) {
    rmSync(join(directory, name), { recursive: true, force: true });
  }
}

function isCode({ key }: PackageObject): boolean {
  return key.endsWith('.zip');
}

function write(directory: string, { template, objects }: ReleasePackage): void {
  emptied(directory);
  for (const { key, body } of objects.filter(isCode)) {
    const file = join(directory, CODE_FOLDER, key);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, body);
  }
  // Last: where there is a template, all that it names is there.
  const unfinished = join(directory, UNFINISHED_TEMPLATE);
  writeFileSync(unfinished, `${JSON.stringify(template, null, 2)}\n`);
  renameSync(unfinished, join(directory, TEMPLATE_FILE));
}

/** @throws CliError when the bucket is missing, somebody else's, or in another Region. */
async function checkedBucket(bucket: string, region: string): Promise<BucketOptions> {
  const { accountId } = await callerAccount(region);
  const place = bucketPlace(bucket, accountId, region);
  await readBucket(place);
  return place;
}

interface Packaged {
  readonly release: ReleasePackage;
  readonly stage: string;
  readonly region: string;
}

async function packaged(invocation: Invocation, bucket: CodeBucket): Promise<Packaged> {
  const { options, output } = invocation;
  const stage = validated('stage', options.stage ?? DEFAULT_STAGE, FORMS.stage);
  const { root, manifest } = installation();
  const inputs = await readInputs({
    place: resolve(policyPlace(invocation)),
    stage,
    manifest,
    callerAccount: async () =>
      options.account ?? (await callerAccount(await regionOfStack(invocation, undefined))).accountId,
  });
  for (const warning of inputs.warnings) output.note(warning);
  const codeDirectory = builtCode(root);
  return {
    release: packageRelease({ inputs, stage, codeDirectory, version: manifest.version, bucket }),
    stage,
    region: await regionOfStack(invocation, inputs.options.region),
  };
}

function documentOf(
  directory: string,
  { release }: Packaged,
  bucket: string | undefined,
): Document<'package'> {
  const { version, fingerprint } = releaseNames(release.template);
  return {
    directory,
    template: join(directory, TEMPLATE_FILE),
    bucket: bucket ?? null,
    objects: release.objects.filter(isCode).map(({ key, body }) => ({
      key,
      file: join(directory, CODE_FOLDER, key),
      bytes: body.length,
    })),
    capabilities: [...capabilitiesOf(release.template)],
    release: { version: version ?? null, fingerprint: fingerprint ?? null },
  };
}

/** The commands that deploy it, to be typed as they are. */
function printCommands(
  { output }: Invocation,
  directory: string,
  { release, stage, region }: Packaged,
  bucket: string | undefined,
): void {
  const code = bucket ?? 'BUCKET';
  output.line();
  if (bucket === undefined) {
    output.line(`aws s3 cp --recursive ${shown(join(directory, CODE_FOLDER), 200)} s3://${code}/`);
  }
  output.line(
    [
      `aws cloudformation deploy --region ${region} --stack-name ${stackName(stage)}`,
      `--template-file ${shown(join(directory, TEMPLATE_FILE), 200)} --s3-bucket ${code}`,
      `--capabilities ${capabilitiesOf(release.template).join(' ')}`,
      ...(bucket === undefined ? [`--parameter-overrides CodeBucket=${code}`] : []),
      `--tags STAGE=${stage}`,
    ].join(' '),
  );
}

/** Writes one plain CloudFormation template and the functions, for whatever deploys them. */
export const run: Verb['run'] = async (invocation) => {
  const { options, output } = invocation;
  const directory = options.out ?? DEFAULT_DIRECTORY;
  const bucket = options.bucket === undefined ? undefined : validated('bucket', options.bucket, FORMS.bucket);
  const made = await packaged(invocation, {
    kind: 'parameter',
    ...(bucket === undefined ? {} : { name: bucket }),
  });
  const place = bucket === undefined ? undefined : await checkedBucket(bucket, made.region);
  write(resolve(directory), made.release);
  if (place !== undefined) {
    await publish(place, made.release.objects.filter(isCode), 'missing objects');
  }
  const document = documentOf(directory, made, bucket);
  if (options.json) {
    output.json(document);
    return 0;
  }
  const bytes = document.objects.reduce((sum, each) => sum + each.bytes, 0);
  output.line(
    `${document.template}: version ${document.release.version}, policy ${document.release.fingerprint?.slice(0, 12)}`,
  );
  output.line(
    `${document.objects.length} functions, ${Math.ceil(bytes / 1024)} KB, ${bucket === undefined ? `in ${join(directory, CODE_FOLDER)}` : `uploaded to s3://${bucket}/`}`,
  );
  printCommands(invocation, directory, made, bucket);
  return 0;
};
